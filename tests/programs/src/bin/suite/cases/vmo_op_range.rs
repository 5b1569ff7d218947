//! `vmo_op_range`: what all operations have in common, and the hints.
//!
//! # Source
//! `vmo.md` §5 and §15.

use super::cases;
use crate::fixture::*;
use crate::hardware;
use crate::usage::frames_of;
use crate::{probe, zx};
use abi::VmoOp;
use rt::{Rights, Status, Vmo};

cases! { vmo_op_range:
    handle_errors_precede_the_operation,
    unknown_operations_are_invalid,
    each_operation_needs_its_right,
    rights_precede_the_range,
    a_range_that_wraps_is_out_of_range,
    hints_do_nothing,
    prefetching_checks_the_range,
    physical_objects_support_none,
}

const COMMIT: VmoOp = VmoOp::Commit;
const DECOMMIT: VmoOp = VmoOp::Decommit;
const ZERO: VmoOp = VmoOp::Zero;

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
