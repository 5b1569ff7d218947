//! The model of objects: bytes of the pages that have frames. A snapshot is a copy of a map from page
//! to bytes. How frames are found, and how nodes of trees are shared, is none of its business; which
//! objects share a frame is, as memory is counted.
//!
//! What is checked, and in which order, is written from the specification (`vmo.md`).

mod child;
mod create;
mod dirt;
mod keep;
mod page;
mod range;
mod size;
mod transfer;
mod usage;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use abi::{CachePolicy, Status};

use crate::common::PAGE;
pub(crate) use page::{Page, ZEROS};
pub(crate) use transfer::pieces;
pub(crate) use usage::Usage;

type Answer<T> = Result<T, Status>;

/// A source is told of no more missing pages at once than these.
const MOST_MISSING: u64 = 512;

/// Where frames come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Paged,
    Contiguous,
    Physical,
}

/// Pages, which one or more objects show.
pub(crate) struct Store {
    kind: Kind,
    /// In pages.
    size: u64,
    is_resizable: bool,
    is_discardable: bool,
    /// Pages with a frame.
    pages: BTreeMap<u64, Rc<Page>>,
    /// The first store of those that snapshots have made of it.
    family: usize,
    /// Where its first page is in the first store of the family.
    origin: u64,
    /// Somebody else provides the pages below this.
    backed: Option<u64>,
    /// But not these, which are zero where they have no frame.
    zeros: BTreeSet<u64>,
    /// What whoever provides them has yet to learn.
    dirt: dirt::Dirt,
    /// The byte it was cut off at last; 0 if it never was.
    cut_at: u64,
    policy: CachePolicy,
    /// How often each page is pinned, and all together.
    pins: BTreeMap<u64, u32>,
    pin_count: u64,
    locks: u64,
    /// When it was unlocked for the last time, if it is not locked.
    idle: Option<u64>,
    was_discarded: bool,
}

/// An object: a store, or a part of one.
struct Object {
    store: usize,
    /// First page and number of pages, of a slice.
    slice: Option<(u64, u64)>,
    is_reference: bool,
    /// Its stream size, which it may share.
    stream: usize,
    /// It still exists.
    is_needed: bool,
}

/// All objects, by number.
#[derive(Default)]
pub(crate) struct Objects {
    stores: Vec<Store>,
    streams: Vec<u64>,
    objects: Vec<Object>,
    /// Counts the times at which something became idle.
    clock: u64,
}

impl Objects {
    fn add(&mut self, object: Object) -> usize {
        self.objects.push(object);
        self.objects.len() - 1
    }

    pub(crate) fn store(&self, object: usize) -> &Store {
        &self.stores[self.objects[object].store]
    }

    fn store_mut(&mut self, object: usize) -> &mut Store {
        &mut self.stores[self.objects[object].store]
    }

    /// Says which objects still exist. The pages of those that do not are gone.
    pub(crate) fn keep(&mut self, is_needed: impl Fn(usize) -> bool) {
        for (number, object) in self.objects.iter_mut().enumerate() {
            object.is_needed = object.is_needed && is_needed(number);
        }
        for number in 0..self.stores.len() {
            if self.views(number) == 0 {
                self.stores[number].pages.clear();
            }
        }
    }

    /// Says whether the pages that the object showed are gone, and whoever provided them.
    pub(crate) fn is_gone(&self, object: usize) -> bool {
        self.views(self.objects[object].store) == 0
    }

    /// Returns where the object was cut off last; 0 if it never was.
    pub(crate) fn cut_at(&self, object: usize) -> u64 {
        self.store(object).cut_at
    }

    /// Returns how many objects show a store.
    fn views(&self, store: usize) -> usize {
        self.objects.iter().filter(|object| object.is_needed && object.store == store).count()
    }

    /// Says whether the object's store is a snapshot, or one is needed that is a snapshot of it, or of that.
    fn has_relatives(&self, object: usize) -> bool {
        let store = self.objects[object].store;
        self.stores[store].family != store || self.relatives(store).any(|other| other != store)
    }

