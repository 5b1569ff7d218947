//! Objects whose content somebody else provides, page by page as it is needed.
//!
//! A page that its source has yet to provide is *missing*. What needs it returns
//! [`Status::SHOULD_WAIT`] and has changed nothing that anybody could see; whoever asked lets go of
//! all locks, finds out which page it is ([`Vmo::missing`], [`Aspace::missing`](crate::Aspace::missing)),
//! waits for it ([`Missing::provide`]) and asks again. If more pages are missing behind it, the source
//! learns of all of them at once:
//!
//! ```text
//!   fault, read, write, commit ... --SHOULD_WAIT--> missing --> provide: the source's own business
//!        ^                                                         |
//!        +------------------- again <-- supply: moves pages in <---+
//! ```
//!
//! Pages that were there and lost their frames are missing again. What an object grows by, its
//! source does not know: those pages are zero.

use core::any::Any;

use alloc::boxed::Box;

use super::store::{Store, StoreKind, copy_or_clear};
use super::{Origin, StoreState, Vmo};
use crate::memory::Memory;
use crate::units::{PAGE_SIZE, PageRange, is_page_aligned, page_base};
use crate::{CachePolicy, Ref, Result, Status};
use abi::VmoOptions;

/// Who provides the pages of an object.
///
/// Dropped with the object, maybe with the lock of an address space held: dropping it must take none
/// of this crate's locks.
pub trait PageSource: Any + Send + Sync {
    /// Waits until none of `pages` is missing. No lock of this crate is held.
    ///
    /// # Errors
    /// Why one of them will not be there.
    fn provide(&self, pages: &Missing) -> Result<()>;

    /// Learns that nobody needs to wait for the bytes from `offset` on any more: the object ends there.
    fn cut(&self, offset: u64);
}

/// Pages in a row that their source has yet to provide.
pub struct Missing {
    store: Ref<Store>,
    pages: PageRange,
    at: u64,
}

/// A source is told of no more pages at once than these.
const MOST_PAGES: u64 = 512;

impl Missing {
    /// Returns where the pages begin, in bytes of the object that was made with the source.
    pub fn offset(&self) -> u64 {
        page_base(self.pages.start)
    }

    /// Returns where the first page is in what was asked about: the offset in the object, or the address.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Returns the same pages as what is seen at address `at`.
    pub(crate) fn seen_at(self, at: u64) -> Missing {
        Missing { at, ..self }
    }

    /// Returns how many bytes they are.
    pub fn bytes(&self) -> u64 {
        self.pages.bytes()
    }

    /// Returns where the first of them begins that is still missing.
    pub fn first_missing(&self) -> Option<u64> {
        let state = self.store.lock();
        let mut pages = self.pages.start..self.pages.end;
        pages.find(|page| state.is_missing(*page)).map(page_base)
    }

    /// Waits until none of the pages is missing.
    ///
    /// # Errors
    /// Those of [`PageSource::provide`].
    pub fn provide(&self) -> Result<()> {
        match self.store.source() {
            Some(source) => source.provide(self),
            None => Ok(()),
        }
    }
}

impl Vmo {
    /// Makes an object as [`Vmo::create`] does, whose content `source` provides.
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: `TRAP_DIRTY`; nobody tells the source about writes.
    /// 2. Those of [`Vmo::create`]; `DISCARDABLE` is another option that it does not know.
    pub fn with_source(
        memory: &'static Memory,
        size: u64,
        options: VmoOptions,
        source: Box<dyn PageSource>,
    ) -> Result<Ref<Vmo>> {
        if options.contains(VmoOptions::TRAP_DIRTY) {
            return Err(Status::NOT_SUPPORTED);
        }
        if options.contains(VmoOptions::DISCARDABLE) {
            return Err(Status::INVALID_ARGS);
        }
        let vmo = Vmo::create(memory, size, options)?;
        let mut state = vmo.lock();
        state.backed = state.size();
        drop(state);
        vmo.store.set_source(source);
        Ok(vmo)
    }

    /// Returns who provides the object's content, if anybody does.
    pub fn source(&self) -> Option<&dyn PageSource> {
        self.store.source()
    }

    /// Returns the first missing page that the `len` bytes from `offset` touch, if any, and those behind it.
    pub fn missing(&self, offset: u64, len: u64) -> Option<Missing> {
        let state = self.lock();
        let all = self.pages(&state);
        let first = all.start.checked_add(offset / PAGE_SIZE)?;
        let end = offset.checked_add(len)?.div_ceil(PAGE_SIZE);
        let pages = PageRange { start: first, end: all.start.checked_add(end)?.min(all.end) };
        self.first_missing(&state, pages)
    }

