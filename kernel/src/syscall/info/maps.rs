//! What is mapped where.

use super::reply::Reply;
use crate::object::Process;
use crate::task;
use abi::info::{InfoMaps, InfoMapsMapping, InfoTaskStats, MAPS_ASPACE, MAPS_MAPPING, MAPS_VMAR};
use abi::layout::{MAX_NAME_LEN, PAGE_SIZE};
use abi::{Result, Status, VmOptions};
use core::mem::offset_of;
use vm::{Aspace, MappingInfo, RegionInfo, Usage, Vmar};

/// A version of the record of a region.
#[derive(Clone, Copy)]
pub(super) enum MapsVersion {
    /// Ends with the committed pages.
    First,
    /// Ends with the committed and the populated pages.
    Second,
    /// Counts bytes.
    Current,
}

const _: () = assert!(MapsVersion::First.len() == 96 && MapsVersion::Second.len() == 104);

impl MapsVersion {
    /// Returns how many bytes a record has.
    const fn len(self) -> usize {
        match self {
            Self::First => offset_of!(InfoMaps, mapping.populated_bytes),
            Self::Second => offset_of!(InfoMaps, mapping.committed_private_bytes),
            Self::Current => size_of::<InfoMaps>(),
        }
    }

    /// Returns what the counts of bytes are divided by.
    const fn unit(self) -> u64 {
        match self {
            Self::First | Self::Second => PAGE_SIZE,
            Self::Current => 1,
        }
    }
}

/// Answers with a process's address space, its root VMAR and everything in that: nothing, once it is destroyed.
///
/// # Errors
/// 1. [`Status::BAD_STATE`]: the process has ended.
/// 2. Those of `Records::push`.
pub(super) fn of_process(process: &Process, version: MapsVersion, reply: Reply) -> Result<()> {
    process.check_alive()?;
    let root = Aspace::root(process.aspace());
    let mut records = reply.records(version.len());
    records.push(&InfoMaps {
        name: process.name().get(),
        base: root.base(),
        size: root.len(),
        node_type: MAPS_ASPACE,
        ..InfoMaps::default()
    })?;
    if root.is_alive() {
        visit_all(process, |region| records.push_with(|| describe(region, 1, version)))?;
    } else {
        records.push(&InfoMaps { depth: 1, ..record(root.base(), root.len(), "root") })?;
    }
    records.finish()
}

/// Answers with a VMAR and everything in it.
///
/// # Errors
/// 1. [`Status::BAD_STATE`]: it is destroyed.
/// 2. Those of `Records::push`.
pub(super) fn of_vmar(vmar: &Vmar, reply: Reply) -> Result<()> {
    let version = MapsVersion::Current;
    let mut records = reply.records(version.len());
    visit(vmar, |region| records.push_with(|| describe(region, 0, version)))?;
    records.finish()
}

/// Calls `each` with a process's root VMAR and everything in it, without a lock. There is nothing in one that is destroyed.
pub(super) fn visit_all(
    process: &Process,
    each: impl FnMut(&RegionInfo) -> Result<()>,
) -> Result<()> {
    let root = Aspace::root(process.aspace());
    match visit(&root, each) {
        Err(Status::BAD_STATE) if !root.is_alive() => Ok(()),
        outcome => outcome,
    }
}

/// Calls `visit` with a VMAR and everything in it, without a lock; other threads may run in between.
fn visit(vmar: &Vmar, mut visit: impl FnMut(&RegionInfo) -> Result<()>) -> Result<()> {
    let mut survey = vmar.survey();
    loop {
        let batch = survey.next_batch()?;
        if batch.is_empty() {
            return Ok(());
        }
        batch.iter().try_for_each(&mut visit)?;
        task::checkpoint()?;
    }
}

