//! Objects that are mapped while their size and content change.

use abi::{CachePolicy, Status, VmOptions};

use crate::common::*;

#[test]
fn shrinking_takes_pages_out_of_every_mapping_and_growing_shows_zeros() {
    let world = World::new();
    let machine = world.machine;
    let vmo = world.resizable(4);
    let first = world.root.map(&request(&vmo, 4)).expect("room").address;
    let other = machine.aspace(2);
    let root = vm::Aspace::root(&other);
    let second = root.map(&request(&vmo, 4)).expect("room").address;
    for at in 0..4 {
        world.store(first + at * PAGE, 1).expect("writable");
        assert_eq!(load(machine, 1, &other, second + at * PAGE), Ok(1));
    }
    vmo.set_size(2 * PAGE).expect("resizable");
    assert_eq!(vmo.committed_frames(), 2);
    world.check();
    check(machine, &other);
    for at in 2..4 {
        let gone = Err(Status::OUT_OF_RANGE);
        assert_eq!(world.load(first + at * PAGE), gone);
        assert_eq!(load(machine, 1, &other, second + at * PAGE), gone);
    }
    vmo.set_size(4 * PAGE).expect("resizable");
    for at in 0..4 {
        let expected = Ok(u8::from(at < 2));
        assert_eq!(world.load(first + at * PAGE), expected);
        assert_eq!(load(machine, 1, &other, second + at * PAGE), expected);
    }
    machine.unload_all();
}

#[test]
fn growing_makes_a_mapping_past_the_end_work() {
    let world = World::new();
    let vmo = world.resizable(0);
    let address = world.root.map(&request(&vmo, 2)).expect("room").address;
    assert_eq!(world.store(address, 1), Err(Status::OUT_OF_RANGE));
    vmo.set_size(1).expect("resizable");
    world.store(address + PAGE - 1, 1).expect("a whole page");
    assert_eq!(world.store(address + PAGE, 1), Err(Status::OUT_OF_RANGE));
}

#[test]
fn shrinking_into_a_page_clears_the_rest_of_it() {
    let world = World::new();
    let vmo = world.resizable(1);
    vmo.write(0, &[1; PAGE as usize]).expect("inside");
    vmo.set_size(10).expect("resizable");
    vmo.set_size(PAGE).expect("resizable");
    let mut bytes = [2; PAGE as usize];
    vmo.read(0, &mut bytes).expect("inside");
    assert_eq!(bytes[..10], [1; 10]);
    assert_eq!(bytes[10..], [0; PAGE as usize - 10]);
}

#[test]
fn reading_gives_no_frames_and_writing_gives_those_it_needs() {
    let world = World::new();
    let vmo = world.vmo(8);
    let mut bytes = [1; 3 * PAGE as usize];
    vmo.read(100, &mut bytes).expect("inside");
    assert_eq!(bytes, [0; 3 * PAGE as usize]);
    assert_eq!(vmo.committed_frames(), 0);
    vmo.write(PAGE - 1, &[5; PAGE as usize + 2]).expect("inside");
    assert_eq!(vmo.committed_frames(), 3);
    vmo.read(0, &mut bytes).expect("inside");
    let expected = |at: usize| (PAGE as usize - 1..2 * PAGE as usize + 1).contains(&at);
    assert!((0..bytes.len()).all(|at| (bytes[at] == 5) == expected(at)));
}

#[test]
fn committing_gives_a_frame_to_every_page_touched() {
    let world = World::new();
    let vmo = world.vmo(4);
    vmo.commit(PAGE - 1, 2).expect("inside");
    assert_eq!(vmo.committed_frames(), 2);
    vmo.commit(0, 4 * PAGE).expect("inside");
    assert_eq!(vmo.committed_frames(), 4);
}

#[test]
fn an_object_gives_its_frames_back() {
    let world = World::new();
    let before = world.free_frames();
    let vmo = world.vmo(100);
    vmo.commit(0, 100 * PAGE).expect("memory");
    assert_eq!(world.free_frames(), before - 100);
    drop(vmo);
    assert_eq!(world.free_frames(), before);
}

#[test]
fn two_address_spaces_may_have_different_objects_at_the_same_address() {
    let world = World::new();
    let machine = world.machine;
    let other = machine.aspace(2);
    let place = 1 << 20;
    let spaces = [(&world.aspace, 1), (&other, 2)];
    for (aspace, byte) in spaces {
        let vmo = world.vmo(1);
        let root = vm::Aspace::root(aspace);
        let address = map_at(&root, place, (&vmo, 0), 1, READ_WRITE).expect("free");
        machine.write(0, aspace, address, &[byte]).expect("writable");
    }
    for (aspace, byte) in spaces.into_iter().chain(spaces) {
        let address = page(&vm::Aspace::root(aspace), place);
        assert_eq!(load(machine, 0, aspace, address), Ok(byte));
    }
    machine.unload_all();
}

#[test]
fn wired_memory_is_there_without_a_fault_and_is_unmapped_when_dropped() {
    let world = World::new();
    let machine = world.machine;
    let kernel = machine.kernel();
    let before = world.free_frames();
    let root = vm::Aspace::root(kernel);
    let wired = root.wire(VmOptions::empty(), 0, 4 * PAGE).expect("room");
    wired.commit(PAGE, 2 * PAGE).expect("memory");
    let address = wired.base() + PAGE;
    let faults = machine.faults();
    // Each processor has another address space loaded; the kernel's is part of it.
    machine.load(1, &world.aspace);
    machine.write(0, kernel, address, &[1]).expect("wired");
    assert_eq!(load(machine, 1, kernel, address), Ok(1));
    assert_eq!(machine.faults(), faults);
    assert_eq!(world.load(address), Err(Status::NOT_FOUND));
    wired.decommit(PAGE, 2 * PAGE);
    machine.check_caches().expect("forgotten on every processor");
    drop(wired);
    check(machine, kernel);
    assert_eq!(world.free_frames(), before);
    assert_eq!(load(machine, 1, kernel, address), Err(Status::NOT_FOUND));
}

#[test]
fn pages_are_cached_as_the_object_says_however_they_came_to_be_mapped() {
    let world = World::new();
    let vmo = world.vmo(40);
    vmo.write(0, &[1; PAGE as usize]).expect("inside");
    let policy = CachePolicy::Uncached;
    vmo.set_cache_policy(policy).expect("nobody maps it");
    let mapped = world.root.map(&request(&vmo, 40)).expect("room");
    let base = mapped.address;
    assert_eq!(world.load(base), Ok(1));
    assert_eq!(world.load(base + 20 * PAGE), Ok(0));
    world.store(base + 39 * PAGE, 1).expect("writable");
    for at in [0, 20, 39] {
        let uncached = world.machine.is_uncached(&world.aspace, base + at * PAGE);
        assert_eq!(uncached, Some(true), "page {at}");
    }
    world.refuses(Status::BAD_STATE, || vmo.set_cache_policy(CachePolicy::Cached));
    world.refuses(Status::BAD_STATE, || vmo.read(0, &mut [0]));
    world.root.discard(mapped);
    for policy in [CachePolicy::Cached, policy] {
        world.refuses(Status::BAD_STATE, || vmo.set_cache_policy(policy));
    }
    vmo.decommit(0, 40 * PAGE).expect("inside");
    vmo.set_cache_policy(CachePolicy::Cached).expect("there is nothing that caches could hold");
}
