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
use core::ops::Range;

use alloc::boxed::Box;

use super::backing::Backing;
use super::dirt::Dirt;
use super::guard::Pair;
use super::line::Position;
use super::ranges::Ranges;
use super::store::{Store, StoreKind, copy_or_clear};
use super::{Origin, StoreGuard, Vmo};
use crate::attr::Access;
use crate::memory::{Cleanness, Memory};
use crate::units::{PAGE_SIZE, PageRange, is_page_aligned, page_base, page_of};
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

    /// Learns that nobody needs to wait for the bytes from `offset` on any more: the object ends there, or did until others changed it again.
    fn cut(&self, offset: u64);

    /// Learns that nobody needs to wait for what is in the bytes of `range` any more, all of them whole pages: they are zero.
    ///
    /// That may be with the lock of an address space held, as regions zero what they show, too: it may look at objects, but at no address
    /// space.
    fn zeroed(&self, range: Range<u64>);
}

/// Pages in a row that their source has yet to provide.
pub struct Missing {
    store: Ref<Store>,
    pages: PageRange,
    at: u64,
    need: Need,
}

/// What a source is to do about pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Provide what is in them.
    Content,
    /// Agree to their being written.
    Consent,
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

    /// Returns what the source is to do.
    pub fn need(&self) -> Need {
        self.need
    }

    /// Returns the same pages as what is seen at address `at`.
    pub(crate) fn seen_at(self, at: u64) -> Missing {
        Missing { at, ..self }
    }

    /// Returns how many bytes they are.
    pub fn bytes(&self) -> u64 {
        self.pages.bytes()
    }

    /// Returns where the first of them begins that is still missing, or that the source has yet to agree to.
    pub fn first_missing(&self) -> Option<u64> {
        let state = self.store.lock();
        let (line, _) = state.line();
        let missing = line.next_missing(Position::First, self.pages);
        match self.need {
            Need::Content => missing.map(page_base),
            Need::Consent => {
                let first = line.at(Position::First);
                let end = missing.unwrap_or(self.pages.end);
                let mut pages = self.pages.start..end.min(first.size());
                pages.find(|page| first.check_agreed(*page).is_err()).map(page_base)
            }
        }
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
    /// 1. Those of [`Vmo::create`], that knows `TRAP_DIRTY` then: pages that the source takes for clean are written only once it has
    ///    [agreed](Vmo::agree). `DISCARDABLE` it does not know.
    /// 2. [`Status::NO_MEMORY`].
    pub fn with_source(
        memory: &'static Memory,
        size: u64,
        options: VmoOptions,
        source: Box<dyn PageSource>,
    ) -> Result<Ref<Vmo>> {
        if options.contains(VmoOptions::DISCARDABLE) {
            return Err(Status::INVALID_ARGS);
        }
        let vmo = Vmo::create(memory, size, options.difference(VmoOptions::TRAP_DIRTY))?;
        let mut backing = Backing::of(page_of(vmo.size()), Ranges::new())?;
        let traps = options.contains(VmoOptions::TRAP_DIRTY);
        backing.dirt = Some(Dirt { traps, ..Dirt::default() });
        let mut state = vmo.lock();
        state.backing = Some(backing);
        drop(state);
        vmo.store.set_source(source)?;
        Ok(vmo)
    }

    /// Returns who provides the object's content, or that of an object that it is a copy of, if anybody does.
    pub fn source(&self) -> Option<&dyn PageSource> {
        self.store.source()
    }

    /// Returns the source that the object was made with, rather than one of its parents.
    pub fn own_source(&self) -> Option<&dyn PageSource> {
        self.source().filter(|_| matches!(self.origin, Origin::New))
    }

    /// Returns who provides the object's own content, rather than that of an object that it is a copy of.
    pub(super) fn provider(&self) -> Option<&dyn PageSource> {
        self.source().filter(|_| !self.store.is_viewer())
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

    /// Returns the first page that the `len` bytes from `offset` touch that is missing, or that its source has yet to agree to the writing of; in
    /// the latter case those behind it, too, as far as the `all` bytes from `offset` go.
    pub fn missing_to_write(&self, offset: u64, len: u64, all: u64) -> Option<Missing> {
        let state = self.lock();
        let first = self.touched(&state, offset, len).ok()?;
        let rest = self.touched(&state, offset, all).unwrap_or(first);
        self.first_lacking(&state, first, rest, |page| state.check_agreed(page).is_err())
    }

    /// Returns the first page that the `len` bytes from `offset` touch that has to be waited for before it can be pinned for `access`.
    pub fn missing_to_pin(&self, access: Access, offset: u64, len: u64) -> Option<Missing> {
        let state = self.lock();
        let pages = self.touched(&state, offset, len).ok()?;
        self.first_lacking(&state, pages, pages, |page| state.check_ready(access, page).is_err())
    }

    /// Returns page number `page` of the store, if it is missing, or its source has yet to agree to `access`.
    pub(crate) fn missing_page(&self, page: u64, access: Access) -> Option<Missing> {
        let (state, pages) = (self.lock(), PageRange::new(page, 1));
        match access {
            Access::Write => self.first_to_write(&state, pages),
            Access::Read | Access::Execute => self.first_missing(&state, pages),
        }
    }

    /// Returns the page that has to be waited for before the `len` bytes from `offset` can be zeroed, if any:
    /// one of which a part stays, or that is pinned.
    pub fn missing_to_zero(&self, offset: u64, len: u64) -> Option<Missing> {
        let state = self.lock();
        self.touched(&state, offset, len).ok().filter(|touched| !touched.is_empty())?;
        let page = self.first_closed(&state, offset, len)?;
        self.first_to_write(&state, PageRange::new(page, 1))
    }

    fn first_to_write(&self, state: &StoreGuard<'_>, pages: PageRange) -> Option<Missing> {
        self.first_lacking(state, pages, pages, |page| state.check_agreed(page).is_err())
    }

    /// Returns the first of `pages` that is missing, or that `is_closed` says has to be agreed to; then with those behind it among `all`.
    fn first_lacking(
        &self,
        state: &StoreGuard<'_>,
        pages: PageRange,
        all: PageRange,
        is_closed: impl Fn(u64) -> bool,
    ) -> Option<Missing> {
        state.backing.as_ref()?;
        let mut wanted = pages.start..pages.end;
        let start = wanted.find(|page| state.is_missing(*page) || is_closed(*page))?;
        if state.is_missing(start) {
            return Some(self.need_of(state, PageRange::new(start, 1), Need::Content));
        }
        let limit = all.end.min(start.saturating_add(MOST_PAGES));
        let goes_on = |page: &u64| !state.is_missing(*page) && is_closed(*page);
        let end = (start + 1..limit).find(|page| !goes_on(page)).unwrap_or(limit);
        Some(self.need_of(state, PageRange { start, end }, Need::Consent))
    }

    fn need_of(&self, state: &StoreGuard<'_>, pages: PageRange, need: Need) -> Missing {
        let at = page_base(pages.start - self.first_page());
        // The pages of the first store are their keys.
        Missing { store: self.store.clone(), pages: state.pages.keys_of(pages), at, need }
    }

    fn first_missing(&self, state: &StoreGuard<'_>, pages: PageRange) -> Option<Missing> {
        let (line, position) = state.line();
        let start = line.next_missing(position, pages)?;
        let limit = pages.end.min(start + MOST_PAGES);
        let mut behind = start + 1..limit;
        let end = behind.find(|page| !state.is_missing(*page)).unwrap_or(limit);
        Some(self.need_of(state, PageRange { start, end }, Need::Content))
    }

    /// Moves the pages of the `len` bytes from `aux_offset` of `aux` into this object, from `offset` on,
    /// where pages are missing: those without a frame as zeros. All of them are zero in `aux` afterwards,
    /// needed or not.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: not whole pages, or this object was not made with a source.
    /// 2. [`Status::NOT_SUPPORTED`]: `aux` is physical.
    /// 3. [`Status::BAD_STATE`]: `aux` is not a plain object that nobody maps, pins or shares.
    /// 4. [`Status::OUT_OF_RANGE`]: a range overflows or passes the end of its object.
    /// 5. [`Status::NO_MEMORY`]: the pages before one were moved.
    ///
    /// # Source
    /// `vmo.md` §14.
    pub fn supply(&self, offset: u64, len: u64, aux: &Vmo, aux_offset: u64) -> Result<()> {
        self.supply_some(offset, len, aux, aux_offset, u64::MAX).map(drop)
    }

    /// Begins to do what [`Vmo::supply`] does, with `most` pages of `aux` that have frames at the most, not 0; returns how many bytes are
    /// done. What is left is for further calls.
    ///
    /// # Errors
    /// Those of [`Vmo::supply`], of the whole range.
    pub fn supply_some(
        &self,
        offset: u64,
        len: u64,
        aux: &Vmo,
        aux_offset: u64,
        most: u64,
    ) -> Result<u64> {
        let is_aligned = [offset, len, aux_offset].into_iter().all(is_page_aligned);
        if !is_aligned || self.own_source().is_none() {
            return Err(Status::INVALID_ARGS);
        }
        if aux.is_physical() {
            return Err(Status::NOT_SUPPORTED);
        }
        let mut pair = Store::lock_both(&self.store, &aux.store);
        if pair.is_one() {
            return Err(Status::BAD_STATE);
        }
        aux.check_plain(pair.second())?;
        let to = self.touched(pair.first(), offset, len)?;
        let from = aux.touched(pair.second(), aux_offset, len)?;
        let (mut rest, mut left) = (from, most);
        let supplied = loop {
            let next = pair.second().pages.find(rest, |_| true);
            let gap = PageRange { start: rest.start, end: next.unwrap_or(rest.end) };
            if let Err(status) = pair.first().supply_zeros(gap.moved(from.start, to.start)) {
                break Err(status);
            }
            rest.start = gap.end;
            let Some(page) = next.filter(|_| left != 0) else { break Ok(()) };
            if let Err(status) = take(&mut pair, page - from.start + to.start, page) {
                break Err(status);
            }
            rest.start = page + 1;
            left -= 1;
        };
        let done = PageRange { start: from.start, end: rest.start };
        pair.second().drop_pages(done)?;
        supplied.map(|()| done.bytes())
    }

    /// Checks that the object's pages are its own, and that nobody looks at them but by calls.
    fn check_plain(&self, state: &StoreGuard<'_>) -> Result<()> {
        let is_plain = matches!(self.origin, Origin::New)
            && self.store.kind == StoreKind::Paged
            && self.source().is_none()
            && !self.is_discardable()
            && state.cache == CachePolicy::Cached
            && !self.has_views()
            && !self.has_relatives()
            && !state.has_pins()
            && state.mappings.is_empty();
        if is_plain { Ok(()) } else { Err(Status::BAD_STATE) }
    }
}

/// Gives the first store the frame that page `source` of the second has, as `page`, if that is missing; or a copy of it, if a relative of
/// the second is just about to go and holds it still.
fn take(pair: &mut Pair<'_>, page: u64, source: u64) -> Result<()> {
    if !pair.first().is_missing(page) {
        return Ok(());
    }
    let Some(held) = pair.second().pages.get(source) else { return Ok(()) };
    let pages = &mut pair.first().pages;
    let (frame, _) = pages.own_with(page, |memory, _| match held.shared {
        true => copy_or_clear(memory, Some(held.frame), CachePolicy::Cached),
        false => Ok(held.frame),
    })?;
    let record = pages.memory().record(frame);
    if !held.shared {
        // What has just begun as a page of the first still is one of the second.
        record.share();
    }
    record.set_cleanness(Cleanness::Clean);
    Ok(())
}

impl StoreGuard<'_> {
    /// Makes those of `pages` zero that are missing.
    fn supply_zeros(&mut self, pages: PageRange) -> Result<()> {
        self.promise_zeros(pages, 1)?;
        self.add_zeros(pages);
        Ok(())
    }

    /// Says whether the source has yet to provide `page`.
    fn is_missing(&self, page: u64) -> bool {
        self.frame_behind(page).is_err()
    }
}
