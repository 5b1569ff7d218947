//! Objects made of objects: snapshots, slices, references.

use abi::{CachePolicy, Status, VmOptions, VmarOp, VmoChildOptions};
use vm::{MapRequest, Ref, Vmo};

use crate::common::*;

pub(crate) const SNAPSHOT: VmoChildOptions = VmoChildOptions::SNAPSHOT;
pub(crate) const SLICE: VmoChildOptions = VmoChildOptions::SLICE;
pub(crate) const REFERENCE: VmoChildOptions = VmoChildOptions::REFERENCE;

fn byte(vmo: &Vmo, page: u64) -> u8 {
    let mut byte = [0];
    vmo.read(page * PAGE, &mut byte).expect("inside");
    byte[0]
}

fn set(vmo: &Vmo, page: u64, byte: u8) {
    vmo.write(page * PAGE, &[byte]).expect("inside");
}

#[test]
fn a_snapshot_and_its_parent_do_not_see_what_the_other_writes() {
    let world = World::new();
    let parent = world.vmo(4);
    (0..3).for_each(|page| set(&parent, page, 1));
    let copy = child(&parent, SNAPSHOT, 0, 4).expect("allowed");
    set(&parent, 0, 2);
    set(&copy, 1, 3);
    set(&parent, 3, 4);
    let bytes = |vmo| [0, 1, 2, 3].map(|page| byte(vmo, page));
    assert_eq!(bytes(&parent), [2, 1, 1, 4]);
    assert_eq!(bytes(&copy), [1, 3, 1, 0]);
}

#[test]
fn a_snapshot_takes_frames_only_for_what_is_written() {
    let world = World::new();
    let parent = world.vmo(64);
    parent.commit(0, 64 * PAGE).expect("memory");
    let before = world.free_frames();
    let copy = child(&parent, SNAPSHOT, 0, 64).expect("allowed");
    assert_eq!(world.free_frames(), before);
    assert_eq!(parent.shared_frames(), 64);
    set(&copy, 7, 1);
    assert_eq!(world.free_frames(), before - 1);
    assert_eq!((parent.shared_frames(), copy.shared_frames()), (63, 63));
    drop(parent);
    // The page that only the parent could see is gone with it.
    assert_eq!(world.free_frames(), before);
    assert_eq!(copy.shared_frames(), 0);
}

#[test]
fn writable_mappings_of_the_parent_become_read_only_until_the_page_is_its_own() {
    let world = World::new();
    let parent = world.vmo(2);
    let address = world.root.map(&request(&parent, 2)).expect("room").address;
    world.store(address, 1).expect("writable");
    let copy = child(&parent, SNAPSHOT, 0, 2).expect("allowed");
    world.check();
    world.store(address, 2).expect("writable");
    assert_eq!((byte(&parent, 0), byte(&copy, 0)), (2, 1));
    let again = child(&parent, SNAPSHOT, 0, 2).expect("allowed");
    drop(again);
    // Nobody shares the page any more: it is written where it is.
    let before = world.free_frames();
    world.store(address, 3).expect("writable");
    assert_eq!(world.free_frames(), before);
    assert_eq!((byte(&parent, 0), byte(&copy, 0)), (3, 1));
}

#[test]
fn a_write_through_one_mapping_is_seen_in_all_and_in_no_snapshot() {
    let world = World::new();
    let machine = world.machine;
    let parent = world.vmo(1);
    set(&parent, 0, 1);
    let copy = child(&parent, SNAPSHOT, 0, 1).expect("allowed");
    let mapped = |vmo: &Ref<Vmo>| world.root.map(&request(vmo, 1)).expect("room").address;
    let (first, second, other) = (mapped(&parent), mapped(&parent), mapped(&copy));
    for address in [first, second, other] {
        assert_eq!(load(machine, 1, &world.aspace, address), Ok(1));
    }
    world.store(first, 2).expect("writable");
    world.check();
    let seen = [first, second, other].map(|at| load(machine, 1, &world.aspace, at));
    assert_eq!(seen, [Ok(2), Ok(2), Ok(1)]);
}

#[test]
fn snapshots_of_snapshots_are_isolated_however_long_the_chain() {
    let world = World::new();
    let mut chain = vec![world.vmo(3)];
    let length = if cfg!(miri) { 8 } else { 100 };
    for number in 0..length {
        let last = &chain[number];
        set(last, 0, number as u8);
        set(last, 2, number as u8);
        let next = child(last, SNAPSHOT, 0, 3).expect("allowed");
        set(last, 2, 255);
        chain.push(next);
    }
    for number in 0..length {
        assert_eq!(byte(&chain[number], 0), number as u8);
        assert_eq!(byte(&chain[number], 2), 255);
        assert_eq!(byte(&chain[number + 1], 1), 0);
    }
    assert_eq!(byte(&chain[length], 2), length as u8 - 1);
    // In an order that is neither that of making them nor its reverse.
    while !chain.is_empty() {
        chain.swap_remove(chain.len() / 3);
    }
}

