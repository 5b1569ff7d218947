//! Objects that cases work on.

use crate::zx;
use abi::layout::{KERNEL_VMAR_BASE, PAGE_SIZE, USER_END};
use alloc::vec::Vec;
use core::ops::Deref;
use rt::{Handle, Rights, Signals, Status, VmOptions, Vmar, Vmo, VmoOptions, start};

/// Bytes of a page.
pub(crate) const PAGE: u64 = PAGE_SIZE;
/// The same, as the length of an array.
pub(crate) const PAGE_BYTES: usize = 4096;
const _: () = assert!(PAGE_BYTES as u64 == PAGE);

/// No permission.
pub(crate) const NONE: VmOptions = VmOptions::empty();
/// Readable.
pub(crate) const R: VmOptions = VmOptions::PERM_READ;
/// Writable.
pub(crate) const W: VmOptions = VmOptions::PERM_WRITE;
/// Executable.
pub(crate) const X: VmOptions = VmOptions::PERM_EXECUTE;
/// Readable and writable.
pub(crate) const RW: VmOptions = R.union(W);
/// Readable and executable.
pub(crate) const RX: VmOptions = R.union(X);
/// Everything.
pub(crate) const RWX: VmOptions = RW.union(X);
/// At the offset.
pub(crate) const SPECIFIC: VmOptions = VmOptions::SPECIFIC;
/// At the offset, over what is there.
pub(crate) const OVERWRITE: VmOptions = VmOptions::SPECIFIC_OVERWRITE;
/// Below the offset.
pub(crate) const LIMIT: VmOptions = VmOptions::OFFSET_IS_UPPER_LIMIT;
/// What a region needs to be used in every way.
pub(crate) const CAN_ALL: VmOptions = VmOptions::CAN_MAP_PERMS.union(VmOptions::CAN_MAP_SPECIFIC);

/// A handle value that names nothing: its lowest bits are not 11.
pub(crate) const UNKNOWN: u32 = 0x1234_5674;

/// Returns the root VMAR of this process.
pub(crate) fn root() -> &'static Vmar {
    start().root_vmar()
}

/// Makes a VMO of `pages` pages.
#[track_caller]
pub(crate) fn vmo(pages: u64) -> Vmo {
    Vmo::create(pages * PAGE, VmoOptions::empty()).unwrap()
}

/// Makes a resizable VMO of `pages` pages.
#[track_caller]
pub(crate) fn resizable(pages: u64) -> Vmo {
    Vmo::create(pages * PAGE, VmoOptions::RESIZABLE).unwrap()
}

/// Makes a VMO of which page N begins with the byte `first + N`, modulo 256.
#[track_caller]
pub(crate) fn numbered(pages: u64, first: u8) -> Vmo {
    let vmo = vmo(pages);
    for page in 0..pages {
        let byte = u8::try_from((u64::from(first) + page) % 256).unwrap();
        vmo.write(page * PAGE, &[byte]).unwrap();
    }
    vmo
}

/// A VMAR and where it lies.
pub(crate) struct Region {
    /// The VMAR.
    pub(crate) vmar: Vmar,
    /// Its first address.
    pub(crate) base: u64,
}

impl Deref for Region {
    type Target = Vmar;

    fn deref(&self) -> &Vmar {
        &self.vmar
    }
}

impl Region {
    /// Returns the address of page `page`.
    pub(crate) fn page(&self, page: u64) -> u64 {
        self.base + page * PAGE
    }

    /// Maps `pages` pages of `vmo` from its beginning at page `page` and returns their address.
    #[track_caller]
    pub(crate) fn place(&self, page: u64, vmo: &Vmo, pages: u64, options: VmOptions) -> u64 {
        let options = options | SPECIFIC;
        self.map(options, page * PAGE, vmo, 0, pages * PAGE).unwrap()
    }

    /// Makes a region of `pages` pages at page `page`.
    #[track_caller]
    pub(crate) fn child(&self, page: u64, pages: u64, options: VmOptions) -> Region {
        region_in(self, options | SPECIFIC, page * PAGE, pages)
    }

    /// Duplicates the handle without `rights`.
    #[track_caller]
    pub(crate) fn without(&self, rights: Rights) -> Vmar {
        without(self, rights).into()
    }
}

/// Makes a region of `pages` pages that allows everything.
#[track_caller]
pub(crate) fn region(pages: u64) -> Region {
    region_in(root(), CAN_ALL, 0, pages)
}

/// Makes a region of `pages` pages in `parent`.
#[track_caller]
pub(crate) fn region_in(parent: &Vmar, options: VmOptions, offset: u64, pages: u64) -> Region {
    let (vmar, base) = parent.allocate(options, offset, pages * PAGE).unwrap();
    Region { vmar, base }
}

/// Makes a region of `pages` pages and destroys it.
#[track_caller]
pub(crate) fn dead_region(pages: u64) -> Region {
    let region = region(pages);
    region.destroy().unwrap();
    region
}

/// Maps a VMO anywhere.
#[track_caller]
pub(crate) fn map(vmo: &Vmo, pages: u64, options: VmOptions) -> u64 {
    root().map(options, 0, vmo, 0, pages * PAGE).unwrap()
}

/// Maps a VMO where all of its entries, if it has at most 512 pages, are in one page table.
#[track_caller]
pub(crate) fn map_in_one_table(vmo: &Vmo, pages: u64, options: VmOptions) -> u64 {
    map(vmo, pages, options | VmOptions::align(21))
}

/// Duplicates a handle without some of its rights.
#[track_caller]
pub(crate) fn without(handle: &Handle, rights: Rights) -> Handle {
    let has = Rights::from_bits_retain(handle.basic_info().unwrap().rights);
    handle.duplicate(has - rights).unwrap()
}

/// Addresses that no value of 2 to 8 bytes can be written to, with the mappings that make them so.
pub(crate) struct Hostile {
    _region: Region,
    addresses: Vec<u64>,
}

impl Hostile {
    /// Makes the mappings.
    #[track_caller]
    pub(crate) fn new() -> Self {
        let region = region(4);
        region.place(0, &vmo(1), 1, RW);
        let read_only = region.place(2, &vmo(1), 1, R);
        let gap = region.page(1);
        let addresses = Vec::from([
            0,
            1,
            PAGE,
            gap,
            gap - 1,
            read_only,
            USER_END,
            (1 << 47) - 1,
            1 << 47,
            1 << 48,
            1 << 63,
            0xFFFF_8000_0000_0000 - 1,
            0xFFFF_8000_0000_0000,
            KERNEL_VMAR_BASE,
            0xFFFF_FFFF_8000_0000,
            u64::MAX - 7,
            u64::MAX,
        ]);
        Self { _region: region, addresses }
    }

    /// Returns the addresses.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = u64> + Clone + '_ {
        self.addresses.iter().copied()
    }
}

/// Returns the signals that are raised now.
#[track_caller]
pub(crate) fn raised(handle: &Handle) -> Signals {
    let mut observed = 0_u32;
    assert_eq!(zx::object_wait_one(handle, 0, 0, &mut observed), Status::TIMED_OUT);
    Signals::from_bits_retain(observed)
}
