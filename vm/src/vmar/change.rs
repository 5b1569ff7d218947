//! An address space under its lock, and the steps that operations are made of. Those that promise may
//! fail; what the others need was promised before.

use crate::attr::Perms;
use crate::lock::{self, Guard};
use crate::region::{Kind, MappingNode, Position, Region, RegionId, Regions, Standing};
use crate::slab::Slot;
use crate::units::PageRange;
use crate::vmo::MappingRecord;
use crate::{Aspace, Ref, Result, Status, Vmo};

/// What a mapping shows, and how.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) vmo: &'a Ref<Vmo>,
    /// The page of the VMO's store that is seen first.
    pub(super) store_page: u64,
    /// Accesses past the stream size fault.
    pub(super) stream_only: bool,
    pub(super) perms: Perms,
    pub(super) max: Perms,
    pub(super) standing: Standing,
    /// Page tables are going to have entries of it.
    pub(super) in_tables: bool,
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
    /// Adds a mapping to the free `pages` of `vmar`, which belong at `position`.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    #[inline(always)]
    pub(super) fn try_add_mapping(
        &mut self,
        vmar: Slot,
        position: &Position,
        pages: PageRange,
        shown: Shown<'_>,
    ) -> Result<RegionId> {
        self.regions.promise(position, 1)?;
        let mut state = shown.vmo.lock();
        if let Err(status) = state.mappings.promise(1) {
            drop(state);
            self.regions.settle();
            return Err(status);
        }
        let record = state.mappings.add(self.record(pages, &shown));
        drop(state);
        Ok(self.add_noted(vmar, position, pages, shown, record))
    }

    /// Adds a promised mapping to the free `pages` of `vmar`, which belong at `position`.
    pub(super) fn add_mapping(
        &mut self,
        vmar: Slot,
        position: &Position,
        pages: PageRange,
        shown: Shown<'_>,
    ) -> RegionId {
        let record = self.record(pages, &shown);
        let record = shown.vmo.lock().mappings.add(record);
        self.add_noted(vmar, position, pages, shown, record)
    }

    #[inline(always)]
    fn record(&self, pages: PageRange, shown: &Shown<'_>) -> MappingRecord {
        MappingRecord {
            translation: self.aspace.translation.clone(),
            pages,
            store_page: shown.store_page,
            object: shown.vmo.identity(),
        }
    }

    #[inline(always)]
    fn add_noted(
        &mut self,
        vmar: Slot,
        position: &Position,
        pages: PageRange,
        shown: Shown<'_>,
        record: Slot,
    ) -> RegionId {
        let Shown { vmo, store_page, stream_only, perms, max, standing, in_tables } = shown;
        let vmo = vmo.clone();
        let node =
            MappingNode { vmo, store_page, stream_only, perms, max, standing, in_tables, record };
        self.regions.add(vmar, position, pages, Kind::Mapping(node))
    }

    /// Promises room for the upper piece of the mapping at `position`, which is going to be cut: one of
    /// `count` regions that are going to be added.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn promise_cut(
        &mut self,
        position: &Position,
        slot: Slot,
        count: usize,
    ) -> Result<()> {
        self.regions.promise(position, count)?;
        let mapping = self.regions.get(slot).as_mapping();
        let noted = mapping.map_or(Ok(()), |mapping| mapping.vmo.lock().mappings.promise(1));
        noted.inspect_err(|_| self.regions.settle())
    }

    /// Promises room for `count` upper pieces of the mapping at `position`, which is going to be cut as often.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn promise_pieces(
        &mut self,
        position: &Position,
        slot: Slot,
        count: u32,
    ) -> Result<()> {
        self.regions.promise_all(position, count)?;
        let mapping = self.regions.get(slot).as_mapping();
        let noted = mapping.map_or(Ok(()), |mapping| mapping.vmo.lock().mappings.promise(count));
        noted.inspect_err(|_| self.regions.settle())
    }

    /// Takes back all promises: those for pieces of these mappings, and all in the address space.
    pub(super) fn release_cuts(&mut self, slots: impl IntoIterator<Item = Slot>) {
        for slot in slots {
            if let Some(mapping) = self.regions.get(slot).as_mapping() {
                mapping.vmo.lock().mappings.release(1);
            }
        }
        self.regions.settle();
    }

    /// Takes `hole`, which is not empty, out of a mapping, so that two pieces are left; `position` is nobody's then. Room for the upper one
    /// was promised.
    pub(super) fn split(&mut self, position: &mut Position, slot: Slot, hole: PageRange) {
        let Some((upper, pages)) = self.upper_piece(slot, hole.end) else { return };
        let region = self.regions.get(slot);
        let (Some(parent), Some(mapping)) = (region.parent, region.as_mapping()) else {
            return;
        };
        let lower = PageRange { start: region.pages.start, end: hole.start };
        mapping.vmo.lock().mappings.shrink(mapping.record, lower);
        self.regions.resize(position, slot, lower);
        position.step_behind();
        self.regions.add(parent, position, pages, Kind::Mapping(upper));
    }

    /// Makes two mappings of one, of which the upper begins at `page`, and returns that. Room for it was promised. Says, too, whether
    /// `position` is that of the lower one still.
    pub(super) fn cut(&mut self, position: &mut Position, slot: Slot, page: u64) -> (Slot, bool) {
        match self.upper_piece(slot, page) {
            Some((upper, _)) => self.regions.cut(position, slot, page, upper),
            None => (slot, true),
        }
    }

    /// Returns what the part of a mapping from `page` on is as a mapping of its own, which its object knows as one already, and where it
    /// is.
    #[inline(always)]
    fn upper_piece(&mut self, slot: Slot, page: u64) -> Option<(MappingNode, PageRange)> {
        let region = self.regions.get(slot);
        let mapping = region.as_mapping()?;
        let pages = PageRange { start: page, end: region.pages.end };
        // What the object knows is right at every moment that it is not locked.
        let record = mapping.vmo.lock().mappings.split(mapping.record, page);
        let store_page = pages.moved(region.pages.start, mapping.store_page).start;
        Some((MappingNode { vmo: mapping.vmo.clone(), store_page, record, ..*mapping }, pages))
    }

    /// Changes the mapping at `position` to `pages`, inside the gap around it. What is cut off has no
    /// entries any more.
    pub(super) fn resize(&mut self, position: &Position, slot: Slot, pages: PageRange) {
        self.regions.resize(position, slot, pages);
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
        &mut self,
        vmar: Slot,
        range: PageRange,
        gap: Status,
        mut visit: impl FnMut(Slot, &mut Region) -> Result<()>,
    ) -> Result<()> {
        let (mut page, mut near) = (range.start, vmar);
        while page < range.end {
            let slot = self.regions.mapping_near(vmar, near, page).ok_or(gap)?;
            let region = self.regions.get_mut(slot);
            visit(slot, region)?;
            page = region.pages.end;
            near = region.parent.unwrap_or(vmar);
        }
        Ok(())
    }
}
