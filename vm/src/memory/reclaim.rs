//! Frames that can be had back: when memory is out, those who can do without theirs are asked.
//!
//! Who can is in a register for as long as it exists. [`Memory::reclaim`] asks the one that has been
//! idle longest. It is called with no lock held, where a page fault or a call has failed for want of
//! memory and is about to be tried again.

use alloc::boxed::Box;
use core::sync::atomic::{AtomicU64, Ordering};

use super::Memory;
use crate::lock::{self, Lock};
use crate::slab::{Slab, Slot};
use crate::{Result, Status};

/// Since when something has not been needed: the smaller, the longer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Idle(u64);

/// Someone who may have frames that can be done without.
pub(crate) trait Reclaim: Send + Sync {
    /// Returns since when its frames have not been needed; none if they are, or there are none.
    fn idle(&self) -> Option<Idle>;

    /// Gives its frames back if they are not needed, and returns how many.
    fn reclaim(&self) -> u64;
}

/// All who can give frames back.
pub(super) struct Register {
    owners: Lock<Slab<Box<dyn Reclaim>, 4>, { lock::RECLAIM }>,
    /// What the next one that becomes idle gets.
    next: AtomicU64,
    /// How often there was no free frame.
    shortages: AtomicU64,
}

impl Register {
    pub(super) const fn new() -> Register {
        Register {
            owners: Lock::new(Slab::new()),
            next: AtomicU64::new(0),
            shortages: AtomicU64::new(0),
        }
    }
}

/// A place in the register, given up when this is dropped.
pub(crate) struct Registration {
    memory: &'static Memory,
    slot: Slot,
}

impl Memory {
    /// Calls `operation`; if that fails because there are no free frames, takes some back and calls it
    /// again, until it succeeds or there are none to be had.
    ///
    /// No lock of the crate may be held.
    ///
    /// # Errors
    /// Those of `operation`.
    #[inline]
    pub fn with_reclaim<T>(&self, mut operation: impl FnMut() -> Result<T>) -> Result<T> {
        loop {
            let before = self.shortages();
            match operation() {
                Err(Status::NO_MEMORY) if self.relieve(before) => {}
                result => return result,
            }
        }
    }

    /// Returns how often there was no free frame, for [`Memory::relieve`].
    #[inline]
    pub fn shortages(&self) -> u64 {
        self.reclaim.shortages.load(Ordering::Relaxed)
    }

    /// Says whether an operation that began when there had been `before` shortages, and failed with `NO_MEMORY`, may do better
    /// now: if it failed for want of a frame, for `NO_MEMORY` can also say that an address range is taken, and if frames could be
    /// taken back.
    #[cold]
    pub fn relieve(&self, before: u64) -> bool {
        self.shortages() != before && self.reclaim() != 0
    }

    /// Notes that there was no free frame.
    pub(super) fn note_shortage(&self) {
        self.reclaim.shortages.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes frames from what has not been needed for longest, and returns how many; 0 if everything
    /// is needed.
    ///
    /// No lock of the crate may be held. What failed for want of memory may succeed after it.
    pub fn reclaim(&self) -> u64 {
        let owners = self.reclaim.owners.lock();
        loop {
            let idle = owners.iter().filter_map(|owner| Some((owner.idle()?, owner)));
            let Some((_, owner)) = idle.min_by_key(|(since, _)| *since) else {
                return 0;
            };
            // None if it was needed again meanwhile.
            let freed = owner.reclaim();
            if freed != 0 {
                return freed;
            }
        }
    }

    /// Registers someone to ask for frames when memory is out.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no room to note it.
    pub(crate) fn register(&'static self, owner: Box<dyn Reclaim>) -> Result<Registration> {
        let mut owners = self.reclaim.owners.lock();
        owners.promise(1)?;
        let slot = owners.insert(owner);
        Ok(Registration { memory: self, slot })
    }

    /// Returns the mark of something that is idle from now on.
    pub(crate) fn now_idle(&self) -> Idle {
        Idle(self.reclaim.next.fetch_add(1, Ordering::Relaxed))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut owners = self.memory.reclaim.owners.lock();
        let owner = owners.remove(self.slot);
        if owners.is_empty() {
            // What it has grown to goes back to the heap.
            *owners = Slab::new();
        }
        drop(owners);
        // Its frames are freed without the register's lock.
        drop(owner);
    }
}
