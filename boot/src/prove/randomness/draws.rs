//! Places drawn on the host, by the code that the kernel runs: `vm/examples/placement.rs`.

use super::{report::Kind, statistics::Sample};
use crate::workspace::{self, HOST};
use anyhow::{Context as _, Result, ensure};
use std::process::Stdio;

/// Kinds of requests, and what they are.
const KINDS: [(&str, &str); 11] = [
    ("page", "a mapping of a page"),
    ("mapping", "a mapping of 16 MiB"),
    ("vmar", "a VMAR of 1 MiB"),
    ("large-vmar", "a VMAR of 64 TiB"),
    ("aligned", "a page at a multiple of 2 MiB"),
    ("well-aligned", "a page at a multiple of 1 GiB"),
    ("limited", "a page below 4 GiB"),
    ("small", "a page in a VMAR of 1 MiB"),
    ("crowded", "a page in 16 MiB that are nearly full"),
    ("compact-first", "the first page of a COMPACT VMAR"),
    ("compact", "the second page of a COMPACT VMAR"),
];

/// Draws `count` places of each kind, each with a seed of its own, of which `seed` is the first.
pub(super) fn draw_all(count: u64, seed: u64) -> Result<Vec<Kind>> {
    let seeds = seed..;
    KINDS
        .iter()
        .zip(seeds)
        .map(|((name, what), seed)| Ok(Kind::examine(name, what, seed, &draw(name, count, seed)?)))
        .collect()
}

/// Draws `count` places of one kind.
fn draw(name: &str, count: u64, seed: u64) -> Result<Sample> {
    let mut command = workspace::cargo();
    command.args(["run", "--quiet", "--release", "--package", "vm", "--features", "sim"]);
    command.args(["--target", HOST, "--example", "placement", "--", name]);
    command.args([count, seed].map(|number| number.to_string()));
    let output = command.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    ensure!(output.status.success(), "drawing places of the kind {name} with seed {seed} failed");
    let sample = read(&output.stdout).context("no number of places")?;
    ensure!(
        sample.numbers.len() as u64 == count,
        "{} places instead of {count}",
        sample.numbers.len()
    );
    Ok(sample)
}

/// Reads what was written: the choice, and the numbers.
fn read(bytes: &[u8]) -> Option<Sample> {
    let (words, _) = bytes.as_chunks::<8>();
    let (choice, numbers) = words.split_first()?;
    let numbers = numbers.iter().map(|word| u64::from_le_bytes(*word)).collect();
    Some(Sample { choice: u64::from_le_bytes(*choice), numbers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        let bytes: Vec<u8> = [9_u64, 3, 8].into_iter().flat_map(u64::to_le_bytes).collect();
        let sample = read(&bytes).unwrap();
        assert_eq!((sample.choice, sample.numbers), (9, vec![3, 8]));
        assert!(read(&[]).is_none());
    }
}
