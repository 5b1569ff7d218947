//! Objects made of other objects: snapshots, slices, references.

use abi::layout::MAX_VMO_SIZE;
use abi::{CachePolicy, Rights, VmoChildOptions};

use super::snapshot::SnapshotKind;
use super::store::StoreKind;
use super::stream::StreamSize;
use super::{Origin, Vmo};
use crate::units::{is_page_aligned, round_up_to_page};
use crate::{Ref, Result, Status};

/// What kind of child is asked for.
enum ChildKind {
    Slice,
    Reference,
    Snapshot(SnapshotKind),
}

/// A child that is asked for. In bytes.
pub struct ChildRequest {
    /// Rights of the handle of the parent.
    pub rights: Rights,
    /// The kind, and what goes with it.
    pub options: VmoChildOptions,
    /// The byte of the parent that is the child's first.
    pub offset: u64,
    /// How many bytes; rounded up to pages.
    pub size: u64,
}

impl ChildRequest {
    /// Returns `size` rounded up to pages, after what can be checked without a parent.
    ///
    /// # Errors
    /// The first two of [`Vmo::create_child`].
    pub fn check_size(options: VmoChildOptions, size: u64) -> Result<u64> {
        let size = round_up_to_page(size).ok_or(Status::OUT_OF_RANGE)?;
        if options.contains(VmoChildOptions::NO_WRITE | VmoChildOptions::RESIZABLE) {
            return Err(Status::INVALID_ARGS);
        }
        Ok(size)
    }

    /// Returns the rounded size and the kind.
    fn check(&self, parent: &Vmo) -> Result<(u64, ChildKind)> {
        let mut options = self.options;
        let size = ChildRequest::check_size(options, self.size)?;
        if !self.rights.contains(Rights::DUPLICATE | Rights::READ) {
            return Err(Status::ACCESS_DENIED);
        }
        if parent.is_discardable() {
            return Err(Status::NOT_SUPPORTED);
        }
        options.remove(VmoChildOptions::NO_WRITE);
        Ok((size, kind_of(options)?))
    }
}

fn kind_of(options: VmoChildOptions) -> Result<ChildKind> {
    const RESIZABLE: VmoChildOptions = VmoChildOptions::RESIZABLE;
    if options == VmoChildOptions::SLICE {
        return Ok(ChildKind::Slice);
    }
    let fixed = options.difference(RESIZABLE);
    if fixed == VmoChildOptions::REFERENCE {
        return Ok(ChildKind::Reference);
    }
    let kind = if fixed == VmoChildOptions::SNAPSHOT {
        SnapshotKind::Full
    } else if fixed == VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE {
        SnapshotKind::OnWrite
    } else if fixed == VmoChildOptions::SNAPSHOT_MODIFIED {
        SnapshotKind::Modified
    } else {
        return Err(Status::INVALID_ARGS);
    };
    Ok(ChildKind::Snapshot(kind))
}

impl Vmo {
    /// Makes a child: a **snapshot**, which has the content of this moment and is isolated from then
    /// on; a **slice**, a window to the same pages; or a **reference**, the same object again.
    ///
    /// A snapshot costs the same however many pages there are, but for making those read-only that
    /// are mapped: the pages are shared until one side writes.
    ///
    /// # Errors
    /// 1. [`Status::OUT_OF_RANGE`]: the size cannot be rounded up.
    /// 2. [`Status::INVALID_ARGS`]: `NO_WRITE` and `RESIZABLE`.
    /// 3. [`Status::ACCESS_DENIED`]: the rights lack DUPLICATE or READ.
    /// 4. [`Status::NOT_SUPPORTED`]: this object is discardable.
    /// 5. [`Status::INVALID_ARGS`]: not one kind, or options that do not go with it.
    /// 6. Those of the kind, `vmo.md` §8, 6.
    /// 7. [`Status::NO_MEMORY`]: nothing has changed.
    ///
    /// # Source
    /// `vmo.md` §8.
    pub fn create_child(&self, request: ChildRequest) -> Result<Ref<Vmo>> {
        let (size, kind) = request.check(self)?;
        match kind {
            ChildKind::Slice => self.slice(&request, size),
            ChildKind::Reference => self.reference(&request),
            ChildKind::Snapshot(kind) => self.snapshot(kind, &request, size),
        }
    }

    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: the offset is not page-aligned.
    /// 2. [`Status::OUT_OF_RANGE`]: more than an object can have.
    /// 3. [`Status::INVALID_ARGS`]: it passes the end of this object.
    /// 4. [`Status::NOT_SUPPORTED`]: this object is resizable.
    /// 5. [`Status::BAD_STATE`]: it is paged and not cached.
    fn slice(&self, request: &ChildRequest, size: u64) -> Result<Ref<Vmo>> {
        if !is_page_aligned(request.offset) {
            return Err(Status::INVALID_ARGS);
        }
        if size > MAX_VMO_SIZE {
            return Err(Status::OUT_OF_RANGE);
        }
        let state = self.lock();
        let pages = self.touched(&state, request.offset, size).map_err(|_| Status::INVALID_ARGS)?;
        if self.is_resizable() {
            return Err(Status::NOT_SUPPORTED);
        }
        if self.store.kind == StoreKind::Paged && state.cache != CachePolicy::Cached {
            return Err(Status::BAD_STATE);
        }
        let is_paged = self.store.kind == StoreKind::Paged;
        let stream_size = if is_paged { request.size } else { 0 };
        let origin = Origin::Slice(pages, StreamSize::new(stream_size));
        Vmo::sharing(self, origin)
    }

    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: an offset or a size.
    /// 2. [`Status::NOT_SUPPORTED`]: this object is a slice, contiguous or physical.
    /// 3. [`Status::ACCESS_DENIED`]: the reference shall be resizable, and the rights lack RESIZE, as they do if this object is not.
    /// 4. [`Status::BAD_STATE`]: it is not cached.
    fn reference(&self, request: &ChildRequest) -> Result<Ref<Vmo>> {
        if request.offset != 0 || request.size != 0 {
            return Err(Status::INVALID_ARGS);
        }
        if self.is_slice() || self.store.kind != StoreKind::Paged {
            return Err(Status::NOT_SUPPORTED);
        }
        let can_resize = self.is_resizable() && request.rights.contains(Rights::RESIZE);
        if request.options.contains(VmoChildOptions::RESIZABLE) && !can_resize {
            return Err(Status::ACCESS_DENIED);
        }
        let state = self.lock();
        if state.cache != CachePolicy::Cached {
            return Err(Status::BAD_STATE);
        }
        Vmo::sharing(self, Origin::Reference)
    }
}
