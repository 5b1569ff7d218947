//! Where a new region goes: **spread** over the whole VMAR, or **compact**, close to what is there.
//!
//! A *spot* is a base address at which a request fits: aligned, free for its whole length, inside
//! the window.
//!
//! **Spread** draws every spot with the same probability. It has three ways to draw one, each exactly
//! uniform, so their combination is: the first succeeds at once in a sparse VMAR, the second in a
//! dense one, the last always.
//!
//! 1. An aligned place anywhere in the window, kept if it is a spot.
//! 2. A free page, kept if it is a spot.
//! 3. Count the spots of all gaps that are large enough, draw one's number and walk to it.
//!
//! **Compact** puts the first region as spread does; then below the lowest or above the highest
//! region, at a random distance of at most 128 pages, halved until it fits; then into the first gap.

use abi::VmOptions;

use super::Gaps;
use crate::rng::LayoutRng;
use crate::units::{PAGE_SHIFT, PageRange, is_page_aligned, page_of};
use crate::{Result, Status};

/// Draws from the whole window before trying something else.
const WINDOW_DRAWS: u32 = 4;

/// Draws from the free pages before counting.
const FREE_PAGE_DRAWS: u32 = 8;

/// What is to be placed: in bytes, as the caller asked.
pub(crate) struct PlaceRequest {
    pub(crate) options: VmOptions,
    /// What the options say of the alignment.
    pub(crate) align_log2: u32,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// What is to be placed, checked: in pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    /// Where it may go.
    pub(crate) window: PageRange,
    pub(crate) count: u64,
    /// The binary logarithm of the alignment in pages.
    pub(crate) align_log2: u32,
    /// It was given: the window has room for nothing else, and is aligned.
    pub(crate) is_given: bool,
}

impl PlaceRequest {
    const SPECIFIC: VmOptions = VmOptions::SPECIFIC.union(VmOptions::SPECIFIC_OVERWRITE);

    /// Checks the request against a VMAR at `vmar` with `flags`. Whether the place is free is not
    /// checked.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: `size` is 0.
    /// 2. [`Status::ACCESS_DENIED`]: a `CAN_MAP_*` permission that the VMAR does not have.
    /// 3. [`Status::INVALID_ARGS`]: a place and an upper limit; or an offset with neither; or an
    ///    unaligned offset.
    /// 4. [`Status::ACCESS_DENIED`]: a place or a limit, and the VMAR lacks `CAN_MAP_SPECIFIC`.
    /// 5. [`Status::INVALID_ARGS`]: it exceeds the VMAR, or its address is not aligned as asked.
    ///
    /// # Source
    /// `vmar.md` §5, 2 to 9.
    #[inline(always)]
    pub(crate) fn check(&self, vmar: PageRange, flags: VmOptions) -> Result<Spot> {
        let specific = self.options.intersects(Self::SPECIFIC);
        let limited = self.options.contains(VmOptions::OFFSET_IS_UPPER_LIMIT);
        if self.size == 0 {
            return Err(Status::INVALID_ARGS);
        }
        if !flags.contains(self.options & VmOptions::CAN_MAP_PERMS) {
            return Err(Status::ACCESS_DENIED);
        }
        if specific && limited || !specific && !limited && self.offset != 0 {
            return Err(Status::INVALID_ARGS);
        }
        if !is_page_aligned(self.offset) {
            return Err(Status::INVALID_ARGS);
        }
        if (specific || limited) && !flags.contains(VmOptions::CAN_MAP_SPECIFIC) {
            return Err(Status::ACCESS_DENIED);
        }
        let align_log2 = self.align_log2 - PAGE_SHIFT;
        let (offset, count) = (page_of(self.offset), page_of(self.size));
        if limited {
            if offset > vmar.count() || count > vmar.count() || count > offset {
                return Err(Status::INVALID_ARGS);
            }
            let window = PageRange::new(vmar.start, offset);
            return Ok(Spot { window, count, align_log2, is_given: false });
        }
        if offset >= vmar.count() || count > vmar.count() - offset {
            return Err(Status::INVALID_ARGS);
        }
        if !specific {
            return Ok(Spot { window: vmar, count, align_log2, is_given: false });
        }
        let window = PageRange::new(vmar.start + offset, count);
        if window.start & ((1 << align_log2) - 1) != 0 {
            return Err(Status::INVALID_ARGS);
        }
        Ok(Spot { window, count, align_log2, is_given: true })
    }
}

impl Spot {
    /// Returns how many spots a gap has, and the first one.
    fn in_gap(&self, gap: PageRange) -> (u64, u64) {
        let first = self.aligned(gap.start);
        if first >= gap.end || gap.end - first < self.count {
            return (0, first);
        }
        (((gap.end - first - self.count) >> self.align_log2) + 1, first)
    }

    /// Returns the first aligned page from `page` on.
    fn aligned(&self, page: u64) -> u64 {
        let below = (1 << self.align_log2) - 1;
        (page + below) & !below
    }

