//! Calls that run out of memory: at the first allocation, at the second, and so on, until one has had all
//! that it needs.

use abi::Status;
use vm::Result;

use super::Run;
use super::check::Sharing;
use crate::common::heap;

/// What a call is short of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Starved {
    Frames,
    Heap,
}

/// What must hold after a call for which there was no memory.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum OnFailure {
    /// Everything is as it was before.
    Unchanged,
    /// Every byte is what it was before. Pages may have got frames of their own.
    SameBytes,
    /// What comes before the byte that could not be reached is done.
    Begun,
}

impl Run {
    /// Makes a call. If it is to starve, each of its allocations fails once before that.
    pub(super) fn call<T>(
        &mut self,
        on_failure: OnFailure,
        mut call: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        let Some(starved) = self.starved.take() else {
            return call();
        };
        let mut allocations = 0;
        loop {
            let (result, left) = match starved {
                Starved::Heap => heap::failing_after(allocations, &mut call),
                Starved::Frames => {
                    self.machine.fail_after(allocations);
                    let result = call();
                    (result, self.machine.fail_after(u64::MAX))
                }
            };
            if left != 0 || !matches!(result, Err(Status::NO_MEMORY)) {
                return result;
            }
            self.failures += 1;
            allocations += 1;
            match on_failure {
                OnFailure::Unchanged => self.check(),
                OnFailure::SameBytes => self.check_bytes(Sharing::Unknown),
                OnFailure::Begun => self.check_rules(),
            }
        }
    }
}
