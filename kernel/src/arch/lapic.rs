//! The local APIC: the timer that preempts ring 3.
//!
//! Its registers are a device window: an uncached mapping of a physical VMO in the kernel's VMAR tree.
#![expect(unsafe_code, reason = "device registers are raw memory")]

use abi::CachePolicy;
use spin::Once;
use vm::Result;
use x86_64::registers::model_specific::{ApicBase, ApicBaseFlags};

use super::{clock, usize_of};
use crate::memory;

/// The vector of the timer.
pub const TIMER_VECTOR: u8 = 0x40;
/// The vector of interrupts that went away before they were taken.
const SPURIOUS_VECTOR: u8 = 0xff;

/// Timer interrupts per second.
pub const TIMER_FREQUENCY: u64 = 250;

/// The part of a second that the timer's rate is measured over.
const MEASURED_PART: u64 = 10_000;
/// How often timer and time-stamp counter are read for one reading of both.
const SAMPLES: usize = 4;

const WINDOW_LEN: u64 = 4096;

/// Registers by their offset (Intel SDM 3A table 11-1).
#[derive(Clone, Copy)]
#[repr(usize)]
enum Register {
    EndOfInterrupt = 0xb0,
    Spurious = 0xf0,
    Timer = 0x320,
    InitialCount = 0x380,
    CurrentCount = 0x390,
    Divide = 0x3e0,
}

const SOFTWARE_ENABLE: u32 = 1 << 8;
const MASKED: u32 = 1 << 16;
const PERIODIC: u32 = 1 << 17;
const DIVIDE_BY_16: u32 = 0b0011;

/// Where the registers are mapped. Every CPU has its own at the same address.
static WINDOW: Once<u64> = Once::new();

/// Maps the registers and starts the timer of this CPU.
///
/// # Errors
/// [`Status::NO_MEMORY`](vm::Status::NO_MEMORY): nothing left for the mapping.
pub fn init() -> Result<()> {
    let (frame, flags) = ApicBase::read();
    // SAFETY: the address stays as it is; the APIC is only switched on, if it was off.
    unsafe { ApicBase::write(frame, flags | ApicBaseFlags::LAPIC_ENABLE) };
    let window =
        memory::map_device(frame.start_address().as_u64(), WINDOW_LEN, CachePolicy::Uncached)?;
    WINDOW.call_once(|| window);

    write(Register::Spurious, SOFTWARE_ENABLE | u32::from(SPURIOUS_VECTOR));
    write(Register::Divide, DIVIDE_BY_16);
    write(Register::Timer, MASKED);
    let count = calibrate();
    write(Register::Timer, PERIODIC | u32::from(TIMER_VECTOR));
    write(Register::InitialCount, count);
    Ok(())
}

/// Returns the count that passes between two interrupts: how far the timer counts in a moment of the time-stamp counter, for as many
/// moments.
fn calibrate() -> u32 {
    let ticks_per_second = clock::rough_ticks_per_second();
    write(Register::InitialCount, u32::MAX);
    let (first, begin) = sample();
    let (mut last, mut end) = (first, begin);
    while end.wrapping_sub(begin) < ticks_per_second / MEASURED_PART {
        (last, end) = sample();
    }
    let counted = u64::from(first.wrapping_sub(last));
    let ticks = end.wrapping_sub(begin).saturating_mul(TIMER_FREQUENCY);
    let count = counted.saturating_mul(ticks_per_second).checked_div(ticks).unwrap_or_default();
    u32::try_from(count).unwrap_or(u32::MAX).max(1)
}

/// Returns the timer's count and the time-stamp counter at the same moment: of a few pairs of readings, the one that took least.
fn sample() -> (u32, u64) {
    let pair = |_| {
        let before = clock::counter();
        let count = read(Register::CurrentCount);
        (clock::counter().wrapping_sub(before), count, before)
    };
    let best = (0..SAMPLES).map(pair).min_by_key(|(took, ..)| *took);
    best.map_or((0, 0), |(_, count, before)| (count, before))
}

/// Tells the APIC that the interrupt has been taken care of.
pub fn end_interrupt() {
    write(Register::EndOfInterrupt, 0);
}

fn address_of(register: Register) -> Option<*mut u32> {
    let window = usize_of(*WINDOW.get()?);
    Some(core::ptr::with_exposed_provenance_mut(window.wrapping_add(register as usize)))
}

fn write(register: Register, value: u32) {
    if let Some(address) = address_of(register) {
        // SAFETY: the window is mapped for as long as the kernel runs, and the register is in it.
        unsafe { address.write_volatile(value) };
    }
}

fn read(register: Register) -> u32 {
    // SAFETY: as in `write`.
    address_of(register).map_or(0, |address| unsafe { address.read_volatile() })
}
