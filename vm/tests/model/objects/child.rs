//! Objects that are made of others (`vmo.md` §8).

use abi::layout::MAX_VMO_SIZE;
use abi::{Rights, Status, VmoChildOptions, VmoOptions};

use super::{Answer, Kind, Object, Objects};
use crate::common::PAGE;

/// A page of the first store of a family ends below this, or it would have bytes from 2^64 on.
const MOST_PAGES: u64 = (1 << 52) - 1;

impl Objects {
    /// Makes a child and returns its number.
    pub(crate) fn create_child(
        &mut self,
        parent: usize,
        rights: Rights,
        options: VmoChildOptions,
        (offset, size): (u64, u64),
    ) -> Answer<usize> {
        const RESIZABLE: VmoChildOptions = VmoChildOptions::RESIZABLE;
        const NO_WRITE: VmoChildOptions = VmoChildOptions::NO_WRITE;
        if size > u64::MAX - PAGE + 1 {
            return Err(Status::OUT_OF_RANGE);
        }
        if options.contains(NO_WRITE | RESIZABLE) {
            return Err(Status::INVALID_ARGS);
        }
        if !rights.contains(Rights::DUPLICATE | Rights::READ) {
            return Err(Status::ACCESS_DENIED);
        }
        if self.store(parent).is_discardable {
            return Err(Status::NOT_SUPPORTED);
        }
        let options = options - NO_WRITE;
        let is_resizable = options.contains(RESIZABLE);
        let kind = options - RESIZABLE;
        if kind == VmoChildOptions::SLICE && !is_resizable {
            self.slice(parent, offset, size)
        } else if kind == VmoChildOptions::REFERENCE {
            self.reference(parent, rights, is_resizable, (offset, size))
        } else if kind == VmoChildOptions::SNAPSHOT
            || kind == VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE
            || kind == VmoChildOptions::SNAPSHOT_MODIFIED
        {
            self.snapshot(parent, is_resizable, (offset, size))
        } else {
            Err(Status::INVALID_ARGS)
        }
    }

    fn slice(&mut self, parent: usize, offset: u64, size: u64) -> Answer<usize> {
        if !offset.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        let pages = size.div_ceil(PAGE);
        if pages > MAX_VMO_SIZE / PAGE {
            return Err(Status::OUT_OF_RANGE);
        }
        if offset / PAGE + pages > self.size(parent) {
            return Err(Status::INVALID_ARGS);
        }
        let store = self.store(parent);
        if store.is_resizable {
            return Err(Status::NOT_SUPPORTED);
        }
        if store.kind == Kind::Paged {
            store.check_cached()?;
        }
        let stream = if store.kind == Kind::Paged { size } else { 0 };
        let window = (self.first(parent) + offset / PAGE, pages);
        self.streams.push(stream);
        Ok(self.add(Object {
            store: self.objects[parent].store,
            slice: Some(window),
            is_reference: false,
            stream: self.streams.len() - 1,
            is_needed: true,
        }))
    }

    fn reference(
        &mut self,
        parent: usize,
        rights: Rights,
        is_resizable: bool,
        (offset, size): (u64, u64),
    ) -> Answer<usize> {
        if offset != 0 || size != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let store = self.store(parent);
        if self.objects[parent].slice.is_some() || store.kind != Kind::Paged {
            return Err(Status::NOT_SUPPORTED);
        }
        if is_resizable && !(store.is_resizable && rights.contains(Rights::RESIZE)) {
            return Err(Status::ACCESS_DENIED);
        }
        store.check_cached()?;
        Ok(self.add(Object {
            store: self.objects[parent].store,
            slice: None,
            is_reference: true,
            stream: self.objects[parent].stream,
            is_needed: true,
        }))
    }

    fn snapshot(
        &mut self,
        parent: usize,
        is_resizable: bool,
        (offset, size): (u64, u64),
    ) -> Answer<usize> {
        let store = self.store(parent);
        match store.kind {
            Kind::Contiguous => return Err(Status::INVALID_ARGS),
            Kind::Physical => return Err(Status::NOT_SUPPORTED),
            Kind::Paged => {}
        }
        if !offset.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        let pages = size.div_ceil(PAGE);
        if offset / PAGE + pages > MAX_VMO_SIZE / PAGE {
            return Err(Status::OUT_OF_RANGE);
        }
        store.check_cached()?;
        if store.backed.is_some() {
            return Err(Status::NOT_SUPPORTED);
        }
        let first = self.first(parent);
        let (from, end) = (first + offset / PAGE, first + self.size(parent));
        if store.origin + from + pages > MOST_PAGES {
            return Err(Status::INVALID_ARGS);
        }
        if store.pin_count != 0 {
            return Err(Status::BAD_STATE);
        }
        let seen = store.pages.range(from..(from + pages).min(end).max(from));
        let copy = seen.map(|(page, bytes)| (page - from, bytes.clone())).collect();
        let (family, origin) = (store.family, store.origin + from);
        let options = if is_resizable { VmoOptions::RESIZABLE } else { VmoOptions::empty() };
        let child = self.create(size, options)?;
        let store = self.store_mut(child);
        (store.pages, store.family, store.origin) = (copy, family, origin);
        Ok(child)
    }

    /// Says whether an object of `pages` pages would still be inside the first store of its family.
    pub(super) fn check_extent(&self, object: usize, pages: u64) -> Answer<()> {
        if self.store(object).origin + pages > MOST_PAGES {
            return Err(Status::INVALID_ARGS);
        }
        Ok(())
    }
}
