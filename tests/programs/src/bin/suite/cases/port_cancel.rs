//! `port_cancel`: packets and waits that are taken back.
//!
//! # Source
//! Zircon `port_cancel`.

use super::cases;
use crate::fixture::*;
use crate::packets::*;
use crate::zx;
use rt::{Port, Rights, Status};

cases! { port_cancel:
    a_cancel_takes_the_wait_back,
    a_cancel_removes_the_packet,
    a_cancel_is_by_key_and_handle,
    nothing_to_cancel_is_not_found,
    cancels_need_both_rights,
    user_packets_are_not_cancelled,
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
