//! The model of objects: bytes of the pages that have frames. A snapshot is a copy; what shares pages
//! with what, and when it ceases to, is none of its business.

use std::collections::BTreeMap;

use abi::{Status, VmoChildOptions};

use crate::common::PAGE;

type Answer<T> = Result<T, Status>;

/// Pages, which one or more objects show.
struct Store {
    /// In pages.
    size: u64,
    is_resizable: bool,
    /// Pages with a frame.
    pages: BTreeMap<u64, Vec<u8>>,
    /// The first store of those that snapshots have made of it.
    family: usize,
}

/// An object: a store, or a part of one.
struct Object {
    store: usize,
    /// First page and number of pages, of a slice.
    slice: Option<(u64, u64)>,
    /// Its stream size, which it may share.
    stream: usize,
}

/// All objects, by number.
#[derive(Default)]
pub(crate) struct Objects {
    stores: Vec<Store>,
    streams: Vec<u64>,
    objects: Vec<Object>,
    /// Which objects there still are.
    needed: Vec<bool>,
}

impl Objects {
    /// Adds an object of `size` pages and returns its number.
    pub(crate) fn create(&mut self, size: u64, is_resizable: bool) -> usize {
        self.stores.push(Store {
            size,
            is_resizable,
            pages: BTreeMap::new(),
            family: self.stores.len(),
        });
        self.streams.push(size * PAGE);
        self.add(Object {
            store: self.stores.len() - 1,
            slice: None,
            stream: self.streams.len() - 1,
        })
    }

    fn add(&mut self, object: Object) -> usize {
        self.objects.push(object);
        self.objects.len() - 1
    }

    fn store(&self, object: usize) -> &Store {
        &self.stores[self.objects[object].store]
    }

    fn store_mut(&mut self, object: usize) -> &mut Store {
        &mut self.stores[self.objects[object].store]
    }

    fn first(&self, object: usize) -> u64 {
        self.objects[object].slice.map_or(0, |(first, _)| first)
    }

    /// Returns the size in pages.
    pub(crate) fn size(&self, object: usize) -> u64 {
        let slice = self.objects[object].slice;
        slice.map_or(self.store(object).size, |(_, count)| count)
    }

    pub(crate) fn stream_size(&self, object: usize) -> u64 {
        self.streams[self.objects[object].stream]
    }

    /// Returns how many pages have frames.
    pub(crate) fn committed(&self, object: usize) -> u64 {
        let first = self.first(object);
        let pages = first..first + self.size(object);
        self.store(object).pages.range(pages).count() as u64
    }

    pub(crate) fn page(&self, object: usize, page: u64) -> &[u8] {
        const ZEROS: &[u8] = &[0; PAGE as usize];
        let page = self.first(object) + page;
        self.store(object).pages.get(&page).map_or(ZEROS, |bytes| bytes)
    }

    pub(crate) fn byte(&self, object: usize, offset: u64) -> u8 {
        let page = self.first(object) + offset / PAGE;
        let bytes = self.store(object).pages.get(&page);
        bytes.map_or(0, |bytes| bytes[(offset % PAGE) as usize])
    }

    fn commit_page(&mut self, object: usize, page: u64) -> &mut Vec<u8> {
        let page = self.first(object) + page;
        let pages = &mut self.store_mut(object).pages;
        pages.entry(page).or_insert(vec![0; PAGE as usize])
    }

    pub(crate) fn set_byte(&mut self, object: usize, offset: u64, byte: u8) {
        self.commit_page(object, offset / PAGE)[(offset % PAGE) as usize] = byte;
    }

