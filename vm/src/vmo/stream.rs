//! The stream size: how many bytes of an object count as its content.

use core::sync::atomic::{AtomicU64, Ordering};

use super::{Origin, Vmo};
use crate::units::{PAGE_SIZE, PageRange, page_base, page_of};
use crate::{Result, Status};

/// A stream size, which an object and its references share. It changes under the store's lock.
pub(super) struct StreamSize(AtomicU64);

impl StreamSize {
    pub(super) fn new(bytes: u64) -> StreamSize {
        StreamSize(AtomicU64::new(bytes))
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    pub(super) fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Release);
    }
}

impl Vmo {
    /// Returns the stream size, which is its own if it is a slice.
    pub(super) fn stream(&self) -> &StreamSize {
        match &self.origin {
            Origin::Slice(_, stream) => stream,
            Origin::New | Origin::Snapshot | Origin::Reference => &self.store.stream,
        }
    }

    /// Returns the stream size in bytes; 0 for a physical or contiguous object.
    pub fn stream_size(&self) -> u64 {
        self.stream().get()
    }

    /// Sets the stream size. If it changes, everything from the smaller of the two sizes on, to the
    /// end of the object, is zero afterwards.
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: a physical or contiguous object.
    /// 2. [`Status::OUT_OF_RANGE`]: more than the object's size.
    /// 3. [`Status::SHOULD_WAIT`]: a page of which something stays is missing, or its source has yet to agree.
    /// 4. [`Status::NO_MEMORY`]: nothing has changed.
    ///
    /// # Source
    /// `vmo.md` §4; the right WRITE is the caller's to check.
    pub fn set_stream_size(&self, bytes: u64) -> Result<()> {
        self.change_stream_size(bytes, |size| {
            if bytes > size {
                return Err(Status::OUT_OF_RANGE);
            }
            Ok(())
        })
    }

    /// Sets the stream size as [`Vmo::set_stream_size`] does, to more than the object's size too: the
    /// property of former years was no more than a number there.
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: a physical or contiguous object.
    /// 2. [`Status::NO_MEMORY`]: nothing has changed.
    ///
    /// # Source
    /// `vmo.md` §4, property VMO_CONTENT_SIZE; the rights are the caller's to check.
    pub fn set_content_size(&self, bytes: u64) -> Result<()> {
        self.change_stream_size(bytes, |_| Ok(()))
    }

    /// Sets the stream size if `check` allows it for an object of the size it is given.
    fn change_stream_size(&self, bytes: u64, check: impl FnOnce(u64) -> Result<()>) -> Result<()> {
        if self.is_physical() || self.is_contiguous() {
            return Err(Status::NOT_SUPPORTED);
        }
        let mut state = self.lock();
        let old = self.stream().get();
        if bytes == old {
            return Ok(());
        }
        let all = self.pages(&state);
        let size = page_base(all.count());
        check(size)?;
        let kept = old.min(bytes).min(size);
        if kept < size && self.first_closed(&state, kept, size - kept).is_some() {
            return Err(Status::SHOULD_WAIT);
        }
        self.zero_locked(&mut state, kept, size - kept)?;
        self.stream().set(bytes);
        // Those that still have frames, as they are pinned, may be past the new size.
        state.mappings.hide(PageRange { start: self.touchable(&state, true).end, end: all.end });
        drop(state);
        self.tell_zeroed(kept, size - kept);
        Ok(())
    }

    /// Checks that `pages` of the store are no further than the stream size, rounded up to a page.
    ///
    /// # Errors
    /// [`Status::OUT_OF_RANGE`].
    pub(crate) fn check_stream(&self, pages: PageRange) -> Result<()> {
        match self.touchable(&self.lock(), true).covers(pages) {
            true => Ok(()),
            false => Err(Status::OUT_OF_RANGE),
        }
    }

    /// Returns the pages of the store that a mapping may touch: those of the object, or, if it faults
    /// past the stream size, those that have a byte of the content.
    pub(super) fn touchable(&self, state: &super::StoreState, stream_only: bool) -> PageRange {
        let all = self.pages(state);
        if !stream_only {
            return all;
        }
        let content = page_of(self.stream().get().saturating_add(PAGE_SIZE - 1));
        PageRange::new(all.start, content.min(all.count()))
    }
}
