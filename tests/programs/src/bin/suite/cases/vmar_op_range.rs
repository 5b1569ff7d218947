//! `vmar_op_range`: its errors in their order, and what each operation does.
//!
//! # Source
//! `vmar.md` §12 and §14; `vmo.md` §5.

use super::cases;
use crate::entry::{Entry, assert_absent, assert_permits};
use crate::fixture::*;
use crate::usage::Usage;
use crate::{probe, zx};
use abi::VmarOp;
use rt::{Rights, Status, Vmar};

cases! { vmar_op_range:
    no_right_is_needed_to_ask,
    unknown_operations_are_invalid,
    a_buffer_is_invalid,
    an_unaligned_address_is_invalid,
    length_zero_is_invalid,
    a_range_outside_is_out_of_range,
    a_range_outside_precedes_a_dead_region,
    a_dead_region_is_bad_state,
    a_gap_is_bad_state,
    writing_operations_need_a_writable_maximum,
    prefetching_needs_a_readable_maximum,
    the_maximum_counts_not_the_permission,
    nested_mappings_need_op_children,
    some_operations_never_reach_nested_mappings,
    committing_takes_frames,
    decommitting_gives_frames_back,
    zeroing_shows_zeros_everywhere,
    mapping_a_range_takes_no_frames,
    hints_change_nothing,
    past_the_end_is_out_of_range,
}

const ALL: [VmarOp; 7] = [
    VmarOp::Commit,
    VmarOp::Decommit,
    VmarOp::MapRange,
    VmarOp::Zero,
    VmarOp::DontNeed,
    VmarOp::AlwaysNeed,
    VmarOp::Prefetch,
];

#[track_caller]
fn ask(vmar: &Vmar, op: VmarOp, address: u64, len: u64) -> Status {
    zx::vmar_op_range(vmar, op as u32, address, len, 0, 0)
}

/// A region of four pages with a mapping of numbers from 1 on, RW.
fn four() -> Region {
    let region = region(4);
    region.place(0, &numbered(4, 1), 4, RW);
    region
}

fn no_right_is_needed_to_ask() {
    let region = four();
    let bare = region.duplicate(Rights::empty()).unwrap();
    for op in ALL {
        assert_eq!(ask(&bare, op, region.base, PAGE), Status::OK, "{op:?}");
    }
}

fn unknown_operations_are_invalid() {
    let region = four();
    for op in [0, 4, 5, 6, 9, 11, 15, 99, -1] {
        let status = zx::vmar_op_range(&region.vmar, op, region.base, PAGE, 0, 0);
        assert_eq!(status, Status::INVALID_ARGS, "operation {op}");
        let status = zx::vmar_op_range(&dead_region(1).vmar, op, 0, PAGE, 0, 0);
        assert_eq!(status, Status::INVALID_ARGS, "before everything but the handle");
    }
}

fn a_buffer_is_invalid() {
    let region = four();
    let op = VmarOp::DontNeed as u32;
    for (buffer, size) in [(1, 0), (0, 1), (PAGE, PAGE)] {
        let status = zx::vmar_op_range(&region.vmar, op, region.base, PAGE, buffer, size);
        assert_eq!(status, Status::INVALID_ARGS, "{size} bytes at {buffer:#x}");
    }
}

fn an_unaligned_address_is_invalid() {
    let region = four();
    for op in ALL {
        assert_eq!(ask(&region, op, region.base + 1, PAGE), Status::INVALID_ARGS, "{op:?}");
    }
}

fn length_zero_is_invalid() {
    let region = four();
    for len in [0, u64::MAX, u64::MAX - PAGE + 2] {
        assert_eq!(
            ask(&region, VmarOp::DontNeed, region.base, len),
            Status::INVALID_ARGS,
            "{len:#x}"
        );
    }
}

fn a_range_outside_is_out_of_range() {
    let region = four();
    for (address, len) in [
        (0, PAGE),
        (region.base - PAGE, 2 * PAGE),
        (region.base, 5 * PAGE),
        (region.page(4), PAGE),
        (0_u64.wrapping_sub(PAGE), PAGE),
    ] {
        let status = ask(&region, VmarOp::DontNeed, address, len);
        assert_eq!(status, Status::OUT_OF_RANGE, "{len:#x} bytes at {address:#x}");
    }
}

fn a_range_outside_precedes_a_dead_region() {
    let dead = dead_region(1);
    assert_eq!(ask(&dead, VmarOp::DontNeed, dead.base, 2 * PAGE), Status::OUT_OF_RANGE);
}

fn a_dead_region_is_bad_state() {
    let dead = dead_region(1);
    for op in ALL {
        assert_eq!(ask(&dead, op, dead.base, PAGE), Status::BAD_STATE, "{op:?}");
    }
}

fn a_gap_is_bad_state() {
    let region = region(5);
    region.place(1, &vmo(1), 1, RW);
    region.place(3, &vmo(1), 1, RW);
    for op in ALL {
        for (page, pages) in [(0, 1), (0, 2), (1, 2), (1, 3), (3, 2)] {
            let status = ask(&region, op, region.page(page), pages * PAGE);
            assert_eq!(status, Status::BAD_STATE, "{op:?}: {pages} pages at {page}");
        }
    }
}

fn writing_operations_need_a_writable_maximum() {
    let read_only = without(&vmo(1), Rights::WRITE).into();
    let address = map(&read_only, 1, R);
    for op in [VmarOp::Commit, VmarOp::Decommit, VmarOp::Zero] {
        assert_eq!(ask(root(), op, address, PAGE), Status::ACCESS_DENIED, "{op:?}");
    }
}

