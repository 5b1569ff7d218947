//! `vmar_protect`: changing what mappings allow.

use abi::{Rights, VmOptions};

use super::Vmar;
use super::change::Change;
use super::map::check_perms;
use crate::attr::Perms;
use crate::region::{MappingNode, Position, Sibling};
use crate::slab::Slot;
use crate::units::PageRange;
use crate::{Result, Status};

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
        let mut position = Position::new();
        let first = change.regions.seek(vmar, range.start, &mut position);
        if let Some(first) = first.filter(|first| !first.is_vmar) {
            if first.pages == range {
                return change.protect_whole(&mut position, first, perms);
            }
            if first.pages.covers(range) {
                return change.protect_part(&mut position, first, range, perms);
            }
        }
        let pieces = change.check_pieces(vmar, range, perms, rights)?;
        change.protect_pieces(vmar, range, perms, &pieces)
    }
}

/// What setting permissions of a range has to do with the mappings in it.
#[derive(Default)]
struct Pieces {
    /// The mapping that is cut where the range starts, and the one that is cut where it ends.
    cuts: [Option<Slot>; 2],
    in_tables: bool,
}

impl Change<'_> {
    /// Sets what may be done with the mapping at `position`.
    ///
    /// # Errors
    /// [`Status::ACCESS_DENIED`]: more than it may ever allow.
    #[inline(always)]
    fn protect_whole(
        &mut self,
        position: &mut Position,
        sibling: Sibling,
        perms: Perms,
    ) -> Result<()> {
        let mapping = self.regions.mapping_mut(sibling.slot).ok_or(Status::NOT_FOUND)?;
        if !mapping.max.contains(perms) {
            return Err(Status::ACCESS_DENIED);
        }
        mapping.perms = perms;
        if mapping.in_tables {
            self.aspace.translation.edit().protect(sibling.pages, perms);
        }
        self.merge_at(position, sibling);
        Ok(())
    }

    /// Sets what may be done with `range`, a part of the mapping at `position`, which is a mapping of its own then.
    ///
    /// # Errors
    /// 1. [`Status::ACCESS_DENIED`]: more than it may ever allow.
    /// 2. [`Status::NO_MEMORY`]: nothing has changed.
    fn protect_part(
        &mut self,
        position: &mut Position,
        sibling: Sibling,
        range: PageRange,
        perms: Perms,
    ) -> Result<()> {
        let Sibling { pages, slot, .. } = sibling;
        let mapping = self.regions.mapping_mut(slot).ok_or(Status::NOT_FOUND)?;
        if !mapping.max.contains(perms) {
            return Err(Status::ACCESS_DENIED);
        }
        if mapping.perms == perms {
            return Ok(());
        }
        let in_tables = mapping.in_tables;
        let (cut_end, cut_start) = (range.end < pages.end, pages.start < range.start);
        let count = if cut_end && cut_start { 2 } else { 1 };
        self.promise_pieces(position, slot, count)?;
        let mut part = slot;
        if cut_end && !self.cut(position, slot, range.end).1 {
            self.regions.locate(slot, position);
        }
        if cut_start {
            part = self.cut(position, slot, range.start).0;
        }
        self.regions.settle();
        if in_tables {
            self.aspace.translation.edit().protect(range, perms);
        }
        if let Some(mapping) = self.regions.mapping_mut(part) {
            mapping.perms = perms;
        }
        // Where it was not cut, there may be something that it continues.
        if !(cut_end && cut_start) {
            self.merge(part);
        }
        Ok(())
    }

    /// Checks whether `perms` may be set on what is in `range`, through a handle with `rights`, and
    /// finds out what there is to do.
    ///
    /// # Errors
    /// Those of [`Vmar::protect`], 5.
    fn check_pieces(
        &mut self,
        vmar: Slot,
        range: PageRange,
        perms: Perms,
        rights: Rights,
    ) -> Result<Pieces> {
        let mut pieces = Pieces::default();
        let may_nest = rights.contains(Rights::OP_CHILDREN);
        self.each_mapping(vmar, range, Status::NOT_FOUND, |slot, region| {
            let (pages, is_nested) = (region.pages, region.parent != Some(vmar));
            let mapping = region.as_mapping().ok_or(Status::NOT_FOUND)?;
            check_one(mapping, is_nested, may_nest, perms)?;
            pieces.in_tables |= mapping.in_tables;
            let is_cut = |page| mapping.perms != perms && pages.start < page && page < pages.end;
            let [start, end] = &mut pieces.cuts;
            *start = start.or(is_cut(range.start).then_some(slot));
            *end = is_cut(range.end).then_some(slot);
            Ok(())
        })?;
        Ok(pieces)
    }

    /// Cuts the mappings at the ends of `range`, sets the permissions of those in it, and joins those
    /// that do not differ any more.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    fn protect_pieces(
        &mut self,
        vmar: Slot,
        range: PageRange,
        perms: Perms,
        pieces: &Pieces,
    ) -> Result<()> {
        self.promise_cuts(pieces.cuts)?;
        let mut position = Position::new();
        // The end first: if it is the same mapping, its lower piece is what is cut at the start.
        for (slot, page) in pieces.cuts.into_iter().zip([range.start, range.end]).rev() {
            if let Some(slot) = slot {
                self.regions.locate(slot, &mut position);
                self.cut(&mut position, slot, page);
            }
        }
        self.regions.settle();
        if pieces.in_tables {
            self.aspace.translation.edit().protect(range, perms);
        }
        let (mut page, mut near) = (range.start, vmar);
        while page < range.end
            && let Some(slot) = self.regions.mapping_near(vmar, near, page)
        {
            let region = self.regions.get_mut(slot);
            page = region.pages.end;
            near = region.parent.unwrap_or(vmar);
            if let Some(mapping) = region.as_mapping_mut() {
                mapping.perms = perms;
            }
            self.merge(slot);
        }
        Ok(())
    }

    /// Promises room for the upper pieces of mappings that are going to be cut.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    fn promise_cuts(&mut self, cuts: [Option<Slot>; 2]) -> Result<()> {
        let mut position = Position::new();
        let count = cuts.iter().flatten().count();
        for (done, slot) in cuts.into_iter().flatten().enumerate() {
            self.regions.locate(slot, &mut position);
            let promised = self.promise_cut(&position, slot, count);
            promised.inspect_err(|_| self.release_cuts(cuts.into_iter().flatten().take(done)))?;
        }
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
