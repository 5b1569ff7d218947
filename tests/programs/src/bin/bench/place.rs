//! Regions and objects that operations work on.

use rt::abi::layout::PAGE_SIZE;
use rt::abi::{VmarOp, VmoOp};
use rt::{Result, VmOptions, Vmar, Vmo, VmoOptions, memory, start};

/// Read and write.
pub(crate) const RW: VmOptions = VmOptions::PERM_READ.union(VmOptions::PERM_WRITE);

/// Pages whose entries are in one table.
pub(crate) const TABLE_PAGES: usize = 512;

/// Bytes of a region: so many that almost every place drawn in it is free, and far fewer than the root has.
const REGION_LEN: u64 = 1 << 42;

/// Regions begin at a multiple of 2^30, where tables of all levels but the upper two begin.
const REGION_ALIGN: u8 = 30;

/// A region of its own in the root; destroyed when dropped.
pub(crate) struct Region {
    pub(crate) vmar: Vmar,
    pub(crate) base: u64,
}

impl Region {
    /// Makes one.
    pub(crate) fn new() -> Result<Self> {
        let options = VmOptions::CAN_MAP_READ
            | VmOptions::CAN_MAP_WRITE
            | VmOptions::CAN_MAP_SPECIFIC
            | VmOptions::align(REGION_ALIGN);
        let (vmar, base) = start().root_vmar().allocate(options, 0, REGION_LEN)?;
        Ok(Self { vmar, base })
    }

    /// Maps all of `object` for reading and writing, `offset` bytes into the region.
    pub(crate) fn map(&self, offset: u64, object: &Vmo) -> Result<Mapped<'_>> {
        let len = object.size()?;
        let base = self.vmar.map(RW | VmOptions::SPECIFIC, offset, object, 0, len)?;
        Ok(Mapped { vmar: &self.vmar, base, len })
    }

    /// Maps all of `object` where the region begins.
    pub(crate) fn map_first(&self, object: &Vmo) -> Result<Mapped<'_>> {
        self.map(0, object)
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // A region that cannot be destroyed ends with the process.
        let _ = self.vmar.destroy();
    }
}

/// A mapping in a region.
pub(crate) struct Mapped<'a> {
    vmar: &'a Vmar,
    pub(crate) base: u64,
    pub(crate) len: u64,
}

impl Mapped<'_> {
    /// Returns the address of page `index`.
    pub(crate) fn page(&self, index: u64) -> u64 {
        self.base + index * PAGE_SIZE
    }

    /// Returns the number of pages.
    pub(crate) fn pages(&self) -> u64 {
        self.len / PAGE_SIZE
    }

    /// Changes what all of it allows.
    #[inline]
    pub(crate) fn protect(&self, options: VmOptions) -> Result<()> {
        self.vmar.protect(options, self.base, self.len)
    }

    /// Operates on all of it.
    #[inline]
    pub(crate) fn operate(&self, op: VmarOp) -> Result<()> {
        self.vmar.op_range(op, self.base, self.len)
    }

    /// Removes it.
    #[inline]
    pub(crate) fn unmap(&self) -> Result<()> {
        self.vmar.unmap(self.base, self.len)
    }

    /// Writes to each page.
    #[inline]
    pub(crate) fn write_all(&self) {
        let mut address = self.base;
        while address < self.base + self.len {
            write(address);
            address += PAGE_SIZE;
        }
    }

    /// Reads from each page.
    #[inline]
    pub(crate) fn read_all(&self) {
        let mut address = self.base;
        while address < self.base + self.len {
            read(address);
            address += PAGE_SIZE;
        }
    }

    /// Returns the first of the pages whose entries are in one table, for each table.
    pub(crate) fn first_pages(&self) -> impl Iterator<Item = u64> {
        (0..self.pages()).step_by(TABLE_PAGES).map(|index| self.page(index))
    }
}

/// Makes an object of `pages` pages.
pub(crate) fn object(pages: u64) -> Result<Vmo> {
    Vmo::create(pages * PAGE_SIZE, VmoOptions::empty())
}

/// Makes an object of `pages` pages that all have frames.
pub(crate) fn committed(pages: u64) -> Result<Vmo> {
    let object = object(pages)?;
    object.operate(VmoOp::Commit, 0, pages * PAGE_SIZE)?;
    Ok(object)
}

/// Writes a word.
#[inline]
pub(crate) fn write(address: u64) {
    // SAFETY: callers pass addresses in mappings of theirs, at the beginning of a page, and hold no references into them.
    unsafe { memory::store(address, 1_u64) };
}

/// Reads a word.
#[inline]
pub(crate) fn read(address: u64) {
    // SAFETY: callers pass addresses in mappings of theirs, at the beginning of a page.
    unsafe { memory::load::<u64>(address) };
}
