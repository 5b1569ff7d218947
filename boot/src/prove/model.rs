//! Random sequences of operations on `vm` and on a flat model of it.

use super::{
    claim::{Claim, Effort, Finding},
    figure,
};
use anyhow::Result;

pub(super) const CLAIM: Claim = Claim {
    name: "model",
    statement: "random operations do what a flat model of memory does, whatever the TLBs hold",
    least: Effort::Quick,
    tools: &[],
    test,
};

/// Runs the sequences. `VM_SEED` chooses others, as in the tests themselves.
fn test(effort: Effort) -> Result<Finding> {
    let operations = match effort {
        Effort::Quick => "1000000",
        Effort::Full => "10000000",
    };
    let mut command = figure::tests_of_vm("model");
    command.arg("the_crate").env("VM_OPERATIONS", operations);
    figure::of("running random operations", command).map(Finding::Holds)
}
