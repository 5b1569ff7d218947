//! Pinning: pages that stay where they are, for a device that has been told where.

use super::store::StoreKind;
use super::{StoreGuard, StoreState, Vmo};
use crate::attr::Access;
use crate::units::{Frame, PageRange, is_page_aligned};
use crate::{Ref, Result, Status};

/// Pages of an object that keep their frames for as long as this exists.
pub struct Pinned {
    vmo: Ref<Vmo>,
    /// Of the store.
    pages: PageRange,
}

impl Vmo {
    /// Pins the `len` bytes from `offset` for a device that does `access` to them: every page gets a frame of
    /// its own and keeps it.
    ///
    /// A page can be pinned several times; it stays until the last pin is gone. Meanwhile it cannot be
    /// decommitted or cut off, nor the object be snapshot or its cache policy changed.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: no bytes, or not whole pages.
    /// 2. [`Status::OUT_OF_RANGE`]: the range overflows or passes the end.
    /// 3. [`Status::NOT_FOUND`]: the pages were discarded.
    /// 4. [`Status::SHOULD_WAIT`]: a page is missing, or is to be written and its source has yet to agree.
    /// 5. [`Status::NO_MEMORY`]: pages before the one without a frame have theirs.
    /// 6. [`Status::UNAVAILABLE`]: a page is pinned as often as can be counted.
    ///
    /// # Source
    /// `vmo.md` §13.
    pub fn pin(vmo: &Ref<Vmo>, access: Access, offset: u64, len: u64) -> Result<Pinned> {
        if len == 0 || !is_page_aligned(offset) || !is_page_aligned(len) {
            return Err(Status::INVALID_ARGS);
        }
        let mut state = vmo.lock();
        let pages = vmo.touched(&state, offset, len)?;
        state.check_kept()?;
        if !vmo.is_physical() {
            state.own_for(access, pages)?;
            let memory = vmo.store.memory;
            let is_full = |held: super::Held| !memory.record(held.frame).can_pin();
            if state.pages.find(pages, is_full).is_some() {
                return Err(Status::UNAVAILABLE);
            }
            state.pages.each(pages, |_, held| memory.record(held.frame).pin());
        }
        state.pins += pages.count();
        let vmo = vmo.clone();
        Ok(Pinned { vmo, pages })
    }
}

impl Pinned {
    /// Returns the number of pages.
    pub fn page_count(&self) -> u64 {
        self.pages.count()
    }

    /// Visits the frames of the first `most` pages, in order. No lock of the crate may be held, and `visit` runs under the object's.
    pub fn first_frames(&self, most: u64, mut visit: impl FnMut(Frame)) {
        let state = self.vmo.lock();
        let pages = self.pages.first(most);
        if let StoreKind::Physical { first } = self.vmo.store.kind {
            (pages.start..pages.end).for_each(|page| visit(first.plus(page)));
        } else {
            state.pages.each(pages, |_, held| visit(held.frame));
        }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        let mut state = self.vmo.lock();
        state.pins -= self.pages.count();
        let memory = self.vmo.store.memory;
        // A physical object has no frames of its own, so this visits none.
        state.pages.each(self.pages, |_, held| memory.record(held.frame).unpin());
    }
}

impl StoreState {
    /// Says whether any page is pinned.
    pub(super) fn has_pins(&self) -> bool {
        self.pins != 0
    }

    /// Returns the first page of `range` that is pinned.
    pub(super) fn first_pinned(&self, range: PageRange) -> Option<u64> {
        if !self.has_pins() {
            return None;
        }
        let memory = self.pages.memory();
        self.pages.find(range, |held| memory.record(held.frame).is_pinned())
    }
}

impl StoreGuard<'_> {
    /// Checks that `page` can be given a frame for a device that does `access` to it, if it has none.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: it is missing, or its source has yet to agree.
    pub(super) fn check_ready(&self, access: Access, page: u64) -> Result<()> {
        if access != Access::Write && self.pages.get(page).is_some() {
            return Ok(());
        }
        self.frame_behind(page)?;
        self.check_agreed(page)
    }

    /// Gives each of `pages` a frame of its own, to be written if it is for a store.
    ///
    /// # Errors
    /// Those of [`StoreGuard::frame_for_write`]; pages before the one without a frame have theirs, but nothing
    /// is soiled before the source has agreed to all of them.
    fn own_for(&mut self, access: Access, pages: PageRange) -> Result<()> {
        if self.dirt().is_none() {
            return self.commit(pages);
        }
        (pages.start..pages.end).try_for_each(|page| self.check_ready(access, page))?;
        for page in pages.start..pages.end {
            if access == Access::Write || self.pages.get(page).is_none() {
                self.frame_for_write(page)?;
            }
        }
        Ok(())
    }

    /// Calls `visit` for each part of `range` that has no pinned page, in order.
    pub(super) fn each_unpinned(
        &mut self,
        range: PageRange,
        mut visit: impl FnMut(&mut StoreGuard<'_>, PageRange) -> Result<()>,
    ) -> Result<()> {
        let mut rest = range;
        while let Some(pinned) = self.first_pinned(rest) {
            let start = rest.start;
            rest.start = pinned + 1;
            if start < pinned {
                visit(self, PageRange { start, end: pinned })?;
            }
        }
        if rest.is_empty() {
            return Ok(());
        }
        visit(self, rest)
    }
}
