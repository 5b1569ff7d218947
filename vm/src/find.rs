//! Finding what is shown at an address.

use crate::units::{page_base, page_of};
use crate::{Aspace, Leaf, Ref, Result, Status, Vmo};

/// What lies at an address: part of a memory object.
pub struct Shown {
    /// The object.
    pub vmo: Ref<Vmo>,
    /// The byte of it that the address shows.
    pub offset: u64,
    /// How many bytes there are from the address to the end of the mapping; the object may end before that.
    pub len: u64,
}

impl Aspace {
    /// Returns what is shown at `address`, whatever the mapping permits. The object outlives the mapping.
    ///
    /// # Errors
    /// 1. [`Status::BAD_STATE`]: the root VMAR is destroyed.
    /// 2. [`Status::NOT_FOUND`]: no mapping is there.
    ///
    /// # Source
    /// `handles-rights-errors.md` §9.
    pub fn shown_at(&self, address: u64) -> Result<Shown> {
        let regions = self.regions();
        let root = regions.root().ok_or(Status::BAD_STATE)?;
        let slot = regions.mapping_below(root, page_of(address)).ok_or(Status::NOT_FOUND)?;
        let region = regions.get(slot);
        let mapping = region.as_mapping().ok_or(Status::NOT_FOUND)?;
        let within = address.saturating_sub(page_base(region.pages.start));
        Ok(Shown {
            vmo: mapping.vmo.clone(),
            offset: mapping.vmo_offset().saturating_add(within),
            len: region.pages.bytes().saturating_sub(within),
        })
    }

    /// Returns how the processor translates `address`, if it does so without a fault.
    pub fn leaf_at(&self, address: u64) -> Option<Leaf> {
        self.translation.lookup(page_of(address))
    }
}
