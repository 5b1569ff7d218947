//! `vmar_allocate`: its errors in their order, and what success gives.
//!
//! # Source
//! `vmar.md` §5 and §7.

use super::cases;
use crate::fixture::*;
use crate::zx;
use rt::{Rights, Status, VmOptions};

cases! { vmar_allocate:
    each_can_map_right_must_be_on_the_handle,
    rights_precede_arguments,
    unknown_options_are_invalid,
    map_range_is_invalid,
    alignments_out_of_range_are_invalid,
    permissions_are_invalid,
    readable_without_execute_only_is_ignored,
    size_is_not_rounded,
    options_of_mappings_are_invalid,
    arguments_precede_a_dead_parent,
    a_dead_parent_is_bad_state,
    a_dead_parent_precedes_size_zero,
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
    specific_goes_to_the_offset,
    the_address_is_aligned_inside_and_not_zero,
    a_handle_has_the_rights_of_its_flags,
    can_map_specific_needs_no_parent_that_has_it,
    permissions_only_shrink,
    a_region_without_permissions_reserves,
    a_child_may_cover_its_parent,
    a_closed_handle_keeps_the_region,
    a_parent_without_duplicate_has_children_with_it,
}

/// Asks for `size` bytes in `parent` and returns the status; what is made stays.
#[track_caller]
fn ask(parent: impl zx::Word, options: VmOptions, offset: u64, size: u64) -> Status {
    let (mut child, mut address) = (0_u32, 0_u64);
    zx::vmar_allocate(parent, options, offset, size, &mut child, &mut address)
}

fn each_can_map_right_must_be_on_the_handle() {
    for (right, option) in [
        (Rights::READ, VmOptions::CAN_MAP_READ),
        (Rights::WRITE, VmOptions::CAN_MAP_WRITE),
        (Rights::EXECUTE, VmOptions::CAN_MAP_EXECUTE),
    ] {
        let weak = without(root(), right);
        assert_eq!(
            ask(&weak, option, 0, PAGE),
            Status::ACCESS_DENIED,
            "{option:?}"
        );
        assert_eq!(
            ask(&weak, CAN_ALL - option, 0, PAGE),
            Status::OK,
            "all but {option:?}"
        );
    }
}

fn rights_precede_arguments() {
    let weak = without(root(), Rights::WRITE);
    let unknown = VmOptions::from_bits_retain(1 << 16);
    for (options, size) in [
        (unknown, PAGE),
        (VmOptions::MAP_RANGE, PAGE),
        (R, PAGE),
        (NONE, 1),
        (NONE, 0),
    ] {
        let options = options | VmOptions::CAN_MAP_WRITE;
        assert_eq!(
            ask(&weak, options, 0, size),
            Status::ACCESS_DENIED,
            "{options:?} {size}"
        );
    }
}

fn unknown_options_are_invalid() {
    for bit in 16..24 {
        let options = VmOptions::from_bits_retain(1 << bit);
        assert_eq!(
            ask(root(), options, 0, PAGE),
            Status::INVALID_ARGS,
            "bit {bit}"
        );
    }
}

fn map_range_is_invalid() {
    assert_eq!(
        ask(root(), VmOptions::MAP_RANGE, 0, PAGE),
        Status::INVALID_ARGS
    );
}

fn alignments_out_of_range_are_invalid() {
    for log2 in (1..=9).chain(33..=255) {
        let options = VmOptions::align(log2);
        assert_eq!(
            ask(root(), options, 0, PAGE),
            Status::INVALID_ARGS,
            "2^{log2}"
        );
    }
}

fn permissions_are_invalid() {
    for options in [R, W, X, RW, RWX] {
        assert_eq!(
            ask(root(), options, 0, PAGE),
            Status::INVALID_ARGS,
            "{options:?}"
        );
    }
}

