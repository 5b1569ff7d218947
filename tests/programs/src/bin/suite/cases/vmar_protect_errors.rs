//! `vmar_protect`: its errors, in their order, after each of which nothing has changed.
//!
//! # Source
//! `vmar.md` §10 and §14.

use super::cases;
use crate::fixture::*;
use crate::{probe, zx};
use rt::{Rights, Status, VmOptions, Vmar};

cases! { vmar_protect_errors:
    each_permission_needs_the_right,
    rights_precede_arguments,
    write_without_read_is_invalid,
    an_unaligned_address_is_invalid,
    other_options_are_invalid,
    length_zero_is_invalid,
    a_length_that_cannot_be_rounded_is_invalid,
    arguments_precede_a_dead_region,
    a_dead_region_is_bad_state,
    a_dead_region_precedes_bounds,
    a_range_must_lie_inside,
    a_region_without_mappings_is_not_found,
    a_gap_anywhere_is_not_found,
    more_than_the_maximum_is_denied,
    the_first_trouble_counts,
    a_refused_protect_changes_nothing,
    nested_mappings_need_op_children,
    nested_mappings_gain_nothing_from_above,
    nested_mappings_lose_from_above,
    an_empty_child_region_is_a_gap,
}

#[track_caller]
fn ask(vmar: &Vmar, options: VmOptions, address: u64, len: u64) -> Status {
    zx::vmar_protect(vmar, options, address, len)
}

/// A region of eight pages, all mapped RW from an object that allows everything.
fn mapped() -> Region {
    let region = region(8);
    let object = numbered(8, 1).into_executable().unwrap();
    region.place(0, &object, 8, RW);
    region
}

fn each_permission_needs_the_right() {
    let region = mapped();
    for (options, right) in [
        (R, Rights::READ),
        (RW, Rights::WRITE),
        (RX, Rights::EXECUTE),
        (VmOptions::PERM_READ_IF_XOM_UNSUPPORTED, Rights::READ),
    ] {
        let weak = region.without(right);
        assert_eq!(ask(&weak, options, region.base, PAGE), Status::ACCESS_DENIED, "{options:?}");
        assert_eq!(ask(&weak, NONE, region.base, PAGE), Status::OK);
    }
}

fn rights_precede_arguments() {
    let region = mapped();
    let weak = region.without(Rights::WRITE);
    for (options, address, len) in [
        (W, region.base, PAGE),
        (RW, region.base + 1, PAGE),
        (RW | SPECIFIC, region.base, PAGE),
        (RW, region.base, 0),
        (RW, 0, PAGE),
    ] {
        assert_eq!(
            ask(&weak, options, address, len),
            Status::ACCESS_DENIED,
            "{options:?} {len:#x}"
        );
    }
}

fn write_without_read_is_invalid() {
    let region = mapped();
    for options in [W, X, W | X] {
        assert_eq!(ask(&region, options, region.base, PAGE), Status::INVALID_ARGS, "{options:?}");
    }
}

fn an_unaligned_address_is_invalid() {
    let region = mapped();
    for offset in [1, 8, PAGE - 1] {
        assert_eq!(ask(&region, R, region.base + offset, PAGE), Status::INVALID_ARGS, "{offset}");
    }
}

fn other_options_are_invalid() {
    let region = mapped();
    let permissions = RWX | VmOptions::PERM_READ_IF_XOM_UNSUPPORTED;
    let bits = (0..32).map(|bit| VmOptions::from_bits_retain(1 << bit));
    for option in bits.filter(|option| !permissions.contains(*option)) {
        assert_eq!(ask(&region, R | option, region.base, PAGE), Status::INVALID_ARGS, "{option:?}");
    }
}

fn length_zero_is_invalid() {
    let region = mapped();
    assert_eq!(ask(&region, R, region.base, 0), Status::INVALID_ARGS);
}

fn a_length_that_cannot_be_rounded_is_invalid() {
    let region = mapped();
    for len in [u64::MAX, u64::MAX - PAGE + 2, u64::MAX - 2 * PAGE + 2] {
        assert_eq!(ask(&region, R, region.base, len), Status::INVALID_ARGS, "{len:#x}");
    }
}

fn arguments_precede_a_dead_region() {
    let dead = dead_region(4);
    for (options, address, len) in [
        (W, dead.base, PAGE),
        (R, dead.base + 1, PAGE),
        (R | SPECIFIC, dead.base, PAGE),
        (R, dead.base, 0),
    ] {
        assert_eq!(ask(&dead, options, address, len), Status::INVALID_ARGS, "{options:?} {len:#x}");
    }
}

fn a_dead_region_is_bad_state() {
    let dead = dead_region(4);
    assert_eq!(ask(&dead, R, dead.base, PAGE), Status::BAD_STATE);
}

fn a_dead_region_precedes_bounds() {
    let dead = dead_region(4);
    assert_eq!(ask(&dead, R, dead.base, 5 * PAGE), Status::BAD_STATE);
}

fn a_range_must_lie_inside() {
    let region = mapped();
    for (address, len) in [
        (0, PAGE),
        (region.base - PAGE, 2 * PAGE),
        (region.base, 9 * PAGE),
        (region.page(8), PAGE),
        (0xFFFF_8000_0000_0000, PAGE),
        (0_u64.wrapping_sub(PAGE), PAGE),
    ] {
        let status = ask(&region, R, address, len);
        assert_eq!(status, Status::INVALID_ARGS, "{len:#x} bytes at {address:#x}");
    }
}

