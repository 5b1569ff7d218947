//! Memory that runs out in ring 3's calls, at every allocation there is: `tests/programs/src/bin/scarcity`.

use super::{
    claim::{Claim, Effort, Finding},
    figure,
};
use anyhow::Result;

pub(super) const CLAIM: Claim = Claim {
    name: "scarcity",
    statement: "whichever allocation of a call fails, ring 3 sees NO_MEMORY and nothing else, and nothing leaks",
    least: Effort::Quick,
    tools: &[],
    test,
};

fn test(effort: Effort) -> Result<Finding> {
    let step = match effort {
        Effort::Quick => "16",
        Effort::Full => "1",
    };
    let command = figure::boot(&["--timeout", "3600"], "scarcity", step)?;
    figure::of("failing every allocation of every call", command).map(Finding::Holds)
}
