//! Messages that are sent.
//!
//! Handles are taken from the program only when nothing else can be wrong; one that is refused then goes down with the message, and so
//! do all others.
//!
//! # Source
//! Zircon `channel_write` and `channel_write_etc`; the order of checks is Zircon's.

use super::{Listing, MAX_HANDLES, Room};
use crate::arch::usize_of;
use crate::object::{Endpoint, Handle, Kind as _, Message};
use crate::syscall::caller::Caller;
use crate::syscall::handle::{take, values};
use crate::syscall::wait::source;
use crate::task;
use crate::user::UserSlice;
use abi::channel::{
    CHANNEL_WRITE_USE_IOVEC, HANDLE_OP_DUPLICATE, HANDLE_OP_MOVE, HandleDisposition, Iovec,
};
use abi::info::Record;
use abi::layout::{MAX_MESSAGE_BYTES, MAX_MESSAGE_IOVECS};
use abi::{ObjectType, RawHandle, Result, Rights, Status};
use vm::Ref;

/// Bytes of a handle value.
const VALUE_SIZE: usize = size_of::<RawHandle>();
/// Bytes of a handle that is described.
const DISPOSITION_SIZE: usize = size_of::<HandleDisposition>();
/// Bytes of a piece that is named.
const IOVEC_SIZE: usize = size_of::<Iovec>();
/// Pieces that are looked at together.
const IOVEC_BATCH: usize = 16;

/// Sends a message. Handles that are not sent as copies are gone whatever comes of it, as far as they can be read.
///
/// # Errors
/// 1. Those of [`prepare`], for a channel whose handle needs WRITE.
/// 2. Those of [`load`].
/// 3. Those of [`Endpoint::write`].
pub(in crate::syscall) fn write(
    caller: &Caller,
    channel: RawHandle,
    options: u32,
    room: Room,
) -> Result<()> {
    let prepared = prepare(caller, (channel, Rights::WRITE), options, &room);
    let (endpoint, mut message) = prepared.inspect_err(|_| consume(caller, &room))?;
    load(caller, &endpoint, &room, &mut message)?;
    endpoint.write(message)
}

/// Looks the channel up and copies the message's bytes in; leaves room for its handles.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: unknown options.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the channel's handle needs `rights`.
/// 3. [`Status::OUT_OF_RANGE`]: too many bytes, pieces of them, or handles; [`Status::INVALID_ARGS`]: a piece whose reserved field is
///    not 0, or that cannot be read. [`Status::NO_MEMORY`].
/// 4. [`Status::INVALID_ARGS`]: the bytes cannot be read.
pub(super) fn prepare(
    caller: &Caller,
    (channel, rights): (RawHandle, Rights),
    options: u32,
    room: &Room,
) -> Result<(Ref<Endpoint>, Message)> {
    if options & !CHANNEL_WRITE_USE_IOVEC != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let endpoint = caller.get::<Endpoint>(channel, rights)?;
    let handles = room.num_handles as usize;
    if handles > MAX_HANDLES {
        return Err(Status::OUT_OF_RANGE);
    }
    let message = if options & CHANNEL_WRITE_USE_IOVEC == 0 {
        in_one_piece(room.bytes, handles)
    } else {
        in_pieces(room.bytes, handles)
    };
    Ok((endpoint, message?))
}

/// Makes a message of some bytes.
fn in_one_piece(bytes: UserSlice, handles: usize) -> Result<Message> {
    let len = check_len(bytes.len())?;
    let mut message = Message::with_capacity(len, handles)?;
    message.bytes.resize(len, 0);
    bytes.read_whole(&mut message.bytes)?;
    Ok(message)
}

/// Makes a message of the pieces that an array names, whose alleged length is their number.
fn in_pieces(array: UserSlice, handles: usize) -> Result<Message> {
    let mut len = 0_u64;
    each_piece(array, |piece| {
        len = len.saturating_add(piece.len());
        check_len(len).map(drop)
    })?;
    let len = usize_of(len);
    let mut message = Message::with_capacity(len, handles)?;
    message.bytes.resize(len, 0);
    // The program may have changed the array in between.
    let mut rest = message.bytes.as_mut_slice();
    each_piece(array, |piece| {
        let all = core::mem::take(&mut rest);
        let (place, after) =
            all.split_at_mut_checked(usize_of(piece.len())).ok_or(Status::INVALID_ARGS)?;
        rest = after;
        piece.read_whole(place).map(drop)
    })?;
    if rest.is_empty() { Ok(message) } else { Err(Status::INVALID_ARGS) }
}

