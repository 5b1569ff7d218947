//! `vmo_create_child`: snapshots.
//!
//! # Source
//! `vmo.md` §8 and §15; `faults.md` §6.

use super::cases;
use crate::entry::{Entry, assert_permits};
use crate::fixture::*;
use crate::probe;
use crate::usage::Usage;
use abi::VmoChildOptions;
use rt::{Vmo, VmoOptions};

cases! { vmo_snapshot:
    both_sides_of_a_snapshot_are_isolated,
    every_snapshot_kind_behaves_alike,
    a_snapshot_has_the_content_of_its_moment,
    a_snapshot_of_a_range,
    a_snapshot_past_the_end_reads_zeros,
    resizing_one_side_leaves_the_other,
    growing_a_shrunk_snapshot_shows_zeros,
    mapped_pages_are_protected_before_the_call_returns,
    snapshots_of_snapshots,
    a_closed_parent_leaves_its_children,
    the_last_side_writes_in_place,
    a_snapshot_takes_no_frames_for_pages,
}

const SNAPSHOT: VmoChildOptions = VmoChildOptions::SNAPSHOT;
const RESIZABLE: VmoChildOptions = VmoChildOptions::RESIZABLE;
const NO_WRITE: VmoChildOptions = VmoChildOptions::NO_WRITE;
const SNAPSHOTS: [VmoChildOptions; 3] =
    [SNAPSHOT, VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE, VmoChildOptions::SNAPSHOT_MODIFIED];

/// Makes a snapshot of all of an object.
#[track_caller]
fn snapshot(parent: &Vmo) -> Vmo {
    parent.create_child(SNAPSHOT, 0, parent.size().unwrap()).unwrap()
}

/// Returns the byte that each page begins with.
#[track_caller]
fn first_bytes<const N: usize>(object: &Vmo) -> [u8; N] {
    core::array::from_fn(|page| probe::byte_of(object, page as u64 * PAGE))
}

fn both_sides_of_a_snapshot_are_isolated() {
    let parent = numbered(3, 1);
    let child = snapshot(&parent);
    parent.write(0, &[10]).unwrap();
    child.write(PAGE, &[20]).unwrap();
    assert_eq!(first_bytes(&parent), [10, 2, 3]);
    assert_eq!(first_bytes(&child), [1, 20, 3]);
}

fn every_snapshot_kind_behaves_alike() {
    for kind in SNAPSHOTS {
        for options in [kind, kind | RESIZABLE, kind | NO_WRITE] {
            let parent = numbered(2, 1);
            let child = parent.create_child(options, 0, 2 * PAGE).unwrap();
            parent.write(0, &[9]).unwrap();
            assert_eq!(first_bytes(&child), [1, 2], "{options:?}");
        }
    }
}

fn a_snapshot_has_the_content_of_its_moment() {
    let parent = numbered(1, 1);
    let first = snapshot(&parent);
    parent.write(0, &[2]).unwrap();
    let second = snapshot(&parent);
    parent.write(0, &[3]).unwrap();
    let bytes = [&first, &second, &parent].map(|object| probe::byte_of(object, 0));
    assert_eq!(bytes, [1, 2, 3]);
}

fn a_snapshot_of_a_range() {
    let parent = numbered(5, 1);
    let child = parent.create_child(SNAPSHOT, 2 * PAGE, 2 * PAGE + 1).unwrap();
    assert_eq!(child.size(), Ok(3 * PAGE));
    assert_eq!(first_bytes(&child), [3, 4, 5]);
    parent.write(3 * PAGE, &[0]).unwrap();
    assert_eq!(first_bytes(&child), [3, 4, 5]);
}

fn a_snapshot_past_the_end_reads_zeros() {
    let parent = Vmo::create(2 * PAGE, VmoOptions::RESIZABLE).unwrap();
    parent.write(0, &[7; 2 * PAGE_BYTES]).unwrap();
    let across = parent.create_child(SNAPSHOT, PAGE, 3 * PAGE).unwrap();
    let behind = parent.create_child(SNAPSHOT, 8 * PAGE, PAGE).unwrap();
    parent.set_size(16 * PAGE).unwrap();
    parent.write(2 * PAGE, &[8; 14 * PAGE_BYTES]).unwrap();
    assert_eq!(first_bytes(&across), [7, 0, 0]);
    assert_eq!(first_bytes(&behind), [0]);
    across.write(2 * PAGE, &[1]).unwrap();
    assert_eq!(first_bytes(&across), [7, 0, 1]);
}

