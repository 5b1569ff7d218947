//! Ports: queues of packets.

use crate::handle::{new_handle, object};
use crate::{Handle, zx};
use abi::info::Record;
use abi::object::Time;
use abi::port::{Packet, WaitAsyncOptions};
use abi::{Result, Signals};

object! {
    /// A port.
    Port
}

impl Port {
    /// Makes a port.
    ///
    /// # Errors
    /// Those of `port_create`.
    pub fn create() -> Result<Self> {
        // SAFETY: `out` is a local variable.
        Ok(Self::from(new_handle(|out| unsafe { zx::port_create(0, out) })?))
    }

    /// Queues a packet.
    ///
    /// # Errors
    /// Those of `port_queue`.
    pub fn queue(&self, packet: &Packet) -> Result<()> {
        // SAFETY: the packet is valid for reads.
        unsafe { zx::port_queue(self.raw(), packet.as_bytes().as_ptr()) }.check()
    }

    /// Takes the first packet, or waits for it until the deadline, in nanoseconds since boot.
    ///
    /// # Errors
    /// Those of `port_wait`.
    pub fn wait_packet(&self, deadline: Time) -> Result<Packet> {
        let mut packet = Packet::default();
        // SAFETY: the packet is valid for writes.
        unsafe { zx::port_wait(self.raw(), deadline, packet.as_bytes_mut().as_mut_ptr()) }
            .check()?;
        Ok(packet)
    }

    /// Asks for a packet under `key` once one of `signals` of an object is raised.
    ///
    /// # Errors
    /// Those of `object_wait_async`.
    pub fn watch(
        &self,
        object: &Handle,
        key: u64,
        signals: Signals,
        options: WaitAsyncOptions,
    ) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe {
            zx::object_wait_async(object.raw(), self.raw(), key, signals.bits(), options.bits())
        }
        .check()
    }

    /// Takes back what was asked for under `key`, and its packet.
    ///
    /// # Errors
    /// Those of `port_cancel`.
    pub fn cancel(&self, object: &Handle, key: u64) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::port_cancel(self.raw(), object.raw(), key) }.check()
    }
}
