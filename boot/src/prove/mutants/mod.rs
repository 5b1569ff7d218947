//! Defects put in on purpose, one at a time: the tests have to notice each.
//!
//! [`list`] reads them from `tests/mutants`, [`tree`] has a copy of the sources to put them in, [`trial`] builds the tests of it and runs
//! them until one fails.

mod list;
mod program;
mod tree;
mod trial;

use super::claim::{Claim, Effort, Finding};
use anyhow::{Result, ensure};
use list::Mutant;
use tree::Tree;
use trial::{Fate, Trial};

pub(super) const CLAIM: Claim = Claim {
    name: "mutants",
    statement: "the tests notice every defect that is put in on purpose",
    least: Effort::Quick,
    tools: &[],
    test,
};

/// How many are tried when there is little time.
const SAMPLE: usize = 3;

/// Puts them in. `MUTANT=flush` tries only those with "flush" in their name, or in that of the file.
fn test(effort: Effort) -> Result<Finding> {
    let all = list::read()?;
    for mutant in &all {
        mutant.check()?;
    }
    let wanted = std::env::var("MUTANT").ok();
    let chosen: Vec<&Mutant> = match (&wanted, effort) {
        (Some(part), _) => all.iter().filter(|mutant| mutant.is_called(part)).collect(),
        (None, Effort::Full) => all.iter().collect(),
        (None, Effort::Quick) => sample(&all),
    };
    ensure!(!chosen.is_empty(), "there is no such mutant");
    let survivors = try_all(&chosen)?;
    let (tried, killed) = (chosen.len(), chosen.len() - survivors.len());
    ensure!(
        survivors.is_empty(),
        "{killed} of {tried} mutants killed; not so:\n{}",
        survivors.join("\n")
    );
    let of_all = if tried == all.len() {
        String::new()
    } else {
        format!(", of {} that there are", all.len())
    };
    Ok(Finding::Holds(format!("{killed} of {tried} mutants killed{of_all}")))
}

/// Chooses a few that are noticed soon, from all over the list.
fn sample(all: &[Mutant]) -> Vec<&Mutant> {
    let on_host: Vec<&Mutant> = all.iter().filter(|mutant| mutant.is_usual()).collect();
    on_host.iter().copied().step_by(on_host.len().div_ceil(SAMPLE).max(1)).collect()
}

/// Tries each, and returns the names of those that no test has noticed, or that are no programs.
fn try_all(mutants: &[&Mutant]) -> Result<Vec<String>> {
    let tree = Tree::copy()?;
    let mut trial = Trial::new(&tree);
    let mut survivors = Vec::new();
    for (number, mutant) in (1..).zip(mutants) {
        let fate = trial.find_fate(mutant)?;
        eprintln!("{number} of {}: {}: {fate}", mutants.len(), mutant.name);
        if !matches!(fate, Fate::Killed(_)) {
            survivors.push(format!("  {}, in {}: {fate}", mutant.name, mutant.file));
        }
    }
    Ok(survivors)
}
