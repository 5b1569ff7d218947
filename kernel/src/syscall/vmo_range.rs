//! `vmo_op_range`: operations on a range of a VMO. The checks beyond the handle are [`vm::Vmo`]'s.
//!
//! # Source
//! `vmo.md` §5.

use super::caller::Caller;
use super::pager::{want_all, with_pages};

use crate::task;
use crate::user::UserSlice;
use abi::info::VmoLockState;
use abi::layout::PAGE_SIZE;
use abi::{RawHandle, Result, Rights, Status, VmoOp};
use vm::Vmo;

/// Pages that are cleared or looked through at a time, before other threads may run: those of a large page.
pub(super) const STEP: u64 = 512;
/// The same for pages whose frames are only taken, which is a tenth of the work of clearing them.
const STEP_TAKING: u64 = 8 * STEP;
/// Bytes of the pages of a step.
const PIECE: u64 = STEP * PAGE_SIZE;

/// Does operation `op` on the `len` bytes from `offset`; only LOCK uses the buffer.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. [`Status::INVALID_ARGS`]: there is no such operation.
/// 3. [`Status::ACCESS_DENIED`]: the handle lacks what the operation needs.
/// 4. Those of the operation.
pub(super) fn operate(
    caller: &Caller,
    vmo: RawHandle,
    op: u32,
    offset: u64,
    len: u64,
    buffer: UserSlice,
) -> Result<()> {
    let (object, rights) = caller.handles().get_with_rights::<Vmo>(vmo)?;
    let (op, vmo) = (VmoOp::try_from(op)?, &object);
    if !may(op, rights) {
        return Err(Status::ACCESS_DENIED);
    }
    match op {
        VmoOp::Commit => commit(vmo, offset, len),
        VmoOp::Decommit => {
            in_steps(offset, len, |start, left| vmo.decommit_some(start, left, STEP_TAKING))
        }
        VmoOp::Zero => zero(vmo, offset, len),
        VmoOp::Lock => lock(vmo, offset, len, buffer),
        VmoOp::TryLock => vmo.try_lock_pages(offset, len),
        VmoOp::Unlock => vmo.unlock_pages(offset, len),
        VmoOp::CacheSync
        | VmoOp::CacheInvalidate
        | VmoOp::CacheClean
        | VmoOp::CacheCleanInvalidate => vmo.check_cache_range(offset, len),
        VmoOp::DontNeed => check_hint(vmo, offset, len),
        VmoOp::AlwaysNeed => always_need(vmo, offset, len),
        VmoOp::Prefetch => prefetch(vmo, offset, len),
    }
}

/// Says whether a handle with `rights` allows `op`.
const fn may(op: VmoOp, rights: Rights) -> bool {
    match op {
        VmoOp::Commit | VmoOp::Decommit | VmoOp::Zero | VmoOp::CacheInvalidate => {
            rights.contains(Rights::WRITE)
        }
        VmoOp::Lock | VmoOp::TryLock | VmoOp::Unlock => rights.intersects(Rights::IO),
        VmoOp::CacheSync | VmoOp::CacheClean | VmoOp::CacheCleanInvalidate | VmoOp::Prefetch => {
            rights.contains(Rights::READ)
        }
        VmoOp::DontNeed | VmoOp::AlwaysNeed => true,
    }
}

/// Gives frames to a range, piece by piece so that other threads can run; what has them when one fails keeps them.
fn commit(vmo: &Vmo, offset: u64, len: u64) -> Result<()> {
    // Nothing to commit, and all that can be wrong with it.
    vmo.commit(offset, 0)?;
    vmo.check_range(offset, len)?;
    each_piece(offset, len, |start, piece| {
        with_pages(|| vmo.missing(start, piece), || vmo.commit(start, piece))
    })
}

