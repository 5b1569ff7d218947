//! `vmar_allocate`: errors of rights, options, size and state, in their order.
//!
//! # Source
//! `vmar.md` §5, §7 and §14.

use super::cases;
use super::vmar_allocate::ask;
use crate::fixture::*;
use rt::{Rights, Status, VmOptions};

cases! { vmar_allocate_options:
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
}

fn each_can_map_right_must_be_on_the_handle() {
    for (right, option) in [
        (Rights::READ, VmOptions::CAN_MAP_READ),
        (Rights::WRITE, VmOptions::CAN_MAP_WRITE),
        (Rights::EXECUTE, VmOptions::CAN_MAP_EXECUTE),
    ] {
        let weak = without(root(), right);
        assert_eq!(ask(&weak, option, 0, PAGE), Status::ACCESS_DENIED, "{option:?}");
        assert_eq!(ask(&weak, CAN_ALL - option, 0, PAGE), Status::OK, "all but {option:?}");
    }
}

fn rights_precede_arguments() {
    let weak = without(root(), Rights::WRITE);
    let unknown = VmOptions::from_bits_retain(1 << 16);
    for (options, size) in
        [(unknown, PAGE), (VmOptions::MAP_RANGE, PAGE), (R, PAGE), (NONE, 1), (NONE, 0)]
    {
        let options = options | VmOptions::CAN_MAP_WRITE;
        assert_eq!(ask(&weak, options, 0, size), Status::ACCESS_DENIED, "{options:?} {size}");
    }
}

fn unknown_options_are_invalid() {
    for bit in 16..24 {
        let options = VmOptions::from_bits_retain(1 << bit);
        assert_eq!(ask(root(), options, 0, PAGE), Status::INVALID_ARGS, "bit {bit}");
    }
}

fn map_range_is_invalid() {
    assert_eq!(ask(root(), VmOptions::MAP_RANGE, 0, PAGE), Status::INVALID_ARGS);
}

fn alignments_out_of_range_are_invalid() {
    for log2 in (1..=9).chain(33..=255) {
        let options = VmOptions::align(log2);
        assert_eq!(ask(root(), options, 0, PAGE), Status::INVALID_ARGS, "2^{log2}");
    }
}

fn permissions_are_invalid() {
    for options in [R, W, X, RW, RWX] {
        assert_eq!(ask(root(), options, 0, PAGE), Status::INVALID_ARGS, "{options:?}");
    }
}

fn readable_without_execute_only_is_ignored() {
    let options = VmOptions::PERM_READ_IF_XOM_UNSUPPORTED;
    assert_eq!(ask(root(), options, 0, PAGE), Status::OK);
}

fn size_is_not_rounded() {
    for size in [1, PAGE - 1, PAGE + 1, u64::MAX, u64::MAX - PAGE + 2] {
        assert_eq!(ask(root(), NONE, 0, size), Status::INVALID_ARGS, "{size:#x}");
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
        assert_eq!(ask(root(), options, 0, PAGE), Status::INVALID_ARGS, "{options:?}");
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
        assert_eq!(ask(&dead.vmar, options, 0, size), Status::INVALID_ARGS, "{options:?} {size}");
    }
}

fn a_dead_parent_is_bad_state() {
    let dead = dead_region(4);
    for (options, offset) in [(NONE, 0), (SPECIFIC, PAGE), (LIMIT, 2 * PAGE), (CAN_ALL, 0)] {
        assert_eq!(ask(&dead.vmar, options, offset, PAGE), Status::BAD_STATE, "{options:?}");
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
    assert_eq!(ask(&dead.vmar, SPECIFIC, 9 * PAGE, PAGE), Status::BAD_STATE, "before the bounds");
}
