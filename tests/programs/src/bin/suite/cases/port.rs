//! Ports: `port_create`, `port_queue`, `port_wait`, `port_cancel`, `object_wait_async`.
//!
//! # Source
//! Zircon, the pages of these calls.

use super::cases;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::ObjectType;
use abi::object::TIME_INFINITE;
use abi::port::{PACKET_SIGNAL_ONE, PACKET_USER, PORT_BIND_TO_INTERRUPT, Packet, WaitAsyncOptions};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use rt::thread::spawn;
use rt::{Channel, Event, Handle, Port, Rights, Signals, Status, start, time};

cases! { port:
    unknown_options_are_invalid,
    a_port_has_its_rights_and_type,
    bad_out_pointers_make_nothing,
    packets_come_in_order_and_unchanged,
    a_queued_packet_is_a_user_packet,
    an_empty_port_times_out,
    a_packet_that_waits_beats_the_deadline,
    queueing_needs_the_right,
    waiting_needs_the_right,
    bad_handles_and_types,
    a_packet_that_cannot_be_read_is_invalid,
    a_packet_that_cannot_be_written_is_lost,
    a_full_port_should_wait,
    a_packet_wakes_one_thread,
    every_waiting_thread_gets_one,
    closing_the_last_handle_ends_the_wait,
    a_kill_ends_the_wait,
    a_killed_thread_leaves_its_packet_to_another,
    a_port_cannot_be_waited_for,
    a_signal_that_is_up_is_a_packet_at_once,
    a_signal_raised_later_is_a_packet,
    once_means_once,
    any_of_the_signals_will_do,
    other_signals_are_no_packet,
    an_edge_needs_a_change,
    a_timestamp_says_when,
    unknown_async_options_are_invalid,
    async_waits_need_both_rights,
    bad_handles_of_async_waits,
    closing_the_handle_takes_the_wait_back,
    closing_a_duplicate_does_not,
    a_packet_outlives_its_object,
    the_end_of_a_process_takes_its_waits_back,
    a_cancel_takes_the_wait_back,
    a_cancel_removes_the_packet,
    a_cancel_is_by_key_and_handle,
    nothing_to_cancel_is_not_found,
    cancels_need_both_rights,
    user_packets_are_not_cancelled,
    many_waits_on_one_object,
    many_ports_on_one_object,
    the_end_of_a_process_is_a_packet,
    a_message_is_a_packet,
    a_port_sent_to_another_process,
    a_port_may_be_in_a_channel_it_watches,
    waits_of_a_closed_port_do_not_pile_up,
    ports_leak_nothing,
}

const SIGNALED: Signals = Signals::EVENT_SIGNALED;
const USER: Signals = Signals::from_bits_retain(1 << 24);
const NOTHING: Signals = Signals::empty();
const ONCE: WaitAsyncOptions = WaitAsyncOptions::empty();

fn port() -> Port {
    Port::create().unwrap()
}

/// Makes a packet of a program.
fn packet(key: u64) -> Packet {
    Packet {
        key,
        packet_type: PACKET_USER,
        status: -17,
        payload: [key, !key, 0x0123_4567_89AB_CDEF, 7],
    }
}

/// Makes an event of which these signals are raised.
fn event(signals: Signals) -> Event {
    let event = Event::create().unwrap();
    event.signal(NOTHING, signals).unwrap();
    event
}

/// Checks that no packet waits.
#[track_caller]
fn assert_empty(port: &Port) {
    assert_eq!(port.wait_packet(0), Err(Status::TIMED_OUT));
}

/// Takes the packet that waits and checks that it is about a signal.
#[track_caller]
fn assert_signal(port: &Port, key: u64, trigger: Signals, observed: Signals) {
    let packet = port.wait_packet(0).expect("a packet");
    assert_eq!((packet.key, packet.packet_type), (key, PACKET_SIGNAL_ONE));
    assert_eq!(packet.signals(), Some((trigger, observed)));
    let [_, count, _, reserved] = packet.payload;
    assert_eq!((packet.status, count, reserved), (0, 1, 0));
}

