//! `vmo_op_range`: what all operations have in common, COMMIT, DECOMMIT, ZERO and the hints.
//!
//! # Source
//! `vmo.md` §5 and §15; `faults.md` §6.

use super::cases;
use crate::fixture::*;
use crate::hardware;
use crate::usage::Usage;
use crate::{probe, zx};
use abi::{VmoChildOptions, VmoOp};
use rt::{Rights, Status, Vmo};

cases! { vmo_op_range:
    handle_errors_precede_the_operation,
    unknown_operations_are_invalid,
    each_operation_needs_its_right,
    rights_precede_the_range,
    a_range_that_wraps_is_out_of_range,
    committing_past_the_end_is_out_of_range,
    committing_nothing_is_fine,
    committing_takes_frames_for_whole_pages,
    committing_twice_takes_frames_once,
    committing_keeps_the_content,
    committing_replaces_the_zero_page,
    committing_a_snapshot_copies,
    committing_a_large_range,
    committing_contiguous_does_nothing,
    decommitting_gives_frames_back,
    decommitting_clears_every_mapping,
    decommitting_past_the_end_is_out_of_range,
    decommitting_nothing_is_fine,
    decommitting_parts_of_pages_is_invalid,
    decommitting_through_a_slice,
    decommitting_relatives_is_not_supported,
    decommitting_contiguous_is_not_supported,
    the_range_precedes_the_alignment,
    zeroing_whole_pages_gives_frames_back,
    zeroing_parts_of_pages,
    zeroing_takes_no_frames,
    zeroing_a_snapshot_hides_the_parent,
    zeroing_a_parent_leaves_the_snapshot,
    zeroing_contiguous_keeps_the_frames,
    zeroing_past_the_end_is_out_of_range,
    zeroing_leaves_the_stream_alone,
    hints_do_nothing,
    prefetching_checks_the_range,
    physical_objects_support_none,
}

const COMMIT: VmoOp = VmoOp::Commit;
const DECOMMIT: VmoOp = VmoOp::Decommit;
const ZERO: VmoOp = VmoOp::Zero;

/// Returns the frames that `what` takes; negative if it gives some back.
#[track_caller]
fn frames_of(what: impl FnOnce()) -> i64 {
    let before = Usage::now().frames();
    what();
    Usage::now().frames().cast_signed() - before.cast_signed()
}

fn handle_errors_precede_the_operation() {
    for op in [0, 1, 5, 15, u32::MAX] {
        let call = |handle: u32| zx::vmo_op_range(handle, op, 1_u64, u64::MAX, 0_u64, 0_u64);
        assert_eq!(call(UNKNOWN), Status::BAD_HANDLE, "{op}");
        assert_eq!(call(0), Status::BAD_HANDLE, "{op}");
        assert_eq!(call(root().raw()), Status::WRONG_TYPE, "{op}");
    }
}

fn unknown_operations_are_invalid() {
    let object = vmo(1);
    for op in [0, 5, 15, 16, 1 << 31, u32::MAX] {
        let status = zx::vmo_op_range(&object, op, 0_u64, PAGE, 0_u64, 0_u64);
        assert_eq!(status, Status::INVALID_ARGS, "{op}");
        let wrapping = zx::vmo_op_range(&object, op, PAGE, u64::MAX, 0_u64, 0_u64);
        assert_eq!(wrapping, Status::INVALID_ARGS, "{op}");
    }
}

/// What each operation needs: any one of these.
const NEEDS: [(VmoOp, Rights); 13] = [
    (COMMIT, Rights::WRITE),
    (DECOMMIT, Rights::WRITE),
    (VmoOp::Lock, Rights::IO),
    (VmoOp::Unlock, Rights::IO),
    (VmoOp::TryLock, Rights::IO),
    (VmoOp::CacheSync, Rights::READ),
    (VmoOp::CacheInvalidate, Rights::WRITE),
    (VmoOp::CacheClean, Rights::READ),
    (VmoOp::CacheCleanInvalidate, Rights::READ),
    (ZERO, Rights::WRITE),
    (VmoOp::DontNeed, Rights::empty()),
    (VmoOp::AlwaysNeed, Rights::empty()),
    (VmoOp::Prefetch, Rights::READ),
];

fn each_operation_needs_its_right() {
    let object = vmo(1);
    for (op, needs) in NEEDS {
        for given in [Rights::empty(), Rights::READ, Rights::WRITE, Rights::IO] {
            let handle: Vmo = object.duplicate(given).unwrap();
            let denied = handle.operate(op, 0, PAGE) == Err(Status::ACCESS_DENIED);
            let expected = !needs.is_empty() && !given.intersects(needs);
            assert_eq!(denied, expected, "{op:?} with {given:?}");
        }
    }
}

