//! Boots the program `bench` and gathers what it reports.

use super::figures::Figures;
use crate::progress::Step;
use anyhow::{Context as _, Result, ensure};
use std::{
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

/// Memory of the machine, in MiB: enough for what is measured, and what the yardstick's machine had.
const MEMORY: &str = "1024";

/// Seconds after which the guest counts as hung.
const TIMEOUT: &str = "600";

/// The words that start it: the same layout in every run, and nothing printed but figures.
const WORDS: &[&str] = &["log=warn", "seed=1", "init", "run", "bench"];

/// The options of a machine whose clock counts instructions.
pub(super) const COUNTING: &[&str] = &["--icount"];

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
    let mut words = Vec::new();
    words.extend(is_quick.then_some("quick"));
    words.extend((clock == Clock::Time).then_some("nanoseconds"));
    words.extend(names.iter().map(String::as_str));
    let options = if clock == Clock::Instructions { COUNTING } else { &[] };
    gather(Guest::start(&words, options)?)
}

/// Gathers the figures that a guest prints; everything else it prints is for people.
fn gather(mut guest: Guest) -> Result<Figures> {
    let mut figures = Figures::default();
    let mut measuring = None;
    for line in guest.lines() {
        if figures.take(&line) {
            measuring.get_or_insert_with(|| Step::start("measuring"));
        } else {
            eprintln!("{line}");
        }
    }
    measuring.into_iter().for_each(Step::finish);
    guest.finish()?;
    Ok(figures)
}

/// A guest that runs.
pub(super) struct Guest {
    runner: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Guest {
    /// Boots `bench` with the arguments `words` in a machine with `options`.
    pub(super) fn start(words: &[&str], options: &[&str]) -> Result<Self> {
        let this = std::env::current_exe().context("cannot find this program")?;
        let words = [WORDS, words].concat().join(" ");
        let mut command = Command::new(this);
        command.args(["run", "--only", "init", "--only", "bench", "--memory", MEMORY]);
        command.args(["--timeout", TIMEOUT, "--cmdline", &words]);
        command.args(options);
        Self::of(command)
    }

    /// Starts a command that runs a guest.
    fn of(mut command: Command) -> Result<Self> {
        let mut runner = command.stdout(Stdio::piped()).spawn().context("cannot start it")?;
        let output = runner.stdout.take().context("it has no output")?;
        Ok(Self { runner, output: BufReader::new(output).lines() })
    }

    /// Returns the lines that it prints, as it does.
    pub(super) fn lines(&mut self) -> impl Iterator<Item = String> {
        self.output.by_ref().map_while(Result::ok)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It does not end well.
    pub(super) fn finish(mut self) -> Result<()> {
        self.output.by_ref().for_each(drop);
        let status = self.runner.wait()?;
        ensure!(status.success(), "the program that measures ended with {status}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<Figures> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        gather(Guest::of(command)?)
    }

    #[test]
    fn figures_are_gathered_unless_the_run_fails() {
        let line = "echo figure a median 1 mean 1 min 1 max 1 samples 1";
        assert_eq!(shell(line).unwrap().medians().sum(&["a"]), Some(1.0));
        assert!(shell(&format!("{line}; exit 1")).is_err());
    }
}
