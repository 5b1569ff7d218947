//! QEMU's execution trace: a line for every instruction, as long as each makes a block of its own.
//!
//! ```text
//! Trace 0: 0x7f13fc000100 [0000000000000000/ffffffff80001234/000000c1/ff000001] name
//!       CPU  block          code base        address          flags    flags
//! ```

use anyhow::{Context as _, Result, ensure};
use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
    process::Command,
};

/// Makes a pipe at `path` for QEMU to write a trace to.
pub(super) fn make_pipe(path: &Path) -> Result<()> {
    let status = Command::new("mkfifo").arg(path).status().context("cannot start mkfifo")?;
    ensure!(status.success(), "cannot make a pipe at {}", path.display());
    Ok(())
}

/// Waits for QEMU to open the pipe, and passes the address of each instruction on until it is closed.
pub(super) fn read(path: &Path, mut take: impl FnMut(u64)) -> Result<()> {
    let mut lines = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        str::from_utf8(&line).ok().and_then(address).into_iter().for_each(&mut take);
        line.clear();
    }
    Ok(())
}

/// Returns the address in a line of the trace; nothing in another line.
fn address(line: &str) -> Option<u64> {
    let (_, place) = line.strip_prefix("Trace ")?.split_once('[')?;
    u64::from_str_radix(place.split('/').nth(1)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found() {
        let line =
            "Trace 0: 0x7f13fc000100 [0000000000000000/ffffffff80001234/000000c1/ff000001] \n";
        assert_eq!(address(line), Some(0xffff_ffff_8000_1234));
        assert_eq!(address("Stopped execution of TB chain before 0x7f [1/2/3/4]"), None);
        assert_eq!(address("Trace 0: 0x7f"), None);
    }
}
