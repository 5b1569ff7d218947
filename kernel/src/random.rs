//! Random bytes for ring 3 and for the kernel: one generator, seeded once from the processor's entropy.

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use spin::{Mutex, Once};

use crate::arch::entropy;

static GENERATOR: Once<Mutex<ChaCha20Rng>> = Once::new();

/// Seeds the generator: from entropy, or with `seed`, so that a run can be repeated.
pub(crate) fn init(seed: Option<u64>) {
    GENERATOR.call_once(|| {
        Mutex::new(match seed {
            Some(seed) => ChaCha20Rng::seed_from_u64(seed),
            None => ChaCha20Rng::from_seed(entropy::entropy()),
        })
    });
}

/// Fills `bytes` with random ones.
pub fn fill(bytes: &mut [u8]) {
    match GENERATOR.get() {
        Some(generator) => generator.lock().fill_bytes(bytes),
        // Before boot has come to it, the entropy itself.
        None => bytes.chunks_mut(32).for_each(|chunk| {
            chunk.iter_mut().zip(entropy::entropy()).for_each(|(to, from)| *to = from)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn bytes_differ_from_call_to_call() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        fill(&mut a);
        fill(&mut b);
        assert_ne!(a, b);
        assert_ne!(entropy::entropy(), entropy::entropy());
    }

    #[test_case]
    fn half_of_the_bits_are_set() {
        let mut bytes = [0; 4096];
        fill(&mut bytes);
        let ones: u32 = bytes.iter().map(|byte| byte.count_ones()).sum();
        // The standard deviation is 90; ten of them.
        assert!((16384 - 900..16384 + 900).contains(&ones), "{ones}");
    }
}
