//! Cases by name.

/// A rule, and the function that panics if it does not hold.
pub(crate) struct Case {
    /// `section::rule_as_words`.
    pub(crate) name: &'static str,
    /// Runs in a process of its own.
    pub(crate) run: fn(),
}

/// Declares the cases of a section: its name, then its functions.
macro_rules! cases {
    ($section:ident: $($case:ident),* $(,)?) => {
        /// The cases of this section.
        pub(crate) const CASES: &[$crate::case::Case] = &[$($crate::case::Case {
            name: concat!(stringify!($section), "::", stringify!($case)),
            run: $case,
        }),*];
    };
}
pub(crate) use cases;
