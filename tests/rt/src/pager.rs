//! Pagers: programs that provide the pages of VMOs.

use crate::handle::{new_handle, object};
use crate::{Port, Vmo, zx};
use abi::pager::PagerOp;
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
        // SAFETY: the call takes no address.
        unsafe {
            zx::pager_op_range(self.raw(), PagerOp::Fail as u32, vmo.raw(), offset, len, data)
        }
        .check()
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
