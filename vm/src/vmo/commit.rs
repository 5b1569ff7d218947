//! Giving frames to ranges of an object: commit.

use super::store::copy_or_clear;
use super::{StoreGuard, StoreState, Vmo};
use crate::memory::BLOCK_FRAMES;
use crate::units::{Frame, PageRange};
use crate::{CachePolicy, Result, Status};

/// Pages whose entries are taken out of page tables together before each gets a frame of its own.
const RUN: u64 = 64;

impl Vmo {
    /// Gives every page that the `len` bytes from `offset` touch a frame of its own.
    ///
    /// # Errors
    /// 1. [`Status::OUT_OF_RANGE`]: the range overflows.
    /// 2. [`Status::NOT_SUPPORTED`]: a physical object.
    /// 3. [`Status::OUT_OF_RANGE`]: the range passes the end.
    /// 4. [`Status::NOT_FOUND`]: the pages were discarded, and the object has not been locked since.
    /// 5. [`Status::SHOULD_WAIT`]: a page is missing. [`Status::NO_MEMORY`]. Pages before the one without a
    ///    frame have theirs.
    ///
    /// # Source
    /// `vmo.md` §5, COMMIT.
    pub fn commit(&self, offset: u64, len: u64) -> Result<()> {
        self.commit_some(offset, len, u64::MAX).map(drop)
    }

    /// Begins to do what [`Vmo::commit`] does, with `most` pages at the most, not 0; returns how many bytes
    /// are done. What is left is for further calls.
    ///
    /// # Errors
    /// Those of [`Vmo::commit`], of the whole range.
    pub fn commit_some(&self, offset: u64, len: u64, most: u64) -> Result<u64> {
        let (mut state, pages) = self.begin_commit(offset, len)?;
        let some = pages.first(most);
        state.commit(some)?;
        Ok(self.bytes_before(&state, some.end, offset, len))
    }

    /// Checks that the pages that the `len` bytes from `offset` touch can be given frames; returns them.
    ///
    /// # Errors
    /// Those of [`Vmo::commit`], up to 4.
    pub(super) fn begin_commit(
        &self,
        offset: u64,
        len: u64,
    ) -> Result<(StoreGuard<'_>, PageRange)> {
        offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
        if self.is_physical() {
            return Err(Status::NOT_SUPPORTED);
        }
        let state = self.lock();
        let pages = self.touched(&state, offset, len)?;
        state.check_kept()?;
        Ok((state, pages))
    }
}

impl StoreState {
    /// Gives each of `pages` a frame of its own. Nobody provides the store's content.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: pages before the one without a frame have theirs.
    pub(super) fn commit(&mut self, pages: PageRange) -> Result<()> {
        let mut rest = pages;
        while !rest.is_empty() {
            rest.start = self.commit_run(rest)?;
        }
        Ok(())
    }

    /// Gives the first of `pages` a frame of its own, and those after it that are in the same leaf and have none. Returns the first
    /// page that it did not look at.
    ///
    /// # Errors
    /// Those of [`StoreState::commit`].
    fn commit_run(&mut self, pages: PageRange) -> Result<u64> {
        let first = pages.start;
        if self.commit_block(pages).is_some() {
            return Ok(first + BLOCK_FRAMES);
        }
        let cache = self.cache;
        let (filled, result) =
            self.pages.fill_run(pages, |memory| copy_or_clear(memory, None, cache))?;
        if filled != 0 {
            // Page tables may show the zero page there.
            self.mappings.hide(PageRange::new(first, filled));
        }
        result?;
        if filled != 0 {
            return Ok(first + filled);
        }
        // The first has a frame. There may be many who show it and those after it, so they are told of all at once.
        let run = pages.first(RUN);
        let held = PageRange { end: self.pages.find_vacant(run).unwrap_or(run.end), ..run };
        if let Some(shared) = self.pages.find(held, |held| held.shared) {
            let rest = PageRange { start: shared, ..held };
            self.mappings.hide(rest);
            (rest.start..rest.end).try_for_each(|page| self.own_hidden(page, None).map(drop))?;
        }
        Ok(held.end)
    }

    /// Gives the first of `pages` and those after it the frames of a block, if they can be shown as one large page, none of them has a
    /// frame yet, and there is a block. Returns the first frame of it.
    pub(super) fn commit_block(&mut self, pages: PageRange) -> Option<Frame> {
        let large = PageRange::new(pages.start, BLOCK_FRAMES);
        let is_fit = large.start.is_multiple_of(BLOCK_FRAMES)
            && pages.covers(large)
            && self.cache == CachePolicy::Cached
            && self.pages.find(large, |_| true).is_none();
        if !is_fit {
            return None;
        }
        let memory = self.pages.memory();
        let block = memory.allocate_block().ok()?;
        memory.clear_block(block);
        if self.pages.fill_block(large.start, block).is_err() {
            (0..BLOCK_FRAMES).for_each(|index| memory.free(block.plus(index)));
            return None;
        }
        self.mappings.hide(large);
        Some(block)
    }
}

impl StoreGuard<'_> {
    /// Gives each of `pages` a frame of its own.
    ///
    /// # Errors
    /// Those of [`StoreGuard::frame_for_write`]; pages before the one without a frame have theirs.
    pub(super) fn commit(&mut self, pages: PageRange) -> Result<()> {
        if let Some(state) = self.plain() {
            return state.commit(pages);
        }
        if self.dirt().is_some() {
            // What is there is there, zeros too: nothing is written.
            let (line, position) = self.line();
            return match line.next_missing(position, pages) {
                Some(_) => Err(Status::SHOULD_WAIT),
                None => Ok(()),
            };
        }
        let mut rest = pages;
        while !rest.is_empty() {
            let run = rest.first(RUN);
            rest.start = run.end;
            self.commit_provided(run)?;
        }
        Ok(())
    }

    /// Gives each of `pages`, of a store that sees pages of another, a frame of its own. Those who show them are told of all at once.
    ///
    /// # Errors
    /// Those of [`StoreGuard::commit`].
    fn commit_provided(&mut self, pages: PageRange) -> Result<()> {
        let is_foreign = |page: &u64| self.pages.get(*page).is_none_or(|held| held.shared);
        let Some(first) = (pages.start..pages.end).find(is_foreign) else {
            return Ok(());
        };
        self.frame_behind(first)?;
        self.hide(PageRange { start: first, ..pages });
        (first..pages.end).try_for_each(|page| {
            let behind = self.frame_behind(page)?;
            self.own_hidden(page, behind).map(drop)
        })
    }
}