    pub(crate) fn check(&self, object: usize, offset: u64, len: u64) -> Answer<()> {
        if offset + len > self.size(object) * PAGE {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(())
    }

    pub(crate) fn read(&self, object: usize, offset: u64, len: u64) -> Answer<Vec<u8>> {
        self.check(object, offset, len)?;
        Ok((offset..offset + len).map(|at| self.byte(object, at)).collect())
    }

    pub(crate) fn write(&mut self, object: usize, offset: u64, len: u64, byte: u8) -> Answer<()> {
        self.check(object, offset, len)?;
        (offset..offset + len).for_each(|at| self.set_byte(object, at, byte));
        Ok(())
    }

    pub(crate) fn commit(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        self.check(object, offset, len)?;
        (offset..offset + len).for_each(|at| {
            self.commit_page(object, at / PAGE);
        });
        Ok(())
    }

    /// Says which objects are still needed, by a name or a mapping.
    pub(crate) fn note_needed(&mut self, is_needed: impl Fn(usize) -> bool) {
        self.needed = (0..self.objects.len()).map(is_needed).collect();
    }

    /// Says whether the object's store is a snapshot, or one is needed that is a snapshot of it, or of that.
    fn has_relatives(&self, object: usize) -> bool {
        let store = self.objects[object].store;
        if self.stores[store].family != store {
            return true;
        }
        let others = self.objects.iter().zip(&self.needed);
        others
            .filter(|(other, needed)| **needed && other.store != store)
            .any(|(other, _)| self.stores[other.store].family == self.stores[store].family)
    }

    pub(crate) fn decommit(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        self.check(object, offset, len)?;
        if len != 0 && self.has_relatives(object) {
            return Err(Status::NOT_SUPPORTED);
        }
        if len != 0 && !(offset.is_multiple_of(PAGE) && len.is_multiple_of(PAGE)) {
            return Err(Status::INVALID_ARGS);
        }
        self.zero(object, offset, len)
    }

    pub(crate) fn zero(&mut self, object: usize, offset: u64, len: u64) -> Answer<()> {
        self.check(object, offset, len)?;
        let first = self.first(object);
        let (start, end) = (first * PAGE + offset, first * PAGE + offset + len);
        let pages = &mut self.store_mut(object).pages;
        pages.retain(|page, bytes| {
            let base = page * PAGE;
            let within = |at: u64| (at.clamp(base, base + PAGE) - base) as usize;
            bytes[within(start)..within(end).max(within(start))].fill(0);
            // A page that is zeroed as a whole loses its frame.
            !(start <= base && base + PAGE <= end)
        });
        Ok(())
    }

    /// Moves pages: takes all of them, then places them (`vmo.md` §12).
    pub(crate) fn transfer(
        &mut self,
        (to, offset): (usize, u64),
        len: u64,
        (from, from_offset): (usize, u64),
    ) -> Answer<()> {
        if !len.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        if to == from && offset == from_offset {
            return Ok(());
        }
        self.check(to, offset, len)?;
        self.check(from, from_offset, len)?;
        let (first_to, first_from) = (self.first(to), self.first(from));
        let (to_page, from_page) = (first_to + offset / PAGE, first_from + from_offset / PAGE);
        let count = len / PAGE;
        let source = &mut self.store_mut(from).pages;
        let taken: Vec<_> = (0..count).map(|page| source.remove(&(from_page + page))).collect();
        let target = &mut self.store_mut(to).pages;
        for (page, bytes) in (to_page..).zip(taken) {
            match bytes {
                Some(bytes) => target.insert(page, bytes),
                None => target.remove(&page),
            };
        }
        Ok(())
    }

    pub(crate) fn set_size(&mut self, object: usize, size: u64) -> Answer<()> {
        let old_stream = self.stream_size(object);
        let store = self.store_mut(object);
        if !store.is_resizable {
            return Err(Status::UNAVAILABLE);
        }
        let old_size = store.size;
        store.size = size.div_ceil(PAGE);
        store.pages.retain(|page, _| *page < size.div_ceil(PAGE));
        if (size < old_stream || size.div_ceil(PAGE) < old_size)
            && let Some(last) = store.pages.get_mut(&(size / PAGE))
        {
            last[(size % PAGE) as usize..].fill(0);
        }
        let stream = self.objects[object].stream;
        self.streams[stream] = size;
        Ok(())
    }

    pub(crate) fn set_stream_size(&mut self, object: usize, size: u64) -> Answer<()> {
        let old = self.stream_size(object);
        let all = self.size(object) * PAGE;
        if size != old {
            if size > all {
                return Err(Status::OUT_OF_RANGE);
            }
            self.zero(object, size.min(old), all - size.min(old))?;
            let stream = self.objects[object].stream;
            self.streams[stream] = size;
        }
        Ok(())
    }

    /// Makes a child and returns its number (`vmo.md` §8).
    pub(crate) fn create_child(
        &mut self,
        parent: usize,
        options: VmoChildOptions,
        offset: u64,
        size: u64,
    ) -> Answer<usize> {
        let resizable = options.contains(VmoChildOptions::RESIZABLE);
        let is_slice = self.objects[parent].slice.is_some();
        let parent_is_resizable = self.store(parent).is_resizable;
        let (first, pages) = (self.first(parent), self.size(parent));
        if options.contains(VmoChildOptions::SLICE) {
            if resizable || !offset.is_multiple_of(PAGE) {
                return Err(Status::INVALID_ARGS);
            }
            let wanted = (first + offset / PAGE, size.div_ceil(PAGE));
            if offset / PAGE + wanted.1 > pages {
                return Err(Status::INVALID_ARGS);
            }
            if parent_is_resizable {
                return Err(Status::NOT_SUPPORTED);
            }
            self.streams.push(size);
            return Ok(self.add(Object {
                store: self.objects[parent].store,
                slice: Some(wanted),
                stream: self.streams.len() - 1,
            }));
        }
        if options.contains(VmoChildOptions::REFERENCE) {
            if offset != 0 || size != 0 {
                return Err(Status::INVALID_ARGS);
            }
            if is_slice {
                return Err(Status::NOT_SUPPORTED);
            }
            if resizable && !parent_is_resizable {
                return Err(Status::ACCESS_DENIED);
            }
            return Ok(self.add(Object {
                store: self.objects[parent].store,
                slice: None,
                stream: self.objects[parent].stream,
            }));
        }
        if !offset.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        let from = first + offset / PAGE;
        let end = (from + size.div_ceil(PAGE)).min(first + pages).max(from);
        let seen = self.store(parent).pages.range(from..end);
        let copy = seen.map(|(page, bytes)| (page - from, bytes.clone()));
        let copy = copy.collect();
        let child = self.create(size.div_ceil(PAGE), resizable);
        self.store_mut(child).pages = copy;
        self.store_mut(child).family = self.store(parent).family;
        let stream = self.objects[child].stream;
        self.streams[stream] = size;
        Ok(child)
    }
}