#[test]
fn a_snapshot_of_a_part_begins_there_and_may_be_larger_than_its_parent() {
    let world = World::new();
    let parent = world.vmo(200);
    (0..200).for_each(|page| set(&parent, page, page as u8));
    let part = child(&parent, SNAPSHOT, 70, 100).expect("allowed");
    assert_eq!((byte(&part, 0), byte(&part, 99)), (70, 169));
    assert_eq!(part.committed_frames(), 100);
    let beyond = child(&parent, SNAPSHOT, 190, 100).expect("allowed");
    assert_eq!((byte(&beyond, 9), byte(&beyond, 10)), (199, 0));
    let outside = child(&parent, SNAPSHOT, 1000, 2).expect("allowed");
    assert_eq!(byte(&outside, 1), 0);
}

#[test]
fn what_was_cut_off_does_not_come_back_when_a_snapshot_grows() {
    let world = World::new();
    let parent = world.vmo(4);
    (0..4).for_each(|page| set(&parent, page, 1));
    let options = SNAPSHOT | VmoChildOptions::RESIZABLE;
    let copy = child(&parent, options, 0, 4).expect("allowed");
    copy.set_size(PAGE).expect("resizable");
    copy.set_size(4 * PAGE).expect("resizable");
    assert_eq!([0, 1, 3].map(|page| byte(&copy, page)), [1, 0, 0]);
    assert_eq!([0, 1, 3].map(|page| byte(&parent, page)), [1, 1, 1]);
}

#[test]
fn zeroing_a_snapshot_hides_its_parents_content() {
    let world = World::new();
    let parent = world.vmo(3);
    (0..3).for_each(|page| set(&parent, page, 1));
    let copy = child(&parent, SNAPSHOT, 0, 3).expect("allowed");
    let address = world.root.map(&request(&copy, 3)).expect("room").address;
    assert_eq!(world.load(address + PAGE), Ok(1));
    copy.zero(PAGE, 2 * PAGE).expect("inside");
    world.check();
    assert_eq!(world.load(address + PAGE), Ok(0));
    assert_eq!([0, 1, 2].map(|page| byte(&copy, page)), [1, 0, 0]);
    assert_eq!([0, 1, 2].map(|page| byte(&parent, page)), [1, 1, 1]);
}

#[test]
fn a_snapshot_can_never_be_decommitted_and_its_parent_once_it_is_gone() {
    let world = World::new();
    let parent = world.vmo(2);
    set(&parent, 0, 1);
    let copy = world.snapshot(&parent);
    let (slice, again) = (world.slice(&copy, 0, 1), world.reference(&copy));
    let window = world.slice(&parent, 0, 2);
    for vmo in [&parent, &window, &copy, &slice, &again] {
        world.refuses(Status::OUT_OF_RANGE, || vmo.decommit(0, 3 * PAGE));
        vmo.decommit(1, 0).expect("nothing to do");
        for offset in [0, 1] {
            world.refuses(Status::NOT_SUPPORTED, || vmo.decommit(offset, PAGE - offset));
        }
    }
    let grandchild = world.snapshot(&copy);
    drop((copy, slice, again));
    world.refuses(Status::NOT_SUPPORTED, || parent.decommit(0, PAGE));
    drop(grandchild);
    window.decommit(0, PAGE).expect("as it was before");
    assert_eq!((byte(&parent, 0), parent.committed_frames()), (0, 0));

    let copy = world.snapshot(&parent);
    drop((parent, window));
    world.refuses(Status::NOT_SUPPORTED, || copy.decommit(0, PAGE));
    world.refuses(Status::BAD_STATE, || copy.set_cache_policy(CachePolicy::Cached));
}

#[test]
fn a_range_that_shows_a_snapshot_cannot_be_decommitted() {
    let world = World::new();
    let parent = world.vmo(2);
    let copy = world.snapshot(&parent);
    let area = world.area(4);
    map_at(&area, 0, (&parent, 0), 2, READ_WRITE).expect("free");
    map_at(&area, 2, (&copy, 0), 2, READ_WRITE).expect("free");
    for at in [0, 2] {
        world.refuses(Status::NOT_SUPPORTED, || op_range(&area, at, 1, VmarOp::Decommit));
    }
    unmap(&area, 2, 2).expect("mapped");
    drop(copy);
    op_range(&area, 0, 2, VmarOp::Decommit).expect("no child is left");
}

#[test]
fn a_slice_is_a_window_to_the_same_pages() {
    let world = World::new();
    let parent = world.vmo(8);
    let slice = child(&parent, SLICE, 2, 4).expect("allowed");
    let inner = child(&slice, SLICE, 1, 2).expect("allowed");
    set(&parent, 3, 7);
    assert_eq!((byte(&slice, 1), byte(&inner, 0)), (7, 7));
    set(&inner, 1, 8);
    assert_eq!((byte(&parent, 4), byte(&slice, 2)), (8, 8));
    assert_eq!((slice.size(), inner.size()), (4 * PAGE, 2 * PAGE));
    let mapped = world.root.map(&MapRequest { vmo_offset: PAGE, ..request(&slice, 4) });
    let address = mapped.expect("room").address;
    assert_eq!(world.load(address), Ok(7));
    // The slice ends where it ends, though its parent goes on.
    assert_eq!(world.load(address + 3 * PAGE), Err(Status::OUT_OF_RANGE));
    drop(parent);
    assert_eq!(world.load(address), Ok(7));
}

