//! Operations on many pages at once.

use crate::meter::Figure;
use crate::place::{RW, Region, committed, object};
use crate::plan::Rounds;
use rt::abi::{VmarOp, VmoOp};
use rt::{Result, VmOptions};

/// Pages of the object.
const PAGES: u64 = 4096;

/// Frames for pages that have none: of an object that is not mapped, of one that is, and through the mapping.
pub(super) fn commit() -> Result<()> {
    let rounds = Rounds::PAGES;
    let figure = |name| Figure::new(name, rounds).per(PAGES);
    let (mut unmapped, mut mapped) = (figure("commit"), figure("commit_mapped"));
    let mut populate = figure("populate");
    for _ in 0..rounds.all() {
        let (region, object) = (Region::new()?, object(PAGES)?);
        let len = object.size()?;
        unmapped.time(|| object.operate(VmoOp::Commit, 0, len))?;
        object.operate(VmoOp::Decommit, 0, len)?;
        let place = region.map_first(&object)?;
        mapped.time(|| object.operate(VmoOp::Commit, 0, len))?;
        object.operate(VmoOp::Decommit, 0, len)?;
        populate.time(|| place.operate(VmarOp::Commit))?;
    }
    [unmapped, mapped, populate].into_iter().for_each(Figure::report);
    Ok(())
}

/// Pages that got their frames all at once, mapped all at once.
pub(super) fn map_range() -> Result<()> {
    let rounds = Rounds::PAGES;
    let mut figure = Figure::new("map_range", rounds).per(PAGES);
    for _ in 0..rounds.all() {
        let (region, object) = (Region::new()?, committed(PAGES)?);
        let mapped = region.map_first(&object)?;
        figure.time(|| mapped.operate(VmarOp::MapRange))?;
    }
    figure.report();
    Ok(())
}

/// Pages that were touched one after the other: mapped all at once; and, mapped, changed.
pub(super) fn touched() -> Result<()> {
    let rounds = Rounds::PAGES;
    let figure = |name| Figure::new(name, rounds).per(PAGES);
    let (mut map_range, mut protect) = (figure("map_range_touched"), figure("protect_pages"));
    let (mut unmap, mut decommit) = (figure("unmap_pages"), figure("decommit_pages"));
    for _ in 0..rounds.all() {
        let (region, object) = (Region::new()?, object(PAGES)?);
        let mapped = region.map_first(&object)?;
        mapped.write_all();
        protect.time(|| mapped.protect(VmOptions::PERM_READ))?;
        mapped.protect(RW)?;
        mapped.write_all();
        unmap.time(|| mapped.unmap())?;
        let mapped = region.map_first(&object)?;
        map_range.time(|| mapped.operate(VmarOp::MapRange))?;
        mapped.write_all();
        decommit.time(|| object.operate(VmoOp::Decommit, 0, mapped.len))?;
    }
    [map_range, protect, unmap, decommit].into_iter().for_each(Figure::report);
    Ok(())
}