    fn range_at(&self, start: u64) -> PageRange {
        PageRange::new(start, self.count)
    }
}

/// Draws a spot, each equally likely, and moves the position to where it belongs.
#[inline]
pub(super) fn spread(gaps: &mut Gaps<'_>, spot: Spot, rng: &mut LayoutRng) -> Option<u64> {
    // The first draw of a sparse VMAR succeeds, and shows that there is room.
    draw_from_window(gaps, spot, rng).or_else(|| spread_in_dense(gaps, spot, rng))
}

#[cold]
fn spread_in_dense(gaps: &mut Gaps<'_>, spot: Spot, rng: &mut LayoutRng) -> Option<u64> {
    let drawn = (1..WINDOW_DRAWS).find_map(|_| draw_from_window(gaps, spot, rng));
    if drawn.is_some() || !gaps.may_fit(spot.count) {
        return drawn;
    }
    draw_from_free_pages(gaps, spot, rng).or_else(|| draw_by_counting(gaps, spot, rng))
}

#[inline(always)]
fn draw_from_window(gaps: &mut Gaps<'_>, spot: Spot, rng: &mut LayoutRng) -> Option<u64> {
    let (places, first) = spot.in_gap(spot.window);
    if places == 0 {
        return None;
    }
    let start = first + (rng.below(places) << spot.align_log2);
    gaps.is_free(spot.range_at(start)).then_some(start)
}

fn draw_from_free_pages(gaps: &mut Gaps<'_>, spot: Spot, rng: &mut LayoutRng) -> Option<u64> {
    let free = gaps.free_pages();
    if free == 0 {
        return None;
    }
    for _ in 0..FREE_PAGE_DRAWS {
        let range = spot.range_at(gaps.nth_free(rng.below(free)));
        let is_place = spot.aligned(range.start) == range.start && spot.window.covers(range);
        if is_place && gaps.is_free(range) {
            return Some(range.start);
        }
    }
    None
}

fn draw_by_counting(gaps: &mut Gaps<'_>, spot: Spot, rng: &mut LayoutRng) -> Option<u64> {
    let spots = gaps.large(spot.count).map(|gap| spot.in_gap(gap).0).sum();
    if spots == 0 {
        return None;
    }
    let mut left_over = rng.below(spots);
    let mut drawn = None;
    for gap in gaps.large(spot.count) {
        let (here, first) = spot.in_gap(gap);
        if left_over < here {
            drawn = Some(first + (left_over << spot.align_log2));
            break;
        }
        left_over -= here;
    }
    drawn.filter(|start| gaps.is_free(spot.range_at(*start)))
}

/// Puts a region close to the others, and moves the position to where it belongs.
pub(super) fn compact(gaps: &mut Gaps<'_>, spot: Spot, rng: &mut LayoutRng) -> Option<u64> {
    let Some(extent) = gaps.extent() else {
        return spread(gaps, spot, rng);
    };
    let place = beside(spot, extent, rng).or_else(|| first_fit(gaps, spot));
    place.filter(|start| gaps.is_free(spot.range_at(*start)))
}

/// Returns a place below or above all regions, which are in `extent`.
///
/// One random byte says which side is tried first and how far away: bit 0 set is the lower side, the
/// other bits plus one are the distance in pages.
fn beside(spot: Spot, extent: PageRange, rng: &mut LayoutRng) -> Option<u64> {
    let draw = rng.byte();
    let below_first = draw & 1 == 1;
    let mut distance = u64::from(draw >> 1) + 1;
    while distance >= 1 {
        let below = || below(spot, extent, distance);
        let above = || above(spot, extent, distance);
        let place = if below_first { below().or_else(above) } else { above().or_else(below) };
        if place.is_some() {
            return place;
        }
        distance /= 2;
    }
    None
}

/// Returns the place `distance` pages below the lowest region, if it fits there.
fn below(spot: Spot, extent: PageRange, distance: u64) -> Option<u64> {
    let start = extent.start.checked_sub(spot.count)?.checked_sub(distance)?;
    let gap = PageRange { start: spot.window.start, end: extent.start.min(spot.window.end) };
    // Rounding up may bring it closer, or into the region.
    let start = spot.aligned(start);
    gap.covers(spot.range_at(start)).then_some(start)
}

/// Returns the place `distance` pages above the highest region, if it fits there.
fn above(spot: Spot, extent: PageRange, distance: u64) -> Option<u64> {
    let start = spot.aligned(extent.end + distance);
    let gap = PageRange { start: extent.end, end: spot.window.end };
    gap.covers(spot.range_at(start)).then_some(start)
}

fn first_fit(gaps: &mut Gaps<'_>, spot: Spot) -> Option<u64> {
    let mut found = gaps.large(spot.count).map(|gap| spot.in_gap(gap));
    found.find(|(spots, _)| *spots != 0).map(|(_, first)| first)
}

#[cfg(test)]
mod tests;
