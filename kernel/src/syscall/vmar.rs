//! Calls on VMARs. The checks beyond handles are [`vm::Vmar`]'s.
//!
//! # Source
//! `vmar.md` §7 to §13.

use super::caller::Caller;
use super::pager::want_all;
use super::{handle, process, thread};
use crate::object::{Handle, Object, VmarObject};
use crate::task;
use crate::user::{UserPtr, UserSlice};
use abi::object::EXIT_CODE_EXCEPTION;
use abi::{RawHandle, Result, Rights, Status, VmOptions, VmarOp};
use vm::{MapRequest, Mapped, RangeOperation, Vmar, Vmo};

/// Makes a region inside a region; writes a handle to it and its base address.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. Those of [`vm::Vmar::allocate`].
/// 3. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: a result cannot be written. There is no new region then.
pub(super) fn allocate(
    caller: &Caller,
    parent: RawHandle,
    options: VmOptions,
    offset: u64,
    size: u64,
    child: UserPtr<u32>,
    address: UserPtr<u64>,
) -> Result<()> {
    let (parent, rights) = caller.handles().get_with_rights::<VmarObject>(parent)?;
    let region = parent.vmar().allocate(rights, options, offset, size)?;
    let given = VmarObject::create(region.clone()).and_then(|object| {
        let handle = Handle::new(Object::Vmar(object), rights_of_region(region.flags()));
        let slot = caller.handles().reserve()?;
        child.write(slot.value())?;
        address.write(region.base())?;
        slot.fill(handle);
        Ok(())
    });
    given.inspect_err(|_| {
        // Another thread may have destroyed it meanwhile, through its parent: then nothing is left to do.
        let _destroyed = region.destroy();
    })
}

/// Returns what a handle to a new region with these flags allows.
fn rights_of_region(flags: VmOptions) -> Rights {
    let mut rights = Rights::VMAR_DEFAULT;
    rights.set(Rights::READ, flags.contains(VmOptions::CAN_MAP_READ));
    rights.set(Rights::WRITE, flags.contains(VmOptions::CAN_MAP_WRITE));
    rights.set(Rights::EXECUTE, flags.contains(VmOptions::CAN_MAP_EXECUTE));
    rights
}

/// Maps a VMO; writes the mapping's base address.
///
/// Next on the way from ring 3: [`vm::Vmar::map`].
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`]: for the VMAR, then for the VMO.
/// 2. Those of [`vm::Vmar::map`].
/// 3. [`Status::NO_MEMORY`]: no frame for a page table, or [`Status::INVALID_ARGS`]: the address cannot be written. There is no new
///    mapping then, nor if the calling thread is killed.
#[expect(clippy::too_many_arguments, reason = "the call has as many")]
pub(super) fn map(
    caller: &Caller,
    vmar: RawHandle,
    options: VmOptions,
    vmar_offset: u64,
    vmo: RawHandle,
    vmo_offset: u64,
    len: u64,
    address: UserPtr<u64>,
) -> Result<()> {
    let (vmar, vmar_rights) = caller.handles().get_with_rights::<VmarObject>(vmar)?;
    let (vmo, vmo_rights) = caller.handles().get_with_rights::<Vmo>(vmo)?;
    let mut mapped = vmar.vmar().map(&MapRequest {
        vmar_rights,
        options,
        vmar_offset,
        vmo: &vmo,
        vmo_rights,
        vmo_offset,
        len,
    })?;
    let told = show(vmar.vmar(), &mut mapped).and_then(|()| address.write(mapped.address));
    match told {
        Ok(()) => vmar.vmar().keep(mapped),
        Err(_) => vmar.vmar().discard(mapped),
    }
    told
}

/// Makes what is left of the pages of a new mapping usable without a fault, if it was to be so, piece by piece so that other threads
/// can run.
fn show(vmar: &Vmar, mapped: &mut Mapped) -> Result<()> {
    while vmar.show_more(mapped)? {
        task::checkpoint()?;
    }
    Ok(())
}

/// Removes whatever is mapped in a range.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. Those of [`vm::Vmar::unmap`].
pub(super) fn unmap(caller: &Caller, vmar: RawHandle, address: u64, len: u64) -> Result<()> {
    let (vmar, rights) = caller.handles().get_with_rights::<VmarObject>(vmar)?;
    vmar.vmar().unmap(rights, address, len)
}

/// Changes the permissions of a range.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. Those of [`vm::Vmar::protect`].
pub(super) fn protect(
    caller: &Caller,
    vmar: RawHandle,
    options: VmOptions,
    address: u64,
    len: u64,
) -> Result<()> {
    let (vmar, rights) = caller.handles().get_with_rights::<VmarObject>(vmar)?;
    vmar.vmar().protect(rights, options, address, len)
}

/// Operates on what a range shows. No operation has a buffer.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. [`Status::INVALID_ARGS`]: an unknown operation, or a buffer.
/// 3. Those of [`vm::Vmar::op_range`], but that missing pages are waited for.
/// 4. Those of [`vm::Missing::provide`]. [`Status::CANCELED`]: the calling thread is to end.
pub(super) fn op_range(
    caller: &Caller,
    vmar: RawHandle,
    op: u32,
    address: u64,
    len: u64,
    buffer: UserSlice,
) -> Result<()> {
    let (vmar, rights) = caller.handles().get_with_rights::<VmarObject>(vmar)?;
    let op = VmarOp::try_from(op)?;
    if !buffer.is_null() || buffer.len() != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let attempt = || carry_out(vmar.vmar().begin_op_range(rights, op, address, len)?);
    if op == VmarOp::AlwaysNeed {
        // First all that can be wrong with it.
        attempt()?;
        want_all(address, len, |address, len| vmar.vmar().missing(address, len))?;
    }
    attempt()
}

/// Does a long operation step by step, so that other threads can run, and waits for missing pages.
fn carry_out(mut operation: RangeOperation<'_>) -> Result<()> {
    loop {
        match operation.step() {
            Ok(true) => task::checkpoint()?,
            Ok(false) => return Ok(()),
            Err(Status::SHOULD_WAIT) => {
                // Since no lock is held, the page may have come or the mapping gone; then there is nothing to wait for.
                if let Some(missing) = operation.missing() {
                    missing.provide()?;
                }
            }
            Err(status) => return Err(status),
        }
    }
}

/// Removes whatever is mapped in a range, closes a handle and ends the calling thread: the last act of a thread whose stack is in the
/// range. Nothing but the first can be refused; a handle that cannot be closed ends the process, as a failed instruction would.
///
/// # Errors
/// Those of [`unmap`]. Nothing was done then.
pub(super) fn leave(
    caller: &Caller,
    vmar: RawHandle,
    address: u64,
    len: u64,
    handle: RawHandle,
) -> Result<()> {
    unmap(caller, vmar, address, len)?;
    match handle::close(caller, handle) {
        Ok(()) => thread::exit(caller),
        Err(_) => process::exit(caller, EXIT_CODE_EXCEPTION),
    }
}

/// Destroys a region with everything in it.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. [`Status::ACCESS_DENIED`]: the handle lacks OP_CHILDREN.
/// 3. [`Status::BAD_STATE`]: it is destroyed already.
pub(super) fn destroy(caller: &Caller, vmar: RawHandle) -> Result<()> {
    caller.get::<VmarObject>(vmar, Rights::OP_CHILDREN)?.vmar().destroy()
}
