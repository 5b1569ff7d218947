//! Taking apart what is in a VMAR, without keeping trees balanced meanwhile.

use super::Regions;
use crate::slab::Slot;

impl Regions {
    /// Takes a region without children out of the VMAR `top`, and returns it and the VMAR that it was
    /// in; none if `top` is empty. The region is in no tree then, and the caller's to [`Regions::discard`]. Start with `top` and pass on
    /// what the previous call returned as the place to go on from. Until `top` is empty, nothing else may be done with what is in it.
    pub(crate) fn dismantle(&mut self, from: Slot, top: Slot) -> Option<(Slot, Slot)> {
        let mut vmar = from;
        while let Some(tree) = self.children(vmar) {
            let (last, rest) = self.nodes.pop(tree);
            self.set_children(vmar, rest);
            if !last.is_vmar {
                return Some((last.slot, vmar));
            }
            vmar = last.slot;
        }
        if vmar == top {
            return None;
        }
        Some((vmar, self.arena[vmar].parent.unwrap_or(top)))
    }
}
