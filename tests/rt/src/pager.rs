//! Pagers: programs that provide the pages of VMOs.

use crate::handle::{new_handle, object};
use crate::{Port, Vmo, zx};
use abi::pager::{PAGER_VMO_STATS_MODIFIED, PagerOp, PagerVmoStats, VmoDirtyRange};
use abi::{Result, Status, VmoOptions};

object! {
    /// A pager.
    Pager
}

impl Pager {
    /// Makes a pager.
    ///
    /// # Errors
    /// Those of `pager_create`.
    pub fn create() -> Result<Self> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe { zx::pager_create(0, out) }).map(Self::from)
    }

    /// Makes a VMO of `size` bytes whose pages are asked for in `port` under `key`.
    ///
    /// # Errors
    /// Those of `pager_create_vmo`.
    pub fn create_vmo(&self, options: VmoOptions, port: &Port, key: u64, size: u64) -> Result<Vmo> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe {
            zx::pager_create_vmo(self.raw(), options.bits(), port.raw(), key, size, out)
        })
        .map(Vmo::from)
    }

    /// Moves pages from `aux` to where they are missing in `vmo`.
    ///
    /// # Errors
    /// Those of `pager_supply_pages`.
    pub fn supply(
        &self,
        vmo: &Vmo,
        offset: u64,
        len: u64,
        aux: &Vmo,
        aux_offset: u64,
    ) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::pager_supply_pages(self.raw(), vmo.raw(), offset, len, aux.raw(), aux_offset) }
            .check()
    }

    /// Says why pages of `vmo` will not be supplied.
    ///
    /// # Errors
    /// Those of `pager_op_range`.
    pub fn fail(&self, vmo: &Vmo, offset: u64, len: u64, why: Status) -> Result<()> {
        let data = i64::from(why.into_raw()).cast_unsigned();
        self.operate(PagerOp::Fail, vmo, offset, len, data)
    }

    /// Agrees to pages of `vmo` being written.
    ///
    /// # Errors
    /// Those of `pager_op_range`.
    pub fn agree(&self, vmo: &Vmo, offset: u64, len: u64) -> Result<()> {
        self.operate(PagerOp::Dirty, vmo, offset, len, 0)
    }

    /// Says that pages of `vmo` are being written back; `options` are 0 or `VMO_DIRTY_RANGE_IS_ZERO`.
    ///
    /// # Errors
    /// Those of `pager_op_range`.
    pub fn begin_writeback(&self, vmo: &Vmo, offset: u64, len: u64, options: u64) -> Result<()> {
        self.operate(PagerOp::WritebackBegin, vmo, offset, len, options)
    }

    /// Says that pages of `vmo` were written back.
    ///
    /// # Errors
    /// Those of `pager_op_range`.
    pub fn end_writeback(&self, vmo: &Vmo, offset: u64, len: u64) -> Result<()> {
        self.operate(PagerOp::WritebackEnd, vmo, offset, len, 0)
    }

    fn operate(&self, op: PagerOp, vmo: &Vmo, offset: u64, len: u64, data: u64) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::pager_op_range(self.raw(), op as u32, vmo.raw(), offset, len, data) }.check()
    }

    /// Lists what was written in a range of `vmo`. Returns how many ranges were found, and how many there are.
    ///
    /// # Errors
    /// Those of `pager_query_dirty_ranges`.
    pub fn dirty_ranges(
        &self,
        vmo: &Vmo,
        offset: u64,
        len: u64,
        ranges: &mut [VmoDirtyRange],
    ) -> Result<(u64, u64)> {
        let (mut actual, mut avail) = (0, 0);
        let (pager, vmo, size) = (self.raw(), vmo.raw(), size_of_val(ranges) as u64);
        let buffer = ranges.as_mut_ptr().cast();
        // SAFETY: the buffer is valid for writes of its size, and the others are local variables.
        unsafe {
            zx::pager_query_dirty_ranges(
                pager,
                vmo,
                offset,
                len,
                buffer,
                size,
                &raw mut actual,
                &raw mut avail,
            )
        }
        .check()?;
        Ok((actual, avail))
    }

    /// Says whether `vmo` was changed; `options` are 0 or `PAGER_RESET_VMO_STATS`.
    ///
    /// # Errors
    /// Those of `pager_query_vmo_stats`.
    pub fn is_modified(&self, vmo: &Vmo, options: u32) -> Result<bool> {
        let mut stats = PagerVmoStats::default();
        let (buffer, size) = ((&raw mut stats).cast(), size_of_val(&stats) as u64);
        // SAFETY: the buffer is a local variable.
        unsafe { zx::pager_query_vmo_stats(self.raw(), vmo.raw(), options, buffer, size) }
            .check()?;
        Ok(stats.modified == PAGER_VMO_STATS_MODIFIED)
    }

    /// Separates `vmo` from the pager.
    ///
    /// # Errors
    /// Those of `pager_detach_vmo`.
    pub fn detach(&self, vmo: &Vmo) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::pager_detach_vmo(self.raw(), vmo.raw()) }.check()
    }
}
