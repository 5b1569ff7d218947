//! Places drawn by the kernel, in processes of several boots: `tests/programs/src/bin/placement.rs`.

use super::statistics::{Pairs, Sample};
use crate::prove::figure;
use anyhow::{Context as _, Result, ensure};

/// What several boots have drawn.
pub(super) struct Boots {
    choice: u64,
    /// For each boot, the numbers that each process has drawn.
    boots: Vec<Vec<Vec<u64>>>,
}

/// How much to draw.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    /// Boots.
    pub(super) boots: u32,
    /// Processes in each.
    pub(super) processes: usize,
    /// Draws of each of those.
    pub(super) draws: usize,
}

impl Boots {
    /// Boots as often as planned, without a seed, so that each boot finds its own.
    pub(super) fn run(plan: Plan) -> Result<Self> {
        let mut all = Self { choice: 0, boots: Vec::new() };
        for _ in 0..plan.boots {
            let arguments = format!("{} {}", plan.processes, plan.draws);
            let command = figure::boot(&["--timeout", "600"], "placement", &arguments)?;
            let printed = figure::output("drawing places in new processes", command)?;
            let (choice, processes) = read(&printed).context("it says no places")?;
            let is_all = processes.iter().all(|places| places.len() == plan.draws);
            ensure!(is_all && processes.len() == plan.processes, "places are missing:\n{printed}");
            all.choice = choice;
            all.boots.push(processes);
        }
        Ok(all)
    }

    /// Returns all that was drawn.
    pub(super) fn all(&self) -> Sample {
        self.sample(|process| process)
    }

    /// Returns the first place of each process.
    pub(super) fn firsts(&self) -> Sample {
        self.sample(|process| process.get(..1).unwrap_or_default())
    }

    fn sample(&self, part: fn(&[u64]) -> &[u64]) -> Sample {
        let parts = self.boots.iter().flatten().flat_map(|process| part(process));
        Sample { choice: self.choice, numbers: parts.copied().collect() }
    }

    /// Pairs what a process has drawn with what the next one of its boot has.
    pub(super) fn neighbours(&self) -> Pairs {
        let rows = self.boots.iter().flat_map(|boot| boot.windows(2)).filter_map(|two| match two {
            [one, next] => Some((one.as_slice(), next.as_slice())),
            _ => None,
        });
        Pairs::of_rows(self.choice, rows)
    }

    /// Pairs what a process has drawn with what the same one of the next boot has.
    pub(super) fn same_of_next_boot(&self) -> Pairs {
        let two = self.boots.iter().zip(self.boots.iter().skip(1));
        let rows = two.flat_map(|(boot, next)| boot.iter().zip(next));
        Pairs::of_rows(self.choice, rows.map(|(one, other)| (one.as_slice(), other.as_slice())))
    }
}

/// Reads what a boot prints: the choice, and the places of each process.
fn read(printed: &str) -> Option<(u64, Vec<Vec<u64>>)> {
    let choice = printed.lines().find_map(|line| line.strip_prefix("choice:")?.trim().parse().ok());
    let places = printed.lines().filter_map(|line| line.strip_prefix("places:"));
    let numbers = |line: &str| line.split_whitespace().map(|word| word.parse().ok()).collect();
    Some((choice?, places.map(numbers).collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        let printed = "noise\nchoice: 100\nplaces: 1 2\r\nplaces: 3 4\n";
        assert_eq!(read(printed), Some((100, vec![vec![1, 2], vec![3, 4]])));
        assert_eq!(read("choice: 100\nplaces: 1 x\n"), None);
        assert_eq!(read("places: 1\n"), None);
    }

    #[test]
    fn rows_are_paired() {
        let boots = vec![vec![vec![1, 2], vec![3, 4]], vec![vec![5, 6], vec![7, 8]]];
        let boots = Boots { choice: 10, boots };
        let points = |pairs: Pairs| -> Vec<(f64, f64)> { pairs.points().collect() };
        assert_eq!(points(boots.neighbours()), [(0.1, 0.3), (0.2, 0.4), (0.5, 0.7), (0.6, 0.8)]);
        let next = points(boots.same_of_next_boot());
        assert_eq!(next, [(0.1, 0.5), (0.2, 0.6), (0.3, 0.7), (0.4, 0.8)]);
        assert_eq!(boots.all().numbers.len(), 8);
        assert_eq!(boots.firsts().numbers, [1, 3, 5, 7]);
    }
}