fn readable_without_execute_only_is_ignored() {
    let options = VmOptions::PERM_READ_IF_XOM_UNSUPPORTED;
    assert_eq!(ask(root(), options, 0, PAGE), Status::OK);
}

fn size_is_not_rounded() {
    for size in [1, PAGE - 1, PAGE + 1, u64::MAX, u64::MAX - PAGE + 2] {
        assert_eq!(
            ask(root(), NONE, 0, size),
            Status::INVALID_ARGS,
            "{size:#x}"
        );
    }
}

fn options_of_mappings_are_invalid() {
    for options in [
        OVERWRITE,
        OVERWRITE | SPECIFIC,
        VmOptions::REQUIRE_NON_RESIZABLE,
        VmOptions::ALLOW_FAULTS,
        VmOptions::FAULT_BEYOND_STREAM_SIZE,
        VmOptions::FAULT_BEYOND_STREAM_SIZE | VmOptions::ALLOW_FAULTS,
    ] {
        assert_eq!(
            ask(root(), options, 0, PAGE),
            Status::INVALID_ARGS,
            "{options:?}"
        );
    }
}

fn arguments_precede_a_dead_parent() {
    let dead = dead_region(4);
    for (options, size) in [
        (VmOptions::from_bits_retain(1 << 20), PAGE),
        (VmOptions::MAP_RANGE, PAGE),
        (VmOptions::align(5), PAGE),
        (R, PAGE),
        (NONE, 1),
        (OVERWRITE, PAGE),
    ] {
        assert_eq!(
            ask(&dead.vmar, options, 0, size),
            Status::INVALID_ARGS,
            "{options:?} {size}"
        );
    }
}

fn a_dead_parent_is_bad_state() {
    let dead = dead_region(4);
    for (options, offset) in [(NONE, 0), (SPECIFIC, PAGE), (LIMIT, 2 * PAGE), (CAN_ALL, 0)] {
        assert_eq!(
            ask(&dead.vmar, options, offset, PAGE),
            Status::BAD_STATE,
            "{options:?}"
        );
    }
}

fn a_dead_parent_precedes_size_zero() {
    let dead = dead_region(4);
    assert_eq!(ask(&dead.vmar, NONE, 0, 0), Status::BAD_STATE);
    assert_eq!(
        ask(&dead.vmar, SPECIFIC, 1, PAGE),
        Status::BAD_STATE,
        "before the unaligned offset"
    );
    assert_eq!(
        ask(&dead.vmar, SPECIFIC, 9 * PAGE, PAGE),
        Status::BAD_STATE,
        "before the bounds"
    );
}

fn size_zero_is_invalid() {
    assert_eq!(ask(root(), NONE, 0, 0), Status::INVALID_ARGS);
    assert_eq!(ask(root(), CAN_ALL, 0, 0), Status::INVALID_ARGS);
}

fn specific_with_upper_limit_is_invalid() {
    let region = region(4);
    assert_eq!(
        ask(&region.vmar, SPECIFIC | LIMIT, PAGE, PAGE),
        Status::INVALID_ARGS
    );
}

fn an_offset_without_specific_is_invalid() {
    for offset in [1, PAGE, u64::MAX - PAGE + 1] {
        assert_eq!(
            ask(root(), NONE, offset, PAGE),
            Status::INVALID_ARGS,
            "{offset:#x}"
        );
    }
}

fn an_offset_without_specific_precedes_can_map_specific() {
    let region = region_in(root(), NONE, 0, 4);
    assert_eq!(ask(&region.vmar, NONE, PAGE, PAGE), Status::INVALID_ARGS);
}

