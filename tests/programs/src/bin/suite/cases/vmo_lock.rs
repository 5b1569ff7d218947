//! Discardable objects: LOCK, TRY_LOCK and UNLOCK of `vmo_op_range`, and what memory pressure does.
//!
//! # Source
//! `vmo.md` §2 and §5, LOCK family.

use super::cases;
use crate::fixture::*;
use crate::hardware;
use crate::{probe, zx};
use abi::info::{InfoKmemStats, VmoLockState};
use abi::{Topic, VmoChildOptions, VmoOp};
use rt::{Status, VmOptions, Vmo, VmoOptions, start};

cases! { vmo_lock:
    other_objects_support_none,
    only_the_whole_range_can_be_locked,
    locking_says_what_is_locked,
    locks_are_counted,
    unlocking_too_often_is_a_bad_state,
    the_type_precedes_the_buffer,
    a_small_buffer_is_invalid_and_undone,
    a_bad_buffer_is_invalid_and_undone,
    unlocked_content_stays_without_pressure,
    snapshots_are_not_supported,
    mapping_needs_to_allow_faults,
    pressure_discards_unlocked_objects,
    pressure_spares_what_is_locked_pinned_or_never_unlocked,
    discarded_content_is_not_found,
    try_lock_says_that_it_was_discarded,
    lock_says_what_was_discarded_and_shows_zeros,
    the_oldest_goes_first,
    page_faults_and_writes_find_memory_too,
}

const LOCK: VmoOp = VmoOp::Lock;
const TRY_LOCK: VmoOp = VmoOp::TryLock;
const UNLOCK: VmoOp = VmoOp::Unlock;

#[track_caller]
fn discardable(pages: u64) -> Vmo {
    Vmo::create(pages * PAGE, VmoOptions::DISCARDABLE).unwrap()
}

/// Makes an unlocked object of which every page begins with `byte`.
#[track_caller]
fn unlocked(pages: u64, byte: u8) -> Vmo {
    let object = discardable(pages);
    object.lock(0, pages * PAGE).unwrap();
    for page in 0..pages {
        object.write(page * PAGE, &[byte]).unwrap();
    }
    object.operate(UNLOCK, 0, pages * PAGE).unwrap();
    object
}

fn other_objects_support_none() {
    let physical = hardware::physical(1);
    for object in [&vmo(1), &resizable(1), &physical.memory, &physical.window] {
        for op in [LOCK, TRY_LOCK, UNLOCK] {
            for (offset, len) in [(0, PAGE), (1, PAGE)] {
                assert_eq!(object.operate(op, offset, len), Err(Status::NOT_SUPPORTED), "{op:?}");
            }
        }
    }
}

fn only_the_whole_range_can_be_locked() {
    let object = discardable(2);
    for (offset, len) in [(0, PAGE), (PAGE, PAGE), (1, 2 * PAGE), (0, 3 * PAGE), (0, 0)] {
        for op in [LOCK, TRY_LOCK, UNLOCK] {
            let expected = Err(Status::OUT_OF_RANGE);
            assert_eq!(object.operate(op, offset, len), expected, "{op:?} {offset:#x} {len:#x}");
        }
    }
}

fn locking_says_what_is_locked() {
    let object = discardable(3);
    let expected = VmoLockState { size: 3 * PAGE, ..VmoLockState::default() };
    assert_eq!(object.lock(0, 3 * PAGE), Ok(expected));
}

fn locks_are_counted() {
    let object = discardable(1);
    object.lock(0, PAGE).unwrap();
    object.operate(TRY_LOCK, 0, PAGE).unwrap();
    object.operate(UNLOCK, 0, PAGE).unwrap();
    object.operate(UNLOCK, 0, PAGE).unwrap();
    assert_eq!(object.operate(UNLOCK, 0, PAGE), Err(Status::BAD_STATE));
}

fn unlocking_too_often_is_a_bad_state() {
    assert_eq!(discardable(1).operate(UNLOCK, 0, PAGE), Err(Status::BAD_STATE));
}

