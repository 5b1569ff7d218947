//! Commit, decommit, zero (`vmo.md` §5).

use std::ops::Range;

use abi::Status;

use super::{Answer, Kind, Objects, Store};
use crate::common::PAGE;

impl Objects {
    pub(crate) fn commit(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
        if self.store(object).kind == Kind::Physical {
            return Err(Status::NOT_SUPPORTED);
        }
        let mut pages = self.touched(object, offset, len)?;
        self.store(object).check_kept()?;
        let store = self.store_mut(object);
        if store.is_backed() {
            // What is there is there, and not written.
            let is_missing = pages.any(|page| store.is_missing(page));
            return if is_missing { Err(Status::SHOULD_WAIT) } else { Ok(()) };
        }
        for page in pages {
            store.own(page);
        }
        Ok(())
    }

    pub(crate) fn decommit(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        if self.store(object).kind != Kind::Paged {
            return Err(Status::NOT_SUPPORTED);
        }
        let pages = self.touched(object, offset, len)?;
        if len == 0 {
            return Ok(());
        }
        if self.has_relatives(object) || self.store(object).backed.is_some() {
            return Err(Status::NOT_SUPPORTED);
        }
        if !(offset.is_multiple_of(PAGE) && len.is_multiple_of(PAGE)) {
            return Err(Status::INVALID_ARGS);
        }
        let store = self.store_mut(object);
        if store.is_pinned(pages.clone()) {
            return Err(Status::BAD_STATE);
        }
        store.pages.retain(|page, _| !pages.contains(page));
        Ok(())
    }

    pub(crate) fn check_cache_range(&self, object: usize, offset: u64, len: u64) -> Answer<()> {
        if len == 0 {
            return Err(Status::INVALID_ARGS);
        }
        offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
        if self.store(object).kind == Kind::Physical {
            return Err(Status::NOT_SUPPORTED);
        }
        self.check(object, offset, len)
    }

    pub(crate) fn zero(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        let store = self.store(object);
        if store.kind == Kind::Physical {
            return Err(Status::NOT_SUPPORTED);
        }
        store.check_cached()?;
        self.clear(object, offset, len)
    }

    /// Makes bytes zero, whatever the cache policy.
    pub(super) fn clear(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        let pages = self.touched(object, offset, len)?;
        let base = self.first(object) * PAGE;
        let bytes = base + offset..base + offset + len;
        let store = self.store_mut(object);
        let is_whole = |page: u64| bytes.start <= page * PAGE && (page + 1) * PAGE <= bytes.end;
        let last = pages.end.saturating_sub(1);
        let mut edges = [pages.start, last].into_iter().filter(|page| pages.contains(page));
        if edges.any(|page| !is_whole(page) && store.is_missing(page)) {
            return Err(Status::SHOULD_WAIT);
        }
        let present: Vec<u64> = store.pages.range(pages.clone()).map(|(page, _)| *page).collect();
        let stays = |page: u64| !is_whole(page) || store.keeps(page);
        let kept = present.iter().filter(|page| stays(**page));
        kept.copied().try_for_each(|page| store.check_agreed(page))?;
        let whole = pages.start + u64::from(!is_whole(pages.start));
        store.zero_whole(whole..pages.end.saturating_sub(u64::from(!is_whole(last))));
        for page in present {
            if is_whole(page) && !store.keeps(page) {
                store.pages.remove(&page);
            } else {
                store.clear_in(page, &bytes);
            }
        }
        Ok(())
    }
}

impl Store {
    /// Says whether a page that is zeroed as a whole keeps its frame.
    fn keeps(&self, page: u64) -> bool {
        self.kind == Kind::Contiguous || self.pins.contains_key(&page)
    }

    /// Clears what a page that has a frame has of `bytes`.
    pub(super) fn clear_in(&mut self, page: u64, bytes: &Range<u64>) {
        let base = page * PAGE;
        let within = |at: u64| (at.clamp(base, base + PAGE) - base) as usize;
        self.own(page)[within(bytes.start)..within(bytes.end)].fill(0);
        self.soil(page);
    }
}
