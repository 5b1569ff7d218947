//! Checks of the whole kernel: all that it promises itself between two calls.

use crate::memory::{kernel_aspace, memory};
use crate::object::{Job, Process};
use crate::task;
use core::fmt::Display;
use core::iter;
use vm::{Aspace, Ref};

/// Checks the free frames and every address space and table of handles, and returns how many address spaces there are.
///
/// # Panics
/// If something is not as it should be.
pub(crate) fn check_invariants() -> u64 {
    if let Err(violation) = memory().check_invariants() {
        panic!("frames: {violation}");
    }
    check_aspace(&"the kernel", kernel_aspace());
    let mut aspaces = 1_u64;
    for process in processes() {
        check_aspace(process.name(), process.aspace());
        if let Err(rule) = process.handles().check_invariants() {
            panic!("handles of {} ({}): not true that {rule}", process.name(), process.koid());
        }
        aspaces = aspaces.saturating_add(1);
    }
    aspaces
}

fn check_aspace(name: &dyn Display, aspace: &Aspace) {
    if let Err(violation) = aspace.check_invariants() {
        panic!("address space of {name}, layout seed {:#x}, {violation}", aspace.seed());
    }
}

/// Returns how many handles all processes have.
pub(crate) fn count_handles() -> u64 {
    processes().map(|process| process.handles().count() as u64).fold(0, u64::saturating_add)
}

/// Returns every process that has not ended, in the order in which they were made. Takes no memory.
fn processes() -> impl Iterator<Item = Ref<Process>> {
    let own = task::current().map(|thread| thread.process().job().clone());
    let root = iter::successors(own, |job| job.parent().cloned()).last();
    let mut last = 0;
    iter::from_fn(move || {
        let next = Job::next_process(root.as_ref()?, last)?;
        last = next.koid();
        Some(next)
    })
}
