//! Random system calls from ring 3: `tests/programs/src/bin/fuzz`.
//!
//! The machine counts instructions instead of time, so a run is repeated exactly by its seed, which every line names:
//! `./x run --icount --memory M --seed N --cmdline "debug-calls=on init run fuzz N SECONDS"`.

use super::{
    claim::{Claim, Effort, Finding},
    figure,
};
use anyhow::{Context as _, Result};
use std::{
    env, fmt,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

pub(super) const CLAIM: Claim = Claim {
    name: "soak",
    statement: "whatever calls programs make, the kernel neither panics nor hangs nor loses a frame",
    least: Effort::Quick,
    tools: &[],
    test,
};

/// How long to go on; the first seed may be given as `SOAK_SEED`, to repeat what failed.
const HOUR: Duration = Duration::from_secs(3600);

/// Sizes of machines, in MiB, which take turns: little memory is out soon.
const SIZES: [u32; 3] = [64, 64, 128];

/// What the runs of a claim add up to.
#[derive(Default)]
struct Sum {
    runs: u32,
    /// Calls, processes, processes killed, rounds, checks.
    counts: [u64; 5],
}

impl Sum {
    /// Adds the numbers of a figure, of which the last is the seed.
    fn add(&mut self, figure: &str) {
        let numbers =
            figure.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok());
        for (count, number) in self.counts.iter_mut().zip(numbers.collect::<Vec<u64>>()) {
            *count += number;
        }
        self.runs += 1;
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [calls, processes, killed, rounds, checks] = self.counts;
        write!(
            f,
            "{calls} calls by {processes} processes, {killed} of them killed, {checks} checks of the whole kernel, in {rounds} rounds of {} boots",
            self.runs
        )
    }
}

fn test(effort: Effort) -> Result<Finding> {
    let seed = first_seed()?;
    if effort == Effort::Quick {
        return run(seed, SIZES[0], 12).map(Finding::Holds);
    }
    let start = Instant::now();
    let mut sum = Sum::default();
    for (seed, size) in (seed..).zip(SIZES.into_iter().cycle()) {
        sum.add(&run(seed, size, 120)?);
        if start.elapsed() >= HOUR {
            break;
        }
    }
    let minutes = start.elapsed().as_secs() / 60;
    Ok(Finding::Holds(format!("{sum}, from seed {seed} on, in {minutes} minutes")))
}

/// Returns the seed of the first run: the one that was asked for, or another each time.
fn first_seed() -> Result<u64> {
    match env::var("SOAK_SEED") {
        Ok(seed) => seed.parse().context("SOAK_SEED is not a number"),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Ok(now.as_secs() % 1_000_000)
        }
    }
}

/// Boots a machine of `size` MiB and lets programs make calls for so many seconds of its time; returns the figure.
fn run(seed: u64, size: u32, seconds: u32) -> Result<String> {
    let (word, size) = (seed.to_string(), size.to_string());
    let options = ["--icount", "--timeout", "3600", "--memory", &size, "--seed", &word];
    let command = figure::boot(&options, &format!("run fuzz {seed} {seconds}"))?;
    figure::of("making random system calls", command)
        .with_context(|| format!("seed {seed} with {size} MiB; SOAK_SEED={seed} repeats it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_figures_add_up() {
        let mut sum = Sum::default();
        let figure = "10 calls by 2 processes, 1 of them killed, in 3 rounds, 4 checks of the whole kernel, seed 9";
        sum.add(figure);
        sum.add(figure);
        let text = sum.to_string();
        assert!(text.starts_with("20 calls by 4 processes, 2 of them killed, 8 checks"), "{text}");
        assert!(text.ends_with("in 6 rounds of 2 boots"), "{text}");
    }
}
