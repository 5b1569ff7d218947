//! Looks for bytes for which something in `calls` does not hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz_targets::calls::check(bytes));
