//! What stays and what may go: pins, locks of discardable objects, cache policies (`vmo.md` §5, §6
//! and §13).

use abi::{CachePolicy, Status};

use super::{Answer, Kind, Objects};
use crate::common::PAGE;

/// A page can be pinned as often as this.
const MOST_PINS: u32 = 31;

impl Objects {
    /// Pins pages and returns their number.
    pub(crate) fn pin(&mut self, object: usize, offset: u64, len: u64) -> Answer<u64> {
        if len == 0 || !offset.is_multiple_of(PAGE) || !len.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        let pages = self.touched(object, offset, len)?;
        self.store(object).check_kept()?;
        let store = self.store_mut(object);
        let count = pages.end - pages.start;
        if store.kind != Kind::Physical {
            if store.is_backed() {
                pages.clone().try_for_each(|page| store.check_writable(page))?;
            }
            for page in pages.clone() {
                store.own(page);
                store.soil(page);
            }
            if store.pins.range(pages.clone()).any(|(_, pins)| *pins == MOST_PINS) {
                return Err(Status::UNAVAILABLE);
            }
            pages.for_each(|page| *store.pins.entry(page).or_default() += 1);
        }
        store.pin_count += count;
        Ok(count)
    }

    /// Takes back a pin of the `pages` pages from byte `offset`.
    pub(crate) fn unpin(&mut self, object: usize, offset: u64, pages: u64) {
        let first = self.first(object) + offset / PAGE;
        let store = self.store_mut(object);
        store.pin_count -= pages;
        if store.kind != Kind::Physical {
            store.pins.range_mut(first..first + pages).for_each(|(_, pins)| *pins -= 1);
            store.pins.retain(|_, pins| *pins != 0);
        }
    }

    fn check_all(&self, object: usize, offset: u64, len: u64) -> Answer<()> {
        let store = self.store(object);
        if !store.is_discardable {
            return Err(Status::NOT_SUPPORTED);
        }
        if offset != 0 || len != store.size * PAGE {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(())
    }

    /// Locks a discardable object and returns how many bytes were discarded.
    pub(crate) fn lock_pages(&mut self, object: usize, offset: u64, len: u64) -> Answer<u64> {
        self.check_all(object, offset, len)?;
        let store = self.store_mut(object);
        let discarded = if store.was_discarded { len } else { 0 };
        store.was_discarded = false;
        store.idle = None;
        store.locks += 1;
        Ok(discarded)
    }

    pub(crate) fn try_lock_pages(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        self.check_all(object, offset, len)?;
        if self.store(object).was_discarded {
            return Err(Status::UNAVAILABLE);
        }
        self.lock_pages(object, offset, len).map(drop)
    }

    pub(crate) fn unlock_pages(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        self.check_all(object, offset, len)?;
        self.clock += 1;
        let now = self.clock;
        let store = self.store_mut(object);
        store.locks = store.locks.checked_sub(1).ok_or(Status::BAD_STATE)?;
        if store.locks == 0 {
            store.idle = Some(now);
        }
        Ok(())
    }

    /// Discards what was idle for longest, and returns how many frames that gives.
    pub(crate) fn reclaim(&mut self) -> u64 {
        let needed = (0..self.stores.len()).filter(|store| self.views(*store) != 0);
        let idle = needed.filter_map(|number| {
            let store = &self.stores[number];
            let has_frames = store.pin_count == 0 && !store.pages.is_empty();
            store.idle.filter(|_| has_frames).map(|since| (since, number))
        });
        let Some((_, number)) = idle.min() else {
            return 0;
        };
        let store = &mut self.stores[number];
        let freed = store.pages.len() as u64;
        store.pages.clear();
        store.idle = None;
        store.was_discarded = true;
        freed
    }

    pub(crate) fn set_cache_policy(
        &mut self,
        object: usize,
        policy: CachePolicy,
        is_shown: bool,
    ) -> Answer<()> {
        let store = self.store(object);
        if store.kind == Kind::Physical && store.policy == policy {
            return Ok(());
        }
        if is_shown
            || self.objects[object].slice.is_some()
            || self.views(self.objects[object].store) != 1
            || self.has_relatives(object)
            || store.pin_count != 0
            || (store.is_discardable || store.backed.is_some()) && policy != CachePolicy::Cached
            || store.kind != Kind::Physical
                && store.policy != CachePolicy::Cached
                && !store.pages.is_empty()
        {
            return Err(Status::BAD_STATE);
        }
        self.store_mut(object).policy = policy;
        Ok(())
    }

    /// Says whether two objects are two views of the same pages, or one.
    pub(crate) fn are_views(&self, one: usize, other: usize) -> bool {
        self.objects[one].store == self.objects[other].store
    }
}
