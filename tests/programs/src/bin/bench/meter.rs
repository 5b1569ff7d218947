//! The stop watch.
//!
//! A figure is the median of many samples, each the ticks between two readings of the time-stamp counter, less what two readings
//! with nothing between them come to, in nanoseconds if that is asked for. Its line, with the samples' extremes:
//!
//! ```text
//! figure NAME median 1713.00 mean 1720.31 min 1700.00 max 9120.00 samples 400
//! ```
//!
//! A NAME that ends in `@N` belongs to a series: N is how many of something there were.

use crate::plan::Rounds;
use crate::profile;
use alloc::vec::Vec;
use core::arch::x86_64::_rdtsc;
use core::sync::atomic::{AtomicU64, Ordering};
use rt::{println, zx};

/// What two readings with nothing between them come to.
static OVERHEAD: AtomicU64 = AtomicU64::new(0);

/// How many ticks make a second, if samples are to be nanoseconds; 0 if they are to be ticks.
static TICKS_PER_SECOND: AtomicU64 = AtomicU64::new(0);

/// Digits after the point, as a factor.
const FRACTION: u64 = 100;

const NS_PER_SECOND: u128 = 1_000_000_000;

/// Reads the time-stamp counter.
#[inline(always)]
fn now() -> u64 {
    // SAFETY: every x86_64 processor has RDTSC, and the kernel leaves it to ring 3.
    unsafe { _rdtsc() }
}

/// What figures are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Ticks,
    Nanoseconds,
}

/// Finds out what reading the counter costs, and how long a tick is if the unit is one of time.
pub(crate) fn calibrate(unit: Unit) {
    let pair = || {
        let begin = now();
        now() - begin
    };
    let least = (0..1000).map(|_| pair()).min();
    OVERHEAD.store(least.unwrap_or(0), Ordering::Relaxed);
    if unit == Unit::Nanoseconds {
        // SAFETY: the call takes no address.
        TICKS_PER_SECOND.store(unsafe { zx::ticks_per_second() }, Ordering::Relaxed);
    }
}

/// A figure that is being taken.
pub(crate) struct Figure {
    name: &'static str,
    size: Option<u64>,
    units: u64,
    warm: usize,
    samples: Vec<u64>,
    is_profiled: bool,
}

impl Figure {
    /// Begins a figure for each call.
    pub(crate) fn new(name: &'static str, rounds: Rounds) -> Self {
        let samples = Vec::with_capacity(rounds.all());
        let is_profiled = profile::is_of(name, None);
        Self { name, size: None, units: 1, warm: rounds.warm(), samples, is_profiled }
    }

    /// Divides each sample by `units`, which one operation does.
    pub(crate) fn per(self, units: u64) -> Self {
        Self { units, ..self }
    }

    /// Puts the figure into a series, for `size` of whatever there is more and more of.
    pub(crate) fn at(self, size: u64) -> Self {
        Self { size: Some(size), is_profiled: profile::is_of(self.name, Some(size)), ..self }
    }

    /// Does `operation` and takes its time.
    #[inline(always)]
    pub(crate) fn time<T>(&mut self, operation: impl FnOnce() -> T) -> T {
        let is_profiled = self.is_profiled && self.samples.len() >= self.warm;
        if is_profiled {
            profile::sample_begins(self.units);
            profile::profile_begin();
        }
        let begin = now();
        let result = operation();
        let end = now();
        if is_profiled {
            profile::profile_end();
            profile::sample_has_ended();
        }
        self.samples.push(end - begin);
        result
    }

    /// Prints the figure.
    pub(crate) fn report(self) {
        let overhead = OVERHEAD.load(Ordering::Relaxed);
        let net = |ticks: &u64| ticks.saturating_sub(overhead);
        let mut sorted: Vec<u64> = self.samples.iter().skip(self.warm).map(net).collect();
        sorted.sort_unstable();
        let count = sorted.len() as u64;
        let nth = |n: usize| sorted.get(n).copied().unwrap_or(0);
        let (middle, upper) = (nth(sorted.len().saturating_sub(1) / 2), nth(sorted.len() / 2));
        let median = Decimal::each(middle + upper, 2 * self.units);
        let mean = Decimal::each(sorted.iter().sum(), count * self.units);
        let [min, max] =
            [0, sorted.len().saturating_sub(1)].map(|n| Decimal::each(nth(n), self.units));
        let size = Size(self.size);
        let name = self.name;
        println!(
            "figure {name}{size} median {median} mean {mean} min {min} max {max} samples {count}"
        );
    }
}

/// Prints the figure `name` of what was counted once: what each of `number` things has of `all`.
pub(crate) fn report_each(name: &str, all: u64, number: u64) {
    let each = Decimal::quotient(all.into(), number.into());
    println!("figure {name} median {each} mean {each} min {each} max {each} samples 1");
}

/// The end of a name in a series.
struct Size(Option<u64>);

impl core::fmt::Display for Size {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.map_or(Ok(()), |size| write!(f, "@{size}"))
    }
}

/// A number with two decimals.
struct Decimal(u64);

impl Decimal {
    /// Returns how much of the unit each of `count` things takes if all take `ticks`, rounded.
    fn each(ticks: u64, count: u64) -> Self {
        let (dividend, divisor) = match TICKS_PER_SECOND.load(Ordering::Relaxed) {
            0 => (u128::from(ticks), u128::from(count)),
            rate => (u128::from(ticks) * NS_PER_SECOND, u128::from(count) * u128::from(rate)),
        };
        Self::quotient(dividend, divisor)
    }

    /// Divides and rounds.
    fn quotient(dividend: u128, divisor: u128) -> Self {
        let rounded = (dividend * u128::from(FRACTION) + divisor / 2).checked_div(divisor);
        Self(rounded.and_then(|value| u64::try_from(value).ok()).unwrap_or(0))
    }
}

impl core::fmt::Display for Decimal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}.{:02}", self.0 / FRACTION, self.0 % FRACTION)
    }
}
