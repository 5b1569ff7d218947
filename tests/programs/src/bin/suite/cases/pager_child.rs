//! Copies of what a pager supplies.
//!
//! # Source
//! `vmo.md` §8, §9 and §14.

use super::cases;
use super::info_vmo::info;
use crate::fixture::*;
use crate::paging::*;
use crate::probe::{self, assert_pages, byte_of};
use crate::usage::frames_of;
use crate::zx;
use abi::{VmarOp, VmoChildOptions, VmoOp};
use core::sync::atomic::Ordering;
use rt::thread::spawn;
use rt::{Status, Vmo, VmoOptions};

cases! { pager_child:
    full_snapshots_are_refused,
    a_child_shows_what_is_supplied,
    a_child_asks_its_parents_pager,
    a_child_sees_changes_until_it_writes,
    a_store_of_a_child_asks_and_copies,
    a_child_writes_a_page_of_its_own,
    a_mapped_child_follows_its_parent,
    a_committed_child_has_pages_of_its_own,
    prefetching_a_child_takes_no_frames,
    a_zeroed_child_asks_for_nothing,
    children_of_children_see_all_of_them,
    children_of_modified_children_are_apart,
    mixes_are_refused,
    a_part_of_a_child_is_not_copied_both_ways,
    a_shrunk_parent_shows_zeros,
    resizing_a_child_waits_for_the_page_it_ends_in,
}

pub(super) const ON_WRITE: VmoChildOptions = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE;
pub(super) const MODIFIED: VmoChildOptions = VmoChildOptions::SNAPSHOT_MODIFIED;
pub(super) const RESIZABLE: VmoChildOptions = VmoChildOptions::RESIZABLE;
pub(super) const KINDS: [VmoChildOptions; 2] = [ON_WRITE, MODIFIED];

/// Makes a child of all of an object.
#[track_caller]
pub(super) fn child(parent: &Vmo, options: VmoChildOptions) -> Vmo {
    parent.create_child(options, 0, parent.size().unwrap()).unwrap()
}

/// Returns the byte that each page begins with.
#[track_caller]
pub(super) fn first_bytes<const N: usize>(object: &Vmo) -> [u8; N] {
    core::array::from_fn(|page| byte_of(object, page as u64 * PAGE))
}

fn full_snapshots_are_refused() {
    let paging = Paging::fixed(2);
    let copy = child(&paging.vmo, ON_WRITE);
    for parent in [&paging.vmo, &copy] {
        let made = parent.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE);
        assert_eq!(made.err(), Some(Status::NOT_SUPPORTED));
        // What is wrong with the range comes first.
        let made = parent.create_child(VmoChildOptions::SNAPSHOT, 1, PAGE);
        assert_eq!(made.err(), Some(Status::INVALID_ARGS));
    }
}

fn a_child_shows_what_is_supplied() {
    for kind in KINDS {
        let paging = Paging::fixed(4);
        paging.supply_all(0, 4, 1);
        let copy = child(&paging.vmo, kind);
        assert_eq!(first_bytes(&copy), [1, 2, 3, 4]);
        let part = paging.vmo.create_child(kind, 2 * PAGE, 4 * PAGE).unwrap();
        assert_eq!(first_bytes(&part), [3, 4, 0, 0]);
        paging.expect_silence();
    }
}

fn a_child_asks_its_parents_pager() {
    for kind in KINDS {
        let paging = Paging::fixed(8);
        let part = paging.vmo.create_child(kind, 2 * PAGE, 4 * PAGE).unwrap();
        let thread = start_call(read_by_call, &part, 1);
        paging.expect_request(3);
        paging.supply(3, 7);
        assert_eq!(outcome(thread), Status::OK);
        assert_eq!(SEEN.load(Ordering::Relaxed), 7);
        let base = map(&part, 4, R);
        SEEN.store(0, Ordering::Relaxed);
        let thread = spawn(load, base + 2 * PAGE).unwrap();
        paging.expect_request(4);
        paging.supply(4, 8);
        thread.join().unwrap();
        assert_eq!(SEEN.load(Ordering::Relaxed), 8);
        assert_eq!(byte_of(&paging.vmo, 4 * PAGE), 8);
        paging.expect_silence();
    }
}

fn a_child_sees_changes_until_it_writes() {
    for kind in KINDS {
        let paging = Paging::fixed(2);
        paging.supply_all(0, 2, 1);
        let copy = child(&paging.vmo, kind);
        paging.vmo.write(0, &[10]).unwrap();
        assert_eq!(first_bytes(&copy), [10, 2]);
        copy.write(0, &[20]).unwrap();
        paging.vmo.write(0, &[11]).unwrap();
        paging.vmo.write(PAGE, &[12]).unwrap();
        assert_eq!(first_bytes(&copy), [20, 12]);
        assert_eq!(first_bytes(&paging.vmo), [11, 12]);
    }
}

