//! `port_wait`: who gets a packet, and what ends the wait for one.
//!
//! # Source
//! Zircon `port_wait`.

use super::cases;
use crate::fixture::*;
use crate::packets::*;
use crate::part::{self, Part};
use crate::zx;
use abi::object::TIME_INFINITE;
use abi::port::Packet;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use rt::thread::spawn;
use rt::{Port, Rights, Status, time};

cases! { port_wait:
    an_empty_port_times_out,
    a_packet_that_waits_beats_the_deadline,
    waiting_needs_the_right,
    a_packet_that_cannot_be_written_is_lost,
    a_packet_wakes_one_thread,
    every_waiting_thread_gets_one,
    closing_the_last_handle_ends_the_wait,
    a_kill_ends_the_wait,
    a_killed_thread_leaves_its_packet_to_another,
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

fn waiting_needs_the_right() {
    let port = port();
    port.queue(&packet(1)).unwrap();
    let weak: Port = without(&port, Rights::READ).into();
    assert_eq!(weak.wait_packet(0), Err(Status::ACCESS_DENIED));
    assert_eq!(port.wait_packet(0), Ok(packet(1)));
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
