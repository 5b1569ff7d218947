//! Putting right what branches say of the nodes below them, after a change.

use super::node::LEAST;
use super::{Entry, Nodes, Position, Sibling, Subtree};
use crate::units::PageRange;

/// What the branch above has to know of a change in a node.
pub(super) struct Effect {
    /// The extent of the node now.
    pub(super) extent: PageRange,
    /// A gap of this size may be gone, but none that is larger.
    pub(super) gone: u64,
    /// The largest of the gaps that are new.
    pub(super) new: u64,
}

impl Effect {
    /// Says whether the entry of the node in the branch above is right still.
    #[inline]
    fn is_unseen_in(&self, entry: &Subtree) -> bool {
        let keeps_gap = self.gone < entry.largest_gap && self.new <= entry.largest_gap;
        keeps_gap && self.extent == entry.extent
    }
}

impl Nodes {
    /// Changes the range of the sibling at `position` inside the gap around it.
    pub(in crate::region) fn resize(&mut self, position: &Position, pages: PageRange) {
        let Some(leaf) = position.leaf else { return };
        let leaf = &mut self.leaves[leaf];
        let gone = leaf.gap_around(position.index);
        let sibling = leaf.entry_mut(position.index);
        let more = pages.count().wrapping_sub(sibling.used());
        sibling.pages = pages;
        let new = leaf.gap_around(position.index);
        let effect = Effect { extent: leaf.extent(), gone, new };
        self.update(position, position.branches.len(), effect, more);
    }

    /// Cuts the sibling at `position` in two, of which `upper` is the upper, if its leaf has room for that. Nothing changes for the branches
    /// above, and the position is that of the lower one.
    pub(in crate::region) fn cut(&mut self, position: &Position, upper: Sibling) -> bool {
        let Some(leaf) = position.leaf.map(|leaf| &mut self.leaves[leaf]) else { return false };
        if !leaf.has_room(1) {
            return false;
        }
        leaf.entry_mut(position.index).pages.end = upper.pages.start;
        leaf.insert(position.index + 1, upper);
        true
    }

    /// Makes the sibling at `position` and the one right behind it one, if they are in one leaf and that keeps enough. Nothing changes for
    /// the branches above, and the position stays.
    pub(in crate::region) fn join(&mut self, position: &Position) -> bool {
        let Some((tree, leaf)) = position.tree.zip(position.leaf) else { return false };
        let least = if tree.height == 0 { 1 } else { LEAST };
        let leaf = &mut self.leaves[leaf];
        if leaf.len() <= least || position.index + 1 >= leaf.len() {
            return false;
        }
        let upper = leaf.remove(position.index + 1);
        leaf.entry_mut(position.index).pages.end = upper.pages.end;
        true
    }

    /// Puts right the entries of the first `depth` branches on the way to `position`, after a change in
    /// the node below them. Its regions have `more` pages than before, modulo 2^64.
    #[inline]
    pub(super) fn update(&mut self, position: &Position, depth: usize, effect: Effect, more: u64) {
        let steps = position.branches.get(..depth).unwrap_or(&[]);
        for step in steps {
            let entry = self.branches[step.branch].entry_mut(step.index as usize);
            entry.used = entry.used.wrapping_add(more);
        }
        if let Some(step) = steps.last()
            && !effect.is_unseen_in(&self.branches[step.branch].entries()[step.index as usize])
        {
            self.update_gaps(position, depth, effect);
        }
    }

    /// Puts right extents and gaps in the first `depth` branches on the way to `position`, as far up as they change.
    #[inline(never)]
    fn update_gaps(&mut self, position: &Position, depth: usize, effect: Effect) {
        let mut effect = effect;
        let steps = position.branches.get(..depth).unwrap_or(&[]);
        for (depth, step) in steps.iter().enumerate().rev() {
            let index = step.index as usize;
            let was = *self.branches[step.branch].entry_mut(index);
            if effect.is_unseen_in(&was) {
                return;
            }
            let is_above_leaves = depth + 1 == position.branches.len();
            let largest_gap = self.largest_gap_after(&effect, &was, is_above_leaves);
            if effect.extent == was.extent && largest_gap == was.largest_gap {
                return;
            }
            let branch = &mut self.branches[step.branch];
            let gone = branch.gap_around(index);
            let entry = branch.entry_mut(index);
            (entry.extent, entry.largest_gap) = (effect.extent, largest_gap);
            effect = Effect { extent: branch.extent(), gone, new: branch.gap_around(index) };
        }
    }

    /// Returns the largest gap in a node after a change, from what it was before; looks at all of the
    /// node only if that gap may be gone.
    fn largest_gap_after(&self, effect: &Effect, was: &Subtree, is_leaf: bool) -> u64 {
        if effect.new >= was.largest_gap {
            effect.new
        } else if effect.gone < was.largest_gap {
            was.largest_gap
        } else if is_leaf {
            self.leaves[was.node].largest_gap()
        } else {
            self.branches[was.node].largest_gap()
        }
    }
}
