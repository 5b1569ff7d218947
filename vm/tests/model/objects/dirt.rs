//! What the source of a store has yet to learn (`vmo.md` §14).

use std::collections::BTreeSet;
use std::ops::Range;

use abi::Status;

use super::{Answer, Objects, Store};
use crate::common::PAGE;

#[derive(Default)]
pub(super) struct Dirt {
    /// The source has to agree to a page's becoming dirty.
    pub(super) traps: bool,
    pub(super) is_modified: bool,
    /// Pages with frames that it does not know, and those of them that it is being told of.
    frames: BTreeSet<u64>,
    leaving: BTreeSet<u64>,
    /// The same of pages that are zero if they have no frame; those past what was provided from the start are too, unless it was
    /// told of them.
    zeros: BTreeSet<u64>,
    leaving_zeros: BTreeSet<u64>,
    told: BTreeSet<u64>,
}

impl Dirt {
    /// Forgets all pages from `end` on.
    pub(super) fn cut(&mut self, end: u64) {
        let Dirt { frames, leaving, zeros, leaving_zeros, told, .. } = self;
        for pages in [frames, leaving, zeros, leaving_zeros, told] {
            drop(pages.split_off(&end));
        }
    }
}

impl Store {
    pub(crate) fn is_backed(&self) -> bool {
        self.backed.is_some()
    }

    pub(super) fn is_missing(&self, page: u64) -> bool {
        self.backed.is_some_and(|backed| page < backed || self.dirt.told.contains(&page))
            && !self.pages.contains_key(&page)
            && !self.zeros.contains(&page)
    }

    /// Returns the last page that can be missing.
    pub(super) fn last_backed(&self) -> Option<u64> {
        let provided = self.backed?.checked_sub(1);
        provided.into_iter().chain(self.dirt.told.last().copied()).max()
    }

    /// Says whether a page that has a frame may be written without anybody's noticing.
    pub(crate) fn is_open(&self, page: u64) -> bool {
        !self.is_backed() || self.dirt.is_modified && self.is_dirty(page)
    }

    fn is_dirty(&self, page: u64) -> bool {
        self.pages.contains_key(&page)
            && self.dirt.frames.contains(&page)
            && !self.dirt.leaving.contains(&page)
    }

    /// Checks that a page that is not missing may be written.
    pub(super) fn check_agreed(&self, page: u64) -> Answer<()> {
        if self.dirt.traps && !self.is_dirty(page) { Err(Status::SHOULD_WAIT) } else { Ok(()) }
    }

    pub(super) fn check_writable(&self, page: u64) -> Answer<()> {
        if self.is_missing(page) { Err(Status::SHOULD_WAIT) } else { self.check_agreed(page) }
    }

    /// Notes that a page that has a frame is written.
    pub(super) fn soil(&mut self, page: u64) {
        if self.is_backed() {
            self.dirt.is_modified = true;
            self.dirt.frames.insert(page);
            self.dirt.leaving.remove(&page);
        }
    }

    /// Notes that a page was supplied with a frame.
    pub(super) fn know(&mut self, page: u64) {
        self.dirt.frames.remove(&page);
        self.dirt.leaving.remove(&page);
    }

    /// Says whether a page is zero if it has no frame, and the source does not know.
    fn has_dirty_zeros(&self, page: u64) -> bool {
        let is_new = self.backed.is_some_and(|backed| page >= backed);
        self.dirt.zeros.contains(&page) || is_new && !self.dirt.told.contains(&page)
    }

    fn is_known_zero(&self, page: u64) -> bool {
        !self.pages.contains_key(&page) && self.zeros.contains(&page) && !self.has_dirty_zeros(page)
    }

    /// Notes that whole pages are about to be zeroed.
    pub(super) fn zero_whole(&mut self, pages: Range<u64>) {
        let Some(backed) = self.backed.filter(|_| pages.start < pages.end) else { return };
        if pages.clone().any(|page| !self.is_known_zero(page)) {
            self.dirt.is_modified = true;
        }
        let told: Vec<u64> = self.dirt.told.range(pages.clone()).copied().collect();
        for page in (pages.start..pages.end.min(backed)).chain(told) {
            if !self.is_known_zero(page) {
                self.zeros.insert(page);
                self.dirt.zeros.insert(page);
            }
        }
        self.dirt.leaving_zeros.retain(|page| !pages.contains(page));
    }
}

