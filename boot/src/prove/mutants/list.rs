//! The list of defects: text of the sources, and what stands there instead.

use super::program::{self, Program};
use crate::workspace;
use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use std::fs;

/// A defect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mutant {
    /// What is wrong.
    pub(super) name: String,
    /// The source it is in.
    pub(super) file: String,
    /// A piece of it, which is there once.
    find: String,
    /// What stands there instead.
    replace: String,
    /// The host's test program that is tried first, where that is not the usual one.
    tests: Option<String>,
    /// Part of the names of the tests in QEMU that are to notice it; on the host nobody can.
    pub(super) guest: Option<String>,
}

/// A file of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mutant: Vec<Mutant>,
}

/// Reads the list. Those that are noticed soon come first.
pub(super) fn read() -> Result<Vec<Mutant>> {
    let folder = workspace::root().join("tests/mutants");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let about = || format!("in {}", path.display());
        let text = fs::read_to_string(&path).with_context(about)?;
        let file: File = toml::from_str(&text).with_context(about)?;
        all.extend(file.mutant);
    }
    all.sort_by_key(|mutant: &Mutant| !mutant.is_usual());
    Ok(all)
}

impl Mutant {
    /// Returns `source` with the defect in it.
    ///
    /// # Errors
    /// The piece of text is not there, or more than once.
    pub(super) fn apply(&self, source: &str) -> Result<String> {
        let found = source.matches(&self.find).count();
        ensure!(
            found == 1,
            "{}: in {} there is {found} times:\n{}",
            self.name,
            self.file,
            self.find
        );
        Ok(source.replace(&self.find, &self.replace))
    }

    /// Says whether `part` is in its name or in that of its file.
    pub(super) fn is_called(&self, part: &str) -> bool {
        self.name.contains(part) || self.file.contains(part)
    }

    /// Says whether the host's usual tests are to notice it, and the quickest first.
    pub(super) const fn is_usual(&self) -> bool {
        self.guest.is_none() && self.tests.is_none()
    }

    /// Returns the test program that is tried first, if the list says so.
    ///
    /// # Errors
    /// There is none of that name.
    pub(super) fn first_test(&self) -> Result<Option<Program>> {
        let find = |name: &String| {
            program::find(name)
                .with_context(|| format!("{}: there is no test program {name}", self.name))
        };
        self.tests.as_ref().map(find).transpose()
    }

    /// Checks that the defect can be put in.
    ///
    /// # Errors
    /// Those of [`Mutant::apply`] and of [`Mutant::first_test`].
    pub(super) fn check(&self) -> Result<()> {
        self.first_test()?;
        let path = workspace::root().join(&self.file);
        let source =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", self.file))?;
        self.apply(&source).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_mutant_can_be_put_in() {
        for mutant in read().unwrap() {
            mutant.check().unwrap();
        }
    }

    #[test]
    fn names_and_defects_differ() {
        let all = read().unwrap();
        let names: BTreeSet<_> = all.iter().map(|mutant| &mutant.name).collect();
        let defects: BTreeSet<_> =
            all.iter().map(|mutant| (&mutant.file, &mutant.find, &mutant.replace)).collect();
        assert_eq!((names.len(), defects.len()), (all.len(), all.len()));
    }

    #[test]
    fn a_piece_that_is_not_there_once_is_refused() {
        let mutant = |find: &str| Mutant {
            name: String::new(),
            file: String::new(),
            find: find.to_owned(),
            replace: "c".to_owned(),
            tests: None,
            guest: None,
        };
        assert_eq!(mutant("b").apply("ab").unwrap(), "ac");
        assert!(mutant("b").apply("abb").is_err());
        assert!(mutant("x").apply("ab").is_err());
    }
}
