//! A place among siblings, and the way there.

use arrayvec::ArrayVec;

use super::{Nodes, Sibling, Tree};
use crate::slab::Slot;

/// More branches than there can be above a leaf: slots are 32-bit numbers, a root has at least two
/// entries, and other nodes a quarter of the most, so eight.
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
    /// Where the sibling before it ends; 0, where none does, if there is none.
    pub(super) before: u64,
    /// Where the sibling at it starts; [`u64::MAX`], where none does, if there is none.
    pub(super) start: u64,
    /// Where the sibling behind the one at it starts; [`u64::MAX`], where none does, if there is none.
    pub(super) behind: u64,
}

/// A step down.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) branch: Slot,
    pub(super) index: u32,
}

impl Position {
    /// Makes a position to be moved somewhere.
    pub(crate) fn new() -> Position {
        Position {
            tree: None,
            branches: ArrayVec::new(),
            leaf: None,
            index: 0,
            before: 0,
            start: u64::MAX,
            behind: u64::MAX,
        }
    }

    /// Moves it behind the sibling it is at, which ends at `page` now: to where another is about to be added.
    pub(crate) fn step_behind(&mut self, page: u64) {
        self.index += 1;
        self.before = page;
    }

    /// Moves it back to the sibling before it, and says whether that is in the same leaf; if not, it stays. What is beside that one is not
    /// known there.
    pub(crate) fn step_back(&mut self) -> bool {
        let is_first = self.index == 0;
        self.index -= usize::from(!is_first);
        (self.before, self.start, self.behind) = (0, u64::MAX, u64::MAX);
        !is_first
    }

    /// Returns where the sibling before it ends; 0 if there is none.
    pub(crate) fn before(&self) -> u64 {
        self.before
    }

    /// Returns where the sibling at it starts; [`u64::MAX`] if there is none.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// Returns where the sibling behind the one at it starts; [`u64::MAX`] if there is none.
    pub(crate) fn behind(&self) -> u64 {
        self.behind
    }
}

impl Nodes {
    /// Moves `position` to the first sibling that ends after `page`, or behind the last one, and
    /// returns that sibling. If it starts after `page`, a region that ends before it can be put there.
    #[inline(always)]
    pub(in crate::region) fn seek(
        &self,
        tree: Option<Tree>,
        page: u64,
        position: &mut Position,
    ) -> Option<Sibling> {
        (position.tree, position.leaf) = (tree, None);
        position.branches.clear();
        let Some(tree) = tree else {
            (position.before, position.start, position.behind) = (0, u64::MAX, u64::MAX);
            return None;
        };
        if tree.height == 0 {
            return self.seek_in_leaf(tree.root, page, position);
        }
        self.seek_deep(tree, page, position)
    }

    /// Does what [`Nodes::seek`] does in a tree that has branches.
    #[inline(never)]
    fn seek_deep(&self, tree: Tree, page: u64, position: &mut Position) -> Option<Sibling> {
        let mut node = tree.root;
        for _ in 0..tree.height {
            let branch = &self.branches[node];
            let index = branch.ending_by(page).min(branch.len() - 1);
            position.branches.push(Step { branch: node, index: index as u32 });
            node = branch.entries()[index].node;
        }
        let sibling = self.seek_in_leaf(node, page, position);
        if position.before == 0 || position.behind == u64::MAX {
            self.look_beyond_leaf(position);
        }
        sibling
    }

    /// Moves `position` to the first sibling in the leaf `node` that ends after `page`, or behind the last one.
    #[inline(always)]
    fn seek_in_leaf(&self, node: Slot, page: u64, position: &mut Position) -> Option<Sibling> {
        let leaf = &self.leaves[node];
        let index = leaf.ending_by(page);
        (position.leaf, position.index) = (Some(node), index);
        let start_at = |index| leaf.get(index).map_or(u64::MAX, |sibling| sibling.pages.start);
        position.before = leaf.get(index.wrapping_sub(1)).map_or(0, |before| before.pages.end);
        (position.start, position.behind) = (start_at(index), start_at(index + 1));
        leaf.get(index).copied()
    }

    /// Finds out what is beside `position` where that is not in its leaf.
    #[inline(never)]
    fn look_beyond_leaf(&self, position: &mut Position) {
        let beside = |step: &Step, index: usize| self.branches[step.branch].get(index);
        let mut upwards = position.branches.iter().rev();
        if position.before == 0 {
            let before = upwards
                .clone()
                .find_map(|step| beside(step, (step.index as usize).wrapping_sub(1)));
            position.before = before.map_or(0, |before| before.extent.end);
        }
        if position.behind == u64::MAX {
            let behind = upwards.find_map(|step| beside(step, step.index as usize + 1));
            position.behind = behind.map_or(u64::MAX, |behind| behind.extent.start);
        }
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

    /// Returns the sibling before `position`.
    pub(in crate::region) fn before(&self, position: &Position) -> Option<Sibling> {
        match position.index.checked_sub(1) {
            Some(index) => self.leaves[position.leaf?].get(index).copied(),
            None => self.find(position.tree, position.before.checked_sub(1)?),
        }
    }

    /// Returns the sibling behind the one at `position`.
    pub(in crate::region) fn behind(&self, position: &Position) -> Option<Sibling> {
        let next = self.leaves[position.leaf?].get(position.index + 1).copied();
        next.or_else(|| self.find(position.tree, position.behind))
    }

    /// Moves `position` on to the next sibling, which it returns.
    pub(in crate::region) fn advance(&self, position: &mut Position) -> Option<Sibling> {
        let leaf = &self.leaves[position.leaf?];
        let passed = leaf.get(position.index)?.pages.end;
        let next = position.index + 1;
        match (leaf.get(next), leaf.get(next + 1)) {
            (Some(sibling), Some(behind)) => {
                (position.index, position.before) = (next, passed);
                (position.start, position.behind) = (sibling.pages.start, behind.pages.start);
                Some(*sibling)
            }
            _ => self.seek(position.tree, passed, position),
        }
    }
}
