//! The tree of siblings: the children of one VMAR, ordered by address, in which every subtree is
//! known by what the search for a gap needs.
//!
//! It is a B+-tree. The regions are entries of *leaves*; *branches* above them have an entry for each
//! node below, with its extent, its largest gap, and how many pages its regions use. All leaves are at
//! one depth. A node has up to [`WIDTH`](node::WIDTH) entries; any but the root has at least a quarter of that.
//!
//! ```text
//!   branch                [ 2..9  gap 3 used 3 | 11..40  gap 9 used 12 ]
//!                            /                         \
//!   leaves     [ 2..3 | 6..7 | 8..9 ] <---> [ 11..19 | 28..30 | 38..40 ]
//! ```
//!
//! A node names the branch above it and the nodes beside it as well as those below. So whoever has
//! found a place needs no way there, and what is next is one step away.
//!
//! Extents are right at all times: they are how a region is found. Gaps and used pages are asked for
//! only where the first draws for a place have met something, so a change does no more than mark the
//! nodes from its leaf to the root as *stale*, and mostly finds that they are. [`Nodes::survey`] looks
//! at those, and only those, before the first question.

mod change;
mod check;
mod insert;
mod node;
mod position;
mod remove;
mod survey;

use crate::slab::{Slab, Slot};
use crate::units::PageRange;
use node::Node;
pub(crate) use node::Sibling;
pub(super) use node::{Entry, MOST_BRANCHES, Subtree};
pub(crate) use position::Position;

/// A node whose entries are regions.
type Leaf = Node<Sibling>;

/// A node whose entries are nodes.
type Branch = Node<Subtree>;

/// A tree that is not empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tree {
    pub(super) root: Slot,
    /// How many branches are on the way to each leaf.
    pub(super) height: u32,
}

/// The nodes of all trees of an address space.
pub(super) struct Nodes {
    pub(super) leaves: Slab<Leaf, 1>,
    pub(super) branches: Slab<Branch, 1>,
    /// The leaf that was found last in a tree with branches, and that tree: programs tend to stay.
    /// Forgotten when a node goes whose number another might get.
    near: Option<(Tree, Slot)>,
}

impl Nodes {
    pub(super) const fn new() -> Nodes {
        Nodes { leaves: Slab::new(), branches: Slab::new(), near: None }
    }

    /// Says whether everything promised was needed or taken back.
    pub(super) fn is_settled(&self) -> bool {
        self.leaves.is_settled() && self.branches.is_settled()
    }

    /// Returns where the first region of a tree starts and the last one ends.
    pub(super) fn extent(&self, tree: Tree) -> PageRange {
        match tree.height {
            0 => self.leaves[tree.root].extent(),
            _ => self.branches[tree.root].extent(),
        }
    }
}

#[cfg(test)]
mod tests;
