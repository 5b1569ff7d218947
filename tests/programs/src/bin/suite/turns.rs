//! Whether other threads run while a call is made.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use rt::thread::spawn;
use rt::{Status, time};

/// A call that takes a while has 8 pieces, or 58 if pages are cleared or shown. A turn that begins with a tick of the timer ends at once,
/// and on a busy host many do.
const TURNS_AT_LEAST: u64 = 3;

/// How often another thread has run.
static TURNS: AtomicU64 = AtomicU64::new(0);
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// Counts its turns until it is over.
extern "C" fn take_turns(_: u64) {
    while !IS_OVER.load(Ordering::Relaxed) {
        TURNS.fetch_add(1, Ordering::Relaxed);
        time::yield_now();
    }
}

/// Checks that another thread has turns while `call` is made, which the timer does not interrupt.
#[track_caller]
pub(crate) fn others_run_during(call: impl FnOnce() -> Status) {
    let turns = turns_during(call);
    assert!(turns >= TURNS_AT_LEAST, "{turns} turns");
}

/// Returns how many turns another thread has while `call` is made.
#[track_caller]
pub(crate) fn turns_during(call: impl FnOnce() -> Status) -> u64 {
    let other = spawn(take_turns, 0).unwrap();
    while TURNS.load(Ordering::Relaxed) == 0 {
        time::yield_now();
    }
    let before = TURNS.load(Ordering::Relaxed);
    assert_eq!(call(), Status::OK);
    let turns = TURNS.load(Ordering::Relaxed) - before;
    IS_OVER.store(true, Ordering::Relaxed);
    other.join().unwrap();
    turns
}
