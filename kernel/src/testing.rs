//! The framework of the in-kernel tests: functions marked `#[test_case]`, run one after the other in a kernel that has booted.
//!
//! Each test prints a line on the program's port, `test NAME ... ok`. A test fails by panicking, which ends the run; the runner counts
//! the test whose line has no verdict as failed. After the last one the kernel goes on to `init`, whose suite runs in ring 3.

use core::fmt::Write;

use crate::arch::serial::{self, Writer};
use crate::boot;

/// Something that can be run as a test.
pub trait Test {
    /// Returns the path of the function.
    fn name(&self) -> &'static str;

    /// Runs it; returns if it passes.
    fn run(&self);
}

impl<F: Fn()> Test for F {
    fn name(&self) -> &'static str {
        core::any::type_name::<F>()
    }

    fn run(&self) {
        self();
    }
}

/// Runs the tests whose name contains the command line's `test=FILTER`.
pub fn run(tests: &[&dyn Test]) {
    let filter = boot::options().filter;
    for test in tests.iter().filter(|test| test.name().contains(filter)) {
        let mut out = Writer(&serial::PROGRAM);
        // Writing to a port cannot fail.
        let _ok = write!(out, "test {} ... ", test.name());
        test.run();
        let _ok = writeln!(out, "ok");
    }
}
