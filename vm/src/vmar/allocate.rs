//! `vmar_allocate`: a region inside a region.

use abi::{Rights, VmOptions};

use super::Vmar;
use crate::attr::Perms;
use crate::region::{Kind, PlaceRequest, Position, VmarNode};
use crate::units::is_page_aligned;
use crate::{Result, Status};

/// Options that a new region may be asked for with, beside an alignment.
const ALLOWED: VmOptions = VmOptions::SPECIFIC
    .union(VmOptions::CAN_MAP_SPECIFIC)
    .union(VmOptions::COMPACT)
    .union(VmOptions::CAN_MAP_PERMS)
    .union(VmOptions::OFFSET_IS_UPPER_LIMIT)
    .union(VmOptions::ALIGN_MASK)
    .union(VmOptions::PERM_READ_IF_XOM_UNSUPPORTED);

impl Vmar {
    /// Makes a region of `size` bytes in this one, reached through a handle with `rights`.
    ///
    /// It is placed at random, or `offset` bytes from this VMAR's base with `SPECIFIC`, or below
    /// that with `OFFSET_IS_UPPER_LIMIT`; the alignment is that of `options`.
    ///
    /// # Errors
    /// 1. [`Status::ACCESS_DENIED`]: `rights` lack READ, WRITE or EXECUTE for a `CAN_MAP_*` option.
    /// 2. [`Status::INVALID_ARGS`]: unknown options, `MAP_RANGE`, a bad alignment, any `PERM_*`,
    ///    a `size` that is not page-aligned, or an option that is not for VMARs.
    /// 3. [`Status::BAD_STATE`]: this VMAR is destroyed.
    /// 4. Those of `PlaceRequest::check`: size 0, permissions, offset, bounds.
    /// 5. [`Status::NO_MEMORY`]: the place is taken, there is no room, or memory is out.
    ///
    /// # Source
    /// Seed `zx_vmar_allocate`, ERRORS; `vmar.md` §7.
    pub fn allocate(
        &self,
        rights: Rights,
        options: VmOptions,
        offset: u64,
        size: u64,
    ) -> Result<Vmar> {
        if !Perms::granted(rights).contains(Perms::allowed(options)) {
            return Err(Status::ACCESS_DENIED);
        }
        if options.intersects(VmOptions::UNKNOWN | VmOptions::MAP_RANGE | VmOptions::PERMS) {
            return Err(Status::INVALID_ARGS);
        }
        let align_log2 = options.align_log2()?;
        if !is_page_aligned(size) || !ALLOWED.contains(options) {
            return Err(Status::INVALID_ARGS);
        }
        let mut change = self.aspace.change();
        let parent = change.regions.find(self.id)?;
        let place = PlaceRequest { options, align_log2, offset, size };
        let spot = place.check(self.pages, self.flags)?;
        let mut position = Position::new();
        let pages = change.regions.choose(parent, spot, &mut position)?;
        change.regions.promise(&position, 1)?;
        const KEPT: VmOptions =
            VmOptions::CAN_MAP_PERMS.union(VmOptions::CAN_MAP_SPECIFIC).union(VmOptions::COMPACT);
        let flags = options & KEPT;
        let node = VmarNode { children: None, flags };
        let id = change.regions.add(parent, &position, pages, Kind::Vmar(node));
        Ok(Vmar::new(self.aspace.clone(), id, pages, flags))
    }
}