fn a_store_of_a_child_asks_and_copies() {
    let paging = Paging::fixed(2);
    let copy = child(&paging.vmo, ON_WRITE);
    let base = map(&copy, 2, RW);
    let thread = spawn(store, base + PAGE + 1).unwrap();
    paging.expect_request(1);
    paging.supply(1, 0x42);
    thread.join().unwrap();
    let mut bytes = [0; 2];
    copy.read(PAGE, &mut bytes).unwrap();
    assert_eq!(bytes, [0x42, 0x77]);
    paging.vmo.read(PAGE, &mut bytes).unwrap();
    assert_eq!(bytes, [0x42, 0]);
    paging.expect_silence();
}

fn a_child_writes_a_page_of_its_own() {
    let paging = Paging::fixed(3);
    paging.supply_all(0, 3, 1);
    let copy = child(&paging.vmo, ON_WRITE);
    assert_eq!(frames_of(|| copy.write(PAGE, &[9]).unwrap()), 1);
    assert_eq!(frames_of(|| copy.write(PAGE + 8, &[9]).unwrap()), 0);
    assert_eq!(frames_of(|| drop(copy)), -1);
}

fn a_mapped_child_follows_its_parent() {
    let paging = Paging::fixed(3);
    paging.supply_all(0, 3, 1);
    let copy = child(&paging.vmo, ON_WRITE);
    let (above, below) = (map(&paging.vmo, 3, RW), map(&copy, 3, RW));
    for base in [above, below] {
        assert_pages(base, &[Ok(1), Ok(2), Ok(3)]);
    }
    probe::write(above, 10).unwrap();
    assert_pages(below, &[Ok(10), Ok(2), Ok(3)]);
    probe::write(below, 20).unwrap();
    probe::write(above, 11).unwrap();
    assert_pages(below, &[Ok(20), Ok(2), Ok(3)]);
    assert_pages(above, &[Ok(11), Ok(2), Ok(3)]);
    paging.vmo.operate(VmoOp::Zero, PAGE, PAGE).unwrap();
    assert_pages(below, &[Ok(20), Ok(0), Ok(3)]);
}

fn a_committed_child_has_pages_of_its_own() {
    let paging = Paging::fixed(3);
    paging.supply_all(0, 3, 1);
    let copy = child(&paging.vmo, ON_WRITE);
    assert_eq!(frames_of(|| copy.operate(VmoOp::Commit, 0, 2 * PAGE).unwrap()), 2);
    paging.vmo.write(0, &[9]).unwrap();
    assert_eq!(first_bytes(&copy), [1, 2, 3]);
    let base = map(&copy, 3, RW);
    assert_eq!(root().op_range(VmarOp::Commit, base, 3 * PAGE), Ok(()));
    paging.vmo.write(2 * PAGE, &[9]).unwrap();
    assert_pages(base, &[Ok(1), Ok(2), Ok(3)]);
}

/// Asks for all pages of a VMO of four.
extern "C" fn prefetch(argument: u64) {
    note(zx::vmo_op_range(argument, VmoOp::Prefetch as u32, 0, 4 * PAGE, 0, 0));
}

fn prefetching_a_child_takes_no_frames() {
    let paging = Paging::fixed(6);
    let copy = paging.vmo.create_child(ON_WRITE, PAGE, 4 * PAGE).unwrap();
    copy.operate(VmoOp::Zero, PAGE, PAGE).unwrap();
    let thread = start_call(prefetch, &copy, 0);
    paging.expect_request(1);
    paging.supply(1, 1);
    paging.expect_requests(3, 2);
    paging.supply_all(3, 2, 3);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!(first_bytes(&copy), [1, 0, 3, 4]);
    assert_eq!(info(&copy).committed_bytes, 0);
    paging.expect_silence();
}

fn a_zeroed_child_asks_for_nothing() {
    let paging = Paging::fixed(4);
    let copy = child(&paging.vmo, MODIFIED);
    assert_eq!(frames_of(|| copy.operate(VmoOp::Zero, PAGE, 2 * PAGE).unwrap()), 0);
    let base = map(&copy, 4, RW);
    assert_pages(base + PAGE, &[Ok(0), Ok(0)]);
    paging.supply_all(0, 4, 1);
    assert_eq!(first_bytes(&copy), [1, 0, 0, 4]);
    probe::write(base + PAGE, 5).unwrap();
    assert_eq!(first_bytes(&copy), [1, 5, 0, 4]);
    assert_eq!(first_bytes(&paging.vmo), [1, 2, 3, 4]);
    paging.expect_silence();
}

