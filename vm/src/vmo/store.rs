//! What has the pages of objects.

use abi::{CachePolicy, VmoOptions};
use alloc::boxed::Box;

use super::backing::Backing;
use super::discard::Keeping;
use super::guard::{Pair, StoreGuard};
use super::line::{Line, Position};
use super::stream::StreamSize;
use super::{Mappings, PageSource, PageTree};
use crate::lock::{self, Guard, Lock};
use crate::memory::Memory;
use crate::slab::Slot;
use crate::units::{Frame, PageRange};
use crate::{Ref, Result};
use spin::Once;

/// Pages and everyone who maps them.
pub(super) struct Store {
    pub(super) memory: &'static Memory,
    pub(super) options: VmoOptions,
    pub(super) kind: StoreKind,
    /// Who provides the content, if anybody does; set before anybody else knows the store.
    source: Once<Ref<Box<dyn PageSource>>>,
    /// The stream size of those that show all of it.
    pub(super) stream: StreamSize,
    state: State,
}

/// Where the state of a store is.
#[cfg_attr(
    feature = "interleave",
    expect(clippy::large_enum_variant, reason = "locks that are explored are larger")
)]
enum State {
    /// Here, with that of those that see its pages, behind one lock.
    First(Lock<Line, { lock::VMO }>),
    /// Behind that of `first`, in a slot that is set before anybody else knows the store.
    Viewer { first: Ref<Store>, slot: Once<Slot> },
}

/// Where the frames of a store come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum StoreKind {
    /// From the free ones, as they are needed.
    Paged,
    /// All of them from the start, in a row, for as long as the store exists.
    Contiguous,
    /// They are these, in a row; not ours to give back.
    Physical { first: Frame },
}

/// What changes about a store.
pub(crate) struct StoreState {
    /// Pages there are, with a frame or without.
    size: u64,
    pub(super) pages: PageTree,
    /// None if nobody provides content.
    pub(super) backing: Option<Box<Backing>>,
    pub(super) cache: CachePolicy,
    /// Whether the pages of a discardable object are kept.
    pub(super) keeping: Keeping,
    /// Pins of all pages together.
    pub(super) pins: u64,
    pub(crate) mappings: Mappings,
}

impl Store {
    pub(super) fn new(
        options: VmoOptions,
        kind: StoreKind,
        size: u64,
        pages: PageTree,
        cache: CachePolicy,
        stream_size: u64,
    ) -> Result<Ref<Store>> {
        Ref::try_new_with(|| Store {
            memory: pages.memory(),
            options,
            kind,
            source: Once::new(),
            stream: StreamSize::new(stream_size),
            state: State::First(Lock::new(Line::new(StoreState::new(size, pages, cache)))),
        })
    }

    /// Makes a store that is behind the lock of this one, and will be at a [`Store::settle`]d place there.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY).
    pub(super) fn viewer(
        this: &Ref<Store>,
        options: VmoOptions,
        stream_size: u64,
    ) -> Result<Ref<Store>> {
        let first = match &this.state {
            State::First(_) => this,
            State::Viewer { first, .. } => first,
        };
        let source = this.source.get().cloned();
        Ref::try_new(Store {
            memory: this.memory,
            options,
            kind: StoreKind::Paged,
            source: source.map_or(Once::new(), Once::initialized),
            stream: StreamSize::new(stream_size),
            state: State::Viewer { first: first.clone(), slot: Once::new() },
        })
    }

    /// Says which of the stores behind the lock a viewer is. Only the first time counts.
    pub(super) fn settle(&self, place: Slot) {
        if let State::Viewer { slot, .. } = &self.state {
            slot.call_once(|| place);
        }
    }

    /// Returns which of the stores behind the lock it is.
    #[inline]
    fn position(&self) -> Position {
        match &self.state {
            State::First(_) => Position::First,
            State::Viewer { slot, .. } => {
                slot.get().map_or(Position::First, |slot| Position::Viewer(*slot))
            }
        }
    }

    /// Returns the lock that its state is behind.
    #[inline]
    fn line(&self) -> &Lock<Line, { lock::VMO }> {
        match &self.state {
            State::First(line) => line,
            State::Viewer { first, .. } => first.line(),
        }
    }

