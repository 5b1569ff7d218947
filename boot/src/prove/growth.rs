//! How costs grow: `./x bench growth`.

use super::claim::{Claim, Effort, Finding};
use crate::bench;
use anyhow::Result;

pub(super) const CLAIM: Claim = Claim {
    name: "growth",
    statement: "no cost grows faster than a logarithm of how many of something there are",
    // `./x test` measures small sizes, and fails for the same reason.
    least: Effort::Full,
    tools: &[],
    test,
};

fn test(_: Effort) -> Result<Finding> {
    bench::steepest().map(Finding::Holds)
}
