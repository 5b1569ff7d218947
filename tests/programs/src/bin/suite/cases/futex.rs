//! Futexes: `futex_wait`, `futex_wake`, `futex_requeue`.
//!
//! # Source
//! Zircon, the pages of these calls.

use super::cases;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::zx;
use abi::object::TIME_INFINITE;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use rt::thread::{Running, spawn};
use rt::{Process, Status, Thread, futex, start, time};

cases! { futex:
    bad_addresses_are_invalid,
    a_word_that_cannot_be_read_is_invalid,
    another_value_is_bad_state,
    a_deadline_times_out,
    a_deadline_that_has_passed_times_out,
    a_wake_without_sleepers_is_fine,
    a_wake_ends_the_sleep,
    a_wake_takes_as_many_as_it_says,
    the_first_to_sleep_wakes_first,
    a_wake_of_another_word_does_nothing,
    words_belong_to_their_process,
    a_word_of_no_page_yet,
    a_requeue_wakes_and_moves,
    a_requeue_checks_the_value,
    a_requeue_needs_two_words,
    a_requeue_of_none_changes_nothing,
    a_moved_sleeper_times_out,
    owners_are_checked,
    another_value_comes_before_the_owner,
    an_owner_must_not_sleep_on_the_word,
    a_kill_ends_the_sleep,
    a_lock_of_many_threads,
}

/// What threads sleep on.
static WORD: AtomicI32 = AtomicI32::new(0);
/// What they are moved to.
static OTHER: AtomicI32 = AtomicI32::new(0);
/// How many have been woken.
static WOKEN: AtomicU32 = AtomicU32::new(0);
/// Which one was woken last.
static LAST: AtomicU32 = AtomicU32::new(0);

/// Nanoseconds after which whoever can run has run.
const WHILE: i64 = 10_000_000;

extern "C" fn sleep_on_word(number: u64) {
    assert_eq!(futex::wait(&WORD, 0, TIME_INFINITE), Ok(()));
    LAST.store(u32::try_from(number).unwrap(), Ordering::Relaxed);
    WOKEN.fetch_add(1, Ordering::Relaxed);
}

/// Starts threads that sleep on the word, one after the other.
fn sleepers(count: u64) -> Vec<Running> {
    let start = |number| {
        let sleeper = spawn(sleep_on_word, number).unwrap();
        time::sleep(WHILE).unwrap();
        sleeper
    };
    (1..=count).map(start).collect()
}

/// Returns how many have been woken, in a while.
fn woken() -> u32 {
    time::sleep(WHILE).unwrap();
    WOKEN.load(Ordering::Relaxed)
}

/// Wakes whoever sleeps and waits for the end of all.
fn finish(sleepers: Vec<Running>) {
    for word in [&WORD, &OTHER, &THIRD] {
        futex::wake(word, u32::MAX).unwrap();
    }
    for sleeper in sleepers {
        sleeper.join().unwrap();
    }
}

fn address(word: &AtomicI32) -> u64 {
    word.as_ptr().expose_provenance() as u64
}

fn bad_addresses_are_invalid() {
    let good = address(&WORD);
    for bad in [0, good + 1, good + 2, 1 << 47, 0xFFFF_8000_0000_0000, !3] {
        let invalid = Status::INVALID_ARGS;
        assert_eq!(zx::futex_wait(bad, 0, 0, 0), invalid, "{bad:#x}");
        assert_eq!(zx::futex_wake(bad, 1), invalid, "{bad:#x}");
        assert_eq!(zx::futex_requeue(bad, 1, 0, good, 1, 0), invalid, "{bad:#x}");
        assert_eq!(zx::futex_requeue(good, 1, 0, bad, 1, 0), invalid, "{bad:#x}");
    }
}

fn a_word_that_cannot_be_read_is_invalid() {
    let gap = region(1).base;
    assert_eq!(zx::futex_wait(gap, 0, 0, TIME_INFINITE), Status::INVALID_ARGS);
    let status = zx::futex_requeue(gap, 1, 0, address(&WORD), 1, 0);
    assert_eq!(status, Status::INVALID_ARGS);
    assert_eq!(zx::futex_wake(gap, 1), Status::OK, "it is not read");
}

fn another_value_is_bad_state() {
    for (value, expected) in [(0, 1), (1, 0), (-1, i32::MAX), (i32::MIN, 0)] {
        let word = AtomicI32::new(value);
        let status = futex::wait(&word, expected, TIME_INFINITE);
        assert_eq!(status, Err(Status::BAD_STATE));
    }
}

