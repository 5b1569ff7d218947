//! Mappings and regions among more and more siblings: one-page mappings of one object, at places that the kernel has chosen.

use crate::meter::Figure;
use crate::place::{RW, Region, object};
use crate::plan::{self, Rounds};
use rt::abi::layout::PAGE_SIZE;
use rt::{Result, VmOptions, Vmo};

/// The numbers of siblings.
const SIZES: [u64; 6] = [1, 10, 100, 1000, 10_000, 60_000];

/// Bytes of the regions that are made.
const LEN: u64 = 16 * PAGE_SIZE;

pub(super) fn run() -> Result<()> {
    let (region, sibling, probe) = (Region::new()?, object(1)?, object(1)?);
    let mut count = 0;
    for size in plan::sizes(&SIZES) {
        for _ in count..size {
            region.vmar.map(RW, 0, &sibling, 0, PAGE_SIZE)?;
        }
        count = size;
        mappings(size, &region, &probe)?;
        regions(size, &region)?;
    }
    Ok(())
}

/// Takes the figures of mappings: where the kernel chooses, and again at the places it chose.
fn mappings(size: u64, region: &Region, probe: &Vmo) -> Result<()> {
    let rounds = Rounds::CALLS;
    let figure = |name| Figure::new(name, rounds).at(size);
    let (mut map, mut unmap) = (figure("map_chosen"), figure("unmap_chosen"));
    let mut map_again = figure("map_specific_siblings");
    let mut unmap_again = figure("unmap_specific_siblings");
    let specific = RW | VmOptions::SPECIFIC;
    for _ in 0..rounds.all() {
        let base = map.time(|| region.vmar.map(RW, 0, probe, 0, PAGE_SIZE))?;
        unmap.time(|| region.vmar.unmap(base, PAGE_SIZE))?;
        let offset = base - region.base;
        map_again.time(|| region.vmar.map(specific, offset, probe, 0, PAGE_SIZE))?;
        unmap_again.time(|| region.vmar.unmap(base, PAGE_SIZE))?;
    }
    [map, unmap, map_again, unmap_again].into_iter().for_each(Figure::report);
    Ok(())
}

/// Takes the figures of regions, likewise.
fn regions(size: u64, region: &Region) -> Result<()> {
    let rounds = Rounds::CALLS;
    let figure = |name| Figure::new(name, rounds).at(size);
    let (mut chosen, mut specific) = (figure("allocate_chosen"), figure("allocate_specific"));
    let (mut destroy, mut close) = (figure("region_destroy"), figure("region_close"));
    let options = VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE;
    let at_offset = options | VmOptions::SPECIFIC;
    for _ in 0..rounds.all() {
        let (made, base) = chosen.time(|| region.vmar.allocate(options, 0, LEN))?;
        destroy.time(|| made.destroy())?;
        close.time(|| made.into_handle().close())?;
        let offset = base - region.base;
        let (made, _) = specific.time(|| region.vmar.allocate(at_offset, offset, LEN))?;
        made.destroy()?;
    }
    [chosen, destroy, close, specific].into_iter().for_each(Figure::report);
    Ok(())
}
