//! Memory objects.

use crate::handle::{new_handle, object};
use crate::{Bti, Resource, zx};
use abi::info::{Record, VmoLockState};
use abi::{CachePolicy, Result, VmoChildOptions, VmoOp, VmoOptions};

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

    /// Returns how many bytes count as content.
    ///
    /// # Errors
    /// Those of `vmo_get_stream_size`.
    pub fn stream_size(&self) -> Result<u64> {
        let mut size = 0;
        // SAFETY: `size` is a local variable.
        unsafe { zx::vmo_get_stream_size(self.raw(), &raw mut size) }.check()?;
        Ok(size)
    }

    /// Changes how many bytes count as content.
    ///
    /// # Errors
    /// Those of `vmo_set_stream_size`.
    pub fn set_stream_size(&self, size: u64) -> Result<()> {
        // SAFETY: as for `set_size`.
        unsafe { zx::vmo_set_stream_size(self.raw(), size) }.check()
    }

    /// Does an operation on `len` bytes from `offset` that needs no buffer.
    ///
    /// # Errors
    /// Those of `vmo_op_range`.
    pub fn operate(&self, op: VmoOp, offset: u64, len: u64) -> Result<()> {
        let none = core::ptr::null_mut();
        // SAFETY: there is no buffer; for mappings of what changes, see the crate's notes on soundness.
        unsafe { zx::vmo_op_range(self.raw(), op as u32, offset, len, none, 0) }.check()
    }

    /// Locks `len` bytes from `offset` of a discardable object and says what was discarded.
    ///
    /// # Errors
    /// Those of `vmo_op_range`.
    pub fn lock(&self, offset: u64, len: u64) -> Result<VmoLockState> {
        let mut state = VmoLockState::default();
        let bytes = state.as_bytes_mut();
        let (buffer, size) = (bytes.as_mut_ptr(), bytes.len() as u64);
        let op = VmoOp::Lock as u32;
        // SAFETY: `bytes` is valid for writes of its length.
        unsafe { zx::vmo_op_range(self.raw(), op, offset, len, buffer, size) }.check()?;
        Ok(state)
    }

    /// Changes how pages are cached, for mappings made from now on.
    ///
    /// # Errors
    /// Those of `vmo_set_cache_policy`.
    pub fn set_cache_policy(&self, policy: CachePolicy) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::vmo_set_cache_policy(self.raw(), policy as u32) }.check()
    }

    /// Makes a snapshot, slice or reference of `size` bytes from `offset`.
    ///
    /// # Errors
    /// Those of `vmo_create_child`.
    pub fn create_child(&self, options: VmoChildOptions, offset: u64, size: u64) -> Result<Self> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe {
            zx::vmo_create_child(self.raw(), options.bits(), offset, size, out)
        })
        .map(Self::from)
    }

    /// Moves `len` bytes from `source_offset` of `source` to `offset`.
    ///
    /// # Errors
    /// Those of `vmo_transfer_data`.
    pub fn transfer_data(
        &self,
        offset: u64,
        len: u64,
        source: &Self,
        source_offset: u64,
    ) -> Result<()> {
        // SAFETY: as for `set_size`.
        unsafe { zx::vmo_transfer_data(self.raw(), 0, offset, len, source.raw(), source_offset) }
            .check()
    }

    /// Makes an object of `size` bytes of physical memory from `address`.
    ///
    /// # Errors
    /// Those of `vmo_create_physical`.
    pub fn create_physical(resource: &Resource, address: u64, size: u64) -> Result<Self> {
        // SAFETY: `out` is a local variable; who has the resource answers for what is there.
        new_handle(|out| unsafe { zx::vmo_create_physical(resource.raw(), address, size, out) })
            .map(Self::from)
    }

    /// Makes an object of `size` bytes whose frames are in a row, aligned to `2^align_log2`.
    ///
    /// # Errors
    /// Those of `vmo_create_contiguous`.
    pub fn create_contiguous(bti: &Bti, size: u64, align_log2: u32) -> Result<Self> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe { zx::vmo_create_contiguous(bti.raw(), size, align_log2, out) })
            .map(Self::from)
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
