//! Ways through the tree of regions. They are loops: callers can nest regions as deep as they like.

use super::{Region, Regions, tree};
use crate::slab::Slot;
use crate::units::PageRange;

impl Regions {
    /// Returns the first child of `vmar` that ends after `page`.
    pub(crate) fn child_from(&self, vmar: Slot, page: u64) -> Option<Slot> {
        tree::first_ending_after(&self.arena, self.children(vmar), page)
    }

    /// Returns the sibling after `slot`.
    pub(crate) fn next_sibling(&self, slot: Slot) -> Option<Slot> {
        tree::next(&self.arena, slot)
    }

    /// Visits the children of `vmar` that overlap `range`, in order.
    pub(crate) fn overlapping(
        &self,
        vmar: Slot,
        range: PageRange,
    ) -> impl Iterator<Item = (Slot, &Region)> {
        core::iter::successors(self.child_from(vmar, range.start), |slot| {
            self.next_sibling(*slot)
        })
        .map(|slot| (slot, &self.arena[slot]))
        .take_while(move |(_, region)| region.pages.start < range.end)
    }

    /// Returns the mapping that contains `page`.
    pub(crate) fn mapping_at(&mut self, page: u64) -> Option<Slot> {
        if let Some(hit) = self.last_hit
            && self.arena[hit].pages.contains(page)
        {
            return Some(hit);
        }
        let mut slot = self.root?;
        while self.arena[slot].as_vmar().is_some() {
            let child = self.child_from(slot, page)?;
            if !self.arena[child].pages.contains(page) {
                return None;
            }
            slot = child;
        }
        self.last_hit = Some(slot);
        Some(slot)
    }

    /// Visits every region from the root down, parents first, siblings in address order, with its
    /// depth. A loop, not a recursion: callers can nest regions as deep as they like.
    pub(crate) fn walk(&self, mut visit: impl FnMut(Slot, &Region, usize)) {
        let mut next = self.root;
        let mut depth = 0usize;
        while let Some(slot) = next {
            visit(slot, &self.arena[slot], depth);
            next = self.child_from(slot, 0);
            if next.is_some() {
                depth += 1;
            } else {
                (next, depth) = self.after_subtree(slot, depth);
            }
        }
    }

    /// Returns the region that a walk visits after everything in `slot`, and its depth.
    fn after_subtree(&self, slot: Slot, depth: usize) -> (Option<Slot>, usize) {
        let mut done = slot;
        let mut depth = depth;
        loop {
            let next = self.next_sibling(done);
            match self.arena[done].parent {
                Some(parent) if next.is_none() => done = parent,
                _ => return (next, depth),
            }
            depth -= 1;
        }
    }
}
