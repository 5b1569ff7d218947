//! Pages that stay where they are.

use abi::{CachePolicy, Status, VmoChildOptions};
use vm::{Access, Frame, Pinned, Ref, Vmo};

use crate::common::*;

fn pin(vmo: &Ref<Vmo>, first: u64, pages: u64) -> Pinned {
    Vmo::pin(vmo, Access::Write, first * PAGE, pages * PAGE).expect("inside")
}

fn frames(pinned: &Pinned) -> Vec<Frame> {
    let mut frames = Vec::new();
    pinned.first_frames(u64::MAX, |frame| frames.push(frame));
    frames
}

#[test]
fn errors_of_pinning_come_in_the_documented_order() {
    let world = World::new();
    let vmo = world.vmo(2);
    for (offset, len) in [(0, 0), (1, PAGE), (9 * PAGE, 1), (u64::MAX, PAGE)] {
        world.refuses(Status::INVALID_ARGS, || Vmo::pin(&vmo, Access::Write, offset, len));
    }
    for (offset, len) in [(0, 3 * PAGE), (2 * PAGE, PAGE), (PAGE, u64::MAX - PAGE + 1)] {
        world.refuses(Status::OUT_OF_RANGE, || Vmo::pin(&vmo, Access::Write, offset, len));
    }
}

#[test]
fn what_takes_pages_away_is_refused_while_they_are_pinned() {
    let world = World::new();
    let vmo = world.resizable(4);
    vmo.write(0, &[1; 4 * PAGE as usize]).expect("inside");
    let pinned = pin(&vmo, 2, 1);
    let bad = Status::BAD_STATE;
    world.refuses(bad, || vmo.decommit(0, 4 * PAGE));
    world.refuses(bad, || vmo.set_size(2 * PAGE));
    world.refuses(bad, || child(&vmo, VmoChildOptions::SNAPSHOT, 0, 1));
    world.refuses(bad, || vmo.set_cache_policy(CachePolicy::Uncached));
    world.refuses(bad, || vmo.transfer_data(2 * PAGE, PAGE, &world.vmo(1), 0));
    world.refuses(bad, || world.vmo(1).transfer_data(0, PAGE, &vmo, 2 * PAGE));
    vmo.decommit(3 * PAGE, PAGE).expect("another page");
    vmo.set_size(2 * PAGE + 1).expect("the page stays");
    drop(pinned);
    vmo.decommit(0, 3 * PAGE).expect("nothing is pinned");
}

#[test]
fn pinned_pages_are_zeroed_where_they_are() {
    let world = World::new();
    let vmo = world.vmo(200);
    for page in 0..200 {
        vmo.write(page * PAGE, &[1]).expect("inside");
    }
    let pins = [pin(&vmo, 0, 1), pin(&vmo, 63, 3), pin(&vmo, 199, 1)];
    let before: Vec<_> = pins.iter().flat_map(frames).collect();
    vmo.zero(0, 200 * PAGE).expect("inside");
    assert_eq!(vmo.committed_frames(), 5);
    assert_eq!(pins.iter().flat_map(frames).collect::<Vec<_>>(), before);
    let mut bytes = vec![1; 200 * PAGE as usize];
    vmo.read(0, &mut bytes).expect("inside");
    assert!(bytes == vec![0; bytes.len()]);
}

#[test]
fn zeroing_around_pins_in_shared_nodes_leaves_relatives_alone() {
    let world = World::new();
    let vmo = world.vmo(200);
    vmo.write(0, &[1; 200 * PAGE as usize]).expect("inside");
    let copy = child(&vmo, VmoChildOptions::SNAPSHOT, 0, 200).expect("nothing is pinned");
    let pinned = pin(&vmo, 70, 1);
    vmo.zero(3, 199 * PAGE).expect("inside");
    let mut bytes = vec![0; 200 * PAGE as usize];
    let mut expected = vec![1; bytes.len()];
    copy.read(0, &mut bytes).expect("inside");
    assert!(bytes == expected);
    vmo.read(0, &mut bytes).expect("inside");
    expected[3..199 * PAGE as usize + 3].fill(0);
    assert!(bytes == expected);
    drop(pinned);
}

#[test]
fn a_page_can_be_pinned_so_often_and_no_more() {
    let world = World::new();
    let vmo = world.vmo(2);
    vmo.commit(0, 2 * PAGE).expect("memory");
    let pins: Vec<_> = (0..31).map(|_| pin(&vmo, 1, 1)).collect();
    world.refuses(Status::UNAVAILABLE, || Vmo::pin(&vmo, Access::Write, 0, 2 * PAGE));
    vmo.decommit(0, PAGE).expect("not pinned by that");
    drop(pins);
    drop(pin(&vmo, 0, 2));
}

#[test]
fn pinning_a_snapshot_gives_it_frames_of_its_own() {
    let world = World::new();
    let vmo = world.vmo(1);
    vmo.write(0, &[5]).expect("inside");
    let copy = child(&vmo, VmoChildOptions::SNAPSHOT, 0, 1).expect("allowed");
    let pinned = pin(&copy, 0, 1);
    let other = pin(&vmo, 0, 1);
    assert_ne!(frames(&pinned), frames(&other));
    assert_eq!((copy.shared_frames(), vmo.shared_frames()), (0, 0));
}

#[test]
fn pins_keep_pages_when_nobody_else_does() {
    let world = World::new();
    let vmo = world.vmo(3);
    let pinned = pin(&vmo, 0, 3);
    let before = world.free_frames();
    drop(vmo);
    assert_eq!(world.free_frames(), before);
    drop(pinned);
    assert_eq!(world.free_frames(), before + 3);
}

#[test]
fn contiguous_and_physical_pages_are_in_a_row() {
    let world = World::new();
    let memory = world.memory();
    let row = Vmo::contiguous(memory, 3 * PAGE, 14).expect("so many are free");
    let found = frames(&pin(&row, 0, 3));
    assert!(found[0].number().is_multiple_of(4));
    assert!((0..).zip(&found).all(|(page, frame)| *frame == found[0].plus(page)));
    let device = Vmo::physical(memory, 1 << 40, 4 * PAGE, CachePolicy::Uncached);
    let device = device.expect("an object");
    let found = frames(&pin(&device, 1, 2));
    assert_eq!(found[0], Frame::containing((1 << 40) + PAGE));
    assert_eq!(found.len(), 2);
}
