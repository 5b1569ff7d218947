//! Changing the size of an object.

use abi::layout::MAX_VMO_SIZE;

use super::Vmo;
use crate::units::{PAGE_SIZE, PageRange, page_of, round_up_to_page};
use crate::{Result, Status};

impl Vmo {
    /// Sets the size to `size` bytes, rounded up to pages, and the stream size to `size`.
    ///
    /// What is cut off is gone: accesses to it fault, and growing again shows zeros.
    ///
    /// # Errors
    /// 1. [`Status::UNAVAILABLE`]: a physical or contiguous object.
    /// 2. [`Status::OUT_OF_RANGE`]: `size` cannot be rounded up.
    /// 3. [`Status::UNAVAILABLE`]: not resizable.
    /// 4. [`Status::OUT_OF_RANGE`]: more than [`MAX_VMO_SIZE`].
    /// 5. [`Status::BAD_STATE`]: a page that would be cut off is pinned.
    /// 6. [`Status::INVALID_ARGS`]: a snapshot whose end, seen from the first object, would overflow.
    /// 7. [`Status::SHOULD_WAIT`]: the page of which a part stays is missing, or its source has yet to agree.
    /// 8. [`Status::NO_MEMORY`]: nothing has changed.
    ///
    /// # Source
    /// `vmo.md` §4; the rights are the caller's to check.
    pub fn set_size(&self, size: u64) -> Result<()> {
        if self.is_physical() || self.is_contiguous() {
            return Err(Status::UNAVAILABLE);
        }
        let rounded = round_up_to_page(size).ok_or(Status::OUT_OF_RANGE)?;
        if !self.is_resizable() {
            return Err(Status::UNAVAILABLE);
        }
        if rounded > MAX_VMO_SIZE {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut state = self.lock();
        let pages = page_of(rounded);
        let cut = PageRange { start: pages, end: state.size().max(pages) };
        if state.first_pinned(cut).is_some() {
            return Err(Status::BAD_STATE);
        }
        if !state.pages.can_show(PageRange::new(0, pages)) {
            return Err(Status::INVALID_ARGS);
        }
        let grown = PageRange { start: state.size().min(pages), end: pages };
        let grown = state.promise_growth(grown)?;
        let last = page_of(size);
        // Behind the stream size there can be bytes too.
        let shrinks = size < self.stream().get() || pages < state.size();
        if shrinks && last < state.size() {
            // The only step that can fail; clearing early does no harm that the caller could see,
            // as the bytes are cut off or cleared anyway.
            state.pages.prepare_cut(cut)?;
            let from = size % PAGE_SIZE;
            if from != 0 {
                state.clear(last, from, PAGE_SIZE - from)?;
            }
        }
        state.drop_pages(cut)?;
        state.set_size(pages);
        state.limit(pages);
        state.grow_dirty(pages, &grown);
        let (line, place) = state.line_mut();
        line.cut_views(place);
        self.stream().set(size);
        drop(state);
        if let Some(source) = self.provider() {
            source.cut(rounded);
        }
        Ok(())
    }
}
