//! How fast a curve grows: by what part of its first cost each doubling adds to it.
//!
//! A logarithm adds the same with every doubling, a tree of wide nodes a step every few of them. So costs are compared over six
//! doublings or more. What grows in proportion adds twice as much with each doubling, and soon too much.

/// How many times as large the second of two sizes is at least that are compared.
const APART: u64 = 64;

/// The largest part of the first cost that a doubling may add.
const MOST: f64 = 1.0 / 6.0;

/// Returns how much each doubling adds, where that is most, as a part of the first cost; `None` if no two sizes are far enough apart.
pub(super) fn per_doubling(points: &[(u64, f64)]) -> Option<f64> {
    let (_, first) = points.first()?;
    let rates = points.iter().flat_map(|(small, before)| {
        let larger = points.iter().filter(move |(large, _)| *large >= small.saturating_mul(APART));
        larger.map(move |(large, after)| {
            let doublings = (*large as f64 / *small as f64).log2();
            (after - before) / doublings / first
        })
    });
    rates.reduce(f64::max)
}

/// Says whether that is more than a logarithm adds.
pub(super) fn is_steep(rate: &f64) -> bool {
    *rate > MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [u64; 5] = [1, 10, 100, 1000, 10_000];

    fn rate(cost: impl Fn(f64) -> f64) -> f64 {
        per_doubling(&SIZES.map(|size| (size, cost(size as f64)))).unwrap()
    }

    #[test]
    fn what_does_not_grow_has_no_rate_to_speak_of() {
        assert_eq!(rate(|_| 300.0), 0.0);
        assert!(rate(|size| 300.0 + 2000.0 / size) <= 0.0);
    }

    #[test]
    fn logarithms_and_steps_pass() {
        let logarithm = rate(|size| 1000.0 + 50.0 * size.log2());
        assert!((logarithm - 0.05).abs() < 1e-9 && !is_steep(&logarithm));
        // A node of 64 entries more on the way.
        assert!(!is_steep(&rate(|size| 1000.0 + 750.0 * (size.log2() / 6.0).floor())));
    }

    #[test]
    fn proportions_and_roots_do_not() {
        for per_one in [0.2, 1.0, 30.0] {
            assert!(is_steep(&rate(|size| 1000.0 + per_one * size)), "{per_one}");
        }
        assert!(is_steep(&rate(|size| 1000.0 + 30.0 * size.sqrt())));
    }

    #[test]
    fn sizes_too_close_say_nothing() {
        assert_eq!(per_doubling(&[]), None);
        assert_eq!(per_doubling(&[(1, 1.0), (10, 100.0)]), None);
    }
}
