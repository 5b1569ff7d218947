//! `vmar_op_range`: operations on the objects that a range of a region shows.

use abi::{Rights, VmarOp};

use super::Vmar;
use crate::attr::Perms;
use crate::memory::BLOCK_FRAMES;
use crate::region::{MappingNode, Region};
use crate::units::{PageRange, page_base, page_of};
use crate::vmo::View;
use crate::{Aspace, Missing, Result, Status};

/// Pages that one step of an operation works on at the most: those of a large page. Those that it has
/// nothing to do for are not counted.
const STEP: u64 = BLOCK_FRAMES;
/// The same for pages whose frames are only taken, which is a tenth of the work of clearing them.
const STEP_TAKING: u64 = 8 * STEP;

/// An operation on a range of a VMAR, which is done in steps: nothing is locked between two of them, so
/// that a long one keeps nobody waiting and can be given up.
#[derive(Debug)]
pub struct RangeOperation<'a> {
    vmar: &'a Vmar,
    op: VmarOp,
    reaches_children: bool,
    /// What is left to do.
    range: PageRange,
}

impl Vmar {
    /// Carries out `op` on what the `len` bytes, rounded up to pages, from `address` show, through a
    /// handle with `rights`.
    ///
    /// `COMMIT`, `MAP_RANGE`, `ALWAYS_NEED` and `PREFETCH` also make the pages that have frames usable
    /// without a fault, as far as their mapping allows; it is the caller's business to wait for those
    /// that are [`missing`](Vmar::missing) before `ALWAYS_NEED`. Permissions are those that a mapping may
    /// have at the most, not those it has. Mapping after mapping is worked on: what was done before one of
    /// them refuses stays done.
    ///
    /// # Errors
    /// Those of [`Vmar::begin_op_range`], then those of [`RangeOperation::step`].
    ///
    /// # Source
    /// `vmar.md` §12; that the buffer is empty is the caller's to check.
    pub fn op_range(&self, rights: Rights, op: VmarOp, address: u64, len: u64) -> Result<()> {
        let mut operation = self.begin_op_range(rights, op, address, len)?;
        while operation.step()? {}
        Ok(())
    }

    /// Begins what [`Vmar::op_range`] does.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: `address` is not page-aligned, or `len` rounds to 0 or overflows.
    /// 2. [`Status::OUT_OF_RANGE`]: the range is not inside this VMAR.
    pub fn begin_op_range(
        &self,
        rights: Rights,
        op: VmarOp,
        address: u64,
        len: u64,
    ) -> Result<RangeOperation<'_>> {
        let aligned = Vmar::check_aligned(address, len)?;
        let range = self.check_inside(aligned).map_err(|_| Status::OUT_OF_RANGE)?;
        let reaches_children = rights.contains(Rights::OP_CHILDREN) && may_reach_children(op);
        Ok(RangeOperation { vmar: self, op, reaches_children, range })
    }

    /// Returns the first page in the `len` bytes, rounded up to pages, from `address` that is somebody
    /// else's to provide and has not been provided, and those behind it. It looks as far as mappings go
    /// without a gap.
    pub fn missing(&self, address: u64, len: u64) -> Option<Missing> {
        self.missing_for(VmarOp::Prefetch, address, len)
    }

    /// Returns what `op` has to wait for in the range, as [`Vmar::missing`] does.
    fn missing_for(&self, op: VmarOp, address: u64, len: u64) -> Option<Missing> {
        let aligned = Vmar::check_aligned(address, len).ok()?;
        let range = self.check_inside(aligned).ok()?;
        let mut change = self.aspace.change();
        let vmar = change.regions.find(self.id).ok()?;
        let mut missing = None;
        // It ends at a gap, or with what was found.
        let _ended = change.each_mapping(vmar, range, Status::BAD_STATE, |_, region| {
            let piece = Piece::of(&self.aspace, region, range);
            missing = piece.and_then(|piece| piece.missing(op));
            missing.as_ref().map_or(Ok(()), |_| Err(Status::SHOULD_WAIT))
        });
        missing
    }
}

impl RangeOperation<'_> {
    /// Does the next part, which is in one mapping; says whether more is left. After a failure it can be
    /// repeated.
    ///
    /// # Errors
    /// 1. [`Status::BAD_STATE`]: the VMAR is destroyed.
    /// 2. For the whole rest of the range in the mapping, before any of it is done: [`Status::BAD_STATE`]:
    ///    a gap. [`Status::INVALID_ARGS`]: a mapping in a VMAR inside, if the rights lack OP_CHILDREN or
    ///    the operation is `COMMIT`, `DECOMMIT` or `PREFETCH`. [`Status::OUT_OF_RANGE`]: it passes the
    ///    stream size of a mapping that faults there. [`Status::ACCESS_DENIED`]: it can never be writable,
    ///    for `COMMIT`, `DECOMMIT` and `ZERO`, or readable, for `PREFETCH`. Then those of the object's
    ///    operation; [`Status::SHOULD_WAIT`] for `COMMIT` and `PREFETCH`, if a page is
    ///    [`missing`](RangeOperation::missing); and [`Status::NO_MEMORY`] for page tables.
    pub fn step(&mut self) -> Result<bool> {
        let Self { vmar, op, reaches_children, range } = *self;
        let mut change = vmar.aspace.change();
        let top = change.regions.find(vmar.id)?;
        let slot = change.regions.mapping_below(top, range.start).ok_or(Status::BAD_STATE)?;
        let region = change.regions.get_mut(slot);
        if region.parent != Some(top) && !reaches_children {
            return Err(Status::INVALID_ARGS);
        }
        if let Some(mapping) = region.as_mapping_mut() {
            mapping.in_tables = true;
        }
        let piece = Piece::of(&vmar.aspace, region, range).ok_or(Status::BAD_STATE)?;
        self.range.start = piece.operate(op)?;
        Ok(!self.range.is_empty())
    }

    /// Returns what is [`missing`](Vmar::missing) in what is left.
    pub fn missing(&self) -> Option<Missing> {
        self.vmar.missing_for(self.op, self.range.base(), self.range.bytes())
    }
}

