//! Physical memory and devices, for cases that have the root resource.

use crate::fixture::PAGE;
use abi::BtiOptions;
use rt::{Bti, Iommu, Resource, Vmo, start};

/// What a device does that only reads.
pub(crate) const READS: BtiOptions = BtiOptions::PERM_READ;
/// What a device does that reads and writes.
pub(crate) const READS_AND_WRITES: BtiOptions = READS.union(BtiOptions::PERM_WRITE);

/// Returns the root resource.
#[track_caller]
pub(crate) fn resource() -> &'static Resource {
    start().resource().expect("the suite was given the resource")
}

/// Makes a device.
#[track_caller]
pub(crate) fn bti() -> Bti {
    Bti::create(&Iommu::create(resource()).unwrap(), 0).unwrap()
}

/// Makes a VMO of `pages` pages in a row.
#[track_caller]
pub(crate) fn contiguous(pages: u64) -> Vmo {
    Vmo::create_contiguous(&bti(), pages * PAGE, 0).unwrap()
}

/// Returns the physical address of the page at `offset` of `vmo`.
#[track_caller]
pub(crate) fn address_of(vmo: &Vmo, offset: u64) -> u64 {
    let mut address = [0];
    let pmt = bti().pin(READS, vmo, offset, PAGE, &mut address).unwrap();
    pmt.unpin().unwrap();
    address[0]
}

/// A window to physical memory that nobody else uses.
pub(crate) struct Window {
    /// Whose memory it is.
    pub(crate) memory: Vmo,
    /// Where that is.
    pub(crate) address: u64,
    /// A physical VMO of all of it.
    pub(crate) window: Vmo,
}

/// Makes a physical VMO of `pages` pages of memory that belong to a contiguous one.
#[track_caller]
pub(crate) fn physical(pages: u64) -> Window {
    let memory = contiguous(pages);
    let address = address_of(&memory, 0);
    let window = Vmo::create_physical(resource(), address, pages * PAGE).unwrap();
    Window { memory, address, window }
}
