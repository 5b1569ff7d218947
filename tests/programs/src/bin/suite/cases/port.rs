//! `port_create` and `port_queue`.
//!
//! # Source
//! Zircon `port_create`, `port_queue`.

use super::cases;
use crate::fixture::*;
use crate::packets::*;
use crate::part;
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::ObjectType;
use abi::object::TIME_INFINITE;
use abi::port::{PACKET_SIGNAL_ONE, PORT_BIND_TO_INTERRUPT, Packet};
use rt::{Port, Rights, Status, start};

cases! { port:
    unknown_options_are_invalid,
    a_port_has_its_rights_and_type,
    bad_out_pointers_make_nothing,
    packets_come_in_order_and_unchanged,
    a_queued_packet_is_a_user_packet,
    queueing_needs_the_right,
    bad_handles_and_types,
    a_packet_that_cannot_be_read_is_invalid,
    a_full_port_should_wait,
    a_port_sent_to_another_process,
    ports_leak_nothing,
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

fn queueing_needs_the_right() {
    let port = port();
    let weak: Port = without(&port, Rights::WRITE).into();
    assert_eq!(weak.queue(&packet(1)), Err(Status::ACCESS_DENIED));
    assert_empty(&port);
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

fn queue_to_given(key: u64) {
    let handle = part::given().remove(0);
    Port::from(handle).queue(&packet(key)).unwrap();
}

fn a_port_sent_to_another_process() {
    let port = port();
    part::passes(queue_to_given, 77, copy(&port));
    assert_eq!(port.wait_packet(0), Ok(packet(77)));
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
