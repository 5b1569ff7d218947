//! Operations on ranges of an object: commit, decommit, zero.

use super::store::{StoreKind, copy_or_clear};
use super::{StoreGuard, StoreState, Vmo};
use crate::memory::{BLOCK_FRAMES, Cleanness};
use crate::units::{Frame, PAGE_SIZE, PageRange, is_page_aligned, page_base, page_of};
use crate::{CachePolicy, Result, Status};

/// Pages whose entries are taken out of page tables together before each gets a frame of its own.
const RUN: u64 = 64;

impl Vmo {
    /// Checks that the `len` bytes from `offset` are inside the object.
    ///
    /// # Errors
    /// [`Status::OUT_OF_RANGE`]: the sum overflows, or they are not.
    pub fn check_range(&self, offset: u64, len: u64) -> Result<()> {
        self.touched(&self.lock(), offset, len).map(drop)
    }

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

    /// Returns how many of the `len` bytes from `offset` are before page number `page` of the store.
    fn bytes_before(&self, state: &StoreState, page: u64, offset: u64, len: u64) -> u64 {
        // Both ends may be inside a page.
        let first = page_base(self.pages(state).start) + offset;
        page_base(page).saturating_sub(first).min(len)
    }

    /// Returns how many of the `len` bytes from `offset`, which are inside the object and touch `pages`, are worked on if that is to be
    /// done with `most` pages at the most, not 0: those that there is nothing to do for are not counted.
    fn first_bytes(
        &self,
        state: &StoreState,
        pages: PageRange,
        offset: u64,
        len: u64,
        most: u64,
    ) -> u64 {
        // What a source has yet to provide has to be kept from coming.
        let is_missing = pages.start < state.backing().pages;
        let next = if is_missing { Some(pages.start) } else { state.pages.find(pages, |_| true) };
        let end = next.map_or(pages.end, |next| PageRange { start: next, ..pages }.first(most).end);
        self.bytes_before(state, end, offset, len)
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

    /// Takes the frames of the `len` bytes from `offset`, which are zero afterwards.
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: a physical or contiguous object.
    /// 2. [`Status::OUT_OF_RANGE`]: the range overflows or passes the end.
    /// 3. [`Status::NOT_SUPPORTED`]: a snapshot, an object that has snapshots, or one whose content somebody
    ///    else provides; or a part of such an object.
    /// 4. [`Status::INVALID_ARGS`]: not whole pages.
    /// 5. [`Status::BAD_STATE`]: a page is pinned.
    ///
    /// # Source
    /// `vmo.md` §5, DECOMMIT.
    pub fn decommit(&self, offset: u64, len: u64) -> Result<()> {
        self.decommit_some(offset, len, u64::MAX).map(drop)
    }

    /// Begins to do what [`Vmo::decommit`] does, with `most` pages that have frames at the most, not 0; returns how many bytes are done.
    /// What is left is for further calls.
    ///
    /// # Errors
    /// Those of [`Vmo::decommit`], of the whole range.
    pub fn decommit_some(&self, offset: u64, len: u64, most: u64) -> Result<u64> {
        if self.store.kind != StoreKind::Paged {
            return Err(Status::NOT_SUPPORTED);
        }
        let mut state = self.lock();
        let pages = self.touched(&state, offset, len)?;
        if len == 0 {
            return Ok(0);
        }
        if self.is_snapshot() || self.has_relatives() || self.source().is_some() {
            return Err(Status::NOT_SUPPORTED);
        }
        if !is_page_aligned(offset) || !is_page_aligned(len) {
            return Err(Status::INVALID_ARGS);
        }
        if state.first_pinned(pages).is_some() {
            return Err(Status::BAD_STATE);
        }
        let done = self.first_bytes(&state, pages, offset, len, most);
        state.drop_pages(pages.first(page_of(done)))?;
        Ok(done)
    }

    /// Checks that the processor's caches can be asked about the `len` bytes from `offset`. There is
    /// nothing more to do for it: caches are coherent on x86_64, for devices too.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: no bytes.
    /// 2. [`Status::OUT_OF_RANGE`]: the range overflows.
    /// 3. [`Status::NOT_SUPPORTED`]: a physical object.
    /// 4. [`Status::OUT_OF_RANGE`]: the range passes the end.
    ///
    /// # Source
    /// `vmo.md` §5, CACHE_*.
    pub fn check_cache_range(&self, offset: u64, len: u64) -> Result<()> {
        if len == 0 {
            return Err(Status::INVALID_ARGS);
        }
        offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
        if self.is_physical() {
            return Err(Status::NOT_SUPPORTED);
        }
        self.check_range(offset, len)
    }

    /// Makes the `len` bytes from `offset` zero. Whole pages lose their frames, unless they are pinned
    /// or the object is contiguous.
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: a physical object.
    /// 2. [`Status::BAD_STATE`]: it is not cached.
    /// 3. [`Status::OUT_OF_RANGE`]: the range overflows or passes the end.
    /// 4. [`Status::SHOULD_WAIT`]: the first page or the last is missing, or its source has yet to agree, and
    ///    not all of it is meant; or it has yet to agree to a page that is pinned.
    /// 5. [`Status::NO_MEMORY`]: nothing has changed.
    ///
    /// # Source
    /// `vmo.md` §5, ZERO.
    pub fn zero(&self, offset: u64, len: u64) -> Result<()> {
        self.zero_some(offset, len, u64::MAX).map(drop)
    }

    /// Begins to do what [`Vmo::zero`] does, with `most` pages that have frames, or are missing, at the most, not 0; returns how many
    /// bytes are done. What is left is for further calls.
    ///
    /// # Errors
    /// Those of [`Vmo::zero`], of the whole range; but [`Status::NO_MEMORY`] is found out for what this call would do.
    pub fn zero_some(&self, offset: u64, len: u64, most: u64) -> Result<u64> {
        if self.is_physical() {
            return Err(Status::NOT_SUPPORTED);
        }
        let mut state = self.lock();
        if state.cache != CachePolicy::Cached {
            return Err(Status::BAD_STATE);
        }
        if self.touched(&state, offset, len)?.is_empty() {
            return Ok(0);
        }
        if self.first_closed(&state, offset, len).is_some() {
            return Err(Status::SHOULD_WAIT);
        }
        let pages = self.touched(&state, offset, len)?;
        let done = self.first_bytes(&state, pages, offset, len, most);
        self.zero_locked(&mut state, offset, done)?;
        drop(state);
        self.tell_zeroed(offset, done);
        Ok(done)
    }

    /// Tells the source that nobody needs to wait for the whole pages of the `len` bytes from `offset`, which were zeroed.
    pub(super) fn tell_zeroed(&self, offset: u64, len: u64) {
        let Some(source) = self.provider() else { return };
        let base = page_base(self.first_page());
        let (_, whole) = edges_and_whole(base + offset, base + offset + len);
        if !whole.is_empty() {
            source.zeroed(page_base(whole.start)..page_base(whole.end));
        }
    }

    /// Makes a range zero of which no page [stops](Vmo::first_closed) that; see [`Vmo::zero`].
    pub(super) fn zero_locked(
        &self,
        state: &mut StoreGuard<'_>,
        offset: u64,
        len: u64,
    ) -> Result<()> {
        let touched = self.touched(state, offset, len)?;
        if len == 0 {
            return Ok(());
        }
        let base = page_base(self.pages(state).start);
        let (start, end) = (base + offset, base + offset + len);
        let (edges, whole) = edges_and_whole(start, end);
        if whole.start > touched.start && whole.is_empty() && touched.count() == 1 {
            // Both ends are in one page.
            return state.clear(touched.start, start % PAGE_SIZE, len);
        }
        // First all that can fail, for every part; then all parts.
        if self.is_contiguous() {
            state.own_edges(edges, whole)?;
            state.clear_pages(whole);
        } else {
            state.each_unpinned(whole, |state, pages| state.pages.prepare_cut(pages))?;
            state.promise_zeros(whole, 1)?;
            let unknown = state.promise_dirty_zeros(whole)?;
            state.own_edges(edges, whole)?;
            state.add_dirty_zeros(&unknown);
            state.each_unpinned(whole, |state, pages| state.drop_pages(pages))?;
            state.add_zeros(whole);
            if state.has_pins() {
                state.clear_pages(whole);
            }
        }
        state.clear(touched.start, start % PAGE_SIZE, page_base(whole.start) - start)?;
        state.clear(whole.end, 0, end % PAGE_SIZE)
    }
}

/// Returns the first page and the last that the bytes from `start` to `end`, not none, touch, and the pages between that are meant as a whole:
/// those two may be among them.
pub(super) fn edges_and_whole(start: u64, end: u64) -> ([u64; 2], PageRange) {
    let first = start.div_ceil(PAGE_SIZE);
    let whole = PageRange { start: first, end: page_of(end).max(first) };
    ([page_of(start), page_of(end.saturating_sub(1))], whole)
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

    /// Makes sure that clearing parts of the pages `edges` that lie outside `whole` cannot fail: those that
    /// show a frame that others see too get one of their own, both or none.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: a page is missing. [`Status::NO_MEMORY`]. Nothing has changed.
    fn own_edges(&mut self, edges: [u64; 2], whole: PageRange) -> Result<()> {
        let [first, last] = edges;
        let foreign = |page| match self.pages.get(page) {
            _ if whole.contains(page) => Ok(None),
            Some(held) => Ok(held.shared.then_some(held.frame)),
            None => self.frame_behind(page),
        };
        let (of_first, of_last) = (foreign(first)?, foreign(last)?);
        let Some(old) = of_last.filter(|_| first != last) else {
            return of_first.map_or(Ok(()), |_| self.frame_for_write(first).map(drop));
        };
        self.pages.own_nodes(last)?;
        let memory = self.pages.memory();
        let copy = copy_or_clear(memory, Some(old), self.cache)?;
        if of_first.is_some() {
            self.frame_for_write(first).inspect_err(|_| memory.free(copy))?;
        }
        self.open(last).inspect_err(|_| memory.free(copy))?;
        let state: &mut StoreState = self;
        let (_, is_new) = state.pages.own_with(last, |_, _| {
            state.mappings.hide(PageRange::new(last, 1));
            Ok(copy)
        })?;
        if !is_new {
            // Whoever shared it is gone.
            memory.free(copy);
        }
        Ok(())
    }
}

impl StoreState {
    /// Clears the frames that `pages` have; all are the store's own, and may be written.
    fn clear_pages(&self, pages: PageRange) {
        let memory = self.pages.memory();
        self.pages.each(pages, |_, held| {
            memory.clear_frame(held.frame, 0, PAGE_SIZE as usize);
            memory.record(held.frame).set_cleanness(Cleanness::Dirty);
        });
    }
}