fn children_of_children_see_all_of_them() {
    let paging = Paging::fixed(4);
    let first = child(&paging.vmo, ON_WRITE);
    let second = first.create_child(ON_WRITE, PAGE, 3 * PAGE).unwrap();
    let thread = start_call(read_by_call, &second, 1);
    paging.expect_request(2);
    paging.supply_all(0, 4, 1);
    assert_eq!(outcome(thread), Status::OK);
    first.write(PAGE, &[20]).unwrap();
    paging.vmo.write(2 * PAGE, &[30]).unwrap();
    assert_eq!(first_bytes(&second), [20, 30, 4]);
    second.write(0, &[40]).unwrap();
    first.write(PAGE, &[21]).unwrap();
    assert_eq!(first_bytes(&second), [40, 30, 4]);
    drop(first);
    paging.vmo.write(3 * PAGE, &[50]).unwrap();
    assert_eq!(first_bytes(&second), [40, 30, 50]);
}

fn children_of_modified_children_are_apart() {
    let paging = Paging::fixed(3);
    paging.supply_all(0, 3, 1);
    let copy = child(&paging.vmo, MODIFIED);
    copy.write(0, &[10]).unwrap();
    for kind in KINDS {
        let twin = child(&copy, MODIFIED);
        // Made two-way, as its parent is.
        let third = child(&twin, kind);
        twin.write(0, &[11]).unwrap();
        copy.write(PAGE, &[12]).unwrap();
        paging.vmo.write(2 * PAGE, &[30]).unwrap();
        assert_eq!(first_bytes(&twin), [11, 2, 30]);
        assert_eq!(first_bytes(&third), [10, 2, 30]);
        copy.write(PAGE, &[2]).unwrap();
    }
    assert_eq!(first_bytes(&copy), [10, 2, 30]);
}

fn refused(parent: &Vmo, options: VmoChildOptions) -> bool {
    parent.create_child(options, 0, PAGE).err() == Some(Status::NOT_SUPPORTED)
}

fn mixes_are_refused() {
    let paging = Paging::fixed(1);
    let first = child(&paging.vmo, ON_WRITE);
    let second = child(&first, ON_WRITE);
    assert!(refused(&first, MODIFIED));
    assert!(refused(&second, MODIFIED));
    drop(second);
    let twin = child(&first, MODIFIED);
    for copy in [&first, &twin] {
        assert!(!refused(copy, MODIFIED));
        assert!(!refused(copy, ON_WRITE));
    }
}

fn a_part_of_a_child_is_not_copied_both_ways() {
    let paging = Paging::fixed(2);
    let slice = paging.vmo.create_child(VmoChildOptions::SLICE, PAGE, PAGE).unwrap();
    for kind in KINDS {
        assert!(!refused(&slice, kind));
    }
    let copy = child(&paging.vmo, MODIFIED);
    let slice = copy.create_child(VmoChildOptions::SLICE, PAGE, PAGE).unwrap();
    assert!(refused(&slice, MODIFIED));
    let _twin = child(&copy, MODIFIED);
    assert!(refused(&slice, ON_WRITE));
}

fn a_shrunk_parent_shows_zeros() {
    let paging = Paging::new(4, VmoOptions::RESIZABLE);
    paging.supply_all(0, 4, 1);
    let copy = child(&paging.vmo, ON_WRITE);
    let base = map(&copy, 4, RW);
    assert_pages(base, &[1, 2, 3, 4].map(Ok));
    copy.write(3 * PAGE, &[40]).unwrap();
    paging.vmo.set_size(2 * PAGE).unwrap();
    assert_pages(base, &[1, 2, 0, 40].map(Ok));
    paging.vmo.set_size(4 * PAGE).unwrap();
    paging.vmo.write(2 * PAGE, &[30]).unwrap();
    assert_pages(base, &[1, 2, 0, 40].map(Ok));
    paging.expect_silence();
}

/// Cuts a VMO in the middle of its second page.
extern "C" fn cut(argument: u64) {
    note(zx::vmo_set_size(argument, PAGE + 2));
}

fn resizing_a_child_waits_for_the_page_it_ends_in() {
    let paging = Paging::fixed(4);
    let copy = child(&paging.vmo, ON_WRITE | RESIZABLE);
    let thread = start_call(cut, &copy, 0);
    paging.expect_request(1);
    let aux = vmo(1);
    aux.write(0, &[1, 2, 3]).unwrap();
    paging.pager.supply(&paging.vmo, PAGE, PAGE, &aux, 0).unwrap();
    assert_eq!(outcome(thread), Status::OK);
    copy.set_size(4 * PAGE).unwrap();
    let mut bytes = [9; 3];
    copy.read(PAGE, &mut bytes).unwrap();
    assert_eq!(bytes, [1, 2, 0]);
    assert_eq!(byte_of(&copy, 3 * PAGE), 0);
    paging.vmo.read(PAGE, &mut bytes).unwrap();
    assert_eq!(bytes, [1, 2, 3]);
    paging.expect_silence();
}
