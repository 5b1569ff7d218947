//! Calls on resources and on memory of devices.
//!
//! # Source
//! `vmo.md` §7 and §13; the order of checks is Zircon's.

use super::caller::Caller;
use super::handle::take;
use super::pager::with_pages;
use super::process::read_name;
use crate::memory::memory;
use crate::object::{Bti, Handle, Iommu, Kin, Object, Pmt, Resource, try_vec};
use crate::task;
use crate::user::{UserPtr, UserSlice};
use abi::device::{
    BtiOptions, IOMMU_MAX_DESC_LEN, IOMMU_STUB_DESC_LEN, IOMMU_TYPE_STUB, RSRC_SYSTEM_IOMMU_BASE,
};
use abi::layout::{MAX_NAME_LEN, PAGE_SIZE};
use abi::{CachePolicy, RawHandle, ResourceKind, Result, Rights, Status};
use alloc::vec::Vec;
use vm::{Access, Pinned, Vmo};

/// Most addresses that one call tells, as in Zircon: those of 128 MiB.
const MOST_ADDRESSES: u64 = 32768;
/// Addresses that are told at a time, before other threads may run.
const BATCH: usize = 512;

/// Makes a VMO of physical memory, not cached at first, and writes a handle to it.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::OUT_OF_RANGE`]: `resource` does not give the right to it.
/// 2. Those of [`Vmo::physical`].
/// 3. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written. There is no new VMO then.
pub(super) fn create_physical(
    caller: &Caller,
    resource: RawHandle,
    address: u64,
    size: u64,
    out: UserPtr<u32>,
) -> Result<()> {
    let resource = caller.get::<Resource>(resource, Rights::empty())?;
    resource.check(ResourceKind::Mmio, address, size)?;
    let vmo = Vmo::physical(memory(), address, size, CachePolicy::Uncached)?;
    let object = Object::Vmo(Kin::enlist(vmo));
    caller.give(object, Rights::VMO_DEFAULT, out)
}

/// Makes a VMO whose frames are in a row, and writes a handle to it.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: the size is 0 or the alignment below a page or not below 2^64.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the BTI's handle needs MAP.
/// 3. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written. [`Status::CANCELED`]: the calling thread is to end.
///    There is no new VMO then.
pub(super) fn create_contiguous(
    caller: &Caller,
    bti: RawHandle,
    size: u64,
    align_log2: u32,
    out: UserPtr<u32>,
) -> Result<()> {
    Vmo::check_contiguous(size, align_log2)?;
    caller.get::<Bti>(bti, Rights::MAP)?;
    let vmo = Vmo::contiguous_with(memory(), size, align_log2, task::checkpoint)?;
    let object = Object::Vmo(Kin::enlist(vmo));
    caller.give(object, Rights::VMO_DEFAULT, out)
}

/// Makes a resource that is a part of another, and writes a handle to it.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the parent's handle needs WRITE.
/// 2. [`Status::INVALID_ARGS`]: there is no such kind, or the name cannot be read.
/// 3. Those of [`Resource::create_part`].
/// 4. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written.
pub(super) fn create_resource(
    caller: &Caller,
    parent: RawHandle,
    options: u32,
    base: u64,
    size: u64,
    name: UserSlice,
    out: UserPtr<u32>,
) -> Result<()> {
    let parent = caller.get::<Resource>(parent, Rights::WRITE)?;
    let kind = ResourceKind::try_from(options)?;
    let mut buffer = [0; MAX_NAME_LEN];
    let name = read_name(name, &mut buffer)?;
    let part = parent.create_part(kind, base, size, name)?;
    caller.give(Object::Resource(part), Rights::RESOURCE_DEFAULT, out)
}

/// Makes an object for what translates the addresses of devices, of which there is one kind, and writes a handle to it.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::OUT_OF_RANGE`]: `resource` does not give the right to it.
/// 2. [`Status::INVALID_ARGS`]: the description is too long.
/// 3. [`Status::NOT_SUPPORTED`]: another kind than the stub.
/// 4. [`Status::INVALID_ARGS`]: the description is not that of a stub, or cannot be read.
/// 5. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written.
pub(super) fn create_iommu(
    caller: &Caller,
    resource: RawHandle,
    kind: u32,
    description: UserSlice,
    out: UserPtr<u32>,
) -> Result<()> {
    caller.get::<Resource>(resource, Rights::empty())?.check(
        ResourceKind::System,
        RSRC_SYSTEM_IOMMU_BASE,
        1,
    )?;
    if description.len() > IOMMU_MAX_DESC_LEN {
        return Err(Status::INVALID_ARGS);
    }
    if kind != IOMMU_TYPE_STUB {
        return Err(Status::NOT_SUPPORTED);
    }
    if description.len() != IOMMU_STUB_DESC_LEN as u64 {
        return Err(Status::INVALID_ARGS);
    }
    // It says nothing, but it has to be there.
    description.read_whole(&mut [0; IOMMU_STUB_DESC_LEN])?;
    let iommu = Object::Iommu(Iommu::create()?);
    caller.give(iommu, Rights::IOMMU_DEFAULT, out)
}

/// Makes an object for a device that reaches memory by itself, and writes a handle to it. Every number names a device.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: there are no options.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`]: for the IOMMU.
/// 3. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written.
pub(super) fn create_bti(
    caller: &Caller,
    iommu: RawHandle,
    options: u32,
    out: UserPtr<u32>,
) -> Result<()> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    caller.get::<Iommu>(iommu, Rights::empty())?;
    caller.give(Object::Bti(Bti::create()?), Rights::BTI_DEFAULT, out)
}

