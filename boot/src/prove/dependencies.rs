//! Crates from elsewhere, as `deny.toml` wants them.

use super::claim::{Claim, Effort, Finding};
use crate::{progress::Step, workspace};
use anyhow::{Context as _, Result, bail};
use std::{fs, process::Output};

pub(super) const CLAIM: Claim = Claim {
    name: "dependencies",
    statement: "crates from elsewhere have free licences, known sources and no known weakness",
    least: Effort::Full,
    tools: &["cargo-deny"],
    test,
};

/// What there is to find out without a network.
const OFFLINE: [&str; 3] = ["licenses", "bans", "sources"];

/// How the tool says that it has nothing to compare with.
const NO_DATABASE: &str = "failed to fetch advisory database";

fn test(_: Effort) -> Result<Finding> {
    let step = Step::start("looking at the dependencies");
    let outputs = (check(&OFFLINE)?, check(&["advisories"])?);
    step.finish();
    let crates = count_crates()?;
    let known = judge(&outputs.0, &outputs.1)?;
    Ok(Finding::Holds(format!(
        "{crates} crates, all with free licences and of one source; {known}"
    )))
}

/// Runs the tool.
fn check(what: &[&str]) -> Result<Output> {
    let mut command = workspace::cargo();
    command.args(["deny", "--all-features", "check"]).args(what);
    command.output().with_context(|| format!("cannot start {command:?}"))
}

/// Says what is known of weaknesses, if nothing is wrong.
///
/// # Errors
/// A crate is not as it should be, or the list of weaknesses is there and has one.
fn judge(offline: &Output, advisories: &Output) -> Result<&'static str> {
    let complaints = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    if !offline.status.success() {
        bail!(complaints(offline));
    }
    if advisories.status.success() {
        return Ok("no known weakness");
    }
    let complaints = complaints(advisories);
    if complaints.contains(NO_DATABASE) {
        return Ok("the list of known weaknesses cannot be had here");
    }
    bail!(complaints)
}

/// Counts the crates from elsewhere, of which the lock file says where that is.
fn count_crates() -> Result<usize> {
    let path = workspace::root().join("Cargo.lock");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.lines().filter(|line| line.starts_with("source = ")).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn output(script: &str) -> Output {
        Command::new("sh").args(["-c", script]).output().unwrap()
    }

    #[test]
    fn whatever_is_wrong_is_an_error_but_a_list_that_cannot_be_had() {
        let (good, bad) = (output("exit 0"), output("echo it is wrong >&2; exit 1"));
        let none = output(&format!("echo '[ERROR] {NO_DATABASE} of there' >&2; exit 1"));
        assert_eq!(judge(&good, &good).unwrap(), "no known weakness");
        assert!(judge(&good, &none).unwrap().contains("cannot be had"));
        assert!(judge(&good, &bad).unwrap_err().to_string().contains("it is wrong"));
        assert!(judge(&bad, &good).unwrap_err().to_string().contains("it is wrong"));
        assert!(judge(&none, &good).is_err());
    }

    #[test]
    fn crates_are_counted() {
        assert!(count_crates().unwrap() > 50);
    }
}
