//! Objects that are not made of others (`vmo.md` §2, §7 and §14).

use std::collections::{BTreeMap, BTreeSet};

use abi::layout::MAX_VMO_SIZE;
use abi::{CachePolicy, Status, VmoOptions};

use super::dirt::Dirt;
use super::{Answer, Kind, Object, Objects, Page, Store};
use crate::common::PAGE;

impl Objects {
    fn add_store(&mut self, kind: Kind, size: u64, stream: u64) -> usize {
        self.stores.push(Store {
            kind,
            size,
            is_resizable: false,
            is_discardable: false,
            pages: BTreeMap::new(),
            family: self.stores.len(),
            origin: 0,
            backed: None,
            zeros: BTreeSet::new(),
            dirt: Dirt::default(),
            cut_at: 0,
            policy: CachePolicy::Cached,
            pins: BTreeMap::new(),
            pin_count: 0,
            locks: 0,
            idle: None,
            was_discarded: false,
        });
        self.streams.push(stream);
        self.add(Object {
            store: self.stores.len() - 1,
            slice: None,
            is_reference: false,
            stream: self.streams.len() - 1,
            is_needed: true,
        })
    }

    /// Adds an object of `size` bytes and returns its number.
    pub(crate) fn create(&mut self, size: u64, options: VmoOptions) -> Answer<usize> {
        let is_unbounded = options.contains(VmoOptions::UNBOUNDED);
        if options.contains(VmoOptions::RESIZABLE | VmoOptions::UNBOUNDED) {
            return Err(Status::INVALID_ARGS);
        }
        if size > u64::MAX - PAGE + 1 && !is_unbounded {
            return Err(Status::OUT_OF_RANGE);
        }
        let known = VmoOptions::RESIZABLE | VmoOptions::DISCARDABLE | VmoOptions::UNBOUNDED;
        if !known.contains(options) {
            return Err(Status::INVALID_ARGS);
        }
        if size > MAX_VMO_SIZE {
            return Err(Status::OUT_OF_RANGE);
        }
        let pages = if is_unbounded { MAX_VMO_SIZE / PAGE } else { size.div_ceil(PAGE) };
        let number = self.add_store(Kind::Paged, pages, size);
        self.store_mut(number).is_resizable = options.contains(VmoOptions::RESIZABLE);
        self.store_mut(number).is_discardable = options.contains(VmoOptions::DISCARDABLE);
        Ok(number)
    }

    /// Adds an object whose pages somebody else provides.
    pub(crate) fn create_backed(&mut self, size: u64, options: VmoOptions) -> Answer<usize> {
        if options.contains(VmoOptions::DISCARDABLE) {
            return Err(Status::INVALID_ARGS);
        }
        let number = self.create(size, options - VmoOptions::TRAP_DIRTY)?;
        let store = self.store_mut(number);
        store.backed = Some(store.size);
        store.dirt.traps = options.contains(VmoOptions::TRAP_DIRTY);
        Ok(number)
    }

    /// Adds an object all of whose pages have frames from the start, of which there are enough.
    fn create_full(&mut self, kind: Kind, size: u64) -> usize {
        let number = self.add_store(kind, size, 0);
        self.store_mut(number).pages = (0..size).map(|page| (page, Page::zeroed())).collect();
        number
    }

    pub(crate) fn create_contiguous(&mut self, size: u64, align_log2: u32) -> Answer<usize> {
        if size == 0
            || size > u64::MAX - PAGE + 1
            || align_log2 != 0 && !(12..64).contains(&align_log2)
        {
            return Err(Status::INVALID_ARGS);
        }
        Ok(self.create_full(Kind::Contiguous, size.div_ceil(PAGE)))
    }

    /// Adds an object that shows `pages` frames, which are full of zeros.
    pub(crate) fn create_physical(&mut self, pages: u64, policy: CachePolicy) -> usize {
        let number = self.create_full(Kind::Physical, pages);
        self.store_mut(number).policy = policy;
        number
    }
}
