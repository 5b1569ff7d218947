//! 64 MiB.

use crate::meter::Figure;
use crate::place::{RW, Region, object};
use crate::plan::Rounds;
use rt::abi::VmarOp;
use rt::{Result, VmOptions};

/// Pages of the object.
const PAGES: u64 = 16 << 10;

/// Touched memory given back: the mapping, then the object.
pub(super) fn unmap_and_free() -> Result<()> {
    let rounds = Rounds::PAGES;
    let figure = |name| Figure::new(name, rounds).per(PAGES);
    let (mut unmap, mut free) = (figure("unmap_64m"), figure("free_64m"));
    for _ in 0..rounds.all() {
        let (region, object) = (Region::new()?, object(PAGES)?);
        let mapped = region.map_first(&object)?;
        mapped.write_all();
        unmap.time(|| mapped.unmap())?;
        free.time(|| object.into_handle().close())?;
    }
    unmap.report();
    free.report();
    Ok(())
}

/// A fresh object mapped and filled at once, at an address where large pages begin.
pub(super) fn populate() -> Result<()> {
    let rounds = Rounds::PAGES;
    let mut populate = Figure::new("populate_large", rounds).per(PAGES);
    for _ in 0..rounds.all() {
        let (region, object) = (Region::new()?, object(PAGES)?);
        let len = object.size()?;
        populate.time(|| {
            let base = region.vmar.map(RW | VmOptions::SPECIFIC, 0, &object, 0, len)?;
            region.vmar.op_range(VmarOp::Commit, base, len)
        })?;
    }
    populate.report();
    Ok(())
}
