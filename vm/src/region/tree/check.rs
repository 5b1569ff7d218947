//! Checking a whole tree.

use super::node::{LEAST, MOST_BRANCHES, Node};
use super::{Nodes, Subtree, Tree};
use crate::slab::{Slab, Slot};

/// What was passed on the way through a tree.
struct Passed {
    /// Where the last sibling ends.
    end: u64,
    /// The last node of each height.
    last: [Option<Slot>; MOST_BRANCHES + 1],
}

impl Nodes {
    /// Says whether siblings are in order and apart from each other, nodes are filled and linked as they
    /// should be, and branches know what is below them, or know that they do not.
    pub(in crate::region) fn is_right(&self, tree: Option<Tree>) -> bool {
        let Some(tree) = tree else { return true };
        let mut passed = Passed { end: 0, last: [None; MOST_BRANCHES + 1] };
        let height = tree.height as usize;
        if !self.node_is_right(tree.root, height, None, &mut passed) {
            return false;
        }
        let (leaf, branches) = (passed.last[0], &passed.last[1..]);
        leaf.is_some_and(|leaf| self.leaves[leaf].after.is_none())
            && branches.iter().flatten().all(|branch| self.branches[*branch].after.is_none())
    }

    fn node_is_right(
        &self,
        slot: Slot,
        height: usize,
        above: Option<Slot>,
        passed: &mut Passed,
    ) -> bool {
        let last = passed.last[height].replace(slot);
        if height == 0 {
            return is_linked(&self.leaves, slot, above, last)
                && self.leaf_is_right(slot, &mut passed.end);
        }
        let branch = &self.branches[slot];
        is_linked(&self.branches, slot, above, last)
            && branch.len() >= if above.is_none() { 2 } else { LEAST }
            && branch.entries().iter().all(|entry| {
                self.node_is_right(entry.node, height - 1, Some(slot), passed)
                    && self.entry_is_right(entry, height - 1, branch.is_stale)
            })
    }

    /// Checks a leaf whose regions come after `end`, which it moves behind them.
    fn leaf_is_right(&self, leaf: Slot, end: &mut u64) -> bool {
        let leaf = &self.leaves[leaf];
        let is_ordered = leaf.entries().iter().all(|sibling| {
            let is_behind = *end <= sibling.pages.start && !sibling.pages.is_empty();
            *end = sibling.pages.end;
            is_behind
        });
        is_ordered && leaf.len() >= if leaf.above.is_none() { 1 } else { LEAST }
    }

    /// Compares what a branch says with the node below, which is `height` above leaves.
    fn entry_is_right(&self, entry: &Subtree, height: usize, may_be_stale: bool) -> bool {
        let (is_stale, summary) = if height == 0 {
            let leaf = &self.leaves[entry.node];
            (leaf.is_stale, leaf.summary(entry.node))
        } else {
            let branch = &self.branches[entry.node];
            (branch.is_stale, branch.summary(entry.node))
        };
        if is_stale { may_be_stale && entry.extent == summary.extent } else { *entry == summary }
    }
}

/// Says whether a node is linked with what is above and before it.
fn is_linked<E>(
    nodes: &Slab<Node<E>, 1>,
    slot: Slot,
    above: Option<Slot>,
    last: Option<Slot>,
) -> bool {
    let node = &nodes[slot];
    (node.above, node.before) == (above, last)
        && last.is_none_or(|last| nodes[last].after == Some(slot))
}
