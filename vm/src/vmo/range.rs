//! Operations on ranges of an object that take away what is in them: decommit, zero.

use super::store::{StoreKind, copy_or_clear};
use super::{StoreGuard, StoreState, Vmo};
use crate::memory::Cleanness;
use crate::units::{PAGE_SIZE, PageRange, is_page_aligned, page_base, page_of};
use crate::{CachePolicy, Result, Status};

impl Vmo {
    /// Checks that the `len` bytes from `offset` are inside the object.
    ///
    /// # Errors
    /// [`Status::OUT_OF_RANGE`]: the sum overflows, or they are not.
    pub fn check_range(&self, offset: u64, len: u64) -> Result<()> {
        self.touched(&self.lock(), offset, len).map(drop)
    }

    /// Returns how many of the `len` bytes from `offset` are before page number `page` of the store.
    pub(super) fn bytes_before(&self, state: &StoreState, page: u64, offset: u64, len: u64) -> u64 {
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

impl StoreGuard<'_> {
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
