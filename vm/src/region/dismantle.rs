//! Taking apart what is in a VMAR, without keeping trees balanced meanwhile.

use super::{Region, Regions};
use crate::slab::Slot;

impl Regions {
    /// Takes a region without children out of the VMAR `top`, and returns it and the VMAR that it was
    /// in; none if `top` is empty. Start with `top` and pass on what the previous call returned as the
    /// place to go on from. Until `top` is empty, nothing else may be done with what is in it.
    pub(crate) fn dismantle(&mut self, from: Slot, top: Slot) -> Option<(Region, Slot)> {
        let mut vmar = from;
        while let Some(tree) = self.children(vmar) {
            let (last, rest) = self.nodes.pop(tree);
            self.set_children(vmar, rest);
            if !last.is_vmar {
                return Some((self.take(last.slot), vmar));
            }
            vmar = last.slot;
        }
        if vmar == top {
            return None;
        }
        let region = self.take(vmar);
        let above = region.parent.unwrap_or(top);
        Some((region, above))
    }
}
