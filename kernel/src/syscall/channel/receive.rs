//! Messages that are received.
//!
//! # Source
//! Zircon `channel_read` and `channel_read_etc`.

use super::{Listing, MAX_HANDLES, Room};
use crate::arch::usize_of;
use crate::object::{Capacity, Endpoint, Message, ReadError, Reservation, Unfit, try_push};
use crate::syscall::caller::Caller;
use crate::user::UserPtr;
use abi::channel::{CHANNEL_READ_MAY_DISCARD, HandleInfo};
use abi::info::Record;
use abi::{RawHandle, Result, Rights, Status};
use alloc::vec::Vec;

/// Bytes of a handle value.
const VALUE_SIZE: usize = size_of::<RawHandle>();
/// Bytes of a handle that is described.
const INFO_SIZE: usize = size_of::<HandleInfo>();

/// Places in a program's handle table that are set aside for the handles of a message.
pub(super) type Slots<'a> = Vec<Reservation<'a>>;

/// Receives a message; writes how many bytes and handles it has, where the pointers for that are not null.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs READ.
/// 2. [`Status::NOT_SUPPORTED`]: unknown options.
/// 3. [`Status::SHOULD_WAIT`], or [`Status::PEER_CLOSED`]: there is no message.
/// 4. [`Status::BUFFER_TOO_SMALL`]: it does not fit; it stays, unless the option MAY_DISCARD is set. The counts are written.
/// 5. [`Status::NO_MEMORY`]: no room for its handles; it stays.
/// 6. [`Status::INVALID_ARGS`]: something cannot be written. The message is lost, its handles are closed.
pub(in crate::syscall) fn read(
    caller: &Caller,
    channel: RawHandle,
    options: u32,
    room: Room,
    actual_bytes: UserPtr<u32>,
    actual_handles: UserPtr<u32>,
) -> Result<()> {
    let endpoint = caller.get::<Endpoint>(channel, Rights::READ)?;
    let unfit = match options {
        0 => Unfit::Stays,
        CHANNEL_READ_MAY_DISCARD => Unfit::IsDropped,
        _ => return Err(Status::NOT_SUPPORTED),
    };
    let write_counts = |bytes: usize, handles: usize| {
        actual_bytes.write_unless_null(count(bytes)?)?;
        actual_handles.write_unless_null(count(handles)?)
    };
    let mut slots = Vec::new();
    loop {
        let capacity = Capacity {
            bytes: usize_of(room.bytes.len()),
            handles: room.num_handles as usize,
            slots: slots.len(),
        };
        match endpoint.read(capacity, unfit) {
            Ok(message) => {
                write_counts(message.bytes.len(), message.handle_count())?;
                return deliver(message, slots, &room);
            }
            Err(ReadError::Empty(status)) => return Err(status),
            Err(ReadError::NoSlots(count)) => reserve(caller, &mut slots, count)?,
            Err(ReadError::TooSmall { bytes, handles }) => {
                write_counts(bytes, handles)?;
                return Err(Status::BUFFER_TOO_SMALL);
            }
        }
    }
}

/// Returns a count as programs are told it.
pub(super) fn count(count: usize) -> Result<u32> {
    u32::try_from(count).map_err(|_| Status::INTERNAL)
}

/// Reserves places in the handle table until there are `count`.
pub(super) fn reserve<'a>(caller: &'a Caller, slots: &mut Slots<'a>, count: usize) -> Result<()> {
    while slots.len() < count {
        let slot = caller.handles().reserve()?;
        try_push(slots, slot)?;
    }
    Ok(())
}

/// Copies a message out and gives its handles to the program.
pub(super) fn deliver(mut message: Message, slots: Slots<'_>, room: &Room) -> Result<()> {
    let invalid = |_| Status::INVALID_ARGS;
    room.bytes.write_at(0, &message.bytes).map_err(invalid)?;
    match room.listing {
        Listing::Values => write_values(&message, &slots, room),
        Listing::Records => write_records(&message, &slots, room),
    }
    .map_err(invalid)?;
    for (slot, handle) in slots.into_iter().zip(message.take_handles()) {
        slot.fill(handle);
    }
    Ok(())
}

fn write_values(message: &Message, slots: &Slots<'_>, room: &Room) -> Result<()> {
    let count = message.handle_count();
    let mut buffer = [0; MAX_HANDLES * VALUE_SIZE];
    for (place, slot) in buffer.chunks_exact_mut(VALUE_SIZE).zip(slots) {
        place.copy_from_slice(&slot.value().to_le_bytes());
    }
    let values = buffer.get(..count.saturating_mul(VALUE_SIZE)).ok_or(Status::INTERNAL)?;
    room.handles(count, VALUE_SIZE).write_at(0, values)
}

fn write_records(message: &Message, slots: &Slots<'_>, room: &Room) -> Result<()> {
    let count = message.handle_count();
    let mut buffer = [0; MAX_HANDLES * INFO_SIZE];
    let places = buffer.chunks_exact_mut(INFO_SIZE);
    for ((place, slot), handle) in places.zip(slots).zip(message.handles()) {
        let info = HandleInfo {
            handle: slot.value(),
            object_type: handle.object().object_type() as u32,
            rights: handle.rights().bits(),
            unused: 0,
        };
        place.copy_from_slice(info.as_bytes());
    }
    let records = buffer.get(..count.saturating_mul(INFO_SIZE)).ok_or(Status::INTERNAL)?;
    room.handles(count, INFO_SIZE).write_at(0, records)
}
