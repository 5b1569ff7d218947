//! The C library of ring 3: compiles `tests/libc` into one archive, when a source or a header has changed.

use crate::{
    cc::{self, Language},
    progress::Step,
    workspace,
};
use anyhow::{Context as _, Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

/// Returns the directories that hold the headers, in the order in which gcc searches them.
pub(crate) fn include_directories() -> [PathBuf; 2] {
    ["abi/include", "tests/libc/include"].map(|path| workspace::root().join(path))
}

/// Returns the directory for what gcc makes.
pub(crate) fn output_directory() -> Result<PathBuf> {
    let path = workspace::target_directory()?.join("c");
    fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
    Ok(path)
}

/// Returns the library's archive, up to date.
pub(crate) fn build() -> Result<PathBuf> {
    let folder = workspace::root().join("tests/libc");
    let archive = output_directory()?.join("libc.a");
    if modified(&archive)? < Some(newest(&folder)?.max(newest_header()?)) {
        let step = Step::start("building the C library");
        compile(&folder, &archive)?;
        step.finish();
    }
    Ok(archive)
}

/// Compiles every source in `folder` and replaces `archive` in one step, as another run may be reading it.
fn compile(folder: &Path, archive: &Path) -> Result<()> {
    let scratch = tempfile::tempdir_in(output_directory()?).context("cannot create a directory")?;
    let mut objects = Vec::new();
    for source in cc::sources(folder)? {
        let language = Language::of(&source).unwrap_or(Language::C);
        let object =
            scratch.path().join(source.file_name().unwrap_or_default()).with_added_extension("o");
        let mut command = cc::compiler(language);
        command.args(["-Wall", "-Wextra", "-Werror", "-c"]).arg(&source).arg("-o").arg(&object);
        cc::check(command)?;
        objects.push(object);
    }
    ensure!(!objects.is_empty(), "there is no C library in {}", folder.display());
    let finished = scratch.path().join("libc.a");
    let mut command = Command::new("ar");
    command.arg("rcs").arg(&finished).args(objects);
    cc::check(command)?;
    fs::rename(&finished, archive).context("cannot replace the C library")
}

/// Returns when the newest header was changed, or when this runner was, which knows the options.
pub(crate) fn newest_header() -> Result<SystemTime> {
    let runner = std::env::current_exe().context("cannot find this program's file")?;
    let mut newest = modified(&runner)?.unwrap_or(SystemTime::UNIX_EPOCH);
    for folder in include_directories() {
        newest = newest.max(self::newest(&folder)?);
    }
    Ok(newest)
}

/// Returns when `path` was changed, or `None` if it does not exist.
pub(crate) fn modified(path: &Path) -> Result<Option<SystemTime>> {
    match fs::metadata(path).and_then(|metadata| metadata.modified()) {
        Ok(time) => Ok(Some(time)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Returns when the newest file or directory below `folder` was changed; a directory changes when a file in it comes or goes.
fn newest(folder: &Path) -> Result<SystemTime> {
    let mut newest =
        modified(folder)?.with_context(|| format!("there is no {}", folder.display()))?;
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let path = entry?.path();
            newest = newest.max(modified(&path)?.unwrap_or(newest));
            if path.is_dir() {
                pending.push(path);
            }
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_change_deep_below_counts() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("zircon")).unwrap();
        let header = fs::File::create(folder.path().join("zircon/types.h")).unwrap();
        let later = SystemTime::now() + Duration::from_secs(60);
        header.set_modified(later).unwrap();
        assert_eq!(newest(folder.path()).unwrap(), later);
    }

    #[test]
    fn a_missing_file_is_older_than_any() {
        assert_eq!(modified(Path::new("/nowhere/at/all")).unwrap(), None);
    }
}