fn unknown_options_are_invalid() {
    let mut handle = 0_u32;
    for options in [2, 3, 1 << 31] {
        assert_eq!(zx::port_create(options, &mut handle), Status::INVALID_ARGS);
    }
    assert_eq!(handle, 0);
    let status = zx::port_create(PORT_BIND_TO_INTERRUPT, &mut handle);
    assert_eq!(status, Status::OK);
}

fn a_port_has_its_rights_and_type() {
    let info = port().basic_info().unwrap();
    let rights = (Rights::BASIC - Rights::WAIT) | Rights::IO;
    assert_eq!(
        (info.rights, info.object_type, info.related_koid),
        (rights.bits(), ObjectType::Port as u32, 0)
    );
}

fn bad_out_pointers_make_nothing() {
    let hostile = Hostile::new();
    assert_leaks_nothing(|| {
        for address in hostile.addresses() {
            let status = zx::port_create(0, address);
            assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
        }
    });
}

fn packets_come_in_order_and_unchanged() {
    let port = port();
    for key in 0..20 {
        assert_eq!(port.queue(&packet(key)), Ok(()));
    }
    for key in 0..20 {
        assert_eq!(port.wait_packet(TIME_INFINITE), Ok(packet(key)));
    }
    assert_empty(&port);
}

fn a_queued_packet_is_a_user_packet() {
    let port = port();
    for packet_type in [PACKET_SIGNAL_ONE, 9, u32::MAX] {
        let forged = Packet { packet_type, ..packet(1) };
        port.queue(&forged).unwrap();
        assert_eq!(port.wait_packet(0), Ok(packet(1)), "type {packet_type}");
    }
}

fn an_empty_port_times_out() {
    let port = port();
    for deadline in [0, -1, i64::MIN] {
        assert_eq!(port.wait_packet(deadline), Err(Status::TIMED_OUT));
    }
    let deadline = time::after(10_000_000);
    assert_eq!(port.wait_packet(deadline), Err(Status::TIMED_OUT));
    assert!(time::now() >= deadline);
}

fn a_packet_that_waits_beats_the_deadline() {
    let port = port();
    port.queue(&packet(3)).unwrap();
    assert_eq!(port.wait_packet(i64::MIN), Ok(packet(3)));
}

fn queueing_needs_the_right() {
    let port = port();
    let weak: Port = without(&port, Rights::WRITE).into();
    assert_eq!(weak.queue(&packet(1)), Err(Status::ACCESS_DENIED));
    assert_empty(&port);
}

fn waiting_needs_the_right() {
    let port = port();
    port.queue(&packet(1)).unwrap();
    let weak: Port = without(&port, Rights::READ).into();
    assert_eq!(weak.wait_packet(0), Err(Status::ACCESS_DENIED));
    assert_eq!(port.wait_packet(0), Ok(packet(1)));
}

fn bad_handles_and_types() {
    for handle in [0, UNKNOWN] {
        assert_eq!(zx::port_queue(handle, 0), Status::BAD_HANDLE);
        assert_eq!(zx::port_wait(handle, 0, 0), Status::BAD_HANDLE);
        assert_eq!(zx::port_cancel(handle, 0, 0), Status::BAD_HANDLE);
    }
    let other = start().process();
    assert_eq!(zx::port_queue(other, 0), Status::WRONG_TYPE);
    assert_eq!(zx::port_wait(other, 0, 0), Status::WRONG_TYPE);
    assert_eq!(zx::port_cancel(other, 0, 0), Status::WRONG_TYPE);
}

fn a_packet_that_cannot_be_read_is_invalid() {
    let (port, gap) = (port(), region(1));
    for address in [0, gap.base, gap.base - 8, 1 << 47, u64::MAX - 7] {
        let status = zx::port_queue(&port, address);
        assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
    }
    assert_empty(&port);
}

fn a_packet_that_cannot_be_written_is_lost() {
    let port = port();
    let hostile = Hostile::new();
    for address in hostile.addresses() {
        port.queue(&packet(1)).unwrap();
        let status = zx::port_wait(&port, 0, address);
        assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
        assert_empty(&port);
    }
}

