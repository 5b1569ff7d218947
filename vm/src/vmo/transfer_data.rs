//! Moving pages from one object to another.

use super::store::{Store, StoreKind};
use super::{StoreState, Vmo};
use crate::units::{PageRange, is_page_aligned};
use crate::{CachePolicy, Result, Status};

impl Vmo {
    /// Moves the pages of the `len` bytes from `source_offset` of `source` to `offset` of this object,
    /// in place of what is there. They are zero in `source` afterwards.
    ///
    /// No byte is copied but of pages that the source shares with others. Within one object everything is
    /// taken first, then placed.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: not whole pages.
    /// 2. [`Status::NOT_SUPPORTED`]: one of the two is physical or contiguous, or has a source.
    /// 3. [`Status::OUT_OF_RANGE`]: a range overflows or passes the end of its object.
    /// 4. [`Status::NOT_FOUND`]: pages of one were discarded, and it has not been locked since.
    /// 5. [`Status::BAD_STATE`]: one is not cached, or a page of one of the ranges is pinned.
    /// 6. [`Status::NO_MEMORY`]: nothing has changed.
    ///
    /// Moving a range of an object to where it is succeeds without any check but the first.
    ///
    /// # Source
    /// `vmo.md` §12; the rights are the caller's to check.
    pub fn transfer_data(
        &self,
        offset: u64,
        len: u64,
        source: &Vmo,
        source_offset: u64,
    ) -> Result<()> {
        if ![offset, len, source_offset].into_iter().all(is_page_aligned) {
            return Err(Status::INVALID_ARGS);
        }
        if core::ptr::eq(self, source) && offset == source_offset {
            return Ok(());
        }
        if [self, source]
            .into_iter()
            .any(|vmo| vmo.store.kind != StoreKind::Paged || vmo.source().is_some())
        {
            return Err(Status::NOT_SUPPORTED);
        }
        let (mut ours, mut theirs) = Store::lock_both(&self.store, &source.store);
        let to = self.touched(&ours, offset, len)?;
        let their_state = theirs.as_deref().unwrap_or(&ours);
        let from = source.touched(their_state, source_offset, len)?;
        ours.check_movable(to)?;
        their_state.check_movable(from)?;

        let mut moving = their_state.pages.gather(from, &ours.pages, to.start)?;
        ours.pages.level(&mut moving)?;
        ours.pages.prepare_cut(to)?;
        let their_state = theirs.as_deref_mut().unwrap_or(&mut ours);
        their_state.drop_pages(from)?;
        // Prepared above, so it does not fail.
        ours.drop_pages(to)?;
        ours.pages.graft(moving);
        Ok(())
    }
}

impl StoreState {
    /// Checks that `pages` may be replaced by others.
    fn check_movable(&self, pages: PageRange) -> Result<()> {
        self.check_kept()?;
        if self.cache != CachePolicy::Cached || self.first_pinned(pages).is_some() {
            return Err(Status::BAD_STATE);
        }
        Ok(())
    }
}
