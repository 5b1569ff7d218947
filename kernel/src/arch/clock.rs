//! Time since boot, from the time-stamp counter.
//!
//! ```text
//!   ns = ticks * scale / 2^32        scale = 10^9 * 2^32 / (ticks per second)
//! ```
//!
//! The product has up to 96 bits, so it cannot overflow in 128.
//!
//! Where the processor does not say how fast it counts, that takes a hundredth of a second to measure. Boot does not wait for it: the
//! interval timer is started first of all and runs beside everything else, and who first asks for the time waits for what is left.
#![expect(unsafe_code, reason = "reading the counter is an instruction")]

use core::arch::x86_64::{__cpuid, CpuidResult};
use core::sync::atomic::{AtomicU64, Ordering};

use spin::Once;

use super::pit::{self, Run};

const NS_PER_SECOND: u128 = 1_000_000_000;
const FRACTION_BITS: u32 = 32;

/// The part of a second that the counter's rate is measured over.
const MEASURED_PART: u64 = 100;
/// A shorter part of a second, over which it is measured for what need not be as exact.
const ROUGH_PART: u64 = 1000;

/// How fast the counter counts.
struct Clock {
    ticks_per_second: u64,
    scale: u128,
}

/// What the counter was when the kernel began.
static START: AtomicU64 = AtomicU64::new(0);
/// What the rate is measured by.
static RUN: Once<Run> = Once::new();
static CLOCK: Once<Clock> = Once::new();

impl Clock {
    fn new(ticks_per_second: u64) -> Clock {
        let scale = (NS_PER_SECOND << FRACTION_BITS)
            .checked_div(u128::from(ticks_per_second))
            .unwrap_or_default();
        Clock { ticks_per_second, scale }
    }

    fn ns(&self, ticks: u64) -> u64 {
        let ns = u128::from(ticks).wrapping_mul(self.scale) >> FRACTION_BITS;
        u64::try_from(ns).unwrap_or(u64::MAX)
    }
}

/// Starts the clock, and the measurement of its rate.
pub fn start() {
    START.store(counter(), Ordering::Relaxed);
    RUN.call_once(|| Run::begin(counter));
    if let Some(rate) = known_rate(&__cpuid) {
        CLOCK.call_once(|| Clock::new(rate));
    }
}

/// Returns the counter's value.
pub fn counter() -> u64 {
    // SAFETY: every x86_64 processor has RDTSC, and the kernel may always use it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Returns the nanoseconds since boot.
pub fn now_ns() -> u64 {
    ns(ticks())
}

/// Returns the nanoseconds since boot if that takes no waiting.
pub fn try_now_ns() -> Option<u64> {
    if let Some(clock) = CLOCK.get() {
        return Some(clock.ns(ticks()));
    }
    let run = RUN.get()?;
    let rate = run.rate(counter, MEASURED_PART).filter(|rate| rate.is_sharp());
    if rate.is_none() && !run.has_ended() {
        return None;
    }
    Some(now_ns())
}

/// Returns how many nanoseconds `ticks` of the counter are.
pub fn ns(ticks: u64) -> u64 {
    clock().ns(ticks)
}

/// Returns the counter's ticks since boot.
pub fn ticks() -> u64 {
    counter().wrapping_sub(START.load(Ordering::Relaxed))
}

/// Returns how many of [`ticks`] make a second.
pub fn ticks_per_second() -> u64 {
    clock().ticks_per_second
}

/// Returns the same, give or take a hundredth, with little waiting.
pub fn rough_ticks_per_second() -> u64 {
    CLOCK.get().map_or_else(|| measure(ROUGH_PART), |clock| clock.ticks_per_second)
}

/// Returns the clock, once its rate is known.
fn clock() -> &'static Clock {
    CLOCK.call_once(|| Clock::new(measure(MEASURED_PART)))
}

/// Measures the counter's rate over so much of a second, most of which may have passed; over more if something got in the way.
fn measure(part: u64) -> u64 {
    let rate = RUN.get().and_then(|run| {
        while !run.has_ended() {
            if let Some(rate) = run.rate(counter, part) {
                return Some(rate).filter(|rate| part == ROUGH_PART || rate.is_sharp());
            }
        }
        None
    });
    rate.unwrap_or_else(|| pit::rate(counter)).middle()
}

