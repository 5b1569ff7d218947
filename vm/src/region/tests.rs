//! What the tests of regions share.

use abi::VmOptions;

use super::*;

/// Adds a VMAR without children at `pages` of `parent`.
pub(super) fn add(regions: &mut Regions, parent: Slot, pages: PageRange) -> Slot {
    let mut position = Position::new();
    regions.seek(parent, pages.start, &mut position);
    regions.promise(&position, 1).expect("memory");
    let node = VmarNode { children: None, flags: VmOptions::empty() };
    regions.add(parent, &position, pages, Kind::Vmar(node)).slot
}
