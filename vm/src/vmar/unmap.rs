//! `vmar_unmap`: emptying a range of a region.

use abi::Rights;

use super::Vmar;
use super::change::Change;
use crate::region::Position;
use crate::slab::Slot;
use crate::units::PageRange;
use crate::{Result, Status};

impl Vmar {
    /// Removes everything in the `len` bytes, rounded up to pages, from `address`, through a handle
    /// with `rights`. Mappings are cut where the range ends; VMARs in it are destroyed.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: `address` is not page-aligned, or `len` rounds to 0 or overflows.
    /// 2. [`Status::BAD_STATE`]: this VMAR is destroyed.
    /// 3. [`Status::INVALID_ARGS`]: the range is not inside this VMAR, or cuts a VMAR in it, or has
    ///    a VMAR in it and `rights` lack OP_CHILDREN.
    /// 4. [`Status::NO_MEMORY`]: a mapping would be cut in two, and memory is out.
    ///
    /// # Source
    /// `vmar.md` §9.
    pub fn unmap(&self, rights: Rights, address: u64, len: u64) -> Result<()> {
        let aligned = Vmar::check_aligned(address, len)?;
        let mut change = self.aspace.change();
        let vmar = change.regions.find(self.id)?;
        let range = self.check_inside(aligned)?;
        let mut position = Position::new();
        let first = change.regions.seek(vmar, range.start, &mut position);
        if let Some(first) = first.filter(|first| !first.is_vmar && first.pages == range) {
            change.remove_mapping(&position, first);
            return Ok(());
        }
        change.unmap(vmar, range, &mut position, rights)
    }
}

impl Change<'_> {
    /// Removes everything in `range` of `vmar`, where `position` is that of the first region that ends behind its start.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: it cuts a VMAR, or has one in it and `rights` lack OP_CHILDREN.
    /// 2. [`Status::NO_MEMORY`]: a mapping would be cut in two, and memory is out.
    #[inline(never)]
    fn unmap(
        &mut self,
        vmar: Slot,
        range: PageRange,
        position: &mut Position,
        rights: Rights,
    ) -> Result<()> {
        let reaches_children = rights.contains(Rights::OP_CHILDREN);
        let contents = self.contents(range, position, |sibling| {
            let is_refused = sibling.is_vmar && !(reaches_children && range.covers(sibling.pages));
            if is_refused { Err(Status::INVALID_ARGS) } else { Ok(()) }
        })?;
        let Some(contents) = contents else {
            return Ok(());
        };
        if let Some(holed) = contents.holed() {
            self.promise_cut(position, holed, 1)?;
        }
        self.clear(vmar, &contents, position);
        Ok(())
    }
}
