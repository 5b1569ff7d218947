//! Sets of pages.

use alloc::vec::Vec;
use core::iter::Peekable;

use crate::units::PageRange;
use crate::{Result, Status};

/// Ranges of pages, in order, of which no two touch.
#[derive(Default)]
pub(super) struct Ranges(Vec<PageRange>);

impl Ranges {
    pub(super) const fn new() -> Ranges {
        Ranges(Vec::new())
    }

    /// Returns the rest of the range that `page` is in, from it on.
    pub(super) fn from(&self, page: u64) -> Option<PageRange> {
        let place = self.0.partition_point(|range| range.end <= page);
        let range = self.0.get(place).filter(|range| range.start <= page)?;
        Some(PageRange { start: page, end: range.end })
    }

    /// Makes sure that `count` ranges can be added.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn promise(&mut self, count: usize) -> Result<()> {
        self.0.try_reserve(count).map_err(|_| Status::NO_MEMORY)
    }

    /// Makes sure that there can be `count` ranges.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn promise_all(&mut self, count: usize) -> Result<()> {
        self.promise(count.saturating_sub(self.0.len()))
    }

    /// Returns how many ranges there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Becomes a copy of `other`. It was promised that there can be as many ranges.
    pub(super) fn become_copy_of(&mut self, other: &Ranges) {
        self.0.clear();
        self.0.extend_from_slice(&other.0);
    }

    /// Adds a range that begins behind the last one, if it is not empty.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn push(&mut self, pages: PageRange) -> Result<()> {
        if !pages.is_empty() {
            self.promise(1)?;
            self.0.push(pages);
        }
        Ok(())
    }

    /// Adds a range. It was promised.
    pub(super) fn add(&mut self, pages: PageRange) {
        if pages.is_empty() {
            return;
        }
        let first = self.0.partition_point(|range| range.end < pages.start);
        let end = self.0.partition_point(|range| range.start <= pages.end);
        let Some(touched) = self.0.get(first..end).filter(|touched| !touched.is_empty()) else {
            return self.0.insert(first, pages);
        };
        let merged = touched.iter().fold(pages, |all, range| PageRange {
            start: all.start.min(range.start),
            end: all.end.max(range.end),
        });
        self.0.drain(first + 1..end);
        self.0[first] = merged;
    }

    /// Takes out a range. One more was promised.
    pub(super) fn remove(&mut self, pages: PageRange) {
        let first = self.0.partition_point(|range| range.end <= pages.start);
        let end = self.0.partition_point(|range| range.start < pages.end);
        let Some([head, ..]) = self.0.get(first..end).filter(|_| !pages.is_empty()) else { return };
        let before = PageRange { start: head.start, end: pages.start };
        let after = PageRange { start: pages.end, end: self.0[end - 1].end };
        self.0.drain(first..end);
        for kept in [after, before] {
            if kept.start < kept.end {
                self.0.insert(first, kept);
            }
        }
    }

    /// Adds all of `ranges`, in order of which no two touch, as [`Ranges::add`] does each. It was promised.
    pub(super) fn add_all(&mut self, ranges: impl Iterator<Item = PageRange> + Clone) {
        if ranges.clone().nth(1).is_none() {
            return ranges.for_each(|range| self.add(range));
        }
        // Each by itself would have to move all behind it.
        self.0.extend(ranges);
        self.0.sort_unstable_by_key(|range| range.start);
        self.0.dedup_by(|next, last| {
            let touches = next.start <= last.end;
            if touches {
                last.end = last.end.max(next.end);
            }
            touches
        });
    }

    /// Takes out all of `ranges`, in order of which no two touch, as [`Ranges::remove`] does each. As many more were promised.
    pub(super) fn remove_all(&mut self, ranges: impl Iterator<Item = PageRange> + Clone) {
        if ranges.clone().nth(1).is_none() {
            return ranges.for_each(|range| self.remove(range));
        }
        let mut ranges = ranges.peekable();
        (0..self.0.len()).for_each(|index| self.remove_from(index, &mut ranges));
        self.0.retain(|range| !range.is_empty());
        self.0.sort_unstable_by_key(|range| range.start);
    }

    /// Takes those of `ranges` that touch the range at `index` out of it; they are done with but for one that reaches further. What is left
    /// but for the last part goes to the end.
    fn remove_from(
        &mut self,
        index: usize,
        ranges: &mut Peekable<impl Iterator<Item = PageRange>>,
    ) {
        let end = self.0[index].end;
        while let Some(range) = ranges.peek().copied().filter(|range| range.start < end) {
            let start = self.0[index].start;
            self.0[index].start = start.max(range.end).min(end);
            if start < range.start {
                self.0.push(PageRange { start, end: range.start });
            }
            if end < range.end {
                return;
            }
            ranges.next();
        }
    }

    /// Returns the ranges, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = PageRange> + Clone {
        self.0.iter().copied()
    }

    /// Returns the first part of `pages` that is in one of the ranges.
    pub(super) fn first_in(&self, pages: PageRange) -> Option<PageRange> {
        let place = self.0.partition_point(|range| range.end <= pages.start);
        let range = self.0.get(place).filter(|range| range.start < pages.end)?;
        Some(range.intersect(pages)).filter(|part| !part.is_empty())
    }

    /// Forgets all pages from `end` on.
    pub(super) fn cut(&mut self, end: u64) {
        self.0.retain_mut(|range| {
            range.end = range.end.min(end);
            !range.is_empty()
        });
    }

    /// Returns the parts of the ranges that are in `pages`, in order.
    pub(super) fn parts(&self, pages: PageRange) -> impl Iterator<Item = PageRange> + Clone {
        let first = self.0.partition_point(|range| range.end <= pages.start);
        let ranges = self.0.iter().skip(first).take_while(move |range| range.start < pages.end);
        ranges.map(move |range| range.intersect(pages)).filter(|part| !part.is_empty())
    }

    /// Returns the parts of the ranges that are in `pages`, counted from its start.
    pub(super) fn within(&self, pages: PageRange) -> impl Iterator<Item = PageRange> + Clone {
        self.parts(pages).map(move |part| part.moved(pages.start, 0))
    }

    /// Returns a copy of the ranges inside of `pages`, counted from its start.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(super) fn copy(&self, pages: PageRange) -> Result<Ranges> {
        let mut copy = Ranges::default();
        copy.promise(self.within(pages).count())?;
        copy.0.extend(self.within(pages));
        Ok(copy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u64, end: u64) -> PageRange {
        PageRange { start, end }
    }

    fn ranges(of: &[(u64, u64)]) -> Ranges {
        let mut zeros = Ranges::default();
        for (start, end) in of {
            zeros.promise(1).expect("memory");
            zeros.add(range(*start, *end));
        }
        zeros
    }

    #[test]
    fn ranges_that_touch_are_one() {
        let zeros = ranges(&[(10, 20), (30, 40), (50, 60), (20, 25), (28, 30), (5, 5), (38, 52)]);
        assert_eq!(zeros.0, [range(10, 25), range(28, 60)]);
        assert_eq!(ranges(&[(10, 20), (0, 100), (30, 40)]).0, [range(0, 100)]);
    }

    #[test]
    fn a_page_is_found_with_the_rest_of_its_range() {
        let zeros = ranges(&[(10, 20), (30, 40)]);
        assert_eq!(zeros.from(10), Some(range(10, 20)));
        assert_eq!(zeros.from(39), Some(range(39, 40)));
        for page in [0, 9, 20, 29, 40, 1000] {
            assert_eq!(zeros.from(page), None, "{page}");
        }
    }

    #[test]
    fn what_is_taken_out_leaves_the_rest() {
        let mut zeros = ranges(&[(10, 20), (30, 40), (50, 60)]);
        zeros.promise(1).expect("memory");
        zeros.remove(range(12, 14));
        assert_eq!(zeros.0, [range(10, 12), range(14, 20), range(30, 40), range(50, 60)]);
        zeros.remove(range(11, 55));
        assert_eq!(zeros.0, [range(10, 11), range(55, 60)]);
        for nothing in [range(11, 55), range(60, 90), range(57, 57)] {
            zeros.remove(nothing);
        }
        assert_eq!(zeros.0, [range(10, 11), range(55, 60)]);
        zeros.remove(range(55, 60));
        assert_eq!(zeros.0, [range(10, 11)]);
        zeros.remove(range(0, 100));
        assert_eq!(zeros.0, []);
    }

    #[test]
    fn what_was_promised_takes_no_memory() {
        let mut zeros = Ranges::new();
        zeros.promise(2).expect("memory");
        zeros.add(range(10, 20));
        zeros.promise_all(9).expect("memory");
        let room = zeros.0.capacity();
        assert!(room >= 9);
        for start in (30..).step_by(20).take(8) {
            zeros.add(range(start, start + 1));
        }
        assert_eq!((zeros.len(), zeros.0.capacity()), (9, room));
        zeros.promise(room).expect("memory");
        assert!(zeros.0.capacity() >= 9 + room);
    }

    #[test]
    fn a_copy_takes_the_place_of_what_was_there() {
        let (mut zeros, others) = (ranges(&[(10, 20)]), ranges(&[(15, 30), (40, 50)]));
        zeros.promise_all(others.len()).expect("memory");
        zeros.become_copy_of(&others);
        assert_eq!(zeros.0, others.0);
    }

    #[test]
    fn many_are_added_and_taken_out_at_once_as_one_by_one() {
        let few = [(10, 20), (30, 40), (50, 60), (70, 80)];
        let many = [
            vec![],
            vec![(35, 55)],
            vec![(0, 5), (12, 14), (16, 18), (25, 32)],
            vec![(20, 30), (40, 50)],
            vec![(15, 52), (53, 75), (90, 95)],
            vec![(0, 10), (20, 30), (80, 90)],
            vec![(0, 100), (200, 300)],
        ];
        for changed in many.iter().map(|some| ranges(some)) {
            let (mut added, mut rest) = (ranges(&few), ranges(&few));
            let (mut all_added, mut all_rest) = (ranges(&few), ranges(&few));
            for zeros in [&mut added, &mut rest, &mut all_added, &mut all_rest] {
                zeros.promise(changed.len()).expect("memory");
            }
            changed.iter().for_each(|range| added.add(range));
            changed.iter().for_each(|range| rest.remove(range));
            all_added.add_all(changed.iter());
            all_rest.remove_all(changed.iter());
            assert_eq!((all_added.0, all_rest.0), (added.0, rest.0), "{:?}", changed.0);
        }
    }

    #[test]
    fn the_first_part_inside_is_found() {
        let zeros = ranges(&[(10, 20), (30, 40)]);
        assert_eq!(zeros.first_in(range(0, 100)), Some(range(10, 20)));
        assert_eq!(zeros.first_in(range(15, 35)), Some(range(15, 20)));
        assert_eq!(zeros.first_in(range(20, 35)), Some(range(30, 35)));
        assert_eq!(zeros.first_in(range(20, 30)), None);
        assert_eq!(zeros.first_in(range(40, 50)), None);
        assert_eq!(zeros.first_in(range(15, 15)), None);
    }

    #[test]
    fn what_is_cut_off_is_forgotten() {
        let mut zeros = ranges(&[(10, 20), (30, 40), (50, 60)]);
        zeros.cut(35);
        assert_eq!(zeros.0, [range(10, 20), range(30, 35)]);
        zeros.cut(10);
        assert_eq!(zeros.0, []);
    }

    #[test]
    fn a_copy_counts_from_the_start_of_its_pages() {
        let zeros = ranges(&[(10, 20), (30, 40), (50, 60)]);
        assert_eq!(
            zeros.copy(range(15, 55)).expect("memory").0,
            [range(0, 5), range(15, 25), range(35, 40)]
        );
        assert_eq!(zeros.copy(range(20, 30)).expect("memory").0, []);
    }
}
