//! Calls on VMOs. The checks beyond handles and buffers are [`vm::Vmo`]'s.
//!
//! # Source
//! `vmo.md` §2 to §4, §6 and §11.

use super::caller::Caller;
use super::handle::take;
use super::pager::with_pages;
use crate::memory::memory;
use crate::object::{Kin, Object, Resource};
use crate::task;
use crate::user::{UserPtr, UserSlice};
use abi::device::RSRC_SYSTEM_VMEX_BASE;
use abi::layout::PAGE_SIZE;
use abi::object::INVALID_HANDLE;
use abi::{CachePolicy, RawHandle, ResourceKind, Result, Rights, Status, VmoOptions};
use vm::{Missing, Vmo};

/// Bytes that are copied at a time, through the kernel's stack: no VMO is locked while memory of ring 3 is touched, so the buffer may be
/// a mapping of the very VMO.
const PIECE: usize = 2048;
/// The same for buffers that are no longer than this, so that a few bytes do not pay for clearing many.
const SMALL_PIECE: usize = 64;
/// Pieces after which other threads may run.
const TURN: u64 = 32;

/// Makes a VMO and writes a handle to it.
///
/// # Errors
/// 1. Those of [`Vmo::create`].
/// 2. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written. There is no new VMO then.
pub(super) fn create(caller: &Caller, size: u64, options: u32, out: UserPtr<u32>) -> Result<()> {
    let options = VmoOptions::from_bits_retain(options);
    let vmo = Kin::enlist(Vmo::create(memory(), size, options)?);
    let mut rights = Rights::VMO_DEFAULT;
    rights.set(Rights::RESIZE, options.contains(VmoOptions::RESIZABLE));
    caller.give(Object::Vmo(vmo), rights, out)
}

/// Copies bytes from a VMO to a buffer.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs READ.
/// 2. Those of [`Vmo::check_transfer`].
/// 3. The status of a fault on the buffer, [`Status::NOT_FOUND`] if it reaches out of the user half. What comes before may have been
///    copied.
pub(super) fn read(caller: &Caller, vmo: RawHandle, buffer: UserSlice, offset: u64) -> Result<()> {
    let vmo = caller.get::<Vmo>(vmo, Rights::READ)?;
    transfer(&vmo, buffer, offset, |at, in_vmo, piece| {
        let len = piece.len() as u64;
        let missing = || vmo.missing(in_vmo, len);
        with_pages(missing, || vmo.read(in_vmo, piece))?;
        buffer.write_at(at, piece)
    })
}

/// Copies bytes from a buffer to a VMO.
///
/// # Errors
/// As [`read`], with WRITE; [`Status::NO_MEMORY`].
pub(super) fn write(caller: &Caller, vmo: RawHandle, buffer: UserSlice, offset: u64) -> Result<()> {
    let vmo = caller.get::<Vmo>(vmo, Rights::WRITE)?;
    transfer(&vmo, buffer, offset, |at, in_vmo, piece| {
        buffer.read_at(at, piece)?;
        // Here and not only around the whole call: what was copied before may have changed the buffer.
        // The pager learns at once of all that is to be written.
        let rest = buffer.len().saturating_sub(at);
        let lacking = || vmo.missing_to_write(in_vmo, piece.len() as u64, rest);
        with_pages(lacking, || memory().with_reclaim(|| vmo.write(in_vmo, piece)))
    })
}

/// Checks the range in the VMO, then the buffer's, and calls `copy` for each piece with its offset in the buffer, its offset in the VMO
/// and room for its bytes.
fn transfer(
    vmo: &Vmo,
    buffer: UserSlice,
    offset: u64,
    copy: impl FnMut(u64, u64, &mut [u8]) -> Result<()>,
) -> Result<()> {
    vmo.check_transfer(offset, buffer.len())?;
    if buffer.len() == 0 {
        return Ok(());
    }
    buffer.check_range()?;
    if buffer.len() <= SMALL_PIECE as u64 {
        copy_through([0; SMALL_PIECE], buffer, offset, copy)
    } else {
        copy_through([0; PIECE], buffer, offset, copy)
    }
}