/// Waits for the pages of a range that are a pager's to supply.
///
/// # Errors
/// 1. [`Status::OUT_OF_RANGE`]: the range overflows or passes the end.
/// 2. Those of [`vm::Missing::provide`]. What was supplied before one of them stays.
fn prefetch(vmo: &Vmo, offset: u64, len: u64) -> Result<()> {
    vmo.check_range(offset, len)?;
    if vmo.source().is_none() {
        return Ok(());
    }
    each_piece(offset, len, |start, piece| {
        let check = || vmo.missing(start, piece).map_or(Ok(()), |_| Err(Status::SHOULD_WAIT));
        with_pages(|| vmo.missing(start, piece), check)
    })
}

/// Waits for the pages of a range that are a pager's to supply, as a hint: a page that it does not supply is no error.
///
/// # Errors
/// Those of [`check_hint`], and [`Status::CANCELED`]: the thread is being killed.
fn always_need(vmo: &Vmo, offset: u64, len: u64) -> Result<()> {
    check_hint(vmo, offset, len)?;
    if vmo.source().is_none() {
        return Ok(());
    }
    each_piece(offset, len, |start, piece| {
        want_all(start, piece, |start, len| vmo.missing(start, len))
    })
}

/// Calls `visit` with the start and length of each piece of a range that does not wrap; other threads may run in between.
fn each_piece(offset: u64, len: u64, mut visit: impl FnMut(u64, u64) -> Result<()>) -> Result<()> {
    let mut done = 0_u64;
    while done < len {
        // Within the VMO, as checked, so none of this can wrap.
        let start = offset.wrapping_add(done);
        let piece = PIECE.wrapping_sub(start % PIECE).min(len.wrapping_sub(done));
        visit(start, piece)?;
        done = done.wrapping_add(piece);
        task::checkpoint()?;
    }
    Ok(())
}

/// Makes a range zero; waits for its first page and its last if they are missing and a part of them stays, and for its pager to agree to
/// the writing of pages that keep their frames.
fn zero(vmo: &Vmo, offset: u64, len: u64) -> Result<()> {
    in_steps(offset, len, |start, left| {
        with_pages(|| vmo.missing_to_zero(start, left), || vmo.zero_some(start, left, STEP))
    })
}

/// Calls `step` with the start and length of what is left of a range until all is done; it returns how many bytes it has done. Other
/// threads may run in between. What is wrong with the range is for the first step to find.
pub(super) fn in_steps(
    offset: u64,
    len: u64,
    mut step: impl FnMut(u64, u64) -> Result<u64>,
) -> Result<()> {
    let mut done = step(offset, len)?;
    while done < len {
        task::checkpoint()?;
        // Within the VMO, as found, so none of this can wrap.
        done = done.wrapping_add(step(offset.wrapping_add(done), len.wrapping_sub(done))?);
    }
    Ok(())
}

/// Locks a discardable VMO and says what was discarded.
///
/// # Errors
/// 1. Those of [`Vmo::lock_pages`].
/// 2. [`Status::INVALID_ARGS`]: the buffer is too small or cannot be written. It is not locked then.
fn lock(vmo: &Vmo, offset: u64, len: u64, buffer: UserSlice) -> Result<()> {
    let discarded_size = vmo.lock_pages(offset, len)?;
    let state = VmoLockState { offset, size: len, discarded_offset: 0, discarded_size };
    let fits = buffer.len() >= size_of::<VmoLockState>() as u64;
    let told = if fits { buffer.start().write(state) } else { Err(Status::INVALID_ARGS) };
    told.inspect_err(|_| {
        // Somebody else may have unlocked once too often meanwhile; then there is nothing to undo.
        let _undone = vmo.unlock_pages(offset, len);
    })
}

/// Checks a hint about a range, which says nothing about memory that no pager supplies.
///
/// # Errors
/// 1. [`Status::OUT_OF_RANGE`]: the range, as whole pages, overflows.
/// 2. [`Status::OUT_OF_RANGE`]: a pager supplies the pages, and the range passes the end.
fn check_hint(vmo: &Vmo, offset: u64, len: u64) -> Result<()> {
    let end = offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
    vm::round_up_to_page(end).ok_or(Status::OUT_OF_RANGE)?;
    match vmo.source() {
        Some(_) => vmo.check_range(offset, len),
        None => Ok(()),
    }
}
