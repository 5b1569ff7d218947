//! Looking at all regions, a few at a time: for those who tell others what there is.

use arrayvec::ArrayVec;

use crate::region::{Region, RegionId};
use crate::units::page_of;
use crate::{Aspace, Perms, Ref, Result, Vmar, Vmo};

/// Regions that are looked at without letting go of the lock.
const BATCH: usize = 16;

/// A region as it was when it was looked at.
#[derive(Debug)]
pub struct RegionInfo {
    /// The first byte.
    pub base: u64,
    /// The size in bytes.
    pub len: u64,
    /// How many of the surveyed regions it is in.
    pub depth: usize,
    /// It is the root VMAR.
    pub is_root: bool,
    /// What it shows, if it is a mapping.
    pub mapping: Option<MappingInfo>,
}

/// What a mapping shows, and how.
#[derive(Debug)]
pub struct MappingInfo {
    /// What is allowed now.
    pub perms: Perms,
    /// What is shown.
    pub vmo: Ref<Vmo>,
    /// The byte of it that is seen first.
    pub vmo_offset: u64,
}

/// A walk over a region and everything in it: parents first, siblings in address order.
///
/// No lock is held between two batches. Regions that come and go meanwhile may be among what is
/// returned or not; all others are, once.
#[derive(Debug)]
pub struct Survey<'a> {
    aspace: &'a Aspace,
    top: RegionId,
    /// Page and depth of the last region that was looked at.
    last: Option<(u64, usize)>,
}

impl Vmar {
    /// Begins to look at this VMAR and everything in it.
    pub fn survey(&self) -> Survey<'_> {
        Survey { aspace: self.aspace(), top: self.id(), last: None }
    }
}

impl Survey<'_> {
    /// Looks at the next regions: none only after the last.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`](crate::Status::BAD_STATE): the VMAR where it began is destroyed.
    pub fn next_batch(&mut self) -> Result<ArrayVec<RegionInfo, BATCH>> {
        let regions = self.aspace.regions();
        let top = regions.find(self.top)?;
        let mut next = match self.last {
            None => Some((top, 0)),
            Some((page, depth)) => regions.first_after(top, page, depth),
        };
        let mut batch = ArrayVec::new();
        while let Some((slot, depth)) = next
            && batch.try_push(describe(regions.get(slot), depth)).is_ok()
        {
            next = regions.next_below(top, slot, depth);
        }
        if let Some(last) = batch.last() {
            self.last = Some((page_of(last.base), last.depth));
        }
        Ok(batch)
    }
}

fn describe(region: &Region, depth: usize) -> RegionInfo {
    RegionInfo {
        base: region.pages.base(),
        len: region.pages.bytes(),
        depth,
        is_root: region.parent.is_none(),
        mapping: region.as_mapping().map(|mapping| MappingInfo {
            perms: mapping.perms,
            vmo: mapping.vmo.clone(),
            vmo_offset: mapping.vmo_offset(),
        }),
    }
}
