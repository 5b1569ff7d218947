//! Operations on one page beside more and more pages that are present in the same address space; and what each of so many costs.

use crate::meter::Figure;
use crate::place::{Mapped, RW, Region, object, write};
use crate::plan::{self, Rounds};
use rt::abi::layout::PAGE_SIZE;
use rt::abi::{VmarOp, VmoOp};
use rt::{Result, VmOptions, Vmo};

/// The numbers of pages.
const SIZES: [u64; 5] = [10, 100, 1000, 10_000, 60_000];

/// Where the page is that operations are done on: as far behind the others as a table has entries.
const BESIDE: u64 = 1 << 30;

pub(super) fn run() -> Result<()> {
    for size in plan::sizes(&SIZES) {
        all(size)?;
        let (region, many, one) = (Region::new()?, object(size)?, object(1)?);
        let mapped = region.map_first(&many)?;
        mapped.operate(VmarOp::Commit)?;
        within(size, &region, &mapped, &many)?;
        beside(size, &region, &one)?;
    }
    Ok(())
}

/// Takes the figures of all pages at once, for each: given frames through a mapping, unmapped, and freed.
fn all(size: u64) -> Result<()> {
    let rounds = Rounds::PAGES;
    let figure = |name| Figure::new(name, rounds).per(size).at(size);
    let (mut populate, mut unmap) = (figure("pages_populate"), figure("pages_unmap"));
    let mut free = figure("pages_free");
    for _ in 0..rounds.all() {
        let (region, object) = (Region::new()?, object(size)?);
        let mapped = region.map_first(&object)?;
        populate.time(|| mapped.operate(VmarOp::Commit))?;
        unmap.time(|| mapped.unmap())?;
        free.time(|| object.into_handle().close())?;
    }
    [populate, unmap, free].into_iter().for_each(Figure::report);
    Ok(())
}

/// Takes the figures of the page in the middle: its frame taken away, and another one given when it is written.
fn within(size: u64, region: &Region, mapped: &Mapped<'_>, many: &Vmo) -> Result<()> {
    let rounds = Rounds::CALLS;
    let figure = |name| Figure::new(name, rounds).at(size);
    let (mut decommit, mut touch) = (figure("page_decommit"), figure("page_touch"));
    let (mut protect, mut back) = (figure("page_protect"), figure("page_protect_back"));
    let middle = size / 2;
    let address = mapped.page(middle);
    for _ in 0..rounds.all() {
        decommit.time(|| many.operate(VmoOp::Decommit, middle * PAGE_SIZE, PAGE_SIZE))?;
        touch.time(|| write(address));
        protect.time(|| region.vmar.protect(VmOptions::PERM_READ, address, PAGE_SIZE))?;
        back.time(|| region.vmar.protect(RW, address, PAGE_SIZE))?;
    }
    [decommit, touch, protect, back].into_iter().for_each(Figure::report);
    Ok(())
}

/// Takes the figures of a mapping beside them.
fn beside(size: u64, region: &Region, one: &Vmo) -> Result<()> {
    let rounds = Rounds::CALLS;
    let figure = |name| Figure::new(name, rounds).at(size);
    let (mut map, mut unmap) = (figure("page_map_beside"), figure("page_unmap_beside"));
    let specific = RW | VmOptions::SPECIFIC;
    for _ in 0..rounds.all() {
        let base = map.time(|| region.vmar.map(specific, BESIDE, one, 0, PAGE_SIZE))?;
        write(base);
        unmap.time(|| region.vmar.unmap(base, PAGE_SIZE))?;
    }
    [map, unmap].into_iter().for_each(Figure::report);
    Ok(())
}
