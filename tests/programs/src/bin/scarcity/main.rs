//! Lets every allocation of every call fail: `scarcity [STEP [CALL]]`, for every STEP-th state of the calls whose name contains CALL.
//!
//! For each call, in several states, the first allocation that the kernel makes for it fails, then, in a new state, the second, and so
//! on until the call succeeds. Where one failed, the answer is NO_MEMORY, all that a program can see is as it was, the kernel finds
//! itself in order, and when the state is given up, every frame and every byte of heap has come back.
//!
//! | module | what it does |
//! |---|---|
//! | [`scene`] | what a call starts from |
//! | [`operations`] | the calls |
//! | [`seen`] | what a program can see |
//! | [`sweep`] | failure after failure |
#![no_std]
#![no_main]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

extern crate alloc;

mod operations;
mod scene;
mod seen;
mod sweep;

use operations::{OPERATIONS, Operation};
use rt::{heap, println, start};

rt::main!(main);

/// Heap and stack that this program has frames for before it counts any.
const WARM: usize = 1 << 20;

/// How many objects there may be besides those that a call is about: what grows does so at one of these numbers.
const MOST: u64 = 64;

fn main() -> i64 {
    let mut arguments = start().arguments().skip(1);
    let step = arguments.next().and_then(|word| word.parse().ok()).filter(|step| *step > 0);
    let (step, filter) = (step.unwrap_or(1), arguments.next().unwrap_or_default());
    heap::warm_up(WARM);
    core::hint::black_box(&[1_u8; 128 << 10]);
    let (mut points, mut operations, mut failures) = (0, 0, 0);
    for operation in OPERATIONS.iter().filter(|operation| operation.name.contains(filter)) {
        let (of_this, failed) = sweep_all(operation, step);
        points += of_this;
        operations += 1;
        failures += failed;
    }
    let states = MOST / step + 1;
    println!(
        "figure: {points} allocations failed one at a time, in {operations} operations in {states} states each"
    );
    failures + i64::from(operations == 0)
}

/// Lets each allocation of the operation fail in every state; returns how many there were, and how many states went wrong.
fn sweep_all(operation: &Operation, step: u64) -> (u64, i64) {
    let (mut points, mut failures) = (0, 0);
    for crowd in (0..=MOST).step_by(usize::try_from(step).unwrap()) {
        match sweep::sweep(operation, crowd) {
            Ok(found) => points += found,
            Err(failure) => {
                println!("{} in a crowd of {crowd}: FAILED: {failure}", operation.name);
                failures += 1;
            }
        }
    }
    println!("{points:>6} {}", operation.name);
    (points, failures)
}
