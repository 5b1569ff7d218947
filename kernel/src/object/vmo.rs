//! VMOs as objects: memory under a koid, with signals.

use super::kinship::Kin;
use super::{HandleCount, SignalState};
use abi::{Koid, Result, VmoChildOptions};
use vm::{ChildRequest, Ref, Vmo};

/// A memory object that handles can name.
pub(crate) struct VmoObject {
    vmo: Ref<Vmo>,
    kin: Ref<Kin>,
    handle_count: HandleCount,
}

impl VmoObject {
    /// Makes an object of memory that has none yet; the memory learns its koid.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    pub(crate) fn create(vmo: Ref<Vmo>) -> Result<Ref<Self>> {
        let kin = Kin::enlist(&vmo, None, false)?;
        Self::new(vmo, kin)
    }

    /// Makes a child, which is one until its memory is gone.
    ///
    /// # Errors
    /// Those of [`Vmo::create_child`].
    pub(crate) fn create_child(&self, request: ChildRequest) -> Result<Ref<Self>> {
        let cannot_be_written = request.options.contains(VmoChildOptions::NO_WRITE);
        let vmo = self.vmo.create_child(request)?;
        let is_immutable = cannot_be_written && vmo.is_clone();
        let kin = Kin::enlist(&vmo, Some(&self.kin), is_immutable)?;
        Self::new(vmo, kin)
    }

    fn new(vmo: Ref<Vmo>, kin: Ref<Kin>) -> Result<Ref<Self>> {
        Ref::try_new(Self { vmo, kin, handle_count: HandleCount::default() })
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Returns the object's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.kin.koid()
    }

    /// Returns the memory.
    pub(crate) fn vmo(&self) -> &Ref<Vmo> {
        &self.vmo
    }

    /// Returns what is known of the memory beside its pages.
    #[cfg(test)]
    pub(crate) fn kin(&self) -> &Kin {
        &self.kin
    }

    /// Returns the signals, of which a VMO has ZERO_CHILDREN.
    pub(crate) fn signals(&self) -> &SignalState {
        self.kin.signals()
    }
}
