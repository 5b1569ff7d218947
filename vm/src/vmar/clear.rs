//! Emptying a range: what is in it is removed, or cut where the range ends.

use super::change::Change;
use crate::Result;
use crate::region::{Kind, MappingNode, Position, Sibling};
use crate::slab::Slot;
use crate::units::PageRange;

/// What is in a range of a VMAR: something.
pub(super) struct Contents {
    range: PageRange,
    first: Sibling,
    /// Where the last region ends.
    end: u64,
}

impl Contents {
    /// Returns the mapping that emptying the range cuts a hole into.
    pub(super) fn holed(&self) -> Option<Slot> {
        let pages = self.first.pages;
        let is_holed = pages.start < self.range.start && self.range.end < pages.end;
        is_holed.then_some(self.first.slot)
    }
}

impl Change<'_> {
    /// Looks at what is in `range`, if anything, where `position` is that of the first region that ends behind its start.
    ///
    /// # Errors
    /// What `check` returns for one of the regions.
    pub(super) fn contents(
        &self,
        range: PageRange,
        position: &Position,
        check: impl Fn(&Sibling) -> Result<()>,
    ) -> Result<Option<Contents>> {
        let is_inside = |sibling: &Sibling| sibling.pages.start < range.end;
        let Some(first) = self.regions.at(position).filter(is_inside) else {
            return Ok(None);
        };
        check(&first)?;
        if range.end <= first.pages.end {
            return Ok(Some(Contents { range, first, end: first.pages.end }));
        }
        let mut last = first;
        let mut ahead = *position;
        while let Some(next) = self.regions.advance(&mut ahead).filter(is_inside) {
            check(&next)?;
            last = next;
        }
        Ok(Some(Contents { range, first, end: last.pages.end }))
    }

    /// Empties a range of `vmar`: mappings are removed or cut, VMARs, which lie wholly inside,
    /// destroyed. If there is a [`Contents::holed`] mapping, room for its upper part was promised.
    /// `position` is at the first of the contents, and good for nothing afterwards.
    pub(super) fn clear(&mut self, vmar: Slot, contents: &Contents, position: &mut Position) {
        // One pass over the page tables and one flush for the whole range; the regions follow.
        let is_one = contents.first.pages.end == contents.end;
        if !is_one || self.may_be_in_tables(contents.first.slot) {
            self.aspace.translation.edit().unmap(contents.range);
        }
        self.clear_one(position, contents.first, contents.range);
        let mut page = contents.first.pages.end;
        while page < contents.end
            && let Some(next) = self.regions.seek(vmar, page, position)
        {
            self.clear_one(position, next, contents.range);
            page = next.pages.end;
        }
    }

    /// Says whether page tables may have entries of what is in a region.
    #[inline]
    fn may_be_in_tables(&self, slot: Slot) -> bool {
        match &self.regions.get(slot).kind {
            Kind::Mapping(mapping) => mapping.in_tables,
            Kind::Vmar(vmar) => vmar.children.is_some(),
        }
    }

    /// Takes `range` out of the region at `position`.
    fn clear_one(&mut self, position: &mut Position, sibling: Sibling, range: PageRange) {
        let Sibling { pages, slot, .. } = sibling;
        let lower = PageRange { start: pages.start, end: range.start };
        let upper = PageRange { start: range.end, end: pages.end };
        match (lower.is_empty(), upper.is_empty()) {
            (true, true) => self.remove_at(position, slot),
            (true, false) => self.resize(position, slot, upper),
            (false, true) => self.resize(position, slot, lower),
            (false, false) => self.split(position, slot, range),
        }
    }

    /// Removes the region at `position` and everything in it, whose entries are gone from the page
    /// tables.
    fn remove_at(&mut self, position: &Position, slot: Slot) {
        self.dismantle(slot);
        self.forget(slot);
        self.regions.remove_at(position, slot);
    }

    /// Removes the mapping at `position`.
    #[inline(always)]
    pub(super) fn remove_mapping(&mut self, position: &Position, sibling: Sibling) {
        if let Some(mapping) = self.regions.get(sibling.slot).as_mapping() {
            if mapping.in_tables {
                self.aspace.translation.edit().unmap(sibling.pages);
            }
            forget(mapping);
        }
        self.regions.remove_at(position, sibling.slot);
    }

    /// Removes everything that is in a region.
    fn dismantle(&mut self, top: Slot) {
        let mut from = top;
        while let Some((slot, above)) = self.regions.dismantle(from, top) {
            self.forget(slot);
            self.regions.discard(slot);
            from = above;
        }
    }

    /// Destroys the root VMAR, if it is not yet: nothing in it is found or shown any more. What is left is [`Change::clear_ruin`]'s to
    /// remove.
    pub(crate) fn ruin(&mut self) {
        if let Some(root) = self.regions.root() {
            self.hide(root);
            self.regions.begin_ruin();
        }
    }

    /// Removes regions, `most` at the most, of a root VMAR that was destroyed; says whether any are left.
    pub(crate) fn clear_ruin(&mut self, most: usize) -> bool {
        let Some(mut progress) = self.regions.open_ruin() else {
            return false;
        };
        for _ in 0..most {
            let Some((slot, above)) = self.regions.dismantle(progress.from, progress.top) else {
                self.regions.discard(progress.top);
                return false;
            };
            self.forget(slot);
            self.regions.discard(slot);
            progress.from = above;
        }
        self.regions.close_ruin(progress);
        true
    }

    /// Destroys a region and everything in it.
    pub(crate) fn destroy(&mut self, top: Slot) {
        if !self.regions.get(top).is_empty_vmar() {
            self.empty(top);
        }
        self.regions.remove(top);
    }

    /// Has nothing be in a region, or shown by it.
    fn empty(&mut self, top: Slot) {
        self.hide(top);
        self.dismantle(top);
        self.forget(top);
    }

    /// Takes the entries of what is in a region out of the page tables.
    fn hide(&mut self, top: Slot) {
        if self.may_be_in_tables(top) {
            let pages = self.regions.get(top).pages;
            self.aspace.translation.edit().unmap(pages);
        }
    }

    /// Takes what is about to be removed, and has no entries in page tables, out of its VMO's records, if it is a mapping.
    fn forget(&self, slot: Slot) {
        if let Some(mapping) = self.regions.get(slot).as_mapping() {
            forget(mapping);
        }
    }
}

/// Takes a mapping out of its VMO's records.
#[inline(always)]
fn forget(mapping: &MappingNode) {
    mapping.vmo.lock().mappings.remove(mapping.record);
}