    /// Returns who provides the content that is seen where no store has written any.
    pub(super) fn source(&self) -> Option<&dyn PageSource> {
        self.source.get().map(|source| &***source)
    }

    /// Says who provides the content. Only the first time counts.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): `source` is dropped.
    pub(super) fn set_source(&self, source: Box<dyn PageSource>) -> Result<()> {
        let source = Ref::try_new(source)?;
        self.source.call_once(|| source);
        Ok(())
    }

    /// Says whether it sees pages of another store.
    pub(super) fn is_viewer(&self) -> bool {
        self.position() != Position::First
    }

    /// Locks all that is behind the store's lock.
    #[inline]
    pub(super) fn lock_line(&self) -> Guard<'_, Line, { lock::VMO }> {
        self.line().lock()
    }

    /// Returns the right to change the store, from that to all that is behind its lock.
    #[inline]
    pub(super) fn guard<'a>(&self, line: Guard<'a, Line, { lock::VMO }>) -> StoreGuard<'a> {
        StoreGuard::new(line, self.position())
    }

    #[inline(always)]
    pub(super) fn lock(&self) -> StoreGuard<'_> {
        self.guard(self.lock_line())
    }

    /// Leaves the line of a viewer: no object shows it any more.
    #[cold]
    fn leave(&self) {
        if let Position::Viewer(slot) = self.position() {
            self.lock_line().leave(slot);
        }
    }

    /// Locks two stores, or one that is both.
    pub(super) fn lock_both<'a>(first: &'a Store, second: &'a Store) -> Pair<'a> {
        Pair::new((first.line(), first.position()), (second.line(), second.position()))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.is_viewer() {
            self.leave();
        }
    }
}

impl StoreState {
    #[inline]
    pub(super) fn new(size: u64, pages: PageTree, cache: CachePolicy) -> StoreState {
        StoreState {
            size,
            pages,
            backing: None,
            cache,
            keeping: Keeping::default(),
            pins: 0,
            mappings: Mappings::new(),
        }
    }

    /// Returns the frame of `page` for writing: its own, or a new one if it has none or shares it. Page
    /// tables that showed what was there before forget it. Nobody provides the store's content.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): the page is as it was.
    pub(super) fn frame_for_write(&mut self, page: u64) -> Result<Frame> {
        if let Some(held) = self.pages.get(page)
            && !held.shared
        {
            return Ok(held.frame);
        }
        self.own_frame(page, None)
    }

    /// Gives `page`, which has no frame of its own, one: a copy of what it shares, or of what is `behind` it,
    /// or zeros. The store's page tables forget what was seen before.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): the page is as it was.
    pub(super) fn own_frame(&mut self, page: u64, behind: Option<Frame>) -> Result<Frame> {
        let (frame, _) = self.pages.own_with(page, |memory, old| {
            let frame = copy_or_clear(memory, old.or(behind), self.cache)?;
            self.mappings.hide(PageRange::new(page, 1));
            Ok(frame)
        })?;
        Ok(frame)
    }

    /// Does what [`StoreState::own_frame`] does for a page that the store's page tables do not show.
    ///
    /// # Errors
    /// Those of [`StoreState::own_frame`].
    pub(super) fn own_hidden(&mut self, page: u64, behind: Option<Frame>) -> Result<Frame> {
        let cache = self.cache;
        let copy = |memory, old: Option<Frame>| copy_or_clear(memory, old.or(behind), cache);
        self.pages.own_with(page, copy).map(|(frame, _)| frame)
    }

    /// Returns the size in pages.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn set_size(&mut self, pages: u64) {
        self.size = pages;
    }
}

/// Makes a frame of one's own: a copy of `old`, or one full of zeros. If it is to be seen uncached, the
/// bytes are in memory and not only in a cache.
pub(super) fn copy_or_clear(
    memory: &'static Memory,
    old: Option<Frame>,
    cache: CachePolicy,
) -> Result<Frame> {
    let frame = match old {
        None => memory.allocate_zeroed()?,
        Some(old) => {
            let frame = memory.allocate()?;
            memory.copy_frame(old, frame);
            frame
        }
    };
    if cache != CachePolicy::Cached {
        memory.flush_frame(frame);
    }
    Ok(frame)
}
