//! A place among siblings.

use super::{Nodes, Sibling, Tree};
use crate::slab::Slot;
use crate::units::PageRange;

/// A place in a tree: before the entry `index` of a leaf, or behind the last one. It is good until the
/// tree changes.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    pub(in crate::region) tree: Option<Tree>,
    /// None in an empty tree.
    pub(super) leaf: Option<Slot>,
    pub(super) index: usize,
}

impl Position {
    /// Makes a position to be moved somewhere.
    pub(crate) fn new() -> Position {
        Position { tree: None, leaf: None, index: 0 }
    }

    /// Moves it behind the sibling it is at: to where another is about to be added.
    pub(crate) fn step_behind(&mut self) {
        self.index += 1;
    }

    /// Moves it back to the sibling before it, and says whether that is in the same leaf; if not, it stays.
    pub(crate) fn step_back(&mut self) -> bool {
        let is_first = self.index == 0;
        self.index -= usize::from(!is_first);
        !is_first
    }
}

impl Nodes {
    /// Moves `position` to the first sibling that ends after `page`, or behind the last one, and
    /// returns that sibling. If it starts after `page`, a region that ends before it can be put there.
    /// Looks near the last place first.
    #[inline(always)]
    pub(in crate::region) fn seek(
        &mut self,
        tree: Option<Tree>,
        page: u64,
        position: &mut Position,
    ) -> Option<Sibling> {
        match (tree, self.near) {
            (Some(tree), Some((near, leaf)))
                if near == tree && self.leaves[leaf].extent().contains(page) =>
            {
                self.seek_in_leaf(tree, leaf, page, position)
            }
            _ => self.seek_anywhere(tree, page, position),
        }
    }

    /// Does what [`Nodes::seek`] does, for a page that is as likely to be anywhere.
    #[inline(always)]
    pub(in crate::region) fn seek_anywhere(
        &mut self,
        tree: Option<Tree>,
        page: u64,
        position: &mut Position,
    ) -> Option<Sibling> {
        let Some(tree) = tree else {
            *position = Position::new();
            return None;
        };
        let leaf = if tree.height == 0 { tree.root } else { self.leaf_for(tree, page) };
        self.seek_in_leaf(tree, leaf, page, position)
    }

    /// Moves `position` to the first sibling in a leaf that ends after `page`, or behind the last one, and returns that sibling.
    #[inline(always)]
    fn seek_in_leaf(
        &self,
        tree: Tree,
        slot: Slot,
        page: u64,
        position: &mut Position,
    ) -> Option<Sibling> {
        let leaf = &self.leaves[slot];
        let index = leaf.ending_by(page);
        *position = Position { tree: Some(tree), leaf: Some(slot), index };
        leaf.get(index).copied()
    }

    /// Returns the leaf of a tree with branches in which the first sibling is that ends after `page`; the last leaf if there is none.
    #[inline(never)]
    fn leaf_for(&mut self, tree: Tree, page: u64) -> Slot {
        let mut node = tree.root;
        for _ in 0..tree.height {
            let branch = &self.branches[node];
            let index = branch.ending_by(page).min(branch.len() - 1);
            node = branch.entries()[index].node;
        }
        self.near = Some((tree, node));
        node
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

    /// Says whether a sibling is right beside `pages`, which are free and belong at `position`.
    #[inline(always)]
    pub(in crate::region) fn is_beside(&self, position: &Position, pages: PageRange) -> bool {
        let Some(leaf) = position.leaf.map(|leaf| &self.leaves[leaf]) else { return false };
        let before = match position.index.checked_sub(1) {
            Some(index) => leaf.get(index).map(|before| before.pages.end),
            None => leaf.before.map(|before| self.leaves[before].extent().end),
        };
        before == Some(pages.start)
            || leaf.get(position.index).is_some_and(|next| next.pages.start == pages.end)
    }

    /// Returns the sibling at `position`.
    #[inline(always)]
    pub(in crate::region) fn at(&self, position: &Position) -> Option<Sibling> {
        self.leaves[position.leaf?].get(position.index).copied()
    }

    /// Returns the sibling before `position`.
    #[inline(always)]
    pub(in crate::region) fn before(&self, position: &Position) -> Option<Sibling> {
        let leaf = &self.leaves[position.leaf?];
        match position.index.checked_sub(1) {
            Some(index) => leaf.get(index).copied(),
            None => self.leaves[leaf.before?].entries().last().copied(),
        }
    }

    /// Returns the sibling behind the one at `position`.
    #[inline(always)]
    pub(in crate::region) fn behind(&self, position: &Position) -> Option<Sibling> {
        let leaf = &self.leaves[position.leaf?];
        let next = leaf.get(position.index + 1).copied();
        next.or_else(|| self.leaves[leaf.after?].get(0).copied())
    }

    /// Moves `position` on to the next sibling, which it returns.
    pub(in crate::region) fn advance(&self, position: &mut Position) -> Option<Sibling> {
        let leaf = &self.leaves[position.leaf?];
        leaf.get(position.index)?;
        position.index += 1;
        if position.index == leaf.len()
            && let Some(after) = leaf.after
        {
            (position.leaf, position.index) = (Some(after), 0);
        }
        self.at(position)
    }
}
