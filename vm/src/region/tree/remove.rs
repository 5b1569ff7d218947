//! Taking siblings out.

use arrayvec::ArrayVec;

use super::node::{LEAST, Node, WIDTH};
use super::position::{MOST_BRANCHES, Position};
use super::update::Effect;
use super::{Entry, Nodes, Sibling, Subtree, Tree};
use crate::slab::{Slab, Slot};

impl Nodes {
    /// Takes the sibling at `position` out; returns the tree, if anything is left of it.
    #[inline]
    pub(in crate::region) fn remove(&mut self, position: &Position) -> Option<Tree> {
        let (tree, slot) = position.tree.zip(position.leaf)?;
        let leaf = &mut self.leaves[slot];
        if tree.height == 0 {
            leaf.remove(position.index);
            if leaf.len() != 0 {
                return Some(tree);
            }
            self.leaves.discard(slot);
            return None;
        }
        let gone = leaf.gap_around(position.index);
        let less = leaf.remove(position.index).used().wrapping_neg();
        if leaf.len() < LEAST {
            return self.remove_rest(tree, position, less);
        }
        let effect = Effect { extent: leaf.extent(), gone, new: leaf.gap_before(position.index) };
        self.update(position, position.branches.len(), effect, less);
        Some(tree)
    }

    /// Fills the leaf at `position`, which has too few entries, from one beside it or joins the two;
    /// and likewise the branches above, if that leaves them too few.
    #[cold]
    fn remove_rest(&mut self, tree: Tree, position: &Position, less: u64) -> Option<Tree> {
        for (depth, step) in position.branches.iter().enumerate().rev() {
            let branch = &self.branches[step.branch];
            // Of the two nodes, this is the index of the upper one.
            let index = (step.index as usize).max(1);
            let pair = [index - 1, index].map(|index| branch.entries()[index].node);
            let (lower, upper) = if depth + 1 == position.branches.len() {
                level_out(&mut self.leaves, pair)
            } else {
                level_out(&mut self.branches, pair)
            };
            let branch = &mut self.branches[step.branch];
            *branch.entry_mut(index - 1) = lower;
            match upper {
                Some(upper) => *branch.entry_mut(index) = upper,
                None => drop(branch.remove(index)),
            }
            if depth == 0 && branch.len() == 1 {
                self.branches.discard(step.branch);
                // The kernel's own space lives for ever: what was needed once is not to stay.
                self.branches.give_back_if_empty();
                return Some(Tree { root: lower.node, height: tree.height - 1 });
            }
            if branch.len() >= LEAST {
                let effect =
                    Effect { extent: branch.extent(), gone: u64::MAX, new: branch.largest_gap() };
                self.update(position, depth, effect, less);
                break;
            }
        }
        Some(tree)
    }

    /// Takes the last sibling out and returns it, and the tree, if anything is left of it. Nodes are
    /// not kept filled, nor what branches say right: nothing of the tree is to stay.
    pub(in crate::region) fn pop(&mut self, tree: Tree) -> (Sibling, Option<Tree>) {
        let mut way = ArrayVec::<Slot, MOST_BRANCHES>::new();
        let mut node = tree.root;
        for _ in 0..tree.height {
            way.push(node);
            let branch = &self.branches[node];
            node = branch.entries()[branch.len() - 1].node;
        }
        let leaf = &mut self.leaves[node];
        let last = leaf.remove(leaf.len() - 1);
        if leaf.len() != 0 {
            return (last, Some(tree));
        }
        self.leaves.discard(node);
        while let Some(above) = way.pop() {
            let branch = &mut self.branches[above];
            branch.remove(branch.len() - 1);
            if branch.len() != 0 {
                return (last, Some(tree));
            }
            self.branches.discard(above);
        }
        self.branches.give_back_if_empty();
        (last, None)
    }
}

/// Joins two nodes beside each other, of which one has too few entries, or gives both the same number;
/// returns the entries for the lower and, if there still is one, the upper node.
fn level_out<E: Entry, const CHUNK: usize>(
    nodes: &mut Slab<Node<E>, CHUNK>,
    [lower, upper]: [Slot; 2],
) -> (Subtree, Option<Subtree>) {
    let all = nodes[lower].len() + nodes[upper].len();
    let mut upper_node = core::mem::replace(&mut nodes[upper], Node::new());
    let lower_node = &mut nodes[lower];
    // Joined only if that leaves room for a few more: else it might be split again at once.
    if all <= WIDTH - LEAST {
        lower_node.append(&upper_node);
        let joined = lower_node.summary(lower);
        nodes.discard(upper);
        return (joined, None);
    }
    let half = all / 2;
    if let Some(wanted) = half.checked_sub(lower_node.len()) {
        let rest = upper_node.split_off(wanted);
        lower_node.append(&upper_node);
        upper_node = rest;
    } else {
        let mut moved = lower_node.split_off(half);
        moved.append(&upper_node);
        upper_node = moved;
    }
    let below = lower_node.summary(lower);
    let above = upper_node.summary(upper);
    nodes[upper] = upper_node;
    (below, Some(above))
}
