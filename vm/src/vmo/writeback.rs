//! What a source does about pages that were written: it agrees to it, asks which they are, and says that it
//! writes them back.

use super::{StoreGuard, StoreState, Vmo};
use crate::memory::{Cleanness, FrameRecord};
use crate::units::{PAGE_SIZE, PageRange, is_page_aligned, page_base};
use crate::{Result, Status};

/// Pages in a row that were written since their source has seen them. In bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirtyRange {
    /// Where they begin.
    pub offset: u64,
    /// How many bytes they are.
    pub len: u64,
    /// They have no frames, and are zero.
    pub is_zero: bool,
}

/// Which pages are written back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// All.
    All,
    /// Those without a frame: what was written to one since somebody asked is kept.
    Zeros,
}

impl Vmo {
    /// Returns the pages of the `len` bytes from `offset`, of an object that was made with a source.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: not whole pages, or it was not made with a source.
    /// 2. [`Status::OUT_OF_RANGE`]: the range overflows or passes the end.
    fn provided_pages(&self, state: &StoreState, offset: u64, len: u64) -> Result<PageRange> {
        let is_whole = is_page_aligned(offset) && is_page_aligned(len);
        if !is_whole || self.own_source().is_none() {
            return Err(Status::INVALID_ARGS);
        }
        self.touched(state, offset, len)
    }

    /// Agrees to the `len` bytes from `offset` becoming dirty: they are, from now on. Zeros get frames.
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: the object was not made with `TRAP_DIRTY`.
    /// 2. [`Status::INVALID_ARGS`]: not whole pages.
    /// 3. [`Status::OUT_OF_RANGE`]: the range overflows or passes the end.
    /// 4. [`Status::NOT_FOUND`]: a page is missing.
    /// 5. [`Status::NO_MEMORY`]: nothing has changed.
    ///
    /// # Source
    /// `vmo.md` §14; Zircon `pager_op_range`, DIRTY.
    pub fn agree(&self, offset: u64, len: u64) -> Result<()> {
        self.agree_some(offset, len, u64::MAX).map(drop)
    }

    /// Begins to do what [`Vmo::agree`] does, with `most` pages at the most, not 0; returns how many bytes are done. What is left is for
    /// further calls.
    ///
    /// # Errors
    /// Those of [`Vmo::agree`], of the whole range; but [`Status::NO_MEMORY`] is found out for what this call would do.
    pub fn agree_some(&self, offset: u64, len: u64, most: u64) -> Result<u64> {
        let mut state = self.lock();
        if !state.dirt().is_some_and(|dirt| dirt.traps) {
            return Err(Status::NOT_SUPPORTED);
        }
        let pages = self.provided_pages(&state, offset, len)?;
        let (line, position) = state.line();
        if line.next_missing(position, pages).is_some() {
            return Err(Status::NOT_FOUND);
        }
        let memory = state.pages.memory();
        let some = pages.first(most);
        if state.pages.find_vacant(some).is_some() {
            // Those who show them, and viewers, may show the zero page there.
            state.hide(some);
        }
        let mut rest = some;
        while let Some(page) = state.pages.find_vacant(rest) {
            let frame = state.own_hidden(page, None).inspect_err(|_| state.take_back(some))?;
            memory.record(frame).set_cleanness(Cleanness::New);
            rest.start = page + 1;
        }
        state.turn(some, |_| true, Cleanness::Dirty);
        Ok(some.bytes())
    }

    /// Begins to write back what is dirty of the `len` bytes from `offset`: a write from now on is noticed. What a device may be
    /// writing stays dirty.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: not whole pages, or the object was not made with a source.
    /// 2. [`Status::OUT_OF_RANGE`]: the range overflows or passes the end.
    /// 3. [`Status::NO_MEMORY`]: nothing has changed.
    ///
    /// # Source
    /// `vmo.md` §14; Zircon `pager_op_range`, WRITEBACK_BEGIN.
    pub fn begin_writeback(&self, offset: u64, len: u64, written: Written) -> Result<()> {
        let mut state = self.lock();
        let pages = self.provided_pages(&state, offset, len)?;
        if let Some(dirt) = state.dirt_mut() {
            dirt.leaving.promise(dirt.zeros.parts(pages).count())?;
            dirt.leaving.add_all(dirt.zeros.parts(pages));
        }
        if written == Written::All {
            state.mappings.write_protect(pages);
            let leaves = |record: &FrameRecord| {
                record.cleanness() == Cleanness::Dirty && !record.is_pinned()
            };
            state.turn(pages, leaves, Cleanness::Leaving);
        }
        Ok(())
    }

    /// Ends writing back the `len` bytes from `offset`: what was not written since that began is clean.
    ///
    /// # Errors
    /// Those of [`Vmo::begin_writeback`].
    ///
    /// # Source
    /// `vmo.md` §14; Zircon `pager_op_range`, WRITEBACK_END.
    pub fn end_writeback(&self, offset: u64, len: u64) -> Result<()> {
        let mut state = self.lock();
        let pages = self.provided_pages(&state, offset, len)?;
        state.lose_zeros(pages)?;
        state.turn(pages, |record| record.cleanness() == Cleanness::Leaving, Cleanness::Clean);
        Ok(())
    }

