//! Page faults.

use crate::meter::Figure;
use crate::place::{Region, TABLE_PAGES, committed, object, read, write};
use crate::plan::Rounds;
use rt::Result;
use rt::abi::VmoOp;
use rt::abi::layout::PAGE_SIZE;

/// Pages of a large object.
const PAGES: u64 = 4096;

/// Pages between those that have frames, so that none has a neighbour to be mapped along with it.
const APART: u64 = 64;

/// Pages of the large object that nothing was done to when its page tables were built.
const UNTOUCHED: u64 = PAGES - PAGES / TABLE_PAGES as u64;

/// Pages without a frame: written; read, and then written. There are page tables already.
pub(super) fn fresh() -> Result<()> {
    let rounds = Rounds::PAGES;
    let figure = |name| Figure::new(name, rounds).per(UNTOUCHED);
    let (mut first, mut zero) = (figure("first_touch"), figure("read_touch"));
    let mut after = figure("write_after_read");
    for _ in 0..rounds.all() {
        let (region, object) = (Region::new()?, object(PAGES)?);
        let mapped = region.map_first(&object)?;
        mapped.first_pages().for_each(write);
        first.time(|| mapped.write_all());
    }
    for _ in 0..rounds.all() {
        let (region, object) = (Region::new()?, object(PAGES)?);
        let mapped = region.map_first(&object)?;
        mapped.first_pages().for_each(write);
        zero.time(|| mapped.read_all());
        after.time(|| mapped.write_all());
    }
    [first, zero, after].into_iter().for_each(Figure::report);
    Ok(())
}

/// A page far from everything, whose tables have to be built.
pub(super) fn lone() -> Result<()> {
    let rounds = Rounds::CALLS;
    let mut touch = Figure::new("first_touch_tables", rounds);
    for _ in 0..rounds.all() {
        let (region, object) = (Region::new()?, object(1)?);
        let mapped = region.map_first(&object)?;
        touch.time(|| write(mapped.base));
    }
    touch.report();
    Ok(())
}

/// Pages that have frames and are not mapped: each without neighbours, and one after the other.
pub(super) fn soft() -> Result<()> {
    let rounds = Rounds::PAGES;
    let mut alone = Figure::new("soft_fault", rounds).per(PAGES / APART);
    let mut ahead = Figure::new("soft_fault_ahead", rounds).per(PAGES);
    let (sparse, dense) = (object(PAGES)?, committed(PAGES)?);
    let places = || (0..PAGES / APART).map(|place| place * APART + APART / 2);
    for page in places() {
        sparse.operate(VmoOp::Commit, page * PAGE_SIZE, PAGE_SIZE)?;
    }
    for _ in 0..rounds.all() {
        let region = Region::new()?;
        let mapped = region.map_first(&sparse)?;
        // Reading finds the page of zeros and builds the tables.
        mapped.first_pages().for_each(read);
        alone.time(|| places().for_each(|page| write(mapped.page(page))));
    }
    for _ in 0..rounds.all() {
        let region = Region::new()?;
        let mapped = region.map_first(&dense)?;
        ahead.time(|| mapped.write_all());
    }
    alone.report();
    ahead.report();
    Ok(())
}
