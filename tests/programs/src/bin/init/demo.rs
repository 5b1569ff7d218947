//! Runs every demonstration.

use crate::accounting;
use rt::println;

/// Exit code of the program that fails on purpose.
const CANARY_CODE: i64 = 42;

/// The demonstrations, and the exit code each should have.
const DEMOS: [(&str, i64); 13] = [
    ("map_with_guard", 0),
    ("map_with_guard_rust", 0),
    ("layout", 0),
    ("sandbox", 0),
    ("shared", 0),
    ("paged", 0),
    ("eras", 0),
    ("clib", 0),
    ("cxx", 0),
    ("zircon", 0),
    ("threads", 0),
    ("cxx_library", 0),
    ("canary", CANARY_CODE),
];

/// Runs them one after the other; returns 0 if each ended as it should and left no frame behind.
pub(crate) fn run() -> i64 {
    accounting::warm_up();
    if !accounting::is_sensitive() {
        println!("demo: FAILED: a frame that is kept would not be noticed");
        return 1;
    }
    let bad = DEMOS.iter().filter(|(name, expected)| !is_good(name, *expected)).count();
    println!();
    match bad {
        0 => println!(
            "demo: {} programs ended as they should and gave back every frame",
            DEMOS.len()
        ),
        _ => println!("demo: {bad} of {} programs FAILED", DEMOS.len()),
    }
    i64::from(bad > 0)
}

/// Runs one program; prints what was wrong with it.
fn is_good(name: &str, expected: i64) -> bool {
    println!();
    let before = accounting::free_bytes();
    let ended = match crate::run(name, &[name]) {
        Ok(code) if code == expected => true,
        Ok(code) => {
            println!("demo: {name} FAILED: exit code {code} instead of {expected}");
            false
        }
        Err(error) => {
            println!("demo: {name} FAILED: cannot start it: {error}");
            false
        }
    };
    let lost = accounting::lost_frames(before);
    if lost != 0 {
        println!("demo: {name} FAILED: {lost} frames are not given back");
    }
    ended && lost == 0
}
