//! Taking apart what is in a VMAR, without keeping trees balanced meanwhile.

use core::mem;

use super::tree::Nodes;
use super::{CHUNK, Region, Regions};
use crate::slab::{Slab, Slot};

/// What is left of a root VMAR that is being dismantled in steps, apart from where names are looked up: so none of it is found, which
/// costs those who look something up nothing.
pub(super) struct Ruin {
    arena: Slab<Region, CHUNK>,
    nodes: Nodes,
    progress: Progress,
}

/// How far a root VMAR is dismantled.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) top: Slot,
    /// The place to go on from.
    pub(crate) from: Slot,
}

impl Regions {
    /// Has nothing in the root VMAR, nor that itself, be found any more. What is in it is to be dismantled.
    pub(crate) fn begin_ruin(&mut self) {
        if let Some(top) = self.root.take() {
            self.last_hit = None;
            self.close_ruin(Progress { top, from: top });
        }
    }

    /// Has what is left to dismantle, if anything, be found again, and returns how far that is. [`Regions::close_ruin`] before anybody else
    /// can look.
    pub(crate) fn open_ruin(&mut self) -> Option<Progress> {
        let Ruin { arena, nodes, progress } = self.ruin.take()?;
        (self.arena, self.nodes) = (arena, nodes);
        Some(progress)
    }

    /// Has nothing of what is left to dismantle be found.
    pub(crate) fn close_ruin(&mut self, progress: Progress) {
        let arena = mem::replace(&mut self.arena, Slab::new());
        let nodes = mem::replace(&mut self.nodes, Nodes::new());
        self.ruin = Some(Ruin { arena, nodes, progress });
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
