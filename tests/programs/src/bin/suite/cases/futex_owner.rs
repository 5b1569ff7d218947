//! Who owns a futex: `futex_get_owner`, the owners that `futex_wait` and `futex_requeue` name, `futex_wake_single_owner` and
//! `futex_requeue_single_owner`.
//!
//! # Source
//! Zircon, the pages of these calls and its page on futexes and their owners.

use super::cases;
use crate::fixture::*;
use crate::zx;
use abi::Koid;
use abi::object::{KOID_INVALID, TIME_INFINITE};
use alloc::vec::Vec;
use core::sync::atomic::AtomicI32;
use rt::thread::{Running, spawn};
use rt::{Handle, Status, Thread, futex, start, time};

cases! { futex_owner:
    a_word_without_sleepers_has_no_owner,
    a_sleep_names_the_owner,
    the_last_sleep_names_the_owner,
    a_sleep_that_is_refused_leaves_the_owner,
    a_sleep_that_ends_leaves_the_owner,
    a_sleep_that_never_begins_names_the_owner,
    a_wake_leaves_the_word_to_nobody,
    a_wake_of_one_makes_it_the_owner,
    the_last_to_wake_owns_nothing,
    a_requeue_leaves_the_first_word_to_nobody,
    a_requeue_names_the_owner_of_the_other_word,
    a_requeue_of_nobody_names_the_owner,
    a_requeue_of_one_makes_it_the_owner,
    a_requeue_of_one_checks_in_order,
    an_owner_that_ends_owns_nothing,
    an_owner_that_has_ended_is_nobody,
    an_owner_must_have_been_started,
    bad_addresses_are_invalid,
    words_are_not_read,
    a_koid_that_cannot_be_written_is_invalid,
}

/// What threads sleep on.
static WORD: AtomicI32 = AtomicI32::new(0);
/// What they are moved to.
static OTHER: AtomicI32 = AtomicI32::new(0);
/// What owners sleep on.
static THIRD: AtomicI32 = AtomicI32::new(0);

/// Nanoseconds after which whoever can run has run.
const WHILE: i64 = 10_000_000;

fn address(word: &AtomicI32) -> u64 {
    word.as_ptr().expose_provenance() as u64
}

fn koid(handle: &Handle) -> Koid {
    handle.basic_info().unwrap().koid
}

fn own_koid() -> Koid {
    koid(start().thread())
}

fn owner(word: &AtomicI32) -> Koid {
    futex::owner(word).unwrap()
}

/// Sleeps on the word, which the thread with this handle owns from then on.
extern "C" fn sleep_for(owner: u64) {
    let owner = u32::try_from(owner).unwrap();
    assert_eq!(zx::futex_wait(address(&WORD), 0, owner, TIME_INFINITE), Status::OK);
}

/// Sleeps a while on the word, which nobody owns then.
extern "C" fn sleep_a_while(_: u64) {
    assert_eq!(zx::futex_wait(address(&WORD), 0, 0, time::after(4 * WHILE)), Status::TIMED_OUT);
}

extern "C" fn sleep_elsewhere(_: u64) {
    futex::wait(&THIRD, 0, TIME_INFINITE).unwrap();
}

fn run(function: extern "C" fn(u64), argument: u64) -> Running {
    let running = spawn(function, argument).unwrap();
    time::sleep(WHILE).unwrap();
    running
}

/// Starts a thread that sleeps on the word and names an owner.
fn sleeper(owner: &Handle) -> Running {
    run(sleep_for, owner.raw().into())
}

/// Starts threads that sleep on the word, which the calling thread owns.
fn sleepers(count: usize) -> Vec<Running> {
    let sleepers = (0..count).map(|_| sleeper(start().thread())).collect();
    assert_eq!(owner(&WORD), own_koid());
    sleepers
}

/// Wakes whoever sleeps and waits for the end of all; nothing is owned then.
fn finish(sleepers: Vec<Running>) {
    for word in [&WORD, &OTHER, &THIRD] {
        futex::wake(word, u32::MAX).unwrap();
    }
    for sleeper in sleepers {
        sleeper.join().unwrap();
    }
    for word in [&WORD, &OTHER, &THIRD] {
        assert_eq!(owner(word), KOID_INVALID);
    }
}

fn a_word_without_sleepers_has_no_owner() {
    assert_eq!(owner(&WORD), KOID_INVALID);
    futex::wake_single_owner(&WORD).unwrap();
    assert_eq!(owner(&WORD), KOID_INVALID);
    let other = address(&OTHER);
    let status = zx::futex_requeue(address(&WORD), 1, 0, other, 1, start().thread().raw());
    assert_eq!(status, Status::OK);
    assert_eq!([owner(&WORD), owner(&OTHER)], [KOID_INVALID; 2]);
}

