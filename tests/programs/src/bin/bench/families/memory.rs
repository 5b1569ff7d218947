//! What things take of the machine's memory.
//!
//! Many are made, so that what several of them have together, such as page tables, does not show.

use crate::idle::Idle;
use crate::meter;
use crate::place::{RW, Region, object};
use alloc::vec::Vec;
use rt::abi::info::InfoKmemStats;
use rt::abi::layout::PAGE_SIZE;
use rt::abi::{Topic, VmarOp, VmoChildOptions, VmoOp};
use rt::{Process, Result, Rights, VmOptions, Vmo, start};

/// How many small things are made.
const MANY: u64 = 10_000;

/// How many processes are made.
const CROWD: u64 = 400;

/// Pages of an object.
const PAGES: u64 = 16_384;

/// Bytes of regions.
const LEN: u64 = 16 * PAGE_SIZE;

pub(super) fn run() -> Result<()> {
    let (region, one) = (Region::new()?, object(1)?);
    // Places for handles stay, so whatever comes later needs none.
    count("bytes_handle", MANY, || one.duplicate(Rights::SAME_RIGHTS))?;
    mappings(&one)?;
    let options = VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE;
    count("bytes_region", MANY, || region.vmar.allocate(options, 0, LEN))?;
    count("bytes_vmo", MANY, || object(1))?;
    count("bytes_snapshot", MANY, || one.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE_SIZE))?;
    pages(&region)?;
    let (idle, job) = (Idle::prepare()?, start().job().create_in()?);
    count("bytes_process", CROWD, || Process::create(&job, "empty"))?;
    count("bytes_process_asleep", CROWD, || idle.launch(&job))?;
    job.kill()
}

/// Returns how many bytes of the machine's memory are in use: frames, and blocks of the kernel's heap.
fn taken_bytes() -> Result<u64> {
    let stats: InfoKmemStats = start().job().info(Topic::KMEM_STATS)?;
    Ok(stats.total_bytes - stats.free_bytes - stats.free_heap_bytes)
}

/// Takes the figure `name`: of as many as `number` of what `make` makes.
fn count<T>(name: &str, number: u64, make: impl Fn() -> Result<T>) -> Result<()> {
    // What remembers them is there before they are.
    let mut made: Vec<Option<T>> = (0..number).map(|_| None).collect();
    let before = taken_bytes()?;
    for place in &mut made {
        *place = Some(make()?);
    }
    meter::report_each(name, taken_bytes()? - before, number);
    Ok(())
}

/// Takes the figure of mappings, where the kernel likes.
fn mappings(object: &Vmo) -> Result<()> {
    let region = Region::new()?;
    let before = taken_bytes()?;
    for _ in 0..MANY {
        region.vmar.map(RW, 0, object, 0, PAGE_SIZE)?;
    }
    meter::report_each("bytes_mapping", taken_bytes()? - before, MANY);
    Ok(())
}

/// Takes the figures of pages, without their frames.
fn pages(region: &Region) -> Result<()> {
    let object = object(PAGES)?;
    let (before, frames) = (taken_bytes()?, PAGES * PAGE_SIZE);
    object.operate(VmoOp::Commit, 0, frames)?;
    meter::report_each("bytes_page", taken_bytes()? - before - frames, PAGES);
    object.operate(VmoOp::Decommit, 0, frames)?;
    // Mapped page by page, not by large ones: where no large one begins.
    let options = RW | VmOptions::SPECIFIC;
    let base = region.vmar.map(options, PAGE_SIZE, &object, 0, frames)?;
    let before = taken_bytes()?;
    region.vmar.op_range(VmarOp::Commit, base, frames)?;
    meter::report_each("bytes_page_mapped", taken_bytes()? - before - frames, PAGES);
    region.vmar.unmap(base, frames)
}
