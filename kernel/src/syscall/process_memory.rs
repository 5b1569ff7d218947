//! Calls that reach into the memory of a process, through the memory objects that it shows: what its mappings permit does not count.
//!
//! # Source
//! `handles-rights-errors.md` §9.

use super::caller::Caller;
use super::pager::with_pages;
use crate::arch::usize_of;
use crate::object::Process;
use crate::task;
use crate::user::{UserPtr, UserSlice};
use abi::{RawHandle, Result, Rights, Status};
use vm::Vmo;

/// Most bytes of one call.
const MAX_SIZE: u64 = 64 << 20;
/// Bytes that are copied at a time, through the kernel's stack.
const PIECE: usize = 2048;
/// Pieces after which other threads may run.
const TURN: u64 = 32;

/// Copies bytes of a process, from `address` to the end of the mapping that is there at the most, to a buffer; writes how many to
/// `actual`, if that is not null.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: the buffer is null, or empty, or has more than 64 MiB.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs READ and WRITE.
/// 3. [`Status::BAD_STATE`]: the process has ended.
/// 4. [`Status::NOT_FOUND`]: nothing is mapped at `address`. [`Status::OUT_OF_RANGE`]: what is mapped ends before it.
/// 5. Those of [`Vmo::read`], and [`Status::INVALID_ARGS`]: the buffer or `actual` cannot be written.
pub(super) fn read(
    caller: &Caller,
    process: RawHandle,
    address: u64,
    buffer: UserSlice,
    actual: UserPtr<u64>,
) -> Result<()> {
    check_buffer(buffer)?;
    let process = caller.get::<Process>(process, Rights::READ | Rights::WRITE)?;
    let len = transfer(&process, address, buffer, |vmo, offset, at, piece| {
        let len = piece.len() as u64;
        let missing = || vmo.missing(offset, len);
        with_pages(missing, || vmo.read(offset, piece))?;
        buffer.write_at(at, piece).map_err(|_| Status::INVALID_ARGS)
    })?;
    actual.write_unless_null(len)
}

/// Copies bytes of a buffer into a process; as [`read`], the other way round. What other objects share with the one that is mapped
/// stays as it is.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: the buffer is null, or empty, or has more than 64 MiB.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs WRITE.
/// 3. [`Status::BAD_STATE`]: the process has ended.
/// 4. [`Status::NOT_FOUND`]: nothing is mapped at `address`. [`Status::OUT_OF_RANGE`]: what is mapped ends before it.
/// 5. Those of [`Vmo::write`], and [`Status::INVALID_ARGS`]: the buffer cannot be read or `actual` not be written.
pub(super) fn write(
    caller: &Caller,
    process: RawHandle,
    address: u64,
    buffer: UserSlice,
    actual: UserPtr<u64>,
) -> Result<()> {
    check_buffer(buffer)?;
    let process = caller.get::<Process>(process, Rights::WRITE)?;
    let len = transfer(&process, address, buffer, |vmo, offset, at, piece| {
        buffer.read_at(at, piece).map_err(|_| Status::INVALID_ARGS)?;
        let len = piece.len() as u64;
        let lacking = || vmo.missing_to_write(offset, len, len);
        with_pages(lacking, || vmo.write(offset, piece))
    })?;
    actual.write_unless_null(len)
}

fn check_buffer(buffer: UserSlice) -> Result<()> {
    if buffer.is_null() || buffer.len() == 0 || buffer.len() > MAX_SIZE {
        return Err(Status::INVALID_ARGS);
    }
    Ok(())
}

/// Calls `copy` for each piece that is there, with the object, the offset in it, the offset in the buffer and room for the bytes;
/// returns how many there were.
fn transfer(
    process: &Process,
    address: u64,
    buffer: UserSlice,
    mut copy: impl FnMut(&Vmo, u64, u64, &mut [u8]) -> Result<()>,
) -> Result<u64> {
    process.check_alive()?;
    let shown = process.aspace().shown_at(address)?;
    let left = shown.vmo.size().saturating_sub(shown.offset).min(shown.len);
    if left == 0 {
        return Err(Status::OUT_OF_RANGE);
    }
    let part = buffer.cut(usize_of(left));
    let mut bytes = [0; PIECE];
    for ((at, len), turn) in part.pieces(PIECE).zip((0..TURN).cycle()) {
        let piece = bytes.get_mut(..len).ok_or(Status::INTERNAL)?;
        let offset = shown.offset.checked_add(at).ok_or(Status::OUT_OF_RANGE)?;
        copy(&shown.vmo, offset, at, piece)?;
        if turn == TURN - 1 {
            task::checkpoint()?;
        }
    }
    Ok(part.len())
}
