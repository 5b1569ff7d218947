//! `vmar_map`: errors of offsets, lengths, state and places, in their order.
//!
//! # Source
//! `vmar.md` §5, §8 and §14; seed "vmar_map".

use super::cases;
use super::map_request::{PLAIN, Request, ask, ask_root};
use crate::fixture::*;
use crate::{probe, zx};
use rt::{Status, VmOptions};

cases! { vmar_map_ranges:
    an_unaligned_object_offset_is_invalid,
    an_unaligned_object_offset_precedes_a_dead_region,
    a_length_that_cannot_be_rounded_is_invalid,
    an_object_range_that_overflows_is_invalid,
    a_dead_region_is_bad_state,
    a_dead_region_precedes_length_zero,
    length_zero_is_invalid,
    specific_with_upper_limit_is_invalid,
    an_offset_without_specific_is_invalid,
    an_offset_without_specific_precedes_can_map_specific,
    an_unaligned_offset_is_invalid,
    specific_needs_can_map_specific,
    a_specific_range_must_lie_inside,
    an_upper_limit_must_lie_inside,
    a_length_larger_than_the_region_is_invalid,
    a_specific_address_must_have_the_alignment,
    overlapping_a_mapping_is_no_memory,
    overlapping_a_region_is_no_memory,
    a_full_region_is_no_memory,
    a_failed_map_changes_nothing,
}

fn an_unaligned_object_offset_is_invalid() {
    for offset in [1, PAGE - 1, PAGE + 512, u64::MAX] {
        assert_eq!(ask_root(Request::from(offset, PAGE)), Status::INVALID_ARGS, "{offset:#x}");
    }
}

fn an_unaligned_object_offset_precedes_a_dead_region() {
    let dead = dead_region(1);
    assert_eq!(ask(&dead, &vmo(1), Request::from(1, PAGE)), Status::INVALID_ARGS);
}

fn a_length_that_cannot_be_rounded_is_invalid() {
    for len in [u64::MAX, u64::MAX - PAGE + 2] {
        assert_eq!(ask_root(Request::from(0, len)), Status::INVALID_ARGS, "{len:#x}");
    }
}

fn an_object_range_that_overflows_is_invalid() {
    let last = 0_u64.wrapping_sub(PAGE);
    for (offset, len) in [(last, PAGE), (last, 1), (last - PAGE, 2 * PAGE), (1 << 63, 1 << 63)] {
        let status = ask_root(Request::from(offset, len));
        assert_eq!(status, Status::INVALID_ARGS, "{len:#x} bytes from {offset:#x}");
    }
    assert_eq!(ask_root(Request::from(last - PAGE, PAGE)), Status::OK, "the last page that can be");
}

fn a_dead_region_is_bad_state() {
    let dead = dead_region(4);
    for request in [
        PLAIN,
        Request::at(R | SPECIFIC, PAGE, PAGE),
        Request::at(R | OVERWRITE, PAGE, PAGE),
        Request::at(R | LIMIT, PAGE, PAGE),
    ] {
        assert_eq!(ask(&dead, &vmo(1), request), Status::BAD_STATE, "{:?}", request.options);
    }
}

fn a_dead_region_precedes_length_zero() {
    let dead = dead_region(4);
    assert_eq!(ask(&dead, &vmo(1), Request::from(0, 0)), Status::BAD_STATE);
    assert_eq!(ask(&dead, &vmo(1), Request::at(R, PAGE, PAGE)), Status::BAD_STATE);
}

fn length_zero_is_invalid() {
    let region = region(4);
    assert_eq!(ask_root(Request::from(0, 0)), Status::INVALID_ARGS);
    assert_eq!(ask(&region, &vmo(1), Request::at(R | SPECIFIC, 0, 0)), Status::INVALID_ARGS);
}

fn specific_with_upper_limit_is_invalid() {
    let region = region(4);
    for options in [SPECIFIC, OVERWRITE, SPECIFIC | OVERWRITE] {
        let request = Request::at(R | LIMIT | options, PAGE, PAGE);
        assert_eq!(ask(&region, &vmo(1), request), Status::INVALID_ARGS, "{options:?}");
    }
}

fn an_offset_without_specific_is_invalid() {
    for offset in [1, PAGE, 1 << 63] {
        assert_eq!(ask_root(Request::at(R, offset, PAGE)), Status::INVALID_ARGS, "{offset:#x}");
    }
}

fn an_offset_without_specific_precedes_can_map_specific() {
    let region = region_in(root(), VmOptions::CAN_MAP_READ, 0, 4);
    assert_eq!(ask(&region, &vmo(1), Request::at(R, PAGE, PAGE)), Status::INVALID_ARGS);
}

fn an_unaligned_offset_is_invalid() {
    let anything = region(4);
    let no_specific = region_in(root(), VmOptions::CAN_MAP_READ, 0, 4);
    for options in [SPECIFIC, OVERWRITE, LIMIT] {
        for region in [&anything, &no_specific] {
            let request = Request::at(R | options, PAGE + 1, PAGE);
            assert_eq!(ask(region, &vmo(1), request), Status::INVALID_ARGS, "{options:?}");
        }
    }
}

