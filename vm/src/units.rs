//! Units of memory: pages, frames, ranges of pages. Arithmetic on a caller's bytes is checked here and nowhere else.
//!
//! Inside the crate everything is counted in pages. A page number is below 2^52, so sums of a few of them cannot overflow a `u64`,
//! and the end of a range that reaches the top of the address space has a number like any other.

use core::fmt;

/// log2 of the size of a page.
pub const PAGE_SHIFT: u32 = 12;

/// The size of a page and of a frame, in bytes.
pub const PAGE_SIZE: u64 = 1 << PAGE_SHIFT;

/// Rounds `bytes` up to whole pages; `None` if the result does not fit in 64 bits.
pub const fn round_up_to_page(bytes: u64) -> Option<u64> {
    match bytes.checked_add(PAGE_SIZE - 1) {
        Some(sum) => Some(sum & !(PAGE_SIZE - 1)),
        None => None,
    }
}

/// Says whether `bytes` is a whole number of pages.
pub(crate) const fn is_page_aligned(bytes: u64) -> bool {
    bytes & (PAGE_SIZE - 1) == 0
}

/// Returns the number of the page that contains the byte `address`.
pub(crate) const fn page_of(address: u64) -> u64 {
    address >> PAGE_SHIFT
}

/// Returns the address of the first byte of page number `page`.
pub const fn page_base(page: u64) -> u64 {
    page << PAGE_SHIFT
}

/// A physical frame, by its number: its physical address divided by [`PAGE_SIZE`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame(u64);

impl Frame {
    /// Names the frame with number `number`.
    pub const fn from_number(number: u64) -> Frame {
        Frame(number)
    }

    /// Names the frame that contains the physical address `address`.
    pub const fn containing(address: u64) -> Frame {
        Frame(address >> PAGE_SHIFT)
    }

    /// Returns the number of this frame.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Returns the physical address of the frame's first byte.
    pub const fn address(self) -> u64 {
        self.0 << PAGE_SHIFT
    }

    /// Returns the frame `pages` after this one.
    pub const fn plus(self, pages: u64) -> Frame {
        Frame(self.0.wrapping_add(pages))
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({:#x})", self.address())
    }
}

/// A half-open range of page numbers, virtual pages or pages of an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PageRange {
    /// The first page of the range.
    pub start: u64,
    /// The page after the last one.
    pub end: u64,
}

impl PageRange {
    /// Makes the range of `count` pages from `start`.
    pub const fn new(start: u64, count: u64) -> PageRange {
        PageRange { start, end: start.wrapping_add(count) }
    }

    /// Makes the range of the `len` bytes from `base`, both whole pages; `None` if it passes the end of the address space.
    pub const fn from_bytes(base: u64, len: u64) -> Option<PageRange> {
        if len != 0 && base.checked_add(len.wrapping_sub(1)).is_none() {
            return None;
        }
        Some(PageRange::new(page_of(base), page_of(len)))
    }

    /// Returns the number of pages.
    pub const fn count(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Says whether there is no page in the range.
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Returns the address of the first byte.
    pub const fn base(self) -> u64 {
        page_base(self.start)
    }

    /// Returns the size in bytes.
    pub const fn bytes(self) -> u64 {
        page_base(self.count())
    }

    /// Says whether `page` is in the range.
    pub const fn contains(self, page: u64) -> bool {
        self.start <= page && page < self.end
    }

    /// Says whether all of `inner` is in the range.
    pub const fn covers(self, inner: PageRange) -> bool {
        self.start <= inner.start && inner.end <= self.end
    }

    /// Says whether the two ranges have a page in common.
    pub const fn overlaps(self, other: PageRange) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Returns the pages that both ranges have, possibly none.
    pub fn intersect(self, other: PageRange) -> PageRange {
        let start = self.start.max(other.start);
        PageRange { start, end: self.end.min(other.end).max(start) }
    }

    /// Returns the first pages of the range, `most` at the most.
    pub(crate) fn first(self, most: u64) -> PageRange {
        PageRange::new(self.start, self.count().min(most))
    }

    /// Returns the range moved from where `from` begins to where `to` begins: a virtual range as pages of an object, or back.
    pub(crate) const fn moved(self, from: u64, to: u64) -> PageRange {
        let start = self.start.wrapping_sub(from).wrapping_add(to);
        PageRange::new(start, self.count())
    }
}

impl fmt::Debug for PageRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}..{:#x}", page_base(self.start), page_base(self.end))
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    #[test]
    fn rounding_up_stops_at_the_top() {
        assert_eq!(round_up_to_page(0), Some(0));
        assert_eq!(round_up_to_page(1), Some(PAGE_SIZE));
        assert_eq!(round_up_to_page(PAGE_SIZE), Some(PAGE_SIZE));
        assert_eq!(round_up_to_page(u64::MAX - PAGE_SIZE + 1), Some(u64::MAX - PAGE_SIZE + 1));
        assert_eq!(round_up_to_page(u64::MAX - PAGE_SIZE + 2), None);
    }

