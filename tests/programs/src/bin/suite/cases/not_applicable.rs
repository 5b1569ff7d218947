//! Rules of the specification that nothing in this system can keep or break.

/// The section a rule belongs to, and the rule.
pub(crate) const NOT_APPLICABLE: &[(&str, &str)] = &[
    ("syscall_abi", "only a vDSO may enter the kernel: there is none"),
    ("vmar_map", "a second executable mapping of the vDSO is denied"),
    ("vmar_overwrite", "overwriting the code of the vDSO is denied"),
    ("vmar_unmap", "unmapping the code of the vDSO is denied"),
    ("vmar_protect_errors", "protecting the code of the vDSO is denied"),
    ("vmar_destroy", "destroying what holds the code of the vDSO is denied"),
    ("vmar_op_range", "operating on the code of the vDSO is denied"),
    ("handles", "a job's policy may turn a bad handle into an exception: jobs have none"),
    ("vmo_create", "a job's policy may deny new VMOs: jobs have none"),
    ("process", "a job's policy may deny new processes: jobs have none"),
];
