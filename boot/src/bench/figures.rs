//! What the program `bench` reports: a line for each figure.
//!
//! ```text
//! figure NAME median 1713.00 mean 1720.31 min 1700.00 max 9120.00 samples 400
//! ```

use super::record::Medians;
use anyhow::{Context as _, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// What one operation costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Figure {
    pub(super) median: f64,
    pub(super) mean: f64,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) samples: u64,
}

/// All figures of a run by name; a name that ends in `@N` belongs to a series.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Figures(BTreeMap<String, Figure>);

impl Figures {
    /// Takes a line of the guest's output if it reports a figure; says whether it does.
    pub(super) fn take(&mut self, line: &str) -> bool {
        let figure = parse(line);
        let is_figure = figure.is_some();
        self.0.extend(figure);
        is_figure
    }

    /// Returns the sum of a `part` of the figures of `names`, if all are there.
    pub(super) fn sum_of(&self, names: &[&str], part: fn(&Figure) -> f64) -> Option<f64> {
        names.iter().map(|name| self.0.get(*name).map(part)).sum()
    }

    /// Puts in what was found once, under `name`.
    pub(super) fn add(&mut self, name: &str, value: f64) {
        let figure = Figure { median: value, mean: value, min: value, max: value, samples: 1 };
        self.0.insert(name.to_owned(), figure);
    }

    /// Returns the medians.
    pub(super) fn medians(&self) -> Medians {
        self.0.iter().map(|(name, figure)| (name.clone(), figure.median)).collect()
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the names of the figures that are not the same in `other`.
    pub(super) fn differing(&self, other: &Self) -> Vec<String> {
        let names = self.0.keys().chain(other.0.keys().filter(|name| !self.0.contains_key(*name)));
        names.filter(|name| self.0.get(*name) != other.0.get(*name)).cloned().collect()
    }

    /// Writes them for machines.
    pub(super) fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).context("cannot write JSON")
    }
}

/// Reads one line.
fn parse(line: &str) -> Option<(String, Figure)> {
    let mut words = line.strip_prefix("figure ")?.split(' ');
    let name = words.next()?.to_owned();
    let mut value = |label| words.next().filter(|word| *word == label).and_then(|_| words.next());
    let figure = Figure {
        median: value("median")?.parse().ok()?,
        mean: value("mean")?.parse().ok()?,
        min: value("min")?.parse().ok()?,
        max: value("max")?.parse().ok()?,
        samples: value("samples")?.parse().ok()?,
    };
    Some((name, figure))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "figure map@10 median 3.50 mean 4.00 min 1.00 max 9.00 samples 7";

    #[test]
    fn lines_are_read_and_others_are_not() {
        let mut figures = Figures::default();
        assert!(figures.take(LINE));
        for line in ["", "figure", "figure map median x", "figures map median 1", "bench: done"] {
            assert!(!figures.take(line), "{line}");
        }
        assert_eq!(figures.len(), 1);
        assert_eq!(figures.medians().sum(&["map@10"]), Some(3.5));
    }

    #[test]
    fn a_sum_needs_all_its_parts() {
        let mut figures = Figures::default();
        figures.take(LINE);
        figures.take(&LINE.replace("map@10", "unmap@10"));
        let sum = |names: &[&str]| figures.sum_of(names, |figure| figure.median);
        assert_eq!(sum(&["map@10", "unmap@10"]), Some(7.0));
        assert_eq!(sum(&["map@10", "protect@10"]), None);
    }

    #[test]
    fn what_differs_is_named() {
        let (mut one, mut other) = (Figures::default(), Figures::default());
        one.take(LINE);
        assert_eq!(one.differing(&one.clone()), Vec::<String>::new());
        other.take(&LINE.replace("mean 4.00", "mean 4.01"));
        other.take(&LINE.replace("map@10", "unmap@10"));
        assert_eq!(one.differing(&other), ["map@10", "unmap@10"]);
        assert_eq!(other.differing(&one), ["map@10", "unmap@10"]);
    }
}
