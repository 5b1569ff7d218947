//! COMMIT of `vmo_op_range`.
//!
//! # Source
//! `vmo.md` §5 and §15; `faults.md` §6.

use super::cases;
use crate::fixture::*;
use crate::hardware;
use crate::probe;
use crate::usage::frames_of;
use abi::{VmoChildOptions, VmoOp};
use rt::Status;

cases! { vmo_commit:
    committing_past_the_end_is_out_of_range,
    committing_nothing_is_fine,
    committing_takes_frames_for_whole_pages,
    committing_twice_takes_frames_once,
    committing_keeps_the_content,
    committing_replaces_the_zero_page,
    committing_a_snapshot_copies,
    committing_a_large_range,
    committing_contiguous_does_nothing,
}

const COMMIT: VmoOp = VmoOp::Commit;

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
