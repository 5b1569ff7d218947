//! Sequences made of bytes: those that `cargo fuzz` has found something new with, in `tests/fuzz/corpus/operations`.

use std::fs;
use std::path::Path;

use crate::ops;
use crate::run::{self, Compared};

/// Steps of the longest sequence.
const LONGEST: usize = if cfg!(miri) { 10 } else { 100 };

/// Runs the sequence that `bytes` stand for.
pub(crate) fn run(bytes: &[u8]) {
    run::run(&ops::decode(bytes, LONGEST), Compared::EachStep);
}

/// Runs those that are kept.
pub(crate) fn replay() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus/operations");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("a folder of inputs") {
        let path = entry.expect("an input").path();
        let bytes = fs::read(&path).expect("an input");
        let result = std::panic::catch_unwind(|| run(&bytes));
        let sequence = ops::decode(&bytes, LONGEST);
        assert!(result.is_ok(), "for {}, the sequence\n{sequence}", path.display());
        count += 1;
    }
    assert!(count > 0, "nothing is kept");
}
