//! Calls on channels.

use super::caller::Caller;
use super::handle::{take, values};
use crate::object::{
    Discard, Endpoint, Handle, Message, Object, ReadError, Reservation, try_push, try_vec,
};
use crate::user::{UserPtr, UserSlice};
use abi::layout::{MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES};
use abi::{RawHandle, Result, Rights, Status};
use alloc::vec::Vec;

/// Option of `channel_read`: a message that does not fit is dropped.
const MAY_DISCARD: u32 = 1;
/// Bytes of a handle value.
const VALUE_SIZE: usize = size_of::<RawHandle>();

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
    let (a, b) = (handle(a), handle(b));
    let (slot_a, slot_b) = (caller.handles().reserve()?, caller.handles().reserve()?);
    out0.write(slot_a.value())?;
    out1.write(slot_b.value())?;
    slot_a.fill(a);
    slot_b.fill(b);
    Ok(())
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
pub(super) fn write(
    caller: &Caller,
    channel: RawHandle,
    options: u32,
    bytes: UserSlice,
    handles: u64,
    count: u32,
) -> Result<()> {
    if count > MAX_MESSAGE_HANDLES {
        return Err(Status::OUT_OF_RANGE);
    }
    let mut buffer = [0; MAX_MESSAGE_HANDLES as usize * VALUE_SIZE];
    let len = u64::from(count).saturating_mul(VALUE_SIZE as u64);
    let array = UserSlice::new(handles, len).read_whole(&mut buffer)?;

    let prepared = prepare(caller, channel, options, bytes, count as usize);
    let taken = values(array).map(|value| take(caller, value));
    let (endpoint, mut message) = prepared.inspect_err(|_| taken.clone().for_each(drop))?;
    let mut checked = Ok(());
    for handle in taken {
        match handle.and_then(|handle| handle.check_rights(Rights::TRANSFER).map(|()| handle)) {
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
) -> Result<(vm::Ref<Endpoint>, Message)> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let endpoint = caller.get::<Endpoint>(channel, Rights::WRITE)?;
    if bytes.len() > u64::from(MAX_MESSAGE_BYTES) {
        return Err(Status::OUT_OF_RANGE);
    }
    let len = crate::arch::usize_of(bytes.len());
    let mut message = Message::with_capacity(len, handles)?;
    message.bytes.resize(len, 0);
    bytes.read_whole(&mut message.bytes)?;
    Ok((endpoint, message))
}

/// What a program alleges to have room for.
pub(super) struct Room {
    bytes: UserSlice,
    handles: UserSlice,
    max_handles: usize,
}

impl Room {
    /// Takes the registers of `channel_read`: buffers for bytes and handles, then how many of each they hold.
    pub(super) fn new([bytes, handles, num_bytes, num_handles]: [u64; 4]) -> Self {
        let (num_bytes, num_handles) = (super::low(num_bytes), super::low(num_handles));
        Self {
            bytes: UserSlice::new(bytes, num_bytes.into()),
            handles: UserSlice::new(
                handles,
                u64::from(num_handles).saturating_mul(VALUE_SIZE as u64),
            ),
            max_handles: num_handles as usize,
        }
    }
}

/// Receives a message; writes how many bytes and handles it has, where the pointers for that are not null.
///
/// # Errors
/// 1. [`Status::NOT_SUPPORTED`]: unknown options.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs READ.
/// 3. [`Status::SHOULD_WAIT`], or [`Status::PEER_CLOSED`]: there is no message.
/// 4. [`Status::BUFFER_TOO_SMALL`]: it does not fit; it stays, unless the option MAY_DISCARD is set. The counts are written.
/// 5. [`Status::NO_MEMORY`]: no room for its handles; it stays.
/// 6. [`Status::INVALID_ARGS`]: something cannot be written. The message is lost, its handles are closed.
pub(super) fn read(
    caller: &Caller,
    channel: RawHandle,
    options: u32,
    room: Room,
    actual: [UserPtr<u32>; 2],
) -> Result<()> {
    if options & !MAY_DISCARD != 0 {
        return Err(Status::NOT_SUPPORTED);
    }
    let endpoint = caller.get::<Endpoint>(channel, Rights::READ)?;
    let discard = if options == MAY_DISCARD {
        Discard::TooLarge
    } else {
        Discard::Nothing
    };
    let max_bytes = crate::arch::usize_of(room.bytes.len());
    let write_counts = |bytes: usize, handles: usize| -> Result<()> {
        for (pointer, count) in actual.into_iter().zip([bytes, handles]) {
            pointer.write_unless_null(u32::try_from(count).map_err(|_| Status::INTERNAL)?)?;
        }
        Ok(())
    };

    let mut slots: Vec<Reservation<'_>> = Vec::new();
    loop {
        // Another reader may take the message that slots were reserved for, and the next one may need more.
        reserve(
            caller,
            &mut slots,
            endpoint.first_handles().min(room.max_handles),
        )?;
        match endpoint.read(max_bytes, slots.len(), discard) {
            Ok(message) => {
                write_counts(message.bytes.len(), message.handles.len())?;
                return deliver(message, slots, &room);
            }
            Err(ReadError::Empty(status)) => return Err(status),
            Err(ReadError::TooSmall { bytes, handles }) => {
                let fits = bytes <= max_bytes && handles <= room.max_handles;
                if !fits || discard == Discard::TooLarge {
                    write_counts(bytes, handles)?;
                    return Err(Status::BUFFER_TOO_SMALL);
                }
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
    let mut values = try_vec(message.handles.len().saturating_mul(VALUE_SIZE))?;
    for slot in slots.iter().take(message.handles.len()) {
        values.extend_from_slice(&slot.value().to_le_bytes());
    }
    room.handles.write_at(0, &values).map_err(invalid)?;
    for (slot, handle) in slots.into_iter().zip(message.handles) {
        slot.fill(handle);
    }
    Ok(())
}
