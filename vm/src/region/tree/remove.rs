//! Taking siblings out.

use super::node::{LEAST, Node, WIDTH};
use super::position::Position;
use super::{Entry, Nodes, Sibling, Subtree, Tree};
use crate::slab::{Slab, Slot};

impl Nodes {
    /// Takes the sibling at `position` out; returns the tree, if anything is left of it.
    #[inline]
    pub(in crate::region) fn remove(&mut self, position: &Position) -> Option<Tree> {
        let (tree, slot) = position.tree.zip(position.leaf)?;
        let leaf = &mut self.leaves[slot];
        leaf.remove(position.index);
        if tree.height == 0 {
            if leaf.len() != 0 {
                return Some(tree);
            }
            self.leaves.discard(slot);
            return None;
        }
        if leaf.len() < LEAST {
            return Some(self.remove_rest(tree, slot));
        }
        if !leaf.hides_change(position.index) {
            self.note_change(slot);
        }
        Some(tree)
    }

    /// Fills a leaf, which has too few entries, from one beside it or joins the two; and likewise the branches above, if that leaves them
    /// too few. Returns the tree.
    #[cold]
    fn remove_rest(&mut self, tree: Tree, leaf: Slot) -> Tree {
        self.near = None;
        let mut start = self.leaves[leaf].extent().start;
        let mut above = self.leaves[leaf].above;
        let mut height = 0;
        while let Some(slot) = above {
            let branch = &self.branches[slot];
            // Of the two nodes, this is the index of the upper one.
            let index = branch.ending_by(start).max(1);
            let pair = [index - 1, index].map(|index| branch.entries()[index].node);
            let (lower, upper) = if height == 0 {
                level_out(&mut self.leaves, pair)
            } else {
                self.level_out_branches(pair, height)
            };
            height += 1;
            let branch = &mut self.branches[slot];
            branch.is_stale = true;
            *branch.entry_mut(index - 1) = lower;
            match upper {
                Some(upper) => *branch.entry_mut(index) = upper,
                None => drop(branch.remove(index)),
            }
            if branch.len() == 1 && branch.above.is_none() {
                return self.remove_root(slot, Tree { root: lower.node, height: height - 1 });
            }
            let extent = branch.extent();
            (start, above) = (extent.start, branch.above);
            if branch.len() >= LEAST {
                self.note_above(extent, above);
                break;
            }
        }
        tree
    }

    /// Takes away a root that has one node below it; returns the tree that begins with that.
    fn remove_root(&mut self, root: Slot, rest: Tree) -> Tree {
        self.branches.discard(root);
        // The kernel's own space lives for ever: what was needed once is not to stay.
        self.branches.give_back_if_empty();
        if rest.height == 0 {
            self.leaves[rest.root].above = None;
        } else {
            self.branches[rest.root].above = None;
        }
        rest
    }

    /// Does with branches, which leaves are `height` below, what [`level_out`] does.
    fn level_out_branches(&mut self, pair: [Slot; 2], height: u32) -> (Subtree, Option<Subtree>) {
        let (lower, upper) = level_out(&mut self.branches, pair);
        self.adopt(lower.node, height);
        if let Some(upper) = upper {
            self.adopt(upper.node, height);
        }
        (lower, upper)
    }

    /// Takes the last sibling out and returns it, and the tree, if anything is left of it. Nodes are
    /// not kept filled, nor what branches say right: nothing of the tree is to stay.
    pub(in crate::region) fn pop(&mut self, tree: Tree) -> (Sibling, Option<Tree>) {
        self.near = None;
        let mut node = tree.root;
        for _ in 0..tree.height {
            let branch = &self.branches[node];
            node = branch.entries()[branch.len() - 1].node;
        }
        let leaf = &mut self.leaves[node];
        let last = leaf.remove(leaf.len() - 1);
        if leaf.len() != 0 {
            return (last, Some(tree));
        }
        let mut above = leaf.above;
        self.leaves.discard(node);
        while let Some(slot) = above {
            let branch = &mut self.branches[slot];
            branch.remove(branch.len() - 1);
            if branch.len() != 0 {
                return (last, Some(tree));
            }
            above = branch.above;
            self.branches.discard(slot);
        }
        self.branches.give_back_if_empty();
        (last, None)
    }
}

/// Joins two nodes beside each other, of which one has too few entries, or gives both the same number;
/// returns the entries for the lower and, if there still is one, the upper node.
fn level_out<E: Entry>(
    nodes: &mut Slab<Node<E>, 1>,
    [lower, upper]: [Slot; 2],
) -> (Subtree, Option<Subtree>) {
    let mut upper_node = core::mem::replace(&mut nodes[upper], Node::new());
    let lower_node = &mut nodes[lower];
    lower_node.is_stale = true;
    let all = lower_node.len() + upper_node.len();
    // Joined only if that leaves room for a few more: else it might be split again at once.
    if all <= WIDTH - LEAST {
        lower_node.take_lower(upper_node.len(), &mut upper_node);
        lower_node.after = upper_node.after;
        let joined = lower_node.outline(lower);
        if let Some(after) = upper_node.after {
            nodes[after].before = Some(lower);
        }
        nodes.discard(upper);
        return (joined, None);
    }
    let half = all / 2;
    match half.checked_sub(lower_node.len()) {
        Some(wanted) => lower_node.take_lower(wanted, &mut upper_node),
        None => lower_node.give_upper(half, &mut upper_node),
    }
    upper_node.is_stale = true;
    let below = lower_node.outline(lower);
    let above = upper_node.outline(upper);
    nodes[upper] = upper_node;
    (below, Some(above))
}
