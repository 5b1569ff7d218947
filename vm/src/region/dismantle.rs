//! Taking a whole subtree apart, without keeping it balanced meanwhile.

use super::{Region, Regions};
use crate::slab::Slot;

impl Regions {
    /// Takes the subtree at `top` apart without keeping it balanced: returns a region without
    /// children of it, removed; none when `top` itself was the last. Start with `top` and pass on
    /// what the previous call returned as the place to go on from.
    pub(crate) fn dismantle(&mut self, from: Slot, top: Slot) -> (Region, Option<Slot>) {
        let mut slot = from;
        while let Some(below) = self.any_below(slot, top) {
            slot = below;
        }
        if slot == top {
            return (self.remove(top), None);
        }
        self.forget_hit(slot);
        let above = self.unlink(slot);
        (self.arena.remove(slot), Some(above))
    }

    /// Returns a region that hangs below `slot`: a child, or a sibling from the tree of siblings.
    fn any_below(&self, slot: Slot, top: Slot) -> Option<Slot> {
        let region = &self.arena[slot];
        let child = region.as_vmar().and_then(|vmar| vmar.children);
        // The siblings of `top` are not part of its subtree.
        let siblings = if slot == top { None } else { region.links.left.or(region.links.right) };
        child.or(siblings)
    }

    /// Unlinks a region with nothing below it from what it hangs on, and returns that.
    fn unlink(&mut self, slot: Slot) -> Slot {
        let region = &self.arena[slot];
        if let Some(up) = region.links.up {
            self.arena[up].links.replace(slot, None);
            return up;
        }
        let parent = region.parent.expect("only the top of a subtree hangs on nothing");
        self.set_children(parent, None);
        parent
    }
}
