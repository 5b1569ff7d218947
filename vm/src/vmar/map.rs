//! `vmar_map`: a VMO, seen in a region.

use abi::{Rights, VmOptions};

use super::Vmar;
use super::change::{Change, Shown};
use crate::attr::Perms;
use crate::region::{PlaceRequest, Placement, RegionId};
use crate::slab::Slot;
use crate::units::{PageRange, is_page_aligned, page_base, page_of, round_up_to_page};
use crate::vmo::View;
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
}

/// A request whose options and sizes are right.
struct Checked {
    perms: Perms,
    max: Perms,
    store_page: u64,
    stream_only: bool,
    size: u64,
}

impl MapRequest<'_> {
    /// Checks everything that does not depend on what is in the VMAR.
    fn check(&self, flags: VmOptions) -> Result<Checked> {
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
        options.align_log2()?;
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
        Ok(Checked { perms, max: allowed & granted, store_page, stream_only: beyond_stream, size })
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
    /// faults. With `MAP_RANGE`, pages that have frames can be used without a fault at once. The caller
    /// goes on with [`Vmar::keep`] or [`Vmar::discard`].
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
    /// Seed `mx_vmar_map`, ERRORS; `vmar.md` §8. Next hop: `Vmo::show_present`.
    pub fn map(&self, request: &MapRequest<'_>) -> Result<Mapped> {
        let checked = request.check(self.flags)?;
        let mut change = self.aspace.change();
        let vmar = change.regions.find(self.id)?;
        let pages = self.choose_place(&mut change, vmar, request, checked.size)?;
        let overwrites = request.options.contains(VmOptions::SPECIFIC_OVERWRITE);
        let hole = if overwrites { change.hole_in(vmar, pages) } else { None };
        change.promise_mapping(request.vmo)?;
        if let Some(holed) = &hole {
            change.promise_mapping(holed).inspect_err(|_| change.release_mapping(request.vmo))?;
        }
        if overwrites {
            change.clear(vmar, pages);
        }
        let Checked { perms, max, store_page, stream_only, .. } = checked;
        let vmo = request.vmo.clone();
        let shown = Shown { vmo, store_page, stream_only, perms, max, is_kept: false };
        let slot = change.add_mapping(vmar, pages, shown);
        if request.options.contains(VmOptions::MAP_RANGE) {
            let attr = self.aspace.attr(perms);
            let translation = &*self.aspace.translation;
            let view = View { translation, pages, store_page, attr, stream_only };
            // Nothing was overwritten, so taking the mapping away again leaves all as it was.
            request.vmo.show_present(&view).inspect_err(|_| change.destroy(slot))?;
        }
        Ok(Mapped { address: page_base(pages.start), id: change.regions.id(slot) })
    }

    fn choose_place(
        &self,
        change: &mut Change<'_>,
        vmar: Slot,
        request: &MapRequest<'_>,
        size: u64,
    ) -> Result<PageRange> {
        let place = PlaceRequest { options: request.options, offset: request.vmar_offset, size };
        let range = match place.check(self.pages, self.flags)? {
            Placement::Anywhere(spot) => {
                let start = change.regions.choose(vmar, spot)?;
                return Ok(PageRange::new(start, spot.count));
            }
            Placement::At(range) => range,
        };
        let mut in_the_way = change.regions.overlapping(vmar, range);
        if request.options.contains(VmOptions::SPECIFIC_OVERWRITE) {
            if in_the_way.any(|(_, region)| region.as_vmar().is_some()) {
                return Err(Status::INVALID_ARGS);
            }
        } else if in_the_way.next().is_some() {
            return Err(Status::NO_MEMORY);
        }
        Ok(range)
    }

    /// Takes away what [`Vmar::map`] has made: for a caller that cannot tell anybody where it is.
    pub fn discard(&self, mapped: Mapped) {
        let mut change = self.aspace.change();
        if let Ok(slot) = change.regions.find(mapped.id) {
            change.destroy(slot);
        }
    }
}