fn a_sleep_names_the_owner() {
    let sleeper = sleeper(start().thread());
    assert_eq!(owner(&WORD), own_koid());
    assert_eq!(owner(&OTHER), KOID_INVALID);
    finish(Vec::from([sleeper]));
}

fn the_last_sleep_names_the_owner() {
    let third = run(sleep_elsewhere, 0);
    let first = sleeper(start().thread());
    let second = sleeper(third.thread());
    assert_eq!(owner(&WORD), koid(third.thread()));
    let nobody = run(sleep_for, 0);
    assert_eq!(owner(&WORD), KOID_INVALID);
    finish(Vec::from([third, first, second, nobody]));
}

fn a_sleep_that_is_refused_leaves_the_owner() {
    let sleepers = sleepers(1);
    let word = address(&WORD);
    let own = start().thread().raw();
    let asleep = sleepers[0].thread().raw();
    for (value, owner, expected) in [
        (1, 0, Status::BAD_STATE),
        (0, UNKNOWN, Status::BAD_HANDLE),
        (0, start().process().raw(), Status::WRONG_TYPE),
        (0, own, Status::INVALID_ARGS),
        (0, asleep, Status::INVALID_ARGS),
    ] {
        assert_eq!(zx::futex_wait(word, value, owner, TIME_INFINITE), expected);
        assert_eq!(self::owner(&WORD), own_koid());
    }
    finish(sleepers);
}

fn a_sleep_that_ends_leaves_the_owner() {
    let first = sleeper(start().thread());
    let late = run(sleep_a_while, 0);
    assert_eq!(owner(&WORD), KOID_INVALID);
    let last = sleeper(start().thread());
    assert_eq!(owner(&WORD), own_koid());
    late.join().unwrap();
    assert_eq!(owner(&WORD), own_koid());
    finish(Vec::from([first, last]));
}

fn a_sleep_that_never_begins_names_the_owner() {
    let first = run(sleep_for, 0);
    assert_eq!(owner(&WORD), KOID_INVALID);
    let third = run(sleep_elsewhere, 0);
    for (handle, expected) in [(third.thread().raw(), koid(third.thread())), (0, KOID_INVALID)] {
        assert_eq!(zx::futex_wait(address(&WORD), 0, handle, 0), Status::TIMED_OUT);
        assert_eq!(owner(&WORD), expected);
    }
    finish(Vec::from([first, third]));
}

fn a_wake_leaves_the_word_to_nobody() {
    for count in [0, 1, 2] {
        let sleepers = sleepers(3);
        futex::wake(&WORD, count).unwrap();
        assert_eq!(owner(&WORD), KOID_INVALID);
        finish(sleepers);
    }
}

fn a_wake_of_one_makes_it_the_owner() {
    let first = run(sleep_twice, start().thread().raw().into());
    let mut others = sleepers(1);
    futex::wake_single_owner(&WORD).unwrap();
    time::sleep(WHILE).unwrap();
    assert_eq!(owner(&WORD), koid(first.thread()));
    others.push(first);
    finish(others);
}

fn the_last_to_wake_owns_nothing() {
    let sleepers = sleepers(1);
    futex::wake_single_owner(&WORD).unwrap();
    assert_eq!(owner(&WORD), KOID_INVALID);
    finish(sleepers);
}

fn a_requeue_leaves_the_first_word_to_nobody() {
    let sleepers = sleepers(4);
    let status = zx::futex_requeue(address(&WORD), 1, 0, address(&OTHER), 1, 0);
    assert_eq!(status, Status::OK);
    assert_eq!([owner(&WORD), owner(&OTHER)], [KOID_INVALID; 2]);
    finish(sleepers);
}

fn a_requeue_names_the_owner_of_the_other_word() {
    let sleepers = sleepers(3);
    let third = run(sleep_elsewhere, 0);
    for thread in [start().thread(), third.thread()] {
        let status = zx::futex_requeue(address(&WORD), 0, 0, address(&OTHER), 1, thread.raw());
        assert_eq!(status, Status::OK);
        assert_eq!([owner(&WORD), owner(&OTHER)], [KOID_INVALID, koid(thread)]);
    }
    finish(sleepers);
    finish(Vec::from([third]));
}

fn a_requeue_of_nobody_names_the_owner() {
    let sleeper = run(sleep_for, 0);
    let own = start().thread().raw();
    let status = zx::futex_requeue(address(&OTHER), 0, 0, address(&WORD), 1, own);
    assert_eq!(status, Status::OK);
    assert_eq!(owner(&WORD), own_koid());
    finish(Vec::from([sleeper]));
}

/// Sleeps on the word and then elsewhere.
extern "C" fn sleep_twice(owner: u64) {
    sleep_for(owner);
    sleep_elsewhere(0);
}

