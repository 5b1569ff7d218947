//! Copies of objects, that take no frame until somebody writes.
//!
//! A **two-way** copy and its parent share what there is at the moment, and neither sees what the other writes.
//! A **one-way** copy sees its parent's pages, with every change, until it writes one. Where no source provides
//! the content all copies are two-way. Where one does, the first of a line cannot be copied two-way, as the
//! source may always provide more; what is copied of its copies is what they have written:
//!
//! ```text
//!   source ....> object <-- copy, one-way <-- copy, at least on write: one-way again
//!                  ^
//!                  +------- copy, one-way
//!                  |          : two-way: shares what was written so far
//!                  +------- copy of it, modified
//! ```

use abi::layout::MAX_VMO_SIZE;
use abi::{CachePolicy, VmoChildOptions, VmoOptions};

use super::backing::Backing;
use super::child::ChildRequest;
use super::line::Position;
use super::ranges::Ranges;
use super::store::{Store, StoreKind, StoreState};
use super::{Origin, StoreGuard, Vmo};
use crate::units::{PageRange, is_page_aligned, page_of};
use crate::{Ref, Result, Status};

/// Which of the parent's later changes a copy may see.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SnapshotKind {
    /// None.
    Full,
    /// All of pages that it has not written yet.
    OnWrite,
    /// None of pages that the parent had written by itself, unlike what it is a copy of.
    Modified,
}

/// What is to be copied. In pages of the parent's store.
struct Wanted {
    pages: PageRange,
    /// Those of them that the parent has; the others are zero.
    seen: PageRange,
    options: VmoOptions,
    stream_size: u64,
}

