//! `object_wait_async`: packets about signals.
//!
//! # Source
//! Zircon `object_wait_async`.

use super::cases;
use crate::fixture::*;
use crate::packets::*;
use crate::part::{self, Part};
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::object::TIME_INFINITE;
use abi::port::WaitAsyncOptions;
use alloc::vec::Vec;
use rt::{Channel, Port, Rights, Signals, Status, time};

cases! { port_watch:
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
    many_waits_on_one_object,
    many_ports_on_one_object,
    the_end_of_a_process_is_a_packet,
    a_message_is_a_packet,
    a_port_may_be_in_a_channel_it_watches,
    waits_of_a_closed_port_do_not_pile_up,
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
    port.watch(&event, 3, SIGNALED, WaitAsyncOptions::BOOT_TIMESTAMP).unwrap();
    let before = time::now();
    event.signal(NOTHING, SIGNALED).unwrap();
    let after = time::now();
    time::sleep(2_000_000).unwrap();
    let mut packets = [0, 1, 2].map(|_| port.wait_packet(0).unwrap());
    packets.sort_by_key(|packet| packet.key);
    let [with, without, by_boot] = packets.map(|packet| packet.payload[2].cast_signed());
    assert!((before..=after).contains(&with), "{before} {with} {after}");
    assert!((before..=after).contains(&by_boot), "{before} {by_boot} {after}");
    assert_eq!(without, 0);
}

fn unknown_async_options_are_invalid() {
    let (port, event) = (port(), event(SIGNALED));
    for options in [5, 8, 1 << 31, u32::MAX] {
        let status = zx::object_wait_async(&event, &port, 1, SIGNALED.bits(), options);
        assert_eq!(status, Status::INVALID_ARGS, "{options:#x}");
    }
    assert_eq!(zx::object_wait_async(0, 0, 1, 1, 8), Status::INVALID_ARGS, "before handles");
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
