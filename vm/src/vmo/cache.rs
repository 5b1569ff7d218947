//! How the processor caches an object's pages.

use super::Vmo;
use crate::{CachePolicy, Result, Status};

impl Vmo {
    /// Sets how pages are cached, for mappings made from now on.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: it is mapped, pinned, a child or has children; it has frames and is not
    /// cached, as what is in memory need not be what caches have; or it is discardable, or somebody else
    /// provides its content, and the policy is another than [`CachePolicy::Cached`]. A physical object may
    /// always be given the policy it has, and another while it is not mapped.
    ///
    /// # Source
    /// `vmo.md` §6; Zircon `vmo_set_cache_policy`, for what is not cached.
    pub fn set_cache_policy(&self, policy: CachePolicy) -> Result<()> {
        let mut state = self.lock();
        if self.is_physical() && state.cache == policy {
            return Ok(());
        }
        let is_cached = policy == CachePolicy::Cached;
        let is_filled = || state.pages.find(self.pages(&state), |_| true).is_some();
        if !state.mappings.is_empty()
            || self.is_slice()
            || self.has_views()
            || self.is_snapshot()
            || self.has_relatives()
            || state.has_viewers()
            || state.has_pins()
            || (self.is_discardable() || self.source().is_some()) && !is_cached
            || state.cache != CachePolicy::Cached && is_filled()
        {
            return Err(Status::BAD_STATE);
        }
        if !is_cached {
            let memory = self.store.memory;
            state.pages.each(self.pages(&state), |_, held| memory.flush_frame(held.frame));
        }
        state.cache = policy;
        Ok(())
    }
}
