//! `vmo_transfer_data`.
//!
//! # Source
//! `vmo.md` §12.

use super::cases;
use crate::fixture::*;
use crate::hardware;
use crate::usage::Usage;
use crate::{probe, zx};
use abi::{CachePolicy, VmoChildOptions};
use rt::{Rights, Status, Vmo};

cases! { vmo_transfer_data:
    options_are_invalid,
    parts_of_pages_are_invalid,
    the_destination_precedes_the_source,
    rights_are_needed,
    other_kinds_are_not_supported,
    ranges_past_the_end_are_out_of_range,
    pinned_pages_are_a_bad_state,
    uncached_objects_are_a_bad_state,
    pages_move,
    holes_move_too,
    the_same_range_stays,
    overlapping_ranges_are_taken_first,
    mappings_follow,
    through_slices_and_references,
    out_of_a_snapshot,
    into_a_snapshot,
    nothing_moves_nothing,
    moving_takes_no_frames,
}

/// Moves with any numbers.
#[track_caller]
fn ask(to: impl zx::Word, options: u32, at: [u64; 3], from: impl zx::Word) -> Status {
    let [offset, len, source] = at;
    zx::vmo_transfer_data(to, options, offset, len, from, source)
}

#[track_caller]
fn first_bytes<const N: usize>(object: &Vmo) -> [u8; N] {
    core::array::from_fn(|page| probe::byte_of(object, page as u64 * PAGE))
}

fn options_are_invalid() {
    for options in [1, 2, 1 << 31, u32::MAX] {
        assert_eq!(ask(UNKNOWN, options, [0, PAGE, 0], UNKNOWN), Status::INVALID_ARGS);
    }
}

fn parts_of_pages_are_invalid() {
    for at in [[1, PAGE, 0], [0, PAGE - 1, 0], [0, PAGE, 1]] {
        assert_eq!(ask(UNKNOWN, 0, at, UNKNOWN), Status::INVALID_ARGS);
        let object = vmo(2);
        assert_eq!(ask(&object, 0, at, &object), Status::INVALID_ARGS);
    }
}

fn the_destination_precedes_the_source() {
    let weak: Vmo = without(&vmo(1), Rights::WRITE).into();
    let at = [0, PAGE, 0];
    assert_eq!(ask(UNKNOWN, 0, at, root()), Status::BAD_HANDLE);
    assert_eq!(ask(root(), 0, at, UNKNOWN), Status::WRONG_TYPE);
    assert_eq!(ask(&weak, 0, at, UNKNOWN), Status::ACCESS_DENIED);
    assert_eq!(ask(&vmo(1), 0, at, UNKNOWN), Status::BAD_HANDLE);
    assert_eq!(ask(&vmo(1), 0, at, root()), Status::WRONG_TYPE);
}

fn rights_are_needed() {
    let (to, from) = (vmo(1), vmo(1));
    for missing in [Rights::READ, Rights::WRITE] {
        let weak: Vmo = without(&from, missing).into();
        assert_eq!(to.transfer_data(0, PAGE, &weak, 0), Err(Status::ACCESS_DENIED));
    }
    let blind: Vmo = without(&to, Rights::READ).into();
    assert_eq!(blind.transfer_data(0, PAGE, &from, 0), Ok(()));
}

fn other_kinds_are_not_supported() {
    let physical = hardware::physical(1);
    let plain = vmo(1);
    for other in [&physical.memory, &physical.window] {
        assert_eq!(plain.transfer_data(0, PAGE, other, 0), Err(Status::NOT_SUPPORTED));
        assert_eq!(other.transfer_data(0, PAGE, &plain, 0), Err(Status::NOT_SUPPORTED));
        assert_eq!(other.transfer_data(0, 9 * PAGE, &plain, 0), Err(Status::NOT_SUPPORTED));
    }
}

fn ranges_past_the_end_are_out_of_range() {
    let (to, from) = (numbered(2, 1), numbered(4, 5));
    for [offset, len, source] in [
        [0, 3 * PAGE, 0],
        [2 * PAGE, PAGE, 0],
        [0, 2 * PAGE, 3 * PAGE],
        [0, PAGE, 4 * PAGE],
        [PAGE, u64::MAX - PAGE + 1, 0],
    ] {
        assert_eq!(to.transfer_data(offset, len, &from, source), Err(Status::OUT_OF_RANGE));
    }
    assert_eq!(first_bytes(&to), [1, 2]);
    assert_eq!(first_bytes(&from), [5, 6, 7, 8]);
}

fn pinned_pages_are_a_bad_state() {
    let (to, from) = (numbered(2, 1), numbered(2, 5));
    let bti = hardware::bti();
    let pmt = bti.pin(hardware::READS, &to, PAGE, PAGE, &mut [0]).unwrap();
    assert_eq!(to.transfer_data(0, 2 * PAGE, &from, 0), Err(Status::BAD_STATE));
    assert_eq!(to.transfer_data(0, PAGE, &from, 0), Ok(()));
    pmt.unpin().unwrap();
    assert_eq!(first_bytes(&to), [5, 2]);
}