/// Calls `take` with each of the pieces that an array names, whose alleged length is their number.
fn each_piece(array: UserSlice, mut take: impl FnMut(UserSlice) -> Result<()>) -> Result<()> {
    if array.len() > u64::from(MAX_MESSAGE_IOVECS) {
        return Err(Status::OUT_OF_RANGE);
    }
    let array = array.times(IOVEC_SIZE);
    let mut buffer = [0; IOVEC_BATCH * IOVEC_SIZE];
    for (offset, len) in array.pieces(buffer.len()) {
        let batch = buffer.get_mut(..len).ok_or(Status::INTERNAL)?;
        array.read_at(offset, batch).map_err(|_| Status::INVALID_ARGS)?;
        for record in batch.chunks_exact(IOVEC_SIZE) {
            let mut piece = Iovec::default();
            piece.as_bytes_mut().copy_from_slice(record);
            if piece.reserved != 0 {
                return Err(Status::INVALID_ARGS);
            }
            take(UserSlice::new(piece.buffer, piece.capacity.into()))?;
        }
    }
    Ok(())
}

fn check_len(len: u64) -> Result<usize> {
    if len <= MAX_MESSAGE_BYTES.into() { Ok(usize_of(len)) } else { Err(Status::OUT_OF_RANGE) }
}

/// Takes the handles of a message from the program and puts them into it.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: the array cannot be read; the program keeps its handles.
/// 2. The first of those of [`Sender::send`] and [`Sender::send_described`]. If handles are described, what is wrong with each is written to its
///    result; [`Status::INVALID_ARGS`]: it cannot be.
pub(super) fn load(
    caller: &Caller,
    endpoint: &Ref<Endpoint>,
    room: &Room,
    message: &mut Message,
) -> Result<()> {
    let sender = Sender { caller, endpoint };
    let count = room.num_handles as usize;
    match room.listing {
        Listing::Values => {
            let mut buffer = [0; MAX_HANDLES * VALUE_SIZE];
            let array = room.handles(count, VALUE_SIZE).read_whole(&mut buffer)?;
            let sent = values(array).map(|value| sender.send(value, Wanted::ANY, message));
            sent.fold(Ok(()), Result::and)
        }
        Listing::Records => {
            let mut buffer = [0; MAX_HANDLES * DISPOSITION_SIZE];
            let array = room.handles(count, DISPOSITION_SIZE);
            let len = array.read_whole(&mut buffer)?.len();
            let records = buffer.get_mut(..len).ok_or(Status::INTERNAL)?;
            let sent = sender.send_described(records, message);
            if sent.is_err() {
                array.write_at(0, records).map_err(|_| Status::INVALID_ARGS)?;
            }
            sent
        }
    }
}

/// Closes all handles of a message that cannot be sent, but for those of which copies were to be sent.
pub(super) fn consume(caller: &Caller, room: &Room) {
    let size = match room.listing {
        Listing::Values => VALUE_SIZE,
        Listing::Records => DISPOSITION_SIZE,
    };
    let array = room.handles(room.num_handles as usize, size);
    let mut buffer = [0; MAX_HANDLES * DISPOSITION_SIZE];
    for (offset, len) in array.pieces(MAX_HANDLES.saturating_mul(size)) {
        let batch = buffer.get_mut(..len).unwrap_or_default();
        if array.read_at(offset, batch).is_err() || task::checkpoint().is_err() {
            return;
        }
        let close = |value| drop(take(caller, value));
        match room.listing {
            Listing::Values => values(batch).for_each(close),
            Listing::Records => described(batch)
                .filter(|described| described.operation != HANDLE_OP_DUPLICATE)
                .for_each(|described| close(described.handle)),
        }
    }
}

/// Reads an array of descriptions.
fn described(bytes: &[u8]) -> impl Iterator<Item = HandleDisposition> {
    bytes.chunks_exact(DISPOSITION_SIZE).map(|record| {
        let mut described = HandleDisposition::default();
        described.as_bytes_mut().copy_from_slice(record);
        described
    })
}

