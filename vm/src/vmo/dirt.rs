//! What a source has yet to learn of the pages that it provided.
//!
//! ```text
//!   supplied --> clean --write--> dirty --begin--> leaving --end--> clean
//!                  ^                ^                 |
//!                  |                +------write------+
//! ```
//!
//! A page that has a frame keeps this in the record of the frame ([`Cleanness`]), which belongs to no other
//! object: stores that have a source are not shared, only looked at. A frame that was just given to a page is
//! dirty. Only dirty pages are shown with writable entries, so the first write to another is always noticed;
//! and those only while something is known to be modified, so that the next change after a question is, too.
//! Pages without a frame that are zero, and that the source does not know to be so, are in [`Dirt::zeros`]; once
//! it has learnt of them they are missing, as any page that it knows and the store has lost.

use super::range::edges_and_whole;
use super::ranges::Ranges;
use super::{StoreGuard, StoreState, Vmo};
use crate::memory::Cleanness;
use crate::units::{Frame, PageRange, page_base};
use crate::{Result, Status};

/// What the source of a store has yet to learn.
#[derive(Default)]
pub(super) struct Dirt {
    /// A page may be written only once the source has agreed to its becoming dirty.
    pub(super) traps: bool,
    /// Something was changed since somebody asked.
    pub(super) is_modified: bool,
    /// Pages that are zero if they have no frame, and of which the source does not know. A page whose frame is not dirty is not
    /// among them, unless it is in [`Dirt::leaving`] too.
    pub(super) zeros: Ranges,
    /// Those of them that it is being told of.
    pub(super) leaving: Ranges,
}

impl Dirt {
    /// Notes that those of `pages` that have no frame are zero. It was promised.
    fn add_zeros(&mut self, pages: &Ranges) {
        if pages.len() != 0 {
            self.is_modified = true;
            self.zeros.add_all(pages.iter());
            self.leaving.remove_all(pages.iter());
        }
    }

    /// Forgets all pages from `end` on.
    pub(super) fn cut(&mut self, end: u64) {
        self.zeros.cut(end);
        self.leaving.cut(end);
    }
}

impl StoreState {
    /// Returns what the source has yet to learn, if it is the store's own.
    pub(super) fn dirt(&self) -> Option<&Dirt> {
        self.backing().dirt.as_ref()
    }

    /// Returns the same for changing.
    pub(super) fn dirt_mut(&mut self) -> Option<&mut Dirt> {
        self.backing.as_mut()?.dirt.as_mut()
    }

    /// Says whether `frame`, one of the store's, may be written without anybody's noticing.
    pub(super) fn is_open(&self, frame: Frame) -> bool {
        self.dirt().is_none_or(|dirt| dirt.is_modified && self.cleanness(frame) == Cleanness::Dirty)
    }

    pub(super) fn cleanness(&self, frame: Frame) -> Cleanness {
        self.pages.memory().record(frame).cleanness()
    }

    /// Checks that `page`, which is not missing, may be written.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: the source has yet to agree.
    pub(super) fn check_agreed(&self, page: u64) -> Result<()> {
        let is_trapped = self.dirt().is_some_and(|dirt| dirt.traps)
            && self
                .pages
                .get(page)
                .is_none_or(|held| self.cleanness(held.frame) != Cleanness::Dirty);
        if is_trapped { Err(Status::SHOULD_WAIT) } else { Ok(()) }
    }

    /// Notes that `frame`, one of the store's, is about to be written.
    pub(super) fn soil(&mut self, frame: Frame) {
        if let Some(dirt) = self.dirt_mut() {
            dirt.is_modified = true;
            self.pages.memory().record(frame).set_cleanness(Cleanness::Dirty);
        }
    }

