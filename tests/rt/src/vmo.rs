//! Memory objects.

use crate::handle::{new_handle, object};
use crate::zx;
use abi::{Result, VmoOptions};

object! {
    /// A memory object: an array of pages, zero until written.
    Vmo
}

impl Vmo {
    /// Makes an object of `size` bytes, rounded up to pages.
    ///
    /// # Errors
    /// Those of `vmo_create`.
    pub fn create(size: u64, options: VmoOptions) -> Result<Self> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe { zx::vmo_create(size, options.bits(), out) }).map(Self::from)
    }

    /// Copies bytes from `offset` on into `buffer`.
    ///
    /// # Errors
    /// Those of `vmo_read`.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        // SAFETY: `buffer` is valid for writes of its length.
        unsafe { zx::vmo_read(self.raw(), buffer.as_mut_ptr(), offset, buffer.len() as u64) }
            .check()
    }

    /// Copies `data` into the object from `offset` on.
    ///
    /// # Errors
    /// Those of `vmo_write`.
    pub fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        // SAFETY: `data` is valid for reads of its length.
        unsafe { zx::vmo_write(self.raw(), data.as_ptr(), offset, data.len() as u64) }.check()
    }

    /// Returns the size in bytes.
    ///
    /// # Errors
    /// Those of `vmo_get_size`.
    pub fn size(&self) -> Result<u64> {
        let mut size = 0;
        // SAFETY: `size` is a local variable.
        unsafe { zx::vmo_get_size(self.raw(), &raw mut size) }.check()?;
        Ok(size)
    }

    /// Changes the size.
    ///
    /// # Errors
    /// Those of `vmo_set_size`.
    pub fn set_size(&self, size: u64) -> Result<()> {
        // SAFETY: the call takes no address; for mappings of what is cut off, see the crate's notes on soundness.
        unsafe { zx::vmo_set_size(self.raw(), size) }.check()
    }

    /// Exchanges the handle for one that allows executable mappings.
    ///
    /// # Errors
    /// Those of `vmo_replace_as_executable`; the handle is gone then too.
    pub fn into_executable(self) -> Result<Self> {
        let raw = self.into_handle().into_raw();
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe { zx::vmo_replace_as_executable(raw, 0, out) }).map(Self::from)
    }
}
