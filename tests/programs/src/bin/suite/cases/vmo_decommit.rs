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
use core::sync::atomic::{AtomicBool, Ordering};
use rt::memory::{load, store};
use rt::thread::spawn;
use rt::{Status, time};

cases! { vmo_decommit:
    decommitting_gives_frames_back,
    decommitting_clears_every_mapping,
    what_is_stored_meanwhile_is_there_or_zero,
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

/// Pages that one thread stores to while another takes their frames away.
const CONTESTED: u64 = 4;
/// Whether the thread that stores is to end.
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// Stores numbers, of which the upper half is the page's own, and looks at each at once.
extern "C" fn keep_storing(base: u64) {
    let mut number = 1_u64;
    while !IS_OVER.load(Ordering::Relaxed) {
        for page in 0..CONTESTED {
            let (address, stored) = (base + page * PAGE, page << 32 | number);
            // SAFETY: the case has mapped the page, and waits for this thread, which alone stores there.
            let seen: u64 = unsafe {
                store(address, stored);
                load(address)
            };
            assert!(seen == stored || seen == 0, "{seen:#x} in place of {stored:#x}");
        }
        number += 1;
    }
}

fn what_is_stored_meanwhile_is_there_or_zero() {
    let object = vmo(CONTESTED);
    let writer = spawn(keep_storing, map(&object, CONTESTED, RW)).unwrap();
    let mut seen_any = false;
    for round in 0..8_000 {
        let page = round % CONTESTED;
        let count = (1 + round % 3).min(CONTESTED - page);
        object.operate(DECOMMIT, page * PAGE, count * PAGE).unwrap();
        if round % 8 == 0 {
            time::yield_now();
        }
        let mut bytes = [0; 8];
        object.read(page * PAGE, &mut bytes).unwrap();
        let seen = u64::from_le_bytes(bytes);
        assert!(seen == 0 || seen >> 32 == page, "{seen:#x} in page {page}");
        seen_any |= seen != 0;
    }
    IS_OVER.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    assert!(seen_any, "both have run");
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
