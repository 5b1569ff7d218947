//! The canary: fails on purpose, so that a run which does not notice failures is noticed.
#![no_std]
#![no_main]

rt::main!(main);

/// Exit code that says "failed as it should".
const FAILED: i64 = 42;

fn main() -> i64 {
    rt::println!("canary: failing on purpose with exit code {FAILED}");
    FAILED
}
