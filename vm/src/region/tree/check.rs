//! Checking a whole tree.

use arrayvec::ArrayVec;

use super::node::LEAST;
use super::position::{MOST_BRANCHES, Step};
use super::{Nodes, Tree};
use crate::slab::Slot;

impl Nodes {
    /// Says whether siblings are in order and apart from each other, nodes are filled as they should
    /// be, and branches know what is below them.
    pub(in crate::region) fn is_right(&self, tree: Option<Tree>) -> bool {
        let Some(tree) = tree else { return true };
        let mut way = ArrayVec::<Step, MOST_BRANCHES>::new();
        let mut next = Some(tree.root);
        let mut end = 0;
        while let Some(node) = next {
            let is_leaf = way.len() == tree.height as usize;
            let is_right = if is_leaf {
                self.leaf_is_right(node, tree, &mut end)
            } else {
                self.branch_is_right(node, tree, way.len())
            };
            if !is_right {
                return false;
            }
            if is_leaf {
                next = self.next_node(&mut way);
            } else {
                way.push(Step { branch: node, index: 0 });
                next = self.branches[node].get(0).map(|entry| entry.node);
            }
        }
        true
    }

    /// Checks a leaf whose regions come after `end`, which it moves behind them.
    fn leaf_is_right(&self, leaf: Slot, tree: Tree, end: &mut u64) -> bool {
        let leaf = &self.leaves[leaf];
        let is_ordered = leaf.entries().iter().all(|sibling| {
            let is_behind = *end <= sibling.pages.start && !sibling.pages.is_empty();
            *end = sibling.pages.end;
            is_behind
        });
        is_ordered && leaf.len() >= if tree.height == 0 { 1 } else { LEAST }
    }

    /// Moves on from a leaf to the node below the next entry on the way up.
    fn next_node(&self, way: &mut ArrayVec<Step, MOST_BRANCHES>) -> Option<Slot> {
        loop {
            let step = way.last_mut()?;
            step.index += 1;
            match self.branches[step.branch].get(step.index as usize) {
                Some(entry) => return Some(entry.node),
                None => drop(way.pop()),
            }
        }
    }

    /// Compares what a branch says with the nodes below it.
    fn branch_is_right(&self, branch: Slot, tree: Tree, depth: usize) -> bool {
        let is_above_leaves = depth + 1 == tree.height as usize;
        let branch = &self.branches[branch];
        let knows = branch.entries().iter().all(|entry| {
            let below = if is_above_leaves {
                self.leaves[entry.node].summary(entry.node)
            } else {
                self.branches[entry.node].summary(entry.node)
            };
            below == *entry
        });
        knows && branch.len() >= if depth == 0 { 2 } else { LEAST }
    }
}
