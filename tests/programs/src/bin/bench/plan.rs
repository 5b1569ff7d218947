//! How often operations are repeated, and up to which size growth is followed.

use core::sync::atomic::{AtomicBool, Ordering};

/// Set for a run that only shows that everything works.
static IS_QUICK: AtomicBool = AtomicBool::new(false);

/// Makes this a quick run.
pub(crate) fn be_quick() {
    IS_QUICK.store(true, Ordering::Relaxed);
}

/// How often an operation is done: first without being counted, so that what it needs is there, then counted.
#[derive(Clone, Copy)]
pub(crate) struct Rounds {
    warm: usize,
    counted: usize,
}

impl Rounds {
    /// One call at a time.
    pub(crate) const CALLS: Self = Self { warm: 32, counted: 400 };
    /// Thousands of pages at a time.
    pub(crate) const PAGES: Self = Self { warm: 1, counted: 5 };
    /// One process at a time.
    pub(crate) const TASKS: Self = Self { warm: 4, counted: 50 };
    /// Hundreds of processes at a time.
    pub(crate) const CROWDS: Self = Self { warm: 1, counted: 1 };

    /// Returns the number of rounds that are not counted.
    pub(crate) fn warm(self) -> usize {
        self.warm
    }

    /// Returns the number of all rounds.
    pub(crate) fn all(self) -> usize {
        let counted = if is_quick() { self.counted.div_ceil(10) } else { self.counted };
        self.warm + counted
    }
}

/// Returns those of `sizes` that this run goes to.
pub(crate) fn sizes(sizes: &[u64]) -> impl Iterator<Item = u64> {
    /// The largest size of a quick run.
    const QUICK_MAX: u64 = 1000;
    let max = if is_quick() { QUICK_MAX } else { u64::MAX };
    sizes.iter().copied().filter(move |size| *size <= max)
}

fn is_quick() -> bool {
    IS_QUICK.load(Ordering::Relaxed)
}
