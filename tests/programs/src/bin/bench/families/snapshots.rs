//! Snapshots of an object whose pages are mapped.

use crate::meter::Figure;
use crate::place::{Region, committed, object};
use crate::plan::Rounds;
use rt::abi::VmoChildOptions;
use rt::{Result, Vmo};

/// Pages of the object.
const PAGES: u64 = 4096;

/// Makes a snapshot of all of `parent`.
#[inline]
fn snapshot(parent: &Vmo, len: u64) -> Result<Vmo> {
    parent.create_child(VmoChildOptions::SNAPSHOT, 0, len)
}

/// The snapshot itself, whose parent is mapped and written, and then the parent's writes: what a fork does.
pub(super) fn parent() -> Result<()> {
    let rounds = Rounds::PAGES;
    let mut make = Figure::new("snapshot_mapped", rounds).per(PAGES);
    let mut copy = Figure::new("write_snapshotted", rounds).per(PAGES);
    for _ in 0..rounds.all() {
        let (region, object) = (Region::new()?, object(PAGES)?);
        let mapped = region.map_first(&object)?;
        mapped.write_all();
        let _child = make.time(|| snapshot(&object, mapped.len))?;
        copy.time(|| mapped.write_all());
    }
    make.report();
    copy.report();
    Ok(())
}

/// Writes to a snapshot through a mapping of its own.
pub(super) fn child() -> Result<()> {
    let rounds = Rounds::PAGES;
    let mut copy = Figure::new("write_clone", rounds).per(PAGES);
    let parent = committed(PAGES)?;
    for _ in 0..rounds.all() {
        let region = Region::new()?;
        let child = snapshot(&parent, parent.size()?)?;
        let mapped = region.map_first(&child)?;
        copy.time(|| mapped.write_all());
    }
    copy.report();
    Ok(())
}