    /// Returns those of `pages` that the source does not know to be zero, and makes sure that [`StoreState::add_dirty_zeros`] can be called
    /// for them. None if no source has anything to learn.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn promise_dirty_zeros(&mut self, pages: PageRange) -> Result<Ranges> {
        let mut unknown = Ranges::new();
        if self.dirt().is_none() {
            return Ok(unknown);
        }
        let mut rest = pages;
        while let Some(known) = self.first_known_zeros(rest) {
            unknown.push(PageRange { end: known.start, ..rest })?;
            rest.start = known.end;
        }
        unknown.push(rest)?;
        let Some(backing) = &mut self.backing else { return Ok(unknown) };
        let Some(dirt) = &mut backing.dirt else { return Ok(unknown) };
        dirt.leaving.promise(unknown.len())?;
        dirt.zeros.promise(unknown.len())?;
        // So that it can become a copy.
        backing.zeros.promise_all(dirt.zeros.len() + unknown.len())?;
        Ok(unknown)
    }

    /// Notes that pages, those without a pin, are about to become zero, and that the source does not know: those that
    /// [`StoreState::promise_dirty_zeros`] has returned.
    pub(super) fn add_dirty_zeros(&mut self, unknown: &Ranges) {
        self.dirt_mut().into_iter().for_each(|dirt| dirt.add_zeros(unknown));
    }

    /// Returns the first of `pages` in a row that have no frame and are zero, as the source knows.
    fn first_known_zeros(&self, pages: PageRange) -> Option<PageRange> {
        let mut rest = pages;
        loop {
            let known = self.first_unframed(&self.backing().zeros, rest)?;
            match self.dirt()?.zeros.first_in(known) {
                Some(dirty) if dirty.start == known.start => rest.start = dirty.end,
                Some(dirty) => return Some(PageRange { end: dirty.start, ..known }),
                None => return Some(known),
            }
        }
    }

    /// Returns the first of `pages` in a row that are in `ranges` and have no frame.
    fn first_unframed(&self, ranges: &Ranges, pages: PageRange) -> Option<PageRange> {
        let mut rest = pages;
        loop {
            let part = ranges.first_in(rest)?;
            match self.pages.find(part, |_| true) {
                Some(page) if page == part.start => rest.start = page + 1,
                Some(page) => return Some(PageRange { end: page, ..part }),
                None => return Some(part),
            }
        }
    }

    /// Makes sure that [`StoreState::grow_dirty`] can be called for `grown`, pages behind the last; returns what it is to be told.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn promise_growth(&mut self, grown: PageRange) -> Result<Ranges> {
        let unknown = self.promise_dirty_zeros(grown)?;
        if let Some(backing) = &mut self.backing {
            backing.zeros.promise(unknown.len())?;
        }
        Ok(unknown)
    }

    /// Notes that there are pages up to `end` from now on, and that those that were not there before are zero, which the source does not
    /// know: they were promised.
    pub(super) fn grow_dirty(&mut self, end: u64, grown: &Ranges) {
        if let Some(backing) = &mut self.backing
            && let Some(dirt) = &mut backing.dirt
        {
            backing.pages = end;
            backing.zeros.add_all(grown.iter());
            dirt.add_zeros(grown);
            dirt.is_modified = true;
        }
    }
}

impl Vmo {
    /// Returns the first page that has to be written where it is when the `len` bytes from `offset`, which are inside the object and not
    /// none, are zeroed, and that is missing, or that its source has yet to agree to: one of which a part stays, or that is pinned.
    pub(super) fn first_closed(
        &self,
        state: &StoreGuard<'_>,
        offset: u64,
        len: u64,
    ) -> Option<u64> {
        state.backing.as_ref()?;
        let base = page_base(self.first_page());
        let (edges, whole) = edges_and_whole(base + offset, base + offset + len);
        let is_closed = |page: &u64| match state.frame_seen(*page) {
            Err(_) => true,
            Ok(None) => false,
            Ok(Some(_)) => state.check_agreed(*page).is_err(),
        };
        let [first, last] = edges.map(|edge| Some(edge).filter(|edge| !whole.contains(*edge)));
        let after = |page: u64| state.first_pinned(PageRange { start: page + 1, end: whole.end });
        let pinned = core::iter::successors(state.first_pinned(whole), |page| after(*page));
        first.into_iter().chain(pinned).chain(last).find(is_closed)
    }
}
