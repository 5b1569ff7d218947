//! Calls on channels.

use super::caller::Caller;
use super::handle::{take, values};
use crate::arch::usize_of;
use crate::object::{
    Capacity, Endpoint, Handle, Message, Object, ReadError, Reservation, Unfit, try_push,
};
use crate::user::{UserPtr, UserSlice};
use abi::layout::{MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES};
use abi::{RawHandle, Result, Rights, Status};
use alloc::vec::Vec;
use vm::Ref;

/// Option of `channel_read`: a message that does not fit is dropped.
const MAY_DISCARD: u32 = 1;
/// Bytes of a handle value.
const VALUE_SIZE: usize = size_of::<RawHandle>();
/// Most handles of a message.
const MAX_HANDLES: usize = MAX_MESSAGE_HANDLES as usize;

/// Makes a channel; writes handles to its two ends.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: `options` is not 0.
/// 2. [`Status::NO_MEMORY`].
/// 3. [`Status::INVALID_ARGS`]: a handle cannot be written. There is no new channel then.
pub(super) fn create(
    caller: &Caller,
    options: u32,
    out0: UserPtr<u32>,
    out1: UserPtr<u32>,
) -> Result<()> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let (a, b) = Endpoint::create_pair()?;
    let handle = |endpoint| Handle::new(Object::Channel(endpoint), Rights::CHANNEL_DEFAULT);
    caller.give_two((handle(a), out0), (handle(b), out1))
}

/// A message's buffers, as a program alleges to have them.
pub(super) struct Room {
    bytes: UserSlice,
    handles: u64,
    max_handles: u32,
}

impl Room {
    /// Takes the address and the number of bytes, then of handles.
    pub(super) const fn new(bytes: u64, num_bytes: u32, handles: u64, num_handles: u32) -> Self {
        Self { bytes: UserSlice::new(bytes, num_bytes as u64), handles, max_handles: num_handles }
    }

    /// Returns the array of `count` handle values.
    fn handles(&self, count: usize) -> UserSlice {
        let len = count.saturating_mul(VALUE_SIZE);
        UserSlice::new(self.handles, len as u64)
    }
}

/// Sends a message. Once the array of handles has been read, its handles are gone whatever comes of it.
///
/// # Errors
/// 1. [`Status::OUT_OF_RANGE`]: more than [`MAX_MESSAGE_HANDLES`] handles. [`Status::INVALID_ARGS`]: the array cannot be read.
/// 2. [`Status::INVALID_ARGS`]: `options` is not 0.
/// 3. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the channel's handle needs WRITE.
/// 4. [`Status::OUT_OF_RANGE`]: more than [`MAX_MESSAGE_BYTES`] bytes. [`Status::NO_MEMORY`]. [`Status::INVALID_ARGS`]: they cannot
///    be read.
/// 5. [`Status::BAD_HANDLE`], or [`Status::ACCESS_DENIED`]: a handle to send lacks TRANSFER.
/// 6. Those of [`Endpoint::write`].
pub(super) fn write(caller: &Caller, channel: RawHandle, options: u32, room: Room) -> Result<()> {
    let count = room.max_handles as usize;
    let mut buffer = [0; MAX_HANDLES * VALUE_SIZE];
    if count > MAX_HANDLES {
        return Err(Status::OUT_OF_RANGE);
    }
    let array = room.handles(count).read_whole(&mut buffer)?;

    let prepared = prepare(caller, channel, options, room.bytes, count);
    let taken = values(array).map(|value| take(caller, value));
    let (endpoint, mut message) = prepared.inspect_err(|_| taken.clone().for_each(drop))?;
    let mut checked = Ok(());
    for handle in taken {
        match handle.and_then(Handle::transferable) {
            Ok(handle) => message.handles.push(handle),
            Err(status) => checked = checked.and(Err(status)),
        }
    }
    checked?;
    endpoint.write(message)
}

/// Looks the channel up and copies the message's bytes in; leaves room for its handles.
fn prepare(
    caller: &Caller,
    channel: RawHandle,
    options: u32,
    bytes: UserSlice,
    handles: usize,
) -> Result<(Ref<Endpoint>, Message)> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let endpoint = caller.get::<Endpoint>(channel, Rights::WRITE)?;
    if bytes.len() > u64::from(MAX_MESSAGE_BYTES) {
        return Err(Status::OUT_OF_RANGE);
    }
    let len = usize_of(bytes.len());
    let mut message = Message::with_capacity(len, handles)?;
    message.bytes.resize(len, 0);
    bytes.read_whole(&mut message.bytes)?;
    Ok((endpoint, message))
}

/// Receives a message; writes how many bytes and handles it has, where the pointers for that are not null.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs READ.
/// 2. [`Status::NOT_SUPPORTED`]: unknown options.
/// 3. [`Status::SHOULD_WAIT`], or [`Status::PEER_CLOSED`]: there is no message.
/// 4. [`Status::BUFFER_TOO_SMALL`]: it does not fit; it stays, unless the option MAY_DISCARD is set. The counts are written.
/// 5. [`Status::NO_MEMORY`]: no room for its handles; it stays.
/// 6. [`Status::INVALID_ARGS`]: something cannot be written. The message is lost, its handles are closed.
pub(super) fn read(
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
        MAY_DISCARD => Unfit::IsDropped,
        _ => return Err(Status::NOT_SUPPORTED),
    };
    let write_counts = |bytes: usize, handles: usize| {
        let count = |count: usize| u32::try_from(count).map_err(|_| Status::INTERNAL);
        actual_bytes.write_unless_null(count(bytes)?)?;
        actual_handles.write_unless_null(count(handles)?)
    };
    let mut slots: Vec<Reservation<'_>> = Vec::new();
    loop {
        let capacity = Capacity {
            bytes: usize_of(room.bytes.len()),
            handles: room.max_handles as usize,
            slots: slots.len(),
        };
        match endpoint.read(capacity, unfit) {
            Ok(message) => {
                write_counts(message.bytes.len(), message.handles.len())?;
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

/// Reserves places in the handle table until there are `count`.
fn reserve<'a>(caller: &'a Caller, slots: &mut Vec<Reservation<'a>>, count: usize) -> Result<()> {
    while slots.len() < count {
        let slot = caller.handles().reserve()?;
        try_push(slots, slot)?;
    }
    Ok(())
}

/// Copies a message out and gives its handles to the program.
fn deliver(message: Message, slots: Vec<Reservation<'_>>, room: &Room) -> Result<()> {
    let invalid = |_| Status::INVALID_ARGS;
    room.bytes.write_at(0, &message.bytes).map_err(invalid)?;
    let count = message.handles.len();
    let mut buffer = [0; MAX_HANDLES * VALUE_SIZE];
    for (place, slot) in buffer.chunks_exact_mut(VALUE_SIZE).zip(&slots) {
        place.copy_from_slice(&slot.value().to_le_bytes());
    }
    let values = buffer.get(..count.saturating_mul(VALUE_SIZE)).ok_or(Status::INTERNAL)?;
    room.handles(count).write_at(0, values).map_err(invalid)?;
    for (slot, handle) in slots.into_iter().zip(message.handles) {
        slot.fill(handle);
    }
    Ok(())
}