fn rights_precede_the_range() {
    let weak = vmo(1).duplicate(Rights::BASIC).unwrap();
    for (op, needs) in NEEDS {
        let expected = if needs.is_empty() { Status::OUT_OF_RANGE } else { Status::ACCESS_DENIED };
        assert_eq!(weak.operate(op, PAGE, u64::MAX), Err(expected), "{op:?}");
    }
}

fn a_range_that_wraps_is_out_of_range() {
    let object = vmo(4);
    for (op, _) in NEEDS {
        if matches!(op, VmoOp::Lock | VmoOp::TryLock | VmoOp::Unlock) {
            continue;
        }
        for (offset, len) in [(PAGE, u64::MAX), (u64::MAX, PAGE), (1 << 63, 1 << 63)] {
            assert_eq!(object.operate(op, offset, len), Err(Status::OUT_OF_RANGE), "{op:?}");
        }
    }
}

fn committing_past_the_end_is_out_of_range() {
    let object = vmo(2);
    let ranges =
        [(0, 2 * PAGE + 1), (PAGE, PAGE + 1), (2 * PAGE, 1), (3 * PAGE, 0), (2 * PAGE + 1, 0)];
    let taken = frames_of(|| {
        for (offset, len) in ranges {
            let expected = Err(Status::OUT_OF_RANGE);
            assert_eq!(object.operate(COMMIT, offset, len), expected, "{offset:#x} {len:#x}");
        }
    });
    assert_eq!(taken, 0);
}

fn committing_nothing_is_fine() {
    let object = vmo(2);
    let taken = frames_of(|| {
        for offset in [0, 1, PAGE, 2 * PAGE] {
            assert_eq!(object.operate(COMMIT, offset, 0), Ok(()));
        }
    });
    assert_eq!(taken, 0);
}

fn committing_takes_frames_for_whole_pages() {
    let object = vmo(8);
    assert_eq!(frames_of(|| object.operate(COMMIT, PAGE - 1, 2).unwrap()), 2);
    assert_eq!(frames_of(|| object.operate(COMMIT, 4 * PAGE, 2 * PAGE).unwrap()), 2);
    assert_eq!(frames_of(|| object.operate(COMMIT, 7 * PAGE + 5, 1).unwrap()), 1);
}

fn committing_twice_takes_frames_once() {
    let object = vmo(4);
    object.operate(COMMIT, 0, 4 * PAGE).unwrap();
    assert_eq!(frames_of(|| object.operate(COMMIT, 0, 4 * PAGE).unwrap()), 0);
}

fn committing_keeps_the_content() {
    let object = numbered(3, 5);
    object.operate(COMMIT, 0, 3 * PAGE).unwrap();
    let bytes = [0, 1, 2].map(|page| probe::byte_of(&object, page * PAGE));
    assert_eq!(bytes, [5, 6, 7]);
}

fn committing_replaces_the_zero_page() {
    let object = vmo(1);
    let (one, other) = (map(&object, 1, R), map(&object, 1, RW));
    assert_eq!((probe::read(one), probe::read(other)), (Ok(0), Ok(0)));
    object.operate(COMMIT, 0, PAGE).unwrap();
    assert_eq!(probe::write(other, 8), Ok(()));
    assert_eq!((probe::read(one), probe::byte_of(&object, 0)), (Ok(8), 8));
}

fn committing_a_snapshot_copies() {
    let parent = numbered(4, 1);
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, 4 * PAGE).unwrap();
    assert_eq!(frames_of(|| child.operate(COMMIT, 0, 4 * PAGE).unwrap()), 4);
    assert_eq!(probe::byte_of(&child, 3 * PAGE), 4);
    parent.write(3 * PAGE, &[9]).unwrap();
    assert_eq!(probe::byte_of(&child, 3 * PAGE), 4);
}

fn committing_a_large_range() {
    let object = vmo(2000);
    assert_eq!(frames_of(|| object.operate(COMMIT, 0, 2000 * PAGE).unwrap()), 2000);
}

fn committing_contiguous_does_nothing() {
    let object = hardware::contiguous(3);
    assert_eq!(frames_of(|| object.operate(COMMIT, 0, 3 * PAGE).unwrap()), 0);
    assert_eq!(object.operate(COMMIT, 0, 3 * PAGE + 1), Err(Status::OUT_OF_RANGE));
}

fn decommitting_gives_frames_back() {
    let object = vmo(5);
    object.operate(COMMIT, 0, 5 * PAGE).unwrap();
    assert_eq!(frames_of(|| object.operate(DECOMMIT, PAGE, 3 * PAGE).unwrap()), -3);
    assert_eq!(frames_of(|| object.operate(DECOMMIT, 0, 5 * PAGE).unwrap()), -2);
    assert_eq!(frames_of(|| object.operate(DECOMMIT, 0, 5 * PAGE).unwrap()), 0);
}

