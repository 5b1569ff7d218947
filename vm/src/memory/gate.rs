//! Allocations that fail on request: tests of what happens when memory runs out.

use super::Memory;
use crate::{Result, Status};

/// Decides which allocations of frames may succeed.
pub trait Gate: Sync {
    /// Says whether the allocation that is about to be made may succeed; if not, it fails as if
    /// memory were out.
    ///
    /// Called with spin locks held: it must not take any lock of this crate, and not allocate.
    fn lets_pass(&self) -> bool;
}

impl Memory {
    /// Asks `gate` before every allocation from now on. There can be one; a second is not asked.
    pub fn set_gate(&self, gate: &'static dyn Gate) {
        self.gate.call_once(|| gate);
    }

    /// Asks the gate, if there is one.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: it does not let the allocation pass.
    #[inline]
    pub(super) fn pass_gate(&self) -> Result<()> {
        match self.gate.get() {
            Some(gate) if !gate.lets_pass() => Err(Status::NO_MEMORY),
            _ => Ok(()),
        }
    }
}
