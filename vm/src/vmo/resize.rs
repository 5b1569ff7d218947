//! Changing the size of an object.

use abi::layout::MAX_VMO_SIZE;

use super::{Vmo, VmoState};
use crate::units::{PAGE_SIZE, PageRange, page_base, page_of, round_up_to_page};
use crate::{Result, Status};

impl Vmo {
    /// Sets the size to `size` bytes, rounded up to pages, and the stream size to `size`.
    ///
    /// What is cut off is gone: accesses to it fault, and growing again shows zeros.
    ///
    /// # Errors
    /// 1. [`Status::UNAVAILABLE`]: a physical object.
    /// 2. [`Status::OUT_OF_RANGE`]: `size` cannot be rounded up.
    /// 3. [`Status::UNAVAILABLE`]: not resizable.
    /// 4. [`Status::OUT_OF_RANGE`]: more than [`MAX_VMO_SIZE`].
    ///
    /// # Source
    /// `vmo.md` §4; the rights are the caller's to check.
    pub fn set_size(&self, size: u64) -> Result<()> {
        if self.is_physical() {
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
        if pages < state.size {
            let cut = PageRange {
                start: pages,
                end: state.size,
            };
            state.hide(cut);
            state.pages.free(cut);
        }
        if size < state.stream_size {
            self.clear_tail(&state, size);
        }
        state.size = pages;
        state.stream_size = size;
        Ok(())
    }

    /// Takes the frames of `pages` away; what shows them sees zeros, or faults if it is wired.
    pub(crate) fn release(&self, pages: PageRange) {
        let mut state = self.lock();
        state.hide(pages);
        state.pages.free(pages);
    }

    /// Clears the bytes from `end` to the end of its page.
    fn clear_tail(&self, state: &VmoState, end: u64) {
        let page = page_of(end);
        let from = (end - page_base(page)) as usize;
        if from != 0
            && let Some(frame) = state.pages.get(page)
        {
            self.memory
                .clear_frame(frame, from, PAGE_SIZE as usize - from);
        }
    }
}
