//! Calls that wait for signals of objects, and that raise them.
//!
//! # Source
//! Zircon `object_wait_one`, `object_wait_many`, `object_wait_async`, `object_signal` and `object_signal_peer`.

use super::caller::Caller;
use crate::object::{Awaited, Object, Port, Promise, Source, try_vec, wait_for_any};
use crate::user::{UserPtr, UserSlice};
use abi::info::{BlockedOn, Record};
use abi::object::Time;
use abi::port::{WAIT_MANY_MAX_ITEMS, WaitAsyncOptions, WaitItem};
use abi::{RawHandle, Result, Rights, Signals, Status};
use alloc::vec::Vec;

/// Bytes of an item of `object_wait_many`.
const ITEM_SIZE: usize = size_of::<WaitItem>();

/// Waits until one of `signals` is raised, or the deadline passes; `observed`, if not null, says what is raised then.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`]: `value` names nothing.
/// 2. [`Status::ACCESS_DENIED`]: the handle lacks WAIT.
/// 3. [`Status::NOT_SUPPORTED`]: the object has no signals.
/// 4. [`Status::NO_MEMORY`].
/// 5. [`Status::INVALID_ARGS`]: `observed` cannot be written.
/// 6. [`Status::TIMED_OUT`]: the deadline passed. [`Status::CANCELED`]: the handle was closed during the wait.
pub(super) fn one(
    caller: &Caller,
    value: RawHandle,
    signals: Signals,
    deadline: Time,
    observed: UserPtr<u32>,
) -> Result<()> {
    let mut awaited = [awaited(caller, value, signals)?];
    let outcome = wait_for_any(caller.thread(), &mut awaited, BlockedOn::WaitOne, deadline)?;
    let [awaited] = &awaited;
    observed.write_unless_null(awaited.observed.bits())?;
    outcome.check()
}

/// Waits until one of several objects has one of its signals raised, or the deadline passes; each item says what is raised then.
///
/// # Errors
/// 1. [`Status::OUT_OF_RANGE`]: more than [`WAIT_MANY_MAX_ITEMS`].
/// 2. [`Status::INVALID_ARGS`]: the items cannot be read.
/// 3. [`Status::NO_MEMORY`].
/// 4. For each item: [`Status::BAD_HANDLE`], [`Status::ACCESS_DENIED`]: its handle needs WAIT. [`Status::NOT_SUPPORTED`]: the object
///    has no signals.
/// 5. [`Status::INVALID_ARGS`]: the items cannot be written.
/// 6. [`Status::TIMED_OUT`]: the deadline passed. [`Status::CANCELED`]: a handle was closed during the wait.
pub(super) fn many(caller: &Caller, items: u64, count: u64, deadline: Time) -> Result<()> {
    if count > WAIT_MANY_MAX_ITEMS as u64 {
        return Err(Status::OUT_OF_RANGE);
    }
    let array = UserSlice::new(items, count.saturating_mul(ITEM_SIZE as u64));
    let mut buffer = [0; WAIT_MANY_MAX_ITEMS * ITEM_SIZE];
    let len = array.read_whole(&mut buffer)?.len();
    let bytes = buffer.get_mut(..len).ok_or(Status::INTERNAL)?;

    let mut all: Vec<Awaited> = try_vec(len / ITEM_SIZE)?;
    for chunk in bytes.chunks_exact(ITEM_SIZE) {
        let mut item = WaitItem::default();
        item.as_bytes_mut().copy_from_slice(chunk);
        let signals = Signals::from_bits_retain(item.wait_for);
        // There is room for all of them.
        all.push(awaited(caller, item.handle, signals)?);
    }
    let outcome = wait_for_any(caller.thread(), &mut all, BlockedOn::WaitMany, deadline)?;
    for (chunk, awaited) in bytes.chunks_exact_mut(ITEM_SIZE).zip(&all) {
        let mut item = WaitItem::default();
        item.as_bytes_mut().copy_from_slice(chunk);
        item.pending = awaited.observed.bits();
        chunk.copy_from_slice(item.as_bytes());
    }
    array.write_at(0, bytes).map_err(|_| Status::INVALID_ARGS)?;
    outcome.check()
}

