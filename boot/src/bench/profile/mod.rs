//! `./x bench --profile FIGURE`: where the instructions of an operation go.
//!
//! The guest marks each sample of the figure. [`gdb`] stops it at the marks, between which QEMU executes one instruction at a time
//! and writes a [`trace`] of them; [`walk`] makes call stacks of it, [`image`] finds names, [`report`] prints and draws.

mod gdb;
mod image;
mod report;
mod trace;
mod walk;

use super::guest::{COUNTING, Guest};
use crate::{progress::Step, workspace};
use anyhow::{Context as _, Result, ensure};
use gdb::{Debugger, Stop};
use image::{Flow, Image};
use std::{collections::HashMap, fs, path::Path, thread};
use walk::Walk;

/// Where the kernel's image is in the guest.
const KERNEL_BASE: u64 = 0xffff_ffff_8000_0000;

/// The mark by which the program is found in the guest.
const ANCHOR: &str = "profile_begin";

/// Samples and instructions after which there is no more to learn.
const ENOUGH_SAMPLES: u64 = 20;
const ENOUGH_INSTRUCTIONS: u64 = 2_000_000;

/// The marks in the guest, from the line in which the program tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marks {
    begin: u64,
    end: u64,
    /// The byte that lets the program go on.
    go: u64,
}

impl Marks {
    /// Reads `profile begin ADDRESS end ADDRESS go ADDRESS`.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("profile ")?.split(' ');
        let mut address = |label| {
            let word = words.next().filter(|word| *word == label).and_then(|_| words.next())?;
            u64::from_str_radix(word.strip_prefix("0x")?, 16).ok()
        };
        Some(Self { begin: address("begin")?, end: address("end")?, go: address("go")? })
    }
}

/// Profiles the figure `name`, prints where its instructions go, and draws a flame graph.
pub(super) fn run(name: &str) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("jacinth-").tempdir()?;
    let (socket, pipe) = (folder.path().join("gdb"), folder.path().join("trace"));
    trace::make_pipe(&pipe)?;
    let place = socket.to_str().context("a path that is no text")?;
    let options = [COUNTING, &["--gdb-socket", place]].concat();
    let mut guest = Guest::start(&["profile", name], &options)?;
    let marks = guest.lines().find_map(|line| Marks::parse(&line)).context("nothing to profile")?;

    let step = Step::start("tracing");
    let release = workspace::target_directory()?.join("x86_64-unknown-none/release");
    let images = [
        Image::open(&release.join("kernel"), None, KERNEL_BASE)?,
        Image::open(&release.join("bench"), Some(ANCHOR), marks.begin)?,
    ];
    let mut debugger = Debugger::connect(&socket)?;
    debugger.write(marks.go, 1)?;
    let walk = trace_samples(debugger, marks, &pipe, &images)?;
    let units = guest.lines().find_map(|line| line.strip_prefix("profile units ")?.parse().ok());
    guest.finish()?;
    step.finish();
    let units: u64 =
        units.with_context(|| format!("there is no figure {name} (--json shows the names)"))?;
    ensure!(walk.samples() > 0, "the trace is empty");
    let drawings = workspace::target_directory()?.join("bench");
    fs::create_dir_all(&drawings)?;
    report::print_and_draw(name, &walk, units, &images, &drawings)
}

/// Has enough samples traced, and returns what they come to. The guest goes on alone, if it has not ended.
fn trace_samples(
    mut debugger: Debugger,
    marks: Marks,
    pipe: &Path,
    images: &[Image],
) -> Result<Walk> {
    let mut walk = Walk::new();
    let mut flows = HashMap::new();
    let mut count = 0;
    while walk.samples() < ENOUGH_SAMPLES && count < ENOUGH_INSTRUCTIONS {
        if debugger.run_to(marks.begin)? == Stop::Ended {
            return Ok(walk);
        }
        thread::scope(|scope| {
            let debugger = &mut debugger;
            let traced = scope.spawn(move || trace_sample(debugger, marks, pipe));
            trace::read(pipe, |address| {
                count += 1;
                let flow = flows.entry(address).or_insert_with(|| flow_at(images, address));
                walk.step(address, *flow);
            })?;
            traced.join().unwrap_or_else(|_| Err(anyhow::anyhow!("tracing failed")))
        })?;
        walk.end_sample();
    }
    debugger.detach()?;
    Ok(walk)
}

/// Has QEMU trace up to the end of a sample. Meanwhile somebody has to read from the pipe, and is told by its end if this fails.
fn trace_sample(debugger: &mut Debugger, marks: Marks, pipe: &Path) -> Result<()> {
    let mut trace = || -> Result<()> {
        one_instruction_a_block(debugger, "on")?;
        debugger.monitor(&format!("logfile {}", pipe.display()))?;
        debugger.monitor("log exec,nochain")?;
        debugger.run_to(marks.end)?;
        debugger.monitor("log none")?;
        // Some builds keep the file open as long as it is theirs.
        debugger.monitor("logfile /dev/null")?;
        one_instruction_a_block(debugger, "off")
    };
    let result = trace();
    if result.is_err() {
        fs::OpenOptions::new().write(true).open(pipe)?;
    }
    result
}

/// Makes each instruction a block of its own, or not. The command's name depends on QEMU's version.
fn one_instruction_a_block(debugger: &mut Debugger, state: &str) -> Result<()> {
    let mut said = String::new();
    for command in ["one-insn-per-tb", "singlestep"] {
        said = debugger.monitor(&format!("{command} {state}"))?;
        if said.is_empty() {
            return Ok(());
        }
    }
    anyhow::bail!("QEMU cannot trace single instructions: {said}")
}

/// Finds out what the instruction at `address` does to the order of execution.
fn flow_at(images: &[Image], address: u64) -> Flow {
    let image = images.iter().find(|image| image.contains(address));
    image.and_then(|image| image.flow(address)).unwrap_or(Flow::Jump)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read() {
        let line = "profile begin 0x10 end 0x2f go 0xffff";
        assert_eq!(Marks::parse(line), Some(Marks { begin: 16, end: 47, go: 0xffff }));
        assert_eq!(Marks::parse("profile begin 0x10 end 0x2f"), None);
    }
}