impl Objects {
    /// Returns the pages of a range of an object that was made with a source.
    fn provided(&self, object: usize, offset: u64, len: u64) -> Answer<Range<u64>> {
        let own = &self.objects[object];
        let is_own = self.store(object).is_backed() && own.slice.is_none() && !own.is_reference;
        let is_whole = offset.is_multiple_of(PAGE) && len.is_multiple_of(PAGE);
        if !is_whole || !is_own {
            return Err(Status::INVALID_ARGS);
        }
        self.touched(object, offset, len)
    }

    pub(crate) fn agree(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        if !self.store(object).dirt.traps {
            return Err(Status::NOT_SUPPORTED);
        }
        let pages = self.provided(object, offset, len)?;
        let store = self.store_mut(object);
        if pages.clone().any(|page| store.is_missing(page)) {
            return Err(Status::NOT_FOUND);
        }
        for page in pages {
            store.own(page);
            store.dirt.frames.insert(page);
            store.dirt.leaving.remove(&page);
        }
        Ok(())
    }

    /// Begins to tell the source of dirty pages, or only of those that are zero without a frame.
    pub(crate) fn begin_writeback(
        &mut self,
        object: usize,
        (offset, len): (u64, u64),
        has_frames_too: bool,
    ) -> Answer<()> {
        let pages = self.provided(object, offset, len)?;
        let store = self.store_mut(object);
        for page in pages {
            if store.has_dirty_zeros(page) {
                store.dirt.leaving_zeros.insert(page);
            }
            if has_frames_too && store.is_dirty(page) && !store.pins.contains_key(&page) {
                store.dirt.leaving.insert(page);
            }
        }
        Ok(())
    }

    pub(crate) fn end_writeback(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        let pages = self.provided(object, offset, len)?;
        let store = self.store_mut(object);
        for page in pages {
            if store.dirt.leaving_zeros.remove(&page) {
                store.dirt.zeros.remove(&page);
                store.zeros.remove(&page);
                store.dirt.told.insert(page);
            }
            if store.dirt.leaving.remove(&page) {
                store.dirt.frames.remove(&page);
            }
        }
        Ok(())
    }

    /// Takes what the source knows.
    pub(crate) fn drop_clean(&mut self, object: usize) {
        let Store { pages, pins, zeros, dirt, .. } = self.store_mut(object);
        pages.retain(|page, _| dirt.frames.contains(page) || pins.contains_key(page));
        zeros.retain(|page| dirt.zeros.contains(page));
    }

    /// Returns the first dirty pages in a row, and whether they have frames.
    pub(crate) fn next_dirty(
        &self,
        object: usize,
        pages: Range<u64>,
    ) -> Option<(Range<u64>, bool)> {
        let store = self.store(object);
        let dirt = |page: u64| match store.pages.contains_key(&page) {
            true => store.dirt.frames.contains(&page).then_some(true),
            false => store.has_dirty_zeros(page).then_some(false),
        };
        let mut all = pages.start..pages.end.min(store.size);
        let start = all.find(|page| dirt(*page).is_some())?;
        let kind = dirt(start)?;
        let end = all.find(|page| dirt(*page) != Some(kind)).unwrap_or(all.end);
        Some((start..end, kind))
    }

    /// Says whether anything was changed since the last time.
    pub(crate) fn forget_modified(&mut self, object: usize) -> bool {
        std::mem::take(&mut self.store_mut(object).dirt.is_modified)
    }

    /// Returns the first page of a range that cannot be written yet, and how many from there on could be agreed to together; none if it is
    /// missing.
    pub(crate) fn first_closed(
        &self,
        object: usize,
        pages: Range<u64>,
    ) -> Option<(u64, Option<u64>)> {
        let (store, first) = (self.store(object), self.first(object));
        let is_closed = |page: &u64| store.check_writable(first + page).is_err();
        let start = pages.clone().find(is_closed)?;
        if store.is_missing(first + start) {
            return Some((start, None));
        }
        let limit = pages.end.min(start + super::MOST_MISSING);
        let goes_on = |page: &u64| is_closed(page) && !store.is_missing(first + page);
        let end = (start..limit).find(|page| !goes_on(page)).unwrap_or(limit);
        Some((start, Some(end - start)))
    }
}
