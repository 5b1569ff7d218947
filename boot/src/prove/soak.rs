//! Random system calls from ring 3: `tests/programs/src/bin/fuzz`.
//!
//! `SOAK_MINUTES` says how long to go on, an hour otherwise; machines are booted one after the other, each with the next seed. The
//! machine counts instructions instead of time, so its seed repeats a boot exactly: `SOAK_SEED=N ./x prove soak` begins with it. That
//! this is so is a part of the claim: the first boot is repeated at the end, and has to come to the same figure.

use super::{
    claim::{Claim, Effort, Finding},
    figure,
};
use anyhow::{Context as _, Result, ensure};
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

/// Minutes to go on if nothing else is said.
const HOUR: u64 = 60;

/// Seconds of the machine's time that it makes calls.
const LONG: u32 = 40;
const SHORT: u32 = 12;

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
    let seed = number("SOAK_SEED")?.unwrap_or_else(any_seed);
    if effort == Effort::Quick {
        return run(seed, SHORT).map(Finding::Holds);
    }
    let length = Duration::from_secs(number("SOAK_MINUTES")?.unwrap_or(HOUR).saturating_mul(60));
    let start = Instant::now();
    let first = run(seed, LONG)?;
    let mut sum = Sum::default();
    sum.add(&first);
    for seed in seed + 1.. {
        if start.elapsed() >= length {
            break;
        }
        sum.add(&run(seed, LONG)?);
    }
    let minutes = start.elapsed().as_secs() / 60;
    let again = run(seed, LONG)?;
    ensure!(first == again, "seed {seed} repeats nothing: {first}, and then {again}");
    Ok(Finding::Holds(format!(
        "{sum}, from seed {seed} on, in {minutes} minutes; repeated, the first boot is the same"
    )))
}

/// Returns the number that a variable of the environment holds, if it is set.
fn number(name: &str) -> Result<Option<u64>> {
    match env::var(name) {
        Ok(number) => number.parse().map(Some).with_context(|| format!("{name} is not a number")),
        Err(_) => Ok(None),
    }
}

/// Returns another seed each time.
fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs() % 1_000_000
}

/// Returns the size of the machine in MiB that a seed is for: little memory is out soon.
const fn size_of_machine(seed: u64) -> u32 {
    if seed.is_multiple_of(3) { 128 } else { 64 }
}

/// Boots a machine and lets programs make calls for so many seconds of its time; returns the figure.
fn run(seed: u64, seconds: u32) -> Result<String> {
    let (word, size) = (seed.to_string(), size_of_machine(seed).to_string());
    let options = ["--icount", "--timeout", "3600", "--memory", &size, "--seed", &word];
    let command = figure::boot(&options, "fuzz", &format!("{seed} {seconds}"))?;
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

    #[test]
    fn a_seed_always_has_the_same_machine() {
        assert_eq!([0, 1, 2, 3, 4].map(size_of_machine), [128, 64, 64, 128, 64]);
    }
}
