//! Whether numbers look as if drawn by chance: each test comes with the probability that chance alone is as far off.

use serde::Serialize;
use statrs::{
    distribution::{ChiSquared, ContinuousCDF as _, DiscreteCDF as _, Poisson},
    function::erf,
};
use std::{f64::consts::SQRT_2, fmt};

/// Numbers below [`choice`](Self::choice), in the order in which they were drawn.
pub(super) struct Sample {
    /// How many there are to choose from.
    pub(super) choice: u64,
    /// Those that were drawn.
    pub(super) numbers: Vec<u64>,
}

/// Pairs of numbers below a choice.
pub(super) struct Pairs {
    choice: u64,
    pairs: Vec<(u64, u64)>,
}

/// The outcome of a test.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Test {
    /// What was tested.
    pub(super) name: &'static str,
    /// Chi-square, a coefficient of correlation, or a number of repetitions.
    pub(super) statistic: f64,
    /// The degrees of freedom of chi-square.
    pub(super) degrees: Option<u64>,
    /// The probability that chance alone is as far off.
    pub(super) p: f64,
}

/// How hard it is to guess a number, in bits: minus the logarithm of the probability that two draws agree.
///
/// It is the collision entropy, which is at most Shannon's and is the same if all numbers are as likely. Unlike Shannon's it can be
/// measured with a number of draws near the root of the choice.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Entropy {
    /// The most there can be.
    pub(super) possible: f64,
    /// What was measured, if any two draws agree.
    pub(super) measured: Option<f64>,
    /// The bounds in which the true value is with a probability of 95 %.
    pub(super) low: f64,
    /// The upper one, which is infinite if no two draws agree.
    pub(super) high: f64,
}

/// Parts that the choice is cut into.
const PARTS: u64 = 1024;
/// Rows, and columns, of the cells that pairs are sorted into.
const ROWS: u64 = 16;
/// The least choice of which a part is small enough to look at remainders, and at repetitions as rare events.
const LARGE: u64 = 1 << 20;

impl fmt::Display for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.measured {
            Some(bits) => write!(f, "{bits:.1}"),
            None => write!(f, "at least {:.1}", self.low),
        }
    }
}

impl Sample {
    /// Returns the tests that suit the sample.
    pub(super) fn tests(&self) -> Vec<Test> {
        let mut tests = vec![self.evenness()];
        if self.choice >= LARGE {
            tests.extend([self.evenness_of_remainders(), self.repetitions()]);
        }
        tests.extend(self.successive().tests(["successive, correlation", "successive, cells"]));
        tests
    }

    /// Tests whether the numbers are spread evenly, by equal parts of the choice.
    pub(super) fn evenness(&self) -> Test {
        let parts = PARTS.min(self.choice).min(self.numbers.len() as u64 / 8).max(2);
        let counts = self.counts(parts);
        let of = |part| self.numbers.len() as f64 * share(self.choice, part, parts);
        chi_square("parts", counts.iter().zip(0..).map(|(count, part)| (*count, of(part))))
    }

