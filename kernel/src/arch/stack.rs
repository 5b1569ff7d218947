//! Kernel stacks, with a guard on both sides.
//!
//! ```text
//!   |  guard  |  stack, grows down  |  guard  |     one child of the region for stacks
//!   ^ base    ^                     ^ top
//! ```
//!
//! A guard is a part of the VMAR without a mapping. A push into it cannot even raise its page fault, so what comes is the double
//! fault, on a stack of its own; [`is_guard`] tells it from others.

#![expect(unsafe_code, reason = "how far a stack was used is seen from its memory")]

use abi::{Rights, VmOptions};
use core::sync::atomic::{AtomicU64, Ordering};
use vm::{PAGE_SIZE, Result, Status, Vmar, Wired};

use super::{tlb, usize_of};
use crate::{boot, memory};

/// The usable size of a kernel stack, in bytes.
pub const STACK_SIZE: u64 = 32 * 1024;

const GUARD_SIZE: u64 = PAGE_SIZE;

/// The most bytes that any stack was used for, of those that were dropped; known only where programs may make debug calls.
static MOST_USED: AtomicU64 = AtomicU64::new(0);

/// A stack that a thread uses in the kernel. Dropping it unmaps it and frees its memory.
#[derive(Debug)]
pub struct KernelStack {
    region: Region,
    memory: Wired,
}

/// A VMAR that is destroyed when this is dropped.
#[derive(Debug)]
struct Region(Vmar);

impl Drop for Region {
    fn drop(&mut self) {
        let destroyed = self.0.destroy();
        debug_assert!(destroyed.is_ok(), "the region of a stack was destroyed before the stack");
    }
}

impl KernelStack {
    /// Maps a new stack at a random place, with all its memory.
    ///
    /// # Errors
    /// 1. [`Status::BAD_STATE`]: the kernel's address space does not exist yet.
    /// 2. [`Status::NO_MEMORY`]: memory is out; nothing is left behind.
    pub fn new() -> Result<KernelStack> {
        let flags =
            VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE | VmOptions::CAN_MAP_SPECIFIC;
        let stacks = memory::stacks().ok_or(Status::BAD_STATE)?;
        let region = Region(stacks.allocate(
            Rights::all(),
            flags,
            0,
            GUARD_SIZE + STACK_SIZE + GUARD_SIZE,
        )?);
        let memory = region.0.wire(VmOptions::SPECIFIC, GUARD_SIZE, STACK_SIZE)?;
        memory.commit(0, STACK_SIZE)?;
        Ok(KernelStack { region, memory })
    }

    /// Returns the address above the stack, where its use begins: a multiple of the page size.
    pub fn top(&self) -> u64 {
        self.memory.base().wrapping_add(self.memory.len())
    }

    /// Returns how many bytes of it were ever used. Nobody uses it now.
    fn used(&self) -> u64 {
        let top = self.top();
        // Its memory was zero at first.
        let used = (self.memory.base()..top).step_by(size_of::<u64>()).find(|address| {
            // SAFETY: aligned, and mapped for as long as `self.memory` exists; nobody writes to it.
            unsafe { core::ptr::with_exposed_provenance::<u64>(usize_of(*address)).read() != 0 }
        });
        top.saturating_sub(used.unwrap_or(top))
    }

    /// Returns the addresses of the two guards' first bytes.
    pub fn guards(&self) -> [u64; 2] {
        [self.region.0.base(), self.top()]
    }
}

impl Drop for KernelStack {
    fn drop(&mut self) {
        if boot::options().debug_calls {
            MOST_USED.fetch_max(self.used(), Ordering::Relaxed);
        }
    }
}

/// Returns the most bytes that a thread has used of its stack, of those that have ended while debug calls are allowed.
pub fn most_used() -> u64 {
    MOST_USED.load(Ordering::Relaxed)
}

/// Says whether `address` lies in a guard of some kernel stack. Takes no lock.
pub fn is_guard(address: u64) -> bool {
    memory::stacks().is_some_and(|stacks| {
        let inside = address.checked_sub(stacks.base()).is_some_and(|offset| offset < stacks.len());
        inside && tlb::translate(address).is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn a_stack_is_mapped_between_guards_and_goes_away() {
        let before = memory::memory().free_frames();
        let stack = KernelStack::new().expect("memory");
        let (top, guards) = (stack.top(), stack.guards());
        for address in (top - STACK_SIZE..top).step_by(4096) {
            assert!(tlb::translate(address).is_some() && !is_guard(address));
        }
        for address in guards {
            assert!(is_guard(address) && is_guard(address + 4095));
        }
        assert_eq!(guards[0] + GUARD_SIZE, top - STACK_SIZE);
        drop(stack);
        assert!(is_guard(top - 8));
        assert_eq!(memory::memory().free_frames(), before);
    }

    #[test_case]
    fn what_was_used_of_a_stack_is_seen() {
        let stack = KernelStack::new().expect("memory");
        assert_eq!(stack.used(), 0);
        for depth in [8, 4096, STACK_SIZE / 4] {
            let place =
                core::ptr::with_exposed_provenance_mut::<u64>(usize_of(stack.top() - depth));
            // SAFETY: inside the new stack, which nobody uses.
            unsafe { place.write(depth) };
            assert_eq!(stack.used(), depth);
        }
    }

    #[test_case]
    fn the_stack_in_use_has_a_guard_below() {
        let top = crate::arch::cpu::percpu().kernel_stack();
        assert!(!is_guard(top - 8));
        assert!(is_guard(top - STACK_SIZE - 1) && is_guard(top));
    }
}
