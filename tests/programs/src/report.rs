//! Checks that print what they found.

use rt::{Result, Status, println};

/// Counts what went wrong in a program that shows something.
#[derive(Debug)]
pub struct Report {
    name: &'static str,
    failures: u64,
}

impl Report {
    /// Begins the report of the program `name`.
    pub fn new(name: &'static str) -> Self {
        Self { name, failures: 0 }
    }

    /// Prints a line, and counts a failure if it `is_good` not.
    pub fn line(&mut self, is_good: bool, text: core::fmt::Arguments<'_>) {
        let verdict = if is_good { "" } else { "  <- FAILED" };
        println!("  {text}{verdict}");
        if !is_good {
            self.failures = self.failures.saturating_add(1);
        }
    }

    /// Prints what an attempt came to, and counts a failure if it is not `expected`.
    pub fn attempt<T>(&mut self, what: &str, expected: Status, result: Result<T>) {
        let status = result.err().unwrap_or(Status::OK);
        self.line(status == expected, format_args!("{what:<62} {status}"));
    }

    /// Prints the conclusion and returns the program's exit code.
    pub fn finish(self, conclusion: &str) -> i64 {
        if self.failures == 0 {
            println!("{}: {conclusion}", self.name);
            0
        } else {
            println!("{}: FAILED, {} times", self.name, self.failures);
            1
        }
    }
}
