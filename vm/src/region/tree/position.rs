//! A place among siblings, and the way there.

use arrayvec::ArrayVec;

use super::{Nodes, Sibling, Tree};
use crate::slab::Slot;

/// More branches than there can be above a leaf: slots are 32-bit numbers, a root has at least two
/// entries, and other nodes a quarter of sixteen.
pub(in crate::region) const MOST_BRANCHES: usize = 16;

/// A place in a tree: before the entry `index` of a leaf, or behind the last one. It is good until the
/// tree changes.
pub(crate) struct Position {
    pub(in crate::region) tree: Option<Tree>,
    /// The branches that lead there, the root first, and which entry of each.
    pub(super) branches: ArrayVec<Step, MOST_BRANCHES>,
    /// None in an empty tree.
    pub(super) leaf: Option<Slot>,
    pub(super) index: usize,
}

/// A step down.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) branch: Slot,
    pub(super) index: u32,
}

impl Position {
    /// Makes a position to be moved somewhere.
    pub(crate) const fn new() -> Position {
        Position { tree: None, branches: ArrayVec::new_const(), leaf: None, index: 0 }
    }
}

impl Position {
    /// Moves it behind the sibling it is at.
    pub(crate) fn step_behind(&mut self) {
        self.index += 1;
    }
}

impl Nodes {
    /// Moves `position` to the first sibling that ends after `page`, or behind the last one, and
    /// returns that sibling. If it starts after `page`, a region that ends before it can be put there.
    pub(in crate::region) fn seek(
        &self,
        tree: Option<Tree>,
        page: u64,
        position: &mut Position,
    ) -> Option<Sibling> {
        (position.tree, position.leaf) = (tree, None);
        position.branches.clear();
        let tree = tree?;
        let mut node = tree.root;
        for _ in 0..tree.height {
            let branch = &self.branches[node];
            let index = branch.ending_by(page).min(branch.len() - 1);
            position.branches.push(Step { branch: node, index: index as u32 });
            node = branch.entries()[index].node;
        }
        let leaf = &self.leaves[node];
        position.leaf = Some(node);
        position.index = leaf.ending_by(page);
        leaf.get(position.index).copied()
    }

    /// Returns the first sibling that ends after `page`.
    pub(in crate::region) fn find(&self, tree: Option<Tree>, page: u64) -> Option<Sibling> {
        let tree = tree?;
        let mut node = tree.root;
        for _ in 0..tree.height {
            let branch = &self.branches[node];
            node = branch.get(branch.ending_by(page))?.node;
        }
        let leaf = &self.leaves[node];
        leaf.get(leaf.ending_by(page)).copied()
    }

    /// Returns the sibling at `position`.
    pub(in crate::region) fn at(&self, position: &Position) -> Option<Sibling> {
        self.leaves[position.leaf?].get(position.index).copied()
    }

    /// Returns the sibling after the one at `position`.
    pub(in crate::region) fn next(&self, position: &Position) -> Option<Sibling> {
        let leaf = &self.leaves[position.leaf?];
        let next = leaf.get(position.index + 1).copied();
        next.or_else(|| self.find(position.tree, leaf.extent().end))
    }

    /// Returns the sibling before `position`.
    pub(in crate::region) fn previous(&self, position: &Position) -> Option<Sibling> {
        if let Some(before) = position.index.checked_sub(1) {
            return self.leaves[position.leaf?].get(before).copied();
        }
        self.find(position.tree, self.end_before(position)?.checked_sub(1)?)
    }

    /// Returns where the sibling before `position` ends.
    pub(in crate::region) fn end_before(&self, position: &Position) -> Option<u64> {
        if let Some(before) = position.index.checked_sub(1) {
            return self.leaves[position.leaf?].get(before).map(|sibling| sibling.pages.end);
        }
        let step = position.branches.iter().rev().find(|step| step.index != 0)?;
        let before = self.branches[step.branch].get(step.index as usize - 1)?;
        Some(before.extent.end)
    }

    /// Moves `position` on to the next sibling, which it returns.
    pub(in crate::region) fn advance(&self, position: &mut Position) -> Option<Sibling> {
        let leaf = &self.leaves[position.leaf?];
        position.index += 1;
        match leaf.get(position.index) {
            None => self.seek(position.tree, leaf.extent().end, position),
            next => next.copied(),
        }
    }
}
