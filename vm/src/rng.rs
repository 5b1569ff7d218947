//! The random numbers that placement draws from: one generator per address space.

use rand_core::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A generator of layouts. The same seed gives the same layout.
pub(crate) struct LayoutRng(Xoshiro256PlusPlus);

impl LayoutRng {
    pub(crate) fn new(seed: u64) -> LayoutRng {
        LayoutRng(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Draws a number below `bound`, each equally likely. `bound` is not zero.
    ///
    /// Multiplies and keeps the upper half, drawing again where the lower half says that a value would come up once too often
    /// (Lemire, "Fast Random Integer Generation in an Interval", 2019).
    #[inline(always)]
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let mut product = self.times(bound);
        // The draws that would come up once too often are fewer than `bound`: hardly ever is it worth a division to say how many.
        if (product as u64) < bound {
            let surplus = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
            while (product as u64) < surplus {
                product = self.times(bound);
            }
        }
        product.wrapping_shr(64) as u64
    }

    /// Draws 64 bits and multiplies them by `factor`.
    #[inline(always)]
    fn times(&mut self, factor: u64) -> u128 {
        u128::from(self.0.next_u64()).wrapping_mul(u128::from(factor))
    }

    /// Draws a byte.
    pub(crate) fn byte(&mut self) -> u8 {
        // The upper bits of xoshiro are its best ones.
        self.0.next_u64().wrapping_shr(56) as u8
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn every_value_below_the_bound_is_as_likely() {
        let mut rng = LayoutRng::new(7);
        let mut counts = [0u32; 6];
        let draws = if cfg!(miri) { 600 } else { 60_000 };
        for _ in 0..draws {
            counts[usize::try_from(rng.below(6)).expect("small")] += 1;
        }
        // Chi-square with 5 degrees of freedom: 25.7 is passed once in 10 000 runs; the seed is fixed.
        let expected = f64::from(draws) / 6.0;
        let chi: f64 = counts.iter().map(|c| (f64::from(*c) - expected).powi(2) / expected).sum();
        assert!(chi < 25.7, "{counts:?}");
    }

    #[test]
    fn a_bound_that_does_not_divide_has_no_bias() {
        // With 3 * 2^62 values, taking the remainder of 64 random bits would make the lowest third twice as likely.
        // With the upper half of their product, so would be every third value.
        let bound = 3 << 62;
        let mut rng = LayoutRng::new(8);
        let (draws, expected) = if cfg!(miri) { (300, 70..130) } else { (30_000, 9_600..10_400) };
        let drawn: Vec<u64> = (0..draws).map(|_| rng.below(bound)).collect();
        let low = drawn.iter().filter(|value| **value < 1 << 62).count();
        assert!(expected.contains(&low), "{low}");
        let third = drawn.iter().filter(|value| value.is_multiple_of(3)).count();
        assert!(expected.contains(&third), "{third}");
    }

    #[test]
    fn every_byte_is_drawn() {
        let mut rng = LayoutRng::new(10);
        let drawn: BTreeSet<u8> = (0..5_000).map(|_| rng.byte()).collect();
        assert_eq!(drawn.len(), 256);
    }

    #[test]
    fn a_bound_of_one_gives_zero() {
        assert_eq!(LayoutRng::new(9).below(1), 0);
    }
}
