//! Going over the gaps of a VMAR that are large enough for something.

use arrayvec::ArrayVec;

use super::tree::{MOST_BRANCHES, Nodes, Tree};
use crate::slab::Slot;
use crate::units::PageRange;

/// The gaps of some size, in order. Parts of the tree without such a gap are passed over.
pub(super) struct LargeGaps<'a> {
    nodes: &'a Nodes,
    height: usize,
    window: PageRange,
    smallest: u64,
    /// The nodes that it is inside of, and how many entries of each it has passed.
    way: ArrayVec<(Slot, usize), { MOST_BRANCHES + 1 }>,
    /// Where the last entry ends that it has passed.
    end: u64,
    is_over: bool,
}

impl<'a> LargeGaps<'a> {
    pub(super) fn new(
        nodes: &'a Nodes,
        tree: Option<Tree>,
        window: PageRange,
        smallest: u64,
    ) -> LargeGaps<'a> {
        LargeGaps {
            nodes,
            height: tree.map_or(0, |tree| tree.height as usize),
            window,
            smallest,
            way: tree.iter().map(|tree| (tree.root, 0)).collect(),
            end: window.start,
            is_over: false,
        }
    }

    /// Passes an entry, or goes into it; returns where it starts.
    fn pass(&mut self) -> Option<u64> {
        while let Some((node, passed)) = self.way.last_mut() {
            let (node, index) = (*node, *passed);
            *passed += 1;
            if let Some(start) = self.pass_entry(node, index) {
                return Some(start);
            }
            self.way.pop();
        }
        None
    }

    fn pass_entry(&mut self, node: Slot, index: usize) -> Option<u64> {
        if self.way.len() > self.height {
            let sibling = self.nodes.leaves[node].get(index)?;
            self.end = sibling.pages.end;
            return Some(sibling.pages.start);
        }
        let below = self.nodes.branches[node].get(index)?;
        if below.largest_gap >= self.smallest && below.extent.start < self.window.end {
            self.end = below.extent.start;
            self.way.push((below.node, 0));
        } else {
            self.end = below.extent.end;
        }
        Some(below.extent.start)
    }
}

impl Iterator for LargeGaps<'_> {
    type Item = PageRange;

    fn next(&mut self) -> Option<PageRange> {
        while !self.is_over {
            let start = self.end;
            let next = self.pass();
            self.is_over = next.is_none();
            let end = next.unwrap_or(self.window.end);
            let gap = PageRange { start, end }.intersect(self.window);
            if gap.count() >= self.smallest {
                return Some(gap);
            }
        }
        None
    }
}
