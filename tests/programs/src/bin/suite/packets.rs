//! Ports and what comes out of them.

use abi::port::{PACKET_SIGNAL_ONE, PACKET_USER, Packet, WaitAsyncOptions};
use alloc::vec::Vec;
use rt::{Event, Handle, Port, Rights, Signals, Status};

/// What an event raises.
pub(crate) const SIGNALED: Signals = Signals::EVENT_SIGNALED;
/// A signal of the cases' own.
pub(crate) const USER: Signals = Signals::from_bits_retain(1 << 24);
/// No signal.
pub(crate) const NOTHING: Signals = Signals::empty();
/// No option.
pub(crate) const ONCE: WaitAsyncOptions = WaitAsyncOptions::empty();

/// Makes a port.
pub(crate) fn port() -> Port {
    Port::create().unwrap()
}

/// Makes a packet of a program.
pub(crate) fn packet(key: u64) -> Packet {
    Packet {
        key,
        packet_type: PACKET_USER,
        status: -17,
        payload: [key, !key, 0x0123_4567_89AB_CDEF, 7],
    }
}

/// Makes an event of which these signals are raised.
pub(crate) fn event(signals: Signals) -> Event {
    let event = Event::create().unwrap();
    event.signal(NOTHING, signals).unwrap();
    event
}

/// Checks that no packet waits.
#[track_caller]
pub(crate) fn assert_empty(port: &Port) {
    assert_eq!(port.wait_packet(0), Err(Status::TIMED_OUT));
}

/// Takes the packet that waits and checks that it is about a signal.
#[track_caller]
pub(crate) fn assert_signal(port: &Port, key: u64, trigger: Signals, observed: Signals) {
    let packet = port.wait_packet(0).expect("a packet");
    assert_eq!((packet.key, packet.packet_type), (key, PACKET_SIGNAL_ONE));
    assert_eq!(packet.signals(), Some((trigger, observed)));
    let [_, count, _, reserved] = packet.payload;
    assert_eq!((packet.status, count, reserved), (0, 1, 0));
}

/// Returns a second handle, to be given to a part.
pub(crate) fn copy(handle: &Handle) -> Vec<Handle> {
    [handle.duplicate(Rights::SAME_RIGHTS).unwrap()].into()
}
