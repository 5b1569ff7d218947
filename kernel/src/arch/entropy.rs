//! Unpredictable bytes, from whatever the processor has.
#![expect(unsafe_code, reason = "RDSEED is an instruction that not every processor has")]

use core::arch::x86_64::__cpuid_count;

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use x86_64::instructions::random::RdRand;

use super::clock;

/// Both instructions may fail for a moment (Intel SDM 1 7.3.17.1).
const ATTEMPTS: usize = 10;

/// Returns 32 bytes: RDSEED or RDRAND where there is one, mixed with the jitter of the time-stamp counter.
pub fn entropy() -> [u8; 32] {
    let mut seed = [0; 32];
    for chunk in seed.chunks_exact_mut(8) {
        let word = hardware_word().unwrap_or_default() ^ jitter();
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    // One pass through the cipher spreads what each word has over all of them.
    ChaCha20Rng::from_seed(seed).fill_bytes(&mut seed);
    seed
}

fn hardware_word() -> Option<u64> {
    (0..ATTEMPTS).find_map(|_| rdseed()).or_else(|| {
        let rdrand = RdRand::new()?;
        (0..ATTEMPTS).find_map(|_| rdrand.get_u64())
    })
}

fn rdseed() -> Option<u64> {
    const HAS_RDSEED: u32 = 1 << 18;
    if __cpuid_count(7, 0).ebx & HAS_RDSEED == 0 {
        return None;
    }
    let value: u64;
    let ok: u8;
    // SAFETY: the processor has the instruction; it only writes the registers named.
    unsafe {
        core::arch::asm!("rdseed {}", "setc {}", out(reg) value, out(reg_byte) ok, options(nomem, nostack))
    };
    (ok == 1).then_some(value)
}

/// Returns a word made of how long a few memory accesses took.
fn jitter() -> u64 {
    (0..64).fold(0, |word: u64, _| {
        core::hint::black_box(word);
        word.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ clock::counter()
    })
}
