//! Discardable objects: their pages may be taken away while they are not locked.
//!
//! ```text
//!   new ---- lock ----> locked ---- last unlock ----> idle ---- memory runs out ----> discarded
//!                         ^                            |                                  |
//!                         +-------- lock, try_lock ----+                                  |
//!                         +-------- lock (content is zero) -------------------------------+
//! ```
//!
//! An object that was never locked is kept: only whoever unlocks says that the pages may go. What was
//! discarded cannot be reached until it is locked, so that nobody takes the zeros for content.

use super::Vmo;
use super::store::Store;
use crate::memory::{Idle, Reclaim, Registration};
use crate::units::{PageRange, page_base};
use crate::{Ref, Result, Status, try_box};

/// Whether an object's pages are kept.
#[derive(Default)]
pub(super) struct Keeping {
    locks: u64,
    /// Since the last unlock, if there are no locks.
    idle: Option<Idle>,
    was_discarded: bool,
}

impl Vmo {
    /// Keeps the pages of a discardable object until they are unlocked as often as locked. Returns how
    /// many bytes, from the start, were discarded since it was last locked: none or all.
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: the object is not discardable.
    /// 2. [`Status::OUT_OF_RANGE`]: `offset` and `len` are not those of the whole object.
    ///
    /// # Source
    /// `vmo.md` §5, LOCK family.
    pub fn lock_pages(&self, offset: u64, len: u64) -> Result<u64> {
        let mut state = self.lock();
        self.check_all(page_base(state.size()), offset, len)?;
        let discarded = if state.keeping.was_discarded { len } else { 0 };
        state.keeping = Keeping { locks: state.keeping.locks + 1, ..Keeping::default() };
        Ok(discarded)
    }

    /// Keeps the pages of a discardable object, if none was discarded since it was last locked.
    ///
    /// # Errors
    /// 1. Those of [`Vmo::lock_pages`].
    /// 2. [`Status::UNAVAILABLE`]: pages were discarded.
    pub fn try_lock_pages(&self, offset: u64, len: u64) -> Result<()> {
        let mut state = self.lock();
        self.check_all(page_base(state.size()), offset, len)?;
        if state.keeping.was_discarded {
            return Err(Status::UNAVAILABLE);
        }
        state.keeping.locks += 1;
        state.keeping.idle = None;
        Ok(())
    }

    /// Takes back one lock. After the last, the pages may be discarded.
    ///
    /// # Errors
    /// 1. Those of [`Vmo::lock_pages`].
    /// 2. [`Status::BAD_STATE`]: the object is not locked.
    pub fn unlock_pages(&self, offset: u64, len: u64) -> Result<()> {
        let mut state = self.lock();
        self.check_all(page_base(state.size()), offset, len)?;
        let locks = state.keeping.locks.checked_sub(1);
        state.keeping.locks = locks.ok_or(Status::BAD_STATE)?;
        if state.keeping.locks == 0 {
            state.keeping.idle = Some(self.store.memory.now_idle());
        }
        Ok(())
    }

    fn check_all(&self, size: u64, offset: u64, len: u64) -> Result<()> {
        if !self.is_discardable() {
            return Err(Status::NOT_SUPPORTED);
        }
        if offset != 0 || len != size {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(())
    }
}

impl super::StoreState {
    /// Checks that the pages were not discarded, or that the object was locked since.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`]: they were.
    pub(super) fn check_kept(&self) -> Result<()> {
        if self.keeping.was_discarded {
            return Err(Status::NOT_FOUND);
        }
        Ok(())
    }
}

impl Store {
    /// Lets the store be asked for its frames when memory runs out.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    #[cold]
    pub(super) fn register(this: &Ref<Store>) -> Result<Registration> {
        this.memory.register(try_box(this.clone())?)
    }
}

impl Reclaim for Ref<Store> {
    fn idle(&self) -> Option<Idle> {
        let state = self.lock();
        state.keeping.idle.filter(|_| !state.has_pins() && !state.pages.is_empty())
    }

    fn reclaim(&self) -> u64 {
        let mut state = self.lock();
        if state.keeping.idle.is_none() || state.has_pins() {
            return 0;
        }
        let all = PageRange::new(0, state.size());
        let mut freed = 0;
        state.pages.each(all, |_, _| freed += 1);
        // Nothing of a discardable object is shared, so it needs no memory to give its own back.
        if freed == 0 || state.drop_pages(all).is_err() {
            return 0;
        }
        state.keeping.idle = None;
        state.keeping.was_discarded = true;
        freed
    }
}