fn a_full_port_should_wait() {
    let port = port();
    let mut queued = 0;
    while port.queue(&packet(queued)) == Ok(()) {
        queued += 1;
        assert!(queued <= 1 << 16, "a port takes no end of packets");
    }
    assert_eq!(port.queue(&packet(0)), Err(Status::SHOULD_WAIT));
    // What was asked for before comes all the same.
    let event = event(SIGNALED);
    assert_eq!(port.watch(&event, 7, SIGNALED, ONCE), Ok(()));
    assert_eq!(port.wait_packet(0), Ok(packet(0)));
    assert_eq!(port.queue(&packet(queued)), Ok(()));
    for key in 1..queued {
        assert_eq!(port.wait_packet(0), Ok(packet(key)));
    }
    assert_signal(&port, 7, SIGNALED, SIGNALED);
    assert_eq!(port.wait_packet(0), Ok(packet(queued)));
}

/// The keys of the packets that other threads have taken, added up.
static TAKEN: AtomicU64 = AtomicU64::new(0);

/// Takes a packet from the port with this handle.
extern "C" fn take(handle: u64) {
    let mut packet = Packet::default();
    let status = zx::port_wait(handle, TIME_INFINITE, &mut packet);
    assert_eq!(status, Status::OK);
    TAKEN.fetch_add(packet.key, Ordering::Relaxed);
}

fn a_packet_wakes_one_thread() {
    let port = port();
    let taker = spawn(take, port.raw().into()).unwrap();
    time::sleep(5_000_000).unwrap();
    port.queue(&packet(5)).unwrap();
    taker.join().unwrap();
    assert_eq!(TAKEN.load(Ordering::Relaxed), 5);
    assert_empty(&port);
}

fn every_waiting_thread_gets_one() {
    let port = port();
    let takers: Vec<_> = (0..6).map(|_| spawn(take, port.raw().into()).unwrap()).collect();
    time::sleep(5_000_000).unwrap();
    for key in [1, 10, 100, 1000, 10_000, 100_000] {
        port.queue(&packet(key)).unwrap();
    }
    takers.into_iter().for_each(|taker| taker.join().unwrap());
    assert_eq!(TAKEN.load(Ordering::Relaxed), 111_111);
}

/// Closes a handle, in a while.
extern "C" fn close_later(handle: u64) {
    time::sleep(5_000_000).unwrap();
    assert_eq!(zx::handle_close(handle), Status::OK);
}

fn closing_the_last_handle_ends_the_wait() {
    let raw = port().into_handle().into_raw();
    let closer = spawn(close_later, raw.into()).unwrap();
    let mut packet = Packet::default();
    let status = zx::port_wait(raw, TIME_INFINITE, &mut packet);
    assert_eq!(status, Status::CANCELED);
    closer.join().unwrap();
}

fn wait_for_given(_: u64) {
    let handle = part::given().remove(0);
    let _ = Port::from(handle).wait_packet(TIME_INFINITE);
}

/// Returns a second handle, to be given to a part.
fn copy(handle: &Handle) -> Vec<Handle> {
    [handle.duplicate(Rights::SAME_RIGHTS).unwrap()].into()
}

fn a_kill_ends_the_wait() {
    let port = port();
    let part = Part::start(wait_for_given, 0, copy(&port));
    time::sleep(10_000_000).unwrap();
    part::kill(part);
    port.queue(&packet(1)).unwrap();
    assert_eq!(port.wait_packet(0), Ok(packet(1)));
}

fn a_killed_thread_leaves_its_packet_to_another() {
    let port = port();
    let part = Part::start(wait_for_given, 0, copy(&port));
    time::sleep(10_000_000).unwrap();
    let taker = spawn(take, port.raw().into()).unwrap();
    time::sleep(5_000_000).unwrap();
    // The part waits first, so the packet would be its.
    part.process.kill().unwrap();
    port.queue(&packet(9)).unwrap();
    taker.join().unwrap();
    assert_eq!(TAKEN.load(Ordering::Relaxed), 9);
    part.join();
}

fn a_port_cannot_be_waited_for() {
    let (one, other) = (port(), port());
    assert_eq!(one.wait(SIGNALED, 0), Err(Status::ACCESS_DENIED));
    let watched = other.watch(&one, 1, SIGNALED, ONCE);
    assert_eq!(watched, Err(Status::ACCESS_DENIED));
}

