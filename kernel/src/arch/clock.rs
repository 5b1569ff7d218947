//! Time since boot, from the time-stamp counter.
//!
//! ```text
//!   ns = ticks * scale / 2^32        scale = 10^9 * 2^32 / (ticks per second)
//! ```
//!
//! The product has up to 96 bits, so it cannot overflow in 128.
#![expect(unsafe_code, reason = "reading the counter is an instruction")]

use spin::Once;

use super::pit;

const NS_PER_SECOND: u128 = 1_000_000_000;
const FRACTION_BITS: u32 = 32;

struct Clock {
    start: u64,
    ticks_per_second: u64,
    scale: u128,
}

static CLOCK: Once<Clock> = Once::new();

/// Measures the counter's rate and starts the clock.
pub fn init() {
    let ticks_per_second = pit::rate(counter).middle();
    let scale = (NS_PER_SECOND << FRACTION_BITS)
        .checked_div(u128::from(ticks_per_second))
        .unwrap_or_default();
    CLOCK.call_once(|| Clock { start: counter(), ticks_per_second, scale });
    ::log::info!("time-stamp counter at {} MHz", ticks_per_second / 1_000_000);
}

/// Returns the counter's value.
pub fn counter() -> u64 {
    // SAFETY: every x86_64 processor has RDTSC, and the kernel may always use it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Returns the nanoseconds since boot; 0 before [`init`].
pub fn now_ns() -> u64 {
    CLOCK.get().map_or(0, |clock| {
        let ns = u128::from(ticks()).wrapping_mul(clock.scale) >> FRACTION_BITS;
        u64::try_from(ns).unwrap_or(u64::MAX)
    })
}

/// Returns the counter's ticks since boot; 0 before [`init`].
pub fn ticks() -> u64 {
    CLOCK.get().map_or(0, |clock| counter().wrapping_sub(clock.start))
}

/// Returns how many of [`ticks`] make a second; 0 before [`init`].
pub fn ticks_per_second() -> u64 {
    CLOCK.get().map_or(0, |clock| clock.ticks_per_second)
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
        let rate = pit::rate(now_ns);
        assert!(rate.is_sharp(), "{rate:?} ns in a second");
        assert!(rate.least <= 1_010_000_000 && rate.most >= 990_000_000, "{rate:?} ns in a second");
    }

    #[test_case]
    fn ten_years_fit() {
        let clock = Clock {
            start: 0,
            ticks_per_second: 5_000_000_000,
            scale: (NS_PER_SECOND << FRACTION_BITS) / 5_000_000_000,
        };
        let ticks = 10 * 365 * 24 * 3600 * clock.ticks_per_second;
        let ns = (u128::from(ticks) * clock.scale) >> FRACTION_BITS;
        let exact = u128::from(ticks) / 5;
        assert!(exact - ns < exact / 1_000_000_000);
    }
}
