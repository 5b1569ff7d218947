//! Taking apart what is in a VMAR, without keeping trees balanced meanwhile.

use super::Regions;
use crate::slab::Slot;

/// How far a root VMAR is dismantled.
#[derive(Clone, Copy)]
pub(crate) struct Ruin {
    pub(crate) top: Slot,
    /// The place to go on from.
    pub(crate) from: Slot,
}

impl Regions {
    /// Has nothing in the root VMAR, nor that itself, be found any more. What is in it is to be dismantled.
    pub(crate) fn begin_ruin(&mut self) {
        self.last_hit = None;
        self.ruin = self.root.take().map(|top| Ruin { top, from: top });
    }

    /// Returns what is left to dismantle, if anything; [`Regions::put_ruin`] what is left then.
    pub(crate) fn take_ruin(&mut self) -> Option<Ruin> {
        self.ruin.take()
    }

    /// Notes what is left to dismantle.
    pub(crate) fn put_ruin(&mut self, ruin: Ruin) {
        self.ruin = Some(ruin);
    }

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