fn a_signal_that_is_up_is_a_packet_at_once() {
    let (port, event) = (port(), event(SIGNALED | USER));
    assert_eq!(port.watch(&event, 42, SIGNALED, ONCE), Ok(()));
    assert_signal(&port, 42, SIGNALED, SIGNALED | USER);
    assert_empty(&port);
}

fn a_signal_raised_later_is_a_packet() {
    let (port, event) = (port(), event(NOTHING));
    assert_eq!(port.watch(&event, 42, SIGNALED, ONCE), Ok(()));
    assert_empty(&port);
    event.signal(NOTHING, SIGNALED).unwrap();
    event.signal(SIGNALED, NOTHING).unwrap();
    assert_signal(&port, 42, SIGNALED, SIGNALED);
}

fn once_means_once() {
    let (port, event) = (port(), event(SIGNALED));
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    event.signal(SIGNALED, NOTHING).unwrap();
    event.signal(NOTHING, SIGNALED).unwrap();
    assert_signal(&port, 1, SIGNALED, SIGNALED);
    assert_empty(&port);
    assert_eq!(port.watch(&event, 2, SIGNALED, ONCE), Ok(()));
    assert_signal(&port, 2, SIGNALED, SIGNALED);
}

fn any_of_the_signals_will_do() {
    let (port, event) = (port(), event(NOTHING));
    port.watch(&event, 1, SIGNALED | USER, ONCE).unwrap();
    event.signal(NOTHING, USER).unwrap();
    assert_signal(&port, 1, SIGNALED | USER, USER);
}

fn other_signals_are_no_packet() {
    let (port, event) = (port(), event(USER));
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    event.signal(USER, NOTHING).unwrap();
    event.signal(NOTHING, USER).unwrap();
    assert_empty(&port);
}

fn an_edge_needs_a_change() {
    let (port, event) = (port(), event(SIGNALED));
    let edge = WaitAsyncOptions::EDGE;
    assert_eq!(port.watch(&event, 1, SIGNALED, edge), Ok(()));
    assert_empty(&port);
    event.signal(NOTHING, SIGNALED | USER).unwrap();
    assert_empty(&port);
    event.signal(SIGNALED, NOTHING).unwrap();
    assert_empty(&port);
    event.signal(NOTHING, SIGNALED).unwrap();
    assert_signal(&port, 1, SIGNALED, SIGNALED | USER);
}

fn a_timestamp_says_when() {
    let (port, event) = (port(), event(NOTHING));
    port.watch(&event, 1, SIGNALED, WaitAsyncOptions::TIMESTAMP).unwrap();
    port.watch(&event, 2, SIGNALED, ONCE).unwrap();
    let before = time::now();
    event.signal(NOTHING, SIGNALED).unwrap();
    let after = time::now();
    time::sleep(2_000_000).unwrap();
    let mut packets = [0, 1].map(|_| port.wait_packet(0).unwrap());
    packets.sort_by_key(|packet| packet.key);
    let [with, without] = packets.map(|packet| packet.payload[2].cast_signed());
    assert!((before..=after).contains(&with), "{before} {with} {after}");
    assert_eq!(without, 0);
}

fn unknown_async_options_are_invalid() {
    let (port, event) = (port(), event(SIGNALED));
    for options in [4, 8, 1 << 31, u32::MAX] {
        let status = zx::object_wait_async(&event, &port, 1, SIGNALED.bits(), options);
        assert_eq!(status, Status::INVALID_ARGS, "{options:#x}");
    }
    assert_eq!(zx::object_wait_async(0, 0, 1, 1, 4), Status::INVALID_ARGS, "before handles");
    assert_empty(&port);
}

fn async_waits_need_both_rights() {
    let (port, event) = (port(), event(SIGNALED));
    let weak_port: Port = without(&port, Rights::WRITE).into();
    let weak_event = without(&event, Rights::WAIT);
    let denied = Err(Status::ACCESS_DENIED);
    assert_eq!(weak_port.watch(&event, 1, SIGNALED, ONCE), denied);
    assert_eq!(port.watch(&weak_event, 1, SIGNALED, ONCE), denied);
    assert_empty(&port);
}

