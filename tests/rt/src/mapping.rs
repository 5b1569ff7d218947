//! A VMO mapped into this process for as long as a value lives.

use crate::memory::pointer;
use crate::{Vmo, start};
use abi::layout::PAGE_SIZE;
use abi::{Result, Status, VmOptions};

/// A mapping in the root VMAR; unmapped when dropped.
#[derive(Debug)]
pub struct Mapping {
    address: u64,
    len: usize,
}

impl Mapping {
    /// Maps `len` bytes of `vmo` from its start, with `options` beside READ.
    ///
    /// # Errors
    /// [`Status::OUT_OF_RANGE`]: `len` does not fit a `usize`. Then those of `vmar_map`.
    pub fn new(vmo: &Vmo, len: u64, options: VmOptions) -> Result<Self> {
        let bytes = usize::try_from(len).map_err(|_| Status::OUT_OF_RANGE)?;
        let address = start().root_vmar().map(options | VmOptions::PERM_READ, 0, vmo, 0, len)?;
        Ok(Self { address, len: bytes })
    }

    /// Returns the base address.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Returns the first byte.
    pub fn as_ptr(&self) -> *mut u8 {
        pointer(self.address)
    }

    /// Returns the mapped bytes.
    ///
    /// # Safety
    /// Nobody writes them, through any mapping or call, and the VMO is not shrunk below them, while the slice lives.
    pub unsafe fn as_slice(&self) -> &[u8] {
        // SAFETY: mapped readable until `self` is dropped; nobody writes meanwhile, by the caller's promise.
        unsafe { core::slice::from_raw_parts(self.as_ptr(), self.len) }
    }

    /// Returns the mapped bytes for writing.
    ///
    /// # Safety
    /// The mapping was made with WRITE; nobody else reads or writes the bytes, and the VMO is not shrunk below them, while the
    /// slice lives.
    pub unsafe fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: mapped writable until `self` is dropped, by the caller's promise for nobody else.
        unsafe { core::slice::from_raw_parts_mut(self.as_ptr(), self.len) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        let len = (self.len as u64).next_multiple_of(PAGE_SIZE);
        // A failure would mean that the range is gone already; nothing is left to do.
        let _ = start().root_vmar().unmap(self.address, len);
    }
}
