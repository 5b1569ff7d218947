//! Adding a sibling.

use super::node::{LEAST, Node, WIDTH};
use super::{Branch, Entry, Leaf, Nodes, Position, Sibling, Subtree, Tree};
use crate::Result;
use crate::slab::{Slab, Slot};

impl Nodes {
    /// Makes sure that there are the nodes for an insertion at `position`, one of `count` that are
    /// going to be made.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    #[inline(always)]
    pub(in crate::region) fn promise(&mut self, position: &Position, count: usize) -> Result<()> {
        match position.leaf {
            None => self.leaves.promise(1),
            Some(leaf) if self.leaves[leaf].has_room(count) => Ok(()),
            Some(leaf) => self.promise_splits(leaf, count),
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
    fn promise_splits(&mut self, leaf: Slot, count: usize) -> Result<()> {
        let mut splits = 1;
        let mut above = self.leaves[leaf].above;
        while let Some(branch) = above.map(|branch| &self.branches[branch]) {
            if branch.has_room(count) {
                splits -= 1;
                break;
            }
            splits += 1;
            above = branch.above;
        }
        self.promise_nodes(splits)
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
            return self.insert_and_split(tree, slot, position.index, new);
        }
        leaf.insert(position.index, new);
        if tree.height != 0 && !leaf.hides_change(position.index) {
            self.note_change(slot);
        }
        tree
    }

    /// Adds a sibling to a full leaf: splits that, and the branches above that are full too.
    #[cold]
    fn insert_and_split(&mut self, tree: Tree, leaf: Slot, index: usize, new: Sibling) -> Tree {
        let mut halves = split(&mut self.leaves, leaf, index, new);
        let mut above = self.leaves[leaf].above;
        let mut height = 0;
        while let Some(slot) = above {
            let (lower, upper) = halves;
            let branch = &mut self.branches[slot];
            let index = branch.ending_by(lower.extent.start);
            *branch.entry_mut(index) = lower;
            height += 1;
            if branch.has_room(1) {
                branch.insert(index + 1, upper);
                branch.is_stale = true;
                let (extent, above) = (branch.extent(), branch.above);
                self.note_above(extent, above);
                return tree;
            }
            halves = split(&mut self.branches, slot, index + 1, upper);
            self.adopt(halves.1.node, height);
            above = self.branches[slot].above;
        }
        let mut root = Branch::new();
        root.insert(0, halves.0);
        root.insert(1, halves.1);
        let root = self.branches.insert(root);
        self.adopt(root, height + 1);
        Tree { root, height: height + 1 }
    }

    /// Notes in the nodes below a branch, which leaves are `height` below, that it is above them.
    pub(super) fn adopt(&mut self, branch: Slot, height: u32) {
        for index in 0..self.branches[branch].len() {
            let below = self.branches[branch].entries()[index].node;
            if height == 1 {
                self.leaves[below].above = Some(branch);
            } else {
                self.branches[below].above = Some(branch);
            }
        }
    }
}

/// Splits a full node and adds an entry at `index`; returns the entries for both halves.
fn split<E: Entry>(
    nodes: &mut Slab<Node<E>, 1>,
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
    let mut upper = Node::new();
    lower.give_upper(middle, &mut upper);
    if index <= middle {
        lower.insert(index, new);
    } else {
        upper.insert(index - middle, new);
    }
    lower.is_stale = true;
    (upper.above, upper.before, upper.after) = (lower.above, Some(slot), lower.after);
    let (below, after) = (lower.outline(slot), lower.after);
    let upper = nodes.insert(upper);
    nodes[slot].after = Some(upper);
    if let Some(after) = after {
        nodes[after].before = Some(upper);
    }
    (below, nodes[upper].outline(upper))
}