fn an_unaligned_offset_is_invalid() {
    let region = region(4);
    for offset in [1, PAGE - 1, PAGE + 8, u64::MAX] {
        assert_eq!(
            ask(&region.vmar, SPECIFIC, offset, PAGE),
            Status::INVALID_ARGS,
            "{offset:#x}"
        );
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
    assert_eq!(
        ask(&region.vmar, LIMIT, 2 * PAGE, PAGE),
        Status::ACCESS_DENIED
    );
    assert_eq!(ask(&region.vmar, NONE, 0, PAGE), Status::OK);
}

fn can_map_specific_precedes_bounds() {
    let region = region_in(root(), NONE, 0, 4);
    assert_eq!(
        ask(&region.vmar, SPECIFIC, 9 * PAGE, PAGE),
        Status::ACCESS_DENIED
    );
    assert_eq!(
        ask(&region.vmar, LIMIT, 9 * PAGE, PAGE),
        Status::ACCESS_DENIED
    );
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
        assert_eq!(
            status,
            Status::INVALID_ARGS,
            "{size:#x} bytes at {offset:#x}"
        );
    }
    assert_eq!(
        ask(&region.vmar, SPECIFIC, 3 * PAGE, PAGE),
        Status::OK,
        "the last page"
    );
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
        assert_eq!(
            status,
            Status::INVALID_ARGS,
            "{size:#x} bytes below {limit:#x}"
        );
    }
    assert_eq!(
        ask(&region.vmar, LIMIT, 4 * PAGE, PAGE),
        Status::OK,
        "the region's own end"
    );
}

