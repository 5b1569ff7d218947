//! Defects that `cargo mutants` makes by itself, of each function and operator of the files in `.cargo/mutants.toml`: the tests have to
//! notice each.
//!
//! What [`mutants`](super::mutants) puts in was thought of; these find the rules that nobody has thought of testing. They are many, so only
//! tests that take seconds are run against them.

use super::claim::{Claim, Effort, Finding};
use crate::workspace;
use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use std::{fs, io};

/// Not a part of `./x test`: there are hundreds, and each takes seconds.
pub(super) const CLAIM: Claim = Claim {
    name: "generated",
    statement: "the tests notice whatever a tool changes in a function or an operator, where they take seconds",
    least: Effort::Full,
    tools: &["cargo-mutants"],
    test,
};

/// The packages, each with cargo's options that choose the tests which take seconds.
const PACKAGES: [(&str, &[&str]); 3] =
    [("abi", &["--tests"]), ("blocks", &["--lib"]), ("vm", &["--lib"])];

/// What the tool ends with when every defect was noticed, when one was not, and when a test took too long.
const RAN_TO_THE_END: [i32; 3] = [0, 2, 3];

fn test(_: Effort) -> Result<Finding> {
    let mut all = Fates::default();
    for (package, tests) in PACKAGES {
        all.add(&run(package, tests).with_context(|| format!("in {package}"))?)?;
    }
    all.judge()
}

/// Tries every mutant of a package, and returns what the tool writes down.
fn run(package: &str, tests: &[&str]) -> Result<String> {
    let folder = workspace::target_directory()?.join("generated").join(package);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut command = workspace::cargo();
    command.args(["mutants", "--package", package]).arg("--output").arg(&folder);
    command.arg("--").args(tests).args(["--", "-Zunstable-options", "--fail-fast"]);
    // The tool builds in a copy of its own, which it removes. What it prints is progress.
    command.env_remove("CARGO_TARGET_DIR").stdout(io::stderr());
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    let folder = folder.join("mutants.out");
    ensure!(
        status.code().is_some_and(|code| RAN_TO_THE_END.contains(&code)),
        "{status}; its logs are in {}",
        folder.display()
    );
    let file = folder.join("outcomes.json");
    fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
}

/// What became of mutants.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fates {
    killed: usize,
    /// Those of the killed for which a test went on for ever.
    by_time: usize,
    not_built: usize,
    alive: Vec<String>,
}

impl Fates {
    /// Adds what the tool has written down.
    ///
    /// # Errors
    /// It cannot be read; or there is no mutant in it; or it says of one what this does not know.
    fn add(&mut self, written: &str) -> Result<()> {
        let outcomes: Outcomes = serde_json::from_str(written).context("outcomes.json")?;
        let mut mutants = 0;
        for Outcome { scenario, summary } in outcomes.outcomes {
            let Scenario::Mutant { name } = scenario else { continue };
            mutants += 1;
            match summary {
                Summary::CaughtMutant => self.killed += 1,
                Summary::Timeout => {
                    self.killed += 1;
                    self.by_time += 1;
                }
                Summary::Unviable => self.not_built += 1,
                Summary::MissedMutant => self.alive.push(name),
                Summary::Success | Summary::Failure => bail!("{name}: {summary:?}"),
            }
        }
        ensure!(mutants > 0, "there is no mutant");
        Ok(())
    }

    /// Returns the figure, if none lives.
    fn judge(&self) -> Result<Finding> {
        let Self { killed, by_time, not_built, alive } = self;
        let built = killed + alive.len();
        let figure = format!(
            "{killed} of {built} mutants killed, {by_time} of them by time, {not_built} could not be built"
        );
        ensure!(alive.is_empty(), "{figure}; these live:\n  {}", alive.join("\n  "));
        Ok(Finding::Holds(figure))
    }
}

/// What the tool writes down.
#[derive(Deserialize)]
struct Outcomes {
    outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: Summary,
}

#[derive(Deserialize)]
enum Scenario {
    /// The code as it is.
    Baseline,
    Mutant {
        name: String,
    },
}

#[derive(Debug, Deserialize)]
enum Summary {
    Success,
    CaughtMutant,
    MissedMutant,
    Unviable,
    Timeout,
    Failure,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tool's notes on these, in short.
    fn written(fates: &[(&str, &str)]) -> String {
        let mutant = |(name, summary): &(&str, &str)| {
            let notes = r#""file": "a.rs", "genre": "FnValue""#;
            format!(
                r#", {{"scenario": {{"Mutant": {{"name": "{name}", {notes}}}}}, "summary": "{summary}"}}"#
            )
        };
        let mutants: String = fates.iter().map(mutant).collect();
        format!(
            r#"{{"outcomes": [{{"scenario": "Baseline", "summary": "Success"}}{mutants}], "missed": 1}}"#
        )
    }

    fn judge(fates: &[(&str, &str)]) -> Result<Finding> {
        let mut all = Fates::default();
        all.add(&written(fates))?;
        all.judge()
    }

    #[test]
    fn mutants_are_counted() {
        let fates =
            [("a", "CaughtMutant"), ("b", "Timeout"), ("c", "Unviable"), ("d", "CaughtMutant")];
        let figure = "3 of 3 mutants killed, 1 of them by time, 1 could not be built";
        assert_eq!(judge(&fates).unwrap(), Finding::Holds(figure.to_owned()));
    }

    #[test]
    fn a_mutant_that_lives_is_named() {
        let error = judge(&[("a", "CaughtMutant"), ("a.rs: replace + with -", "MissedMutant")]);
        let complaint = error.unwrap_err().to_string();
        assert!(complaint.contains("1 of 2 mutants killed"), "{complaint}");
        assert!(complaint.contains("a.rs: replace + with -"), "{complaint}");
    }

    #[test]
    fn no_mutants_and_no_answer_are_failures() {
        assert!(judge(&[]).is_err());
        assert!(judge(&[("a", "Failure")]).is_err());
        assert!(judge(&[("a", "Pardoned")]).is_err());
    }

    /// The settings of the tool, as far as they name files.
    #[derive(Deserialize)]
    struct Settings {
        examine_globs: Vec<String>,
    }

    #[test]
    fn every_file_that_is_named_is_there_and_in_a_package_that_is_tried() {
        let root = workspace::root();
        let text = fs::read_to_string(root.join(".cargo/mutants.toml")).unwrap();
        let settings: Settings = toml::from_str(&text).unwrap();
        for name in settings.examine_globs {
            assert!(root.join(name.trim_end_matches("**")).exists(), "{name}");
            let (folder, _) = name.split_once("/src/").unwrap();
            let is_tried = PACKAGES.iter().any(|(package, _)| folder.ends_with(package));
            assert!(is_tried, "{name}");
        }
    }
}