    /// Returns how many numbers are in each of so many equal parts of the choice.
    fn counts(&self, parts: u64) -> Vec<u64> {
        let mut counts = vec![0; parts as usize];
        for number in &self.numbers {
            if let Some(count) = counts.get_mut(part(self.choice, *number, parts) as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// Returns how many numbers are in each of so many parts of the choice, by what is expected.
    pub(super) fn shares(&self, parts: u64) -> Vec<f64> {
        let of = |part| self.numbers.len() as f64 * share(self.choice, part, parts);
        self.counts(parts)
            .into_iter()
            .zip(0..)
            .map(|(count, part)| count as f64 / of(part))
            .collect()
    }

    /// Tests whether the lowest bits of the numbers are spread evenly.
    fn evenness_of_remainders(&self) -> Test {
        let remainders = self.numbers.iter().map(|number| number % PARTS).collect();
        let expected = |remainder: u64| {
            let count = (self.choice - 1 - remainder) / PARTS + 1;
            self.numbers.len() as f64 * count as f64 / self.choice as f64
        };
        let counts = Self { choice: PARTS, numbers: remainders }.counts(PARTS);
        let cells = counts.iter().zip(0..).map(|(count, remainder)| (*count, expected(remainder)));
        chi_square("lowest bits", cells)
    }

    /// Tests whether any two draws agree as often as they should.
    pub(super) fn repetitions(&self) -> Test {
        let seen = self.agreeing();
        let expected = pairs_of(self.numbers.len() as u64) / self.choice as f64;
        Test {
            name: "repetitions",
            statistic: seen as f64,
            degrees: None,
            p: of_rare(seen, expected),
        }
    }

    /// Measures the entropy.
    pub(super) fn entropy(&self) -> Entropy {
        let all = pairs_of(self.numbers.len() as u64);
        let seen = self.agreeing() as f64;
        // Of a number of rare events, of which so many were seen, the mean is between these (Wilson and Hilferty's approximation).
        let bound = |count: f64, deviations: f64| {
            count * (1.0 - 1.0 / (9.0 * count) + deviations / (3.0 * count.sqrt())).powi(3)
        };
        let least = if seen > 0.0 { bound(seen, -1.96) } else { 0.0 };
        let bits = |mean: f64| (all / mean).log2();
        Entropy {
            possible: (self.choice as f64).log2(),
            measured: (seen > 0.0).then(|| bits(seen)),
            low: bits(bound(seen + 1.0, 1.96)),
            high: bits(least),
        }
    }

    /// Counts the pairs of draws that agree.
    fn agreeing(&self) -> u64 {
        let mut sorted = self.numbers.clone();
        sorted.sort_unstable();
        let runs = sorted.chunk_by(|one, next| one == next).map(|run| run.len() as u64);
        runs.map(|len| len * (len - 1) / 2).sum()
    }

    /// Pairs each number with the one that was drawn next; none is in two pairs.
    pub(super) fn successive(&self) -> Pairs {
        let pairs = self.numbers.chunks_exact(2).filter_map(|pair| match pair {
            [one, next] => Some((*one, *next)),
            _ => None,
        });
        Pairs { choice: self.choice, pairs: pairs.collect() }
    }
}

impl Pairs {
    /// Makes pairs of what is at the same place in two rows of numbers.
    pub(super) fn of_rows<'a>(
        choice: u64,
        rows: impl Iterator<Item = (&'a [u64], &'a [u64])>,
    ) -> Self {
        let pairs = rows.flat_map(|(one, other)| one.iter().copied().zip(other.iter().copied()));
        Self { choice, pairs: pairs.collect() }
    }

    /// Tests whether one number of a pair says anything about the other, in two ways.
    pub(super) fn tests(&self, names: [&'static str; 2]) -> [Test; 2] {
        let [correlation, cells] = names;
        [self.correlation(correlation), self.independence(cells)]
    }

    /// Returns points in the unit square, one for each pair.
    pub(super) fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        let place = |number: u64| number as f64 / self.choice as f64;
        self.pairs.iter().map(move |(one, other)| (place(*one), place(*other)))
    }

    /// Tests the coefficient of linear correlation, which chance makes normal with a deviation of one by the root of the count.
    fn correlation(&self, name: &'static str) -> Test {
        let count = self.pairs.len() as f64;
        let sum = |of: fn(f64, f64) -> f64| self.points().map(|(x, y)| of(x, y)).sum::<f64>();
        let (x, y) = (sum(|x, _| x) / count, sum(|_, y| y) / count);
        let covariance = sum(|x, y| x * y) / count - x * y;
        let spread = |squares: f64, mean: f64| (squares / count - mean * mean).sqrt();
        let deviations = spread(sum(|x, _| x * x), x) * spread(sum(|_, y| y * y), y);
        let coefficient = if deviations > 0.0 { covariance / deviations } else { 1.0 };
        let p = erf::erfc(coefficient.abs() * count.sqrt() / SQRT_2);
        Test { name, statistic: coefficient, degrees: None, p }
    }

    /// Tests whether the pairs are spread evenly over cells of the square.
    fn independence(&self, name: &'static str) -> Test {
        let fair = (self.pairs.len() as f64 / 8.0).sqrt() as u64;
        let rows = ROWS.min(self.choice).min(fair).max(2);
        let cell = |(one, other): &(u64, u64)| {
            part(self.choice, *one, rows) * rows + part(self.choice, *other, rows)
        };
        let cells = Sample { choice: rows * rows, numbers: self.pairs.iter().map(cell).collect() };
        let of = |cell: u64| {
            let [row, column] =
                [cell / rows, cell % rows].map(|part| share(self.choice, part, rows));
            self.pairs.len() as f64 * row * column
        };
        let counts = cells.counts(rows * rows);
        chi_square(name, counts.iter().zip(0..).map(|(count, cell)| (*count, of(cell))))
    }
}

/// Returns which of `parts` equal parts of the choice a number is in.
fn part(choice: u64, number: u64, parts: u64) -> u64 {
    (u128::from(number) * u128::from(parts) / u128::from(choice)) as u64
}

/// Returns the share of the numbers that are in part `part` of `parts`.
fn share(choice: u64, part: u64, parts: u64) -> f64 {
    let start = |part: u64| (u128::from(part) * u128::from(choice)).div_ceil(u128::from(parts));
    (start(part + 1) - start(part)) as f64 / choice as f64
}

/// Returns how many pairs there are of so many things.
fn pairs_of(count: u64) -> f64 {
    count as f64 * (count as f64 - 1.0) / 2.0
}

/// Tests counts, each with what is expected of it.
fn chi_square(name: &'static str, counts: impl Iterator<Item = (u64, f64)>) -> Test {
    let (mut statistic, mut cells) = (0.0, 0);
    for (count, expected) in counts {
        statistic += (count as f64 - expected).powi(2) / expected;
        cells += 1;
    }
    let degrees = cells - 1;
    let p = ChiSquared::new(degrees as f64).map_or(0.0, |chances| chances.sf(statistic));
    Test { name, statistic, degrees: Some(degrees), p }
}

/// Returns the probability that rare events which are expected `expected` times come up as seldom, or as often, as `seen` times.
fn of_rare(seen: u64, expected: f64) -> f64 {
    let Ok(chances) = Poisson::new(expected) else {
        return 0.0;
    };
    let as_often = if seen == 0 { 1.0 } else { chances.sf(seen - 1) };
    (2.0 * chances.cdf(seen).min(as_often)).min(1.0)
}

#[cfg(test)]
mod tests;
