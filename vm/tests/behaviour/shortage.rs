//! Memory that runs out in the middle of a call: defects that there were, found by failing every
//! allocation in turn, or by random calls with little memory.

use abi::VmoOptions;
use vm::{Missing, PageSource, Ref, Result, Status, Vmo};

use crate::common::{heap, *};

/// Calls `operation` with one frame after the other to be had, until they suffice. Before that it has
/// to refuse, and to leave `describe` as it is. Returns how often it did.
fn starve(
    world: &World,
    describe: impl Fn() -> [u64; 3],
    operation: impl Fn() -> Result<()>,
) -> u64 {
    for frames in 0.. {
        let before = describe();
        world.machine.fail_after(frames);
        let result = operation();
        world.machine.fail_after(u64::MAX);
        world.check();
        if result == Ok(()) {
            return frames;
        }
        assert_eq!(result, Err(Status::NO_MEMORY));
        assert_eq!(describe(), before, "after {frames} frames");
    }
    unreachable!("it ends when there is enough")
}

/// Says how many frames an object has, how many of them it shares, and how many are free.
fn frames(world: &World, vmo: &Vmo) -> [u64; 3] {
    [vmo.committed_frames(), vmo.shared_frames(), world.free_frames()]
}

/// Makes an object of `pages` pages with bytes in all of them.
fn filled(world: &World, pages: u64) -> Ref<Vmo> {
    let vmo = world.vmo(pages);
    (0..pages).for_each(|page| vmo.write(page * PAGE, &[7; PAGE as usize]).expect("memory"));
    vmo
}

#[test]
fn zeroing_parts_of_two_shared_pages_copied_the_first_and_failed() {
    let world = World::new();
    let vmo = filled(&world, 3);
    let copy = world.snapshot(&vmo);
    let refused = starve(&world, || frames(&world, &vmo), || vmo.zero(8, 3 * PAGE - 16));
    assert_eq!(refused, 2);
    assert_eq!(frames(&world, &vmo)[..2], [2, 0]);
    assert_eq!((copy.committed_frames(), copy.shared_frames()), (3, 0));
}

#[test]
fn moving_shared_pages_copied_some_of_them_and_failed() {
    let world = World::new();
    let vmo = filled(&world, 3);
    let copy = world.snapshot(&vmo);
    let target = world.vmo(3);
    let refused =
        starve(&world, || frames(&world, &vmo), || target.transfer_data(0, 3 * PAGE, &vmo, 0));
    assert_eq!(refused, 3);
    assert_eq!((vmo.committed_frames(), target.committed_frames()), (0, 3));
    assert_eq!((copy.committed_frames(), copy.shared_frames()), (3, 0));
}

/// A source that provides nothing.
struct Silent;

impl PageSource for Silent {
    fn provide(&self, _: &Missing) -> Result<()> {
        Err(Status::IO)
    }

    fn zeroed(&self, _: std::ops::Range<u64>) {}

    fn cut(&self, _: u64) {}
}

#[test]
fn zeroing_missing_pages_needed_frames_and_provided_some_of_them_before_it_failed() {
    let world = World::new();
    let source = Box::new(Silent);
    let vmo = Vmo::with_source(world.memory(), 3 * PAGE, VmoOptions::empty(), source);
    let vmo = vmo.expect("an object");
    let refused = starve(&world, || frames(&world, &vmo), || vmo.zero(0, 3 * PAGE));
    assert_eq!((refused, vmo.committed_frames()), (0, 0));
    assert!(vmo.missing(0, 3 * PAGE).is_none());
}

#[test]
fn the_register_of_discardable_objects_kept_room_for_one_that_there_was_no_memory_for() {
    let world = World::new();
    let create = || Vmo::create(world.memory(), PAGE, VmoOptions::DISCARDABLE).map(drop);
    let live = heap::live();
    for allocations in 0.. {
        let (result, _) = heap::failing_after(allocations, create);
        assert_eq!(heap::live(), live, "after {allocations} allocations");
        if result == Ok(()) {
            return assert!(allocations > 3, "object, store, and a place in the register");
        }
        assert_eq!(result, Err(Status::NO_MEMORY));
    }
}
