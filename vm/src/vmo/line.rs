//! Stores that see the pages of others, all behind one lock.
//!
//! A store whose content a source provides can have *viewers*: copies that show its pages, changes to
//! them included, until they write one themselves. Viewers can have viewers.
//!
//! ```text
//!   source ....> first <-- viewer <-- viewer
//!                  ^
//!                  +------ viewer      a page that a store lacks is looked for behind it,
//!                                      at the same key
//! ```
//!
//! Pages have the same key in all of them, as in snapshots; the first store's pages are their keys.
//! What a store lacks below its [`backing`](StoreState::backing) is behind it, but for its
//! [`zeros`](super::ranges::Ranges). Whoever has one of the stores has the lock of all: looking behind one
//! and hiding what others see of it need no order among locks.

mod leave;

use super::store::StoreState;
use crate::Result;
use crate::slab::{Slab, Slot};
use crate::units::{Frame, PageRange};

/// A store, and those that see its pages.
pub(super) struct Line {
    first: StoreState,
    viewers: Slab<Viewer, 4>,
    /// One of the first store's viewers.
    eldest: Option<Slot>,
}

/// Which of the stores behind one lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    First,
    Viewer(Slot),
}

/// A store that sees the pages of another.
struct Viewer {
    state: StoreState,
    parent: Position,
    /// One of its own viewers.
    eldest: Option<Slot>,
    /// Its neighbours among the viewers of its parent.
    before: Option<Slot>,
    after: Option<Slot>,
    /// No object shows it any more, and it is only there for its viewers.
    is_gone: bool,
}

/// What is behind a page that a store lacks.
pub(super) enum Behind {
    /// Another store's frame, which is not to be written.
    Frame(Frame),
    /// Zeros, for this page and those after it, this many in all as far as they are lacking too.
    Zeros(u64),
    /// The source, which has not provided the page.
    Source,
}

impl Line {
    pub(super) fn new(first: StoreState) -> Line {
        Line { first, viewers: Slab::new(), eldest: None }
    }

    #[inline]
    pub(super) fn at(&self, position: Position) -> &StoreState {
        match position {
            Position::First => &self.first,
            Position::Viewer(slot) => &self.viewers[slot].state,
        }
    }

    #[inline]
    pub(super) fn at_mut(&mut self, position: Position) -> &mut StoreState {
        match position {
            Position::First => &mut self.first,
            Position::Viewer(slot) => &mut self.viewers[slot].state,
        }
    }

    /// Returns the first store, if nobody provides its content. Then there are no others.
    #[inline]
    pub(super) fn plain(&mut self) -> Option<&mut StoreState> {
        if self.first.backing.is_none() { Some(&mut self.first) } else { None }
    }

    /// Returns whose pages the store at `position` sees, unless it is the first.
    pub(super) fn parent(&self, position: Position) -> Option<Position> {
        match position {
            Position::First => None,
            Position::Viewer(slot) => Some(self.viewers[slot].parent),
        }
    }

    /// Says whether anybody sees the pages of the store at `position`.
    #[inline]
    pub(super) fn has_viewers(&self, position: Position) -> bool {
        self.eldest(position).is_some()
    }

    #[inline]
    fn eldest(&self, position: Position) -> Option<Slot> {
        match position {
            Position::First => self.eldest,
            Position::Viewer(slot) => self.viewers[slot].eldest,
        }
    }

    fn eldest_mut(&mut self, position: Position) -> &mut Option<Slot> {
        match position {
            Position::First => &mut self.eldest,
            Position::Viewer(slot) => &mut self.viewers[slot].eldest,
        }
    }

    /// Returns what is behind `page`, which the store at `position` lacks.
    pub(super) fn behind(&self, position: Position, page: u64) -> Behind {
        let (mut position, mut page) = (position, page);
        loop {
            let state = self.at(position);
            if page >= state.backing().pages {
                return Behind::Zeros(u64::MAX);
            }
            if let Some(zeros) = state.backing().zeros.from(page) {
                return Behind::Zeros(zeros.count());
            }
            let Some(parent) = self.parent(position) else {
                return Behind::Source;
            };
            page = self.at(parent).pages.page(state.pages.key(page));
            if let Some(held) = self.at(parent).pages.get(page) {
                return Behind::Frame(held.frame);
            }
            position = parent;
        }
    }

