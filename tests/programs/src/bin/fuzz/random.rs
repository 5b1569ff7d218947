//! Numbers that only depend on a seed.

use rand_core::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A sequence of numbers.
pub(crate) struct Random(Xoshiro256PlusPlus);

impl Random {
    /// Begins the sequence of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Returns any number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Returns the low half of any number.
    pub(crate) fn half(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// Returns a number below `end`, which is not 0; which of them it is need not be perfectly fair.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Says yes once in `n` times.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Returns one of a few.
    pub(crate) fn pick<T: Copy>(&mut self, few: &[T]) -> T {
        few[usize::try_from(self.below(few.len() as u64)).unwrap()]
    }
}
