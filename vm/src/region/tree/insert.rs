//! Adding a sibling.

use super::node::{LEAST, Node, WIDTH};
use super::update::Effect;
use super::{Branch, Entry, Leaf, Nodes, Position, Sibling, Subtree, Tree};
use crate::Result;
use crate::slab::{Slab, Slot};

impl Nodes {
    /// Makes sure that there are the nodes for an insertion at `position`, one of `count` that are
    /// going to be made.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    pub(in crate::region) fn promise(&mut self, position: &Position, count: usize) -> Result<()> {
        match position.leaf {
            None => self.leaves.promise(1),
            Some(leaf) if self.leaves[leaf].has_room(count) => Ok(()),
            Some(_) => self.promise_splits(position, count),
        }
    }

    /// Makes sure that there are the nodes for `count` insertions at `position`.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): some may be promised.
    pub(in crate::region) fn promise_all(&mut self, position: &Position, count: u32) -> Result<()> {
        let has_room = |leaf: Slot| self.leaves[leaf].has_room(count as usize);
        if position.leaf.is_some_and(has_room) {
            return Ok(());
        }
        (0..count).try_for_each(|_| self.promise(position, count as usize))
    }

    /// Promises a leaf, and a branch for each full one above and for a new root.
    #[cold]
    fn promise_splits(&mut self, position: &Position, count: usize) -> Result<()> {
        let mut upwards = position.branches.iter().rev();
        let full = upwards.position(|step| self.branches[step.branch].has_room(count));
        let splits = full.unwrap_or(position.branches.len() + 1);
        self.promise_nodes(splits as u32)
    }

    /// Makes sure that there are the nodes for an insertion anywhere in a tree, after removals from it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    pub(in crate::region) fn promise_anywhere(&mut self, tree: Option<Tree>) -> Result<()> {
        // Nothing may be left of a tree, but a leaf that has room, and is all there is, is not split.
        let has_room = |tree: Tree| tree.height == 0 && self.leaves[tree.root].has_room(1);
        let splits = tree.filter(|tree| !has_room(*tree));
        self.promise_nodes(splits.map_or(0, |tree| tree.height + 1))
    }

    fn promise_nodes(&mut self, branches: u32) -> Result<()> {
        self.leaves.promise(1)?;
        self.branches.promise(branches).inspect_err(|_| self.leaves.release(1))
    }

    /// Takes back the promises that were not needed.
    pub(in crate::region) fn settle(&mut self) {
        self.leaves.settle();
        self.branches.settle();
    }

    /// Adds a sibling, which overlaps none, at the position where it belongs; returns the tree. The
    /// nodes were promised.
    #[inline(always)]
    pub(in crate::region) fn insert(&mut self, position: &Position, new: Sibling) -> Tree {
        let Some((tree, slot)) = position.tree.zip(position.leaf) else {
            let root = self.leaves.insert(Leaf::new());
            self.leaves[root].insert(0, new);
            return Tree { root, height: 0 };
        };
        let leaf = &mut self.leaves[slot];
        if !leaf.has_room(1) {
            return self.insert_and_split(tree, position, new);
        }
        let gone = leaf.gap_before(position.index);
        leaf.insert(position.index, new);
        if tree.height == 0 {
            return tree;
        }
        let effect = Effect { extent: leaf.extent(), gone, new: leaf.gap_around(position.index) };
        self.update(position, position.branches.len(), effect, new.used());
        tree
    }

    /// Adds a sibling to a full leaf: splits that, and the branches above that are full too.
    #[cold]
    fn insert_and_split(&mut self, tree: Tree, position: &Position, new: Sibling) -> Tree {
        let leaf = position.leaf.unwrap_or(tree.root);
        let mut halves = split(&mut self.leaves, leaf, position.index, new);
        for (depth, step) in position.branches.iter().enumerate().rev() {
            let (lower, upper) = halves;
            let index = step.index as usize;
            let branch = &mut self.branches[step.branch];
            let gone = branch.gap_around(index);
            *branch.entry_mut(index) = lower;
            if branch.has_room(1) {
                branch.insert(index + 1, upper);
                let new_gap = branch.gap_around(index).max(branch.gap_around(index + 1));
                let effect = Effect { extent: branch.extent(), gone, new: new_gap };
                self.update(position, depth, effect, new.used());
                return tree;
            }
            halves = split(&mut self.branches, step.branch, index + 1, upper);
        }
        let mut root = Branch::new();
        root.insert(0, halves.0);
        root.insert(1, halves.1);
        Tree { root: self.branches.insert(root), height: tree.height + 1 }
    }
}

/// Splits a full node and adds an entry at `index`; returns the entries for both halves.
fn split<E: Entry, const CHUNK: usize>(
    nodes: &mut Slab<Node<E>, CHUNK>,
    slot: Slot,
    index: usize,
    new: E,
) -> (Subtree, Subtree) {
    let lower = &mut nodes[slot];
    // Whoever adds one after the other, upwards or downwards, is to leave full nodes behind.
    let middle = match index {
        0 => LEAST - 1,
        WIDTH => WIDTH - (LEAST - 1),
        _ => WIDTH / 2,
    };
    let mut upper = lower.split_off(middle);
    if index <= middle {
        lower.insert(index, new);
    } else {
        upper.insert(index - middle, new);
    }
    let lower = lower.summary(slot);
    let upper_slot = nodes.insert(upper);
    (lower, nodes[upper_slot].summary(upper_slot))
}