/// A program that sends handles through an end of a channel.
struct Sender<'a> {
    caller: &'a Caller,
    endpoint: &'a Ref<Endpoint>,
}

/// What a handle has to be, and what it is to arrive as.
#[derive(Clone, Copy)]
struct Wanted {
    object_type: u32,
    rights: Rights,
}

impl Wanted {
    /// Any handle, as it is.
    const ANY: Self = Self { object_type: ObjectType::None as u32, rights: Rights::SAME_RIGHTS };
}

impl Sender<'_> {
    /// Moves a handle out of the program into a message.
    ///
    /// # Errors
    /// 1. [`Status::BAD_HANDLE`]: `value` names nothing.
    /// 2. Those of [`check`](Self::check). The handle is in the message, which is not to be sent then.
    fn send(&self, value: RawHandle, wanted: Wanted, message: &mut Message) -> Result<()> {
        let handle = self.caller.handles().remove(value)?;
        let checked = self.check(&handle, wanted);
        let handle = if checked.is_ok() { handle.with_rights(wanted.rights)? } else { handle };
        message.push(handle, Some(source(self.caller, value)));
        checked
    }

    /// Puts a copy of a handle into a message.
    ///
    /// # Errors
    /// 1. [`Status::BAD_HANDLE`]: `value` names nothing.
    /// 2. Those of [`check`](Self::check).
    /// 3. [`Status::ACCESS_DENIED`]: the handle lacks DUPLICATE.
    fn send_copy(&self, value: RawHandle, wanted: Wanted, message: &mut Message) -> Result<()> {
        let (object, rights) = self.caller.handles().inspect(value, |handle| {
            self.check(handle, wanted)?;
            handle.check_rights(Rights::DUPLICATE)?;
            Ok((handle.object().clone(), handle.check_fewer_rights(wanted.rights)?))
        })?;
        message.push(Handle::new(object, rights), None);
        Ok(())
    }

    /// Does with handles what their descriptions say; notes in each what is wrong with it.
    ///
    /// # Errors
    /// The first of those of [`send`](Self::send) and [`send_copy`](Self::send_copy); [`Status::INVALID_ARGS`]: an unknown operation,
    /// whose handle is closed.
    fn send_described(&self, records: &mut [u8], message: &mut Message) -> Result<()> {
        let mut outcome = Ok(());
        for record in records.chunks_exact_mut(DISPOSITION_SIZE) {
            let mut described = HandleDisposition::default();
            described.as_bytes_mut().copy_from_slice(record);
            if let Err(status) = self.send_as_described(&described, message) {
                described.result = status.into_raw();
                record.copy_from_slice(described.as_bytes());
                outcome = outcome.and(Err(status));
            }
        }
        outcome
    }

    fn send_as_described(
        &self,
        described: &HandleDisposition,
        message: &mut Message,
    ) -> Result<()> {
        let wanted = Wanted {
            object_type: described.object_type,
            rights: Rights::from_bits_retain(described.rights),
        };
        match described.operation {
            HANDLE_OP_MOVE => self.send(described.handle, wanted, message),
            HANDLE_OP_DUPLICATE => self.send_copy(described.handle, wanted, message),
            _ => take(self.caller, described.handle).and(Err(Status::INVALID_ARGS)),
        }
    }

    /// Checks that a handle can be sent as it is wanted.
    ///
    /// # Errors
    /// 1. [`Status::ACCESS_DENIED`]: it lacks TRANSFER.
    /// 2. [`Status::NOT_SUPPORTED`]: it is the one that it would be sent through.
    /// 3. [`Status::WRONG_TYPE`]: its object is of another type.
    /// 4. [`Status::INVALID_ARGS`]: it has not all of the rights.
    fn check(&self, handle: &Handle, wanted: Wanted) -> Result<()> {
        handle.check_rights(Rights::TRANSFER)?;
        if Endpoint::of(handle.object()).is_some_and(|end| Ref::ptr_eq(end, self.endpoint)) {
            return Err(Status::NOT_SUPPORTED);
        }
        let object_type = handle.object().object_type() as u32;
        if wanted.object_type != object_type && wanted.object_type != ObjectType::None as u32 {
            return Err(Status::WRONG_TYPE);
        }
        handle.check_fewer_rights(wanted.rights).map(drop)
    }
}
