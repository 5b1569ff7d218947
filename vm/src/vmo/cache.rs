//! How the processor caches an object's pages.

use super::Vmo;
use super::store::StoreKind;
use crate::{CachePolicy, Ref, Result, Status};

impl Vmo {
    /// Sets how pages are cached, for mappings made from now on.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: it is mapped; or it is paged and a clone or a slice, or discardable. A
    /// physical object may always be given the policy it has.
    ///
    /// # Source
    /// `vmo.md` §6. That an object with children refuses is its owner's to check, who counts them.
    pub fn set_cache_policy(&self, policy: CachePolicy) -> Result<()> {
        let mut state = self.lock();
        if self.is_physical() && state.cache == policy {
            return Ok(());
        }
        let is_child = self.is_clone || self.is_slice() || Ref::count(&self.store) > 1;
        let refuses = self.store.kind == StoreKind::Paged
            && (is_child || self.is_discardable() && policy != CachePolicy::Cached);
        if refuses || state.mappings().next().is_some() {
            return Err(Status::BAD_STATE);
        }
        state.cache = policy;
        Ok(())
    }
}
