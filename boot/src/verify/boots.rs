//! The demo programs on machines of several kinds: they end as they should, and say what they should.

use super::stage::Stage;
use anyhow::{Context as _, Result, ensure};
use std::io::{self, Write as _};
use std::process::Command;

/// Machines, and the options that make them.
const MACHINES: [(&str, &[&str]); 3] = [
    ("boot from UEFI", &["--uefi"]),
    ("boot with 24 MiB", &["--memory", "24"]),
    ("boot with 8 GiB and two processors", &["--memory", "8192", "--cpus", "2"]),
];

/// Lines that are printed, whatever the machine, by programs that could not know them without doing what they show.
const LINES: [&str; 6] = [
    "  a load finds   12345 and 152399025",
    "   1 blocks decompressed,   8 pages have frames",
    "  all of 16384 lines are right: 16384",
    "  16 blocks decompressed, 128 pages have frames",
    "  the block before still has 1023 and 1046529",
    "paged: what was needed was decompressed, and nothing twice",
];

/// Returns a stage for each machine.
pub(super) fn stages() -> impl Iterator<Item = Stage> {
    MACHINES.into_iter().map(|(title, options)| Stage::call(title, || check(options)))
}

/// Runs the demo programs and looks at what they print.
fn check(options: &[&str]) -> Result<()> {
    let this = std::env::current_exe().context("cannot find this program's file")?;
    let run = Command::new(this).args(["run", "--timeout", "300"]).args(options).output()?;
    io::stdout().write_all(&run.stdout).context("cannot show what it prints")?;
    io::stderr().write_all(&run.stderr).context("cannot show what it prints")?;
    ensure!(run.status.success(), "{}", run.status);
    match missing(&String::from_utf8_lossy(&run.stdout)) {
        None => Ok(()),
        Some(line) => anyhow::bail!("nobody printed {line:?}"),
    }
}

/// Returns the first of the lines that is not in `output`.
fn missing(output: &str) -> Option<&'static str> {
    LINES.into_iter().find(|due| !output.lines().any(|line| line.trim_end() == *due))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_nobody_printed_is_noticed() {
        assert_eq!(missing(&LINES.join("\r\n")), None);
        assert_eq!(missing(&LINES[1..].join("\n")), Some(LINES[0]));
        assert_eq!(missing(&LINES.join(" ")), Some(LINES[0]));
    }
}
