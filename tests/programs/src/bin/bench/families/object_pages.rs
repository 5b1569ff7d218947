//! Operations on a memory object that has more and more pages, of which none is mapped.

use crate::meter::Figure;
use crate::place::{RW, Region, committed};
use crate::plan::{self, Rounds};
use rt::abi::layout::PAGE_SIZE;
use rt::abi::{VmoChildOptions, VmoOp};
use rt::{Result, VmOptions, Vmo};

/// The numbers of pages.
const SIZES: [u64; 5] = [10, 100, 1000, 10_000, 60_000];

pub(super) fn run() -> Result<()> {
    for size in plan::sizes(&SIZES) {
        let object = committed(size)?;
        transfers(size, &object)?;
        snapshots(size, &object)?;
        mappings(size, &object)?;
    }
    Ok(())
}

/// Takes the figures of the page in the middle: read, its frame taken away, and another one given.
fn transfers(size: u64, object: &Vmo) -> Result<()> {
    let rounds = Rounds::CALLS;
    let figure = |name| Figure::new(name, rounds).at(size);
    let mut read = figure("object_read");
    let (mut decommit, mut commit) = (figure("object_decommit"), figure("object_commit"));
    let offset = size / 2 * PAGE_SIZE;
    let mut word = [0; 8];
    for _ in 0..rounds.all() {
        read.time(|| object.read(offset, &mut word))?;
        decommit.time(|| object.operate(VmoOp::Decommit, offset, PAGE_SIZE))?;
        commit.time(|| object.operate(VmoOp::Commit, offset, PAGE_SIZE))?;
    }
    [read, decommit, commit].into_iter().for_each(Figure::report);
    Ok(())
}

/// Takes the figures of snapshots of all of it.
fn snapshots(size: u64, object: &Vmo) -> Result<()> {
    let rounds = Rounds::CALLS;
    let figure = |name| Figure::new(name, rounds).at(size);
    let (mut make, mut close) = (figure("object_snapshot"), figure("object_snapshot_close"));
    let len = size * PAGE_SIZE;
    for _ in 0..rounds.all() {
        let child = make.time(|| object.create_child(VmoChildOptions::SNAPSHOT, 0, len))?;
        close.time(|| child.into_handle().close())?;
    }
    [make, close].into_iter().for_each(Figure::report);
    Ok(())
}

/// Takes the figures of mappings of all of it.
fn mappings(size: u64, object: &Vmo) -> Result<()> {
    let rounds = Rounds::CALLS;
    let figure = |name| Figure::new(name, rounds).at(size);
    let (mut map, mut unmap) = (figure("object_map"), figure("object_unmap"));
    let (region, len) = (Region::new()?, size * PAGE_SIZE);
    for _ in 0..rounds.all() {
        let base = map.time(|| region.vmar.map(RW | VmOptions::SPECIFIC, 0, object, 0, len))?;
        unmap.time(|| region.vmar.unmap(base, len))?;
    }
    [map, unmap].into_iter().for_each(Figure::report);
    Ok(())
}
