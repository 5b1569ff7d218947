//! Regions of an address space.

use crate::handle::{new_handle, object};
use crate::{Vmo, zx};
use abi::info::InfoVmar;
use abi::{Result, Topic, VmOptions, VmarOp};

object! {
    /// A region of an address space. Closing the handle leaves the region where it is.
    Vmar
}

impl Vmar {
    /// Makes a region of `size` bytes inside this one and returns it with its base address.
    ///
    /// `offset` counts from this region's base and is 0 unless `options` say that it matters.
    ///
    /// # Errors
    /// Those of `vmar_allocate`.
    pub fn allocate(&self, options: VmOptions, offset: u64, size: u64) -> Result<(Self, u64)> {
        let mut address = 0;
        // SAFETY: both pointers are to local variables.
        let child = new_handle(|out| unsafe {
            zx::vmar_allocate(self.raw(), options.bits(), offset, size, out, &raw mut address)
        })?;
        Ok((Self::from(child), address))
    }

    /// Maps `len` bytes of `vmo`, from `vmo_offset`, and returns the base address.
    ///
    /// # Errors
    /// Those of `vmar_map`.
    pub fn map(
        &self,
        options: VmOptions,
        vmar_offset: u64,
        vmo: &Vmo,
        vmo_offset: u64,
        len: u64,
    ) -> Result<u64> {
        let mut address = 0;
        // SAFETY: `address` is a local variable; for what an overwriting map replaces, see the crate's notes on soundness.
        unsafe {
            zx::vmar_map(
                self.raw(),
                options.bits(),
                vmar_offset,
                vmo.raw(),
                vmo_offset,
                len,
                &raw mut address,
            )
        }
        .check()?;
        Ok(address)
    }

    /// Removes what lies in `[address, address + len)`.
    ///
    /// # Errors
    /// Those of `vmar_unmap`.
    pub fn unmap(&self, address: u64, len: u64) -> Result<()> {
        // SAFETY: see the crate's notes on soundness.
        unsafe { zx::vmar_unmap(self.raw(), address, len) }.check()
    }

    /// Gives the mappings in `[address, address + len)` the permissions in `options`.
    ///
    /// # Errors
    /// Those of `vmar_protect`.
    pub fn protect(&self, options: VmOptions, address: u64, len: u64) -> Result<()> {
        // SAFETY: see the crate's notes on soundness.
        unsafe { zx::vmar_protect(self.raw(), options.bits(), address, len) }.check()
    }

    /// Operates on what the `len` bytes from `address` show.
    ///
    /// # Errors
    /// Those of `vmar_op_range`.
    pub fn op_range(&self, op: VmarOp, address: u64, len: u64) -> Result<()> {
        let none = core::ptr::null_mut();
        // SAFETY: there is no buffer; for what zeroing changes, see the crate's notes on soundness.
        unsafe { zx::vmar_op_range(self.raw(), op as u32, address, len, none, 0) }.check()
    }

    /// Destroys the region and everything in it.
    ///
    /// # Errors
    /// Those of `vmar_destroy`.
    pub fn destroy(&self) -> Result<()> {
        // SAFETY: see the crate's notes on soundness.
        unsafe { zx::vmar_destroy(self.raw()) }.check()
    }

    /// Asks where the region lies, or lay.
    ///
    /// # Errors
    /// Those of `object_get_info`.
    pub fn region(&self) -> Result<InfoVmar> {
        self.info(Topic::VMAR)
    }
}
