//! Moving bytes and pages (`vmo.md` §3, §12 and §14).

use std::ops::Range;
use std::rc::Rc;

use abi::Status;

use super::{Answer, Kind, Objects, Page, Store};
use crate::common::PAGE;

/// Splits bytes from `offset` on into pieces that lie in one page each: the page, and what of it.
pub(crate) fn pieces(offset: u64, len: u64) -> impl Iterator<Item = (u64, Range<usize>)> {
    let end = offset + len;
    let pages = offset / PAGE..if len == 0 { 0 } else { end.div_ceil(PAGE) };
    pages.map(move |page| {
        let within = |at: u64| (at.clamp(page * PAGE, (page + 1) * PAGE) - page * PAGE) as usize;
        (page, within(offset)..within(end))
    })
}

impl Objects {
    fn check_transfer(&self, object: usize, offset: u64, len: u64) -> Answer<()> {
        offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
        let store = self.store(object);
        if store.kind == Kind::Physical {
            return Err(Status::NOT_SUPPORTED);
        }
        store.check_cached()?;
        self.check(object, offset, len)?;
        store.check_kept()
    }

    pub(crate) fn read(&self, object: usize, offset: u64, len: u64) -> Answer<Vec<u8>> {
        self.check_transfer(object, offset, len)?;
        let mut bytes = Vec::new();
        for (page, part) in pieces(offset, len) {
            bytes.extend_from_slice(&self.read_page(object, page)?[part]);
        }
        Ok(bytes)
    }

    /// Returns the bytes of a page that the object has.
    pub(crate) fn read_page(&self, object: usize, page: u64) -> Answer<&[u8; PAGE as usize]> {
        if self.store(object).is_missing(self.first(object) + page) {
            return Err(Status::SHOULD_WAIT);
        }
        Ok(self.page(object, page))
    }

    /// Writes all bytes, or those before the first missing page.
    pub(crate) fn write(&mut self, object: usize, offset: u64, bytes: &[u8]) -> Answer<()> {
        self.check_transfer(object, offset, bytes.len() as u64)?;
        let mut rest = bytes;
        for (page, part) in pieces(offset, bytes.len() as u64) {
            let (now, later) = rest.split_at(part.len());
            self.write_page(object, page)?[part].copy_from_slice(now);
            rest = later;
        }
        Ok(())
    }

    /// Returns the bytes of a page that the object has for changing.
    pub(crate) fn write_page(
        &mut self,
        object: usize,
        page: u64,
    ) -> Answer<&mut [u8; PAGE as usize]> {
        let page = self.first(object) + page;
        let store = self.store_mut(object);
        store.check_writable(page)?;
        store.soil(page);
        Ok(store.own(page))
    }

    /// Moves pages: takes all of them, then places them.
    pub(crate) fn transfer_data(
        &mut self,
        (to, offset): (usize, u64),
        len: u64,
        (from, from_offset): (usize, u64),
    ) -> Answer<()> {
        if [offset, len, from_offset].iter().any(|bytes| !bytes.is_multiple_of(PAGE)) {
            return Err(Status::INVALID_ARGS);
        }
        if to == from && offset == from_offset {
            return Ok(());
        }
        for object in [to, from] {
            let store = self.store(object);
            if store.kind != Kind::Paged || store.backed.is_some() {
                return Err(Status::NOT_SUPPORTED);
            }
        }
        let target = self.touched(to, offset, len)?;
        let source = self.touched(from, from_offset, len)?;
        for (object, pages) in [(to, target.clone()), (from, source.clone())] {
            let store = self.store(object);
            store.check_kept()?;
            store.check_cached()?;
            if store.is_pinned(pages) {
                return Err(Status::BAD_STATE);
            }
        }
        let taken: Vec<_> = source.map(|page| self.store_mut(from).take(page)).collect();
        let store = self.store_mut(to);
        for (page, bytes) in target.zip(taken) {
            match bytes {
                Some(bytes) => store.pages.insert(page, bytes),
                None => store.pages.remove(&page),
            };
        }
        Ok(())
    }

    /// Moves pages to where they are missing. `is_shown`: somebody maps `aux`.
    pub(crate) fn supply(
        &mut self,
        (to, offset): (usize, u64),
        len: u64,
        (aux, aux_offset): (usize, u64),
        is_shown: bool,
    ) -> Answer<()> {
        let object = &self.objects[to];
        let is_view = object.slice.is_some() || object.is_reference;
        if [offset, len, aux_offset].iter().any(|bytes| !bytes.is_multiple_of(PAGE))
            || self.store(to).backed.is_none()
            || is_view
        {
            return Err(Status::INVALID_ARGS);
        }
        if self.store(aux).kind == Kind::Physical {
            return Err(Status::NOT_SUPPORTED);
        }
        if self.are_views(to, aux) || is_shown || !self.is_plain(aux) {
            return Err(Status::BAD_STATE);
        }
        let target = self.touched(to, offset, len)?;
        let source = self.touched(aux, aux_offset, len)?;
        for (page, from) in target.zip(source) {
            let taken = self.store_mut(aux).take(from);
            let store = self.store_mut(to);
            if store.is_missing(page) {
                store.know(page);
                match taken {
                    Some(bytes) => drop(store.pages.insert(page, bytes)),
                    None => drop(store.zeros.insert(page)),
                }
            }
        }
        Ok(())
    }

    /// Says whether an object is one that pages may be taken from, if nobody maps it.
    fn is_plain(&self, object: usize) -> bool {
        let store = self.store(object);
        let own = &self.objects[object];
        own.slice.is_none()
            && !own.is_reference
            && store.family == own.store
            && store.kind == Kind::Paged
            && store.backed.is_none()
            && !store.is_discardable
            && store.check_cached().is_ok()
            && self.views(own.store) == 1
            && !self.has_relatives(object)
            && store.pin_count == 0
    }
}

impl Store {
    /// Takes a page out; if others see it, a copy.
    fn take(&mut self, page: u64) -> Option<Rc<Page>> {
        let mut taken = self.pages.remove(&page)?;
        Rc::make_mut(&mut taken);
        Some(taken)
    }
}
