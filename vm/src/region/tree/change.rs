//! Changes of siblings that are there.

use super::node::LEAST;
use super::{Nodes, Position, Sibling};
use crate::units::PageRange;

impl Nodes {
    /// Changes the range of the sibling at `position` inside the gap around it.
    pub(in crate::region) fn resize(&mut self, position: &Position, pages: PageRange) {
        let Some(leaf) = position.leaf else { return };
        let node = &mut self.leaves[leaf];
        node.entry_mut(position.index).pages = pages;
        if !node.hides_change(position.index) {
            self.note_change(leaf);
        }
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
}
