//! `./x test`: every check there is, one stage after the other, summed up in one last line.
//!
//! A stage that fails does not stop the others: one run shows all that is wrong.

mod boots;
mod canary;
mod layers;
mod layouts;
mod outside;
mod stage;

use crate::workspace::{self, HOST};
use anyhow::{Context as _, Result};
use stage::Stage;
use std::process::Command;

/// The crates that are built for the host too, and tested there.
const HOST_CRATES: [&str; 12] = [
    "--package",
    "abi",
    "--package",
    "vm",
    "--package",
    "blocks",
    "--package",
    "boot",
    "--package",
    "fuzz-targets",
    "--package",
    "rt",
];

/// The crates that are built for the machine without an operating system.
const BARE_CRATES: [&str; 12] = [
    "--package",
    "abi",
    "--package",
    "vm",
    "--package",
    "kernel",
    "--package",
    "rt",
    "--package",
    "blocks",
    "--package",
    "programs",
];

/// Runs every check, or only the in-QEMU tests whose name contains `name`, and returns the status to end with.
pub(crate) fn run(name: Option<&str>) -> Result<u8> {
    let mut stages = Vec::new();
    if name.is_none() {
        stages.extend(source_checks());
        stages.push(Stage::counted("tests on the host", host_tests(), stage::count_of_libtest));
        stages.push(Stage::counted("claims, quickly", claims()?, stage::count_of_runner));
    }
    stages.push(Stage::counted("tests in QEMU", guest_tests(name), stage::count_of_runner));
    if name.is_none() {
        let mut released = guest_tests(None);
        released.arg("--release");
        stages.push(Stage::counted("tests in QEMU, release", released, stage::count_of_runner));
        stages.extend(boots::stages());
        stages.extend(outside::stages());
        stages.extend(layouts::stages());
        stages.push(Stage::check("benchmark: the same figures twice", benchmark()?));
        stages.extend(canary::stages()?);
    }
    Ok(sum_up(stages))
}

/// Runs the checks of the source alone and returns the status to end with.
pub(crate) fn lint() -> u8 {
    sum_up(source_checks())
}

/// Runs `stages`, names those that failed, prints the last line, and returns the status to end with.
fn sum_up(stages: impl IntoIterator<Item = Stage>) -> u8 {
    let mut sum = stage::Count::default();
    let mut failed = Vec::new();
    for stage in stages {
        let title = stage.title();
        let count = stage.run();
        if count.failed > 0 {
            failed.push(title);
        }
        sum += count;
    }
    for title in failed {
        println!("failed: {title}");
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    u8::from(sum.failed > 0 || sum.passed == 0)
}

/// Returns the stages that only look at the source, what fails fastest first.
fn source_checks() -> [Stage; 8] {
    let on_host = ["--all-targets", "--features", "vm/sim", "--target", HOST];
    [
        Stage::check("format", cargo(&["fmt", "--all", "--check"])),
        Stage::call("dependencies point down", layers::check),
        Stage::check("clippy, host", clippy(&HOST_CRATES, &on_host)),
        Stage::check(
            "clippy, interleavings",
            clippy(
                &["--package", "vm"],
                &["--tests", "--features", "interleave", "--target", HOST],
            ),
        ),
        Stage::check("clippy, kernel and programs", clippy(&BARE_CRATES, &[])),
        Stage::check("clippy, tests of the kernel", clippy(&["--package", "kernel"], &["--tests"])),
        Stage::check("documentation", documentation(&BARE_CRATES, &[])),
        Stage::check(
            "documentation, host",
            documentation(&["--package", "boot", "--package", "fuzz-targets"], &["--target", HOST]),
        ),
    ]
}

/// Returns the tests in QEMU, on BIOS. The runner counts them.
fn guest_tests(name: Option<&str>) -> Command {
    let mut command = cargo(&["test", "--package", "kernel"]);
    command.args(name);
    command
}

/// Returns a call of this program that puts to the test what can be in little time. It counts the claims.
fn claims() -> Result<Command> {
    let mut command =
        Command::new(std::env::current_exe().context("cannot find this program's file")?);
    command.args(["prove", "--quick"]);
    Ok(command)
}

/// Returns a call of this program that measures every operation a few times, twice, and fails if a figure differs.
fn benchmark() -> Result<Command> {
    let mut command =
        Command::new(std::env::current_exe().context("cannot find this program's file")?);
    command.args(["bench", "--quick", "--twice"]);
    Ok(command)
}

/// Returns a call of cargo.
fn cargo(words: &[&str]) -> Command {
    let mut command = workspace::cargo();
    command.args(words);
    command
}

/// Returns a call of clippy that takes warnings for errors.
fn clippy(packages: &[&str], options: &[&str]) -> Command {
    let mut command = cargo(&["clippy"]);
    command.args(packages).args(options).args(["--", "--deny", "warnings"]);
    command
}

/// Returns a call of rustdoc that takes warnings for errors.
fn documentation(packages: &[&str], options: &[&str]) -> Command {
    let mut command = cargo(&["doc", "--no-deps", "--document-private-items"]);
    command.args(packages).args(options).env("RUSTDOCFLAGS", "--deny warnings");
    command
}

/// Returns a call of the tests on the host; those of `vm` need the simulated MMU.
fn host_tests() -> Command {
    let mut command = cargo(&["test", "--features", "vm/sim", "--target", HOST, "--no-fail-fast"]);
    command.args(HOST_CRATES);
    command
}