fn a_region_without_mappings_is_not_found() {
    let region = region(4);
    assert_eq!(ask(&region, R, region.base, PAGE), Status::NOT_FOUND);
    assert_eq!(ask(&region, NONE, region.base, 4 * PAGE), Status::NOT_FOUND);
}

fn a_gap_anywhere_is_not_found() {
    let region = region(8);
    region.place(1, &vmo(2), 2, RW);
    region.place(4, &vmo(2), 2, RW);
    for (page, pages) in [(0, 3), (1, 5), (4, 3), (0, 1), (3, 1), (7, 1), (0, 8)] {
        let status = ask(&region, R, region.page(page), pages * PAGE);
        assert_eq!(status, Status::NOT_FOUND, "{pages} pages at {page}");
    }
    for page in [1, 2, 4, 5] {
        assert_eq!(probe::write(region.page(page), 1), Ok(()), "page {page}");
    }
}

fn more_than_the_maximum_is_denied() {
    let region = region(4);
    let readable = without(&vmo(1), Rights::WRITE).into();
    let address = region.place(0, &readable, 1, R);
    assert_eq!(ask(&region, RW, address, PAGE), Status::ACCESS_DENIED, "VMO without WRITE");
    let weak = region.without(Rights::WRITE);
    let address = weak.map(R | SPECIFIC, PAGE, &vmo(1), 0, PAGE).unwrap();
    assert_eq!(ask(&region, RW, address, PAGE), Status::ACCESS_DENIED, "VMAR without WRITE");
    let address = region.place(2, &vmo(1), 1, R);
    assert_eq!(ask(&region, RX, address, PAGE), Status::ACCESS_DENIED, "VMO without EXECUTE");
    assert_eq!(ask(&region, RW, address, PAGE), Status::OK);
}

fn the_first_trouble_counts() {
    let region = region(8);
    let readable = without(&vmo(1), Rights::WRITE).into();
    region.place(0, &readable, 1, R);
    region.place(2, &readable, 1, R);
    assert_eq!(ask(&region, RW, region.base, 3 * PAGE), Status::ACCESS_DENIED, "then a gap");
    assert_eq!(ask(&region, RW, region.page(1), 2 * PAGE), Status::NOT_FOUND, "then no right");
}

fn a_refused_protect_changes_nothing() {
    let region = region(4);
    region.place(0, &vmo(2), 2, R);
    let readable = without(&vmo(1), Rights::WRITE).into();
    region.place(2, &readable, 1, R);
    assert_eq!(ask(&region, RW, region.base, 3 * PAGE), Status::ACCESS_DENIED);
    assert_eq!(ask(&region, NONE, region.base, 4 * PAGE), Status::NOT_FOUND);
    for page in 0..3 {
        assert_eq!(probe::read(region.page(page)), Ok(0), "page {page}");
        assert_eq!(probe::write(region.page(page), 1), Err(Status::ACCESS_DENIED), "page {page}");
    }
}

/// A region of four pages whose child region of the same size is filled with a mapping RW.
fn nested() -> (Region, Region) {
    let region = region(4);
    let child = region.child(0, 4, CAN_ALL);
    child.place(0, &numbered(4, 1), 4, RW);
    (region, child)
}

fn nested_mappings_need_op_children() {
    let (region, child) = nested();
    let weak = region.without(Rights::OP_CHILDREN);
    assert_eq!(ask(&weak, R, region.base, 4 * PAGE), Status::INVALID_ARGS);
    assert_eq!(probe::write(child.base, 9), Ok(()));
    let direct = child.without(Rights::OP_CHILDREN);
    assert_eq!(
        ask(&direct, R, child.base, 4 * PAGE),
        Status::OK,
        "not nested for the child itself"
    );
}

fn nested_mappings_gain_nothing_from_above() {
    let (region, child) = nested();
    child.protect(R, child.page(1), PAGE).unwrap();
    assert_eq!(ask(&region, RW, region.base, 4 * PAGE), Status::ACCESS_DENIED);
    assert_eq!(ask(&region, RW, region.page(1), PAGE), Status::ACCESS_DENIED);
    assert_eq!(ask(&region, RW, region.base, PAGE), Status::OK, "it has them");
    assert_eq!(ask(&child, RW, child.base, 4 * PAGE), Status::OK, "through its own region");
}

fn nested_mappings_lose_from_above() {
    let (region, child) = nested();
    assert_eq!(ask(&region, R, region.page(1), 2 * PAGE), Status::OK);
    for (page, expected) in
        [(0, Ok(())), (1, Err(Status::ACCESS_DENIED)), (2, Err(Status::ACCESS_DENIED)), (3, Ok(()))]
    {
        assert_eq!(probe::write(child.page(page), 1), expected, "page {page}");
    }
    assert_eq!(ask(&region, NONE, region.base, 4 * PAGE), Status::OK);
    assert_eq!(probe::read(child.base), Err(Status::ACCESS_DENIED));
}

fn an_empty_child_region_is_a_gap() {
    let region = region(4);
    region.place(0, &vmo(1), 1, RW);
    region.child(1, 2, CAN_ALL);
    region.place(3, &vmo(1), 1, RW);
    assert_eq!(ask(&region, R, region.base, 4 * PAGE), Status::NOT_FOUND);
    assert_eq!(ask(&region, R, region.page(1), PAGE), Status::NOT_FOUND);
}
