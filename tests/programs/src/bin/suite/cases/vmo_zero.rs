//! ZERO of `vmo_op_range`.
//!
//! # Source
//! `vmo.md` §5 and §15; `faults.md` §6.

use super::cases;
use crate::entry::assert_absent;
use crate::fixture::*;
use crate::hardware;
use crate::probe;
use crate::usage::frames_of;
use abi::{VmoChildOptions, VmoOp};
use rt::Status;

cases! { vmo_zero:
    zeroing_whole_pages_gives_frames_back,
    zeroing_parts_of_pages,
    zeroing_takes_no_frames,
    zeroing_a_snapshot_hides_the_parent,
    zeroing_a_parent_leaves_the_snapshot,
    zeroing_contiguous_keeps_the_frames,
    zeroing_past_the_end_is_out_of_range,
    zeroing_leaves_the_stream_alone,
}

const ZERO: VmoOp = VmoOp::Zero;

fn zeroing_whole_pages_gives_frames_back() {
    let object = numbered(4, 1);
    let address = map(&object, 4, RW);
    probe::assert_pages(address, &[Ok(1), Ok(2), Ok(3), Ok(4)]);
    assert_eq!(frames_of(|| object.operate(ZERO, PAGE, 2 * PAGE).unwrap()), -2);
    assert_absent(address + PAGE, 2);
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
