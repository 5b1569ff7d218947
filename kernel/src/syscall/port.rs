//! Calls on ports.
//!
//! # Source
//! Zircon `port_create`, `port_queue`, `port_wait` and `port_cancel`.

use super::caller::Caller;
use super::wait::source;
use crate::object::{Object, Port};
use crate::user::UserPtr;
use abi::object::Time;
use abi::port::{PORT_BIND_TO_INTERRUPT, Packet};
use abi::{RawHandle, Result, Rights, Status};

/// Makes a port and writes a handle to it.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: unknown options. There are no interrupts to bind, but a port may be made for them.
/// 2. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written. There is no new port then.
pub(super) fn create(caller: &Caller, options: u32, out: UserPtr<u32>) -> Result<()> {
    if options & !PORT_BIND_TO_INTERRUPT != 0 {
        return Err(Status::INVALID_ARGS);
    }
    caller.give(Object::Port(Port::create()?), Rights::PORT_DEFAULT, out)
}

/// Queues a packet of the program's own, whatever type it says it has.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs WRITE.
/// 2. [`Status::INVALID_ARGS`]: the packet cannot be read.
/// 3. Those of [`Port::queue`].
pub(super) fn queue(caller: &Caller, port: RawHandle, packet: UserPtr<Packet>) -> Result<()> {
    let port = caller.get::<Port>(port, Rights::WRITE)?;
    port.queue(packet.read()?)
}

/// Takes the first packet, or waits for one until the deadline.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs READ.
/// 2. Those of [`Port::wait`].
/// 3. [`Status::INVALID_ARGS`]: the packet cannot be written, and is lost.
pub(super) fn wait(
    caller: &Caller,
    port: RawHandle,
    deadline: Time,
    packet: UserPtr<Packet>,
) -> Result<()> {
    let port = caller.get::<Port>(port, Rights::READ)?;
    packet.write(port.wait(caller.thread(), deadline)?)
}

/// Takes back what was asked for under `key` through `object`'s handle, and removes the packet if it is queued already.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the port's handle needs WRITE.
/// 2. [`Status::BAD_HANDLE`], [`Status::ACCESS_DENIED`]: the object's handle needs WAIT.
/// 3. [`Status::NOT_SUPPORTED`]: the object has no signals. [`Status::NO_MEMORY`].
/// 4. [`Status::NOT_FOUND`]: nothing was asked for.
pub(super) fn cancel(caller: &Caller, port: RawHandle, object: RawHandle, key: u64) -> Result<()> {
    let port = caller.get::<Port>(port, Rights::WRITE)?;
    let source = source(caller, object);
    let object = caller.handles().inspect(object, |handle| {
        handle.check_rights(Rights::WAIT)?;
        Ok(handle.object().clone())
    })?;
    let signals = object.waitable()?;
    let was_asked_for = signals.take_back(&port, key, source);
    let was_queued = port.remove(key, source);
    if was_asked_for || was_queued { Ok(()) } else { Err(Status::NOT_FOUND) }
}