fn a_requeue_of_one_makes_it_the_owner() {
    let first = run(sleep_twice, start().thread().raw().into());
    let mut others = sleepers(3);
    let own = start().thread().raw();
    let status = zx::futex_requeue_single_owner(address(&WORD), 0, address(&OTHER), 1, own);
    assert_eq!(status, Status::OK);
    time::sleep(WHILE).unwrap();
    assert_eq!([owner(&WORD), owner(&OTHER)], [koid(first.thread()), own_koid()]);
    futex::wake_single_owner(&OTHER).unwrap();
    assert_eq!([owner(&WORD), owner(&OTHER)], [koid(first.thread()), KOID_INVALID]);
    others.push(first);
    finish(others);
}

fn a_requeue_of_one_checks_in_order() {
    let sleepers = sleepers(1);
    let (word, other) = (address(&WORD), address(&OTHER));
    let gap = region(1).base;
    let requeue = |word, value, other, owner| {
        let status = zx::futex_requeue_single_owner(word, value, other, 1, owner);
        assert_eq!(self::owner(&WORD), own_koid());
        status
    };
    for bad in [0, 1, 1 << 47] {
        assert_eq!(requeue(bad, 1, other, UNKNOWN), Status::INVALID_ARGS);
        assert_eq!(requeue(word, 1, bad, UNKNOWN), Status::INVALID_ARGS);
    }
    assert_eq!(requeue(word, 1, word, UNKNOWN), Status::INVALID_ARGS);
    assert_eq!(requeue(gap, 1, other, UNKNOWN), Status::INVALID_ARGS);
    assert_eq!(requeue(word, 1, other, UNKNOWN), Status::BAD_STATE);
    assert_eq!(requeue(word, 0, other, UNKNOWN), Status::BAD_HANDLE);
    assert_eq!(requeue(word, 0, other, start().process().raw()), Status::WRONG_TYPE);
    assert_eq!(requeue(word, 0, other, sleepers[0].thread().raw()), Status::INVALID_ARGS);
    finish(sleepers);
}

fn an_owner_that_ends_owns_nothing() {
    let third = run(sleep_elsewhere, 0);
    let sleeper = sleeper(third.thread());
    assert_eq!(owner(&WORD), koid(third.thread()));
    futex::wake(&THIRD, 1).unwrap();
    third.join().unwrap();
    assert_eq!(owner(&WORD), KOID_INVALID);
    finish(Vec::from([sleeper]));
}

extern "C" fn end(_: u64) {}

fn an_owner_that_has_ended_is_nobody() {
    let ended = spawn(end, 0).unwrap();
    let thread = ended.thread().duplicate(abi::Rights::SAME_RIGHTS).unwrap();
    ended.join().unwrap();
    let mut sleepers = sleepers(1);
    sleepers.push(sleeper(&thread));
    assert_eq!(owner(&WORD), KOID_INVALID);
    let status = zx::futex_requeue(address(&WORD), 0, 0, address(&OTHER), u32::MAX, thread.raw());
    assert_eq!(status, Status::OK);
    assert_eq!(owner(&OTHER), KOID_INVALID);
    finish(sleepers);
}

fn an_owner_must_have_been_started() {
    let idle = Thread::create(start().process(), "idle").unwrap();
    let (word, other) = (address(&WORD), address(&OTHER));
    let invalid = Status::INVALID_ARGS;
    assert_eq!(zx::futex_wait(word, 0, idle.raw(), TIME_INFINITE), invalid);
    assert_eq!(zx::futex_requeue(word, 0, 0, other, 0, idle.raw()), invalid);
    assert_eq!(zx::futex_requeue_single_owner(word, 0, other, 0, idle.raw()), invalid);
    assert_eq!(zx::futex_wait(word, 1, idle.raw(), TIME_INFINITE), Status::BAD_STATE);
}

fn bad_addresses_are_invalid() {
    let good = address(&WORD);
    let mut koid = 1_u64;
    for bad in [0, good + 1, good + 2, 1 << 47, 0xFFFF_8000_0000_0000, !3] {
        assert_eq!(zx::futex_get_owner(bad, &mut koid), Status::INVALID_ARGS, "{bad:#x}");
        assert_eq!(zx::futex_get_owner(bad, 0), Status::INVALID_ARGS, "{bad:#x}");
        assert_eq!(zx::futex_wake_single_owner(bad), Status::INVALID_ARGS, "{bad:#x}");
    }
    assert_eq!(koid, 1);
}

fn words_are_not_read() {
    let gap = region(1).base;
    let mut koid = 1_u64;
    assert_eq!(zx::futex_get_owner(gap, &mut koid), Status::OK);
    assert_eq!(koid, KOID_INVALID);
    assert_eq!(zx::futex_wake_single_owner(gap), Status::OK);
}

fn a_koid_that_cannot_be_written_is_invalid() {
    let sleepers = sleepers(1);
    for nowhere in [0, 1 << 47, region(1).base] {
        let status = zx::futex_get_owner(address(&WORD), nowhere);
        assert_eq!(status, Status::INVALID_ARGS, "{nowhere:#x}");
    }
    finish(sleepers);
}
