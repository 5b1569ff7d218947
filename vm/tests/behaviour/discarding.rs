//! Discardable objects, and memory that is had back from them.

use abi::{Status, VmOptions, VmoOptions};
use vm::{Access, Ref, Vmo};

use crate::common::*;

/// Makes an unlocked object of `pages` pages that begin with `byte`.
fn unlocked(world: &World, pages: u64, byte: u8) -> Ref<Vmo> {
    let options = VmoOptions::DISCARDABLE;
    let vmo = Vmo::create(world.memory(), pages * PAGE, options).expect("an object");
    assert_eq!(vmo.lock_pages(0, pages * PAGE), Ok(0));
    for page in 0..pages {
        vmo.write(page * PAGE, &[byte]).expect("inside");
    }
    vmo.unlock_pages(0, pages * PAGE).expect("locked");
    vmo
}

#[test]
fn what_was_unlocked_first_is_had_back_first() {
    let world = World::new();
    let objects = [3, 4, 5].map(|pages| unlocked(&world, pages, 1));
    objects[0].try_lock_pages(0, 3 * PAGE).expect("kept");
    objects[0].unlock_pages(0, 3 * PAGE).expect("locked");
    assert_eq!([(); 4].map(|()| world.memory().reclaim()), [4, 5, 3, 0], "frames, oldest first");
}

#[test]
fn what_is_locked_twice_is_kept_until_it_is_unlocked_twice() {
    let world = World::new();
    let vmo = unlocked(&world, 1, 1);
    vmo.try_lock_pages(0, PAGE).expect("kept");
    vmo.try_lock_pages(0, PAGE).expect("kept");
    for freed in [0, 1] {
        vmo.unlock_pages(0, PAGE).expect("locked");
        assert_eq!(world.memory().reclaim(), freed);
    }
}

#[test]
fn locked_pinned_empty_and_new_objects_are_spared() {
    let world = World::new();
    let locked = unlocked(&world, 1, 1);
    locked.try_lock_pages(0, PAGE).expect("kept");
    let pinned = unlocked(&world, 1, 2);
    let pin = Vmo::pin(&pinned, Access::Write, 0, PAGE).expect("inside");
    let _empty = unlocked(&world, 0, 0);
    let new = Vmo::create(world.memory(), PAGE, VmoOptions::DISCARDABLE).expect("an object");
    new.write(0, &[3]).expect("inside");
    assert_eq!(world.memory().reclaim(), 0);
    drop(pin);
    assert_eq!(world.memory().reclaim(), 1);
}

#[test]
fn what_was_discarded_is_out_of_reach_until_it_is_locked() {
    let world = World::new();
    let vmo = unlocked(&world, 2, 7);
    let mapped = world
        .root
        .map(&vm::MapRequest { options: READ_WRITE | VmOptions::ALLOW_FAULTS, ..request(&vmo, 2) });
    let address = mapped.expect("room").address;
    assert_eq!(world.load(address), Ok(7));
    assert_eq!(world.memory().reclaim(), 2);
    world.check();
    world.refuses(Status::NOT_FOUND, || vmo.read(0, &mut [0]));
    world.refuses(Status::NOT_FOUND, || vmo.write(0, &[0]));
    world.refuses(Status::NOT_FOUND, || vmo.commit(0, PAGE));
    world.refuses(Status::NOT_FOUND, || Vmo::pin(&vmo, Access::Write, 0, PAGE));
    world.refuses(Status::UNAVAILABLE, || vmo.try_lock_pages(0, 2 * PAGE));
    assert_eq!(world.load(address), Err(Status::NOT_FOUND));
    assert_eq!(vmo.lock_pages(0, 2 * PAGE), Ok(2 * PAGE));
    assert_eq!(world.load(address), Ok(0));
    assert_eq!(vmo.lock_pages(0, 2 * PAGE), Ok(0), "nothing since");
}

#[test]
fn errors_of_locking_come_in_the_documented_order() {
    let world = World::new();
    let (plain, vmo) = (world.vmo(1), unlocked(&world, 1, 1));
    for (offset, len) in [(0, PAGE), (PAGE, 0)] {
        world.refuses(Status::NOT_SUPPORTED, || plain.lock_pages(offset, len));
        world.refuses(Status::NOT_SUPPORTED, || plain.try_lock_pages(offset, len));
        world.refuses(Status::NOT_SUPPORTED, || plain.unlock_pages(offset, len));
    }
    for (offset, len) in [(PAGE, PAGE), (0, 0), (0, 2 * PAGE), (1, PAGE - 1)] {
        world.refuses(Status::OUT_OF_RANGE, || vmo.lock_pages(offset, len));
        world.refuses(Status::OUT_OF_RANGE, || vmo.unlock_pages(offset, len));
    }
    world.refuses(Status::BAD_STATE, || vmo.unlock_pages(0, PAGE));
}

#[test]
fn what_fails_for_want_of_frames_is_tried_again() {
    let world = World::new();
    let vmo = unlocked(&world, 8, 1);
    let hog = world.vmo(1 << 20);
    // As many as there are; then those of the discardable object are all there is.
    let all = world.memory().with_reclaim(|| hog.commit(0, (1 << 20) * PAGE));
    assert_eq!(all, Err(Status::NO_MEMORY));
    assert_eq!(world.free_frames(), 0);
    assert_eq!(vmo.committed_frames(), 0);
    drop(hog);
    let again = unlocked(&world, 4, 2);
    let hog = world.vmo(1 << 20);
    let most = world.free_frames() * PAGE;
    hog.commit(0, most).expect("so many are free");
    world.refuses(Status::NO_MEMORY, || hog.write(most, &[1]));
    let written = world.memory().with_reclaim(|| hog.write(most, &[1]));
    assert_eq!(written, Ok(()));
    assert_eq!(again.committed_frames(), 0);
}

#[test]
fn more_frames_in_a_row_than_there_are_take_nothing_from_anybody() {
    let world = World::new();
    let vmo = unlocked(&world, 1, 1);
    let row = |size| world.memory().with_reclaim(|| Vmo::contiguous(world.memory(), size, 0));
    let all = world.memory().total_frames();
    assert_eq!(row((all + 1) * PAGE).err(), Some(Status::NO_MEMORY));
    assert_eq!(vmo.committed_frames(), 1);
    // So many there are, but some of them are needed.
    assert_eq!(row(all * PAGE).err(), Some(Status::NO_MEMORY));
    assert_eq!(vmo.committed_frames(), 0);
}

#[test]
fn an_address_range_that_is_taken_takes_nothing_from_anybody() {
    let world = World::new();
    let vmo = unlocked(&world, 1, 1);
    let area = world.area(1);
    map_at(&area, 0, (&world.vmo(1), 0), 1, READ).expect("free");
    let other = world.vmo(1);
    let taken = world.memory().with_reclaim(|| map_at(&area, 0, (&other, 0), 1, READ));
    assert_eq!(taken, Err(Status::NO_MEMORY));
    assert_eq!(vmo.committed_frames(), 1);
}
