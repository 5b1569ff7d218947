//! What was found, as text and as JSON.

use super::{
    boots::Boots,
    statistics::{Entropy, Pairs, Sample, Test},
};
use serde::Serialize;
use std::fmt;

/// Parts of the choice whose counts are drawn.
const BARS: u64 = 64;

/// Pairs that are drawn: more would be a black square.
const POINTS: usize = 2000;

/// What was found of a kind of request.
#[derive(Serialize)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    seed: u64,
    /// How many places there are to choose from.
    choice: u64,
    pub(super) draws: u64,
    pub(super) entropy: Entropy,
    pub(super) tests: Vec<Test>,
    /// How often a place in each of so many equal parts came up, by what is expected.
    pub(super) bars: Vec<f64>,
}

/// What was found of the kernel's processes.
#[derive(Serialize)]
pub(super) struct Processes {
    pub(super) draws: u64,
    pub(super) tests: Vec<Test>,
    pub(super) bars: Vec<f64>,
    /// Pairs, as points of the unit square.
    pub(super) successive: Vec<(f64, f64)>,
    pub(super) neighbours: Vec<(f64, f64)>,
    pub(super) boots: Vec<(f64, f64)>,
}

/// All of it.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) kinds: Vec<Kind>,
    pub(super) processes: Processes,
}

impl Kind {
    /// Looks at what was drawn.
    pub(super) fn examine(
        name: &'static str,
        what: &'static str,
        seed: u64,
        sample: &Sample,
    ) -> Self {
        Self {
            name,
            what,
            seed,
            choice: sample.choice,
            draws: sample.numbers.len() as u64,
            entropy: sample.entropy(),
            tests: sample.tests(),
            bars: bars(sample),
        }
    }

    /// Returns the least probability of its tests.
    pub(super) fn least_p(&self) -> f64 {
        least_p(&self.tests)
    }
}

impl Processes {
    /// Looks at what was drawn.
    pub(super) fn examine(boots: &Boots) -> Self {
        let all = boots.all();
        let (neighbours, next) = (boots.neighbours(), boots.same_of_next_boot());
        let mut tests = vec![all.evenness(), all.repetitions()];
        tests.push(Test { name: "first places, parts", ..boots.firsts().evenness() });
        tests.extend(all.successive().tests(["successive, correlation", "successive, cells"]));
        tests.extend(neighbours.tests(["processes, correlation", "processes, cells"]));
        tests.extend(next.tests(["boots, correlation", "boots, cells"]));
        Self {
            draws: all.numbers.len() as u64,
            tests,
            bars: bars(&all),
            successive: points(&all.successive()),
            neighbours: points(&neighbours),
            boots: points(&next),
        }
    }
}

impl Report {
    /// Returns every test, with what it is of.
    pub(super) fn tests(&self) -> impl Iterator<Item = (&'static str, &Test)> {
        let of_kinds =
            self.kinds.iter().flat_map(|kind| kind.tests.iter().map(|test| (kind.name, test)));
        of_kinds.chain(self.processes.tests.iter().map(|test| ("processes", test)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Entropy of a place, in bits: what there can be, what was measured, and where the true value is (95 %).\n"
        )?;
        writeln!(
            f,
            "{:<14} {:>9} {:>12} {:>9} {:>9}  {:<16} request",
            "kind", "draws", "places", "possible", "measured", "between"
        )?;
        for kind in &self.kinds {
            let Entropy { possible, measured, low, high } = kind.entropy;
            let measured = measured.map_or("-".to_owned(), |bits| format!("{bits:.3}"));
            let between = format!("{low:.3}..{high:.3}");
            writeln!(
                f,
                "{:<14} {:>9} {:>12} {possible:>9.3} {measured:>9}  {between:<16} {}, seed {}",
                kind.name, kind.draws, kind.choice, kind.what, kind.seed
            )?;
        }
        writeln!(
            f,
            "\nTests: the statistic, and the probability p that chance alone is as far off. The rows `processes` are of {} places of new processes of several boots.\n",
            self.processes.draws
        )?;
        writeln!(
            f,
            "{:<14} {:<24} {:>14} {:>8} {:>12}",
            "kind", "test", "statistic", "degrees", "p"
        )?;
        for (name, test) in self.tests() {
            let degrees = test.degrees.map_or("-".to_owned(), |degrees| degrees.to_string());
            let (of, statistic, p) = (test.name, test.statistic, test.p);
            writeln!(f, "{name:<14} {of:<24} {statistic:>14.5} {degrees:>8} {p:>12.6}")?;
        }
        Ok(())
    }
}

/// Returns the least probability of some tests.
pub(super) fn least_p<'a>(tests: impl IntoIterator<Item = &'a Test>) -> f64 {
    tests.into_iter().map(|test| test.p).fold(1.0, f64::min)
}

/// Returns the first pairs as points.
fn points(pairs: &Pairs) -> Vec<(f64, f64)> {
    pairs.points().take(POINTS).collect()
}

/// Returns how often each part of the choice came up, by what is expected.
fn bars(sample: &Sample) -> Vec<f64> {
    sample.shares(BARS.min(sample.choice))
}