    /// Returns page number `page` of the store, if it is missing.
    pub(crate) fn missing_page(&self, page: u64) -> Option<Missing> {
        self.first_missing(&self.lock(), PageRange::new(page, 1))
    }

    fn first_missing(&self, state: &StoreState, pages: PageRange) -> Option<Missing> {
        let mut rest = pages.start..pages.end.min(state.backed);
        let start = rest.find(|page| state.is_missing(*page))?;
        let limit = rest.end.min(start + MOST_PAGES);
        let end = rest.find(|page| *page == limit || !state.is_missing(*page)).unwrap_or(limit);
        let store = self.store.clone();
        let at = page_base(start - self.first_page());
        Some(Missing { store, pages: PageRange { start, end }, at })
    }

    /// Moves the pages of the `len` bytes from `aux_offset` of `aux` into this object, from `offset` on,
    /// where pages are missing. All of them are zero in `aux` afterwards, needed or not.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: not whole pages, or nobody provides this object's content.
    /// 2. [`Status::NOT_SUPPORTED`]: `aux` is physical.
    /// 3. [`Status::BAD_STATE`]: `aux` is not a plain object that nobody maps, pins or shares.
    /// 4. [`Status::OUT_OF_RANGE`]: a range overflows or passes the end of its object.
    /// 5. [`Status::NO_MEMORY`]: the pages before one without a frame were moved.
    ///
    /// # Source
    /// `vmo.md` §14.
    pub fn supply(&self, offset: u64, len: u64, aux: &Vmo, aux_offset: u64) -> Result<()> {
        let is_aligned = [offset, len, aux_offset].into_iter().all(is_page_aligned);
        if !is_aligned || self.source().is_none() {
            return Err(Status::INVALID_ARGS);
        }
        if aux.is_physical() {
            return Err(Status::NOT_SUPPORTED);
        }
        let (mut ours, theirs) = Store::lock_both(&self.store, &aux.store);
        let mut theirs = theirs.ok_or(Status::BAD_STATE)?;
        aux.check_plain(&theirs)?;
        let to = self.touched(&ours, offset, len)?;
        let from = aux.touched(&theirs, aux_offset, len)?;
        let needed = to.end.min(ours.backed);
        for page in to.start..needed {
            if !ours.is_missing(page) {
                continue;
            }
            let source = page - to.start + from.start;
            if let Err(status) = ours.take(page, &mut theirs, source) {
                let taken = PageRange { start: from.start, end: source };
                theirs.drop_pages(taken)?;
                return Err(status);
            }
        }
        theirs.drop_pages(from)
    }

    /// Checks that the object's pages are its own, and that nobody looks at them but by calls.
    fn check_plain(&self, state: &StoreState) -> Result<()> {
        let is_plain = matches!(self.origin, Origin::New)
            && self.store.kind == StoreKind::Paged
            && self.source().is_none()
            && !self.is_discardable()
            && state.cache == CachePolicy::Cached
            && Ref::count(&self.store) == 1
            && !self.store.has_relatives()
            && !state.has_pins()
            && state.mappings.is_empty();
        if is_plain { Ok(()) } else { Err(Status::BAD_STATE) }
    }
}

impl StoreState {
    /// Says whether `page` is the source's to provide, and has not been provided.
    pub(super) fn is_missing(&self, page: u64) -> bool {
        page < self.backed && self.pages.get(page).is_none()
    }

    /// Checks that `page` is not missing.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: it is.
    pub(super) fn check_provided(&self, page: u64) -> Result<()> {
        if self.is_missing(page) {
            return Err(Status::SHOULD_WAIT);
        }
        Ok(())
    }

    /// Shares the frame of page `source` of `other`, which gets one if it has none, as `page`.
    fn take(&mut self, page: u64, other: &mut StoreState, source: u64) -> Result<()> {
        let frame = other.frame_for_write(source)?;
        self.pages.own_with(page, |_, _| Ok(frame))?;
        // What has just begun as a page of this object still is one of the other.
        self.pages.memory().record(frame).share();
        Ok(())
    }

    /// Gives the missing pages among `pages` frames full of zeros, instead of what the source has.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no page has changed.
    pub(super) fn forgo(&mut self, pages: PageRange) -> Result<()> {
        let cache = self.cache;
        let mut zeros = self.pages.beside();
        for page in pages.start..pages.end.min(self.backed) {
            if self.is_missing(page) {
                zeros.own_with(page, |memory, old| copy_or_clear(memory, old, cache))?;
            }
        }
        self.pages.level(&mut zeros)?;
        // Nothing of an object with a source is shared, so every node has one owner.
        self.pages.graft(zeros);
        Ok(())
    }
}
