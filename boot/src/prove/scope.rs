//! Every short sequence of a handful of calls on `vm` and on a flat model of it.

use super::{
    claim::{Claim, Effort, Finding},
    figure,
};
use anyhow::Result;

pub(super) const CLAIM: Claim = Claim {
    name: "scope",
    statement: "every sequence of a handful of calls, up to a length, does what the model does",
    least: Effort::Quick,
    tools: &[],
    test,
};

fn test(effort: Effort) -> Result<Finding> {
    let length = match effort {
        Effort::Quick => "4",
        Effort::Full => "6",
    };
    let mut command = figure::tests_of_vm("model");
    command.arg("every_short_sequence").env("VM_LENGTH", length);
    figure::of("running every short sequence", command).map(Finding::Holds)
}
