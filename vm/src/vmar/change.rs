//! An address space under its lock, and the steps that operations are made of. None of them can
//! fail; what they need was promised before.

use crate::attr::Perms;
use crate::lock::{self, Guard};
use crate::region::{Kind, MappingNode, Region, Regions};
use crate::slab::Slot;
use crate::units::PageRange;
use crate::vmo::MappingRecord;
use crate::{Aspace, Ref, Result, Status, Vmo};

/// What a mapping shows, and how.
pub(super) struct Shown {
    pub(super) vmo: Ref<Vmo>,
    /// The page of the VMO's store that is seen first.
    pub(super) store_page: u64,
    /// Accesses past the stream size fault.
    pub(super) stream_only: bool,
    pub(super) perms: Perms,
    pub(super) max: Perms,
    pub(super) is_kept: bool,
}

/// The right to change an address space.
pub(crate) struct Change<'a> {
    pub(crate) aspace: &'a Aspace,
    pub(crate) regions: Guard<'a, Regions, { lock::REGIONS }>,
}

impl Aspace {
    pub(crate) fn change(&self) -> Change<'_> {
        Change { aspace: self, regions: self.regions() }
    }
}

impl Change<'_> {
    /// Promises room for one more mapping of `vmo`.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn promise_mapping(&mut self, vmo: &Vmo) -> Result<()> {
        self.regions.promise(1)?;
        vmo.lock().mappings.promise(1).inspect_err(|_| self.regions.release(1))
    }

    /// Takes back a promise.
    pub(super) fn release_mapping(&mut self, vmo: &Vmo) {
        self.regions.release(1);
        vmo.lock().mappings.release(1);
    }

    /// Adds a promised mapping to the free `pages` of `vmar`.
    pub(super) fn add_mapping(&mut self, vmar: Slot, pages: PageRange, shown: Shown) -> Slot {
        let Shown { vmo, store_page, stream_only, perms, max, is_kept } = shown;
        let translation = self.aspace.translation.clone();
        let record = vmo.lock().mappings.add(MappingRecord {
            translation,
            pages,
            store_page,
            object: vmo.identity(),
        });
        let node = MappingNode { vmo, store_page, stream_only, perms, max, is_kept, record };
        self.regions.add(vmar, pages, Kind::Mapping(node))
    }

    /// Splits a mapping at `page`, inside it; returns the upper part. Room for it was promised.
    pub(super) fn split(&mut self, slot: Slot, page: u64) -> Option<Slot> {
        let region = self.regions.get(slot);
        let (parent, pages) = (region.parent?, region.pages);
        let lower = region.as_mapping()?;
        let upper = PageRange { start: page, end: pages.end };
        let node = MappingNode {
            vmo: lower.vmo.clone(),
            store_page: upper.moved(pages.start, lower.store_page).start,
            record: lower.vmo.lock().mappings.split(lower.record, page),
            ..*lower
        };
        self.regions.resize(slot, PageRange { start: pages.start, end: page });
        Some(self.regions.add(parent, upper, Kind::Mapping(node)))
    }

    /// Joins a mapping with one that continues it.
    pub(super) fn join(&mut self, lower: Slot, upper: Slot) {
        let pages = |slot| self.regions.get(slot).pages;
        let joined = PageRange { start: pages(lower).start, end: pages(upper).end };
        let mapping = |slot| self.regions.get(slot).as_mapping();
        if let (Some(lower), Some(upper)) = (mapping(lower), mapping(upper)) {
            lower.vmo.lock().mappings.merge(lower.record, upper.record);
        }
        self.regions.remove(upper);
        self.regions.resize(lower, joined);
    }

    /// Cuts a mapping down to `pages`. What is cut off has no entries any more.
    fn shrink(&mut self, slot: Slot, pages: PageRange) {
        self.regions.resize(slot, pages);
        if let Some(mapping) = self.regions.get(slot).as_mapping() {
            mapping.vmo.lock().mappings.shrink(mapping.record, pages);
        }
    }

    /// Visits the mappings of `range`, in `vmar` and below it, in address order.
    ///
    /// # Errors
    /// 1. `gap`, where there is none.
    /// 2. What `visit` returns.
    pub(super) fn each_mapping(
        &self,
        vmar: Slot,
        range: PageRange,
        gap: Status,
        mut visit: impl FnMut(&Region, &MappingNode) -> Result<()>,
    ) -> Result<()> {
        let mut page = range.start;
        while page < range.end {
            let region = self.mapping_below(vmar, page).map(|slot| self.regions.get(slot));
            let found = region.and_then(|region| Some((region, region.as_mapping()?)));
            let (region, mapping) = found.ok_or(gap)?;
            visit(region, mapping)?;
            page = region.pages.end;
        }
        Ok(())
    }

    /// Returns the mapping at `page` in `vmar` or in a VMAR below it.
    pub(super) fn mapping_below(&self, vmar: Slot, page: u64) -> Option<Slot> {
        let mut slot = vmar;
        while self.regions.get(slot).as_vmar().is_some() {
            slot = self.regions.child_from(slot, page)?;
            if !self.regions.get(slot).pages.contains(page) {
                return None;
            }
        }
        Some(slot)
    }

    /// Returns the mapping among the children of `vmar` that `range` would cut a hole into.
    pub(super) fn hole_in(&self, vmar: Slot, range: PageRange) -> Option<Ref<Vmo>> {
        let (_, region) = self.regions.overlapping(vmar, range).next()?;
        let is_hole = region.pages.start < range.start && range.end < region.pages.end;
        region.as_mapping().filter(|_| is_hole).map(|mapping| mapping.vmo.clone())
    }

    /// Empties `range` of `vmar`: mappings are removed or cut, VMARs, which lie wholly inside,
    /// destroyed. If there is a [`Change::hole_in`] a mapping, room for its upper part was promised.
    pub(super) fn clear(&mut self, vmar: Slot, range: PageRange) {
        // One pass over the page tables and one flush for the whole range; the regions follow.
        self.aspace.translation.edit().unmap(range);
        let mut next = self.regions.child_from(vmar, range.start);
        while let Some(slot) = next {
            let pages = self.regions.get(slot).pages;
            if pages.start >= range.end {
                return;
            }
            next = self.regions.next_sibling(slot);
            if range.covers(pages) {
                self.remove(slot);
            } else {
                self.cut(slot, pages, range);
            }
        }
    }

    /// Cuts `range` out of the mapping `slot` at `pages`: one end of it, or a hole.
    fn cut(&mut self, slot: Slot, pages: PageRange, range: PageRange) {
        let lower = PageRange { start: pages.start, end: range.start };
        let upper = PageRange { start: range.end, end: pages.end };
        if lower.is_empty() {
            return self.shrink(slot, upper);
        }
        if !upper.is_empty() {
            self.split(slot, upper.start);
        }
        self.shrink(slot, lower);
    }

    /// Removes a region and everything in it, whose entries are gone from the page tables.
    fn remove(&mut self, top: Slot) {
        let mut next = Some(top);
        while let Some(slot) = next {
            let (region, rest) = self.regions.dismantle(slot, top);
            forget(region);
            next = rest;
        }
    }

    /// Destroys a region and everything in it.
    pub(crate) fn destroy(&mut self, top: Slot) {
        let pages = self.regions.get(top).pages;
        self.aspace.translation.edit().unmap(pages);
        self.remove(top);
    }
}

/// Takes a removed mapping out of its VMO's records.
fn forget(region: Region) {
    if let Kind::Mapping(mapping) = region.kind {
        mapping.vmo.lock().mappings.remove(mapping.record);
    }
}