fn uncached_objects_are_a_bad_state() {
    let (plain, other) = (vmo(1), vmo(1));
    other.set_cache_policy(CachePolicy::Uncached).unwrap();
    assert_eq!(plain.transfer_data(0, PAGE, &other, 0), Err(Status::BAD_STATE));
    assert_eq!(other.transfer_data(0, PAGE, &plain, 0), Err(Status::BAD_STATE));
}

fn pages_move() {
    let (to, from) = (numbered(4, 1), numbered(4, 11));
    to.transfer_data(PAGE, 2 * PAGE, &from, 2 * PAGE).unwrap();
    assert_eq!(first_bytes(&to), [1, 13, 14, 4]);
    assert_eq!(first_bytes(&from), [11, 12, 0, 0]);
}

fn holes_move_too() {
    let (to, from) = (numbered(3, 1), vmo(3));
    from.write(PAGE, &[9]).unwrap();
    to.transfer_data(0, 3 * PAGE, &from, 0).unwrap();
    assert_eq!(first_bytes(&to), [0, 9, 0]);
}

fn the_same_range_stays() {
    let object = numbered(3, 1);
    object.transfer_data(PAGE, PAGE, &object, PAGE).unwrap();
    assert_eq!(first_bytes(&object), [1, 2, 3]);
    // Not even the range matters.
    assert_eq!(object.transfer_data(0, 9 * PAGE, &object, 0), Ok(()));
}

fn overlapping_ranges_are_taken_first() {
    let object = numbered(5, 1);
    object.transfer_data(PAGE, 3 * PAGE, &object, 0).unwrap();
    assert_eq!(first_bytes(&object), [0, 1, 2, 3, 5]);
    object.transfer_data(0, 3 * PAGE, &object, 2 * PAGE).unwrap();
    assert_eq!(first_bytes(&object), [2, 3, 5, 0, 0]);
}

fn mappings_follow() {
    let (to, from) = (numbered(2, 1), numbered(2, 11));
    let (there, here) = (map(&to, 2, RW), map(&from, 2, RW));
    probe::assert_pages(there, &[Ok(1), Ok(2)]);
    probe::assert_pages(here, &[Ok(11), Ok(12)]);
    to.transfer_data(0, 2 * PAGE, &from, 0).unwrap();
    probe::assert_pages(there, &[Ok(11), Ok(12)]);
    probe::assert_pages(here, &[Ok(0), Ok(0)]);
    assert_eq!(probe::write(here, 5), Ok(()));
    assert_eq!(probe::read(there), Ok(11));
}

fn through_slices_and_references() {
    let (parent, from) = (numbered(4, 1), numbered(2, 11));
    let slice = parent.create_child(VmoChildOptions::SLICE, 2 * PAGE, 2 * PAGE).unwrap();
    let reference = from.create_child(VmoChildOptions::REFERENCE, 0, 0).unwrap();
    slice.transfer_data(0, 2 * PAGE, &reference, 0).unwrap();
    assert_eq!(first_bytes(&parent), [1, 2, 11, 12]);
    assert_eq!(first_bytes(&from), [0, 0]);
}

fn out_of_a_snapshot() {
    let parent = numbered(3, 1);
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, 3 * PAGE).unwrap();
    let to = vmo(3);
    to.transfer_data(0, 2 * PAGE, &child, PAGE).unwrap();
    assert_eq!(first_bytes(&to), [2, 3, 0]);
    assert_eq!(first_bytes(&child), [1, 0, 0]);
    to.write(0, &[9]).unwrap();
    assert_eq!(first_bytes(&parent), [1, 2, 3]);
}

fn into_a_snapshot() {
    let parent = numbered(2, 1);
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, 2 * PAGE).unwrap();
    child.transfer_data(0, PAGE, &numbered(1, 7), 0).unwrap();
    assert_eq!(first_bytes(&child), [7, 2]);
    assert_eq!(first_bytes(&parent), [1, 2]);
}

fn nothing_moves_nothing() {
    let (to, from) = (numbered(1, 1), numbered(1, 2));
    assert_eq!(to.transfer_data(0, 0, &from, PAGE), Ok(()));
    assert_eq!(to.transfer_data(0, 0, &from, 2 * PAGE), Err(Status::OUT_OF_RANGE));
    assert_eq!((first_bytes(&to), first_bytes(&from)), ([1], [2]));
}

fn moving_takes_no_frames() {
    let (to, from) = (vmo(100), numbered(100, 1));
    let before = Usage::now().frames();
    to.transfer_data(0, 100 * PAGE, &from, 0).unwrap();
    assert_eq!(Usage::now().frames(), before);
    assert_eq!(probe::byte_of(&to, 99 * PAGE), 100);
}