    /// Visits the stores of a store's family, itself included, as far as they are needed.
    fn relatives(&self, store: usize) -> impl Iterator<Item = usize> {
        let family = self.stores[store].family;
        (0..self.stores.len())
            .filter(move |other| self.stores[*other].family == family && self.views(*other) != 0)
    }

    fn first(&self, object: usize) -> u64 {
        self.objects[object].slice.map_or(0, |(first, _)| first)
    }

    /// Returns which page of its store a page of an object is.
    pub(crate) fn store_page(&self, object: usize, page: u64) -> u64 {
        self.first(object) + page
    }

    /// Returns the size in pages.
    pub(crate) fn size(&self, object: usize) -> u64 {
        let slice = self.objects[object].slice;
        slice.map_or(self.store(object).size, |(_, count)| count)
    }

    pub(crate) fn stream_size(&self, object: usize) -> u64 {
        self.streams[self.objects[object].stream]
    }

    fn set_stream(&mut self, object: usize, size: u64) {
        let stream = self.objects[object].stream;
        self.streams[stream] = size;
    }

    /// Returns the pages of the store that `len` bytes from `offset` touch.
    fn touched(&self, object: usize, offset: u64, len: u64) -> Answer<Range<u64>> {
        let end = offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
        if end > self.size(object) * PAGE {
            return Err(Status::OUT_OF_RANGE);
        }
        let first = self.first(object);
        let pages = first + offset / PAGE..first + end.div_ceil(PAGE);
        Ok(if len == 0 { first..first } else { pages })
    }

    pub(crate) fn check(&self, object: usize, offset: u64, len: u64) -> Answer<()> {
        self.touched(object, offset, len).map(drop)
    }

    /// Returns the bytes of a page, whether it has a frame or not.
    fn page(&self, object: usize, page: u64) -> &[u8; PAGE as usize] {
        self.store(object)
            .pages
            .get(&(self.first(object) + page))
            .map_or(ZEROS, |page| page.bytes())
    }

    /// Says whether nobody else sees the frame that a page has.
    pub(crate) fn is_own(&self, object: usize, page: u64) -> bool {
        let page = self.store(object).pages.get(&(self.first(object) + page));
        page.is_some_and(|page| Rc::strong_count(page) == 1)
    }

    /// Returns the first pages in a row that were not provided yet, of those given.
    pub(crate) fn missing(&self, object: usize, pages: Range<u64>) -> Option<Range<u64>> {
        let first = self.first(object);
        // The others are not missing, and there may be many.
        let last = self.store(object).last_backed()?;
        let pages =
            pages.start..pages.end.min(self.size(object)).min((last + 1).saturating_sub(first));
        let is_missing = |page: &u64| self.store(object).is_missing(first + page);
        let start = pages.clone().find(is_missing)?;
        let limit = pages.end.min(start + MOST_MISSING);
        let end = (start..limit).find(|page| !is_missing(page)).unwrap_or(limit);
        Some(start..end)
    }

    /// Checks that none of these pages is missing.
    pub(crate) fn check_provided(&self, object: usize, pages: Range<u64>) -> Answer<()> {
        match self.missing(object, pages) {
            Some(_) => Err(Status::SHOULD_WAIT),
            None => Ok(()),
        }
    }
}

impl Store {
    /// Checks that content was not discarded.
    pub(crate) fn check_kept(&self) -> Answer<()> {
        if self.was_discarded { Err(Status::NOT_FOUND) } else { Ok(()) }
    }

    fn check_cached(&self) -> Answer<()> {
        if self.policy == CachePolicy::Cached { Ok(()) } else { Err(Status::BAD_STATE) }
    }

    /// Returns the bytes of a page for changing: nobody else sees them.
    fn own(&mut self, page: u64) -> &mut [u8; PAGE as usize] {
        let place = self.pages.entry(page).or_insert_with(Page::zeroed);
        Rc::make_mut(place).bytes_mut()
    }

    fn is_pinned(&self, pages: Range<u64>) -> bool {
        self.pins.range(pages).next().is_some()
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn is_resizable(&self) -> bool {
        self.is_resizable
    }

    pub(crate) fn is_discardable(&self) -> bool {
        self.is_discardable
    }

    pub(crate) fn policy(&self) -> CachePolicy {
        self.policy
    }
}
