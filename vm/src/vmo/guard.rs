//! The right to change a store, with what is behind it and before it.

use core::ops::{Deref, DerefMut};

use super::line::{Behind, Line, Position};
use super::store::StoreState;
use crate::lock::{self, Guard, Lock};
use crate::units::{Frame, PAGE_SIZE, PageRange};
use crate::{Result, Status};

/// The right to change a store. What only concerns itself are operations on its [`StoreState`].
pub(crate) struct StoreGuard<'a> {
    line: Guard<'a, Line, { lock::VMO }>,
    position: Position,
}

/// The right to change two stores, or one that is both.
pub(super) struct Pair<'a> {
    /// For both, if they are behind one lock.
    first: StoreGuard<'a>,
    second: Option<StoreGuard<'a>>,
    positions: [Position; 2],
}

impl<'a> StoreGuard<'a> {
    #[inline]
    pub(super) fn new(line: Guard<'a, Line, { lock::VMO }>, position: Position) -> StoreGuard<'a> {
        StoreGuard { line, position }
    }

    /// Returns all that is behind the lock, and which store of it this is.
    pub(super) fn line(&self) -> (&Line, Position) {
        (&self.line, self.position)
    }

    /// Returns the same for changing.
    pub(super) fn line_mut(&mut self) -> (&mut Line, Position) {
        (&mut self.line, self.position)
    }

    /// Says whether anybody sees the store's pages as a viewer.
    pub(super) fn has_viewers(&self) -> bool {
        self.line.has_viewers(self.position)
    }

    /// Returns the store for changing, if nobody provides its content: then it is alone behind its lock, and
    /// what it has no frame for is zero.
    #[inline]
    pub(super) fn plain(&mut self) -> Option<&mut StoreState> {
        match self.position {
            Position::First => self.line.plain(),
            Position::Viewer(_) => None,
        }
    }

    /// Returns the frame behind `page`, which is another store's and not to be written; none if the store
    /// has one itself, or if there are zeros.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: the page is missing.
    pub(super) fn frame_behind(&self, page: u64) -> Result<Option<Frame>> {
        if page >= self.backing().pages || self.pages.get(page).is_some() {
            return Ok(None);
        }
        match self.line.behind(self.position, page) {
            Behind::Frame(frame) => Ok(Some(frame)),
            Behind::Zeros(_) => Ok(None),
            Behind::Source => Err(Status::SHOULD_WAIT),
        }
    }

    /// Returns the frame that is seen at `page`: the store's, or one behind it.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: the page is missing.
    pub(super) fn frame_seen(&self, page: u64) -> Result<Option<Frame>> {
        match self.pages.get(page) {
            Some(held) => Ok(Some(held.frame)),
            None => self.frame_behind(page),
        }
    }

    /// Returns the frame of `page` for writing: its own, or a new one if it has none or shares it.
    /// Page tables that showed what was there before forget it.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: it is missing, or its source has yet to agree. [`Status::NO_MEMORY`]: the page
    /// is as it was.
    pub(super) fn frame_for_write(&mut self, page: u64) -> Result<Frame> {
        match self.plain() {
            Some(state) => state.frame_for_write(page),
            None => self.provided_frame_for_write(page),
        }
    }

    #[cold]
    fn provided_frame_for_write(&mut self, page: u64) -> Result<Frame> {
        if let Some(held) = self.pages.get(page)
            && !held.shared
        {
            self.check_agreed(page)?;
            self.soil(held.frame);
            return Ok(held.frame);
        }
        let behind = self.open(page)?;
        let frame = self.own_frame(page, behind)?;
        self.soil(frame);
        Ok(frame)
    }

    /// Prepares for `page` to get a frame of its own, unless it has one: viewers' page tables forget it.
    /// Returns the frame behind it, as [`StoreGuard::frame_behind`] does.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: the page is missing, or the source has yet to agree.
    pub(super) fn open(&mut self, page: u64) -> Result<Option<Frame>> {
        let behind = self.frame_behind(page)?;
        self.check_agreed(page)?;
        if self.has_viewers() && self.pages.get(page).is_none_or(|held| held.shared) {
            self.hide_in_viewers(PageRange::new(page, 1));
        }
        Ok(behind)
    }

    /// Clears `len` bytes of `page` from byte `from`, if there can be anything else.
    ///
    /// # Errors
    /// Those of [`StoreGuard::frame_for_write`].
    pub(super) fn clear(&mut self, page: u64, from: u64, len: u64) -> Result<()> {
        debug_assert!(from + len <= PAGE_SIZE);
        if len != 0 && self.frame_seen(page)?.is_some() {
            let frame = self.frame_for_write(page)?;
            self.pages.memory().clear_frame(frame, from as usize, len as usize);
        }
        Ok(())
    }

    /// Takes the entries for `pages` out of every page table that shows them.
    pub(super) fn hide(&self, pages: PageRange) {
        self.mappings.hide(pages);
        self.hide_in_viewers(pages);
    }

    /// Takes the entries for `pages` out of the page tables of viewers, which may see them.
    pub(super) fn hide_in_viewers(&self, pages: PageRange) {
        if self.has_viewers() {
            self.line.hide_in_viewers(self.position, pages);
        }
    }

    /// Makes sure that [`StoreGuard::drop_to_zero`] of two ranges, this one and another, cannot fail.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn prepare_zero(&mut self, pages: PageRange) -> Result<()> {
        self.pages.prepare_cut(pages)?;
        self.promise_zeros(pages, 2)
    }

    /// Takes the frames of `pages`, which are zero then. It was prepared.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: it was not, and nothing has changed.
    pub(super) fn drop_to_zero(&mut self, pages: PageRange) -> Result<()> {
        self.drop_pages(pages)?;
        self.add_zeros(pages);
        Ok(())
    }

    /// Takes the frames of `pages`. What is behind them is seen then.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn drop_pages(&mut self, pages: PageRange) -> Result<()> {
        self.pages.prepare_cut(pages)?;
        self.hide(pages);
        self.pages.free(pages);
        Ok(())
    }
}

impl Deref for StoreGuard<'_> {
    type Target = StoreState;

    #[inline]
    fn deref(&self) -> &StoreState {
        self.line.at(self.position)
    }
}

impl DerefMut for StoreGuard<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut StoreState {
        self.line.at_mut(self.position)
    }
}

impl<'a> Pair<'a> {
    pub(super) fn new(
        first: (&'a Lock<Line, { lock::VMO }>, Position),
        second: (&'a Lock<Line, { lock::VMO }>, Position),
    ) -> Pair<'a> {
        let positions = [first.1, second.1];
        let (line, other) = Lock::lock_both(first.0, second.0);
        let first = StoreGuard { line, position: positions[0] };
        let second = other.map(|line| StoreGuard { line, position: positions[1] });
        Pair { first, second, positions }
    }

    /// Says whether the two are one store.
    pub(super) fn is_one(&self) -> bool {
        self.second.is_none() && self.positions[0] == self.positions[1]
    }

    /// Returns the first store.
    pub(super) fn first(&mut self) -> &mut StoreGuard<'a> {
        self.first.position = self.positions[0];
        &mut self.first
    }

    /// Returns the second store.
    pub(super) fn second(&mut self) -> &mut StoreGuard<'a> {
        match &mut self.second {
            Some(second) => second,
            None => {
                self.first.position = self.positions[1];
                &mut self.first
            }
        }
    }
}
