//! Every allocation of every operation fails once: of frames, and of the heap.
//!
//! The operation has to answer NO_MEMORY and to leave everything as it was, and has to succeed when
//! it is repeated with memory. An operation that only takes away has to succeed without any.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that is wrong about a number panics, as it should"
)]

#[path = "../common/mod.rs"]
mod common;

mod operations;
mod stage;

use std::fmt::Write;

use abi::VmOptions;
use common::heap;
use operations::{NEED_MEMORY, NEED_NONE, Operation};
use stage::Stage;
use vm::{Aspace, Result, Status};

/// What fails.
#[derive(Clone, Copy, Debug)]
enum Source {
    Frames,
    Heap,
}

impl Source {
    /// Runs `operation` with the first `allocations` allocations succeeding.
    fn failing_after(self, stage: &Stage, allocations: u64, operation: &Operation) -> Result<()> {
        match self {
            Source::Heap => heap::failing_after(allocations, || (operation.run)(stage)).0,
            Source::Frames => {
                stage.world.machine.fail_after(allocations);
                let result = (operation.run)(stage);
                stage.world.machine.fail_after(u64::MAX);
                result
            }
        }
    }
}

/// Extra regions there are at the start, so that storage is full at one of them.
const MOST_REGIONS: u64 = if cfg!(miri) { 0 } else { 34 };

/// Of how many operations one is tried.
const ONE_OF: usize = if cfg!(miri) { 13 } else { 1 };

/// Fails each allocation of `operation` in turn; returns how many there were.
fn fail_each(source: Source, operation: &Operation, regions: u64) -> u64 {
    let mut allocations = 0;
    loop {
        let stage = Stage::new(regions);
        let before = stage.describe();
        let result = source.failing_after(&stage, allocations, operation);
        let name = operation.name;
        match result {
            Ok(()) => return allocations,
            Err(status) => assert_eq!(status, Status::NO_MEMORY, "{name}"),
        }
        assert_eq!(stage.describe(), before, "{name} after {allocations}");
        stage.check();
        let again = (operation.run)(&stage);
        assert_eq!(again, Ok(()), "{name} repeated after {allocations}");
        stage.check();
        allocations += 1;
    }
}

/// Fails each allocation of each operation, in each starting state.
fn fail_all(source: Source) {
    // The kernel's address space outlasts the stages, and keeps the room for its first regions.
    let kernel = Stage::new(0).world.machine.kernel();
    drop(Aspace::root(kernel).wire(VmOptions::empty(), 0, common::PAGE));
    // Room for all that is printed, as what is being counted is the heap.
    let mut report = String::with_capacity(10_000);
    let heap = heap::live();
    let mut all = 0;
    for operation in NEED_MEMORY.iter().step_by(ONE_OF) {
        let points: u64 =
            (0..=MOST_REGIONS).map(|regions| fail_each(source, operation, regions)).sum();
        writeln!(report, "{points:>6} of {source:?}: {}", operation.name).expect("a string");
        let expected = match source {
            Source::Frames => operation.takes_frames,
            Source::Heap => operation.takes_heap,
        };
        assert!(cfg!(miri) || expected == (points != 0), "{}", operation.name);
        all += points;
    }
    assert_eq!(heap::live(), heap, "everything went back to the heap");
    println!("{report}figure: {all} allocations failed, of {source:?}");
}

#[test]
fn each_allocation_of_a_frame_may_fail() {
    fail_all(Source::Frames);
}

#[test]
fn each_allocation_of_the_heap_may_fail() {
    fail_all(Source::Heap);
}

#[test]
fn what_takes_away_needs_no_memory() {
    for source in [Source::Frames, Source::Heap] {
        for operation in NEED_NONE.iter().step_by(ONE_OF.div_ceil(3)) {
            let stage = Stage::new(0);
            let result = source.failing_after(&stage, 0, operation);
            assert_eq!(result, Ok(()), "{}", operation.name);
            stage.check();
        }
    }
}