fn prefetching_needs_a_readable_maximum() {
    let unreadable = without(&vmo(1), Rights::READ).into();
    let address = map(&unreadable, 1, NONE);
    assert_eq!(ask(root(), VmarOp::Prefetch, address, PAGE), Status::ACCESS_DENIED);
    assert_eq!(ask(root(), VmarOp::DontNeed, address, PAGE), Status::OK);
}

fn the_maximum_counts_not_the_permission() {
    for options in [NONE, R] {
        let object = vmo(1);
        let address = map(&object, 1, options);
        for op in ALL {
            assert_eq!(ask(root(), op, address, PAGE), Status::OK, "{op:?} through {options:?}");
        }
    }
}

/// A region that a child region fills, with a mapping in it.
fn nested() -> (Region, Region) {
    let region = region(2);
    let child = region.child(0, 2, CAN_ALL);
    child.place(0, &numbered(2, 1), 2, RW);
    (region, child)
}

fn nested_mappings_need_op_children() {
    let (region, _child) = nested();
    let weak = region.without(Rights::OP_CHILDREN);
    for op in ALL {
        assert_eq!(ask(&weak, op, region.base, PAGE), Status::INVALID_ARGS, "{op:?}");
    }
    for op in [VmarOp::MapRange, VmarOp::Zero, VmarOp::DontNeed, VmarOp::AlwaysNeed] {
        assert_eq!(ask(&region, op, region.base, PAGE), Status::OK, "{op:?}");
    }
}

fn some_operations_never_reach_nested_mappings() {
    let (region, _child) = nested();
    for op in [VmarOp::Commit, VmarOp::Decommit, VmarOp::Prefetch] {
        assert_eq!(ask(&region, op, region.base, PAGE), Status::INVALID_ARGS, "{op:?}");
    }
    probe::assert_pages(region.base, &[Ok(1), Ok(2)]);
}

fn committing_takes_frames() {
    let object = vmo(64);
    let address = map_in_one_table(&object, 64, RW);
    object.write(0, &[1]).unwrap();
    let before = Usage::now().frames();
    assert_eq!(ask(root(), VmarOp::Commit, address + 8 * PAGE, 16 * PAGE), Status::OK);
    let taken = Usage::now().frames() - before;
    assert!((16..=20).contains(&taken), "{taken} frames for 16 pages");
    assert_absent(address, 8);
    for page in 8..24 {
        assert_permits(address + page * PAGE, RW);
    }
    assert_absent(address + 24 * PAGE, 40);
    for page in 8..24 {
        assert_eq!(probe::write(address + page * PAGE, 1), Ok(()));
    }
    assert!(Usage::now().frames() - before <= 20, "they are there");
}

fn decommitting_gives_frames_back() {
    let object = vmo(64);
    let address = map_in_one_table(&object, 64, RW);
    for page in 0..64 {
        object.write(page * PAGE, &[9]).unwrap();
    }
    let before = Usage::now().frames();
    assert_eq!(ask(root(), VmarOp::Decommit, address + PAGE, 32 * PAGE), Status::OK);
    assert!(Usage::now().frames() <= before - 32);
    assert_absent(address + PAGE, 32);
    assert_eq!((probe::read(address), probe::read(address + PAGE)), (Ok(9), Ok(0)));
    assert_eq!(probe::byte_of(&object, 33 * PAGE), 9);
}

fn zeroing_shows_zeros_everywhere() {
    let object = numbered(4, 1);
    let (one, other) = (map(&object, 4, RW), map(&object, 4, R));
    probe::assert_pages(other, &[Ok(1), Ok(2), Ok(3), Ok(4)]);
    let kept = Entry::of(other);
    assert_eq!(ask(root(), VmarOp::Zero, one + PAGE, 2 * PAGE), Status::OK);
    assert_eq!(Entry::of(other), kept);
    for address in [one, other] {
        assert_absent(address + PAGE, 2);
        probe::assert_pages(address, &[Ok(1), Ok(0), Ok(0), Ok(4)]);
    }
    assert_eq!(probe::write(one + PAGE, 8), Ok(()));
    assert_eq!(probe::read(other + PAGE), Ok(8));
}

fn mapping_a_range_takes_no_frames() {
    let object = numbered(2, 1);
    let address = map_in_one_table(&object, 64, RW);
    assert_eq!(probe::read(address), Ok(1));
    let before = Usage::now().frames();
    root().protect(NONE, address, PAGE).unwrap();
    root().protect(RW, address, PAGE).unwrap();
    assert_absent(address, 1);
    assert_eq!(ask(root(), VmarOp::MapRange, address, 64 * PAGE), Status::OK);
    assert_eq!(Usage::now().frames(), before);
    assert_permits(address, RW);
    assert_permits(address + PAGE, RW);
    assert_absent(address + 2 * PAGE, 62);
    probe::assert_pages(address, &[Ok(1), Ok(2), Err(Status::OUT_OF_RANGE)]);
}

fn hints_change_nothing() {
    let region = four();
    for op in [VmarOp::DontNeed, VmarOp::AlwaysNeed, VmarOp::Prefetch] {
        assert_eq!(ask(&region, op, region.base, 4 * PAGE), Status::OK, "{op:?}");
        probe::assert_pages(region.base, &[Ok(1), Ok(2), Ok(3), Ok(4)]);
    }
}

fn past_the_end_is_out_of_range() {
    let address = map(&vmo(1), 2, RW);
    for op in [VmarOp::Commit, VmarOp::Decommit, VmarOp::Zero] {
        assert_eq!(ask(root(), op, address, 2 * PAGE), Status::OUT_OF_RANGE, "{op:?}");
    }
}
