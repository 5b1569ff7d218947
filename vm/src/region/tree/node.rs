//! A node: a few entries in the order of their addresses.

use arrayvec::ArrayVec;

use crate::slab::Slot;
use crate::units::PageRange;

/// The entries that a node has room for: one less than a power of two, so that a search has as many outcomes.
pub(in crate::region) const WIDTH: usize = 31;

/// The fewest entries of a node that is not a root.
pub(super) const LEAST: usize = WIDTH.div_ceil(4);

/// A node of the tree.
#[derive(Clone)]
pub(in crate::region) struct Node<E>(ArrayVec<E, WIDTH>);

/// What a node is made of.
pub(in crate::region) trait Entry: Copy {
    /// Returns where its first region starts and where its last one ends.
    fn extent(&self) -> PageRange;

    /// Returns the largest gap between its regions.
    fn largest_gap(&self) -> u64;

    /// Returns how many pages its regions have together.
    fn used(&self) -> u64;
}

/// A region among its siblings: an entry of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sibling {
    pub(crate) pages: PageRange,
    pub(crate) slot: Slot,
    pub(crate) is_vmar: bool,
}

impl Entry for Sibling {
    fn extent(&self) -> PageRange {
        self.pages
    }

    fn largest_gap(&self) -> u64 {
        0
    }

    fn used(&self) -> u64 {
        self.pages.end - self.pages.start
    }
}

/// A node and everything below it: an entry of the branch above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::region) struct Subtree {
    pub(in crate::region) extent: PageRange,
    pub(in crate::region) largest_gap: u64,
    pub(in crate::region) used: u64,
    pub(in crate::region) node: Slot,
}

impl Entry for Subtree {
    fn extent(&self) -> PageRange {
        self.extent
    }

    fn largest_gap(&self) -> u64 {
        self.largest_gap
    }

    fn used(&self) -> u64 {
        self.used
    }
}

impl<E: Entry> Node<E> {
    #[inline]
    pub(super) fn new() -> Node<E> {
        Node(ArrayVec::new())
    }

    #[inline]
    pub(in crate::region) fn entries(&self) -> &[E] {
        &self.0
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether `count` more entries fit.
    #[inline]
    pub(super) fn has_room(&self, count: usize) -> bool {
        count <= self.0.remaining_capacity()
    }

    #[inline]
    pub(in crate::region) fn get(&self, index: usize) -> Option<&E> {
        self.0.get(index)
    }

    pub(super) fn entry_mut(&mut self, index: usize) -> &mut E {
        &mut self.0[index]
    }

    /// Returns how many entries end at or before `page`: the index of the first one that ends after
    /// it, if there is one.
    #[inline]
    pub(in crate::region) fn ending_by(&self, page: u64) -> usize {
        let mut count = 0;
        let mut step = WIDTH.div_ceil(2);
        while step > 0 {
            let next = self.0.get(count + step - 1);
            if next.is_some_and(|entry| entry.extent().end <= page) {
                count += step;
            }
            step /= 2;
        }
        count
    }

    #[inline]
    pub(super) fn insert(&mut self, index: usize, entry: E) {
        if index == self.len() {
            self.0.push(entry);
        } else {
            self.0.insert(index, entry);
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, index: usize) -> E {
        let entry = self.0[index];
        if index + 1 < self.len() {
            self.0.copy_within(index + 1.., index);
        }
        self.0.pop();
        entry
    }

    /// Takes off the entries from `index` on.
    pub(super) fn split_off(&mut self, index: usize) -> Node<E> {
        Node(self.0.drain(index..).collect())
    }

    /// Adds all entries of the node after this one.
    pub(super) fn append(&mut self, upper: &Node<E>) {
        self.0.extend(upper.0.iter().copied());
    }

    /// Returns where the first region starts and where the last one ends.
    pub(in crate::region) fn extent(&self) -> PageRange {
        let (first, last) = (self.0[0].extent(), self.0[self.len() - 1].extent());
        PageRange { start: first.start, end: last.end }
    }

    /// Returns the gap between the entry and the one before it.
    pub(super) fn gap_before(&self, index: usize) -> u64 {
        if index == 0 || index >= self.len() {
            return 0;
        }
        self.0[index].extent().start - self.0[index - 1].extent().end
    }

    /// Returns the largest gap that is in or beside an entry, inside the node.
    pub(super) fn gap_around(&self, index: usize) -> u64 {
        let beside = self.gap_before(index).max(self.gap_before(index + 1));
        beside.max(self.0[index].largest_gap())
    }

    /// Returns the largest gap between regions.
    pub(in crate::region) fn largest_gap(&self) -> u64 {
        let mut largest = 0;
        let mut end = self.0[0].extent().start;
        for entry in self.entries() {
            largest = largest.max(entry.largest_gap()).max(entry.extent().start - end);
            end = entry.extent().end;
        }
        largest
    }

    /// Returns the entry of the branch above for this node, which has the number `node`.
    pub(super) fn summary(&self, node: Slot) -> Subtree {
        Subtree {
            extent: self.extent(),
            largest_gap: self.largest_gap(),
            used: self.entries().iter().map(Entry::used).sum(),
            node,
        }
    }
}
