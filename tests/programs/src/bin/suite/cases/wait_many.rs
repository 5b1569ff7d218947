//! `object_wait_many`.
//!
//! # Source
//! Zircon `object_wait_many`.

use super::cases;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::object::TIME_INFINITE;
use abi::port::{WAIT_MANY_MAX_ITEMS, WaitItem};
use alloc::vec::Vec;
use rt::thread::spawn;
use rt::{Event, Handle, Rights, Signals, Status, start, time};

cases! { wait_many:
    too_many_items_are_out_of_range,
    items_that_cannot_be_read_are_invalid,
    items_that_cannot_be_written_are_invalid,
    a_bad_handle_among_them,
    every_handle_needs_the_right,
    objects_without_signals_are_refused,
    no_items_sleep_until_the_deadline,
    a_signal_that_is_up_returns_at_once,
    pending_says_what_is_up_of_each,
    a_time_out_says_what_is_up_of_each,
    any_of_them_wakes,
    the_same_object_may_come_twice,
    as_many_as_can_be,
    closing_a_handle_cancels,
    closing_another_handle_to_the_same_object_does_not,
    a_kill_ends_the_wait,
    a_refused_wait_leaves_nothing_behind,
}

const SIGNALED: Signals = Signals::EVENT_SIGNALED;
const USER: Signals = Signals::from_bits_retain(1 << 24);

/// Returns where items are that a call may write to.
fn at(items: &mut [WaitItem]) -> usize {
    items.as_mut_ptr().expose_provenance()
}

/// Waits for what is listed; returns what is pending of each.
#[track_caller]
fn wait(awaited: &[(&Handle, Signals)], deadline: i64) -> (Status, Vec<Signals>) {
    let mut items: Vec<WaitItem> = awaited
        .iter()
        .map(|(handle, signals)| WaitItem {
            handle: handle.raw(),
            wait_for: signals.bits(),
            pending: 0xDEAD,
        })
        .collect();
    let status = zx::object_wait_many(at(&mut items), awaited.len(), deadline);
    let pending = items.iter().map(|item| Signals::from_bits_retain(item.pending));
    (status, pending.collect())
}

fn events<const N: usize>() -> [Event; N] {
    core::array::from_fn(|_| Event::create().unwrap())
}

fn too_many_items_are_out_of_range() {
    for count in [WAIT_MANY_MAX_ITEMS as u64 + 1, 1 << 32, u64::MAX] {
        assert_eq!(zx::object_wait_many(0, count, 0), Status::OUT_OF_RANGE);
    }
}

fn items_that_cannot_be_read_are_invalid() {
    let gap = region(1);
    for address in [0, gap.base, 1 << 47, 0xFFFF_8000_0000_0000, u64::MAX - 3] {
        let status = zx::object_wait_many(address, 1, 0);
        assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
    }
}

fn items_that_cannot_be_written_are_invalid() {
    let [event] = events();
    let memory = vmo(1);
    let item = [event.raw(), SIGNALED.bits(), 0].map(u32::to_le_bytes);
    memory.write(0, item.as_flattened()).unwrap();
    let address = map(&memory, 1, R);
    assert_eq!(zx::object_wait_many(address, 1, 0), Status::INVALID_ARGS, "also after a time-out");
    event.signal(Signals::empty(), SIGNALED).unwrap();
    assert_eq!(zx::object_wait_many(address, 1, TIME_INFINITE), Status::INVALID_ARGS);
}

fn a_bad_handle_among_them() {
    let [event] = events();
    for bad in [0, UNKNOWN] {
        let mut items = [event.raw(), bad].map(|handle| WaitItem {
            handle,
            wait_for: SIGNALED.bits(),
            pending: 7,
        });
        let status = zx::object_wait_many(at(&mut items), 2, TIME_INFINITE);
        assert_eq!(status, Status::BAD_HANDLE);
        assert_eq!(items[0].pending, 7, "nothing is written");
    }
}

fn every_handle_needs_the_right() {
    let [strong, event] = events();
    let weak = without(&event, Rights::WAIT);
    let (status, _) = wait(&[(&strong, SIGNALED), (&weak, SIGNALED)], 0);
    assert_eq!(status, Status::ACCESS_DENIED);
}

fn objects_without_signals_are_refused() {
    let [event] = events();
    let (status, _) = wait(&[(&event, SIGNALED), (root(), SIGNALED)], 0);
    assert_eq!(status, Status::ACCESS_DENIED, "a VMAR's handle has no WAIT");
}

fn no_items_sleep_until_the_deadline() {
    assert_eq!(zx::object_wait_many(0, 0, 0), Status::TIMED_OUT);
    let deadline = time::after(10_000_000);
    assert_eq!(zx::object_wait_many(0, 0, deadline), Status::TIMED_OUT);
    assert!(time::now() >= deadline);
}

fn a_signal_that_is_up_returns_at_once() {
    let [one, two] = events();
    two.signal(Signals::empty(), SIGNALED).unwrap();
    for deadline in [0, i64::MIN, TIME_INFINITE] {
        let (status, pending) = wait(&[(&one, SIGNALED), (&two, SIGNALED)], deadline);
        assert_eq!(status, Status::OK);
        assert_eq!(pending, [Signals::empty(), SIGNALED]);
    }
}

