//! Proof that failing is noticed: each way for a run to go wrong, provoked, must end with the status that says so.

use super::stage::Stage;
use anyhow::{Context as _, Result, ensure};
use std::process::Command;

/// A way to go wrong.
struct Canary {
    title: &'static str,
    /// The words for the kernel and init that provoke it.
    words: &'static str,
    /// The seconds it may take.
    timeout: &'static str,
    /// The status that reports it.
    status: i32,
    /// What the report says, so that no other failure passes for this one.
    report: &'static str,
}

/// The first status is the program's own, the others are those of [`crate::verdict`].
const CANARIES: [Canary; 5] = [
    Canary {
        title: "canary: a failing program",
        words: "log=warn init run canary",
        timeout: "120",
        status: 42,
        report: "failing on purpose",
    },
    Canary {
        title: "canary: a kernel panic",
        words: "canary=panic",
        timeout: "120",
        status: 101,
        report: "the kernel panicked",
    },
    Canary {
        title: "canary: a kernel stack that overflows",
        words: "canary=overflow",
        timeout: "120",
        status: 101,
        report: "kernel stack overflow",
    },
    Canary {
        title: "canary: a triple fault",
        words: "canary=triple",
        timeout: "120",
        status: 102,
        report: "triple fault",
    },
    Canary {
        title: "canary: a hang",
        words: "canary=hang",
        timeout: "20",
        status: 124,
        report: "still running after 20 s",
    },
];

/// Returns a stage for each.
pub(super) fn stages() -> Result<Vec<Stage>> {
    let this = std::env::current_exe().context("cannot find this program's file")?;
    let stage = |canary: Canary| {
        let mut command = Command::new(&this);
        command.args(["run", "--timeout", canary.timeout, "--cmdline", canary.words]);
        Stage::call(canary.title, move || check(command, canary.status, canary.report))
    };
    Ok(CANARIES.into_iter().map(stage).collect())
}

/// Runs `command`, which must end with `status` and say `report`. What it prints looks like trouble, so it is shown only if it is.
fn check(mut command: Command, status: i32, report: &str) -> Result<()> {
    let output = command.output().context("cannot start it")?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    ensure!(
        output.status.code() == Some(status) && text.contains(report),
        "{} where status {status} and \"{report}\" were due\n{text}",
        output.status
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_noticed(script: &str) -> bool {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        check(command, 42, "on purpose").is_ok()
    }

    #[test]
    fn only_the_failure_asked_for_counts() {
        assert!(is_noticed("echo on purpose >&2; exit 42"));
        assert!(!is_noticed("echo on purpose; exit 0"));
        assert!(!is_noticed("echo on purpose; exit 101"));
        assert!(!is_noticed("echo something else; exit 42"));
    }
}
