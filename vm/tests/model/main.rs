//! Random sequences of operations, on the crate and on a model of it that has nothing of its ideas:
//! the model keeps a map from page to what is seen there, and looks at every page of a range.
//!
//! After every operation both must have answered alike, every processor must remember only what the
//! model has, each page with its bytes, every invariant must hold, and every frame must be accounted
//! for. Now and then an operation is tried with each of its allocations failing in turn, which must
//! change nothing. At the end, every frame and every piece of the heap has to be back.
//!
//! A failing sequence is shortened as far as it still fails, and printed. See [`runner`] for how many
//! there are, and how to repeat one.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that is wrong about a number panics, as it should"
)]

#[path = "../common/mod.rs"]
mod common;

mod corpus;
mod flat;
mod objects;
mod ops;
mod run;
mod runner;
mod scope;

#[test]
fn the_crate_does_what_the_model_does() {
    runner::run();
}

#[test]
#[cfg_attr(miri, ignore = "too many sequences, of operations that are drawn above")]
fn every_short_sequence_does_what_the_model_does() {
    scope::run_all();
}

#[test]
fn sequences_that_were_found_before_do_what_the_model_does() {
    corpus::replay();
}
