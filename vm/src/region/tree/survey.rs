//! What branches say of the nodes below them: extents at all times, gaps and used pages when asked.

use super::{Nodes, Tree};
use crate::slab::Slot;
use crate::units::PageRange;

impl Nodes {
    /// Notes that something has changed in a leaf that does not hide it.
    #[inline(never)]
    pub(super) fn note_change(&mut self, leaf: Slot) {
        let node = &mut self.leaves[leaf];
        node.is_stale = true;
        let (extent, above) = (node.extent(), node.above);
        self.note_above(extent, above);
    }

    /// Notes in the branches from `above` up that a node below has changed, which has the extent `extent` now. Goes no further than that is
    /// news.
    pub(super) fn note_above(&mut self, extent: PageRange, above: Option<Slot>) {
        let (mut extent, mut above) = (extent, above);
        while let Some(slot) = above {
            let branch = &mut self.branches[slot];
            // What the node was and what it is have pages in common, and nothing before it reaches its new start.
            let entry = branch.entry_mut(branch.ending_by(extent.start));
            let is_known = entry.extent == extent;
            entry.extent = extent;
            if is_known && branch.is_stale {
                return;
            }
            branch.is_stale = true;
            (extent, above) = (branch.extent(), branch.above);
        }
    }

    /// Returns the largest gap between the regions of a tree.
    pub(in crate::region) fn largest_gap(&mut self, tree: Tree) -> u64 {
        self.survey(Some(tree));
        match tree.height {
            0 => self.leaves[tree.root].largest_gap(),
            _ => self.branches[tree.root].largest_gap(),
        }
    }

    /// Has every branch of a tree say what is right. Looks at what has changed since the last time.
    #[inline]
    pub(in crate::region) fn survey(&mut self, tree: Option<Tree>) {
        if let Some(tree) = tree
            && tree.height != 0
        {
            self.survey_branch(tree.root, tree.height);
        }
    }

    /// Has a branch, which leaves are `height` below, and every branch below it say what is right. Not deeper than trees are high.
    #[inline(never)]
    fn survey_branch(&mut self, branch: Slot, height: u32) {
        if !core::mem::take(&mut self.branches[branch].is_stale) {
            return;
        }
        for index in 0..self.branches[branch].len() {
            let below = self.branches[branch].entries()[index].node;
            let summary = if height > 1 {
                self.survey_branch(below, height - 1);
                self.branches[below].summary(below)
            } else if core::mem::take(&mut self.leaves[below].is_stale) {
                self.leaves[below].summary(below)
            } else {
                continue;
            };
            *self.branches[branch].entry_mut(index) = summary;
        }
    }
}