    /// Returns the first of `pages` that the store at `position` lacks and sees of another, and its frame.
    pub(super) fn next_seen(&self, position: Position, pages: PageRange) -> Option<(u64, Frame)> {
        let seer = &self.at(position).pages;
        let mut rest = pages.intersect(PageRange::new(0, self.at(position).backing().pages));
        loop {
            let page = self.next_owned_above(position, rest)?;
            if seer.get(page).is_none()
                && let Behind::Frame(frame) = self.behind(position, page)
            {
                return Some((page, frame));
            }
            rest.start = page + 1;
        }
    }

    /// Returns the first of `pages` for which any of those that the store at `position` looks through to has a
    /// frame, seen or not.
    fn next_owned_above(&self, position: Position, pages: PageRange) -> Option<u64> {
        let seer = &self.at(position).pages;
        let keys = seer.keys_of(pages);
        let mut above = self.parent(position);
        let mut first = None;
        while let Some(owner) = above {
            let owned = &self.at(owner).pages;
            let found = owned.find(owned.pages_of(keys), |_| true).map(|page| owned.key(page));
            first = first.into_iter().chain(found).min();
            above = self.parent(owner);
        }
        first.map(|key| seer.page(key))
    }

    /// Returns the first of `pages` that the store at `position` lacks without its being zero, and what is
    /// behind it.
    pub(super) fn next_lacking(
        &self,
        position: Position,
        pages: PageRange,
    ) -> Option<(u64, Behind)> {
        let state = self.at(position);
        let mut rest = pages.intersect(PageRange::new(0, state.backing().pages));
        loop {
            let page = state.pages.find_vacant(rest)?;
            match self.behind(position, page) {
                Behind::Zeros(count) => rest.start = page.saturating_add(count),
                behind => return Some((page, behind)),
            }
        }
    }

    /// Returns the first of `pages` of the store at `position` that the source has yet to provide.
    pub(super) fn next_missing(&self, position: Position, pages: PageRange) -> Option<u64> {
        let mut rest = pages;
        loop {
            match self.next_lacking(position, rest)? {
                (page, Behind::Source) => return Some(page),
                (page, _) => rest.start = page + 1,
            }
        }
    }

    /// Takes the entries for `pages` of the store at `position` out of the page tables of all who see them
    /// through it.
    #[cold]
    pub(super) fn hide_in_viewers(&self, position: Position, pages: PageRange) {
        let keys = self.at(position).pages.keys_of(pages);
        self.each_viewer(position, |viewer| {
            let seen =
                viewer.pages.pages_of(keys).intersect(PageRange::new(0, viewer.backing().pages));
            if !seen.is_empty() {
                viewer.mappings.hide(seen);
            }
        });
    }

    /// Visits all who see pages through the store at `top`, however many others they look through.
    fn each_viewer(&self, top: Position, mut visit: impl FnMut(&StoreState)) {
        let mut next = self.eldest(top);
        while let Some(slot) = next {
            let viewer = &self.viewers[slot];
            visit(&viewer.state);
            next = viewer.eldest.or_else(|| self.after(top, slot));
        }
    }

    /// Returns who comes after `slot` and all who look through it, among those below `top`.
    fn after(&self, top: Position, slot: Slot) -> Option<Slot> {
        let mut viewer = &self.viewers[slot];
        loop {
            if viewer.after.is_some() {
                return viewer.after;
            }
            match viewer.parent {
                Position::Viewer(parent) if viewer.parent != top => viewer = &self.viewers[parent],
                _ => return None,
            }
        }
    }

    /// Adds a viewer of the store at `parent`.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    pub(super) fn add(&mut self, parent: Position, state: StoreState) -> Result<Slot> {
        self.viewers.promise(1)?;
        let after = self.eldest(parent);
        let viewer = Viewer { state, parent, eldest: None, before: None, after, is_gone: false };
        let slot = self.viewers.insert(viewer);
        if let Some(after) = after {
            self.viewers[after].before = Some(slot);
        }
        *self.eldest_mut(parent) = Some(slot);
        Ok(slot)
    }

    /// Lets nobody see more of the store at `position` than it has pages; it was cut.
    pub(super) fn cut_views(&mut self, position: Position) {
        let state = self.at(position);
        let keys = state.pages.keys_of(PageRange::new(0, state.size()));
        let mut next = self.eldest(position);
        while let Some(slot) = next {
            let viewer = &mut self.viewers[slot];
            let seen = viewer.state.pages.pages_of(keys);
            viewer.state.limit(seen.end);
            next = viewer.after;
        }
    }
}
