//! One small mapping.

use crate::meter::Figure;
use crate::place::{RW, Region, object, write};
use crate::plan::Rounds;
use rt::abi::layout::PAGE_SIZE;
use rt::{Result, VmOptions};

/// Pages of a mapping whose middle is changed, and the page that is its middle.
const PAGES: u64 = 16;
const MIDDLE: u64 = PAGES / 2;

pub(super) fn specific() -> Result<()> {
    let rounds = Rounds::CALLS;
    let mut map = Figure::new("map_specific", rounds);
    let mut unmap = Figure::new("unmap_specific", rounds);
    let (region, object) = (Region::new()?, object(1)?);
    let options = RW | VmOptions::SPECIFIC;
    for _ in 0..rounds.all() {
        let base = map.time(|| region.vmar.map(options, 0, &object, 0, PAGE_SIZE))?;
        unmap.time(|| region.vmar.unmap(base, PAGE_SIZE))?;
    }
    map.report();
    unmap.report();
    Ok(())
}

pub(super) fn protect() -> Result<()> {
    let rounds = Rounds::CALLS;
    let mut untouched = Figure::new("protect_untouched", rounds);
    let mut touched = Figure::new("protect_touched", rounds);
    let (region, never_touched, always_touched) = (Region::new()?, object(1)?, object(1)?);
    let never_touched = region.map(0, &never_touched)?;
    let always_touched = region.map(PAGES * PAGE_SIZE, &always_touched)?;
    write(always_touched.base);
    for round in 0..rounds.all() {
        let perms = if round % 2 == 0 { VmOptions::PERM_READ } else { RW };
        untouched.time(|| never_touched.protect(perms))?;
        touched.time(|| always_touched.protect(perms))?;
    }
    untouched.report();
    touched.report();
    Ok(())
}

pub(super) fn split() -> Result<()> {
    let rounds = Rounds::CALLS;
    let mut split = Figure::new("protect_split", rounds);
    let mut merge = Figure::new("protect_merge", rounds);
    let (region, object) = (Region::new()?, object(PAGES)?);
    let mapped = region.map_first(&object)?;
    mapped.write_all();
    let middle = mapped.page(MIDDLE);
    for _ in 0..rounds.all() {
        split.time(|| region.vmar.protect(VmOptions::PERM_READ, middle, PAGE_SIZE))?;
        merge.time(|| region.vmar.protect(RW, middle, PAGE_SIZE))?;
    }
    split.report();
    merge.report();
    Ok(())
}

pub(super) fn overwrite() -> Result<()> {
    let rounds = Rounds::CALLS;
    let mut overwrite = Figure::new("overwrite_middle", rounds);
    let (region, below, above) = (Region::new()?, object(PAGES)?, object(1)?);
    let options = RW | VmOptions::SPECIFIC_OVERWRITE;
    for _ in 0..rounds.all() {
        let mapped = region.map_first(&below)?;
        mapped.write_all();
        let offset = MIDDLE * PAGE_SIZE;
        overwrite.time(|| region.vmar.map(options, offset, &above, 0, PAGE_SIZE))?;
        mapped.unmap()?;
    }
    overwrite.report();
    Ok(())
}
