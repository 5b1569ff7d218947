//! Memory that runs out, at every allocation there is.

use super::{
    claim::{Claim, Effort, Finding},
    figure,
};
use anyhow::Result;

pub(super) const CLAIM: Claim = Claim {
    name: "exhaustion",
    statement: "whichever allocation fails, the answer is NO_MEMORY and everything is as before",
    least: Effort::Quick,
    tools: &[],
    test,
};

fn test(_: Effort) -> Result<Finding> {
    figure::of("failing every allocation", figure::tests_of_vm("exhaustion")).map(Finding::Holds)
}
