//! Moving pages from one object to another.

use abi::{CachePolicy, Status, VmoChildOptions};
use vm::{Ref, Vmo};

use crate::common::*;

/// Makes an object of `pages` pages that begin with `first` and the bytes after it.
fn numbered(world: &World, pages: u64, first: u8) -> Ref<Vmo> {
    let vmo = world.vmo(pages);
    for (page, byte) in (0..pages).zip(first..) {
        vmo.write(page * PAGE, &[byte]).expect("inside");
    }
    vmo
}

fn bytes(vmo: &Vmo) -> Vec<u8> {
    let byte = |page| {
        let mut byte = [0];
        vmo.read(page * PAGE, &mut byte).expect("inside");
        byte[0]
    };
    (0..vmo.size() / PAGE).map(byte).collect()
}

#[test]
fn errors_of_moving_come_in_the_documented_order() {
    let world = World::new();
    let (to, from) = (numbered(&world, 2, 1), numbered(&world, 2, 5));
    let row = Vmo::contiguous(world.memory(), PAGE, 0).expect("memory");
    let uncached = world.vmo(1);
    uncached.set_cache_policy(CachePolicy::Uncached).expect("allowed");
    let past = 3 * PAGE;
    for (offset, len, source) in [(1, past, 0), (0, past + 1, 0), (0, past, 1)] {
        let asked = || to.transfer_data(offset, len, &row, source);
        world.refuses(Status::INVALID_ARGS, asked);
    }
    world.refuses(Status::NOT_SUPPORTED, || to.transfer_data(0, past, &row, 0));
    world.refuses(Status::NOT_SUPPORTED, || row.transfer_data(0, past, &to, 0));
    world.refuses(Status::OUT_OF_RANGE, || to.transfer_data(0, past, &uncached, 0));
    world.refuses(Status::OUT_OF_RANGE, || to.transfer_data(0, PAGE, &from, 2 * PAGE));
    world.refuses(Status::BAD_STATE, || to.transfer_data(0, PAGE, &uncached, 0));
    world.refuses(Status::BAD_STATE, || uncached.transfer_data(0, PAGE, &to, 0));
    assert_eq!(to.transfer_data(0, past, &to, 0), Ok(()), "to where it is");
}

#[test]
fn pages_leave_one_object_for_the_other_in_every_mapping() {
    let world = World::new();
    let (to, from) = (numbered(&world, 3, 1), numbered(&world, 3, 11));
    let there = world.root.map(&request(&to, 3)).expect("room").address;
    let here = world.root.map(&request(&from, 3)).expect("room").address;
    for page in 0..3 {
        assert!(world.load(there + page * PAGE).is_ok());
        assert!(world.load(here + page * PAGE).is_ok());
    }
    to.transfer_data(0, 2 * PAGE, &from, PAGE).expect("allowed");
    world.check();
    assert_eq!((bytes(&to), bytes(&from)), (vec![12, 13, 3], vec![11, 0, 0]));
    let seen = |base: u64| [0, 1, 2].map(|page| world.load(base + page * PAGE));
    assert_eq!(seen(there), [Ok(12), Ok(13), Ok(3)]);
    assert_eq!(seen(here), [Ok(11), Ok(0), Ok(0)]);
}

#[test]
fn trees_of_different_heights_are_joined() {
    let world = World::new();
    for (to_page, from_page) in [(0, 1 << 20), (1 << 20, 0), (1 << 30, 63), (4095, 4096)] {
        let (to, from) = (world.vmo(1 << 40), world.vmo(1 << 40));
        for page in [from_page, from_page + 1, from_page + 70] {
            from.write(page * PAGE, &[7]).expect("inside");
        }
        for page in [0, 1 << 12, to_page + 1, to_page + 5] {
            to.write(page * PAGE, &[1]).expect("inside");
        }
        to.transfer_data(to_page * PAGE, 100 * PAGE, &from, from_page * PAGE).expect("allowed");
        for (page, expected) in [(0, 7), (1, 7), (5, 0), (70, 7)] {
            let mut byte = [9];
            to.read((to_page + page) * PAGE, &mut byte).expect("inside");
            assert_eq!(byte, [expected], "page {page} from {to_page}");
        }
        assert_eq!(from.committed_frames(), 0);
    }
}

#[test]
fn ranges_of_one_object_may_overlap() {
    let world = World::new();
    let vmo = numbered(&world, 6, 1);
    vmo.transfer_data(PAGE, 4 * PAGE, &vmo, 0).expect("allowed");
    assert_eq!(bytes(&vmo), [0, 1, 2, 3, 4, 6]);
    vmo.transfer_data(0, 4 * PAGE, &vmo, 2 * PAGE).expect("allowed");
    assert_eq!(bytes(&vmo), [2, 3, 4, 6, 0, 0]);
    let slice = child(&vmo, VmoChildOptions::SLICE, 2, 2).expect("inside");
    slice.transfer_data(0, PAGE, &vmo, 0).expect("allowed");
    assert_eq!(bytes(&vmo), [0, 3, 2, 6, 0, 0]);
}

#[test]
fn relatives_keep_what_they_saw() {
    let world = World::new();
    let parent = numbered(&world, 4, 1);
    let copy = child(&parent, VmoChildOptions::SNAPSHOT, 0, 4).expect("allowed");
    let to = world.vmo(4);
    to.transfer_data(0, 3 * PAGE, &copy, PAGE).expect("allowed");
    copy.transfer_data(PAGE, PAGE, &parent, 0).expect("a relative");
    assert_eq!(bytes(&parent), [0, 2, 3, 4]);
    assert_eq!(bytes(&copy), [1, 1, 0, 0]);
    assert_eq!(bytes(&to), [2, 3, 4, 0]);
}
