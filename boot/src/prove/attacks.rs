//! What ring 3 must not be able to do, tried: the sections `attack_…` of the ring-3 suite, and the kernel's own tests of that name.

use super::{
    claim::{Claim, Effort, Finding},
    figure,
};
use anyhow::{Context as _, Result, ensure};
use std::process::Command;

pub(super) const CLAIM: Claim = Claim {
    name: "attacks",
    statement: "hostile registers, flags, selectors, vectors and addresses end in the exception that the manual names",
    // They are tests in QEMU, so `./x test` has them already.
    least: Effort::Full,
    tools: &[],
    test,
};

fn test(_: Effort) -> Result<Finding> {
    let this = std::env::current_exe().context("cannot find this program's file")?;
    let mut command = Command::new(this);
    command.args(["test", "attack"]);
    let printed = figure::output("attacking the kernel", command)?;
    let attacks = count(&printed);
    ensure!(attacks > 0, "nothing was attacked:\n{printed}");
    let cases = printed.lines().rev().find_map(|line| line.split_once(" passed, 0 failed"));
    let (cases, _) = cases.context("the tests do not say how many passed")?;
    Ok(Finding::Holds(format!("{attacks} attacks in {cases} tests")))
}

/// Adds up the attacks that the tests say they made.
fn count(printed: &str) -> u64 {
    let of_line = |line: &str| line.trim().strip_suffix(" attacks")?.parse::<u64>().ok();
    printed.lines().filter_map(of_line).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_are_added_up() {
        assert_eq!(count("test a ... \n  12 attacks\nok\n no attacks\n  30 attacks\n"), 42);
    }
}
