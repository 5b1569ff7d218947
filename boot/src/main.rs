//! Host side of Jacinth: builds ring-3 programs and disk images, runs QEMU, and reports what came of it.
//!
//! Cargo calls it as the runner of the kernel's target (`boot kernel ELF …`), `./x` calls it for everything else. One run goes
//! [`programs`] → [`ramdisk`] → [`image`] → [`qemu`] → [`monitor`] → [`verdict`]; [`session`] is where they meet.
//! Standard output carries what ring 3 prints and nothing else; all that the runner has to say goes to standard error.

mod bench;
mod cc;
mod cli;
mod command_line;
mod data;
mod image;
mod libc;
mod monitor;
mod programs;
mod progress;
mod prove;
mod qemu;
mod ramdisk;
mod serial;
mod session;
mod tally;
mod transcript;
mod verdict;
mod verify;
mod workspace;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome =
        workspace::enter_callers_directory().and_then(|()| match cli::Cli::parse().command {
            cli::Command::Kernel { elf, options } => session::run(&elf, &options),
            cli::Command::Run { debug, options } => session::build_and_run(debug, &options),
            cli::Command::Cc { arguments } => cc::run(&arguments),
            cli::Command::Bench(options) => bench::run(&options),
            cli::Command::Lint => Ok(verify::lint()),
            cli::Command::Prove(options) => prove::run(&options),
            cli::Command::Test { name } => verify::run(name.as_deref()),
        });
    outcome.map_or_else(
        |error| {
            eprintln!("boot: {error:#}");
            ExitCode::FAILURE
        },
        ExitCode::from,
    )
}