impl Vmo {
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: this object is contiguous.
    /// 2. [`Status::NOT_SUPPORTED`]: it is physical.
    /// 3. [`Status::INVALID_ARGS`]: the offset is not page-aligned.
    /// 4. [`Status::OUT_OF_RANGE`]: more than an object can have.
    /// 5. [`Status::BAD_STATE`]: it is not cached.
    /// 6. [`Status::NOT_SUPPORTED`]: a full snapshot, and somebody else provides the content.
    /// 7. [`Status::INVALID_ARGS`]: its end, seen from the first object, would overflow.
    /// 8. [`Status::NOT_SUPPORTED`]: those of [`Vmo::is_one_way`].
    /// 9. [`Status::BAD_STATE`]: a page of this object is pinned, and the copy is two-way.
    pub(super) fn snapshot(
        &self,
        kind: SnapshotKind,
        request: &ChildRequest,
        size: u64,
    ) -> Result<Ref<Vmo>> {
        match self.store.kind {
            StoreKind::Contiguous => return Err(Status::INVALID_ARGS),
            StoreKind::Physical { .. } => return Err(Status::NOT_SUPPORTED),
            StoreKind::Paged => {}
        }
        if !is_page_aligned(request.offset) {
            return Err(Status::INVALID_ARGS);
        }
        let end = request.offset.checked_add(size).ok_or(Status::OUT_OF_RANGE)?;
        if end > MAX_VMO_SIZE {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut state = self.lock();
        if state.cache != CachePolicy::Cached {
            return Err(Status::BAD_STATE);
        }
        if kind == SnapshotKind::Full && self.source().is_some() {
            return Err(Status::NOT_SUPPORTED);
        }
        let wanted = self.wanted(&state, request, size);
        if !state.pages.can_show(wanted.pages) {
            return Err(Status::INVALID_ARGS);
        }
        if self.is_one_way(&state, kind)? {
            return self.view(&mut state, &wanted);
        }
        if state.has_pins() {
            return Err(Status::BAD_STATE);
        }
        let child = match self.source() {
            None => self.copy(&state, &wanted)?,
            Some(_) => self.copy_modified(&mut state, &wanted)?,
        };
        state.mappings.write_protect(wanted.seen);
        Ok(child)
    }

    fn wanted(&self, state: &StoreState, request: &ChildRequest, size: u64) -> Wanted {
        let all = self.pages(state);
        let pages = PageRange::new(all.start + page_of(request.offset), page_of(size));
        // Beyond the end of this object, the child has zeros, whatever a larger store has there.
        let end = pages.end.min(all.end).max(pages.start);
        let mut options = VmoOptions::empty();
        options.set(VmoOptions::RESIZABLE, request.options.contains(VmoChildOptions::RESIZABLE));
        Wanted {
            pages,
            seen: PageRange { start: pages.start, end },
            options,
            stream_size: request.size,
        }
    }

    /// Says whether a copy sees this object's later changes.
    ///
    /// # Errors
    /// [`Status::NOT_SUPPORTED`]: the copy has to be two-way, and this object is a part of another, or a
    /// one-way copy of a copy, or has one-way copies itself.
    fn is_one_way(&self, state: &StoreGuard<'_>, kind: SnapshotKind) -> Result<bool> {
        let is_one_way = match kind {
            _ if self.source().is_none() => false,
            SnapshotKind::Full => false,
            SnapshotKind::OnWrite => !self.has_relatives(),
            SnapshotKind::Modified => !self.store.is_viewer(),
        };
        if is_one_way || self.source().is_none() {
            return Ok(is_one_way);
        }
        let (line, position) = state.line();
        let sees_copy = matches!(line.parent(position), Some(Position::Viewer(_)));
        if self.is_slice() || sees_copy || state.has_viewers() {
            return Err(Status::NOT_SUPPORTED);
        }
        Ok(false)
    }

    /// Makes a two-way copy: a store that shares the nodes of this one's page tree.
    fn copy(&self, state: &StoreState, wanted: &Wanted) -> Result<Ref<Vmo>> {
        let tree = state.pages.snapshot(wanted.seen, state.size())?;
        let size = wanted.pages.count();
        let cache = CachePolicy::Cached;
        let stream_size = wanted.stream_size;
        let store = Store::new(wanted.options, StoreKind::Paged, size, tree, cache, stream_size)?;
        let child = Vmo::new(store, Origin::Snapshot)?;
        self.adopt(&child)?;
        Ok(child)
    }

    /// Makes a one-way copy: a store that sees this one's pages.
    fn view(&self, state: &mut StoreGuard<'_>, wanted: &Wanted) -> Result<Ref<Vmo>> {
        let tree = state.pages.beside(wanted.pages.start);
        let mut view = StoreState::new(wanted.pages.count(), tree, CachePolicy::Cached);
        view.backing = Some(Backing::of(wanted.seen.count(), Ranges::new())?);
        let store = Store::viewer(&self.store, wanted.options, wanted.stream_size)?;
        let child = Vmo::new(store, Origin::Snapshot)?;
        let (line, position) = state.line_mut();
        child.store.settle(line.add(position, view)?);
        Ok(child)
    }

    /// Makes a two-way copy of what this object, which sees the first of its line, has written.
    fn copy_modified(&self, state: &mut StoreGuard<'_>, wanted: &Wanted) -> Result<Ref<Vmo>> {
        let tree = state.pages.snapshot(wanted.seen, state.size())?;
        let mut view = StoreState::new(wanted.pages.count(), tree, CachePolicy::Cached);
        let behind = state.backing();
        let backed = wanted.seen.intersect(PageRange::new(0, behind.pages));
        view.backing = Some(Backing::of(backed.count(), behind.zeros.copy(backed)?)?);
        let store = Store::viewer(&self.store, wanted.options, wanted.stream_size)?;
        let child = Vmo::new(store, Origin::Snapshot)?;
        let (line, position) = state.line_mut();
        let parent = line.parent(position).unwrap_or(Position::First);
        let slot = line.add(parent, view)?;
        self.adopt(&child).inspect_err(|_| line.remove(slot))?;
        child.store.settle(slot);
        Ok(child)
    }
}
