//! Calls on handles of any type.
//!
//! # Source
//! `handles-rights-errors.md` §3.

use super::caller::Caller;
use super::wait::source;
use crate::object::Handle;
use crate::task;
use crate::user::{UserPtr, UserSlice};
use abi::object::{HANDLE_FIXED_BITS, INVALID_HANDLE};
use abi::{RawHandle, Result, Rights, Status};

/// Handles that are copied in at a time.
const BATCH: usize = 64;
/// Bytes of a handle value.
const VALUE_SIZE: usize = size_of::<RawHandle>();

/// Closes a handle; closing none is fine.
///
/// # Errors
/// [`Status::BAD_HANDLE`]: `value` names nothing.
pub(super) fn close(caller: &Caller, value: RawHandle) -> Result<()> {
    if value == INVALID_HANDLE {
        return Ok(());
    }
    drop(take(caller, value)?);
    Ok(())
}

/// Checks that a handle value names something. It may be asked about any number, so nothing is a bad handle here.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: it is 0.
/// 2. [`Status::OUT_OF_RANGE`]: no handle ever has such a value.
/// 3. [`Status::NOT_FOUND`]: it names nothing.
pub(super) fn check_valid(caller: &Caller, value: RawHandle) -> Result<()> {
    if value == INVALID_HANDLE {
        return Err(Status::INVALID_ARGS);
    }
    if value & HANDLE_FIXED_BITS != HANDLE_FIXED_BITS {
        return Err(Status::OUT_OF_RANGE);
    }
    caller.handles().inspect(value, |_| Ok(())).map_err(|_| Status::NOT_FOUND)
}

/// Takes a handle away from the program and ends the waits that go through it.
#[inline(always)]
pub(super) fn take(caller: &Caller, value: RawHandle) -> Result<Handle> {
    let handle = caller.handles().remove(value)?;
    handle.cancel_waits(source(caller, value));
    Ok(handle)
}

/// Closes `count` handles; zeros are skipped.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: the array cannot be read; handles before the unreadable part are closed.
/// 2. [`Status::BAD_HANDLE`]: a value names nothing, or comes twice; all others are closed still.
pub(super) fn close_many(caller: &Caller, address: u64, count: u64) -> Result<()> {
    let len = count.checked_mul(VALUE_SIZE as u64).ok_or(Status::INVALID_ARGS)?;
    let array = UserSlice::new(address, len);
    array.check_range().map_err(|_| Status::INVALID_ARGS)?;
    let mut buffer = [0; BATCH * VALUE_SIZE];
    let mut result = Ok(());
    for (offset, len) in array.pieces(buffer.len()) {
        let batch = buffer.get_mut(..len).ok_or(Status::INTERNAL)?;
        array.read_at(offset, batch).map_err(|_| Status::INVALID_ARGS)?;
        for value in values(batch) {
            result = close(caller, value).and(result);
        }
        task::checkpoint()?;
    }
    result
}

/// Reads an array of handle values.
pub(super) fn values(bytes: &[u8]) -> impl Iterator<Item = RawHandle> + Clone {
    let words = bytes.chunks_exact(VALUE_SIZE).filter_map(|word| word.try_into().ok());
    words.map(RawHandle::from_le_bytes)
}

/// Makes a second handle to the same object.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`]: `value` names nothing.
/// 2. [`Status::ACCESS_DENIED`]: the handle lacks DUPLICATE.
/// 3. [`Status::INVALID_ARGS`]: `rights` is not SAME_RIGHTS and not a subset of the handle's.
/// 4. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: `out` cannot be written.
pub(super) fn duplicate(
    caller: &Caller,
    value: RawHandle,
    rights: Rights,
    out: UserPtr<u32>,
) -> Result<()> {
    let (object, rights) = caller.handles().inspect(value, |handle| {
        handle.check_rights(Rights::DUPLICATE)?;
        Ok((handle.object().clone(), handle.check_fewer_rights(rights)?))
    })?;
    caller.give(object, rights, out)
}

/// Exchanges a handle for one with the same or fewer rights. The handle is gone whatever comes of it.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`]: `value` names nothing.
/// 2. [`Status::INVALID_ARGS`]: `rights` is not SAME_RIGHTS and not a subset of the handle's.
/// 3. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: `out` cannot be written.
pub(super) fn replace(
    caller: &Caller,
    value: RawHandle,
    rights: Rights,
    out: UserPtr<u32>,
) -> Result<()> {
    let handle = take(caller, value)?;
    caller.pass_on(handle.with_rights(rights)?, out)
}
