//! Moving pages from one object to another.

use super::guard::Pair;
use super::line::Behind;
use super::store::{Store, StoreKind};
use super::{Held, PageTree, StoreGuard, Vmo};
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
    /// 2. [`Status::NOT_SUPPORTED`]: one of the two is physical or contiguous, or somebody else provides its
    ///    pages. A copy of such an object that is written to is none.
    /// 3. [`Status::OUT_OF_RANGE`]: a range overflows or passes the end of its object.
    /// 4. [`Status::NOT_FOUND`]: pages of one were discarded, and it has not been locked since.
    /// 5. [`Status::BAD_STATE`]: one is not cached, or a page of one of the ranges is pinned.
    /// 6. [`Status::SHOULD_WAIT`]: a page that `source` sees of another object is missing.
    /// 7. [`Status::NO_MEMORY`]: nothing has changed.
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
            .any(|vmo| vmo.store.kind != StoreKind::Paged || vmo.provider().is_some())
        {
            return Err(Status::NOT_SUPPORTED);
        }
        let mut pair = Store::lock_both(&self.store, &source.store);
        let to = self.touched(pair.first(), offset, len)?;
        let from = source.touched(pair.second(), source_offset, len)?;
        pair.first().check_movable(to)?;
        pair.second().check_movable(from)?;

        let mut moving = pair.gather(from, to.start)?;
        pair.first().pages.level(&mut moving)?;
        pair.first().prepare_zero(to)?;
        pair.second().prepare_zero(from)?;
        // Prepared above, so neither fails.
        pair.second().drop_to_zero(from)?;
        pair.first().drop_to_zero(to)?;
        pair.first().pages.graft(moving);
        Ok(())
    }
}

impl Pair<'_> {
    /// Makes a tree of the frames that are seen in `pages` of the second store, as pages from `to` on of the
    /// first; of those that others see too it has copies.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: a page is missing. [`Status::NO_MEMORY`]. Nothing has changed.
    fn gather(&mut self, pages: PageRange, to: u64) -> Result<PageTree> {
        let target = self.first().pages.beside(0);
        let source = self.second();
        let mut gathered = source.pages.gather(pages, &target, to)?;
        let (line, place) = source.line();
        let mut rest = pages;
        while let Some((page, behind)) = line.next_lacking(place, rest) {
            let Behind::Frame(frame) = behind else {
                return Err(Status::SHOULD_WAIT);
            };
            let key = target.key(to + page - pages.start);
            source.pages.give(Held { frame, shared: true }, &mut gathered, key)?;
            rest.start = page + 1;
        }
        Ok(gathered)
    }
}

impl StoreGuard<'_> {
    /// Checks that `pages` may be replaced by others.
    fn check_movable(&self, pages: PageRange) -> Result<()> {
        self.check_kept()?;
        if self.cache != CachePolicy::Cached || self.first_pinned(pages).is_some() {
            return Err(Status::BAD_STATE);
        }
        Ok(())
    }
}
