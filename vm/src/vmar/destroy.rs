//! `vmar_destroy`: a region and everything in it.

use super::Vmar;
use crate::Result;

impl Vmar {
    /// Destroys this VMAR and all regions in it. Its range becomes a gap of its parent. The root VMAR
    /// can be destroyed like any other.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`](crate::Status::BAD_STATE): it is destroyed already.
    ///
    /// # Source
    /// `vmar.md` §11; the right OP_CHILDREN is the caller's to check.
    #[inline]
    pub fn destroy(&self) -> Result<()> {
        let mut change = self.aspace.change();
        let slot = change.regions.find(self.id)?;
        change.destroy(slot);
        Ok(())
    }
}
