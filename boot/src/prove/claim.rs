//! What a claim is, and what running it comes to.

use super::tool;
use anyhow::{Context as _, Result};
use std::time::{Duration, Instant};

/// How much work a claim may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effort {
    /// A part of `./x test`: seconds, a minute at most.
    Quick,
    /// As long as it takes to believe it.
    Full,
}

/// Something the project says of itself, with the means to find out.
pub(super) struct Claim {
    /// What it is called on the command line: a word.
    pub(super) name: &'static str,
    /// What is claimed, in less than a line.
    pub(super) statement: &'static str,
    /// The least effort that it can be shown with.
    pub(super) least: Effort,
    /// The tools that it takes, by the words of [`tool`]; each is installed if it is missing.
    pub(super) tools: &'static [&'static str],
    /// Puts it to the test. An error says why the claim does not hold.
    pub(super) test: fn(Effort) -> Result<Finding>,
}

/// What came of putting a claim to the test, if it does not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It holds, and this is the figure.
    Holds(String),
    /// Nobody knows, as something that it takes cannot be had: this.
    NotRun(String),
}

/// A claim that has been put to the test.
pub(super) struct Tested {
    pub(super) claim: &'static Claim,
    pub(super) result: Result<Finding>,
    took: Duration,
}

impl Claim {
    /// Puts the claim to the test.
    pub(super) fn put_to_the_test(&'static self, effort: Effort) -> Tested {
        let start = Instant::now();
        let result = self.find_out(effort).context(self.statement);
        Tested { claim: self, result, took: start.elapsed() }
    }

    /// Gets the tools, and puts the claim to the test with them.
    fn find_out(&self, effort: Effort) -> Result<Finding> {
        for name in self.tools {
            if !tool::is_had(name)? {
                return Ok(Finding::NotRun(format!("{name} cannot be installed")));
            }
        }
        (self.test)(effort)
    }
}

impl Tested {
    /// Returns the line that tells of it.
    pub(super) fn line(&self) -> String {
        let (verdict, figure) = match &self.result {
            Ok(Finding::Holds(figure)) => ("pass", figure.as_str()),
            Ok(Finding::NotRun(why)) => ("not run", why.as_str()),
            Err(_) => ("FAIL", self.claim.statement),
        };
        format!("{:<14} {verdict:<8} {figure} ({:.1} s)", self.claim.name, self.took.as_secs_f32())
    }

    /// Returns the row of a table in Markdown that tells of it.
    pub(super) fn row(&self) -> String {
        let figure = match &self.result {
            Ok(Finding::Holds(figure)) => figure.clone(),
            Ok(Finding::NotRun(why)) => format!("not run: {why}"),
            Err(_) => "fails".to_owned(),
        };
        format!("| `{}` | {} | {figure} |", self.claim.name, self.claim.statement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(test: fn(Effort) -> Result<Finding>) -> (String, String) {
        let claim =
            Claim { name: "water", statement: "it is wet", least: Effort::Quick, tools: &[], test };
        let tested = Box::leak(Box::new(claim)).put_to_the_test(Effort::Quick);
        let line = tested.line();
        (line.split_once(" (").map_or(line.clone(), |(line, _)| line.to_owned()), tested.row())
    }

    #[test]
    fn a_line_and_a_row_tell_what_came_of_it() {
        let (line, row) = line_of(|_| Ok(Finding::Holds("7 drops".to_owned())));
        assert_eq!(line, "water          pass     7 drops");
        assert_eq!(row, "| `water` | it is wet | 7 drops |");
        let (line, row) = line_of(|_| Ok(Finding::NotRun("there is no tap".to_owned())));
        assert_eq!(line, "water          not run  there is no tap");
        assert_eq!(row, "| `water` | it is wet | not run: there is no tap |");
        let (line, row) = line_of(|_| anyhow::bail!("dry"));
        assert_eq!(line, "water          FAIL     it is wet");
        assert_eq!(row, "| `water` | it is wet | fails |");
    }
}