/// Returns how fast the counter counts if the processor says so, or whatever emulates it: leaf 0x15 (Intel SDM 2A CPUID), or leaf
/// 0x4000_0010 of a hypervisor, in kilohertz.
fn known_rate(cpuid: &impl Fn(u32) -> CpuidResult) -> Option<u64> {
    const HYPERVISOR: u32 = 1 << 31;
    const HYPERVISOR_LEAVES: u32 = 0x4000_0000;
    const HYPERVISOR_RATE: u32 = 0x4000_0010;
    const CRYSTAL: u32 = 0x15;
    let has_hypervisor = cpuid(1).ecx & HYPERVISOR != 0;
    if has_hypervisor
        && (HYPERVISOR_RATE..HYPERVISOR_RATE | 0xff).contains(&cpuid(HYPERVISOR_LEAVES).eax)
    {
        let rate = u64::from(cpuid(HYPERVISOR_RATE).eax).saturating_mul(1000);
        return Some(rate).filter(|rate| *rate != 0);
    }
    if cpuid(0).eax < CRYSTAL {
        return None;
    }
    let CpuidResult { eax: denominator, ebx: numerator, ecx: crystal, .. } = cpuid(CRYSTAL);
    let rate = u64::from(crystal).saturating_mul(numerator.into());
    rate.checked_div(denominator.into()).filter(|rate| *rate != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn time_never_goes_back() {
        let mut last = now_ns();
        for _ in 0..10_000 {
            let now = now_ns();
            assert!(now >= last);
            last = now;
        }
    }

    #[test_case]
    fn the_clock_agrees_with_the_interval_timer() {
        // Nothing else may use that timer before the clock's own rate is known.
        assert!(ticks_per_second() > 0);
        let rate = pit::rate(now_ns);
        assert!(rate.is_sharp(), "{rate:?} ns in a second");
        assert!(rate.least <= 1_010_000_000 && rate.most >= 990_000_000, "{rate:?} ns in a second");
    }

    #[test_case]
    fn a_run_of_the_interval_timer_can_be_read_while_it_lasts() {
        assert!(ticks_per_second() > 0);
        let run = Run::begin(now_ns);
        assert!(!run.has_ended() && run.rate(now_ns, 1).is_none());
        let rate = loop {
            match run.rate(now_ns, ROUGH_PART) {
                Some(rate) => break rate,
                None => assert!(!run.has_ended()),
            }
        };
        assert!(rate.least <= 1_010_000_000 && rate.most >= 990_000_000, "{rate:?} ns in a second");
        while !run.has_ended() {}
        assert!(run.rate(now_ns, MEASURED_PART).is_none());
    }

    #[test_case]
    fn ten_years_fit() {
        let clock = Clock::new(5_000_000_000);
        let ticks = 10 * 365 * 24 * 3600 * clock.ticks_per_second;
        let exact = ticks / 5;
        assert!(exact - clock.ns(ticks) < exact / 1_000_000_000);
    }

    /// Returns a processor with a leaf 0x15 and, if `hypervisor` is not 0, the rate of a hypervisor.
    fn processor(crystal: u32, hypervisor: u32) -> impl Fn(u32) -> CpuidResult {
        let leaf = |eax, ebx, ecx| CpuidResult { eax, ebx, ecx, edx: 0 };
        move |number| match number {
            0 => leaf(0x16, 0, 0),
            1 => leaf(0, 0, if hypervisor == 0 { 0 } else { 1 << 31 }),
            0x15 => leaf(2, 200, crystal),
            0x4000_0000 => leaf(0x4000_0010, 0, 0),
            0x4000_0010 => leaf(hypervisor, 0, 0),
            _ => leaf(0, 0, 0),
        }
    }

    #[test_case]
    fn a_processor_that_says_its_rate_is_believed() {
        assert_eq!(known_rate(&processor(24_000_000, 0)), Some(2_400_000_000));
        assert_eq!(known_rate(&processor(0, 0)), None);
        assert_eq!(known_rate(&processor(24_000_000, 2_000_000)), Some(2_000_000_000));
        let old = |number| CpuidResult { eax: u32::from(number == 0), ebx: 1, ecx: 1, edx: 0 };
        assert_eq!(known_rate(&old), None);
    }
}
