//! `object_wait_one`.
//!
//! # Source
//! Zircon `object_wait_one`; `handles-rights-errors.md` §6 and §9.

use super::cases;
use crate::fixture::*;
use crate::part::Part;
use crate::zx;
use abi::Topic;
use abi::info::{BlockedOn, InfoThread};
use abi::object::{TIME_INFINITE, TIME_INFINITE_PAST};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use rt::thread::{Running, spawn};
use rt::{Channel, Rights, Signals, Status, start, time};

cases! { wait:
    it_needs_the_right,
    a_signal_that_is_up_returns_at_once,
    a_deadline_that_has_passed_times_out,
    a_deadline_times_out_in_time,
    a_time_out_says_what_is_up,
    nothing_to_wait_for_times_out,
    observed_may_be_null,
    the_end_of_a_process_wakes,
    the_end_of_a_process_wakes_all,
    a_process_that_has_ended_stays_so,
    a_message_wakes,
    a_closed_peer_wakes,
    closing_the_handle_cancels,
    a_wait_goes_on_until_the_handle_arrives,
    a_wait_ends_when_the_handle_is_lost,
    a_duplicate_is_not_canceled,
    objects_without_signals_cannot_be_waited_for,
}

const TERMINATED: Signals = Signals::TASK_TERMINATED;
const READABLE: Signals = Signals::CHANNEL_READABLE;
const WRITABLE: Signals = Signals::CHANNEL_WRITABLE;

fn it_needs_the_right() {
    let weak = without(start().process(), Rights::WAIT);
    assert_eq!(weak.wait(TERMINATED, 0), Err(Status::ACCESS_DENIED));
}

fn a_signal_that_is_up_returns_at_once() {
    let (one, _other) = Channel::create().unwrap();
    for deadline in [0, TIME_INFINITE_PAST, TIME_INFINITE, time::now()] {
        assert_eq!(one.wait(WRITABLE | READABLE, deadline), Ok(WRITABLE));
    }
}

fn a_deadline_that_has_passed_times_out() {
    for deadline in [0, -1, TIME_INFINITE_PAST, time::now()] {
        assert_eq!(start().process().wait(TERMINATED, deadline), Err(Status::TIMED_OUT));
    }
}

fn a_deadline_times_out_in_time() {
    for nanoseconds in [1, 1_000_000, 20_000_000] {
        let deadline = time::after(nanoseconds);
        assert_eq!(start().process().wait(TERMINATED, deadline), Err(Status::TIMED_OUT));
        let late = time::now() - deadline;
        assert!((0..2_000_000_000).contains(&late), "{late} ns late after {nanoseconds}");
    }
}

fn a_time_out_says_what_is_up() {
    let (one, _other) = Channel::create().unwrap();
    let mut observed = 0_u32;
    let status = zx::object_wait_one(&one, READABLE.bits(), 0, &mut observed);
    assert_eq!((status, observed), (Status::TIMED_OUT, WRITABLE.bits()));
}

fn nothing_to_wait_for_times_out() {
    assert_eq!(start().process().wait(Signals::empty(), time::after(1000)), Err(Status::TIMED_OUT));
}

fn observed_may_be_null() {
    let (one, _other) = Channel::create().unwrap();
    assert_eq!(zx::object_wait_one(&one, WRITABLE.bits(), 0, 0), Status::OK);
}

fn sleep_and_end(nanoseconds: u64) {
    time::sleep(nanoseconds.cast_signed()).unwrap();
}

fn the_end_of_a_process_wakes() {
    let part = Part::start(sleep_and_end, 5_000_000, Vec::new());
    assert_eq!(part.process.wait(TERMINATED, TIME_INFINITE), Ok(TERMINATED));
}

/// Waits for the end of the process with this handle.
extern "C" fn wait_for_process(handle: u64) {
    let status = zx::object_wait_one(handle, TERMINATED.bits(), TIME_INFINITE, 0);
    assert_eq!(status, Status::OK);
}

fn the_end_of_a_process_wakes_all() {
    let part = Part::start(sleep_and_end, 10_000_000, Vec::new());
    let waiters: Vec<_> =
        (0..5).map(|_| spawn(wait_for_process, part.process.raw().into()).unwrap()).collect();
    assert_eq!(part.process.wait(TERMINATED, TIME_INFINITE), Ok(TERMINATED));
    waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
}

fn a_process_that_has_ended_stays_so() {
    let part = Part::start(sleep_and_end, 0, Vec::new());
    for deadline in [TIME_INFINITE, 0, TIME_INFINITE_PAST] {
        assert_eq!(part.process.wait(TERMINATED, deadline), Ok(TERMINATED));
    }
}

