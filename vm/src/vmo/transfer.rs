//! Reading and writing an object without a mapping.

use super::{StoreState, Vmo};
use crate::units::{PAGE_SIZE, page_base, page_of};
use crate::{CachePolicy, Result, Status};

impl Vmo {
    /// Checks that the `len` bytes from `offset` can be read and written by call.
    ///
    /// # Errors
    /// 1. [`Status::OUT_OF_RANGE`]: `offset + len` overflows.
    /// 2. [`Status::NOT_SUPPORTED`]: a physical object.
    /// 3. [`Status::BAD_STATE`]: it is not cached.
    /// 4. [`Status::OUT_OF_RANGE`]: the range passes the end.
    /// 5. [`Status::NOT_FOUND`]: its pages were discarded, and it has not been locked since.
    ///
    /// # Source
    /// `vmo.md` §3 and §5, LOCK family.
    pub fn check_transfer(&self, offset: u64, len: u64) -> Result<()> {
        self.check_within(&self.lock(), offset, len).map(drop)
    }

    /// Returns the byte of the store where the transfer begins.
    fn check_within(&self, state: &StoreState, offset: u64, len: u64) -> Result<u64> {
        offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
        if self.is_physical() {
            return Err(Status::NOT_SUPPORTED);
        }
        if state.cache != CachePolicy::Cached {
            return Err(Status::BAD_STATE);
        }
        self.touched(state, offset, len)?;
        state.check_kept()?;
        Ok(page_base(self.first_page()) + offset)
    }

    /// Copies the object's bytes from `offset` into `out`. Gives no frame to any page.
    ///
    /// # Errors
    /// 1. Those of [`Vmo::check_transfer`].
    /// 2. [`Status::SHOULD_WAIT`]: a page is missing.
    pub fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let state = self.lock();
        let mut at = self.check_within(&state, offset, out.len() as u64)?;
        let mut rest = out;
        while !rest.is_empty() {
            let (page, within, len) = piece(at, rest.len());
            let (now, later) = rest.split_at_mut(len);
            match state.frame_seen(page)? {
                Some(frame) => self.store.memory.read_frame(frame, within, now),
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
    /// 2. [`Status::SHOULD_WAIT`]: a page is missing. [`Status::NO_MEMORY`]. What comes before the page
    ///    was written.
    pub fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut state = self.lock();
        let mut at = self.check_within(&state, offset, data.len() as u64)?;
        let mut rest = data;
        while !rest.is_empty() {
            let (page, within, len) = piece(at, rest.len());
            let (now, later) = rest.split_at(len);
            let frame = state.frame_for_write(page)?;
            self.store.memory.write_frame(frame, within, now);
            at += len as u64;
            rest = later;
        }
        Ok(())
    }
}

/// Returns the page of byte `at`, where in the page it is, and how many of `left` bytes are in it.
fn piece(at: u64, left: usize) -> (u64, usize, usize) {
    let page = page_of(at);
    let within = (at - page_base(page)) as usize;
    (page, within, left.min(PAGE_SIZE as usize - within))
}
