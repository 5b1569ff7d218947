//! Figures are what a command says they are: a line of its output that begins with `figure: `.

use crate::{
    progress::Step,
    workspace::{self, HOST},
};
use anyhow::{Context as _, Result, bail, ensure};
use std::process::Command;

/// What a line with a figure begins with.
const MARK: &str = "figure: ";

/// Lines at the end of a failed command's output that are worth showing.
const WORTH_SHOWING: usize = 60;

/// Returns a call of the tests of `vm` in its program `program`, built for speed, which prints what they print. More of cargo's
/// options cannot follow, those of the test program can.
pub(super) fn tests_of_vm(program: &str) -> Command {
    tests_of_vm_with("sim", program)
}

/// Returns the same for tests that need `feature`.
pub(super) fn tests_of_vm_with(feature: &str, program: &str) -> Command {
    let mut command = workspace::cargo();
    command.args(["test", "--quiet", "--release", "--package", "vm", "--features", feature]);
    command.args(["--target", HOST, "--test", program, "--", "--nocapture"]);
    command
}

/// Returns a call of this program that boots the kernel with `options` and has init run `program` with the words of `arguments`, which
/// may look behind the scenes. Whoever dies of what it does is no news, so the log is silent.
pub(super) fn boot(options: &[&str], program: &str, arguments: &str) -> Result<Command> {
    let this = std::env::current_exe().context("cannot find this program's file")?;
    let mut command = Command::new(this);
    command.args(["run", "--only", "init", "--only", program]).args(options);
    let words = format!("log=off debug-calls=on init run {program} {arguments}");
    command.args(["--cmdline", &words]);
    Ok(command)
}

/// Runs `command`, saying on a terminal that it does, and returns what it prints.
pub(super) fn output(what: &'static str, mut command: Command) -> Result<String> {
    let step = Step::start(what);
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    step.finish();
    let printed = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let complaints = String::from_utf8_lossy(&output.stderr);
        bail!("{}\n{}\n{}", output.status, end_of(&printed), end_of(&complaints));
    }
    Ok(printed.into_owned())
}

/// Runs `command`, saying on a terminal that it does, and returns the figures that it prints.
pub(super) fn of(what: &'static str, command: Command) -> Result<String> {
    let printed = output(what, command)?;
    let figures: Vec<&str> = figures(&printed).collect();
    ensure!(!figures.is_empty(), "it says no figure:\n{}", end_of(&printed));
    Ok(figures.join("; "))
}

/// Finds the figures in a command's output. A test harness may have begun the line.
fn figures(printed: &str) -> impl Iterator<Item = &str> {
    printed.lines().filter_map(|line| line.split_once(MARK)).map(|(_, figure)| figure.trim())
}

/// Returns the last lines of `text`.
fn end_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.len().saturating_sub(WORTH_SHOWING);
    lines.get(start..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_shell(script: &str) -> Result<String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        of("", command)
    }

    #[test]
    fn figures_are_found_and_joined() {
        let script = "echo noise; echo 'test a ... figure: 7 drops'; echo figure: 8 stones";
        assert_eq!(of_shell(script).unwrap(), "7 drops; 8 stones");
    }

    #[test]
    fn a_failure_is_one_whatever_the_figure_and_is_shown() {
        let error = of_shell("echo figure: 7 drops; echo it leaks >&2; exit 3").unwrap_err();
        assert!(format!("{error:#}").contains("it leaks"));
    }

    #[test]
    fn no_figure_is_a_failure() {
        assert!(of_shell("echo all is well").is_err());
        assert!(of("", Command::new("/nowhere")).is_err());
    }
}
