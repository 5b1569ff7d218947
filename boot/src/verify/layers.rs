//! Dependencies point down: a check of the workspace's own crates against the list of what each may name.

use crate::workspace;
use anyhow::{Result, bail};

/// Each crate of the workspace, and those of the others it may depend on.
const LAYERS: [(&str, &[&str]); 8] = [
    ("abi", &[]),
    ("vm", &["abi"]),
    ("kernel", &["vm", "abi"]),
    ("rt", &["abi"]),
    ("blocks", &[]),
    ("programs", &["rt", "abi", "blocks"]),
    ("boot", &["blocks"]),
    ("fuzz-targets", &["rt", "vm", "abi"]),
];

/// Checks every dependency between crates of the workspace, for building and testing too.
pub(super) fn check() -> Result<()> {
    let metadata = workspace::metadata()?;
    let edges = metadata.packages.iter().flat_map(|package| {
        let own = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
        own.map(|dependency| (package.name.as_str(), dependency.name.as_str()))
    });
    let wrong: Vec<String> = edges
        .filter(|&(from, to)| !is_allowed(from, to))
        .map(|(from, to)| format!("{from} must not depend on {to}"))
        .collect();
    if !wrong.is_empty() {
        bail!("{}", wrong.join("; "));
    }
    Ok(())
}

/// Says whether crate `from` may depend on crate `to`; on itself it may, as tests do to enable a feature.
fn is_allowed(from: &str, to: &str) -> bool {
    from == to || LAYERS.iter().any(|&(name, below)| name == from && below.contains(&to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_edges_are_allowed() {
        assert!(
            is_allowed("kernel", "vm") && is_allowed("programs", "abi") && is_allowed("vm", "vm")
        );
        assert!(
            !is_allowed("vm", "kernel") && !is_allowed("abi", "vm") && !is_allowed("boot", "abi")
        );
        assert!(!is_allowed("newcomer", "abi"));
    }
}