/// Calls `copy` for each piece of `buffer` that fits into `bytes`, and lets other threads run now and then.
fn copy_through<const N: usize>(
    mut bytes: [u8; N],
    buffer: UserSlice,
    offset: u64,
    mut copy: impl FnMut(u64, u64, &mut [u8]) -> Result<()>,
) -> Result<()> {
    for ((at, len), turn) in buffer.pieces(N).zip((0..TURN).cycle()) {
        let piece = bytes.get_mut(..len).ok_or(Status::INTERNAL)?;
        // Within the VMO, as checked, so this cannot wrap.
        copy(at, offset.wrapping_add(at), piece)?;
        if turn == TURN - 1 {
            task::checkpoint()?;
        }
    }
    Ok(())
}

/// Writes the VMO's size in bytes to `size`.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. [`Status::INVALID_ARGS`]: `size` cannot be written.
pub(super) fn get_size(caller: &Caller, vmo: RawHandle, size: UserPtr<u64>) -> Result<()> {
    let vmo = caller.get::<Vmo>(vmo, Rights::empty())?;
    size.write(vmo.size())
}

/// Changes the VMO's size.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs WRITE.
/// 2. [`Status::ACCESS_DENIED`]: the VMO is resizable, but the handle lacks RESIZE.
/// 3. Those of [`Vmo::set_size`], but that missing pages are waited for.
pub(super) fn set_size(caller: &Caller, vmo: RawHandle, size: u64) -> Result<()> {
    let (vmo, rights) = caller.handles().get_with_rights::<Vmo>(vmo)?;
    let may_resize = !vmo.is_resizable() || rights.contains(Rights::RESIZE);
    if !rights.contains(Rights::WRITE) || !may_resize {
        return Err(Status::ACCESS_DENIED);
    }
    let cut = PAGE_SIZE.wrapping_sub(size % PAGE_SIZE);
    with_pages(|| vmo.missing_to_zero(size, cut), || vmo.set_size(size))
}

/// Writes the VMO's stream size in bytes to `size`.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. [`Status::INVALID_ARGS`]: `size` cannot be written.
pub(super) fn get_stream_size(caller: &Caller, vmo: RawHandle, size: UserPtr<u64>) -> Result<()> {
    let vmo = caller.get::<Vmo>(vmo, Rights::empty())?;
    size.write(vmo.stream_size())
}

/// Changes the VMO's stream size.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs WRITE.
/// 2. Those of [`Vmo::set_stream_size`].
pub(super) fn set_stream_size(caller: &Caller, vmo: RawHandle, size: u64) -> Result<()> {
    let vmo = caller.get::<Vmo>(vmo, Rights::WRITE)?;
    with_pages(|| missing_to_cut_content(&vmo, size), || vmo.set_stream_size(size))
}

/// Returns the pages that have to be waited for before the stream size of `vmo` can become `size`.
pub(super) fn missing_to_cut_content(vmo: &Vmo, size: u64) -> Option<Missing> {
    let kept = vmo.stream_size().min(size);
    vmo.missing_to_zero(kept, vmo.size().saturating_sub(kept))
}

/// Changes how the VMO's pages are cached, for mappings made from now on.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: there is no such policy.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs MAP.
/// 3. Those of [`Vmo::set_cache_policy`].
pub(super) fn set_cache_policy(caller: &Caller, vmo: RawHandle, policy: u32) -> Result<()> {
    let policy = CachePolicy::try_from(policy)?;
    let vmo = caller.get::<Vmo>(vmo, Rights::MAP)?;
    vmo.set_cache_policy(policy)
}

/// Exchanges a VMO handle for one that also has EXECUTE. The handle is gone whatever comes of it.
///
/// The root job lets every process do so, `vmex` 0.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`]: `vmo` names nothing, or something else than a VMO.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::OUT_OF_RANGE`]: `vmex` is neither 0 nor a resource that gives the
///    right to it.
/// 3. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the new handle cannot be written.
pub(super) fn replace_as_executable(
    caller: &Caller,
    vmo: RawHandle,
    vmex: RawHandle,
    out: UserPtr<u32>,
) -> Result<()> {
    let handle = take(caller, vmo)?;
    let vmo = handle.check::<Vmo>(Rights::empty()).map_err(|_| Status::BAD_HANDLE)?;
    if vmex != INVALID_HANDLE {
        caller.get::<Resource>(vmex, Rights::empty())?.check(
            ResourceKind::System,
            RSRC_SYSTEM_VMEX_BASE,
            1,
        )?;
    }
    caller.give(Object::Vmo(vmo.clone()), handle.rights().union(Rights::EXECUTE), out)
}