fn specific_needs_can_map_specific() {
    let region = region_in(root(), VmOptions::CAN_MAP_READ, 0, 4);
    for options in [SPECIFIC, OVERWRITE, LIMIT] {
        for offset in [PAGE, 9 * PAGE] {
            let request = Request::at(R | options, offset, PAGE);
            assert_eq!(
                ask(&region, &vmo(1), request),
                Status::ACCESS_DENIED,
                "{options:?} {offset:#x}"
            );
        }
    }
    assert_eq!(ask(&region, &vmo(1), PLAIN), Status::OK);
}

fn a_specific_range_must_lie_inside() {
    let region = region(4);
    for (offset, len) in [
        (4 * PAGE, PAGE),
        (3 * PAGE, PAGE + 1),
        (0, 4 * PAGE + 1),
        (0u64.wrapping_sub(PAGE), PAGE),
        (0u64.wrapping_sub(PAGE), 2 * PAGE),
        (PAGE, 0u64.wrapping_sub(2 * PAGE)),
    ] {
        for options in [SPECIFIC, OVERWRITE] {
            let status = ask(&region, &vmo(1), Request::at(R | options, offset, len));
            assert_eq!(status, Status::INVALID_ARGS, "{options:?}: {len:#x} bytes at {offset:#x}");
        }
    }
    assert_eq!(ask(&region, &vmo(1), Request::at(R | SPECIFIC, 3 * PAGE, 1)), Status::OK);
}

fn an_upper_limit_must_lie_inside() {
    let region = region(4);
    for (limit, len) in [(5 * PAGE, PAGE), (PAGE, PAGE + 1), (0, 1), (4 * PAGE, 5 * PAGE)] {
        let status = ask(&region, &vmo(1), Request::at(R | LIMIT, limit, len));
        assert_eq!(status, Status::INVALID_ARGS, "{len:#x} bytes below {limit:#x}");
    }
}

fn a_length_larger_than_the_region_is_invalid() {
    let region = region(4);
    for len in [4 * PAGE + 1, 1 << 47, 1 << 63] {
        assert_eq!(ask(&region, &vmo(1), Request::from(0, len)), Status::INVALID_ARGS, "{len:#x}");
    }
}

fn a_specific_address_must_have_the_alignment() {
    let region = region(4);
    region.place(0, &vmo(4), 4, NONE);
    let odd = if region.base & PAGE == 0 { PAGE } else { 0 };
    for options in [SPECIFIC, OVERWRITE] {
        let request = Request::at(R | options | VmOptions::align(13), odd, PAGE);
        assert_eq!(ask(&region, &vmo(1), request), Status::INVALID_ARGS, "{options:?}");
    }
}

#[track_caller]
fn assert_occupied(region: &Region) {
    for (page, pages) in [(3, 2), (2, 2), (4, 2), (3, 1), (4, 1), (2, 4)] {
        let status = ask(region, &vmo(1), Request::at(R | SPECIFIC, page * PAGE, pages * PAGE));
        assert_eq!(status, Status::NO_MEMORY, "{pages} pages at {page}");
    }
    assert_eq!(ask(region, &vmo(1), Request::at(R | SPECIFIC, 2 * PAGE, PAGE)), Status::OK);
    assert_eq!(ask(region, &vmo(1), Request::at(R | SPECIFIC, 5 * PAGE, PAGE)), Status::OK);
}

fn overlapping_a_mapping_is_no_memory() {
    let region = region(8);
    let address = region.place(3, &numbered(2, 1), 2, R);
    assert_occupied(&region);
    probe::assert_pages(address, &[Ok(1), Ok(2)]);
}

fn overlapping_a_region_is_no_memory() {
    let region = region(8);
    let child = region.child(3, 2, CAN_ALL);
    assert_occupied(&region);
    child.place(0, &vmo(1), 2, R);
}

fn a_full_region_is_no_memory() {
    let region = region(4);
    region.place(1, &vmo(1), 1, R);
    assert_eq!(ask(&region, &vmo(1), Request::from(0, 3 * PAGE)), Status::NO_MEMORY);
    assert_eq!(ask(&region, &vmo(1), Request::from(0, 2 * PAGE)), Status::OK);
    assert_eq!(ask(&region, &vmo(1), PLAIN), Status::OK);
    assert_eq!(ask(&region, &vmo(1), PLAIN), Status::NO_MEMORY);
}

fn a_failed_map_changes_nothing() {
    let region = region(4);
    region.place(0, &numbered(2, 4), 2, R);
    let mut address = 77_u64;
    let object = vmo(1);
    for options in [W, R | SPECIFIC, R | SPECIFIC | VmOptions::align(1)] {
        let status = zx::vmar_map(&region.vmar, options, 0, &object, 0, PAGE, &mut address);
        assert_ne!(status, Status::OK, "{options:?}");
        assert_eq!(address, 77);
    }
    let hole = Err(Status::NOT_FOUND);
    probe::assert_pages(region.base, &[Ok(4), Ok(5), hole, hole]);
}