/// Sends a message through the channel with this handle, in a while.
extern "C" fn send_later(handle: u64) {
    time::sleep(5_000_000).unwrap();
    assert_eq!(zx::channel_write(handle, 0, 0, 0, 0, 0), Status::OK);
}

fn a_message_wakes() {
    let (one, other) = Channel::create().unwrap();
    let sender = spawn(send_later, other.raw().into()).unwrap();
    assert_eq!(one.wait(READABLE, TIME_INFINITE), Ok(READABLE | WRITABLE));
    sender.join().unwrap();
}

/// Closes a handle in a while.
extern "C" fn close_later(handle: u64) {
    time::sleep(5_000_000).unwrap();
    assert_eq!(zx::handle_close(handle), Status::OK);
}

fn a_closed_peer_wakes() {
    let (one, other) = Channel::create().unwrap();
    let closer = spawn(close_later, other.into_handle().into_raw().into()).unwrap();
    let closed = Signals::CHANNEL_PEER_CLOSED;
    assert_eq!(one.wait(READABLE | closed, TIME_INFINITE), Ok(closed));
    closer.join().unwrap();
}

fn closing_the_handle_cancels() {
    let (one, _other) = Channel::create().unwrap();
    let raw = one.into_handle().into_raw();
    let closer = spawn(close_later, raw.into()).unwrap();
    let status = zx::object_wait_one(raw, READABLE.bits(), TIME_INFINITE, 0);
    assert_eq!(status, Status::CANCELED);
    closer.join().unwrap();
}

/// Starts a thread that waits for the peer of a channel to be closed, and sends the handle that it waits through away.
fn waiting_through_a_sent_handle() -> (Running, Channel, Channel) {
    let (one, other) = Channel::create().unwrap();
    let waiter = spawn(wait_until_closed, one.raw().into()).unwrap();
    while !is_waiting(&waiter) {
        time::sleep(1_000_000).unwrap();
    }
    let (near, far) = Channel::create().unwrap();
    near.write(&[], [one.into_handle()].into()).unwrap();
    time::sleep(5_000_000).unwrap();
    assert!(is_waiting(&waiter), "the handle is on its way");
    (waiter, other, far)
}

fn is_waiting(waiter: &Running) -> bool {
    let info: InfoThread = waiter.thread().info(Topic::THREAD).unwrap();
    info.state == BlockedOn::WaitOne.state()
}

extern "C" fn wait_until_closed(handle: u64) {
    let closed = Signals::CHANNEL_PEER_CLOSED;
    let status = zx::object_wait_one(handle, closed.bits(), TIME_INFINITE, 0);
    OUTCOME.store(status.into_raw().unsigned_abs(), Ordering::Relaxed);
}

fn a_wait_goes_on_until_the_handle_arrives() {
    let (waiter, _other, far) = waiting_through_a_sent_handle();
    let _arrived = far.read(&mut []).unwrap();
    waiter.join().unwrap();
    assert_eq!(OUTCOME.load(Ordering::Relaxed), Status::CANCELED.into_raw().unsigned_abs());
}

fn a_wait_ends_when_the_handle_is_lost() {
    let (waiter, _other, far) = waiting_through_a_sent_handle();
    drop(far);
    waiter.join().unwrap();
    assert_eq!(OUTCOME.load(Ordering::Relaxed), Status::CANCELED.into_raw().unsigned_abs());
}

/// Status of a wait in another thread, as its negative.
static OUTCOME: AtomicU32 = AtomicU32::new(u32::MAX);

extern "C" fn wait_a_while(handle: u64) {
    let status = zx::object_wait_one(handle, TERMINATED.bits(), time::after(20_000_000), 0);
    OUTCOME.store(status.into_raw().unsigned_abs(), Ordering::Relaxed);
}

fn a_duplicate_is_not_canceled() {
    let process = start().process();
    let second = process.duplicate(Rights::SAME_RIGHTS).unwrap();
    let waiter = spawn(wait_a_while, process.raw().into()).unwrap();
    time::sleep(5_000_000).unwrap();
    drop(second);
    waiter.join().unwrap();
    assert_eq!(OUTCOME.load(Ordering::Relaxed), Status::TIMED_OUT.into_raw().unsigned_abs());
}

fn objects_without_signals_cannot_be_waited_for() {
    // A VMAR's handle never has WAIT.
    assert_eq!(root().wait(TERMINATED, 0), Err(Status::ACCESS_DENIED));
}
