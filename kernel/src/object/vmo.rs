//! VMOs as objects: memory under a koid, with signals.

use super::{SignalState, new_koid};
use abi::{Koid, Result, Signals};
use vm::{Ref, Vmo};

/// A memory object that handles can name.
pub(crate) struct VmoObject {
    koid: Koid,
    vmo: Ref<Vmo>,
    signals: SignalState,
}

impl VmoObject {
    /// Makes an object of memory that has none yet; the memory learns its koid.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    pub(crate) fn create(vmo: Ref<Vmo>) -> Result<Ref<Self>> {
        let koid = new_koid();
        vmo.set_label(koid);
        Ref::try_new(Self {
            koid,
            vmo,
            signals: SignalState::new(Signals::VMO_ZERO_CHILDREN),
        })
    }

    /// Returns the object's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns the memory.
    pub(crate) fn vmo(&self) -> &Ref<Vmo> {
        &self.vmo
    }

    /// Returns the signals, of which a VMO has ZERO_CHILDREN.
    pub(crate) fn signals(&self) -> &SignalState {
        &self.signals
    }
}