fn decommitting_clears_every_mapping() {
    let object = numbered(3, 1);
    let (one, other) = (map(&object, 3, R), map(&object, 3, RW));
    for address in [one, other] {
        probe::assert_pages(address, &[Ok(1), Ok(2), Ok(3)]);
    }
    object.operate(DECOMMIT, PAGE, PAGE).unwrap();
    for address in [one, other] {
        probe::assert_pages(address, &[Ok(1), Ok(0), Ok(3)]);
    }
    assert_eq!(probe::write(other + PAGE, 7), Ok(()));
    assert_eq!(probe::read(one + PAGE), Ok(7));
}

fn decommitting_past_the_end_is_out_of_range() {
    let object = numbered(2, 1);
    for (offset, len) in [(0, 3 * PAGE), (2 * PAGE, PAGE), (PAGE, 2 * PAGE)] {
        assert_eq!(object.operate(DECOMMIT, offset, len), Err(Status::OUT_OF_RANGE));
    }
    assert_eq!(probe::byte_of(&object, PAGE), 2);
}

fn decommitting_nothing_is_fine() {
    let object = vmo(1);
    for offset in [0, 1, PAGE] {
        assert_eq!(object.operate(DECOMMIT, offset, 0), Ok(()));
    }
    assert_eq!(object.operate(DECOMMIT, PAGE + 1, 0), Err(Status::OUT_OF_RANGE));
}

fn decommitting_parts_of_pages_is_invalid() {
    let object = numbered(2, 1);
    for (offset, len) in [(1, PAGE), (0, PAGE - 1), (PAGE - 1, PAGE + 1), (0, 1)] {
        assert_eq!(object.operate(DECOMMIT, offset, len), Err(Status::INVALID_ARGS));
    }
    assert_eq!(probe::byte_of(&object, 0), 1);
}

fn decommitting_through_a_slice() {
    let object = numbered(4, 1);
    let slice = object.create_child(VmoChildOptions::SLICE, PAGE, 2 * PAGE).unwrap();
    slice.operate(DECOMMIT, PAGE, PAGE).unwrap();
    let bytes = [0, 1, 2, 3].map(|page| probe::byte_of(&object, page * PAGE));
    assert_eq!(bytes, [1, 2, 0, 4]);
    assert_eq!(slice.operate(DECOMMIT, PAGE, 2 * PAGE), Err(Status::OUT_OF_RANGE));
}

fn decommitting_relatives_is_not_supported() {
    let parent = numbered(2, 1);
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, 2 * PAGE).unwrap();
    for object in [&parent, &child] {
        for (offset, len) in [(0, PAGE), (1, PAGE)] {
            assert_eq!(object.operate(DECOMMIT, offset, len), Err(Status::NOT_SUPPORTED));
        }
        assert_eq!(object.operate(DECOMMIT, 0, 0), Ok(()));
        assert_eq!(object.operate(DECOMMIT, 0, 3 * PAGE), Err(Status::OUT_OF_RANGE));
        assert_eq!(probe::byte_of(object, 0), 1);
    }
    drop(child);
    assert_eq!(parent.operate(DECOMMIT, 0, PAGE), Ok(()));
    assert_eq!(probe::byte_of(&parent, 0), 0);
}

fn decommitting_contiguous_is_not_supported() {
    let object = hardware::contiguous(2);
    for (offset, len) in [(0, PAGE), (0, 3 * PAGE), (0, 0), (1, 1)] {
        assert_eq!(object.operate(DECOMMIT, offset, len), Err(Status::NOT_SUPPORTED));
    }
}

fn the_range_precedes_the_alignment() {
    let object = vmo(2);
    assert_eq!(object.operate(DECOMMIT, 1, 2 * PAGE), Err(Status::OUT_OF_RANGE));
}

fn zeroing_whole_pages_gives_frames_back() {
    let object = numbered(4, 1);
    let address = map(&object, 4, RW);
    probe::assert_pages(address, &[Ok(1), Ok(2), Ok(3), Ok(4)]);
    assert_eq!(frames_of(|| object.operate(ZERO, PAGE, 2 * PAGE).unwrap()), -2);
    probe::assert_pages(address, &[Ok(1), Ok(0), Ok(0), Ok(4)]);
}

