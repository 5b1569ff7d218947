//! `vmar_protect`: changing what mappings allow.

use abi::{Rights, VmOptions};

use super::Vmar;
use super::change::Change;
use super::map::check_perms;
use crate::attr::Perms;
use crate::region::MappingNode;
use crate::slab::Slot;
use crate::units::PageRange;
use crate::{Ref, Result, Status, Vmo};

impl Vmar {
    /// Sets what may be done with the `len` bytes, rounded up to pages, from `address`, through a
    /// handle with `rights`.
    ///
    /// Mappings in VMARs inside this one can only lose permissions this way.
    ///
    /// # Errors
    /// 1. [`Status::ACCESS_DENIED`]: `rights` lack READ, WRITE or EXECUTE for a permission.
    /// 2. [`Status::INVALID_ARGS`]: writable or executable but not readable; `address` is not
    ///    page-aligned; other options than permissions; `len` rounds to 0 or overflows.
    /// 3. [`Status::BAD_STATE`]: this VMAR is destroyed.
    /// 4. [`Status::INVALID_ARGS`]: the range is not inside this VMAR.
    /// 5. In address order: [`Status::NOT_FOUND`]: a gap. [`Status::ACCESS_DENIED`]: more than a
    ///    mapping may ever allow. For a mapping in a VMAR inside: [`Status::INVALID_ARGS`] if
    ///    `rights` lack OP_CHILDREN, [`Status::ACCESS_DENIED`] if it would gain a permission.
    /// 6. [`Status::NO_MEMORY`]: a mapping would be cut, and memory is out.
    ///
    /// # Source
    /// `vmar.md` §10.
    pub fn protect(
        &self,
        rights: Rights,
        options: VmOptions,
        address: u64,
        len: u64,
    ) -> Result<()> {
        let mut perm_options = options;
        if perm_options.contains(VmOptions::PERM_READ_IF_XOM_UNSUPPORTED) {
            perm_options.remove(VmOptions::PERM_READ_IF_XOM_UNSUPPORTED);
            perm_options.insert(VmOptions::PERM_READ);
        }
        if !Perms::granted(rights).contains(Perms::requested(perm_options)) {
            return Err(Status::ACCESS_DENIED);
        }
        let perms = check_perms(perm_options)?;
        let aligned = Vmar::check_aligned(address, len)?;
        if !VmOptions::PERMS.contains(perm_options) {
            return Err(Status::INVALID_ARGS);
        }
        let mut change = self.aspace.change();
        let vmar = change.regions.find(self.id)?;
        let range = self.check_inside(aligned)?;
        let nested = rights.contains(Rights::OP_CHILDREN);
        change.each_mapping(vmar, range, Status::NOT_FOUND, |region, mapping| {
            check_one(mapping, region.parent != Some(vmar), nested, perms)
        })?;
        change.promise_cuts(vmar, range, perms)?;
        change.set_perms(vmar, range, perms);
        self.aspace.translation.edit().protect(range, perms);
        Ok(())
    }
}

fn check_one(mapping: &MappingNode, is_nested: bool, may_nest: bool, perms: Perms) -> Result<()> {
    if !mapping.max.contains(perms) {
        return Err(Status::ACCESS_DENIED);
    }
    if is_nested && !may_nest {
        return Err(Status::INVALID_ARGS);
    }
    if is_nested && !mapping.perms.contains(perms) {
        return Err(Status::ACCESS_DENIED);
    }
    Ok(())
}

impl Change<'_> {
    /// Returns the VMO of the mapping at `page` if setting `perms` from there cuts it: `page` is
    /// inside it and its permissions change.
    fn cut_at(&self, vmar: Slot, page: u64, perms: Perms) -> Option<(Slot, Ref<Vmo>)> {
        let slot = self.mapping_below(vmar, page)?;
        let region = self.regions.get(slot);
        let mapping = region.as_mapping()?;
        let is_cut = region.pages.start != page && mapping.perms != perms;
        is_cut.then(|| (slot, mapping.vmo.clone()))
    }

    /// Promises room for the pieces that setting `perms` on `range` makes.
    fn promise_cuts(&mut self, vmar: Slot, range: PageRange, perms: Perms) -> Result<()> {
        let start = self.cut_at(vmar, range.start, perms);
        let end = self.cut_at(vmar, range.end, perms);
        if let Some((_, vmo)) = &start {
            self.promise_mapping(vmo)?;
        }
        let Some((_, vmo)) = &end else { return Ok(()) };
        self.promise_mapping(vmo).inspect_err(|_| {
            if let Some((_, vmo)) = &start {
                self.release_mapping(vmo);
            }
        })
    }

    /// Cuts the mappings at the ends of `range`, sets the permissions of those in it, and joins those
    /// that do not differ any more.
    fn set_perms(&mut self, vmar: Slot, range: PageRange, perms: Perms) {
        for page in [range.start, range.end] {
            if let Some((slot, _)) = self.cut_at(vmar, page, perms) {
                self.split(slot, page);
            }
        }
        let mut page = range.start;
        while page < range.end {
            let Some(slot) = self.mapping_below(vmar, page) else {
                return;
            };
            page = self.regions.get(slot).pages.end;
            if let Some(mapping) = self.regions.mapping_mut(slot) {
                mapping.perms = perms;
            }
            self.merge_below(slot);
        }
        if let Some(above) = self.mapping_below(vmar, range.end) {
            self.merge_below(above);
        }
    }
}
