//! Objects that share pages, and that go at the same time.
//!
//! An object leaves its family before its frames and nodes are given up, which may be much later if another processor is in between: its
//! relatives seem to be alone then, and are not.

use std::ops::Range;

use abi::{Status, VmoChildOptions, VmoOptions};
use shuttle::thread;
use vm::sim::SimMachine;
use vm::{Memory, Ref, Result, Vmo};

use crate::FRAMES;
use crate::bounded::Bounded;
use crate::common::{PAGE, child};
use crate::program::under_all;
use crate::supplying::Absent;

/// Pages of an object: as many as a node of a page tree has, so that nothing has to be cut off.
const PAGES: u64 = 64;

/// Makes an object whose source has provided all of it: zeros.
fn provided(memory: &'static Memory) -> Ref<Vmo> {
    let first = Vmo::with_source(memory, PAGES * PAGE, VmoOptions::empty(), Box::new(Absent));
    let first = first.expect("an object");
    let aux = Vmo::create(memory, PAGES * PAGE, VmoOptions::empty()).expect("an object");
    first.supply(0, PAGES * PAGE, &aux, 0).expect("all of it is missing");
    first
}

fn view(parent: &Vmo, pages: &Range<u64>) -> Result<Ref<Vmo>> {
    let kind = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE;
    child(parent, kind, pages.start, pages.end - pages.start)
}

/// Writes `byte` to a page.
fn write(vmo: &Vmo, page: u64, byte: u8) {
    vmo.write(page * PAGE, &[byte]).expect("memory");
}

/// Returns the first bytes of the first pages.
fn bytes(vmo: &Vmo) -> [u8; 4] {
    let mut byte = [0];
    std::array::from_fn(|page| {
        vmo.read(page as u64 * PAGE, &mut byte).expect("inside");
        byte[0]
    })
}

/// What is left of a store that nobody shows any more went to its only viewer as if nobody shared it.
#[test]
fn a_viewer_took_over_nodes_that_a_relative_was_giving_up() {
    // All of what it takes over, and what something has to be cut off of.
    for seen in [0..PAGES, 1..PAGES - 1] {
        let machine = SimMachine::new(2, FRAMES);
        under_all(Bounded::new(2), move || leave_together(machine.memory(), &seen));
    }
}

/// Lets an object that sees `seen` of another take that over, while a relative of the other goes.
fn leave_together(memory: &'static Memory, seen: &Range<u64>) {
    let free = memory.free_frames();
    let first = provided(memory);
    let parent = view(&first, &(0..PAGES)).expect("a viewer");
    (0..3).for_each(|page| write(&parent, page, 0xa0));
    let relative = child(&parent, VmoChildOptions::SNAPSHOT_MODIFIED, 0, PAGES);
    let relative = relative.expect("what was written is copied");
    vm::sim::together(|| {
        thread::scope(|scope| {
            scope.spawn(|| drop(relative));
            // A viewer of it, unless its relative is there still; a relative then.
            let heir = view(&parent, seen).expect("a child");
            write(&heir, 1, 0xb0);
            write(&heir, 3, 0xb0);
            drop(parent);
            // Were a frame given up too early, this is where it is used again.
            let other = Vmo::create(memory, 4 * PAGE, VmoOptions::empty()).expect("an object");
            (0..4).for_each(|page| write(&other, page, 0xee));
            let third = if seen.start == 0 { 0xa0 } else { 0 };
            assert_eq!(bytes(&heir), [0xa0, 0xb0, third, 0xb0]);
        });
    });
    drop(first);
    memory.check_invariants().expect("the free frames are in order");
    assert_eq!(memory.free_frames(), free);
}

/// Something that an object's owner does, and the first bytes of its pages if it succeeds.
type Act = (fn(&Vmo) -> Result<()>, [u8; 4]);

/// They seem to be gone before they have given up anything.
#[test]
fn what_two_relatives_are_giving_up_stays_what_it_was() {
    let acts: [Act; 4] = [
        (|vmo| vmo.write(0, &[0xc0]), [0xc0, 0xb0, 0xa0, 0]),
        (|vmo| vmo.decommit(0, 2 * PAGE), [0, 0, 0xa0, 0]),
        (|vmo| vmo.zero(0, PAGES * PAGE), [0; 4]),
        (|vmo| child(vmo, VmoChildOptions::SNAPSHOT, 1, 2).map(drop), [0xa0, 0xb0, 0xa0, 0]),
    ];
    for act in acts {
        let machine = SimMachine::new(3, FRAMES);
        under_all(Bounded::new(1), move || act_while_relatives_leave(machine.memory(), act));
    }
}

fn act_while_relatives_leave(memory: &'static Memory, (act, expected): Act) {
    let free = memory.free_frames();
    let parent = Vmo::create(memory, PAGES * PAGE, VmoOptions::empty()).expect("an object");
    (0..3).for_each(|page| write(&parent, page, 0xa0));
    let snapshot = |vmo: &Vmo| child(vmo, VmoChildOptions::SNAPSHOT, 0, PAGES).expect("a child");
    // With the first it shares two frames and no node, with the others all that it has.
    let elder = snapshot(&parent);
    write(&parent, 1, 0xb0);
    let [younger, youngest] = [0; 2].map(|_| snapshot(&parent));
    let acted = vm::sim::together(|| {
        thread::scope(|scope| {
            scope.spawn(|| drop(elder));
            scope.spawn(|| drop((younger, youngest)));
            act(&parent)
        })
    });
    // Were a frame given up too early, this is where it is used again.
    let other = Vmo::create(memory, 4 * PAGE, VmoOptions::empty()).expect("an object");
    (0..4).for_each(|page| write(&other, page, 0xee));
    match acted {
        Ok(()) => assert_eq!(bytes(&parent), expected),
        Err(status) => {
            assert_eq!(status, Status::NOT_SUPPORTED, "it has relatives");
            assert_eq!(bytes(&parent), [0xa0, 0xb0, 0xa0, 0]);
        }
    }
    drop((parent, other));
    memory.check_invariants().expect("the free frames are in order");
    assert_eq!(memory.free_frames(), free);
}
