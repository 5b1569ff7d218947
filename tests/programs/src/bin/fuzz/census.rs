//! What there is in the whole machine, before a round and after it.

use core::fmt;
use programs::usage::Usage;
use rt::{debug, time};

/// Nanoseconds after which everything must have come back.
const SETTLING: i64 = 3_000_000_000;

/// Counts that a round must leave as they were.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Census {
    usage: Usage,
    aspaces: u64,
}

impl Census {
    /// Counts, after the kernel has checked itself.
    ///
    /// # Panics
    /// If the kernel was not booted for tests.
    pub(crate) fn take() -> Self {
        let aspaces = debug::check_invariants().expect("a kernel booted with debug-calls=on");
        Self { usage: Usage::now(), aspaces }
    }

    /// Waits until all is as it was; returns what there is instead if that does not come.
    pub(crate) fn wait_for_return(self) -> Result<(), Self> {
        let deadline = time::after(SETTLING);
        loop {
            let now = Self::take();
            if now == self {
                return Ok(());
            }
            if time::now() > deadline {
                return Err(now);
            }
            // What ends does so in its own time.
            let _ = time::sleep(1_000_000);
        }
    }
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { usage, aspaces } = self;
        write!(f, "{usage}, {aspaces} address spaces")
    }
}