/// Says whether an operation may reach into VMARs inside, given the right.
fn may_reach_children(op: VmarOp) -> bool {
    !matches!(op, VmarOp::Commit | VmarOp::Decommit | VmarOp::Prefetch)
}

/// Returns what a mapping must be able to allow for `op`.
fn needs(op: VmarOp) -> Perms {
    match op {
        VmarOp::Commit | VmarOp::Decommit | VmarOp::Zero => Perms::WRITE,
        VmarOp::Prefetch => Perms::READ,
        VmarOp::MapRange | VmarOp::DontNeed | VmarOp::AlwaysNeed => Perms::empty(),
    }
}

/// The part of a mapping that an operation is about.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    aspace: &'a Aspace,
    mapping: &'a MappingNode,
    pages: PageRange,
    store_pages: PageRange,
}

impl<'a> Piece<'a> {
    /// Returns the part of `region` that is in `range`; `None` if that is no mapping.
    pub(super) fn of(aspace: &'a Aspace, region: &'a Region, range: PageRange) -> Option<Self> {
        let mapping = region.as_mapping()?;
        let pages = region.pages.intersect(range);
        let store_pages = pages.moved(region.pages.start, mapping.store_page);
        Some(Self { aspace, mapping, pages, store_pages })
    }
}

impl Piece<'_> {
    /// Begins the operation, once all of the piece is found to be right; returns the first page that is
    /// left.
    fn operate(&self, op: VmarOp) -> Result<u64> {
        let MappingNode { vmo, .. } = self.mapping;
        if self.mapping.stream_only {
            vmo.check_stream(self.store_pages)?;
        }
        if !self.mapping.max.contains(needs(op)) {
            return Err(Status::ACCESS_DENIED);
        }
        let (offset, len) = self.bytes();
        let behind = |done| self.pages.start.wrapping_add(page_of(done));
        match op {
            VmarOp::Commit => vmo.commit_shown(&self.first().view(), offset, len),
            VmarOp::Decommit => vmo.decommit_some(offset, len, STEP_TAKING).map(behind),
            VmarOp::Zero => vmo.zero_some(offset, len, STEP).map(behind),
            VmarOp::MapRange => self.show(),
            VmarOp::DontNeed => vmo.check_range(offset, len).map(|()| self.pages.end),
            VmarOp::AlwaysNeed => vmo.check_range(offset, len).and_then(|()| self.show()),
            VmarOp::Prefetch => {
                vmo.check_range(offset, len)?;
                self.provided()?.show()
            }
        }
    }

    /// Returns the first pages, none of which is missing: all, if nobody provides them.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: the first of them is.
    fn provided(&self) -> Result<Piece<'_>> {
        if self.mapping.vmo.source().is_none() {
            return Ok(*self);
        }
        let some = self.first();
        if some.missing(VmarOp::Prefetch).is_some() { Err(Status::SHOULD_WAIT) } else { Ok(some) }
    }

    /// Returns the first pages of it, up to where frames for a large page could begin.
    fn first(&self) -> Self {
        let most = STEP.saturating_sub(self.store_pages.start % STEP);
        Self { pages: self.pages.first(most), store_pages: self.store_pages.first(most), ..*self }
    }

    /// Returns which bytes of the object it shows: from where, and how many.
    fn bytes(&self) -> (u64, u64) {
        let first = self.store_pages.moved(self.mapping.vmo.first_page(), 0);
        (page_base(first.start), self.pages.bytes())
    }

    fn missing(&self, op: VmarOp) -> Option<Missing> {
        let (offset, len) = self.bytes();
        let missing = match op {
            VmarOp::Zero => self.mapping.vmo.missing_to_zero(offset, len)?,
            _ => self.mapping.vmo.missing(offset, len)?,
        };
        // What is shown of the object is at or behind `offset`.
        let address = self.pages.base().wrapping_add(missing.at().wrapping_sub(offset));
        Some(missing.seen_at(address))
    }

    /// Makes the first pages that have frames usable without a fault; returns the first page that is left.
    pub(super) fn show(&self) -> Result<u64> {
        self.mapping.vmo.show_some(&self.view(), STEP)
    }

    fn view(&self) -> View<'_> {
        View {
            translation: &self.aspace.translation,
            pages: self.pages,
            store_page: self.store_pages.start,
            stream_only: self.mapping.stream_only,
            pattern: self.aspace.pattern(self.mapping.perms),
        }
    }
}