#[test]
fn a_reference_is_the_same_object_again() {
    let world = World::new();
    let parent = world.resizable(2);
    let options = REFERENCE | VmoChildOptions::RESIZABLE;
    let again = child(&parent, options, 0, 0).expect("allowed");
    set(&again, 1, 5);
    assert_eq!(byte(&parent, 1), 5);
    again.set_size(5 * PAGE + 3).expect("resizable");
    assert_eq!((parent.size(), parent.stream_size()), (6 * PAGE, 5 * PAGE + 3));
    parent.set_stream_size(PAGE).expect("inside");
    assert_eq!((again.stream_size(), byte(&again, 1)), (PAGE, 0));
}

#[test]
fn a_mapping_may_fault_past_the_stream_size() {
    let world = World::new();
    let vmo = world.resizable(4);
    vmo.set_stream_size(PAGE + 1).expect("inside");
    let options = VmOptions::FAULT_BEYOND_STREAM_SIZE | VmOptions::ALLOW_FAULTS;
    let mapped = world.root.map(&MapRequest { options: READ_WRITE | options, ..request(&vmo, 4) });
    let address = mapped.expect("room").address;
    world.store(address + 2 * PAGE - 1, 1).expect("a whole page");
    assert_eq!(world.load(address + 2 * PAGE), Err(Status::OUT_OF_RANGE));
    vmo.set_stream_size(4 * PAGE).expect("inside");
    world.store(address + 3 * PAGE, 1).expect("in the stream");
    vmo.set_stream_size(0).expect("inside");
    assert_eq!(world.load(address), Err(Status::OUT_OF_RANGE));
}

#[test]
fn contiguous_frames_are_in_a_row_and_stay() {
    let world = World::new();
    let before = world.free_frames();
    let vmo = Vmo::contiguous(world.memory(), 8 * PAGE, 15).expect("memory");
    assert_eq!(vmo.committed_frames(), 8);
    set(&vmo, 3, 1);
    vmo.zero(0, 8 * PAGE).expect("inside");
    assert_eq!((byte(&vmo, 3), vmo.committed_frames()), (0, 8));
    let address = world.root.map(&request(&vmo, 8)).expect("room").address;
    world.store(address + 7 * PAGE, 2).expect("writable");
    assert_eq!(byte(&vmo, 7), 2);
    world.root.unmap(ALL_RIGHTS, address, 8 * PAGE).expect("inside");
    drop(vmo);
    assert_eq!(world.free_frames(), before);
}

#[test]
fn those_who_show_many_pages_are_told_of_them_together_when_a_copy_gets_its_own() {
    let world = World::new();
    let parent = world.vmo(64);
    (0..64).for_each(|page| set(&parent, page, 7));
    let copy = child(&parent, SNAPSHOT, 0, 64).expect("allowed");
    let address = world.root.map(&request(&copy, 64)).expect("room").address;
    (0..64).for_each(|page| assert_eq!(world.load(address + page * PAGE), Ok(7)));
    let before = world.machine.invalidations();
    copy.commit(0, 64 * PAGE).expect("memory");
    assert_eq!(world.machine.invalidations() - before, 1);
    assert_eq!((copy.committed_frames(), copy.shared_frames()), (64, 0));
    world.check();
    (0..64).for_each(|page| world.store(address + page * PAGE, 1).expect("writable"));
    (0..64).for_each(|page| assert_eq!((byte(&parent, page), byte(&copy, page)), (7, 1)));
}

#[test]
fn frames_in_a_row_are_cleared_in_steps_and_may_be_given_up() {
    let world = World::new();
    let before = world.free_frames();
    let mut pauses = 0;
    let row = Vmo::contiguous_with(world.memory(), 600 * PAGE, 0, || {
        pauses += 1;
        // With no lock held.
        assert!(world.free_frames() <= before - 600);
        Ok(())
    });
    assert_eq!((row.map(|row| row.committed_frames()), pauses), (Ok(600), 1));
    assert_eq!(world.free_frames(), before);
    let given_up = Vmo::contiguous_with(world.memory(), 600 * PAGE, 0, || Err(Status::CANCELED));
    assert_eq!(given_up.err(), Some(Status::CANCELED));
    assert_eq!(world.free_frames(), before);
}

#[test]
fn a_fault_in_a_slice_shows_nothing_behind_the_slice() {
    let world = World::new();
    let parent = world.vmo(64);
    (0..64).for_each(|page| set(&parent, page, 7));
    let slice = child(&parent, SLICE, 0, 40).expect("allowed");
    let options = READ_WRITE | VmOptions::ALLOW_FAULTS;
    let mapped = world.root.map(&MapRequest { options, ..request(&slice, 64) });
    let address = mapped.expect("room").address;
    for page in 0..40 {
        assert_eq!(world.load(address + page * PAGE), Ok(7));
        world.check();
    }
    assert_eq!(world.load(address + 40 * PAGE), Err(Status::OUT_OF_RANGE));
}
