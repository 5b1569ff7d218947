//! Readers of bytes, given any at all: the targets of `tests/fuzz`, under libFuzzer and its sanitizers.

use super::claim::{Claim, Effort, Finding};
use crate::{
    progress::Step,
    workspace::{self, HOST},
};
use anyhow::{Context as _, Result, ensure};
use std::{env, fs, process::Command};

/// Not a part of `./x test`, which tries again what was found before: it takes another toolchain, and time.
pub(super) const CLAIM: Claim = Claim {
    name: "fuzz",
    statement: "no archive, ELF file, system call or sequence of operations does what it must not",
    least: Effort::Full,
    // The first brings the toolchain that the second needs.
    tools: &["miri", "cargo-fuzz"],
    test,
};

const TARGETS: [&str; 4] = ["archive", "calls", "elf", "operations"];

/// Seconds for each, unless `FUZZ_SECONDS` says otherwise.
const SECONDS: &str = "300";

/// What precedes the number of inputs that were tried.
const COUNT: &str = "stat::number_of_executed_units:";

fn test(_: Effort) -> Result<Finding> {
    let seconds = env::var("FUZZ_SECONDS").unwrap_or_else(|_| SECONDS.to_owned());
    let figures = TARGETS
        .iter()
        .map(|target| Ok(format!("{} of {target}", run(target, &seconds)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(Finding::Holds(format!("inputs tried, {seconds} s for each target: {}", figures.join(", "))))
}

/// Looks for inputs that a target fails for, beginning with those that are kept; returns how many it has tried.
fn run(target: &str, seconds: &str) -> Result<u64> {
    // What it finds new goes here, to be looked at before any of it is kept.
    let found = workspace::target_directory()?.join("fuzz").join(target);
    fs::create_dir_all(&found).with_context(|| format!("cannot create {}", found.display()))?;
    let mut command = Command::new("cargo");
    command.current_dir(workspace::root()).args(["+nightly", "fuzz", "run"]);
    command.args(["--fuzz-dir", "tests/fuzz", "--target", HOST, "--features", "libfuzzer"]);
    command.arg(target).arg(&found).arg(format!("tests/fuzz/corpus/{target}"));
    command.args(["--", "-print_final_stats=1"]).arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-artifact_prefix={}/failed-", found.display()));
    // As one unit it would take minutes to build.
    command.env("CARGO_PROFILE_RELEASE_LTO", "off");
    command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");

    let step = Step::start("looking for inputs");
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    step.finish();
    let printed = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{target}: {}\n{printed}", output.status);
    tried(&printed).with_context(|| format!("{target} does not say how many it has tried"))
}

/// Finds how many inputs were tried.
fn tried(printed: &str) -> Option<u64> {
    printed.lines().find_map(|line| line.strip_prefix(COUNT)?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_inputs_is_found() {
        let printed = "Done 7 runs\nstat::number_of_executed_units: 1234\nstat::new_units_added: 5";
        assert_eq!(tried(printed), Some(1234));
        assert_eq!(tried("Done 7 runs"), None);
    }

    #[test]
    fn every_target_has_inputs_that_are_kept() {
        for target in TARGETS {
            let folder = workspace::root().join("tests/fuzz/corpus").join(target);
            assert!(fs::read_dir(folder).unwrap().next().is_some(), "{target}");
        }
    }
}
