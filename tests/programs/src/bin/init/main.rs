//! The first program: the kernel starts it, and it starts all others.
//!
//! ```text
//!  init demo                  every demonstration, and whether each leaves the machine as it was
//!  init run PROGRAM ARGS...   one program; its exit code is init's
//!  init suite FILTER          the ring-3 tests whose names contain FILTER, those in C too; their exit code is init's
//!  init canary                a program that fails on purpose; its exit code is init's
//! ```
#![no_std]
#![no_main]

extern crate alloc;

mod accounting;
mod demo;

use alloc::vec::Vec;
use rt::loader::{LoadError, Program};
use rt::{println, start};

rt::main!(main);

/// Exit code for a command line that init cannot follow.
const USAGE: i64 = 2;
/// Exit code for a program that cannot be started.
const CANNOT_START: i64 = 126;

fn main() -> i64 {
    let arguments: Vec<&str> = start().arguments().skip(1).collect();
    match arguments.split_first() {
        Some((&"demo", [])) => demo::run(),
        Some((&"run", [name, rest @ ..])) => pass_on(name, rest),
        Some((&"suite", filter)) => run_suites(filter),
        Some((&"canary", [])) => pass_on("canary", &[]),
        _ => {
            println!(
                "init: unknown command {arguments:?}; try demo, run PROGRAM, suite FILTER or canary"
            );
            USAGE
        }
    }
}

/// Runs the suite, and the tests in C and C++; returns 0 if no test failed.
fn run_suites(filter: &[&str]) -> i64 {
    let codes = ["suite", "core", "core_cxx"].map(|name| pass_on(name, filter));
    codes.into_iter().find(|code| *code != 0).unwrap_or_default()
}

/// Runs one program and returns its exit code; says so if it cannot be started, or if it leaves frames behind.
fn pass_on(name: &str, rest: &[&str]) -> i64 {
    let mut arguments = Vec::from([name]);
    arguments.extend(rest);
    accounting::warm_up();
    let before = accounting::free_bytes();
    let code = run(name, &arguments).unwrap_or_else(|error| {
        println!("init: cannot start {name}: {error}");
        CANNOT_START
    });
    let lost = accounting::lost_frames(before);
    if lost != 0 {
        println!("init: {name} ended, but {lost} frames are not given back");
    }
    code
}

/// Runs `bin/NAME` with everything init itself was given, and returns its exit code.
fn run(name: &str, arguments: &[&str]) -> Result<i64, LoadError> {
    let mut program = Program::from_archive(name)?;
    program.give_resource()?;
    Ok(program.start(arguments)?.process.join()?)
}