fn resizing_one_side_leaves_the_other() {
    let parent = Vmo::create(3 * PAGE, VmoOptions::RESIZABLE).unwrap();
    parent.write(0, &[5; 3 * PAGE_BYTES]).unwrap();
    let child = parent.create_child(SNAPSHOT | RESIZABLE, 0, 3 * PAGE).unwrap();
    parent.set_size(PAGE).unwrap();
    assert_eq!(first_bytes(&child), [5, 5, 5]);
    child.set_size(2 * PAGE).unwrap();
    parent.set_size(3 * PAGE).unwrap();
    assert_eq!(first_bytes(&parent), [5, 0, 0]);
    assert_eq!(first_bytes(&child), [5, 5]);
}

fn growing_a_shrunk_snapshot_shows_zeros() {
    let parent = numbered(3, 1);
    let child = parent.create_child(SNAPSHOT | RESIZABLE, 0, 3 * PAGE).unwrap();
    child.set_size(PAGE).unwrap();
    child.set_size(3 * PAGE).unwrap();
    assert_eq!(first_bytes(&child), [1, 0, 0]);
    assert_eq!(first_bytes(&parent), [1, 2, 3]);
}

fn mapped_pages_are_protected_before_the_call_returns() {
    let parent = vmo(2);
    let (one, other) = (map(&parent, 2, RW), map(&parent, 2, RW));
    // SAFETY: mapped writable here and below, and nothing of Rust's is there.
    unsafe {
        rt::memory::store(one, 1_u8);
        rt::memory::store(other + PAGE, 2_u8);
        let shared = Entry::of(one).frame();
        assert_permits(one, RW);
        assert_permits(other + PAGE, RW);
        let child = snapshot(&parent);
        assert_permits(one, R);
        assert_permits(other + PAGE, R);
        rt::memory::store(one, 11_u8);
        assert_permits(one, RW);
        assert_ne!(Entry::of(one).frame(), shared, "the child's page stays as it was");
        rt::memory::store(other + PAGE, 12_u8);
        assert_eq!(first_bytes(&child), [1, 2]);
        let own = map(&child, 2, RW);
        assert_eq!(rt::memory::load::<u8>(own), 1);
        assert_eq!(Entry::of(own).frame(), shared);
        rt::memory::store(own, 21_u8);
        assert_permits(own, RW);
        assert_eq!(rt::memory::load::<u8>(other), 11);
    }
    probe::assert_pages(one, &[Ok(11), Ok(12)]);
    assert_eq!(first_bytes(&parent), [11, 12]);
}

fn snapshots_of_snapshots() {
    let mut objects = alloc::vec![numbered(4, 0)];
    for generation in 1..20_u8 {
        let child = snapshot(objects.last().unwrap());
        child.write(u64::from(generation % 4) * PAGE, &[100 + generation]).unwrap();
        objects.push(child);
    }
    for (generation, object) in (0..20_u8).zip(&objects) {
        for page in 0..4_u8 {
            let last = (1..=generation).rev().find(|number| number % 4 == page);
            let expected = last.map_or(page, |number| 100 + number);
            assert_eq!(probe::byte_of(object, u64::from(page) * PAGE), expected);
        }
    }
}

fn a_closed_parent_leaves_its_children() {
    let parent = numbered(3, 1);
    let child = snapshot(&parent);
    let grandchild = snapshot(&child);
    drop(parent);
    child.write(0, &[9]).unwrap();
    drop(child);
    assert_eq!(first_bytes(&grandchild), [1, 2, 3]);
}

fn the_last_side_writes_in_place() {
    let parent = numbered(16, 1);
    let child = snapshot(&parent);
    drop(parent);
    let address = map_in_one_table(&child, 16, RW);
    assert_eq!(probe::read(address), Ok(1));
    let (before, frame) = (Usage::now().frames(), Entry::of(address).frame());
    for page in 0..16 {
        assert_eq!(probe::write(address + page * PAGE, 0), Ok(()));
    }
    assert_eq!(Usage::now().frames(), before);
    assert_eq!(Entry::of(address).frame(), frame);
}

fn a_snapshot_takes_no_frames_for_pages() {
    let parent = numbered(200, 1);
    let before = Usage::now().frames();
    let child = snapshot(&parent);
    assert_eq!(Usage::now().frames(), before);
    child.write(5 * PAGE, &[0]).unwrap();
    assert_eq!(Usage::now().frames(), before + 1);
    assert_eq!(probe::byte_of(&parent, 5 * PAGE), 6);
}
