//! Size and stream size (`vmo.md` §4).

use abi::Status;
use abi::layout::MAX_VMO_SIZE;

use super::{Answer, Kind, Objects};
use crate::common::PAGE;

impl Objects {
    pub(crate) fn set_size(&mut self, object: usize, size: u64) -> Answer<()> {
        let old_stream = self.stream_size(object);
        let store = self.store(object);
        if store.kind != Kind::Paged {
            return Err(Status::UNAVAILABLE);
        }
        if size > u64::MAX - PAGE + 1 {
            return Err(Status::OUT_OF_RANGE);
        }
        if !store.is_resizable {
            return Err(Status::UNAVAILABLE);
        }
        if size > MAX_VMO_SIZE {
            return Err(Status::OUT_OF_RANGE);
        }
        let pages = size.div_ceil(PAGE);
        if store.is_pinned(pages..u64::MAX) {
            return Err(Status::BAD_STATE);
        }
        self.check_extent(object, pages)?;
        let store = self.store_mut(object);
        let shrinks = size < old_stream || pages < store.size;
        let is_cut = shrinks && !size.is_multiple_of(PAGE) && size / PAGE < store.size;
        if is_cut && store.is_missing(size / PAGE) {
            return Err(Status::SHOULD_WAIT);
        }
        if is_cut && store.pages.contains_key(&(size / PAGE)) {
            store.check_agreed(size / PAGE)?;
        }
        store.dirt.is_modified = true;
        store.dirt.cut(pages);
        store.size = pages;
        store.backed = store.backed.map(|backed| backed.min(pages));
        drop(store.zeros.split_off(&pages));
        store.cut_at = pages * PAGE;
        drop(store.pages.split_off(&pages));
        let last = size / PAGE;
        if shrinks && !size.is_multiple_of(PAGE) && store.pages.contains_key(&last) {
            store.clear_in(last, &(size..u64::MAX));
        }
        self.set_stream(object, size);
        Ok(())
    }

    pub(crate) fn set_stream_size(&mut self, object: usize, size: u64) -> Answer<()> {
        let old = self.stream_size(object);
        if self.store(object).kind != Kind::Paged {
            return Err(Status::NOT_SUPPORTED);
        }
        if size != old && size > self.size(object) * PAGE {
            return Err(Status::OUT_OF_RANGE);
        }
        self.set_content_size(object, size)
    }

    /// As a stream size, but without an upper limit.
    pub(crate) fn set_content_size(&mut self, object: usize, size: u64) -> Answer<()> {
        let old = self.stream_size(object);
        if self.store(object).kind != Kind::Paged {
            return Err(Status::NOT_SUPPORTED);
        }
        if size != old {
            let all = self.size(object) * PAGE;
            let kept = size.min(old).min(all);
            self.clear(object, kept, all - kept)?;
            self.set_stream(object, size);
        }
        Ok(())
    }

    /// Returns how many pages a mapping of an object can touch.
    pub(crate) fn touchable(&self, object: usize, stream_only: bool) -> u64 {
        let size = self.size(object);
        if stream_only { size.min(self.stream_size(object).div_ceil(PAGE)) } else { size }
    }
}
