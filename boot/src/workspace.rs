//! Where the sources and the build results are, and how to call cargo on them.

use anyhow::{Context as _, Result};
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The target of this crate and of host tests; everything else is built for the default target.
pub(crate) const HOST: &str = "x86_64-unknown-linux-gnu";

/// The variable in which `./x` hands over the directory it was called from, since it works from the root itself.
const CALLERS_DIRECTORY: &str = "JACINTH_CALLED_FROM";

/// Changes to the directory that `./x` was called from, so that paths on the command line mean what the caller meant.
pub(crate) fn enter_callers_directory() -> Result<()> {
    match env::var_os(CALLERS_DIRECTORY) {
        Some(path) => {
            env::set_current_dir(&path).with_context(|| format!("cannot enter {}", path.display()))
        }
        None => Ok(()),
    }
}

/// Returns the root of the workspace this runner was built from.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"))
}

/// Returns a call of cargo in the root of the workspace, where its configuration and the pinned toolchain apply.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).env_remove(CALLERS_DIRECTORY);
    command
}

/// Returns the description of the workspace: its members and what they depend on, not the crates from elsewhere.
pub(crate) fn metadata() -> Result<cargo_metadata::Metadata> {
    cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .context("cargo metadata")
}

/// Returns the directory that holds build results, wherever cargo has been told to put them.
pub(crate) fn target_directory() -> Result<PathBuf> {
    Ok(metadata()?.target_directory.into_std_path_buf())
}