fn a_deadline_times_out() {
    let deadline = time::after(WHILE);
    assert_eq!(futex::wait(&WORD, 0, deadline), Err(Status::TIMED_OUT));
    assert!(time::now() >= deadline);
    let negative = AtomicI32::new(-1);
    assert_eq!(futex::wait(&negative, -1, time::after(1)), Err(Status::TIMED_OUT));
}

fn a_deadline_that_has_passed_times_out() {
    for deadline in [0, -1, i64::MIN] {
        assert_eq!(futex::wait(&WORD, 0, deadline), Err(Status::TIMED_OUT));
        assert_eq!(
            futex::wait(&WORD, 1, deadline),
            Err(Status::BAD_STATE),
            "the value comes first"
        );
    }
}

fn a_wake_without_sleepers_is_fine() {
    for count in [0, 1, u32::MAX] {
        assert_eq!(futex::wake(&WORD, count), Ok(()));
    }
    assert_eq!(
        futex::wait(&WORD, 0, time::after(WHILE)),
        Err(Status::TIMED_OUT),
        "no wake is kept"
    );
}

fn a_wake_ends_the_sleep() {
    let sleepers = sleepers(1);
    assert_eq!(woken(), 0);
    assert_eq!(futex::wake(&WORD, 1), Ok(()));
    assert_eq!(woken(), 1);
    finish(sleepers);
}

fn a_wake_takes_as_many_as_it_says() {
    let sleepers = sleepers(6);
    for (count, expected) in [(0, 0), (1, 1), (2, 3), (0, 3), (u32::MAX, 6)] {
        assert_eq!(futex::wake(&WORD, count), Ok(()));
        assert_eq!(woken(), expected);
    }
    finish(sleepers);
}

fn the_first_to_sleep_wakes_first() {
    let sleepers = sleepers(4);
    for expected in 1..=4 {
        futex::wake(&WORD, 1).unwrap();
        assert_eq!(woken(), expected);
        assert_eq!(LAST.load(Ordering::Relaxed), expected);
    }
    finish(sleepers);
}

fn a_wake_of_another_word_does_nothing() {
    let sleepers = sleepers(1);
    futex::wake(&OTHER, u32::MAX).unwrap();
    assert_eq!(woken(), 0);
    finish(sleepers);
}

fn wake_the_same_address(_: u64) {
    futex::wake(&WORD, u32::MAX).unwrap();
}

fn words_belong_to_their_process() {
    let sleepers = sleepers(1);
    part::passes(wake_the_same_address, 0, Vec::new());
    assert_eq!(woken(), 0, "the part's image is where ours is");
    finish(sleepers);
}

fn a_word_of_no_page_yet() {
    let address = map(&vmo(1), 1, RW);
    let deadline = time::after(1_000_000);
    assert_eq!(zx::futex_wait(address, 1, 0, deadline), Status::BAD_STATE);
    assert_eq!(zx::futex_wait(address, 0, 0, deadline), Status::TIMED_OUT);
}

fn a_requeue_wakes_and_moves() {
    let sleepers = sleepers(5);
    assert_eq!(futex::requeue(&WORD, 1, 0, &OTHER, 2), Ok(()));
    assert_eq!(woken(), 1);
    futex::wake(&OTHER, u32::MAX).unwrap();
    assert_eq!(woken(), 3, "two were moved");
    futex::wake(&WORD, u32::MAX).unwrap();
    assert_eq!(woken(), 5, "two were left");
    finish(sleepers);
}

fn a_requeue_checks_the_value() {
    let sleepers = sleepers(1);
    let status = futex::requeue(&WORD, 1, 1, &OTHER, 1);
    assert_eq!(status, Err(Status::BAD_STATE));
    assert_eq!(woken(), 0);
    futex::wake(&OTHER, 1).unwrap();
    assert_eq!(woken(), 0, "not moved either");
    finish(sleepers);
}

fn a_requeue_needs_two_words() {
    let status = futex::requeue(&WORD, 1, 0, &WORD, 1);
    assert_eq!(status, Err(Status::INVALID_ARGS));
}

fn a_requeue_of_none_changes_nothing() {
    let sleepers = sleepers(1);
    assert_eq!(futex::requeue(&WORD, 0, 0, &OTHER, 0), Ok(()));
    futex::wake(&OTHER, u32::MAX).unwrap();
    assert_eq!(woken(), 0);
    finish(sleepers);
}

/// What a sleep has ended with, as its negative.
static OUTCOME: AtomicU32 = AtomicU32::new(u32::MAX);

extern "C" fn sleep_a_while(_: u64) {
    let outcome = futex::wait(&WORD, 0, time::after(4 * WHILE));
    let status = outcome.err().map_or(0, |status| status.into_raw().unsigned_abs());
    OUTCOME.store(status, Ordering::Relaxed);
}

