//! A node: a few entries in the order of their addresses.

use arrayvec::ArrayVec;

use crate::slab::Slot;
use crate::units::PageRange;

/// The entries that a node has room for: one less than a power of two, so that a search has as many outcomes.
pub(in crate::region) const WIDTH: usize = 15;

/// The fewest entries of a node that is not a root.
pub(super) const LEAST: usize = WIDTH.div_ceil(4);

/// More branches than there can be above a leaf: slots are 32-bit numbers, a root has at least two
/// entries, and other nodes a quarter of the most, so eight.
pub(in crate::region) const MOST_BRANCHES: usize = 16;

/// A node of the tree.
pub(in crate::region) struct Node<E> {
    entries: ArrayVec<E, WIDTH>,
    /// The branch that it is an entry of; none if it is the root.
    pub(super) above: Option<Slot>,
    /// The nodes beside it in the tree, in whichever branches they are.
    pub(super) before: Option<Slot>,
    pub(super) after: Option<Slot>,
    /// What branches say of its gaps and used pages may not be right. Then the branch above is stale too.
    pub(super) is_stale: bool,
}

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
        let entries = ArrayVec::new_const();
        Node { entries, above: None, before: None, after: None, is_stale: true }
    }

    #[inline]
    pub(in crate::region) fn entries(&self) -> &[E] {
        &self.entries
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Says whether `count` more entries fit.
    #[inline]
    pub(super) fn has_room(&self, count: usize) -> bool {
        count <= self.entries.remaining_capacity()
    }

    #[inline]
    pub(in crate::region) fn get(&self, index: usize) -> Option<&E> {
        self.entries.get(index)
    }

    pub(super) fn entry_mut(&mut self, index: usize) -> &mut E {
        &mut self.entries[index]
    }

    /// Returns how many entries end at or before `page`: the index of the first one that ends after
    /// it, if there is one.
    #[inline(always)]
    pub(in crate::region) fn ending_by(&self, page: u64) -> usize {
        let mut count = 0;
        let mut step = WIDTH.div_ceil(2);
        while step > 0 {
            let next = self.entries.get(count + step - 1);
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
            self.entries.push(entry);
        } else {
            self.entries.insert(index, entry);
        }
    }

    /// Says whether no branch above learns anything by a change at or beside the entry `index`.
    #[inline(always)]
    pub(super) fn hides_change(&self, index: usize) -> bool {
        self.is_stale && index != 0 && index + 1 < self.len()
    }

    #[inline]
    pub(super) fn remove(&mut self, index: usize) -> E {
        let entry = self.entries[index];
        if index + 1 < self.len() {
            self.entries.copy_within(index + 1.., index);
        }
        self.entries.pop();
        entry
    }

    /// Moves all entries from `index` on into `upper`, before those that are there.
    pub(super) fn give_upper(&mut self, index: usize, upper: &mut Node<E>) {
        let mut entries: ArrayVec<E, WIDTH> = self.entries.drain(index..).collect();
        entries.extend(upper.entries.iter().copied());
        upper.entries = entries;
    }

    /// Moves the first `count` entries of `upper` behind those that are here.
    pub(super) fn take_lower(&mut self, count: usize, upper: &mut Node<E>) {
        self.entries.extend(upper.entries.drain(..count));
    }

    /// Returns where the first region starts and where the last one ends.
    #[inline(always)]
    pub(in crate::region) fn extent(&self) -> PageRange {
        let (first, last) = (self.entries[0].extent(), self.entries[self.len() - 1].extent());
        PageRange { start: first.start, end: last.end }
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

    /// Returns the entry of the branch above for this node, which has the number `node`, without what
    /// is not known while it is stale.
    pub(super) fn outline(&self, node: Slot) -> Subtree {
        Subtree { extent: self.extent(), largest_gap: 0, used: 0, node }
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