    #[test]
    fn a_range_may_end_at_two_to_the_sixty_four() {
        let top = PageRange::from_bytes(u64::MAX - 2 * PAGE_SIZE + 1, 2 * PAGE_SIZE).expect("fits");
        assert_eq!(top.end, 1 << 52);
        assert_eq!(top.count(), 2);
        assert_eq!(PageRange::from_bytes(u64::MAX - PAGE_SIZE + 1, 2 * PAGE_SIZE), None);
    }

    #[test]
    fn bytes_are_whole_pages_or_not() {
        for aligned in [0, 0x1000, 0x3000, 0xffff_ffff_ffff_f000] {
            assert!(is_page_aligned(aligned), "{aligned:#x}");
        }
        for unaligned in [1, 0x800, 0x1001, 0x1fff, u64::MAX] {
            assert!(!is_page_aligned(unaligned), "{unaligned:#x}");
        }
    }

    #[test]
    fn a_frame_is_known_by_its_number_and_its_address() {
        let frame = Frame::containing(0x5fff);
        assert_eq!((frame.number(), frame.address()), (5, 0x5000));
        assert_eq!(Frame::from_number(3).plus(2), frame);
        assert_eq!(format!("{frame:?}"), "Frame(0x5000)");
    }

    #[test]
    fn a_range_is_known_by_its_pages_and_its_bytes() {
        let range = PageRange::from_bytes(0x3000, 0x2000).expect("fits");
        assert_eq!(range, PageRange::new(3, 2));
        assert_eq!((range.base(), range.bytes()), (0x3000, 0x2000));
        assert_eq!(format!("{range:?}"), "0x3000..0x5000");
        assert_eq!(PageRange::from_bytes(0, 0x1000), Some(PageRange::new(0, 1)));
    }

    #[test]
    fn a_range_without_pages_may_begin_anywhere() {
        for base in [0, 0x3000] {
            let range = PageRange::from_bytes(base, 0).expect("fits");
            assert!(range.is_empty());
            assert_eq!((range.base(), range.count()), (base, 0));
        }
        assert!(PageRange { start: 5, end: 4 }.is_empty());
        assert!(!PageRange::new(5, 1).is_empty());
    }

    #[test]
    fn a_range_covers_what_it_has_every_page_of() {
        let outer = PageRange::new(10, 5);
        for inner in (5..20).flat_map(|start| (1..8).map(move |count| PageRange::new(start, count)))
        {
            let has_all = (inner.start..inner.end).all(|page| outer.contains(page));
            assert_eq!(outer.covers(inner), has_all, "{inner:?}");
        }
    }

    #[test]
    fn a_part_of_a_range_is_moved_with_it() {
        let range = PageRange::new(10, 5);
        assert_eq!(range.first(2).moved(8, 100), PageRange::new(102, 2));
        assert_eq!(range.first(9).moved(10, 0), PageRange::new(0, 5));
    }

    #[test]
    fn ranges_intersect_and_overlap_alike() {
        let a = PageRange::new(10, 5);
        for start in 5..20 {
            for count in 0..8 {
                let b = PageRange::new(start, count);
                let common = (0..40).filter(|p| a.contains(*p) && b.contains(*p)).count() as u64;
                assert_eq!(a.intersect(b).count(), common);
                assert_eq!(!b.is_empty() && a.overlaps(b), common > 0);
            }
        }
    }
}
