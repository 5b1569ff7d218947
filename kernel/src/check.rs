//! Checks of the whole kernel: all that it promises itself between two calls.

use crate::arch::stack::{self, STACK_SIZE};
use crate::memory::{kernel_aspace, memory};
use crate::object::{Job, Process};
use crate::task;
use core::fmt::Display;
use core::iter;
use vm::{Aspace, Ref};

/// What a thread may use of its stack in the kernel: what is left is for what no test does.
const MOST_OF_STACK: u64 = STACK_SIZE / 2;

/// Checks the free frames, every address space and table of handles, and how far stacks were used; returns how many address spaces there
/// are.
///
/// # Panics
/// If something is not as it should be.
pub(crate) fn check_invariants() -> u64 {
    if let Err(violation) = memory().check_invariants() {
        panic!("frames: {violation}");
    }
    let used = stack::most_used();
    assert!(used <= MOST_OF_STACK, "a thread has used {used} bytes of its stack");
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
