//! Resources: the right to ask the kernel for what belongs to no process.

use super::new_koid;
use abi::{Koid, Result};
use vm::Ref;

/// The root resource. The first program gets a handle to it.
pub(crate) struct Resource {
    koid: Koid,
}

impl Resource {
    /// Makes a resource.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    pub(crate) fn create() -> Result<Ref<Self>> {
        Ref::try_new(Self { koid: new_koid() })
    }

    /// Returns the resource's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }
}
