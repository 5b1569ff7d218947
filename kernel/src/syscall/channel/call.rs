//! Messages that are sent and answered.
//!
//! # Source
//! Zircon `channel_call` and `channel_call_etc`; the order of checks is Zircon's.

use super::receive::{count, deliver, reserve};
use super::send::{consume, load, prepare};
use super::{Listing, MAX_HANDLES, Room};
use crate::object::{Endpoint, Message, TXID_SIZE};
use crate::syscall::caller::Caller;
use crate::user::UserPtr;
use abi::channel::CallArgs;
use abi::object::Time;
use abi::{RawHandle, Result, Rights, Status};
use alloc::vec::Vec;
use vm::Ref;

/// Sends a message with a number as its first word, and waits for the one that has the same.
///
/// Handles that are not sent as copies are gone whatever comes of it, as far as they can be read. Places for the answer's handles are
/// set aside before anything is sent.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: the arguments cannot be read.
/// 2. Those of [`prepare`], for a channel whose handle needs READ and WRITE. [`Status::INVALID_ARGS`]: no room for the number in what is
///    sent. [`Status::NO_MEMORY`].
/// 3. Those of [`load`].
/// 4. Those of [`Endpoint::call`].
/// 5. [`Status::BUFFER_TOO_SMALL`]: the answer does not fit, and is lost.
/// 6. [`Status::INVALID_ARGS`]: something cannot be written. The answer is lost.
pub(in crate::syscall) fn call(
    caller: &Caller,
    (channel, options): (RawHandle, u32),
    deadline: Time,
    (args, listing): (UserPtr<CallArgs>, Listing),
    actual_bytes: UserPtr<u32>,
    actual_handles: UserPtr<u32>,
) -> Result<()> {
    let args = args.read()?;
    let room = |bytes, handles| Room::new(bytes, handles, listing);
    let out = room((args.wr_bytes, args.wr_num_bytes), (args.wr_handles, args.wr_num_handles));
    let back = room((args.rd_bytes, args.rd_num_bytes), (args.rd_handles, args.rd_num_handles));

    let mut slots = Vec::new();
    let prepared = prepare_call(caller, (channel, options), &out).and_then(|prepared| {
        reserve(caller, &mut slots, MAX_HANDLES.min(back.num_handles as usize))?;
        Ok(prepared)
    });
    let (endpoint, mut message) = prepared.inspect_err(|_| consume(caller, &out))?;
    load(caller, &endpoint, &out, &mut message)?;
    let answer = endpoint.call(caller.thread(), message, deadline)?;

    let handles = answer.handle_count();
    if answer.bytes.len() as u64 > back.bytes.len() || handles > slots.len() {
        return Err(Status::BUFFER_TOO_SMALL);
    }
    actual_bytes.write(count(answer.bytes.len())?)?;
    actual_handles.write(count(handles)?)?;
    slots.truncate(handles);
    deliver(answer, slots, &back)
}

/// Prepares a message that has room for its number.
fn prepare_call(
    caller: &Caller,
    (channel, options): (RawHandle, u32),
    room: &Room,
) -> Result<(Ref<Endpoint>, Message)> {
    let rights = Rights::READ.union(Rights::WRITE);
    let prepared = prepare(caller, (channel, rights), options, room)?;
    if prepared.1.bytes.len() < TXID_SIZE {
        return Err(Status::INVALID_ARGS);
    }
    Ok(prepared)
}
