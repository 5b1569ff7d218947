//! Where something may be placed, and new VMARs.

use std::ops::Range;

use abi::{Rights, Status, VmOptions};

use super::{Answer, Space, Vmar, overlap, perms_allowed, perms_of};
use crate::common::PAGE;

/// What is to be placed; in bytes.
pub(crate) struct Place {
    pub(crate) options: VmOptions,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// Where the model lets something be placed: any of these pages may be the first.
pub(crate) type Spots = Vec<u64>;

impl Space {
    fn is_free(&self, vmar: usize, range: &Range<u64>) -> bool {
        // Where no child is, what is mapped is mapped in this VMAR.
        !self.children(vmar).any(|child| overlap(&child.pages, range))
            && self.shown.range(range.clone()).next().is_none()
    }

    /// Says where something may be placed, or why nowhere.
    pub(super) fn spots(&self, vmar: usize, place: &Place) -> Answer<Spots> {
        let options = place.options;
        let region = self.alive(vmar)?;
        let bytes = (region.pages.end - region.pages.start) * PAGE;
        let overwrite = options.contains(VmOptions::SPECIFIC_OVERWRITE);
        let specific = overwrite || options.contains(VmOptions::SPECIFIC);
        let limited = options.contains(VmOptions::OFFSET_IS_UPPER_LIMIT);
        if place.size == 0 {
            return Err(Status::INVALID_ARGS);
        }
        if !perms_allowed(region.flags).contains(perms_allowed(options)) {
            return Err(Status::ACCESS_DENIED);
        }
        if specific && limited
            || !specific && !limited && place.offset != 0
            || !place.offset.is_multiple_of(PAGE)
        {
            return Err(Status::INVALID_ARGS);
        }
        if (specific || limited) && !region.flags.contains(VmOptions::CAN_MAP_SPECIFIC) {
            return Err(Status::ACCESS_DENIED);
        }
        let fits = if limited {
            place.offset <= bytes && place.size <= place.offset
        } else {
            place.offset < bytes && place.size <= bytes - place.offset
        };
        if !fits {
            return Err(Status::INVALID_ARGS);
        }
        let align = 1 << (options.align_log2()? - 12);
        let (first, count) = (region.pages.start, place.size / PAGE);
        if specific {
            let at = first + place.offset / PAGE;
            return self.spot(vmar, at..at + count, align, overwrite);
        }
        let end = if limited { first + place.offset / PAGE } else { region.pages.end };
        let spots: Spots = (first..=end - count)
            .filter(|at| at.is_multiple_of(align) && self.is_free(vmar, &(*at..at + count)))
            .collect();
        if spots.is_empty() { Err(Status::NO_MEMORY) } else { Ok(spots) }
    }

    /// Says whether something may be placed exactly there.
    fn spot(&self, vmar: usize, range: Range<u64>, align: u64, overwrite: bool) -> Answer<Spots> {
        if !range.start.is_multiple_of(align) {
            return Err(Status::INVALID_ARGS);
        }
        if overwrite && self.children(vmar).any(|child| overlap(&child.pages, &range)) {
            return Err(Status::INVALID_ARGS);
        }
        if !overwrite && !self.is_free(vmar, &range) {
            return Err(Status::NO_MEMORY);
        }
        Ok(vec![range.start])
    }

    /// Says where a VMAR may go.
    pub(crate) fn check_allocate(
        &self,
        vmar: usize,
        rights: Rights,
        place: &Place,
    ) -> Answer<Spots> {
        const ALLOWED: VmOptions = VmOptions::SPECIFIC
            .union(VmOptions::CAN_MAP_SPECIFIC)
            .union(VmOptions::COMPACT)
            .union(VmOptions::CAN_MAP_PERMS)
            .union(VmOptions::OFFSET_IS_UPPER_LIMIT)
            .union(VmOptions::ALIGN_MASK)
            .union(VmOptions::PERM_READ_IF_XOM_UNSUPPORTED);
        if !perms_of(rights).contains(perms_allowed(place.options)) {
            return Err(Status::ACCESS_DENIED);
        }
        place.options.align_log2()?;
        if !ALLOWED.contains(place.options) || !place.size.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        self.spots(vmar, place)
    }

    /// Adds a VMAR and returns its number.
    pub(crate) fn allocate(
        &mut self,
        parent: usize,
        pages: Range<u64>,
        options: VmOptions,
    ) -> usize {
        let flags = options & (VmOptions::CAN_MAP_PERMS | VmOptions::CAN_MAP_SPECIFIC);
        self.vmars.push(Vmar { pages, flags, parent: Some(parent), is_alive: true });
        self.vmars.len() - 1
    }
}