fn zeroing_parts_of_pages() {
    let object = vmo(3);
    object.write(0, &[7; 3 * PAGE_BYTES]).unwrap();
    let address = map(&object, 3, R);
    let taken = frames_of(|| object.operate(ZERO, 100, 2 * PAGE).unwrap());
    assert_eq!(taken, -1, "the page in the middle");
    for (at, byte) in [(99, 7), (100, 0), (PAGE, 0), (2 * PAGE + 99, 0), (2 * PAGE + 100, 7)] {
        assert_eq!((probe::byte_of(&object, at), probe::read(address + at)), (byte, Ok(byte)));
    }
    object.operate(ZERO, 10, 20).unwrap();
    let bytes = [9, 10, 29, 30].map(|at| probe::byte_of(&object, at));
    assert_eq!(bytes, [7, 0, 0, 7]);
}

fn zeroing_takes_no_frames() {
    let object = vmo(4);
    let taken = frames_of(|| {
        object.operate(ZERO, 0, 4 * PAGE).unwrap();
        object.operate(ZERO, 5, 3 * PAGE).unwrap();
        object.operate(ZERO, 4 * PAGE, 0).unwrap();
    });
    assert_eq!(taken, 0);
}

fn zeroing_a_snapshot_hides_the_parent() {
    let parent = numbered(3, 1);
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, 3 * PAGE).unwrap();
    assert_eq!(frames_of(|| child.operate(ZERO, PAGE, PAGE).unwrap()), 0);
    let bytes = [0, 1, 2].map(|page| probe::byte_of(&child, page * PAGE));
    assert_eq!(bytes, [1, 0, 3]);
    assert_eq!(probe::byte_of(&parent, PAGE), 2);
}

fn zeroing_a_parent_leaves_the_snapshot() {
    let parent = numbered(3, 1);
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, 3 * PAGE).unwrap();
    parent.operate(ZERO, 0, 2 * PAGE + 1).unwrap();
    let bytes = [0, 1, 2].map(|page| probe::byte_of(&child, page * PAGE));
    assert_eq!(bytes, [1, 2, 3]);
    assert_eq!(probe::byte_of(&parent, 2 * PAGE), 0);
}

fn zeroing_contiguous_keeps_the_frames() {
    let object = hardware::contiguous(3);
    object.write(0, &[5; 3 * PAGE_BYTES]).unwrap();
    let first = hardware::address_of(&object, 0);
    assert_eq!(frames_of(|| object.operate(ZERO, 10, 2 * PAGE).unwrap()), 0);
    let bytes = [9, 10, PAGE, 2 * PAGE + 9, 2 * PAGE + 10].map(|at| probe::byte_of(&object, at));
    assert_eq!(bytes, [5, 0, 0, 0, 5]);
    assert_eq!(hardware::address_of(&object, PAGE), first + PAGE);
}

fn zeroing_past_the_end_is_out_of_range() {
    let object = numbered(1, 1);
    for (offset, len) in [(0, PAGE + 1), (PAGE, 1), (PAGE + 1, 0)] {
        assert_eq!(object.operate(ZERO, offset, len), Err(Status::OUT_OF_RANGE));
    }
    assert_eq!(probe::byte_of(&object, 0), 1);
}

fn zeroing_leaves_the_stream_alone() {
    let object = vmo(1);
    object.set_stream_size(100).unwrap();
    object.operate(ZERO, 0, PAGE).unwrap();
    assert_eq!(object.stream_size(), Ok(100));
}

fn hints_do_nothing() {
    let object = numbered(2, 1);
    let taken = frames_of(|| {
        for op in [VmoOp::DontNeed, VmoOp::AlwaysNeed] {
            for (offset, len) in [(0, 2 * PAGE), (1, 5), (0, 0)] {
                assert_eq!(object.operate(op, offset, len), Ok(()));
            }
            assert_eq!(object.operate(op, u64::MAX, 0), Err(Status::OUT_OF_RANGE), "no such page");
        }
    });
    assert_eq!((taken, probe::byte_of(&object, PAGE)), (0, 2));
}

fn prefetching_checks_the_range() {
    let object = vmo(2);
    for (offset, len) in [(0, 2 * PAGE), (1, PAGE), (2 * PAGE, 0)] {
        assert_eq!(object.operate(VmoOp::Prefetch, offset, len), Ok(()));
    }
    for (offset, len) in [(0, 2 * PAGE + 1), (2 * PAGE, 1)] {
        assert_eq!(object.operate(VmoOp::Prefetch, offset, len), Err(Status::OUT_OF_RANGE));
    }
}

fn physical_objects_support_none() {
    let hardware::Window { window, memory, .. } = hardware::physical(1);
    for op in [COMMIT, DECOMMIT, ZERO, VmoOp::Lock, VmoOp::TryLock, VmoOp::Unlock] {
        assert_eq!(window.operate(op, 0, PAGE), Err(Status::NOT_SUPPORTED), "{op:?}");
    }
    drop(memory);
}
