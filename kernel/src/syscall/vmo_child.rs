//! `vmo_create_child` and `vmo_transfer_data`: VMOs made of others. The checks beyond handles are [`vm::Vmo`]'s.
//!
//! # Source
//! `vmo.md` §8 and §12.

use super::caller::Caller;
use super::pager::with_pages;
use crate::object::{Kin, Object};
use crate::user::UserPtr;
use abi::layout::PAGE_SIZE;
use abi::{RawHandle, Result, Rights, Status, VmoChildOptions};
use vm::{ChildRequest, Vmo};

/// Makes a child of a VMO and writes a handle to it.
///
/// # Errors
/// 1. [`Status::OUT_OF_RANGE`], [`Status::INVALID_ARGS`]: those of [`ChildRequest::check_size`].
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 3. The others of [`vm::Vmo::create_child`].
/// 4. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written. There is no new VMO then.
pub(super) fn create(
    caller: &Caller,
    parent: RawHandle,
    options: u32,
    offset: u64,
    size: u64,
    out: UserPtr<u32>,
) -> Result<()> {
    let options = VmoChildOptions::from_bits_retain(options);
    ChildRequest::check_size(options, size)?;
    let (parent, rights) = caller.handles().get_with_rights::<Vmo>(parent)?;
    let child = Kin::create_child(&parent, ChildRequest { rights, options, offset, size })?;
    if rights.contains(Rights::GET_PROPERTY) {
        child.set_name(parent.name());
    }
    caller.give(Object::Vmo(child), rights_of_child(rights, options), out)
}

/// Returns what a handle to a child allows, made through a handle that allows `rights`.
fn rights_of_child(rights: Rights, options: VmoChildOptions) -> Rights {
    const SHARED: VmoChildOptions = VmoChildOptions::SLICE.union(VmoChildOptions::REFERENCE);
    let mut child = rights.union(Rights::PROPERTY);
    child.set(Rights::RESIZE, options.contains(VmoChildOptions::RESIZABLE));
    if options.contains(VmoChildOptions::NO_WRITE) {
        child.remove(Rights::WRITE);
    } else if !options.intersects(SHARED) {
        child.insert(Rights::WRITE);
        child.remove(Rights::EXECUTE);
    }
    child
}

/// Moves pages from one VMO to another.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: options, or not whole pages.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the destination's handle needs WRITE, then the
///    source's READ and WRITE.
/// 3. Those of [`vm::Vmo::transfer_data`], but that missing pages are waited for.
pub(super) fn transfer_data(
    caller: &Caller,
    destination: RawHandle,
    options: u32,
    offset: u64,
    len: u64,
    source: RawHandle,
    source_offset: u64,
) -> Result<()> {
    let is_whole = |bytes: u64| bytes.is_multiple_of(PAGE_SIZE);
    if options != 0 || ![offset, len, source_offset].into_iter().all(is_whole) {
        return Err(Status::INVALID_ARGS);
    }
    let destination = caller.get::<Vmo>(destination, Rights::WRITE)?;
    let source = caller.get::<Vmo>(source, Rights::IO)?;
    let missing = || source.missing(source_offset, len);
    with_pages(missing, || destination.transfer_data(offset, len, &source, source_offset))
}
