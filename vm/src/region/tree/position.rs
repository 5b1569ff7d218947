//! A place among siblings.

use super::{Leaf, Nodes, Sibling, Tree};
use crate::slab::Slot;

/// A place in a tree: before the entry `index` of a leaf, or behind the last one. It is good until the
/// tree changes.
pub(crate) struct Position {
    pub(in crate::region) tree: Option<Tree>,
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

impl Position {
    /// Makes a position to be moved somewhere.
    pub(crate) fn new() -> Position {
        Position { tree: None, leaf: None, index: 0, before: 0, start: u64::MAX, behind: u64::MAX }
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
        &mut self,
        tree: Option<Tree>,
        page: u64,
        position: &mut Position,
    ) -> Option<Sibling> {
        let Some(tree) = tree else {
            *position = Position::new();
            return None;
        };
        position.tree = Some(tree);
        let slot = if tree.height == 0 { tree.root } else { self.leaf_for(tree, page) };
        let leaf = &self.leaves[slot];
        self.place(slot, leaf, leaf.ending_by(page), position)
    }

    /// Returns the leaf of a tree with branches in which the first sibling is that ends after `page`; the last leaf if there is none.
    #[inline(never)]
    fn leaf_for(&mut self, tree: Tree, page: u64) -> Slot {
        if let Some((near, leaf)) = self.near
            && near == tree
            && self.leaves[leaf].extent().contains(page)
        {
            return leaf;
        }
        let mut node = tree.root;
        for _ in 0..tree.height {
            let branch = &self.branches[node];
            let index = branch.ending_by(page).min(branch.len() - 1);
            node = branch.entries()[index].node;
        }
        self.near = Some((tree, node));
        node
    }

    /// Moves `position` to the entry `index` of a leaf, which it returns, or behind the last one.
    #[inline(always)]
    fn place(
        &self,
        slot: Slot,
        leaf: &Leaf,
        index: usize,
        position: &mut Position,
    ) -> Option<Sibling> {
        (position.leaf, position.index) = (Some(slot), index);
        let found = leaf.get(index).copied();
        position.before = match leaf.get(index.wrapping_sub(1)) {
            Some(before) => before.pages.end,
            None => leaf.before.map_or(0, |before| self.leaves[before].extent().end),
        };
        position.start = found.map_or(u64::MAX, |sibling| sibling.pages.start);
        position.behind = match leaf.get(index + 1) {
            Some(behind) => behind.pages.start,
            None => leaf.after.map_or(u64::MAX, |after| self.leaves[after].extent().start),
        };
        found
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
        let leaf = &self.leaves[position.leaf?];
        match position.index.checked_sub(1) {
            Some(index) => leaf.get(index).copied(),
            None => self.leaves[leaf.before?].entries().last().copied(),
        }
    }

    /// Returns the sibling behind the one at `position`.
    pub(in crate::region) fn behind(&self, position: &Position) -> Option<Sibling> {
        let leaf = &self.leaves[position.leaf?];
        let next = leaf.get(position.index + 1).copied();
        next.or_else(|| self.leaves[leaf.after?].get(0).copied())
    }

    /// Moves `position` on to the next sibling, which it returns.
    pub(in crate::region) fn advance(&self, position: &mut Position) -> Option<Sibling> {
        let slot = position.leaf?;
        let leaf = &self.leaves[slot];
        leaf.get(position.index)?;
        let next = position.index + 1;
        match leaf.after {
            Some(after) if next == leaf.len() => {
                self.place(after, &self.leaves[after], 0, position)
            }
            _ => self.place(slot, leaf, next, position),
        }
    }
}