fn bad_handles_of_async_waits() {
    let (port, event) = (port(), event(SIGNALED));
    for bad in [0, UNKNOWN] {
        let status = zx::object_wait_async(bad, &port, 1, 8, 0);
        assert_eq!(status, Status::BAD_HANDLE);
        let status = zx::object_wait_async(&event, bad, 1, 8, 0);
        assert_eq!(status, Status::BAD_HANDLE);
    }
    let status = zx::object_wait_async(&event, &event, 1, 8, 0);
    assert_eq!(status, Status::WRONG_TYPE);
}

fn closing_the_handle_takes_the_wait_back() {
    let (port, event) = (port(), event(NOTHING));
    let second = event.duplicate(Rights::SAME_RIGHTS).unwrap();
    port.watch(&second, 1, SIGNALED, ONCE).unwrap();
    drop(second);
    event.signal(NOTHING, SIGNALED).unwrap();
    assert_empty(&port);
}

fn closing_a_duplicate_does_not() {
    let (port, event) = (port(), event(NOTHING));
    let second = event.duplicate(Rights::SAME_RIGHTS).unwrap();
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    drop(second);
    event.signal(NOTHING, SIGNALED).unwrap();
    assert_signal(&port, 1, SIGNALED, SIGNALED);
}

fn a_packet_outlives_its_object() {
    let port = port();
    let event = event(SIGNALED);
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    drop(event);
    assert_signal(&port, 1, SIGNALED, SIGNALED);
}

fn watch_given(_: u64) {
    let mut given = part::given();
    let event = given.remove(1);
    let port = Port::from(given.remove(0));
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    core::mem::forget((port, event));
}

fn the_end_of_a_process_takes_its_waits_back() {
    let (port, event) = (port(), event(NOTHING));
    let mut handles = copy(&port);
    handles.extend(copy(&event));
    part::passes(watch_given, 0, handles);
    event.signal(NOTHING, SIGNALED).unwrap();
    assert_empty(&port);
}

fn a_cancel_takes_the_wait_back() {
    let (port, event) = (port(), event(NOTHING));
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    assert_eq!(port.cancel(&event, 1), Ok(()));
    event.signal(NOTHING, SIGNALED).unwrap();
    assert_empty(&port);
}

fn a_cancel_removes_the_packet() {
    let (port, event) = (port(), event(SIGNALED));
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    port.watch(&event, 2, SIGNALED, ONCE).unwrap();
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    assert_eq!(port.cancel(&event, 1), Ok(()));
    assert_signal(&port, 2, SIGNALED, SIGNALED);
    assert_empty(&port);
}

fn a_cancel_is_by_key_and_handle() {
    let (port, other, event) = (port(), port(), event(NOTHING));
    let second = event.duplicate(Rights::SAME_RIGHTS).unwrap();
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    assert_eq!(port.cancel(&event, 2), Err(Status::NOT_FOUND));
    assert_eq!(port.cancel(&second, 1), Err(Status::NOT_FOUND));
    assert_eq!(other.cancel(&event, 1), Err(Status::NOT_FOUND));
    event.signal(NOTHING, SIGNALED).unwrap();
    assert_eq!(port.cancel(&event, 2), Err(Status::NOT_FOUND));
    assert_eq!(port.cancel(&second, 1), Err(Status::NOT_FOUND));
    assert_eq!(other.cancel(&event, 1), Err(Status::NOT_FOUND));
    assert_signal(&port, 1, SIGNALED, SIGNALED);
}

fn nothing_to_cancel_is_not_found() {
    let (port, event) = (port(), event(SIGNALED));
    assert_eq!(port.cancel(&event, 1), Err(Status::NOT_FOUND));
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    assert_signal(&port, 1, SIGNALED, SIGNALED);
    assert_eq!(port.cancel(&event, 1), Err(Status::NOT_FOUND));
}

