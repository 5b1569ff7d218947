//! The ring-3 programs that go into the ramdisk: the workspace's own in Rust and in C, and one from outside.

use crate::{cc, image, progress::Step, workspace};
use anyhow::{Context as _, Result, ensure};
use cargo_metadata::Message;
use std::{
    fs,
    io::BufReader,
    path::{Path, PathBuf},
    process::Stdio,
};

/// A file and the name it gets in the ramdisk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The file's name in the ramdisk's `bin`.
    pub(crate) name: String,
    path: PathBuf,
    /// Built here, so known to be an ELF file with debug information nobody reads in the guest.
    is_ours: bool,
}

impl Program {
    /// Names a program of this workspace.
    pub(crate) fn built(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), path: path.into(), is_ours: true }
    }

    /// Names a file that somebody else built. It may be anything; the loader in the guest judges it.
    pub(crate) fn from_outside(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), path: path.into(), is_ours: false }
    }

    /// Returns the bytes that go into the ramdisk.
    pub(crate) fn load(&self) -> Result<Vec<u8>> {
        if self.is_ours {
            image::without_debug_information(&self.path)
        } else {
            fs::read(&self.path).with_context(|| format!("cannot read {}", self.path.display()))
        }
    }
}

/// Programs that test or measure and show nothing. They are large: firmware reads slowly, and what it reads takes memory.
const FOR_TESTS: [&str; 5] = ["bench", "core", "core_cxx", "fuzz", "suite"];

/// Builds the programs of the workspace that are demonstrations, or needed for those.
pub(crate) fn build_demos() -> Result<Vec<Program>> {
    let is_demo = |name: &str| !FOR_TESTS.contains(&name);
    let packages = workspace::metadata()?.packages;
    let targets = packages.iter().filter(|package| package.name == "programs");
    let binaries = targets.flat_map(|package| &package.targets).filter(|target| target.is_bin());
    let names = binaries.map(|target| target.name.clone()).filter(|name| is_demo(name));
    let step = Step::start("building the demo programs");
    let mut programs = build_rust(&names.collect::<Vec<_>>())?;
    programs.extend(cc::build_programs(&workspace::root().join("tests/c"))?);
    programs.retain(|program| is_demo(&program.name));
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    step.finish();
    Ok(programs)
}

/// Builds every program of the workspace, or, if there are names in `only`, those and no others.
pub(crate) fn build(only: &[String]) -> Result<Vec<Program>> {
    let step = Step::start("building the ring-3 programs");
    let mut programs = build_rust(only)?;
    if only.is_empty() {
        programs.extend(cc::build_programs(&workspace::root().join("tests/c"))?);
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    step.finish();
    Ok(programs)
}

/// Builds the binaries of the crate `programs`, or those in `only`.
fn build_rust(only: &[String]) -> Result<Vec<Program>> {
    let mut child = workspace::cargo()
        .args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "programs",
            "--message-format",
            "json-render-diagnostics",
        ])
        .args(only.iter().map(|name| format!("--bin={name}")))
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo")?;
    let output = BufReader::new(child.stdout.take().context("cargo has no output")?);
    let programs = Message::parse_stream(output)
        .filter_map(|message| match message {
            Ok(Message::CompilerArtifact(artifact)) => {
                let name = artifact.target.name;
                artifact.executable.map(|path| Ok(Program::built(name, path)))
            }
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
        .collect::<std::io::Result<Vec<_>>>()
        .context("cannot read what cargo says")?;
    ensure!(child.wait()?.success(), "building the ring-3 programs failed");
    Ok(programs)
}

/// Returns the file at `path` as the one program to run.
///
/// # Errors
/// There is no such file.
pub(crate) fn from_outside(path: &Path) -> Result<Program> {
    ensure!(path.is_file(), "there is no program {}", path.display());
    Ok(Program::from_outside("program", path))
}