fn the_type_precedes_the_buffer() {
    let lock =
        |object: &Vmo, len: u64| zx::vmo_op_range(object, LOCK as u32, 0_u64, len, 0_u64, 0_u64);
    assert_eq!(lock(&vmo(1), PAGE), Status::NOT_SUPPORTED);
    assert_eq!(lock(&discardable(1), 2 * PAGE), Status::OUT_OF_RANGE);
}

/// Checks that nothing is locked.
#[track_caller]
fn assert_unlocked(object: &Vmo) {
    assert_eq!(object.operate(UNLOCK, 0, PAGE), Err(Status::BAD_STATE), "still locked");
}

fn a_small_buffer_is_invalid_and_undone() {
    let (object, mut state) = (discardable(1), [0_u64; 4]);
    for size in [0_u64, 1, 31] {
        let status = zx::vmo_op_range(&object, LOCK as u32, 0_u64, PAGE, &mut state, size);
        assert_eq!(status, Status::INVALID_ARGS, "{size}");
        assert_unlocked(&object);
    }
    assert_eq!(state, [0; 4]);
}

fn a_bad_buffer_is_invalid_and_undone() {
    let object = discardable(1);
    for address in Hostile::new().addresses() {
        let status = zx::vmo_op_range(&object, LOCK as u32, 0_u64, PAGE, address, 32_u64);
        assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
        assert_unlocked(&object);
    }
}

fn unlocked_content_stays_without_pressure() {
    let object = unlocked(2, 7);
    assert_eq!(probe::byte_of(&object, PAGE), 7);
    assert_eq!(object.operate(TRY_LOCK, 0, 2 * PAGE), Ok(()));
    assert_eq!(probe::byte_of(&object, PAGE), 7);
}

fn snapshots_are_not_supported() {
    let object = discardable(1);
    for options in [VmoChildOptions::SNAPSHOT, VmoChildOptions::SLICE] {
        assert_eq!(object.create_child(options, 0, PAGE), Err(Status::NOT_SUPPORTED));
    }
}

fn mapping_needs_to_allow_faults() {
    let object = discardable(1);
    assert_eq!(root().map(R, 0, &object, 0, PAGE), Err(Status::NOT_SUPPORTED));
    let address = root().map(RW | VmOptions::ALLOW_FAULTS, 0, &object, 0, PAGE).unwrap();
    assert_eq!(probe::write(address, 1), Ok(()));
}

/// Takes all of the machine's memory, as far as it can be had, and gives it back.
#[track_caller]
fn run_out_of_memory() {
    const MORE_THAN_THERE_IS: u64 = 1 << 24;
    let object = vmo(MORE_THAN_THERE_IS);
    let committed = object.operate(VmoOp::Commit, 0, MORE_THAN_THERE_IS * PAGE);
    assert_eq!(committed, Err(Status::NO_MEMORY));
}

/// Takes nearly all of the machine's memory, for as long as the result lives.
#[track_caller]
fn take_most_memory() -> Vmo {
    let stats: InfoKmemStats = start().job().info(Topic::KMEM_STATS).unwrap();
    let free = stats.free_bytes / PAGE;
    // Some is left for what the kernel needs to know of the pages.
    let pages = free - free / 64 - 128;
    let object = vmo(pages);
    object.operate(VmoOp::Commit, 0, pages * PAGE).unwrap();
    object
}

/// Says whether an unlocked object was discarded.
#[track_caller]
fn was_discarded(object: &Vmo) -> bool {
    let size = object.size().unwrap();
    match object.operate(TRY_LOCK, 0, size) {
        Ok(()) => {
            object.operate(UNLOCK, 0, size).unwrap();
            false
        }
        Err(status) => {
            assert_eq!(status, Status::UNAVAILABLE);
            true
        }
    }
}

fn pressure_discards_unlocked_objects() {
    let objects = [unlocked(3, 1), unlocked(100, 2)];
    assert!(!objects.iter().any(was_discarded));
    run_out_of_memory();
    assert!(objects.iter().all(was_discarded));
}

