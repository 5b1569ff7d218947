//! Tools that claims need, installed where they are missing.

use crate::workspace::{self, HOST};
use anyhow::{Context as _, Result};
use std::process::{Command, Stdio};

/// The words that a claim lists its tools by, each with how to see that it is there and how to install it.
struct Tool {
    probe: Command,
    install: Command,
}

/// Makes sure that a tool is there, installing it if it has to, and saying so. Returns whether it is there now: a machine without a
/// network may have to do without.
///
/// # Errors
/// Neither the tool nor what installs it can be started.
pub(super) fn is_had(name: &str) -> Result<bool> {
    let mut tool = Tool::find(name);
    if answers(&mut tool.probe)? {
        return Ok(true);
    }
    eprintln!("x: installing {name}");
    tool.install.status().with_context(|| format!("cannot start {:?}", tool.install))?;
    answers(&mut tool.probe)
}

impl Tool {
    /// Finds out how to get what `name` names: `miri` is a part of the nightly toolchain, `cargo-…` a crate.
    fn find(name: &str) -> Self {
        if name == "miri" {
            return Self {
                probe: command("cargo", &["+nightly", "miri", "--version"]),
                install: command(
                    "rustup",
                    &[
                        "toolchain",
                        "install",
                        "nightly",
                        "--no-self-update",
                        "--profile",
                        "minimal",
                        "--component",
                        "miri,rust-src",
                    ],
                ),
            };
        }
        let mut install = workspace::cargo();
        install.args(["install", "--quiet", "--locked", "--target", HOST, name]);
        Self { probe: command(name, &[name.trim_start_matches("cargo-"), "--version"]), install }
    }
}

/// Returns a call of `program`, found as a shell would.
fn command(program: &str, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words).current_dir(workspace::root());
    command
}

/// Runs `probe` in silence and says whether it could be run and succeeded.
fn answers(probe: &mut Command) -> Result<bool> {
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match probe.status() {
        Ok(status) => Ok(status.success()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot start {probe:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_is_there_answers() {
        assert!(answers(&mut command("sh", &["-c", "exit 0"])).unwrap());
        assert!(!answers(&mut command("sh", &["-c", "exit 1"])).unwrap());
        assert!(!answers(&mut command("no-such-program", &[])).unwrap());
    }

    #[test]
    fn a_crate_is_installed_for_the_host() {
        let tool = Tool::find("cargo-mutants");
        assert!(format!("{:?}", tool.probe).contains(r#""cargo-mutants" "mutants" "--version""#));
        assert!(format!("{:?}", tool.install).contains(HOST));
    }
}
