//! Sets of physical memory ranges, without a heap.

use core::ops::Range;

/// A firmware's memory map has about a hundred entries, of which neighbours are joined.
const CAPACITY: usize = 128;

/// Bytes of physical memory, as ranges that do not touch, in order.
#[derive(Clone, Debug)]
pub(crate) struct Ranges {
    ranges: [Range<u64>; CAPACITY],
    len: usize,
}

impl Ranges {
    pub(crate) const fn new() -> Ranges {
        Ranges { ranges: [const { 0..0 }; CAPACITY], len: 0 }
    }

    pub(crate) fn as_slice(&self) -> &[Range<u64>] {
        self.ranges.get(..self.len).unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Range<u64>> {
        self.as_slice().iter()
    }

    /// Returns the number of bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.iter().map(|range| range.end.saturating_sub(range.start)).sum()
    }

    /// Adds `new`, and joins it with the ranges it touches. Should the set be full, `new` is left out: memory that is not used.
    pub(crate) fn add(&mut self, new: Range<u64>) {
        if new.is_empty() {
            return;
        }
        let mut joined = new.clone();
        let touches = |range: &Range<u64>| range.start <= new.end && new.start <= range.end;
        for range in self.iter().filter(|range| touches(range)) {
            joined = joined.start.min(range.start)..joined.end.max(range.end);
        }
        self.retain(|range| !touches(range));
        self.insert(joined);
    }

    /// Takes away the bytes of `gone`. Should a range be cut in two and the set be full, the upper part goes too.
    pub(crate) fn remove(&mut self, gone: Range<u64>) {
        if gone.is_empty() {
            return;
        }
        let overlaps = |range: &Range<u64>| range.start < gone.end && gone.start < range.end;
        loop {
            let Some(range) = self.iter().find(|range| overlaps(range)).cloned() else {
                return;
            };
            self.retain(|other| *other != range);
            self.insert(range.start..gone.start.max(range.start));
            self.insert(gone.end.min(range.end)..range.end);
        }
    }

    /// Takes away everything that is in `other`.
    pub(crate) fn remove_all(&mut self, other: &Ranges) {
        other.iter().for_each(|range| self.remove(range.clone()));
    }

    fn insert(&mut self, new: Range<u64>) {
        let Some(free) = self.ranges.get_mut(self.len).filter(|_| !new.is_empty()) else {
            return;
        };
        *free = new;
        self.len = self.len.saturating_add(1);
        if let Some(used) = self.ranges.get_mut(..self.len) {
            used.sort_unstable_by_key(|range| range.start);
        }
    }

    fn retain(&mut self, keep: impl Fn(&Range<u64>) -> bool) {
        let mut kept = 0usize;
        for index in 0..self.len {
            let Some(range) = self.ranges.get(index).cloned().filter(&keep) else {
                continue;
            };
            if let Some(place) = self.ranges.get_mut(kept) {
                *place = range;
            }
            kept = kept.saturating_add(1);
        }
        self.len = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn neighbours_are_joined_and_gaps_are_cut() {
        let mut set = Ranges::new();
        set.add(0x3000..0x4000);
        set.add(0x1000..0x2000);
        assert_eq!(set.as_slice(), [0x1000..0x2000, 0x3000..0x4000]);
        set.add(0x2000..0x3000);
        assert_eq!(set.as_slice(), core::slice::from_ref(&(0x1000..0x4000)));
        set.remove(0x2000..0x3000);
        assert_eq!(set.as_slice(), [0x1000..0x2000, 0x3000..0x4000]);
        set.remove(0..0x1800);
        assert_eq!(set.as_slice(), [0x1800..0x2000, 0x3000..0x4000]);
        assert_eq!(set.bytes(), 0x1800);
    }

    #[test_case]
    fn a_full_set_leaves_memory_out() {
        let mut set = Ranges::new();
        for index in 0..2 * CAPACITY as u64 {
            set.add(index * 0x2000..index * 0x2000 + 0x1000);
        }
        assert_eq!(set.bytes(), CAPACITY as u64 * 0x1000);
    }
}
