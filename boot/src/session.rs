//! One run, from the kernel's ELF file to the status this process ends with.

use crate::{
    cli::Options,
    command_line::{self, Purpose},
    data,
    image::{self, Firmware},
    monitor,
    programs::{self, Program},
    progress::Step,
    qemu::Machine,
    ramdisk,
    tally::Tally,
    transcript::Transcript,
    verdict::Verdict,
    workspace,
};
use anyhow::{Context as _, Result, ensure};
use std::path::{Path, PathBuf};

/// Builds the kernel and boots it.
pub(crate) fn build_and_run(debug: bool, options: &Options) -> Result<u8> {
    if let Some(program) = options.rest.first() {
        // A mistyped name should not cost a build.
        programs::from_outside(Path::new(program))?;
    }
    run(&build_kernel(debug)?, options)
}

/// Builds the kernel and returns its ELF file.
fn build_kernel(debug: bool) -> Result<PathBuf> {
    let step = Step::start("building the kernel");
    let (profile, folder) = if debug { ("dev", "debug") } else { ("release", "release") };
    let status = workspace::cargo()
        .args(["build", "--quiet", "--package", "kernel", "--profile", profile])
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "building the kernel failed");
    step.finish();
    Ok(workspace::target_directory()?.join("x86_64-unknown-none").join(folder).join("kernel"))
}

/// Boots `kernel` and returns the status to end with.
pub(crate) fn run(kernel: &Path, options: &Options) -> Result<u8> {
    let purpose = purpose(kernel, options);
    let folder = tempfile::Builder::new()
        .prefix("jacinth-")
        .tempdir()
        .context("cannot create a directory")?;
    let firmware = if options.uefi { Firmware::Uefi } else { Firmware::Bios };
    let image = prepare(folder.path(), firmware, kernel, purpose, options)?;
    let machine = Machine { image: &image, firmware, options, folder: folder.path() };
    if options.gdb {
        eprintln!(
            "boot: waiting for a debugger: gdb {} -ex 'target remote :1234'",
            kernel.display()
        );
    }

    let interrupted = monitor::catch_signals()?;
    let is_test = purpose == Purpose::Tests;
    let mut transcript = Transcript::begin(Step::start("booting"), is_test.then(Tally::default));
    let ending =
        monitor::follow(machine.start()?, &mut transcript, options.limits(is_test), &interrupted)?;
    let verdict = Verdict::of(ending, &transcript);
    explain(verdict, &transcript);
    Ok(match transcript.take_tally() {
        Some(tally) => report_tests(tally, verdict, options),
        None => verdict.status(),
    })
}

/// Writes the ramdisk and the disk image into `folder` and returns the image.
fn prepare(
    folder: &Path,
    firmware: Firmware,
    kernel: &Path,
    purpose: Purpose,
    options: &Options,
) -> Result<PathBuf> {
    let ramdisk = folder.join("ramdisk.tar");
    let words = command_line::words(purpose, options);
    let data = if purpose == Purpose::Demo { vec![data::squares()] } else { Vec::new() };
    ramdisk::write(&ramdisk, &words, &load(purpose, options)?, &data)?;
    image::write(folder, firmware, kernel, &ramdisk)
}

/// Tells what a kernel is booted for. Cargo puts test binaries, and only them, into a directory called `deps`.
fn purpose(kernel: &Path, options: &Options) -> Purpose {
    let is_test = kernel.parent().is_some_and(|folder| folder.ends_with("deps"));
    match options.rest.first() {
        _ if is_test => Purpose::Tests,
        Some(_) => Purpose::Program,
        None => Purpose::Demo,
    }
}

/// Returns the programs to pack: all of them, those that the demonstrations are, or `init` and the one from outside.
fn load(purpose: Purpose, options: &Options) -> Result<Vec<Program>> {
    let outside = match (purpose, options.rest.first()) {
        (Purpose::Program, Some(path)) => Some(programs::from_outside(Path::new(path))?),
        _ => None,
    };
    let is_demo = purpose == Purpose::Demo && options.cmdline.is_none();
    let mut programs =
        if is_demo { programs::build_demos() } else { programs::build(&options.only) }?;
    if let Some(program) = outside {
        programs.retain(|program| program.name == "init");
        programs.push(program);
    }
    Ok(programs)
}

/// Tells the user what went wrong with the machine, if something did.
fn explain(verdict: Verdict, transcript: &Transcript) {
    if let Some(serial) = transcript.unopened() {
        eprintln!(
            "boot: the kernel never reported that it runs; before that the serial ports carried:\n{serial}"
        );
    }
    if let Some(message) = verdict.message() {
        eprintln!("boot: {message}");
    }
}

/// Prints the failed tests and the count, and returns the status.
fn report_tests(tally: Tally, verdict: Verdict, options: &Options) -> u8 {
    let (passed, mut failed) = tally.finish();
    match verdict.status() {
        0 if passed == 0 && failed.is_empty() => {
            failed.push(format!("no test ran whose name contains \"{}\"", options.filter()));
        }
        status if status != 0 && failed.is_empty() => {
            failed.push(format!("the run as a whole, status {status}"));
        }
        _ => {}
    }
    for name in &failed {
        eprintln!("boot: failed: {name}");
    }
    println!("{passed} passed, {} failed", failed.len());
    if failed.is_empty() { 0 } else { verdict.status().max(1) }
}
