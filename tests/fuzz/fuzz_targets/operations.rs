//! Looks for operations for which `vm` does not do what the model does.
#![no_main]
#![allow(dead_code, reason = "the model's modules, of which this is one use")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "as in the model"
)]

#[path = "../../../vm/tests/common/mod.rs"]
mod common;
#[path = "../../../vm/tests/model/corpus.rs"]
mod corpus;
#[path = "../../../vm/tests/model/flat/mod.rs"]
mod flat;
#[path = "../../../vm/tests/model/objects/mod.rs"]
mod objects;
#[path = "../../../vm/tests/model/ops/mod.rs"]
mod ops;
#[path = "../../../vm/tests/model/run/mod.rs"]
mod run;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| corpus::run(bytes));
