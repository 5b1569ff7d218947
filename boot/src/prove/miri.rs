//! The tests on the host under Miri, which sees every access to memory that Rust does not allow.

use super::{
    claim::{Claim, Effort, Finding},
    figure,
};
use crate::workspace::{self, HOST};
use anyhow::{Result, ensure};
use std::process::Command;

/// Not a part of `./x test`: it takes another toolchain, which takes long to install, and then a hundred times as long as the tests do.
pub(super) const CLAIM: Claim = Claim {
    name: "miri",
    statement: "nothing that the tests of vm and abi do is undefined behaviour",
    least: Effort::Full,
    tools: &["miri"],
    test,
};

fn test(_: Effort) -> Result<Finding> {
    let printed = figure::output("running the tests under Miri", tests())?;
    let counts = printed.lines().filter_map(count_of_libtest);
    let (passed, ignored) = counts.fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    ensure!(passed > 0, "it has run no test");
    Ok(Finding::Holds(format!(
        "{passed} tests, long ones on less than otherwise, the model among them; {ignored} left out"
    )))
}

/// Returns a call of the tests. The pinned toolchain has no Miri, so this is another's.
fn tests() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(workspace::root()).arg("+nightly");
    command.args(["miri", "test", "--target", HOST, "--package", "abi", "--package", "vm"]);
    command.args(["--features", "vm/sim", "--lib", "--test", "behaviour"]);
    // Not the interleavings: their threads are made of assembly, which Miri does not know.
    command.args(["--test", "exhaustion", "--test", "model"]);
    // Hash maps are seeded by the machine, and the environment says how much to do.
    command.env("MIRIFLAGS", "-Zmiri-disable-isolation");
    command
}

/// Reads how many passed and were ignored: `test result: ok. 12 passed; 0 failed; 3 ignored; …`.
fn count_of_libtest(line: &str) -> Option<(u32, u32)> {
    let counts = line.strip_prefix("test result: ok. ")?;
    let count = |what| counts.split("; ").find_map(|count| count.strip_suffix(what)?.parse().ok());
    Some((count(" passed")?, count(" ignored")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        let line = "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 1 filtered out";
        assert_eq!(count_of_libtest(line), Some((12, 3)));
        assert_eq!(count_of_libtest("test result: FAILED. 1 passed; 2 failed; 0 ignored"), None);
        assert_eq!(count_of_libtest("test it ... ok"), None);
    }
}
