//! The test programs of `vm` on the host, and how each is built and run to find a defect soon.

/// A test program, and how much it shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Program {
    /// What it is called in the list of mutants.
    pub(super) name: &'static str,
    /// Cargo's options that choose it.
    pub(super) target: &'static [&'static str],
    pub(super) feature: &'static str,
    /// How far the compiler goes: where it takes longer than the test, not far.
    pub(super) optimisation: &'static str,
    /// What it is told: to try less at first, and not to spend time on making a failure short.
    pub(super) environment: &'static [(&'static str, &'static str)],
}

/// Those that are tried for every mutant, the quickest first.
pub(super) const USUAL: [Program; 5] = [
    Program {
        name: "behaviour",
        target: &["--test", "behaviour"],
        feature: "sim",
        optimisation: "0",
        environment: &[],
    },
    Program {
        name: "units",
        target: &["--lib"],
        feature: "sim",
        optimisation: "0",
        environment: &[],
    },
    Program {
        name: "model",
        target: &["--test", "model"],
        feature: "sim",
        optimisation: "0",
        environment: &[("VM_OPERATIONS", "10000"), ("VM_LENGTH", "2"), ("VM_SHRINK", "0")],
    },
    Program {
        name: "more of the model",
        target: &["--test", "model"],
        feature: "sim",
        optimisation: "1",
        environment: &[("VM_SHRINK", "0")],
    },
    Program {
        name: "exhaustion",
        target: &["--test", "exhaustion"],
        feature: "sim",
        optimisation: "1",
        environment: &[],
    },
];

/// What notices defects of what processors do at the same time, and takes longer: it is tried for those that name it.
pub(super) const INTERLEAVINGS: Program = Program {
    name: "interleavings",
    target: &["--test", "interleavings"],
    feature: "interleave",
    optimisation: "2",
    environment: &[("VM_PROGRAMS", "500")],
};

/// Returns the program with a name.
pub(super) fn find(name: &str) -> Option<Program> {
    USUAL.into_iter().chain([INTERLEAVINGS]).find(|program| program.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_name() {
        assert_eq!(find("interleavings"), Some(INTERLEAVINGS));
        assert!(USUAL.into_iter().all(|program| find(program.name) == Some(program)));
        assert_eq!(find("nonsense"), None);
    }
}
