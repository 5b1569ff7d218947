//! The gaps of a VMAR: what is free between its children.

use super::large_gaps::LargeGaps;
use super::tree::{Entry, Nodes, Position, Tree};
use crate::units::PageRange;

/// The free pages of a window between siblings. The window begins where the VMAR does.
pub(crate) struct Gaps<'a> {
    nodes: &'a mut Nodes,
    tree: Option<Tree>,
    window: PageRange,
    /// Where the range belongs that was last found to be free.
    position: &'a mut Position,
}

impl<'a> Gaps<'a> {
    pub(super) fn new(
        nodes: &'a mut Nodes,
        tree: Option<Tree>,
        window: PageRange,
        position: &'a mut Position,
    ) -> Gaps<'a> {
        Gaps { nodes, tree, window, position }
    }

    /// Says whether all of `range`, which lies in the window, is free. If so, the position is where it
    /// belongs.
    #[inline(always)]
    pub(crate) fn is_free(&mut self, range: PageRange) -> bool {
        let next = self.nodes.seek_anywhere(self.tree, range.start, self.position);
        next.is_none_or(|next| next.pages.start >= range.end)
    }

    /// Returns where the first sibling starts and the last one ends.
    pub(super) fn extent(&self) -> Option<PageRange> {
        Some(self.nodes.extent(self.tree?))
    }

    /// Says whether a gap of `count` pages may be there: false only if there is none.
    pub(super) fn may_fit(&mut self, count: u64) -> bool {
        let Some(tree) = self.tree else {
            return count <= self.window.count();
        };
        let extent = self.nodes.extent(tree);
        let before = extent.start.saturating_sub(self.window.start);
        let after = self.window.end.saturating_sub(extent.end);
        before.max(after).max(self.nodes.largest_gap(tree)) >= count
    }

    /// Returns the gaps of at least `smallest` pages, which is not 0, in order, clipped to the window.
    pub(super) fn large(&mut self, smallest: u64) -> LargeGaps<'_> {
        self.nodes.survey(self.tree);
        LargeGaps::new(self.nodes, self.tree, self.window, smallest)
    }

    /// Returns how many pages of the window are free.
    pub(super) fn free_pages(&mut self) -> u64 {
        self.nodes.survey(self.tree);
        self.window.count() - self.used_before(self.window.end)
    }

    /// Returns how many pages below `page` the siblings use.
    fn used_before(&self, page: u64) -> u64 {
        let Some(tree) = self.tree else { return 0 };
        let mut used = 0;
        let mut node = tree.root;
        for _ in 0..tree.height {
            let branch = self.nodes.branches[node].entries();
            match add_up(branch, page, &mut used) {
                Some(below) => node = below.node,
                None => return used,
            }
        }
        let leaf = self.nodes.leaves[node].entries();
        let cut = add_up(leaf, page, &mut used);
        used + cut.map_or(0, |sibling| page - sibling.pages.start)
    }

    /// Returns the `n`th free page of the window, counted from 0; `n` is below
    /// [`Gaps::free_pages`].
    pub(super) fn nth_free(&mut self, n: u64) -> u64 {
        self.nodes.survey(self.tree);
        let mut place = FreePage { end: self.window.start, n };
        if let Some(tree) = self.tree {
            let mut node = Some(tree.root);
            for _ in 0..tree.height {
                let branch = node.map(|node| self.nodes.branches[node].entries());
                node = place.pass(branch.unwrap_or(&[])).map(|below| below.node);
            }
            let leaf = node.map(|node| self.nodes.leaves[node].entries());
            place.pass(leaf.unwrap_or(&[]));
        }
        place.end + place.n
    }
}

/// Adds up what the entries that end by `page` use; returns the one that `page` is inside of.
fn add_up<E: Entry>(entries: &[E], page: u64, used: &mut u64) -> Option<E> {
    let ending = entries.iter().take_while(|entry| entry.extent().end <= page);
    *used += ending.map(Entry::used).sum::<u64>();
    let next = entries.iter().find(|entry| entry.extent().end > page);
    next.filter(|entry| entry.extent().start < page).copied()
}

/// A free page, as its number among those from a page on.
struct FreePage {
    end: u64,
    n: u64,
}

impl FreePage {
    /// Goes past the entries that end before the page; returns the one that it is inside of.
    fn pass<E: Entry>(&mut self, entries: &[E]) -> Option<E> {
        for entry in entries {
            let extent = entry.extent();
            let gap = extent.start - self.end;
            if self.n < gap {
                return None;
            }
            let inside = extent.end - extent.start - entry.used();
            if self.n < gap + inside {
                *self = FreePage { end: extent.start, n: self.n - gap };
                return Some(*entry);
            }
            *self = FreePage { end: extent.end, n: self.n - gap - inside };
        }
        None
    }
}

#[cfg(test)]
mod tests;
