//! Ways through the tree of regions. They are loops: callers can nest regions as deep as they like.

use super::{Kind, Region, Regions};
use crate::slab::Slot;
use crate::{Result, Status};

impl Regions {
    /// Returns the first child of `vmar` that ends after `page`.
    pub(crate) fn child_from(&self, vmar: Slot, page: u64) -> Option<Slot> {
        self.nodes.find(self.children(vmar), page).map(|child| child.slot)
    }

    /// Returns the sibling after `slot`.
    pub(crate) fn next_sibling(&self, slot: Slot) -> Option<Slot> {
        let region = &self.arena[slot];
        self.child_from(region.parent?, region.pages.end)
    }

    /// Returns the mapping at `page` in `vmar` or in a VMAR below it.
    pub(crate) fn mapping_below(&self, vmar: Slot, page: u64) -> Option<Slot> {
        let mut vmar = vmar;
        loop {
            let child = self.nodes.find(self.children(vmar), page)?;
            if child.pages.start > page {
                return None;
            }
            if !child.is_vmar {
                return Some(child.slot);
            }
            vmar = child.slot;
        }
    }

    /// Returns the mapping at `page` in `top` or in a VMAR below it. `near` is `top` or one of those: the way leads up from there, and then
    /// down, so that going from each mapping to the next takes no longer for their being deep down.
    pub(crate) fn mapping_near(&self, top: Slot, near: Slot, page: u64) -> Option<Slot> {
        let mut vmar = near;
        while vmar != top && !self.arena[vmar].pages.contains(page) {
            vmar = self.arena[vmar].parent?;
        }
        self.mapping_below(vmar, page)
    }

    /// Returns the mapping that was found last, if it contains `page`.
    #[inline]
    pub(crate) fn last_mapping(&self, page: u64) -> Option<&Region> {
        self.arena.get(self.last_hit?).filter(|region| region.pages.contains(page))
    }

    /// Finds the mapping that contains `page`, which is about to be shown there: it is the last one then.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`]: there is none.
    pub(crate) fn find_mapping(&mut self, page: u64) -> Result<()> {
        let found = self.root.and_then(|root| self.mapping_below(root, page));
        let slot = found.ok_or(Status::NOT_FOUND)?;
        if let Kind::Mapping(mapping) = &mut self.arena[slot].kind {
            mapping.in_tables = true;
        }
        self.last_hit = Some(slot);
        Ok(())
    }

    /// Visits every region from the root down, parents first, siblings in address order, with its
    /// depth. A loop, not a recursion: callers can nest regions as deep as they like.
    pub(crate) fn walk(&self, mut visit: impl FnMut(Slot, &Region, usize)) {
        let Some(top) = self.root else { return };
        let mut next = Some((top, 0));
        while let Some((slot, depth)) = next {
            visit(slot, &self.arena[slot], depth);
            next = self.next_below(top, slot, depth);
        }
    }

    /// Returns the region that a walk over everything in `top` visits after `slot`, and its depth.
    pub(crate) fn next_below(&self, top: Slot, slot: Slot, depth: usize) -> Option<(Slot, usize)> {
        if let Some(child) = self.child_from(slot, 0) {
            return Some((child, depth + 1));
        }
        let (mut done, mut depth) = (slot, depth);
        while done != top {
            if let Some(next) = self.next_sibling(done) {
                return Some((next, depth));
            }
            done = self.arena[done].parent?;
            depth -= 1;
        }
        None
    }

    /// Returns the first region that a walk over everything in `top` visits after the place where a
    /// region at `page` and `depth` is, or would be; and its depth.
    ///
    /// A walk is in the order of first pages, and of depths where those are equal: so one that was
    /// left off can be taken up again, whatever has changed meanwhile.
    pub(crate) fn first_after(&self, top: Slot, page: u64, depth: usize) -> Option<(Slot, usize)> {
        let mut inside = (top, 0);
        let mut beyond = None;
        loop {
            let (slot, level) = inside;
            let child = self.child_from(slot, page);
            let Some(child) = child.map(|child| (child, level + 1)) else {
                return beyond;
            };
            if (self.arena[child.0].pages.start, child.1) > (page, depth) {
                return Some(child);
            }
            // What is after the child comes after everything in it.
            let next = self.next_sibling(child.0).map(|next| (next, child.1));
            beyond = next.or(beyond);
            inside = child;
        }
    }
}