fn a_moved_sleeper_times_out() {
    let sleeper = spawn(sleep_a_while, 0).unwrap();
    time::sleep(WHILE).unwrap();
    futex::requeue(&WORD, 0, 0, &OTHER, 1).unwrap();
    sleeper.join().unwrap();
    let timed_out = Status::TIMED_OUT.into_raw().unsigned_abs();
    assert_eq!(OUTCOME.load(Ordering::Relaxed), timed_out);
    futex::wake(&OTHER, u32::MAX).unwrap();
}

/// What a thread sleeps on that owns words.
static THIRD: AtomicI32 = AtomicI32::new(0);

extern "C" fn sleep_on_third(_: u64) {
    futex::wait(&THIRD, 0, TIME_INFINITE).unwrap();
}

fn owners_are_checked() {
    let word = address(&WORD);
    let (process, _vmar) = Process::create(start().job(), "other").unwrap();
    let foreign = Thread::create(&process, "foreign").unwrap();
    let own = spawn(sleep_on_third, 0).unwrap();
    time::sleep(WHILE).unwrap();
    for (owner, expected) in [
        (UNKNOWN, Status::BAD_HANDLE),
        (process.raw(), Status::WRONG_TYPE),
        (foreign.raw(), Status::INVALID_ARGS),
        (own.thread().raw(), Status::TIMED_OUT),
        (start().thread().raw(), Status::INVALID_ARGS),
    ] {
        assert_eq!(zx::futex_wait(word, 0, owner, time::after(1000)), expected);
    }
    for (owner, expected) in [
        (UNKNOWN, Status::BAD_HANDLE),
        (process.raw(), Status::WRONG_TYPE),
        (foreign.raw(), Status::INVALID_ARGS),
        (own.thread().raw(), Status::OK),
    ] {
        let status = zx::futex_requeue(word, 0, 0, address(&OTHER), 0, owner);
        assert_eq!(status, expected);
    }
    finish(Vec::from([own]));
}

fn another_value_comes_before_the_owner() {
    let word = address(&WORD);
    assert_eq!(zx::futex_wait(word, 1, UNKNOWN, 0), Status::BAD_STATE);
    let status = zx::futex_requeue(word, 0, 1, address(&OTHER), 0, UNKNOWN);
    assert_eq!(status, Status::BAD_STATE);
}

fn an_owner_must_not_sleep_on_the_word() {
    let sleepers = sleepers(1);
    let owner = sleepers[0].thread().raw();
    let (word, other) = (address(&WORD), address(&OTHER));
    let invalid = Status::INVALID_ARGS;
    assert_eq!(zx::futex_wait(word, 0, owner, time::after(1000)), invalid);
    assert_eq!(zx::futex_requeue(word, 0, 0, other, 1, owner), invalid);
    assert_eq!(zx::futex_wait(other, 0, owner, time::after(1000)), Status::TIMED_OUT);
    finish(sleepers);
}

fn sleep_for_ever(_: u64) {
    let _ = futex::wait(&WORD, 0, TIME_INFINITE);
}

fn a_kill_ends_the_sleep() {
    let part = Part::start(sleep_for_ever, 0, Vec::new());
    time::sleep(WHILE).unwrap();
    part::kill(part);
}

/// What the lock protects; not atomic as a whole.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// Adds to the count under a lock made of the word: 0 free, 1 taken, 2 taken and somebody sleeps.
extern "C" fn add_under_lock(times: u64) {
    for _ in 0..times {
        let mut seen = WORD
            .compare_exchange(0, 1, Ordering::Acquire, Ordering::Acquire)
            .unwrap_or_else(|seen| seen);
        while seen != 0 {
            if seen == 2 || WORD.swap(2, Ordering::Acquire) != 0 {
                let waited = futex::wait(&WORD, 2, TIME_INFINITE);
                assert!(matches!(waited, Ok(()) | Err(Status::BAD_STATE)));
            }
            seen = WORD.swap(2, Ordering::Acquire);
        }
        let count = COUNT.load(Ordering::Relaxed);
        if count.is_multiple_of(8) {
            time::yield_now();
        }
        COUNT.store(count + 1, Ordering::Relaxed);
        if WORD.swap(0, Ordering::Release) == 2 {
            futex::wake(&WORD, 1).unwrap();
        }
    }
}

fn a_lock_of_many_threads() {
    const TIMES: u64 = 100;
    let threads: Vec<_> = (0..5).map(|_| spawn(add_under_lock, TIMES).unwrap()).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(COUNT.load(Ordering::Relaxed), 500);
}