    /// Takes the pages that the source knows, as it provides none any more: what it could provide again is missing instead. Those that
    /// are pinned stay.
    ///
    /// # Source
    /// Zircon `pager_detach_vmo`.
    pub fn drop_clean(&self) {
        let mut state = self.lock();
        let mut rest = self.pages(&state);
        state.hide(rest);
        let memory = state.pages.memory();
        let is_clean = |held: super::Held| {
            let record = memory.record(held.frame);
            record.cleanness() == Cleanness::Clean && !record.is_pinned()
        };
        while let Some(start) = state.pages.find(rest, is_clean) {
            let row = state.row_from(start, rest.end, is_clean);
            state.pages.free(row);
            rest.start = row.end;
        }
        if let Some(backing) = &mut state.backing
            && let Some(dirt) = &backing.dirt
        {
            backing.zeros.become_copy_of(&dirt.zeros);
        }
    }

    /// Returns the first dirty pages in a row from byte `offset` on, before byte `end`, as far as the object goes. The first is the
    /// page that `offset` is in, if that is dirty.
    pub fn next_dirty(&self, offset: u64, end: u64) -> Option<DirtyRange> {
        let state = self.lock();
        let all = self.pages(&state);
        let pages = PageRange { start: offset / PAGE_SIZE, end: end.div_ceil(PAGE_SIZE) };
        let range = state.first_dirty(pages.intersect(all))?;
        Some(DirtyRange {
            offset: page_base(range.0.start),
            len: range.0.bytes(),
            is_zero: range.1,
        })
    }

    /// Says whether anything was changed since that was last forgotten.
    pub fn is_modified(&self) -> bool {
        self.lock().dirt().is_some_and(|dirt| dirt.is_modified)
    }

    /// Notes that something was changed.
    pub fn note_modified(&self) {
        self.lock().dirt_mut().into_iter().for_each(|dirt| dirt.is_modified = true);
    }

    /// Forgets that something was changed, and says whether it was. A write from now on is noticed.
    pub fn forget_modified(&self) -> bool {
        let mut state = self.lock();
        let was_modified =
            state.dirt_mut().is_some_and(|dirt| core::mem::take(&mut dirt.is_modified));
        if was_modified {
            state.mappings.write_protect(self.pages(&state));
        }
        was_modified
    }
}

impl StoreGuard<'_> {
    /// Ends telling the source of zeros among `pages`: it knows of them, and they are missing.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    fn lose_zeros(&mut self, pages: PageRange) -> Result<()> {
        let Some(backing) = &mut self.backing else { return Ok(()) };
        let Some(dirt) = &mut backing.dirt else { return Ok(()) };
        let count = dirt.leaving.parts(pages).count();
        if count == 0 {
            return Ok(());
        }
        backing.zeros.promise(count)?;
        dirt.zeros.promise(count)?;
        backing.zeros.promise_all(dirt.zeros.len() + count)?;
        dirt.leaving.promise(1)?;
        dirt.zeros.remove_all(dirt.leaving.parts(pages));
        backing.zeros.remove_all(dirt.leaving.parts(pages));
        dirt.leaving.remove(pages);
        // Page tables may show the zero page there, which is not to outlive what the source provides.
        self.hide(pages);
        Ok(())
    }
}

impl StoreState {
    /// Notes that those frames of `pages` for which `is_meant` are `cleanness` from now on.
    fn turn(
        &self,
        pages: PageRange,
        is_meant: impl Fn(&FrameRecord) -> bool,
        cleanness: Cleanness,
    ) {
        let memory = self.pages.memory();
        self.pages.each(pages, |_, held| {
            let record = memory.record(held.frame);
            if is_meant(record) {
                record.set_cleanness(cleanness);
            }
        });
    }

    /// Takes the frames of `pages` back that were just made for them. No page table shows them.
    fn take_back(&mut self, pages: PageRange) {
        let memory = self.pages.memory();
        let is_new = |held: super::Held| memory.record(held.frame).cleanness() == Cleanness::New;
        let mut rest = pages;
        while let Some(page) = self.pages.find(rest, is_new) {
            self.pages.free(PageRange::new(page, 1));
            rest.start = page + 1;
        }
    }

    /// Returns the first of `pages` that are dirty in a row, all with frames or all without, and whether they have none. Looks at no page
    /// behind them, so going through all of an object takes time in proportion to what it has.
    fn first_dirty(&self, pages: PageRange) -> Option<(PageRange, bool)> {
        let dirt = self.dirt()?;
        let is_dirty = |held: super::Held| self.cleanness(held.frame) != Cleanness::Clean;
        let mut rest = pages;
        loop {
            let zeros = dirt.zeros.first_in(rest);
            // The first page of zeros may have got a frame since.
            let end = zeros.map_or(rest.end, |zeros| zeros.start + 1);
            if let Some(start) = self.pages.find(PageRange { end, ..rest }, is_dirty) {
                return Some((self.row_from(start, rest.end, is_dirty), false));
            }
            let zeros = zeros?;
            match self.pages.find(zeros, |_| true) {
                Some(page) if page == zeros.start => rest.start = page + 1,
                Some(page) => return Some((PageRange { end: page, ..zeros }, true)),
                None => return Some((zeros, true)),
            }
        }
    }

    /// Returns the pages from `start` on, below `end`, whose frames are as `is_meant` says; the first one's is.
    fn row_from(&self, start: u64, end: u64, is_meant: impl Fn(super::Held) -> bool) -> PageRange {
        let goes_on = |page: &u64| self.pages.get(*page).is_some_and(&is_meant);
        let end = (start + 1..end).find(|page| !goes_on(page)).unwrap_or(end);
        PageRange { start, end }
    }
}
