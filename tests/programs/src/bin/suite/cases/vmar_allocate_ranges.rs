//! `vmar_allocate`: errors of offsets and places, in their order.
//!
//! # Source
//! `vmar.md` §5, §7 and §14.

use super::cases;
use super::vmar_allocate::ask;
use crate::fixture::*;
use rt::{Status, VmOptions};

cases! { vmar_allocate_ranges:
    size_zero_is_invalid,
    specific_with_upper_limit_is_invalid,
    an_offset_without_specific_is_invalid,
    an_offset_without_specific_precedes_can_map_specific,
    an_unaligned_offset_is_invalid,
    an_unaligned_offset_precedes_can_map_specific,
    specific_needs_can_map_specific,
    can_map_specific_precedes_bounds,
    a_specific_range_must_lie_inside,
    an_upper_limit_must_lie_inside,
    a_request_larger_than_the_region_is_invalid,
    a_specific_address_must_have_the_alignment,
    alignment_precedes_overlap,
    overlapping_a_region_is_no_memory,
    overlapping_a_mapping_is_no_memory,
    a_full_region_is_no_memory,
    no_gap_large_enough_is_no_memory,
}

fn size_zero_is_invalid() {
    assert_eq!(ask(root(), NONE, 0, 0), Status::INVALID_ARGS);
    assert_eq!(ask(root(), CAN_ALL, 0, 0), Status::INVALID_ARGS);
}

fn specific_with_upper_limit_is_invalid() {
    let region = region(4);
    assert_eq!(ask(&region.vmar, SPECIFIC | LIMIT, PAGE, PAGE), Status::INVALID_ARGS);
}

fn an_offset_without_specific_is_invalid() {
    for offset in [1, PAGE, u64::MAX - PAGE + 1] {
        assert_eq!(ask(root(), NONE, offset, PAGE), Status::INVALID_ARGS, "{offset:#x}");
    }
}

fn an_offset_without_specific_precedes_can_map_specific() {
    let region = region_in(root(), NONE, 0, 4);
    assert_eq!(ask(&region.vmar, NONE, PAGE, PAGE), Status::INVALID_ARGS);
}

fn an_unaligned_offset_is_invalid() {
    let region = region(4);
    for offset in [1, PAGE - 1, PAGE + 8, u64::MAX] {
        assert_eq!(ask(&region.vmar, SPECIFIC, offset, PAGE), Status::INVALID_ARGS, "{offset:#x}");
        assert_eq!(
            ask(&region.vmar, LIMIT, offset, PAGE),
            Status::INVALID_ARGS,
            "limit {offset:#x}"
        );
    }
}

fn an_unaligned_offset_precedes_can_map_specific() {
    let region = region_in(root(), NONE, 0, 4);
    assert_eq!(ask(&region.vmar, SPECIFIC, 1, PAGE), Status::INVALID_ARGS);
    assert_eq!(ask(&region.vmar, LIMIT, 1, PAGE), Status::INVALID_ARGS);
}

fn specific_needs_can_map_specific() {
    let region = region_in(root(), VmOptions::CAN_MAP_PERMS, 0, 4);
    assert_eq!(ask(&region.vmar, SPECIFIC, 0, PAGE), Status::ACCESS_DENIED);
    assert_eq!(ask(&region.vmar, LIMIT, 2 * PAGE, PAGE), Status::ACCESS_DENIED);
    assert_eq!(ask(&region.vmar, NONE, 0, PAGE), Status::OK);
}

fn can_map_specific_precedes_bounds() {
    let region = region_in(root(), NONE, 0, 4);
    assert_eq!(ask(&region.vmar, SPECIFIC, 9 * PAGE, PAGE), Status::ACCESS_DENIED);
    assert_eq!(ask(&region.vmar, LIMIT, 9 * PAGE, PAGE), Status::ACCESS_DENIED);
}

fn a_specific_range_must_lie_inside() {
    let region = region(4);
    for (offset, size) in [
        (4 * PAGE, PAGE),
        (3 * PAGE, 2 * PAGE),
        (0, 5 * PAGE),
        (5 * PAGE, PAGE),
        (PAGE, 0u64.wrapping_sub(PAGE)),
        (0u64.wrapping_sub(PAGE), PAGE),
        (0u64.wrapping_sub(PAGE), 2 * PAGE),
        (1 << 63, PAGE),
    ] {
        let status = ask(&region.vmar, SPECIFIC, offset, size);
        assert_eq!(status, Status::INVALID_ARGS, "{size:#x} bytes at {offset:#x}");
    }
    assert_eq!(ask(&region.vmar, SPECIFIC, 3 * PAGE, PAGE), Status::OK, "the last page");
}

