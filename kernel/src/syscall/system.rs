//! Calls on no object: time, random bytes, the console, the scheduler.

use super::caller::Caller;
use crate::arch::{clock, serial};
use crate::memory::memory;
use crate::user::UserSlice;
use crate::{random, task};
use abi::info::BlockedOn;
use abi::layout::PAGE_SIZE;
use abi::object::Time;
use abi::{Result, Status};
use core::hint;

/// Bytes that are copied at a time.
const PIECE: usize = 256;
/// Pieces after which other threads may run.
const TURN: u64 = 64;

/// Returns nanoseconds since boot.
pub(super) fn clock() -> i64 {
    task::now()
}

/// Returns the processor's time stamp.
pub(super) fn ticks() -> i64 {
    clock::ticks().cast_signed()
}

/// Returns how fast the time stamp counts.
pub(super) fn ticks_per_second() -> i64 {
    clock::ticks_per_second().cast_signed()
}

/// Returns how many CPUs run threads: the one that the kernel was booted on.
pub(super) fn num_cpus() -> i64 {
    1
}

/// Returns the bytes of memory that there are to give out.
pub(super) fn physmem() -> i64 {
    memory().total_frames().wrapping_mul(PAGE_SIZE).cast_signed()
}

/// Sleeps until the deadline; one that has passed lets other threads run.
pub(super) fn nanosleep(caller: &Caller, deadline: Time) -> Result<()> {
    if task::has_passed(deadline) {
        task::yield_now();
        return Ok(());
    }
    task::prepare_to_block(caller.thread());
    // It wakes for the deadline or to end; either way the call is over.
    task::block(caller.thread(), BlockedOn::Sleeping, deadline);
    Ok(())
}

/// Lets other threads run.
///
/// # Errors
/// [`Status::INVALID_ARGS`]: `options` is not 0.
pub(super) fn yield_now(options: u32) -> Result<()> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    task::yield_now();
    Ok(())
}

/// Fills a buffer of any length with random bytes.
///
/// # Errors
/// [`Status::INVALID_ARGS`]: the buffer cannot be written; part of it may have been.
pub(super) fn cprng_draw(buffer: UserSlice) -> Result<()> {
    buffer.check_range().map_err(|_| Status::INVALID_ARGS)?;
    let mut bytes = [0; PIECE];
    let result = in_pieces(buffer, |offset, len| {
        let piece = bytes.get_mut(..len).ok_or(Status::INTERNAL)?;
        random::fill(piece);
        buffer.write_at(offset, piece).map_err(|_| Status::INVALID_ARGS)
    });
    // What the program now relies on as secret must not stay on the kernel's stack.
    bytes.fill(0);
    hint::black_box(&bytes);
    result
}

/// Writes bytes to the console, as they are.
///
/// # Errors
/// [`Status::INVALID_ARGS`]: the buffer cannot be read; part of it may have been written.
pub(super) fn debug_write(buffer: UserSlice) -> Result<()> {
    buffer.check_range().map_err(|_| Status::INVALID_ARGS)?;
    let mut bytes = [0; PIECE];
    in_pieces(buffer, |offset, len| {
        let piece = bytes.get_mut(..len).ok_or(Status::INTERNAL)?;
        buffer.read_at(offset, piece).map_err(|_| Status::INVALID_ARGS)?;
        serial::PROGRAM.send(piece);
        Ok(())
    })
}

/// Calls `copy` for each piece of `buffer`, and lets other threads run now and then.
fn in_pieces(buffer: UserSlice, mut copy: impl FnMut(u64, usize) -> Result<()>) -> Result<()> {
    for ((offset, len), turn) in buffer.pieces(PIECE).zip((0..TURN).cycle()) {
        copy(offset, len)?;
        if turn == TURN - 1 {
            task::checkpoint()?;
        }
    }
    Ok(())
}
