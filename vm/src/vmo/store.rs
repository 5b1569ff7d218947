//! What has the pages of objects.

use abi::{CachePolicy, VmoOptions};
use alloc::boxed::Box;

use super::discard::Keeping;
use super::family::{Family, Membership};
use super::{Mappings, PageSource, PageTree};
use crate::lock::{self, Guard, Lock};
use crate::memory::Memory;
use crate::units::{Frame, PAGE_SIZE, PageRange};
use crate::{Ref, Result};
use spin::Once;

/// Pages and everyone who maps them.
pub(super) struct Store {
    pub(super) memory: &'static Memory,
    pub(super) options: VmoOptions,
    pub(super) kind: StoreKind,
    /// Its place among those that it may share frames with; none before the first snapshot.
    membership: Once<Membership>,
    /// Who provides the content, if anybody does; set before anybody else knows the store.
    source: Once<Box<dyn PageSource>>,
    state: Ref<State>,
}

/// The state of a store, behind its lock.
pub(super) type State = Lock<StoreState, { lock::VMO }>;

/// The right to change two stores, or one that is both.
pub(super) type Both<'a> =
    (Guard<'a, StoreState, { lock::VMO }>, Option<Guard<'a, StoreState, { lock::VMO }>>);

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
    /// The pages below this number have content that the store's source provides; 0 without one.
    pub(super) backed: u64,
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
    ) -> Result<Ref<Store>> {
        let memory = pages.memory();
        let state = StoreState {
            size,
            pages,
            backed: 0,
            cache,
            keeping: Keeping::default(),
            pins: 0,
            mappings: Mappings::new(),
        };
        Ref::try_new(Store {
            memory,
            options,
            kind,
            membership: Once::new(),
            source: Once::new(),
            state: Ref::try_new(Lock::new(state))?,
        })
    }

    /// Returns who provides the content.
    pub(super) fn source(&self) -> Option<&dyn PageSource> {
        self.source.get().map(Box::as_ref)
    }

    /// Says who provides the content. Only the first time counts.
    pub(super) fn set_source(&self, source: Box<dyn PageSource>) {
        self.source.call_once(|| source);
    }

    pub(super) fn lock(&self) -> Guard<'_, StoreState, { lock::VMO }> {
        self.state.lock()
    }

    /// Makes `snapshot` a relative, whose frames are, as yet, this store's. Under this store's lock.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    pub(super) fn adopt(&self, snapshot: &Store) -> Result<()> {
        let parent = self.membership.get();
        let (ours, theirs) = Family::join(parent, &self.state, &snapshot.state)?;
        snapshot.membership.call_once(|| theirs);
        if let Some(ours) = ours {
            self.membership.call_once(|| ours);
        }
        Ok(())
    }

    /// Returns its place among those that it may share frames with.
    pub(super) fn membership(&self) -> Option<&Membership> {
        self.membership.get()
    }

    /// Says whether there is a snapshot of this store, or a store that this is a snapshot of, or that
    /// both are snapshots of, and so on.
    pub(super) fn has_relatives(&self) -> bool {
        self.membership().is_some_and(Membership::has_relatives)
    }

    /// Says whether it was made as a snapshot, whoever of its relatives is left.
    pub(super) fn is_snapshot(&self) -> bool {
        self.membership().is_some_and(Membership::is_of_snapshot)
    }

    /// Locks two stores; the second is none if they are one.
    pub(super) fn lock_both<'a>(first: &'a Store, second: &'a Store) -> Both<'a> {
        Lock::lock_both(&first.state, &second.state)
    }
}

impl StoreState {
    /// Returns the size in pages.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn set_size(&mut self, pages: u64) {
        self.size = pages;
    }

    /// Returns the frame of `page` for writing: its own, or a new one if it has none or shares it.
    /// Page tables that showed what was there before forget it.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`](crate::Status::SHOULD_WAIT): it is missing.
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): the page is as it was.
    pub(super) fn frame_for_write(&mut self, page: u64) -> Result<Frame> {
        if let Some(held) = self.pages.get(page)
            && !held.shared
        {
            return Ok(held.frame);
        }
        self.check_provided(page)?;
        let (frame, _) = self.pages.own_with(page, |memory, old| {
            let frame = copy_or_clear(memory, old, self.cache)?;
            self.mappings.hide(PageRange::new(page, 1));
            Ok(frame)
        })?;
        Ok(frame)
    }

    /// Clears `len` bytes of `page` from byte `from`, if there can be anything else.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): the page is as it was.
    pub(super) fn clear(&mut self, page: u64, from: u64, len: u64) -> Result<()> {
        debug_assert!(from + len <= PAGE_SIZE);
        if len != 0 && self.pages.get(page).is_some() {
            let frame = self.frame_for_write(page)?;
            self.pages.memory().clear_frame(frame, from as usize, len as usize);
        }
        Ok(())
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
