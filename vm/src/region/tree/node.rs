//! A node: a few entries in the order of their addresses.

use crate::slab::Slot;
use crate::units::PageRange;

/// The entries that a node has room for: a power of two.
pub(in crate::region) const WIDTH: usize = 16;

/// The fewest entries of a node that is not a root.
pub(super) const LEAST: usize = WIDTH / 4;

/// A node of the tree. Behind its last entry there is padding.
#[derive(Clone, Copy)]
pub(in crate::region) struct Node<E> {
    entries: [E; WIDTH],
    len: usize,
}

/// What a node is made of.
pub(in crate::region) trait Entry: Copy {
    /// An entry that ends after every page.
    const PADDING: Self;

    /// Returns where its first region starts and where its last one ends.
    fn extent(&self) -> PageRange;

    /// Returns the largest gap between its regions.
    fn largest_gap(&self) -> u64;

    /// Returns how many pages its regions have together.
    fn used(&self) -> u64;
}

/// Where padding is.
const NOWHERE: PageRange = PageRange { start: u64::MAX, end: u64::MAX };

/// A region among its siblings: an entry of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sibling {
    pub(crate) pages: PageRange,
    pub(crate) slot: Slot,
    pub(crate) is_vmar: bool,
}

impl Entry for Sibling {
    const PADDING: Sibling = Sibling { pages: NOWHERE, slot: Slot::FIRST, is_vmar: false };

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
    const PADDING: Subtree =
        Subtree { extent: NOWHERE, largest_gap: 0, used: 0, node: Slot::FIRST };

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
    pub(super) fn new() -> Node<E> {
        Node { entries: [E::PADDING; WIDTH], len: 0 }
    }

    pub(in crate::region) fn entries(&self) -> &[E] {
        &self.entries[..self.len]
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Says whether `count` more entries fit.
    pub(super) fn has_room(&self, count: usize) -> bool {
        self.len + count <= WIDTH
    }

    pub(in crate::region) fn get(&self, index: usize) -> Option<&E> {
        self.entries().get(index)
    }

    pub(super) fn entry_mut(&mut self, index: usize) -> &mut E {
        &mut self.entries[index]
    }

    /// Returns how many entries end at or before `page`: the index of the first one that ends after
    /// it, if there is one.
    pub(in crate::region) fn ending_by(&self, page: u64) -> usize {
        let ends_by = |index: usize| self.entries[index].extent().end <= page;
        let mut count = 0;
        let mut step = WIDTH / 2;
        // Padding ends after everything, so the search need not know how many entries there are.
        while step > 0 {
            if ends_by(count | (step - 1)) {
                count |= step;
            }
            step /= 2;
        }
        count + usize::from(ends_by(count))
    }

    pub(super) fn insert(&mut self, index: usize, entry: E) {
        self.entries.copy_within(index..self.len, index + 1);
        self.entries[index] = entry;
        self.len += 1;
    }

    pub(super) fn remove(&mut self, index: usize) -> E {
        let entry = self.entries[index];
        self.entries.copy_within(index + 1..self.len, index);
        self.len -= 1;
        self.entries[self.len] = E::PADDING;
        entry
    }

    /// Takes off the entries from `index` on.
    pub(super) fn split_off(&mut self, index: usize) -> Node<E> {
        let mut upper = Node::new();
        upper.len = self.len - index;
        upper.entries[..upper.len].copy_from_slice(&self.entries[index..self.len]);
        self.entries[index..].fill(E::PADDING);
        self.len = index;
        upper
    }

    /// Adds all entries of the node after this one.
    pub(super) fn append(&mut self, upper: &Node<E>) {
        let len = self.len + upper.len;
        self.entries[self.len..len].copy_from_slice(upper.entries());
        self.len = len;
    }

    /// Returns where the first region starts and where the last one ends.
    pub(in crate::region) fn extent(&self) -> PageRange {
        let (first, last) = (self.entries[0].extent(), self.entries[self.len - 1].extent());
        PageRange { start: first.start, end: last.end }
    }

    /// Returns the gap between the entry and the one before it.
    pub(super) fn gap_before(&self, index: usize) -> u64 {
        if index == 0 || index >= self.len {
            return 0;
        }
        self.entries[index].extent().start - self.entries[index - 1].extent().end
    }

    /// Returns the largest gap that is in or beside an entry, inside the node.
    pub(super) fn gap_around(&self, index: usize) -> u64 {
        let beside = self.gap_before(index).max(self.gap_before(index + 1));
        beside.max(self.entries[index].largest_gap())
    }

    /// Returns the largest gap between regions.
    pub(in crate::region) fn largest_gap(&self) -> u64 {
        let mut largest = 0;
        let mut end = self.entries[0].extent().start;
        for entry in self.entries() {
            largest = largest.max(entry.largest_gap()).max(entry.extent().start - end);
            end = entry.extent().end;
        }
        largest
    }

    /// Says whether there is padding behind the last entry.
    pub(super) fn is_padded(&self) -> bool {
        self.entries[self.len..].iter().all(|entry| entry.extent() == NOWHERE)
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