fn pressure_spares_what_is_locked_pinned_or_never_unlocked() {
    let (locked, pinned, new) = (unlocked(2, 1), unlocked(2, 2), discardable(2));
    locked.operate(TRY_LOCK, 0, 2 * PAGE).unwrap();
    new.write(0, &[3]).unwrap();
    let bti = hardware::bti();
    let pmt = bti.pin(hardware::READS, &pinned, 0, PAGE, &mut [0]).unwrap();
    run_out_of_memory();
    let bytes = [&locked, &pinned, &new].map(|object| probe::byte_of(object, 0));
    assert_eq!(bytes, [1, 2, 3]);
    pmt.unpin().unwrap();
}

/// Makes an object that was discarded, and a mapping of it.
#[track_caller]
fn discarded() -> (Vmo, u64) {
    let object = unlocked(2, 9);
    let address = root().map(RW | VmOptions::ALLOW_FAULTS, 0, &object, 0, 2 * PAGE).unwrap();
    probe::assert_pages(address, &[Ok(9), Ok(9)]);
    run_out_of_memory();
    (object, address)
}

fn discarded_content_is_not_found() {
    let (object, address) = discarded();
    assert_eq!(object.read(0, &mut [0]), Err(Status::NOT_FOUND));
    assert_eq!(object.write(0, &[0]), Err(Status::NOT_FOUND));
    assert_eq!(object.operate(VmoOp::Commit, 0, PAGE), Err(Status::NOT_FOUND));
    assert_eq!(object.read(2 * PAGE, &mut [0]), Err(Status::OUT_OF_RANGE), "the range precedes");
    assert_eq!(probe::read(address), Err(Status::NOT_FOUND));
    assert_eq!(probe::write(address + PAGE, 1), Err(Status::NOT_FOUND));
}

fn try_lock_says_that_it_was_discarded() {
    let (object, _) = discarded();
    for _ in 0..2 {
        assert_eq!(object.operate(TRY_LOCK, 0, 2 * PAGE), Err(Status::UNAVAILABLE));
    }
    assert_eq!(object.operate(UNLOCK, 0, 2 * PAGE), Err(Status::BAD_STATE));
}

fn lock_says_what_was_discarded_and_shows_zeros() {
    let (object, address) = discarded();
    let mut expected =
        VmoLockState { size: 2 * PAGE, discarded_size: 2 * PAGE, ..VmoLockState::default() };
    assert_eq!(object.lock(0, 2 * PAGE), Ok(expected));
    probe::assert_pages(address, &[Ok(0), Ok(0)]);
    assert_eq!(probe::write(address, 4), Ok(()));
    expected.discarded_size = 0;
    assert_eq!(object.lock(0, 2 * PAGE), Ok(expected), "nothing since");
    assert_eq!(probe::byte_of(&object, 0), 4);
}

/// Takes more and more memory until `second` is discarded; `first`, which was unlocked later, must not be.
#[track_caller]
fn discard_one(first: &Vmo, second: &Vmo, mut take_page: impl FnMut(u64)) {
    first.operate(TRY_LOCK, 0, first.size().unwrap()).unwrap();
    first.operate(UNLOCK, 0, first.size().unwrap()).unwrap();
    for page in 0.. {
        take_page(page);
        // Asking makes both younger, the first still the younger one.
        let is_over = was_discarded(second);
        assert!(!was_discarded(first), "the younger one was discarded");
        if is_over {
            return;
        }
    }
}

fn the_oldest_goes_first() {
    let (first, second) = (unlocked(64, 1), unlocked(64, 2));
    let _most = take_most_memory();
    let object = vmo(1 << 20);
    discard_one(&first, &second, |page| {
        object.operate(VmoOp::Commit, page * PAGE, PAGE).unwrap();
    });
    assert_eq!(probe::byte_of(&first, 63 * PAGE), 1);
}

fn page_faults_and_writes_find_memory_too() {
    let (first, second) = (unlocked(64, 1), unlocked(64, 2));
    let _most = take_most_memory();
    let object = vmo(1 << 20);
    let address = map(&object, 1 << 20, RW);
    discard_one(&first, &second, |page| {
        if page % 2 == 0 {
            object.write(page * PAGE, &[1]).unwrap();
        } else {
            // SAFETY: mapped writable, and nothing of Rust's is there.
            unsafe { rt::memory::store(address + page * PAGE, 1_u8) };
        }
    });
}
