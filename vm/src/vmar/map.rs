//! `vmar_map`: a VMO, seen in a region.

use abi::{Rights, VmOptions};

use super::Vmar;
use super::change::{Change, Shown};
use super::op_range::Piece;
use crate::attr::Perms;
use crate::region::{PlaceRequest, Position, RegionId, Spot, Standing};
use crate::slab::Slot;
use crate::units::{PageRange, is_page_aligned, page_base, page_of, round_up_to_page};
use crate::{Ref, Result, Status, Vmo};

/// What is to be mapped where. In bytes; offsets are page-aligned, `len` is rounded up.
#[derive(Debug)]
pub struct MapRequest<'a> {
    /// Rights of the handle of the VMAR.
    pub vmar_rights: Rights,
    /// Permissions and placement.
    pub options: VmOptions,
    /// From the VMAR's base.
    pub vmar_offset: u64,
    /// What to map.
    pub vmo: &'a Ref<Vmo>,
    /// Rights of the handle of the VMO.
    pub vmo_rights: Rights,
    /// The byte of the VMO that is seen first.
    pub vmo_offset: u64,
    /// How much of it.
    pub len: u64,
}

/// A mapping that was made.
#[derive(Clone, Copy, Debug)]
pub struct Mapped {
    /// Where.
    pub address: u64,
    pub(super) id: RegionId,
    /// The first page whose frame, if it has one, is yet to be shown; `u64::MAX` if no more are to be.
    unshown: u64,
}

/// A request whose options and sizes are right.
struct Checked<'a> {
    place: PlaceRequest,
    shown: Shown<'a>,
}

impl<'a> MapRequest<'a> {
    /// Checks everything that does not depend on what is in the VMAR.
    #[inline(always)]
    fn check(&self, flags: VmOptions) -> Result<Checked<'a>> {
        let mut options = self.options;
        let beyond_stream = options.contains(VmOptions::FAULT_BEYOND_STREAM_SIZE);
        if beyond_stream && (self.vmo.is_physical() || self.vmo.is_contiguous()) {
            return Err(Status::NOT_SUPPORTED);
        }
        if !self.vmo_rights.contains(Rights::MAP) {
            return Err(Status::ACCESS_DENIED);
        }
        if options.contains(VmOptions::PERM_READ_IF_XOM_UNSUPPORTED) {
            options |= VmOptions::PERM_READ;
        }
        let perms = check_perms(options)?;
        if options.contains(VmOptions::MAP_RANGE | VmOptions::SPECIFIC_OVERWRITE)
            || options.intersects(VmOptions::CAN_MAP_PERMS)
        {
            return Err(Status::INVALID_ARGS);
        }
        let granted = Perms::granted(self.vmar_rights & self.vmo_rights);
        if !granted.contains(perms) {
            return Err(Status::ACCESS_DENIED);
        }
        if beyond_stream && !options.contains(VmOptions::ALLOW_FAULTS)
            || options.intersects(VmOptions::UNKNOWN)
        {
            return Err(Status::INVALID_ARGS);
        }
        let align_log2 = options.align_log2()?;
        if options.contains(VmOptions::REQUIRE_NON_RESIZABLE) && self.vmo.is_resizable()
            || !options.contains(VmOptions::ALLOW_FAULTS) && self.vmo.is_discardable()
        {
            return Err(Status::NOT_SUPPORTED);
        }
        if options.intersects(VmOptions::COMPACT | VmOptions::CAN_MAP_SPECIFIC) {
            return Err(Status::INVALID_ARGS);
        }
        let allowed = Perms::allowed(flags);
        if !allowed.contains(perms) {
            return Err(Status::ACCESS_DENIED);
        }
        let size = round_up_to_page(self.len).ok_or(Status::INVALID_ARGS)?;
        if !is_page_aligned(self.vmo_offset) || self.vmo_offset.checked_add(size).is_none() {
            return Err(Status::INVALID_ARGS);
        }
        // Both below 2^52.
        let store_page = self.vmo.first_page().wrapping_add(page_of(self.vmo_offset));
        let place = PlaceRequest { options, align_log2, offset: self.vmar_offset, size };
        let shown = Shown {
            vmo: self.vmo,
            store_page,
            stream_only: beyond_stream,
            perms,
            max: allowed & granted,
            standing: Standing::Alone,
            in_tables: options.contains(VmOptions::MAP_RANGE),
        };
        Ok(Checked { place, shown })
    }
}

/// Returns the permissions that `options` ask for.
///
/// # Errors
/// [`Status::INVALID_ARGS`]: writing or executing without reading.
pub(super) fn check_perms(options: VmOptions) -> Result<Perms> {
    let perms = Perms::requested(options);
    if perms.intersects(Perms::WRITE | Perms::EXECUTE) && !perms.contains(Perms::READ) {
        return Err(Status::INVALID_ARGS);
    }
    Ok(perms)
}

