//! `./x prove`: puts to the test what the project claims of itself, one line and one figure a claim.
//!
//! A claim is a file that declares a `CLAIM`, and a line in [`CLAIMS`]. It runs something (tests, a boot, a tool) and returns the
//! figure; [`figure`] is the common way. [`tool`] installs what it takes. A claim whose tool cannot be had is not run, and says so; all
//! others pass or fail.

mod attacks;
mod claim;
mod dependencies;
mod exhaustion;
mod figure;
mod fuzz;
mod generated;
mod growth;
mod interleavings;
mod miri;
mod model;
mod mutants;
mod randomness;
mod scarcity;
mod scope;
mod soak;
mod tool;

use anyhow::{Result, ensure};
use claim::{Claim, Effort, Finding, Tested};

/// All claims, in the order in which they are put to the test.
const CLAIMS: &[Claim] = &[
    model::CLAIM,
    scope::CLAIM,
    exhaustion::CLAIM,
    interleavings::CLAIM,
    scarcity::CLAIM,
    randomness::CLAIM,
    growth::CLAIM,
    attacks::CLAIM,
    mutants::CLAIM,
    generated::CLAIM,
    miri::CLAIM,
    fuzz::CLAIM,
    dependencies::CLAIM,
    soak::CLAIM,
];

/// How to put claims to the test.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Spend seconds on each, a minute at most; leave out those that take longer: a part of `./x test`
    #[arg(long)]
    quick: bool,
    /// Print the table for the README, too
    #[arg(long)]
    table: bool,
    /// Part of the names of the claims; without it, all
    claim: Option<String>,
}

/// Puts the claims to the test, prints a line for each and the sum, and returns the status to end with.
///
/// # Errors
/// No claim has the name.
pub(crate) fn run(options: &Options) -> Result<u8> {
    let effort = if options.quick { Effort::Quick } else { Effort::Full };
    let wanted =
        |claim: &&Claim| options.claim.as_ref().is_none_or(|name| claim.name.contains(name));
    let claims: Vec<&'static Claim> =
        CLAIMS.iter().filter(wanted).filter(|claim| claim.least <= effort).collect();
    ensure!(!claims.is_empty(), "there is no such claim; {}", list());
    let tested: Vec<Tested> =
        claims.into_iter().map(|claim| tell(claim.put_to_the_test(effort))).collect();
    if options.table {
        println!("\n| claim | what it says | figure |\n|---|---|---|");
        tested.iter().for_each(|tested| println!("{}", tested.row()));
        println!();
    }
    let count = |is_counted: fn(&Result<Finding>) -> bool| {
        tested.iter().filter(|tested| is_counted(&tested.result)).count()
    };
    let failed = count(Result::is_err);
    let passed = count(|result| matches!(result, Ok(Finding::Holds(_))));
    println!("{passed} passed, {failed} failed");
    Ok(u8::from(failed > 0 || passed == 0))
}

/// Prints what came of a claim.
fn tell(tested: Tested) -> Tested {
    println!("{}", tested.line());
    if let Err(error) = &tested.result {
        println!("{error:?}");
    }
    tested
}

/// Returns the names of the claims and what they say.
pub(crate) fn list() -> String {
    let line = |claim: &Claim| {
        let when = if claim.least == Effort::Quick { "" } else { " (not with --quick)" };
        format!("\n  {:<14} {}{when}", claim.name, claim.statement)
    };
    format!("Claims:{}", CLAIMS.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_words_and_differ() {
        let names: BTreeSet<&str> = CLAIMS.iter().map(|claim| claim.name).collect();
        assert_eq!(names.len(), CLAIMS.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }

    #[test]
    fn a_name_that_no_claim_has_is_refused() {
        let options = Options { quick: true, table: false, claim: Some("nonsense".to_owned()) };
        assert!(run(&options).unwrap_err().to_string().contains("Claims:"));
    }
}
