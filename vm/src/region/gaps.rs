//! The gaps of a VMAR: what is free between its children.

use core::ops::ControlFlow;

use super::{Arena, Summary};
use crate::slab::Slot;
use crate::units::PageRange;

/// The free pages of a window between siblings.
pub(crate) struct Gaps<'a> {
    arena: &'a Arena,
    root: Option<Slot>,
    window: PageRange,
}

impl<'a> Gaps<'a> {
    pub(super) fn new(arena: &'a Arena, root: Option<Slot>, window: PageRange) -> Gaps<'a> {
        Gaps { arena, root, window }
    }

    /// Says whether all of `range`, which lies in the window, is free.
    pub(crate) fn is_free(&self, range: PageRange) -> bool {
        super::tree::first_ending_after(self.arena, self.root, range.start)
            .is_none_or(|slot| self.arena[slot].pages.start >= range.end)
    }

    /// Returns where the first sibling starts and the last one ends.
    pub(super) fn extent(&self) -> Option<PageRange> {
        let summary = self.summary(self.root?);
        Some(PageRange { start: summary.first, end: summary.last })
    }

    /// Says whether a gap of `count` pages may be there: false only if there is none.
    pub(super) fn may_fit(&self, count: u64) -> bool {
        let Some(root) = self.root else {
            return count <= self.window.count();
        };
        let summary = self.summary(root);
        let before = summary.first.saturating_sub(self.window.start);
        let after = self.window.end.saturating_sub(summary.last);
        before.max(after).max(summary.largest_gap) >= count
    }

    /// Visits every gap of at least `smallest` pages, in order, clipped to the window.
    ///
    /// Parts of the tree without such a gap are passed over.
    pub(super) fn visit(
        &self,
        smallest: u64,
        mut f: impl FnMut(PageRange) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let window = self.window;
        let mut clipped = |gap: PageRange| {
            let gap = gap.intersect(window);
            if gap.count() < smallest { ControlFlow::Continue(()) } else { f(gap) }
        };
        let Some(root) = self.root else {
            return clipped(window);
        };
        let summary = self.summary(root);
        clipped(PageRange { start: window.start, end: summary.first })?;
        self.visit_below(root, smallest, &mut clipped)?;
        clipped(PageRange { start: summary.last, end: window.end })
    }

    /// Visits the gaps inside a subtree. Recursion is as deep as the tree is high, so at most 46:
    /// siblings have 32-bit numbers, and an AVL tree is 1.44 times as high as a perfect one.
    fn visit_below(
        &self,
        slot: Slot,
        smallest: u64,
        f: &mut impl FnMut(PageRange) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let region = &self.arena[slot];
        if region.summary.largest_gap < smallest || region.summary.first >= self.window.end {
            return ControlFlow::Continue(());
        }
        if let Some(left) = region.links.left {
            self.visit_below(left, smallest, f)?;
            f(PageRange { start: self.summary(left).last, end: region.pages.start })?;
        }
        if let Some(right) = region.links.right {
            f(PageRange { start: region.pages.end, end: self.summary(right).first })?;
            self.visit_below(right, smallest, f)?;
        }
        ControlFlow::Continue(())
    }

    /// Returns how many pages of the window are free.
    pub(super) fn free_pages(&self) -> u64 {
        self.window.count() - self.used_before(self.window.end)
            + self.used_before(self.window.start)
    }

    /// Returns how many pages below `page` the siblings use.
    fn used_before(&self, page: u64) -> u64 {
        let mut used = 0;
        let mut next = self.root;
        while let Some(slot) = next {
            let region = &self.arena[slot];
            if page <= region.pages.start {
                next = region.links.left;
                continue;
            }
            used += region.links.left.map_or(0, |left| self.summary(left).used);
            used += region.pages.count().min(page - region.pages.start);
            next = region.links.right;
        }
        used
    }

    /// Returns the `n`th free page of the window, counted from 0; `n` is below
    /// [`Gaps::free_pages`].
    pub(super) fn nth_free(&self, n: u64) -> u64 {
        let Some(root) = self.root else {
            return self.window.start + n;
        };
        let whole = self.summary(root);
        let before = whole.first - self.window.start;
        if n < before {
            return self.window.start + n;
        }
        let inside = n - before;
        if inside < whole.free() {
            return self.nth_free_below(root, inside);
        }
        whole.last + (inside - whole.free())
    }

    /// Returns the `n`th free page between the regions of a subtree; `n` is below its free pages.
    fn nth_free_below(&self, root: Slot, n: u64) -> u64 {
        let mut slot = root;
        let mut n = n;
        loop {
            let region = &self.arena[slot];
            // In address order: the left subtree, the gap after it, the gap after the node, the
            // right subtree.
            let left = region.links.left.map(|left| (left, self.summary(left)));
            let below = left.map_or(0, |(_, summary)| summary.free());
            if let Some((left, _)) = left.filter(|_| n < below) {
                slot = left;
                continue;
            }
            n -= below;
            let gap = left.map_or(0, |(_, summary)| region.pages.start - summary.last);
            if n < gap {
                return region.pages.start - gap + n;
            }
            n -= gap;
            let right = region.links.right.map(|right| (right, self.summary(right)));
            let gap = right.map_or(u64::MAX, |(_, summary)| summary.first - region.pages.end);
            match right {
                Some((right, _)) if n >= gap => slot = right,
                _ => return region.pages.end + n,
            }
            n -= gap;
        }
    }

    fn summary(&self, slot: Slot) -> &'a Summary {
        &self.arena[slot].summary
    }
}

#[cfg(test)]
mod tests;