/// Pins pages of a VMO for a device; writes the physical address of each to `addresses`, whose length is in words, and a handle
/// whose end takes them back.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: not whole pages, or none; more addresses than [`MOST_ADDRESSES`].
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the BTI's handle needs MAP; the VMO's needs MAP, and
///    READ and WRITE as the options say; a device that executes reads.
/// 3. [`Status::INVALID_ARGS`]: unknown options, no permission, COMPRESS with CONTIGUOUS, CONTIGUOUS of a VMO that is not.
/// 4. [`Status::OUT_OF_RANGE`]: the range passes the end.
/// 5. [`Status::INVALID_ARGS`]: another number of addresses than there will be.
/// 6. [`Status::BAD_STATE`]: pages of the BTI are in quarantine.
/// 7. Those of [`Vmo::pin`].
/// 8. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: a result cannot be written. Nothing is pinned then.
#[expect(clippy::too_many_arguments, reason = "the call has as many")]
pub(super) fn pin(
    caller: &Caller,
    bti: RawHandle,
    options: u32,
    vmo: RawHandle,
    offset: u64,
    size: u64,
    addresses: UserSlice,
    out: UserPtr<u32>,
) -> Result<()> {
    let is_whole = |bytes: u64| bytes.is_multiple_of(PAGE_SIZE);
    let is_much = addresses.len() > MOST_ADDRESSES;
    if size == 0 || !is_whole(offset) || !is_whole(size) || is_much {
        return Err(Status::INVALID_ARGS);
    }
    let bti = caller.get::<Bti>(bti, Rights::MAP)?;
    let (vmo, rights) = caller.handles().get_with_rights::<Vmo>(vmo)?;
    let options = BtiOptions::from_bits_retain(options);
    if !rights.contains(rights_for(options)) {
        return Err(Status::ACCESS_DENIED);
    }
    let wanted = address_count(options, &vmo, size)?;
    vmo.check_range(offset, size)?;
    if addresses.len() != wanted {
        return Err(Status::INVALID_ARGS);
    }
    bti.check_no_quarantine()?;
    let writes = options.contains(BtiOptions::PERM_WRITE);
    let access = if writes { Access::Write } else { Access::Read };
    let lacking = || vmo.missing_to_pin(access, offset, size);
    let pinned = with_pages(lacking, || Vmo::pin(&vmo, access, offset, size))?;
    let places = frames_of(&pinned, wanted)?;
    let token = Pmt::create(&bti, pinned)?;
    let told = tell(&places, addresses)
        .and_then(|()| caller.give(Object::Pmt(token.clone()), Rights::PMT_DEFAULT, out));
    told.inspect_err(|_| token.unpin())
}

/// Returns the rights to a VMO that a device needs.
fn rights_for(options: BtiOptions) -> Rights {
    let reads = BtiOptions::PERM_READ.union(BtiOptions::PERM_EXECUTE);
    let mut rights = Rights::MAP;
    rights.set(Rights::READ, options.intersects(reads));
    rights.set(Rights::WRITE, options.contains(BtiOptions::PERM_WRITE));
    rights
}

/// Returns how many addresses there will be.
fn address_count(options: BtiOptions, vmo: &Vmo, size: u64) -> Result<u64> {
    let is_run = options.contains(BtiOptions::CONTIGUOUS);
    let has_row = vmo.is_contiguous() || vmo.is_physical();
    if !BtiOptions::all().contains(options)
        || !options.intersects(BtiOptions::PERMS)
        || options.contains(BtiOptions::COMPRESS.union(BtiOptions::CONTIGUOUS))
        || is_run && !has_row
    {
        return Err(Status::INVALID_ARGS);
    }
    // Nothing larger than a page is contiguous for sure, so that COMPRESS changes nothing.
    Ok(if is_run { 1 } else { size / PAGE_SIZE })
}

/// Returns the physical addresses of the first `count` pages.
fn frames_of(pinned: &Pinned, count: u64) -> Result<Vec<u64>> {
    let mut places = try_vec(usize::try_from(count).map_err(|_| Status::NO_MEMORY)?)?;
    // There may be far more pages than addresses.
    pinned.first_frames(count, |frame| places.push(frame.address()));
    Ok(places)
}

/// Writes addresses out, a word each.
fn tell(places: &[u64], out: UserSlice) -> Result<()> {
    for (index, place) in places.iter().enumerate() {
        let offset = (index as u64).wrapping_mul(size_of::<u64>() as u64);
        out.write_at(offset, &place.to_le_bytes()).map_err(|_| Status::INVALID_ARGS)?;
        if index % BATCH == BATCH - 1 {
            task::checkpoint()?;
        }
    }
    Ok(())
}

/// Lets go of pages whose pins were never taken back.
///
/// # Errors
/// [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs WRITE.
pub(super) fn release_quarantine(caller: &Caller, bti: RawHandle) -> Result<()> {
    caller.get::<Bti>(bti, Rights::WRITE)?.release_quarantine();
    Ok(())
}

/// Takes pins back, and the handle with them.
///
/// # Errors
/// [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
pub(super) fn unpin(caller: &Caller, token: RawHandle) -> Result<()> {
    caller.get::<Pmt>(token, Rights::empty())?.unpin();
    let closed: Handle = take(caller, token)?;
    drop(closed);
    Ok(())
}