/// Looks up what is to be waited for.
fn awaited(caller: &Caller, value: RawHandle, signals: Signals) -> Result<Awaited> {
    Awaited::new(waitable(caller, value)?, signals, source(caller, value))
}

/// Looks an object up that the program may wait for, and is about to.
fn waitable(caller: &Caller, value: RawHandle) -> Result<Object> {
    caller.handles().inspect(value, |handle| {
        handle.check_rights(Rights::WAIT)?;
        handle.note_wait();
        Ok(handle.object().clone())
    })
}

/// Names a handle of the calling process as what a wait goes through.
pub(super) fn source(caller: &Caller, handle: RawHandle) -> Source {
    Source { process: caller.process().koid(), handle }
}

/// Asks for one packet under `key` in a port, once one of `signals` is raised. Closing the handle takes that back.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: unknown options, or time stamps of two clocks.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the port's handle needs WRITE.
/// 3. [`Status::BAD_HANDLE`], [`Status::ACCESS_DENIED`]: the object's handle needs WAIT.
/// 4. [`Status::NOT_SUPPORTED`]: the object has no signals.
/// 5. [`Status::NO_MEMORY`].
pub(super) fn asynchronous(
    caller: &Caller,
    value: RawHandle,
    port: RawHandle,
    key: u64,
    signals: Signals,
    options: u32,
) -> Result<()> {
    let options = WaitAsyncOptions::from_bits(options).ok_or(Status::INVALID_ARGS)?;
    if options.contains(WaitAsyncOptions::TIMESTAMPS) {
        return Err(Status::INVALID_ARGS);
    }
    let port = caller.get::<Port>(port, Rights::WRITE)?;
    let object = waitable(caller, value)?;
    let state = object.waitable()?;
    state.promise(signals, source(caller, value), Promise::make(port, key, options)?)
}

/// Lowers `clear`, then raises `set`.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::ACCESS_DENIED`]: the handle needs SIGNAL.
/// 2. [`Status::NOT_SUPPORTED`]: the object has no signals. [`Status::NO_MEMORY`].
/// 3. [`Status::INVALID_ARGS`]: a signal is not the program's to change.
pub(super) fn signal(
    caller: &Caller,
    value: RawHandle,
    clear: Signals,
    set: Signals,
) -> Result<()> {
    let object = signalable(caller, value, Rights::SIGNAL)?;
    let state = object.waitable()?;
    check_user_signals(&object, clear.union(set))?;
    state.update(clear, set);
    Ok(())
}

/// Lowers `clear`, then raises `set`, of the other end.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::ACCESS_DENIED`]: the handle needs SIGNAL_PEER.
/// 2. [`Status::NOT_SUPPORTED`]: the object is no end.
/// 3. [`Status::INVALID_ARGS`]: a signal is not the program's to change.
/// 4. [`Status::PEER_CLOSED`].
pub(super) fn signal_peer(
    caller: &Caller,
    value: RawHandle,
    clear: Signals,
    set: Signals,
) -> Result<()> {
    let object = signalable(caller, value, Rights::SIGNAL_PEER)?;
    let state = match object.peer_signals() {
        Err(Status::NOT_SUPPORTED) => return Err(Status::NOT_SUPPORTED),
        state => state,
    };
    check_user_signals(&object, clear.union(set))?;
    state?.update(clear, set);
    Ok(())
}

fn signalable(caller: &Caller, value: RawHandle, rights: Rights) -> Result<Object> {
    caller.handles().inspect(value, |handle| {
        handle.check_rights(rights)?;
        Ok(handle.object().clone())
    })
}

fn check_user_signals(object: &Object, signals: Signals) -> Result<()> {
    if object.user_signals().contains(signals) { Ok(()) } else { Err(Status::INVALID_ARGS) }
}