impl Vmar {
    /// Maps `len` bytes of a VMO, from `vmo_offset`, into this VMAR.
    ///
    /// The mapping keeps the VMO alive. It may pass the VMO's end; only touching what is past it
    /// faults. With `MAP_RANGE`, pages that have frames can be used without a fault at once: the first,
    /// as many as a large page has, and the others after [`Vmar::show_more`]. The caller goes on with
    /// [`Vmar::keep`] or [`Vmar::discard`].
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: `FAULT_BEYOND_STREAM_SIZE` of a physical or contiguous VMO.
    /// 2. [`Status::ACCESS_DENIED`]: the VMO's handle lacks MAP.
    /// 3. [`Status::INVALID_ARGS`]: writable or executable but not readable; `MAP_RANGE` with
    ///    `SPECIFIC_OVERWRITE`; any `CAN_MAP_*` permission.
    /// 4. [`Status::ACCESS_DENIED`]: a permission that one of the handles lacks.
    /// 5. [`Status::INVALID_ARGS`]: `FAULT_BEYOND_STREAM_SIZE` without `ALLOW_FAULTS`; unknown
    ///    options; a bad alignment.
    /// 6. [`Status::NOT_SUPPORTED`]: `REQUIRE_NON_RESIZABLE` and the VMO is resizable; no
    ///    `ALLOW_FAULTS` and it is discardable.
    /// 7. [`Status::INVALID_ARGS`]: `COMPACT` or `CAN_MAP_SPECIFIC`.
    /// 8. [`Status::ACCESS_DENIED`]: a permission that the VMAR lacks.
    /// 9. [`Status::INVALID_ARGS`]: `vmo_offset` is not page-aligned; `len` cannot be rounded up;
    ///    `vmo_offset` plus that overflows.
    /// 10. [`Status::BAD_STATE`]: this VMAR is destroyed.
    /// 11. Those of `PlaceRequest::check`: length 0, offset, bounds.
    /// 12. [`Status::INVALID_ARGS`]: `SPECIFIC_OVERWRITE` of a VMAR.
    /// 13. [`Status::NO_MEMORY`]: the place is taken, there is no room, or memory is out.
    ///
    /// # Source
    /// Seed `mx_vmar_map`, ERRORS; `vmar.md` §8. Next hop: `Vmo::show_some`.
    pub fn map(&self, request: &MapRequest<'_>) -> Result<Mapped> {
        if request.options.contains(VmOptions::SPECIFIC_OVERWRITE) {
            return self.map_over(request);
        }
        let Checked { place, shown } = request.check(self.flags)?;
        let mut change = self.aspace.change();
        let vmar = change.regions.find(self.id)?;
        let spot = place.check(self.pages, self.flags)?;
        let (pages, id) = change.map(vmar, spot, shown)?;
        let mut unshown = u64::MAX;
        if place.options.contains(VmOptions::MAP_RANGE) {
            unshown = pages.start;
            // Nothing was overwritten, so taking the mapping away again leaves all as it was.
            change.show_some(id.slot, &mut unshown).inspect_err(|_| change.destroy(id.slot))?;
        }
        Ok(Mapped { address: page_base(pages.start), id, unshown })
    }

    /// Maps in the place of what is there. Apart from [`Vmar::map`], so that those who overwrite nothing do not pay for it.
    #[inline(never)]
    fn map_over(&self, request: &MapRequest<'_>) -> Result<Mapped> {
        let Checked { place, shown } = request.check(self.flags)?;
        let mut change = self.aspace.change();
        let vmar = change.regions.find(self.id)?;
        let pages = place.check(self.pages, self.flags)?.window;
        let id = change.overwrite(vmar, pages, shown)?;
        Ok(Mapped { address: page_base(pages.start), id, unshown: u64::MAX })
    }

    /// Makes the next pages of what [`Vmar::map`] has made with `MAP_RANGE` usable without a fault, as
    /// many as a large page has; says whether more are left. Nothing is locked in between, so that a long
    /// mapping keeps nobody waiting and can be given up; what others took away meanwhile is left out.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no frame for a page table; some of these pages may be shown.
    #[inline]
    pub fn show_more(&self, mapped: &mut Mapped) -> Result<bool> {
        if mapped.unshown == u64::MAX { Ok(false) } else { self.show_next(mapped) }
    }

    fn show_next(&self, mapped: &mut Mapped) -> Result<bool> {
        let change = self.aspace.change();
        let Ok(slot) = change.regions.find(mapped.id) else {
            return Ok(false);
        };
        change.show_some(slot, &mut mapped.unshown)?;
        Ok(mapped.unshown != u64::MAX)
    }

    /// Takes away what [`Vmar::map`] has made: for a caller that cannot tell anybody where it is.
    pub fn discard(&self, mapped: Mapped) {
        let mut change = self.aspace.change();
        if let Ok(slot) = change.regions.find(mapped.id) {
            change.destroy(slot);
        }
    }
}

impl Change<'_> {
    /// Adds a mapping to the gaps of `vmar`.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: the place is taken, there is no room, or memory is out.
    fn map(&mut self, vmar: Slot, spot: Spot, shown: Shown<'_>) -> Result<(PageRange, RegionId)> {
        let mut position = Position::new();
        let pages = self.regions.choose(vmar, spot, &mut position)?;
        let standing = self.stand(&position, pages);
        let id = self.try_add_mapping(vmar, &position, pages, Shown { standing, ..shown })?;
        Ok((pages, id))
    }

    /// Makes the first pages of a mapping from page `unshown` on that have frames usable without a fault, and has `unshown` be the first
    /// that is left, `u64::MAX` if none is.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no frame for a page table.
    #[inline(never)]
    fn show_some(&self, slot: Slot, unshown: &mut u64) -> Result<()> {
        let region = self.regions.get(slot);
        let left = PageRange { start: *unshown, end: region.pages.end };
        let next = match Piece::of(self.aspace, region, left) {
            Some(piece) => piece.show()?,
            None => region.pages.end,
        };
        *unshown = if next < region.pages.end { next } else { u64::MAX };
        Ok(())
    }
}
