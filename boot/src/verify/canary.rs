//! Proof that failing is noticed: each way for a run to go wrong, provoked, must end with the status that says so.

use super::stage::Stage;
use anyhow::{Context as _, Result, ensure};
use std::{ops::RangeInclusive, process::Command};

/// A way to go wrong, the words that provoke it, the seconds it may take, and the statuses that report it.
struct Canary {
    title: &'static str,
    words: &'static str,
    timeout: &'static str,
    statuses: RangeInclusive<i32>,
}

/// The program's own status is any small one; the others are those of [`crate::verdict`].
const CANARIES: [Canary; 4] = [
    Canary {
        title: "canary: a failing program",
        words: "init canary",
        timeout: "120",
        statuses: 1..=100,
    },
    Canary {
        title: "canary: a kernel panic",
        words: "canary=panic",
        timeout: "120",
        statuses: 101..=101,
    },
    Canary {
        title: "canary: a triple fault",
        words: "canary=triple",
        timeout: "120",
        statuses: 102..=102,
    },
    Canary {
        title: "canary: a hang",
        words: "canary=hang",
        timeout: "20",
        statuses: 124..=124,
    },
];

/// Returns a stage for each.
pub(super) fn stages() -> Result<Vec<Stage>> {
    let this = std::env::current_exe().context("cannot find this program's file")?;
    let stage = |canary: Canary| {
        let mut command = Command::new(&this);
        command.args([
            "run",
            "--timeout",
            canary.timeout,
            "--cmdline",
            canary.words,
        ]);
        Stage::call(canary.title, move || check(command, canary.statuses))
    };
    Ok(CANARIES.into_iter().map(stage).collect())
}

/// Runs `command`, which must end with one of `statuses`. What it prints looks like trouble, so it is shown only if it is.
fn check(mut command: Command, statuses: RangeInclusive<i32>) -> Result<()> {
    let output = command.output().context("cannot start it")?;
    let text = [output.stdout, output.stderr].concat();
    ensure!(
        output
            .status
            .code()
            .is_some_and(|status| statuses.contains(&status)),
        "{} where {statuses:?} was due\n{}",
        output.status,
        String::from_utf8_lossy(&text)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends_with(status: u8) -> bool {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exit {status}")]);
        check(command, 1..=100).is_ok()
    }

    #[test]
    fn success_is_a_failure_here() {
        assert!(!ends_with(0) && ends_with(1) && ends_with(100) && !ends_with(101));
    }
}
