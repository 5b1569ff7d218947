//! DECOMMIT of `vmo_op_range`.
//!
//! # Source
//! `vmo.md` §5 and §15; `faults.md` §6.

use super::cases;
use crate::entry::{assert_absent, assert_permits};
use crate::fixture::*;
use crate::hardware;
use crate::paging::Paging;
use crate::probe;
use crate::usage::frames_of;
use abi::{VmarOp, VmoChildOptions, VmoOp};
use rt::Status;

cases! { vmo_decommit:
    decommitting_gives_frames_back,
    decommitting_clears_every_mapping,
    decommitting_past_the_end_is_out_of_range,
    decommitting_nothing_is_fine,
    decommitting_parts_of_pages_is_invalid,
    decommitting_through_a_slice,
    decommitting_relatives_is_not_supported,
    decommitting_a_snapshot_is_not_supported_when_its_parent_is_gone,
    decommitting_a_parent_works_when_the_last_child_is_gone,
    decommitting_what_a_pager_supplied_is_not_supported,
    decommitting_contiguous_is_not_supported,
    the_range_precedes_the_alignment,
}

const DECOMMIT: VmoOp = VmoOp::Decommit;

fn decommitting_gives_frames_back() {
    let object = vmo(5);
    object.operate(VmoOp::Commit, 0, 5 * PAGE).unwrap();
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
        assert_absent(address + PAGE, 1);
        probe::assert_pages(address, &[Ok(1), Ok(0), Ok(3)]);
    }
    assert_eq!(probe::write(other + PAGE, 7), Ok(()));
    assert_eq!(probe::read(one + PAGE), Ok(7));
    assert_permits(one + PAGE, R);
    assert_permits(other + PAGE, RW);
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

fn decommitting_a_snapshot_is_not_supported_when_its_parent_is_gone() {
    let parent = numbered(2, 1);
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, 2 * PAGE).unwrap();
    drop(parent);
    let slice = child.create_child(VmoChildOptions::SLICE, 0, PAGE).unwrap();
    let base = map(&child, 2, RW);
    for object in [&child, &slice] {
        assert_eq!(object.operate(DECOMMIT, 0, PAGE), Err(Status::NOT_SUPPORTED));
    }
    assert_eq!(root().op_range(VmarOp::Decommit, base, PAGE), Err(Status::NOT_SUPPORTED));
    assert_eq!(probe::byte_of(&child, 0), 1);
}

fn decommitting_a_parent_works_when_the_last_child_is_gone() {
    let parent = numbered(2, 1);
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, 2 * PAGE).unwrap();
    let grandchild = child.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE).unwrap();
    let slice = parent.create_child(VmoChildOptions::SLICE, PAGE, PAGE).unwrap();
    drop(child);
    for object in [&parent, &slice] {
        assert_eq!(object.operate(DECOMMIT, 0, PAGE), Err(Status::NOT_SUPPORTED));
    }
    drop(grandchild);
    assert_eq!(slice.operate(DECOMMIT, 0, PAGE), Ok(()));
    assert_eq!([0, 1].map(|page| probe::byte_of(&parent, page * PAGE)), [1, 0]);
}

fn decommitting_what_a_pager_supplied_is_not_supported() {
    let paging = Paging::fixed(2);
    paging.supply(0, 3);
    let slice = paging.vmo.create_child(VmoChildOptions::SLICE, 0, PAGE).unwrap();
    let base = map(&paging.vmo, 2, RW);
    for object in [&paging.vmo, &slice] {
        assert_eq!(object.operate(DECOMMIT, 0, 3 * PAGE), Err(Status::OUT_OF_RANGE));
        assert_eq!(object.operate(DECOMMIT, 1, 0), Ok(()));
        for (offset, len) in [(0, PAGE), (1, 1)] {
            assert_eq!(object.operate(DECOMMIT, offset, len), Err(Status::NOT_SUPPORTED));
        }
    }
    assert_eq!(root().op_range(VmarOp::Decommit, base, PAGE), Err(Status::NOT_SUPPORTED));
    assert_eq!(probe::byte_of(&paging.vmo, 0), 3);
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