fn pending_says_what_is_up_of_each() {
    let [one, two, three] = events();
    one.signal(Signals::empty(), USER).unwrap();
    two.signal(Signals::empty(), USER | SIGNALED).unwrap();
    let awaited: [(&Handle, Signals); 3] = [(&one, SIGNALED), (&two, SIGNALED), (&three, USER)];
    let (status, pending) = wait(&awaited, TIME_INFINITE);
    assert_eq!(status, Status::OK);
    assert_eq!(pending, [USER, USER | SIGNALED, Signals::empty()]);
}

fn a_time_out_says_what_is_up_of_each() {
    let [one, two] = events();
    one.signal(Signals::empty(), USER).unwrap();
    let awaited: [(&Handle, Signals); 2] = [(&one, SIGNALED), (&two, SIGNALED)];
    for deadline in [0, time::after(5_000_000)] {
        let (status, pending) = wait(&awaited, deadline);
        assert_eq!(status, Status::TIMED_OUT);
        assert_eq!(pending, [USER, Signals::empty()]);
    }
}

/// Raises SIGNALED through this handle, in a while.
extern "C" fn signal_later(handle: u64) {
    time::sleep(5_000_000).unwrap();
    assert_eq!(zx::object_signal(handle, 0, SIGNALED.bits()), Status::OK);
}

fn any_of_them_wakes() {
    for index in 0..3 {
        let all: [Event; 3] = events();
        let signaller = spawn(signal_later, all[index].raw().into()).unwrap();
        let awaited: Vec<(&Handle, Signals)> =
            all.iter().map(|event| (&**event, SIGNALED)).collect();
        let (status, pending) = wait(&awaited, TIME_INFINITE);
        assert_eq!(status, Status::OK);
        for (other, pending) in pending.into_iter().enumerate() {
            assert_eq!(pending == SIGNALED, other == index, "item {other} of {index}");
        }
        signaller.join().unwrap();
    }
}

fn the_same_object_may_come_twice() {
    let [event] = events();
    let second = event.duplicate(Rights::SAME_RIGHTS).unwrap();
    let signaller = spawn(signal_later, event.raw().into()).unwrap();
    let awaited: [(&Handle, Signals); 3] = [(&event, USER), (&event, SIGNALED), (&second, USER)];
    let (status, pending) = wait(&awaited, TIME_INFINITE);
    assert_eq!((status, pending[1]), (Status::OK, SIGNALED));
    signaller.join().unwrap();
}

fn as_many_as_can_be() {
    let all: Vec<Event> = (0..WAIT_MANY_MAX_ITEMS).map(|_| Event::create().unwrap()).collect();
    let awaited: Vec<(&Handle, Signals)> = all.iter().map(|event| (&**event, SIGNALED)).collect();
    assert_eq!(wait(&awaited, 0).0, Status::TIMED_OUT);
    let last = all.last().unwrap();
    let signaller = spawn(signal_later, last.raw().into()).unwrap();
    let (status, pending) = wait(&awaited, TIME_INFINITE);
    assert_eq!(status, Status::OK);
    assert_eq!(pending.iter().filter(|pending| **pending == SIGNALED).count(), 1);
    assert_eq!(pending.last(), Some(&SIGNALED));
    signaller.join().unwrap();
}

/// Closes a handle, in a while.
extern "C" fn close_later(handle: u64) {
    time::sleep(5_000_000).unwrap();
    assert_eq!(zx::handle_close(handle), Status::OK);
}

fn closing_a_handle_cancels() {
    let [one, two] = events();
    let raw = two.into_handle().into_raw();
    let closer = spawn(close_later, raw.into()).unwrap();
    let mut items =
        [one.raw(), raw].map(|handle| WaitItem { handle, wait_for: SIGNALED.bits(), pending: 0 });
    let status = zx::object_wait_many(at(&mut items), 2, TIME_INFINITE);
    assert_eq!(status, Status::CANCELED);
    let pending = items.map(|item| item.pending);
    assert_eq!(pending, [0, Signals::HANDLE_CLOSED.bits()]);
    closer.join().unwrap();
}

fn closing_another_handle_to_the_same_object_does_not() {
    let [event] = events();
    let second = event.duplicate(Rights::SAME_RIGHTS).unwrap();
    let closer = spawn(close_later, second.into_handle().into_raw().into()).unwrap();
    let (status, _) = wait(&[(&event, SIGNALED)], time::after(15_000_000));
    assert_eq!(status, Status::TIMED_OUT);
    closer.join().unwrap();
}

fn wait_for_ever(_: u64) {
    let [one, two] = events();
    let _ = wait(&[(&one, SIGNALED), (&two, SIGNALED)], TIME_INFINITE);
}

fn a_kill_ends_the_wait() {
    let part = Part::start(wait_for_ever, 0, Vec::new());
    time::sleep(10_000_000).unwrap();
    part::kill(part);
}

fn a_refused_wait_leaves_nothing_behind() {
    let [event] = events();
    let process = start().process();
    assert_leaks_nothing(|| {
        let mut items = [event.raw(), process.raw(), UNKNOWN].map(|handle| WaitItem {
            handle,
            wait_for: SIGNALED.bits(),
            pending: 0,
        });
        let status = zx::object_wait_many(at(&mut items), 3, TIME_INFINITE);
        assert_eq!(status, Status::BAD_HANDLE);
    });
    assert_eq!(wait(&[(&event, SIGNALED)], 0).0, Status::TIMED_OUT);
}
