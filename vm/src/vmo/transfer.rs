//! Reading, writing and committing an object without a mapping.

use super::{Vmo, VmoKind, VmoState};
use crate::memory::Memory;
use crate::units::{Frame, PAGE_SIZE, PageRange, page_base, page_of};
use crate::{Result, Status};

impl Vmo {
    /// Checks that the `len` bytes from `offset` can be read and written by call.
    ///
    /// # Errors
    /// 1. [`Status::OUT_OF_RANGE`]: `offset + len` overflows.
    /// 2. [`Status::NOT_SUPPORTED`]: a physical object.
    /// 3. [`Status::OUT_OF_RANGE`]: the range passes the end.
    ///
    /// # Source
    /// `vmo.md` §3.
    pub fn check_transfer(&self, offset: u64, len: u64) -> Result<()> {
        self.check_within(&self.lock(), offset, len)
    }

    fn check_within(&self, state: &VmoState, offset: u64, len: u64) -> Result<()> {
        let end = offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
        if self.kind != VmoKind::Paged {
            return Err(Status::NOT_SUPPORTED);
        }
        if end > page_base(state.size) {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(())
    }

    /// Copies the object's bytes from `offset` into `out`. Gives no frame to any page.
    ///
    /// # Errors
    /// Those of [`Vmo::check_transfer`].
    pub fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let state = self.lock();
        self.check_within(&state, offset, out.len() as u64)?;
        let mut at = offset;
        let mut rest = out;
        while !rest.is_empty() {
            let (page, within, len) = piece(at, rest.len());
            let (now, later) = rest.split_at_mut(len);
            match state.pages.get(page) {
                Some(frame) => self.memory.read_frame(frame, within, now),
                None => now.fill(0),
            }
            at += len as u64;
            rest = later;
        }
        Ok(())
    }

    /// Copies `data` into the object from `offset`, giving frames to the pages it touches.
    ///
    /// # Errors
    /// 1. Those of [`Vmo::check_transfer`].
    /// 2. [`Status::NO_MEMORY`]: what comes before the page without a frame was written.
    pub fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut state = self.lock();
        self.check_within(&state, offset, data.len() as u64)?;
        let mut at = offset;
        let mut rest = data;
        while !rest.is_empty() {
            let (page, within, len) = piece(at, rest.len());
            let (now, later) = rest.split_at(len);
            let frame = state.frame_for_write(page)?;
            self.memory.write_frame(frame, within, now);
            at += len as u64;
            rest = later;
        }
        Ok(())
    }

    /// Gives a frame to every page that the `len` bytes from `offset` touch.
    ///
    /// # Errors
    /// 1. Those of [`Vmo::check_transfer`].
    /// 2. [`Status::NO_MEMORY`]: pages before the one without a frame have theirs.
    pub fn commit(&self, offset: u64, len: u64) -> Result<()> {
        let mut state = self.lock();
        self.check_within(&state, offset, len)?;
        if len == 0 {
            return Ok(());
        }
        let end = (offset + len).div_ceil(PAGE_SIZE);
        for page in page_of(offset)..end {
            state.frame_for_write(page)?;
        }
        Ok(())
    }
}

impl VmoState {
    /// Returns the frame of `page`, giving it a cleared one if it has none. Page tables that showed
    /// the zero page there forget it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: the page has no frame.
    pub(crate) fn frame_for_write(&mut self, page: u64) -> Result<Frame> {
        if let Some(frame) = self.pages.get(page) {
            return Ok(frame);
        }
        let frame = self.pages.insert_with(page, Memory::allocate_zeroed)?;
        self.hide(PageRange::new(page, 1));
        Ok(frame)
    }
}

/// Returns the page of byte `at`, where in the page it is, and how many of `left` bytes are in it.
fn piece(at: u64, left: usize) -> (u64, usize, usize) {
    let page = page_of(at);
    let within = (at - page_base(page)) as usize;
    (page, within, left.min(PAGE_SIZE as usize - within))
}
