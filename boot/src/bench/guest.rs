//! Boots the program `bench` and gathers what it reports.

use super::figures::Figures;
use crate::progress::Step;
use anyhow::{Context as _, Result, ensure};
use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

/// Memory of the machine, in MiB: enough for what is measured, and what the yardstick's machine had.
const MEMORY: &str = "1024";

/// Seconds after which the guest counts as hung.
const TIMEOUT: &str = "600";

/// What the time-stamp counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// Instructions, the same in every run.
    Instructions,
    /// Nanoseconds.
    Time,
}

/// Measures what `names` ask for; everything if there are none.
pub(super) fn measure(clock: Clock, is_quick: bool, names: &[String]) -> Result<Figures> {
    let mut words = vec!["log=warn", "seed=1", "init", "run", "bench"];
    words.extend(is_quick.then_some("quick"));
    words.extend((clock == Clock::Time).then_some("nanoseconds"));
    words.extend(names.iter().map(String::as_str));
    let mut command = Command::new(std::env::current_exe().context("cannot find this program")?);
    command.args(["run", "--memory", MEMORY, "--timeout", TIMEOUT, "--cmdline", &words.join(" ")]);
    command.args((clock == Clock::Instructions).then_some("--icount"));
    gather(command)
}

/// Runs `command` and gathers the figures it prints; everything else it prints is for people.
fn gather(mut command: Command) -> Result<Figures> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start it")?;
    let output = BufReader::new(child.stdout.take().context("it has no output")?);
    let mut figures = Figures::default();
    let mut measuring = None;
    for line in output.lines() {
        let line = line.context("cannot read what it prints")?;
        if figures.take(&line) {
            measuring.get_or_insert_with(|| Step::start("measuring"));
        } else {
            eprintln!("{line}");
        }
    }
    measuring.into_iter().for_each(Step::finish);
    let status = child.wait()?;
    ensure!(status.success(), "the program that measures ended with {status}");
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<Figures> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        gather(command)
    }

    #[test]
    fn figures_are_gathered_unless_the_run_fails() {
        let line = "echo figure a median 1 mean 1 min 1 max 1 samples 1";
        assert_eq!(shell(line).unwrap().sum(&["a"]), Some(1.0));
        assert!(shell(&format!("{line}; exit 1")).is_err());
    }
}
