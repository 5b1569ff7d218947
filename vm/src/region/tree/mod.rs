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
//!   leaves     [ 2..3 | 6..7 | 8..9 ]    [ 11..19 | 28..30 | 38..40 ]
//! ```
//!
//! Nodes name each other downwards only. What goes down to a place keeps the way there, a
//! [`Position`], and whoever changes something at it goes that way up again: as far as extents and
//! gaps change these are put right, and above that only the pages in use are added up.

mod check;
mod insert;
mod node;
mod position;
mod remove;
mod update;

use crate::slab::{Slab, Slot};
use node::Node;
pub(crate) use node::Sibling;
pub(super) use node::{Entry, Subtree};
pub(super) use position::MOST_BRANCHES;
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
}

impl Nodes {
    pub(super) const fn new() -> Nodes {
        Nodes { leaves: Slab::new(), branches: Slab::new() }
    }

    /// Says whether everything promised was needed or taken back.
    pub(super) fn is_settled(&self) -> bool {
        self.leaves.is_settled() && self.branches.is_settled()
    }

    /// Returns what is to be known of a whole tree.
    pub(super) fn summary(&self, tree: Tree) -> Subtree {
        match tree.height {
            0 => self.leaves[tree.root].summary(tree.root),
            _ => self.branches[tree.root].summary(tree.root),
        }
    }
}

#[cfg(test)]
mod tests;