fn cancels_need_both_rights() {
    let (port, event) = (port(), event(SIGNALED));
    port.watch(&event, 1, SIGNALED, ONCE).unwrap();
    let weak_port: Port = without(&port, Rights::WRITE).into();
    let weak_event = without(&event, Rights::WAIT);
    assert_eq!(weak_port.cancel(&event, 1), Err(Status::ACCESS_DENIED));
    assert_eq!(port.cancel(&weak_event, 1), Err(Status::ACCESS_DENIED));
    for bad in [0, UNKNOWN] {
        assert_eq!(zx::port_cancel(&port, bad, 1_u64), Status::BAD_HANDLE);
    }
    assert_signal(&port, 1, SIGNALED, SIGNALED);
}

fn user_packets_are_not_cancelled() {
    let (port, event) = (port(), event(SIGNALED));
    port.queue(&packet(1)).unwrap();
    assert_eq!(port.cancel(&event, 1), Err(Status::NOT_FOUND));
    assert_eq!(port.wait_packet(0), Ok(packet(1)));
}

fn many_waits_on_one_object() {
    let (port, event) = (port(), event(NOTHING));
    for key in 0..500 {
        port.watch(&event, key, SIGNALED, ONCE).unwrap();
    }
    event.signal(NOTHING, SIGNALED).unwrap();
    for key in 0..500 {
        assert_signal(&port, key, SIGNALED, SIGNALED);
    }
    assert_empty(&port);
}

fn many_ports_on_one_object() {
    let event = event(NOTHING);
    let ports: Vec<Port> = (0..50).map(|_| port()).collect();
    for (port, key) in ports.iter().zip(0..) {
        port.watch(&event, key, SIGNALED, ONCE).unwrap();
    }
    event.signal(NOTHING, SIGNALED).unwrap();
    for (port, key) in ports.iter().zip(0..) {
        assert_signal(port, key, SIGNALED, SIGNALED);
    }
}

fn the_end_of_a_process_is_a_packet() {
    let port = port();
    let part = Part::start(|_| (), 0, Vec::new());
    let terminated = Signals::TASK_TERMINATED;
    port.watch(&part.process, 4, terminated, ONCE).unwrap();
    let packet = port.wait_packet(TIME_INFINITE).unwrap();
    assert_eq!((packet.key, packet.signals()), (4, Some((terminated, terminated))));
    assert_eq!(part.join(), 0);
}

fn a_message_is_a_packet() {
    let port = port();
    let (one, other) = Channel::create().unwrap();
    let readable = Signals::CHANNEL_READABLE;
    port.watch(&one, 4, readable, ONCE).unwrap();
    assert_empty(&port);
    other.write(b"hello", Vec::new()).unwrap();
    assert_signal(&port, 4, readable, readable | Signals::CHANNEL_WRITABLE);
}

fn queue_to_given(key: u64) {
    let handle = part::given().remove(0);
    Port::from(handle).queue(&packet(key)).unwrap();
}

fn a_port_sent_to_another_process() {
    let port = port();
    part::passes(queue_to_given, 77, copy(&port));
    assert_eq!(port.wait_packet(0), Ok(packet(77)));
}

fn a_port_may_be_in_a_channel_it_watches() {
    assert_leaks_nothing(|| {
        let port = port();
        let (one, other) = Channel::create().unwrap();
        port.watch(&one, 1, Signals::CHANNEL_READABLE, ONCE).unwrap();
        port.watch(&one, 2, Signals::CHANNEL_PEER_CLOSED, ONCE).unwrap();
        // The only handle of the port is now where only the channel knows it, and the channel's end waits for the port.
        other.write(&[], [port.into_handle()].into()).unwrap();
        drop(other);
        drop(one);
    });
}

fn waits_of_a_closed_port_do_not_pile_up() {
    let event = event(NOTHING);
    assert_leaks_nothing(|| {
        for _ in 0..20 {
            port().watch(&event, 1, SIGNALED, ONCE).unwrap();
        }
    });
}

fn ports_leak_nothing() {
    assert_leaks_nothing(|| {
        let (port, event) = (port(), event(NOTHING));
        for key in 0..40 {
            port.queue(&packet(key)).unwrap();
            port.watch(&event, key, SIGNALED, ONCE).unwrap();
        }
        event.signal(NOTHING, SIGNALED).unwrap();
        port.wait_packet(0).unwrap();
        port.watch(&event, 99, USER, ONCE).unwrap();
    });
}
