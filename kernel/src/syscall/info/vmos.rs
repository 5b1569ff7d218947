//! What is known of VMOs.

use super::maps::{bytes, visit_all};
use super::reply::Reply;
use crate::object::{Kin, Object, Process};
use crate::task;
use abi::info::{InfoVmo, InfoVmoFlags};
use abi::{Result, Rights};
use core::mem::offset_of;
use vm::Vmo;

/// Returns how many bytes a record has in the version of this number; the current one is 3.
pub(super) const fn len_of(version: usize) -> usize {
    match version {
        0 => offset_of!(InfoVmo, metadata_bytes),
        1 => offset_of!(InfoVmo, populated_bytes),
        2 => offset_of!(InfoVmo, committed_private_bytes),
        _ => size_of::<InfoVmo>(),
    }
}

const _: () = assert!(len_of(0) == 104 && len_of(1) == 120 && len_of(2) == 128);

/// Describes a VMO that was found by a handle with `rights`.
///
/// # Errors
/// [`Status::CANCELED`](abi::Status::CANCELED): the calling thread is to end.
pub(super) fn by_handle(vmo: &Vmo, rights: Rights) -> Result<InfoVmo> {
    Ok(InfoVmo { handle_rights: rights.bits(), ..describe(vmo, InfoVmoFlags::VIA_HANDLE)? })
}

/// Answers with every VMO that a process has a handle to, a record a handle, then with every one that it has mapped, a record a mapping.
///
/// # Errors
/// 1. [`Status::BAD_STATE`](abi::Status::BAD_STATE): the process does not run.
/// 2. Those of `Records::push`.
pub(super) fn of_process(process: &Process, len: usize, reply: Reply) -> Result<()> {
    process.check_running()?;
    let mut records = reply.records(len);
    for entry in process.handles().entries() {
        if let Object::Vmo(vmo) = &entry.object {
            records.push_with(|| by_handle(vmo, entry.rights))?;
        }
    }
    visit_all(process, |region| {
        region.mapping.as_ref().map_or(Ok(()), |mapping| {
            records.push_with(|| describe(&mapping.vmo, InfoVmoFlags::VIA_MAPPING))
        })
    })?;
    records.finish()
}

fn describe(vmo: &Vmo, via: InfoVmoFlags) -> Result<InfoVmo> {
    let usage = vmo.usage_with(0, u64::MAX, task::checkpoint)?;
    let (committed, private) = (bytes(usage.pages), bytes(usage.private_pages));
    let kin = Kin::of(vmo);
    Ok(InfoVmo {
        koid: vmo.label(),
        name: vmo.name(),
        size_bytes: vmo.size(),
        parent_koid: kin.map_or(0, |kin| kin.parent_koid()),
        num_children: kin.map_or(0, |kin| kin.child_count()),
        num_mappings: vmo.mapping_count() as u64,
        share_count: vmo.aspace_count_with(task::checkpoint)? as u64,
        flags: flags(vmo).union(via).bits(),
        committed_bytes: committed,
        cache_policy: vmo.cache_policy() as u32,
        metadata_bytes: vmo.metadata_bytes(),
        populated_bytes: committed,
        committed_private_bytes: private,
        populated_private_bytes: private,
        committed_scaled_bytes: usage.scaled_bytes(),
        populated_scaled_bytes: usage.scaled_bytes(),
        committed_fractional_scaled_bytes: usage.scaled_fraction(),
        populated_fractional_scaled_bytes: usage.scaled_fraction(),
        ..InfoVmo::default()
    })
}

/// Says what kind of VMO it is.
fn flags(vmo: &Vmo) -> InfoVmoFlags {
    let is_immutable = Kin::of(vmo).is_some_and(|kin| kin.is_immutable());
    let mut flags = InfoVmoFlags::empty();
    flags.set(InfoVmoFlags::TYPE_PAGED, !vmo.is_physical());
    flags.set(InfoVmoFlags::RESIZABLE, vmo.is_resizable());
    flags.set(InfoVmoFlags::IS_COW_CLONE, vmo.is_clone());
    flags.set(InfoVmoFlags::PAGER_BACKED, vmo.source().is_some());
    flags.set(InfoVmoFlags::CONTIGUOUS, vmo.is_contiguous());
    flags.set(InfoVmoFlags::DISCARDABLE, vmo.is_discardable());
    flags.set(InfoVmoFlags::IMMUTABLE, is_immutable);
    flags
}
