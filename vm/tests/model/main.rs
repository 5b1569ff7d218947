//! Random sequences of operations, on the crate and on a model of it that has nothing of its ideas:
//! the model keeps a map from page to what is seen there, and looks at every page of a range.
//!
//! After every operation both must have answered alike, no processor may remember what is not so
//! any more, and every invariant must hold; at the end, every frame has to be back.
//!
//! A failing sequence is shortened as far as it still fails, and printed. The sequences are the same
//! in every run; `VM_SEQUENCES=100000` runs more of them, `VM_SEED=7` others.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that is wrong about a number panics, as it should"
)]

#[path = "../common/mod.rs"]
mod common;

mod compare;
mod flat;
mod objects;
mod operation;

use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};

fn from_environment(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(value) => value.parse().expect("a number"),
        Err(_) => default,
    }
}

#[test]
fn the_crate_does_what_the_model_does() {
    let sequences = if cfg!(miri) { 2 } else { 3000 };
    let longest = if cfg!(miri) { 10 } else { 80 };
    let mut runner = TestRunner::new(Config {
        cases: from_environment("VM_SEQUENCES", sequences) as u32,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(from_environment("VM_SEED", 1)),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    });
    let steps = std::cell::Cell::new(0);
    let result = runner.run(&vec(operation::sequence_step(), 1..longest), |operations| {
        compare::run(&operations);
        steps.set(steps.get() + operations.len());
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    println!("figure: {} operations, 0 divergences", steps.get());
}