fn a_request_larger_than_the_region_is_invalid() {
    let region = region(4);
    for size in [5 * PAGE, 1 << 47, 1 << 63, 0u64.wrapping_sub(PAGE)] {
        assert_eq!(
            ask(&region.vmar, NONE, 0, size),
            Status::INVALID_ARGS,
            "{size:#x}"
        );
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
    assert_eq!(
        ask(&region.vmar, SPECIFIC | VmOptions::align(10), odd, PAGE),
        Status::OK
    );
}

fn alignment_precedes_overlap() {
    let region = region(4);
    region.child(0, 4, NONE);
    let options = SPECIFIC | VmOptions::align(13);
    assert_eq!(
        ask(&region.vmar, options, odd_page(&region), PAGE),
        Status::INVALID_ARGS
    );
}

/// Ranges, in pages, that overlap the pages 3 and 4 in every way.
const OVERLAPS: [(u64, u64); 6] = [(3, 2), (2, 2), (4, 2), (3, 1), (4, 1), (2, 4)];

#[track_caller]
fn assert_occupied(region: &Region) {
    for (page, pages) in OVERLAPS {
        let status = ask(&region.vmar, SPECIFIC, page * PAGE, pages * PAGE);
        assert_eq!(status, Status::NO_MEMORY, "{pages} pages at {page}");
    }
    assert_eq!(
        ask(&region.vmar, SPECIFIC, 2 * PAGE, PAGE),
        Status::OK,
        "just before"
    );
    assert_eq!(
        ask(&region.vmar, SPECIFIC, 5 * PAGE, PAGE),
        Status::OK,
        "just behind"
    );
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
    assert_eq!(
        ask(&region.vmar, VmOptions::align(15), 0, 8 * PAGE),
        Status::INVALID_ARGS
    );
}

fn specific_goes_to_the_offset() {
    let region = region(8);
    for page in [7, 0, 3] {
        let (_, address) = region.allocate(SPECIFIC, page * PAGE, PAGE).unwrap();
        assert_eq!(address, region.page(page));
    }
}

fn the_address_is_aligned_inside_and_not_zero() {
    let parent = root().region().unwrap();
    for _ in 0..64 {
        let (child, address) = root().allocate(NONE, 0, 3 * PAGE).unwrap();
        assert_eq!(address % PAGE, 0);
        assert!(address >= parent.base && address + 3 * PAGE <= parent.base + parent.len);
        let info = child.region().unwrap();
        assert_eq!((info.base, info.len), (address, 3 * PAGE));
    }
}

fn a_handle_has_the_rights_of_its_flags() {
    let flags = [
        (VmOptions::CAN_MAP_READ, Rights::READ),
        (VmOptions::CAN_MAP_WRITE, Rights::WRITE),
        (VmOptions::CAN_MAP_EXECUTE, Rights::EXECUTE),
        (VmOptions::CAN_MAP_SPECIFIC, Rights::empty()),
    ];
    for mask in 0..16 {
        let chosen = (0..).zip(flags).filter(|(bit, _)| mask >> bit & 1 == 1);
        let (options, rights) = chosen.fold((NONE, Rights::VMAR_DEFAULT), |so_far, (_, next)| {
            (so_far.0 | next.0, so_far.1 | next.1)
        });
        let child = region_in(root(), options, 0, 1);
        assert_eq!(
            child.basic_info().unwrap().rights,
            rights.bits(),
            "{options:?}"
        );
    }
}

fn can_map_specific_needs_no_parent_that_has_it() {
    let parent = region_in(root(), VmOptions::CAN_MAP_PERMS, 0, 8);
    let child = region_in(&parent, CAN_ALL, 0, 4);
    assert_eq!(ask(&child.vmar, SPECIFIC, PAGE, PAGE), Status::OK);
}

fn permissions_only_shrink() {
    let all = VmOptions::CAN_MAP_PERMS;
    for missing in [
        VmOptions::CAN_MAP_READ,
        VmOptions::CAN_MAP_WRITE,
        VmOptions::CAN_MAP_EXECUTE,
    ] {
        let child = region_in(root(), all - missing, 0, 8);
        assert_eq!(
            ask(&child.vmar, missing, 0, PAGE),
            Status::ACCESS_DENIED,
            "{missing:?}"
        );
        let grandchild = region_in(&child, NONE, 0, 4);
        for option in [
            VmOptions::CAN_MAP_READ,
            VmOptions::CAN_MAP_WRITE,
            VmOptions::CAN_MAP_EXECUTE,
        ] {
            assert_eq!(
                ask(&grandchild.vmar, option, 0, PAGE),
                Status::ACCESS_DENIED
            );
        }
    }
}

fn a_region_without_permissions_reserves() {
    let region = region(4);
    let reserved = region.child(1, 2, NONE);
    assert_eq!(ask(&region.vmar, SPECIFIC, PAGE, PAGE), Status::NO_MEMORY);
    let object = vmo(1);
    let mut address = 0_u64;
    let status = zx::vmar_map(&reserved.vmar, R, 0, &object, 0, PAGE, &mut address);
    assert_eq!(status, Status::ACCESS_DENIED);
    assert!(reserved.map(NONE, 0, &object, 0, PAGE).is_ok());
}

fn a_child_may_cover_its_parent() {
    let region = region(4);
    let child = region.child(0, 4, CAN_ALL);
    assert_eq!(child.base, region.base);
    assert_eq!(ask(&region.vmar, NONE, 0, PAGE), Status::NO_MEMORY);
    assert_eq!(ask(&child.vmar, NONE, 0, 4 * PAGE), Status::OK);
}

fn a_closed_handle_keeps_the_region() {
    let region = region(4);
    let child = region.child(1, 1, CAN_ALL);
    let address = child.place(0, &numbered(1, 7), 1, R);
    drop(child);
    assert_eq!(ask(&region.vmar, SPECIFIC, PAGE, PAGE), Status::NO_MEMORY);
    assert_eq!(crate::probe::read(address), Ok(7));
}

fn a_parent_without_duplicate_has_children_with_it() {
    let parent = without(
        root(),
        Rights::DUPLICATE | Rights::TRANSFER | Rights::INSPECT,
    );
    let child = region_in(&parent.into(), NONE, 0, 1);
    assert_eq!(
        child.basic_info().unwrap().rights,
        Rights::VMAR_DEFAULT.bits()
    );
    assert!(child.duplicate(Rights::SAME_RIGHTS).is_ok());
}