/// # Errors
/// [`Status::CANCELED`]: the calling thread is to end.
fn describe(region: &RegionInfo, depth: u64, version: MapsVersion) -> Result<InfoMaps> {
    let name = if region.is_root { "root" } else { "useralloc" };
    let depth = depth.saturating_add(region.depth as u64);
    let mut record = InfoMaps { depth, ..record(region.base, region.len, name) };
    if let Some(mapping) = &region.mapping {
        record.name = mapping.vmo.name();
        record.node_type = MAPS_MAPPING;
        record.mapping = describe_mapping(mapping, region.len, version.unit())?;
    }
    Ok(record)
}

/// Returns the record of a region in which nothing is.
fn record(base: u64, size: u64, name: &str) -> InfoMaps {
    InfoMaps { name: padded(name), base, size, node_type: MAPS_VMAR, ..InfoMaps::default() }
}

/// # Errors
/// [`Status::CANCELED`]: the calling thread is to end.
fn describe_mapping(mapping: &MappingInfo, len: u64, unit: u64) -> Result<InfoMapsMapping> {
    let usage = mapping.vmo.usage_with(mapping.vmo_offset, len, task::checkpoint)?;
    let committed = bytes(usage.pages).checked_div(unit).unwrap_or(0);
    Ok(InfoMapsMapping {
        mmu_flags: VmOptions::from_bits_truncate(mapping.perms.bits().into()).bits(),
        vmo_koid: mapping.vmo.label(),
        vmo_offset: mapping.vmo_offset,
        committed_bytes: committed,
        populated_bytes: committed,
        committed_private_bytes: bytes(usage.private_pages),
        populated_private_bytes: bytes(usage.private_pages),
        committed_scaled_bytes: usage.scaled_bytes(),
        populated_scaled_bytes: usage.scaled_bytes(),
        committed_fractional_scaled_bytes: usage.scaled_fraction(),
        populated_fractional_scaled_bytes: usage.scaled_fraction(),
        ..InfoMapsMapping::default()
    })
}

/// Adds up what a process has mapped. A page that two of its mappings show counts twice.
///
/// A page is private if one object has it and one address space maps that; else each of them has its share of it.
///
/// # Errors
/// [`Status::BAD_STATE`]: the process has ended. [`Status::CANCELED`]: the calling thread is to end.
pub(super) fn task_stats(process: &Process) -> Result<InfoTaskStats> {
    process.check_alive()?;
    let mut stats = InfoTaskStats::default();
    let mut scaled = 0;
    visit_all(process, |region| {
        let Some(mapping) = &region.mapping else {
            return Ok(());
        };
        let usage = mapping.vmo.usage_with(mapping.vmo_offset, region.len, task::checkpoint)?;
        let sharers = mapping.vmo.aspace_count_with(task::checkpoint)?.max(1) as u64;
        let private_pages = if sharers == 1 { usage.private_pages } else { 0 };
        let shared_pages = usage.pages.saturating_sub(private_pages);
        add(&mut stats.mem_mapped_bytes, region.len);
        add(&mut stats.mem_private_bytes, bytes(private_pages));
        add(&mut stats.mem_shared_bytes, bytes(shared_pages));
        let shared = usage.scaled().saturating_sub(Usage::scale(private_pages));
        let share = shared.checked_div(sharers.into()).unwrap_or(0);
        scaled = share.saturating_add(scaled);
        Ok(())
    })?;
    (stats.mem_scaled_shared_bytes, stats.mem_fractional_scaled_shared_bytes) =
        Usage::split(scaled);
    Ok(stats)
}

fn add(sum: &mut u64, bytes: u64) {
    *sum = sum.saturating_add(bytes);
}

/// Returns the bytes of so many pages.
pub(super) const fn bytes(pages: u64) -> u64 {
    pages.saturating_mul(PAGE_SIZE)
}

/// Returns a name padded with zeros.
fn padded(name: &str) -> [u8; MAX_NAME_LEN] {
    let mut padded = [0; MAX_NAME_LEN];
    for (place, byte) in padded.iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    padded
}