fn an_upper_limit_must_lie_inside() {
    let region = region(4);
    for (limit, size) in [
        (5 * PAGE, PAGE),
        (0u64.wrapping_sub(PAGE), PAGE),
        (4 * PAGE, 5 * PAGE),
        (PAGE, 2 * PAGE),
        (0, PAGE),
    ] {
        let status = ask(&region.vmar, LIMIT, limit, size);
        assert_eq!(status, Status::INVALID_ARGS, "{size:#x} bytes below {limit:#x}");
    }
    assert_eq!(ask(&region.vmar, LIMIT, 4 * PAGE, PAGE), Status::OK, "the region's own end");
}

fn a_request_larger_than_the_region_is_invalid() {
    let region = region(4);
    for size in [5 * PAGE, 1 << 47, 1 << 63, 0u64.wrapping_sub(PAGE)] {
        assert_eq!(ask(&region.vmar, NONE, 0, size), Status::INVALID_ARGS, "{size:#x}");
    }
}

/// Returns a page of `region` whose address is not a multiple of 8 KiB.
fn odd_page(region: &Region) -> u64 {
    if region.base & PAGE == 0 { PAGE } else { 0 }
}

fn a_specific_address_must_have_the_alignment() {
    let region = region(4);
    let odd = odd_page(&region);
    let options = SPECIFIC | VmOptions::align(13);
    assert_eq!(ask(&region.vmar, options, odd, PAGE), Status::INVALID_ARGS);
    assert_eq!(ask(&region.vmar, options, PAGE - odd, PAGE), Status::OK);
    assert_eq!(ask(&region.vmar, SPECIFIC | VmOptions::align(10), odd, PAGE), Status::OK);
}

fn alignment_precedes_overlap() {
    let region = region(4);
    region.child(0, 4, NONE);
    let options = SPECIFIC | VmOptions::align(13);
    assert_eq!(ask(&region.vmar, options, odd_page(&region), PAGE), Status::INVALID_ARGS);
}

/// Ranges, in pages, that overlap the pages 3 and 4 in every way.
const OVERLAPS: [(u64, u64); 6] = [(3, 2), (2, 2), (4, 2), (3, 1), (4, 1), (2, 4)];

#[track_caller]
fn assert_occupied(region: &Region) {
    for (page, pages) in OVERLAPS {
        let status = ask(&region.vmar, SPECIFIC, page * PAGE, pages * PAGE);
        assert_eq!(status, Status::NO_MEMORY, "{pages} pages at {page}");
    }
    assert_eq!(ask(&region.vmar, SPECIFIC, 2 * PAGE, PAGE), Status::OK, "just before");
    assert_eq!(ask(&region.vmar, SPECIFIC, 5 * PAGE, PAGE), Status::OK, "just behind");
}

fn overlapping_a_region_is_no_memory() {
    let region = region(8);
    region.child(3, 2, NONE);
    assert_occupied(&region);
}

fn overlapping_a_mapping_is_no_memory() {
    let region = region(8);
    region.place(3, &vmo(2), 2, NONE);
    assert_occupied(&region);
}

fn a_full_region_is_no_memory() {
    let region = region(1);
    assert_eq!(ask(&region.vmar, NONE, 0, PAGE), Status::OK);
    assert_eq!(ask(&region.vmar, NONE, 0, PAGE), Status::NO_MEMORY);
    assert_eq!(ask(&region.vmar, SPECIFIC, 0, PAGE), Status::NO_MEMORY);
    assert_eq!(ask(&region.vmar, LIMIT, PAGE, PAGE), Status::NO_MEMORY);
}

fn no_gap_large_enough_is_no_memory() {
    let region = region(7);
    for page in [1, 3, 5] {
        region.child(page, 1, NONE);
    }
    assert_eq!(ask(&region.vmar, NONE, 0, 2 * PAGE), Status::NO_MEMORY);
    assert_eq!(ask(&region.vmar, NONE, 0, PAGE), Status::OK);
    assert_eq!(ask(&region.vmar, VmOptions::align(15), 0, 8 * PAGE), Status::INVALID_ARGS);
}
