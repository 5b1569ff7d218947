//! A copy of the sources, which defects are put into.

use super::list::Mutant;
use crate::workspace;
use anyhow::{Context as _, Result};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What cargo marks a folder by in which is what it has built.
const BUILT: &str = "CACHEDIR.TAG";

/// A copy of the workspace. What is built of it is kept in it, apart from everything else: cargo names what it builds by the place of a
/// crate in its workspace, so in one folder what is built of the copy would pass for what is built of the original, and the other way
/// round.
pub(super) struct Tree {
    root: PathBuf,
}

impl Tree {
    /// Makes the copy, or brings one from before up to date. Files that are as they should be are left alone, so that nothing is built
    /// again for them.
    pub(super) fn copy() -> Result<Self> {
        let root = workspace::target_directory()?.join("mutants");
        copy_folder(workspace::root(), &root)?;
        Ok(Self { root })
    }

    /// Returns a call of cargo in the copy.
    pub(super) fn cargo(&self) -> Command {
        let mut command = workspace::cargo();
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", self.root.join("target"));
        command
    }

    /// Calls `run` while the defect is in the copy.
    pub(super) fn with<T>(&self, mutant: &Mutant, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let path = self.root.join(&mutant.file);
        let source =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", mutant.file))?;
        write(&path, mutant.apply(&source)?.as_bytes())?;
        let result = run();
        write(&path, source.as_bytes())?;
        result
    }
}

/// Copies a folder but for what is built in it.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let (source, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if name == OsStr::new(".git") || source.join(BUILT).exists() {
            continue;
        }
        let copy = to.join(&name);
        if source.is_dir() {
            copy_folder(&source, &copy)?;
        } else {
            write(&copy, &fs::read(&source)?)?;
        }
    }
    Ok(())
}

/// Writes `bytes` to `path` unless they are there already.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
