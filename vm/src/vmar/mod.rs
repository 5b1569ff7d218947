//! Regions by name, and the operations on them: one file for each.
//!
//! Every operation locks the address space, checks everything, promises itself the room it may
//! need, and only then changes anything, through a [`change::Change`].

mod allocate;
mod change;
mod clear;
mod destroy;
mod map;
mod merge;
mod op_range;
mod overwrite;
mod protect;
mod unmap;
mod wired;

use abi::VmOptions;

use crate::region::RegionId;
use crate::units::{PageRange, is_page_aligned, page_of, round_up_to_page};
use crate::{Aspace, Ref, Result, Status};
pub use map::{MapRequest, Mapped};
pub use op_range::RangeOperation;
pub use wired::Wired;

/// The name of a region that can hold others. It stays valid, as a name, when the region is gone.
#[derive(Clone, Debug)]
pub struct Vmar {
    aspace: Ref<Aspace>,
    id: RegionId,
    pages: PageRange,
    flags: VmOptions,
}

impl Vmar {
    pub(crate) fn new(
        aspace: Ref<Aspace>,
        id: RegionId,
        pages: PageRange,
        flags: VmOptions,
    ) -> Vmar {
        Vmar { aspace, id, pages, flags }
    }

    /// Returns the address of the first byte.
    pub fn base(&self) -> u64 {
        self.pages.base()
    }

    /// Returns the size in bytes.
    #[expect(clippy::len_without_is_empty, reason = "a VMAR is never empty")]
    pub fn len(&self) -> u64 {
        self.pages.bytes()
    }

    /// Returns the address space it is, or was, in.
    pub fn aspace(&self) -> &Ref<Aspace> {
        &self.aspace
    }

    /// Returns what it allows: `CAN_MAP_*` and `COMPACT`.
    pub fn flags(&self) -> VmOptions {
        self.flags
    }

    pub(crate) fn id(&self) -> RegionId {
        self.id
    }

    /// Says whether it was not destroyed yet; others may do that at any time.
    pub fn is_alive(&self) -> bool {
        self.aspace.regions().find(self.id).is_ok()
    }

    /// Checks a range given by address and length, as `unmap` and `protect` take it.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: `address` is not page-aligned, or `len` rounds to 0 or overflows.
    fn check_aligned(address: u64, len: u64) -> Result<(u64, u64)> {
        if !is_page_aligned(address) {
            return Err(Status::INVALID_ARGS);
        }
        match round_up_to_page(len) {
            None | Some(0) => Err(Status::INVALID_ARGS),
            Some(len) => Ok((address, len)),
        }
    }

    /// Checks that a range lies in this VMAR.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: it does not.
    fn check_inside(&self, (address, len): (u64, u64)) -> Result<PageRange> {
        // Page numbers are below 2^52 each, so the sum cannot overflow.
        let range = PageRange::new(page_of(address), page_of(len));
        if self.pages.covers(range) { Ok(range) } else { Err(Status::INVALID_ARGS) }
    }
}
