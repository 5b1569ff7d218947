//! The machine itself: how little memory it boots and runs the demo programs with, and how long the kernel takes until ring 3 begins.

use super::decimal::apart;
use super::figures::Figures;
use super::record::Medians;
use super::table::render;
use crate::progress::Step;
use anyhow::{Context as _, Result, bail, ensure};
use std::{
    ops::RangeInclusive,
    process::{Command, Stdio},
};

/// Figures, what they are of, and the same of Linux: Debian's 6.12 with the leanest boot options, to the first program.
const ROWS: [(&str, &str, Option<u64>); 2] = [
    ("machine_mib", "MiB of memory that boot and run the demo programs", Some(73)),
    ("boot_instructions", "instructions from the kernel's entry to the first of ring 3", None),
];

/// Memory that is tried, in MiB. The bootloader puts the kernel at 16 MiB.
const TRIED: RangeInclusive<u32> = 16..=64;

/// Seconds after which a machine counts as one that does not boot.
const TIMEOUT: &str = "240";

/// What the kernel says when ring 3 begins, around the number.
const BEFORE: &str = "ring 3 begins after ";
const BEHIND: &str = " ticks";

/// Measures both.
///
/// # Errors
/// No machine boots, or the kernel does not say when ring 3 begins.
pub(super) fn measure() -> Result<Figures> {
    let mut figures = Figures::default();
    figures.add("boot_instructions", instructions()?);
    figures.add("machine_mib", smallest(TRIED, boots_with)?.into());
    Ok(figures)
}

/// Says whether `name` is that of one of these figures.
pub(super) fn is_figure(name: &str) -> bool {
    ROWS.iter().any(|(figure, ..)| *figure == name)
}

/// Returns the table of what is known.
pub(super) fn table(medians: &Medians) -> String {
    let head = ["the machine", "here", "Linux"].map(str::to_owned).to_vec();
    let row = |(name, title, linux): &(&str, &str, Option<u64>)| {
        let ours = apart(medians.sum(&[name])?.round() as u64);
        Some(vec![(*title).to_owned(), ours, linux.map_or_else(|| "–".to_owned(), apart)])
    };
    let rows: Vec<Vec<String>> = ROWS.iter().filter_map(row).collect();
    if rows.is_empty() { String::new() } else { render(&[vec![head], rows].concat()) }
}

/// Returns a call of this program that boots a machine with `options`.
fn boot(options: &[&str]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("cannot find this program")?);
    command.args(["run", "--timeout", TIMEOUT]).args(options);
    Ok(command)
}

/// Boots a machine that counts instructions, and returns how many the kernel takes until ring 3 begins.
fn instructions() -> Result<f64> {
    let words = "log=info seed=1 init run bench quick null_call";
    let options = ["--only", "init", "--only", "bench", "--icount", "--cmdline", words];
    let output = boot(&options)?.output().context("cannot start it")?;
    let log = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the machine ended with {}:\n{log}", output.status);
    number_in(&log).with_context(|| format!("the kernel does not say when ring 3 begins:\n{log}"))
}

/// Finds the number of instructions in the kernel's log.
fn number_in(log: &str) -> Option<f64> {
    let (_, rest) = log.split_once(BEFORE)?;
    rest.split_once(BEHIND)?.0.parse().ok()
}

/// Says whether a machine with `memory` MiB boots and runs the demo programs.
fn boots_with(memory: u32) -> Result<bool> {
    let step = Step::start("booting with less");
    let mut command = boot(&["--memory", &memory.to_string()])?;
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    step.finish();
    let verdict = if status.success() { "boots" } else { "does not boot" };
    eprintln!("boot: {memory} MiB: {verdict}");
    Ok(status.success())
}

/// Returns the least of `range` that `is_enough`, which all above it are, too.
///
/// # Errors
/// The largest is not, or those of `is_enough`.
fn smallest(range: RangeInclusive<u32>, is_enough: impl Fn(u32) -> Result<bool>) -> Result<u32> {
    let (mut least, mut enough) = (*range.start(), *range.end());
    if !is_enough(enough)? {
        bail!("{enough} MiB are not enough");
    }
    while least < enough {
        let middle = least.midpoint(enough);
        if is_enough(middle)? {
            enough = middle;
        } else {
            least = middle + 1;
        }
    }
    Ok(enough)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_is_found() {
        for wanted in 16..=64 {
            assert_eq!(smallest(16..=64, |memory| Ok(memory >= wanted)).unwrap(), wanted);
        }
        assert!(smallest(16..=64, |memory| Ok(memory > 64)).is_err());
        assert!(smallest(16..=64, |_| bail!("no machine")).is_err());
    }

    #[test]
    fn the_number_is_found_in_the_log() {
        let log = "[ 0.000] INFO  booted\n[ 0.000] INFO  ring 3 begins after 1234 ticks of the";
        assert_eq!(number_in(log), Some(1234.0));
        assert_eq!(number_in("ring 3 begins after all"), None);
    }

    #[test]
    fn the_table_has_what_is_known() {
        assert_eq!(table(&Medians::default()), "");
        let medians = Medians::from_iter([("machine_mib".to_owned(), 24.0)]);
        let text = table(&medians);
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().last().unwrap().ends_with("|   24 |    73 |"), "{text}");
    }
}
