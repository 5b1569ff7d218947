//! The command line: one set of options, however it is reached.
//!
//! `./x run --uefi`, `cargo run -- --uefi` and `cargo test -- --uefi` all end in [`Options`].

use crate::bench;
use crate::prove;
use clap::{Args, Parser, Subcommand};
use std::{path::PathBuf, time::Duration};

/// Builds disk images, runs them in QEMU, and reports.
#[derive(Parser)]
#[command(name = "boot", disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Boot a kernel that cargo has built: the runner of `cargo run` and `cargo test`
    Kernel {
        /// The kernel, or its tests if it lies in a directory called `deps`
        elf: PathBuf,
        /// How to boot it.
        #[command(flatten)]
        options: Options,
    },
    /// Build the kernel and boot it; without PROGRAM.elf every demo program runs
    #[command(override_usage = "./x run [OPTIONS] [PROGRAM.elf [ARGS]...]")]
    Run {
        /// Build the kernel without optimisation for speed
        #[arg(long)]
        debug: bool,
        /// How to boot it.
        #[command(flatten)]
        options: Options,
    },
    /// Build a C or C++ program for ring 3; takes the options of gcc
    #[command(disable_help_flag = true)]
    Cc {
        /// Sources, objects, and options of gcc
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure what operations cost, in instructions, against Zircon and Linux
    Bench(bench::Options),
    /// Run the checks of the source alone: format, layers, clippy, documentation
    Lint,
    /// Put to the test what the project claims of itself: a line and a figure a claim
    #[command(override_usage = "./x prove [OPTIONS] [CLAIM]", after_help = prove::list())]
    Prove(prove::Options),
    /// Run every check, or only the in-QEMU tests whose name contains NAME
    Test {
        /// Part of the names of the tests to run
        name: Option<String>,
    },
}

/// How to boot.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Boot through UEFI firmware instead of BIOS
    #[arg(long)]
    pub(crate) uefi: bool,
    /// Memory of the machine
    #[arg(long, value_name = "MiB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) memory: u32,
    /// Processors of the machine
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) cpus: u32,
    /// Stop before the first instruction and wait for a debugger on port 1234
    #[arg(long)]
    pub(crate) gdb: bool,
    /// Open a window on the machine's display
    #[arg(long)]
    pub(crate) display: bool,
    /// Give up after S seconds; 0 for never [default: 1200 and 180 of silence for tests, 300 of silence otherwise]
    #[arg(long, value_name = "S")]
    pub(crate) timeout: Option<u64>,
    /// Count instructions instead of time: the same clock in every run
    #[arg(long)]
    pub(crate) icount: bool,
    /// Seed of all address layouts, to repeat one that a report names
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Words for the kernel and init, in place of those that the other arguments imply
    #[arg(long, value_name = "WORDS")]
    pub(crate) cmdline: Option<String>,
    /// Build and pack this program and no others; may be given again
    #[arg(long, hide = true, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Listen for a debugger at this socket
    #[arg(long, hide = true, value_name = "PATH")]
    pub(crate) gdb_socket: Option<PathBuf>,
    /// Accepted because `cargo test --quiet` passes it on; changes nothing
    #[arg(long, hide = true)]
    pub(crate) quiet: bool,
    /// A program and its arguments; for tests, part of the names of those to run
    #[arg(trailing_var_arg = true, value_name = "PROGRAM")]
    pub(crate) rest: Vec<String>,
}

/// How long a guest may take before it counts as hung; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// From start to end.
    pub(crate) total: Option<Duration>,
    /// Between two pieces of output.
    pub(crate) silence: Option<Duration>,
}

impl Options {
    /// Returns the part of the names of the tests to run; empty for all.
    pub(crate) fn filter(&self) -> String {
        // Cargo puts this behind the name.
        let words = self.rest.iter().map(String::as_str).filter(|word| *word != "--quiet");
        words.collect::<Vec<_>>().join(" ")
    }

    /// Returns how long the guest may take: what was asked for, or what suits tests or a run.
    pub(crate) fn limits(&self, is_test: bool) -> Limits {
        let seconds = |s| Some(Duration::from_secs(s));
        match self.timeout {
            _ if self.gdb => Limits { total: None, silence: None },
            Some(0) => Limits { total: None, silence: None },
            Some(total) => Limits { total: seconds(total), silence: None },
            None if is_test => Limits { total: seconds(1200), silence: seconds(180) },
            None => Limits { total: None, silence: seconds(300) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str]) -> clap::error::Result<Options> {
        let words = ["boot", "run"].iter().chain(words);
        Cli::try_parse_from(words).map(|cli| match cli.command {
            Command::Run { options, .. } => options,
            _ => unreachable!("asked for run"),
        })
    }

    #[test]
    fn options_end_at_the_program() {
        let got =
            options(&["--uefi", "--memory", "64", "a.elf", "--uefi", "-x", "--", "y"]).unwrap();
        assert!(got.uefi);
        assert_eq!(got.memory, 64);
        assert_eq!(got.rest, ["a.elf", "--uefi", "-x", "--", "y"]);
    }

    #[test]
    fn the_name_of_a_test_is_without_what_cargo_adds() {
        assert_eq!(options(&["a", "name", "--quiet"]).unwrap().filter(), "a name");
        assert_eq!(options(&["--quiet"]).unwrap().filter(), "");
    }

    #[test]
    fn a_mistyped_option_is_refused() {
        assert!(options(&["--uefii"]).is_err());
        assert!(options(&["--cpus", "0"]).is_err());
    }

    #[test]
    fn a_given_time_replaces_the_silence_limit() {
        let limits = options(&["--timeout", "7"]).unwrap().limits(true);
        assert_eq!(limits, Limits { total: Some(Duration::from_secs(7)), silence: None });
        let limits = options(&["--timeout", "0"]).unwrap().limits(false);
        assert_eq!(limits, Limits { total: None, silence: None });
    }

    #[test]
    fn a_debugger_has_all_the_time() {
        let limits = options(&["--gdb", "--timeout", "7"]).unwrap().limits(true);
        assert_eq!(limits, Limits { total: None, silence: None });
    }
}
