//! Errors that there once were, each with the operations that showed it.

use abi::VmOptions;
use vm::sim::SimMachine;

use crate::FRAMES;
use crate::bounded::Bounded;
use crate::common::{READ, READ_WRITE};
use crate::operation::{A, Operation};
use crate::program::{Experiment, Program};
use crate::world::{Setting, World};

/// Shown at once, so in a free place.
const SHOWN: VmOptions = READ_WRITE.union(VmOptions::MAP_RANGE);

/// Tries what processors do in one address space under all schedules with two preemptions.
fn together(is_shared: bool, operations: &[&[Operation]]) {
    let machine = SimMachine::new(operations.len() as u32, FRAMES);
    let setting = Setting { spaces: vec![0; operations.len()], is_shared };
    let operations = operations.iter().map(|of_one| of_one.to_vec()).collect();
    let program = Program::<World> { setting, operations };
    Experiment::new(machine, program).explore(Bounded::new(2));
}

/// The frame was given up as soon as there was a copy, when other mappings still showed it.
#[test]
fn a_shared_frame_was_written_by_its_last_owner_while_others_remembered_it() {
    let writes_to_snapshot = [Operation::Store(6), Operation::Load(4)];
    together(true, &[&[Operation::Store(0)], &writes_to_snapshot]);
    together(true, &[&[Operation::Write { object: A, page: 0 }], &writes_to_snapshot]);
}

#[test]
fn a_shared_frame_was_freed_while_processors_remembered_it() {
    let drops_snapshot = [Operation::Unmap { at: 6, pages: 2 }, Operation::Close];
    together(true, &[&[Operation::Store(0)], &drops_snapshot]);
    together(true, &[&[Operation::Write { object: A, page: 0 }], &drops_snapshot]);
}

/// Between two halves of a step, the object did not know of a part of a mapping.
#[test]
fn a_frame_was_freed_while_its_mapping_was_being_split() {
    let decommit = [Operation::Decommit { first: 0, pages: 3 }];
    together(false, &[&[Operation::Protect { at: 0, pages: 1, options: READ }], &decommit]);
    together(false, &[&[Operation::Unmap { at: 1, pages: 1 }], &decommit]);
}

#[test]
fn a_frame_was_freed_while_its_mapping_was_being_merged() {
    let write = Operation::Write { object: A, page: 3 };
    let map = Operation::Map { first: 3, at: 3, pages: 1, options: SHOWN };
    together(false, &[&[write, map], &[Operation::Decommit { first: 3, pages: 1 }]]);
}

/// The new frame could be reached before the old one was forgotten everywhere.
#[test]
fn a_processor_did_not_see_through_one_mapping_what_it_had_stored_through_another() {
    together(false, &[&[Operation::Store(1)], &[Operation::Store(1), Operation::Load(5)]]);
}

#[test]
fn a_processor_did_not_see_what_another_had_stored_through_the_same_mapping() {
    together(false, &[&[Operation::Store(1)], &[Operation::Store(1)], &[Operation::Load(1)]]);
}
