//! The table that the suite ends with: how many rules of each section hold.
//!
//! It is Markdown, so that a document can carry it and a program can read it: `| section | passed | failed | not applicable |`.

use crate::cases::NOT_APPLICABLE;
use rt::println;

/// What came of the cases of a section.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    passed: u32,
    failed: u32,
}

impl Tally {
    /// Counts a case.
    pub(crate) fn add(&mut self, has_passed: bool) {
        if has_passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }
}

/// The lines of the table so far.
#[derive(Default)]
pub(crate) struct Table {
    all: Tally,
    not_applicable: usize,
    has_begun: bool,
}

impl Table {
    /// Adds the line of a section, unless none of its cases was run.
    pub(crate) fn add(&mut self, section: &str, tally: Tally) {
        let Tally { passed, failed } = tally;
        if passed + failed == 0 {
            return;
        }
        if !self.has_begun {
            println!("\n| section | passed | failed | not applicable |\n|---|---|---|---|");
            self.has_begun = true;
        }
        let rules = NOT_APPLICABLE.iter().filter(|(of, _)| *of == section);
        let not_applicable = rules.count();
        println!("| {section} | {passed} | {failed} | {not_applicable} |");
        self.all.passed += passed;
        self.all.failed += failed;
        self.not_applicable += not_applicable;
    }

    /// Ends the table with the sum and returns how many cases failed.
    pub(crate) fn finish(self) -> u32 {
        let Tally { passed, failed } = self.all;
        if self.has_begun {
            println!("| all | {passed} | {failed} | {} |", self.not_applicable);
        }
        failed
    }
}
