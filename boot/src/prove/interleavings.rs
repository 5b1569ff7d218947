//! Processors that work at the same time.

use super::{
    claim::{Claim, Effort, Finding},
    figure,
};
use anyhow::Result;

pub(super) const CLAIM: Claim = Claim {
    name: "interleavings",
    statement: "what processors do at the same time is what they could do one after the other",
    least: Effort::Quick,
    tools: &[],
    test,
};

/// Explores schedules. `VM_SEED` chooses other programs and schedules, as in the tests themselves.
fn test(effort: Effort) -> Result<Finding> {
    let (preemptions, programs) = match effort {
        Effort::Quick => ("1", "500"),
        Effort::Full => ("2", "20000"),
    };
    let mut command = figure::tests_of_vm_with("interleave", "interleavings");
    command.envs([("VM_PREEMPTIONS", preemptions), ("VM_PROGRAMS", programs)]);
    figure::of("exploring interleavings", command).map(Finding::Holds)
}
