//! What the crate does, a behaviour a test: each name is a sentence of the documentation.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that is wrong about a number panics, as it should"
)]

#[path = "../common/mod.rs"]
mod common;

mod backing;
mod children;
mod dirt;
mod discarding;
mod errors;
mod frames;
mod mapping;
mod merging;
mod moving;
mod objects;
mod op_range;
mod pinning;
mod placing;
mod protecting;
mod shortage;
mod sources;
mod steps;
mod survey;
mod tables;
mod tree;
mod unmapping;
mod viewers;
