//! VMARs as objects: a region of an address space under a koid.

use super::{HandleCount, new_koid};
use abi::{Koid, Result};
use vm::{Ref, Vmar};

/// A region that handles can name.
///
/// Holds the region's name only: a handle may outlive the region, and closing the last handle leaves the region in place.
pub(crate) struct VmarObject {
    koid: Koid,
    vmar: Vmar,
    handle_count: HandleCount,
}

impl VmarObject {
    /// Makes an object of a region.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    pub(crate) fn create(vmar: Vmar) -> Result<Ref<Self>> {
        Ref::try_new(Self { koid: new_koid(), vmar, handle_count: HandleCount::default() })
    }

    /// Returns the object's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Returns the region, which may be destroyed.
    pub(crate) fn vmar(&self) -> &Vmar {
        &self.vmar
    }
}
