//! Packets of ports, and what calls wait for.
//!
//! ```text
//!   zx_port_packet_t     0 key  8 type  12 status  16 user: 32 bytes, or a signal:
//!   zx_packet_signal_t   16 trigger  20 observed  24 count  32 timestamp  40 reserved
//! ```
//!
//! # Source
//! Zircon `port_wait`, `object_wait_many` and `object_wait_async`.

use crate::info::{Record, record};
use crate::object::Time;
use crate::{RawHandle, Signals};
use bitflags::bitflags;

/// Type of a packet: a program made it.
pub const PACKET_USER: u32 = 0;
/// Type of a packet: a signal was raised.
pub const PACKET_SIGNAL_ONE: u32 = 1;

/// Option of `port_create`: interrupts can be bound to it.
pub const PORT_BIND_TO_INTERRUPT: u32 = 1;

/// Most objects that can be waited for at once.
pub const WAIT_MANY_MAX_ITEMS: usize = 64;

bitflags! {
    /// Options of `object_wait_async`.
    #[repr(transparent)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct WaitAsyncOptions: u32 {
        /// The packet says when the signal was raised.
        const TIMESTAMP = 1 << 0;
        /// A signal that is raised already does not count.
        const EDGE = 1 << 1;
        /// The packet says by the clock that counts on while the machine sleeps, which this one never does.
        const BOOT_TIMESTAMP = 1 << 2;
    }
}

impl WaitAsyncOptions {
    /// The clocks by which a packet can say when.
    pub const TIMESTAMPS: Self = Self::TIMESTAMP.union(Self::BOOT_TIMESTAMP);
}

/// A packet of a port.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet {
    /// Says what it is about; whoever asked for it or made it chose it.
    pub key: u64,
    /// [`PACKET_USER`] or [`PACKET_SIGNAL_ONE`].
    pub packet_type: u32,
    /// A status.
    pub status: i32,
    /// What the type says.
    pub payload: [u64; 4],
}
record!(Packet, 48);

impl Packet {
    /// Makes the packet of a raised signal: one of `trigger` was waited for, and `observed` were raised at `timestamp`.
    pub const fn signal(key: u64, trigger: Signals, observed: Signals, timestamp: Time) -> Self {
        let masks = trigger.bits() as u64 | (observed.bits() as u64) << 32;
        Self {
            key,
            packet_type: PACKET_SIGNAL_ONE,
            status: 0,
            payload: [masks, 1, timestamp.cast_unsigned(), 0],
        }
    }

    /// Returns the signals that were waited for and those that were raised, of a packet about that.
    pub fn signals(&self) -> Option<(Signals, Signals)> {
        let [masks, ..] = self.payload.map(u64::to_le_bytes);
        let [a, b, c, d, e, f, g, h] = masks;
        let of = |bytes| Signals::from_bits_retain(u32::from_le_bytes(bytes));
        (self.packet_type == PACKET_SIGNAL_ONE).then(|| (of([a, b, c, d]), of([e, f, g, h])))
    }
}

/// What `object_wait_many` waits for.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitItem {
    /// The object.
    pub handle: RawHandle,
    /// Which signals.
    pub wait_for: u32,
    /// Which signals are raised; written when the wait is over.
    pub pending: u32,
}
record!(WaitItem, 12);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_say_what_was_raised() {
        let (trigger, observed) = (Signals::CHANNEL_READABLE, Signals::USER_ALL);
        let packet = Packet::signal(7, trigger, observed, 9);
        assert_eq!(packet.signals(), Some((trigger, observed)));
        assert_eq!((packet.key, packet.payload[1], packet.payload[2]), (7, 1, 9));
        assert_eq!(Packet::default().signals(), None);
    }
}
