//! Devices that reach memory by themselves, and what is pinned for them.
//!
//! A [`Pmt`] stands for pages that a device was told of. Whoever closes its last handle without taking the pins back has not said
//! that the device is done: the pages stay pinned, in quarantine, until the [`Bti`] is told to let them go or is closed itself.
//!
//! There is no IOMMU: devices see physical addresses.

use super::{HandleCount, Name, new_koid};
use abi::info::InfoBti;
use abi::layout::PAGE_SIZE;
use abi::{Koid, Result, Status};
use alloc::vec::Vec;
use spin::Mutex;
use vm::{Pinned, Ref};

/// What translates the addresses of devices: nothing.
pub(crate) struct Iommu {
    koid: Koid,
    handle_count: HandleCount,
}

impl Iommu {
    /// Makes an IOMMU.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create() -> Result<Ref<Self>> {
        Ref::try_new(Self { koid: new_koid(), handle_count: HandleCount::default() })
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Returns the IOMMU's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }
}

/// A device, as far as memory is concerned.
pub(crate) struct Bti {
    koid: Koid,
    name: Name,
    handle_count: HandleCount,
    pins: Mutex<Pins>,
}

#[derive(Default)]
struct Pins {
    /// Tokens that there are; each has a place in `quarantine` reserved.
    tokens: usize,
    quarantine: Vec<Pinned>,
}

impl Bti {
    /// Makes a device that has pinned nothing.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create() -> Result<Ref<Self>> {
        Ref::try_new(Self {
            koid: new_koid(),
            name: Name::new(b""),
            handle_count: HandleCount::default(),
            pins: Mutex::new(Pins::default()),
        })
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Returns the device's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns the device's name.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// Checks that nothing is in quarantine: a program that forgot one device's pages is not to pin more.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: something is.
    pub(crate) fn check_no_quarantine(&self) -> Result<()> {
        if self.pins.lock().quarantine.is_empty() { Ok(()) } else { Err(Status::BAD_STATE) }
    }

    /// Says what is pinned.
    pub(crate) fn info(&self) -> InfoBti {
        let pins = self.pins.lock();
        let quarantined = pins.quarantine.len();
        InfoBti {
            minimum_contiguity: PAGE_SIZE,
            aspace_size: u64::MAX,
            pmo_count: pins.tokens.saturating_add(quarantined) as u64,
            quarantine_count: quarantined as u64,
        }
    }

    /// Lets go of all pages in quarantine.
    pub(crate) fn release_quarantine(&self) {
        // One by one: places reserved for tokens stay, and no lock is held while pages are let go.
        while let Some(pinned) = self.pop_quarantined() {
            drop(pinned);
        }
    }

    fn pop_quarantined(&self) -> Option<Pinned> {
        self.pins.lock().quarantine.pop()
    }
}

/// Pages that were pinned for a device.
pub(crate) struct Pmt {
    koid: Koid,
    handle_count: HandleCount,
    bti: Ref<Bti>,
    pinned: Mutex<Option<Pinned>>,
}

impl Pmt {
    /// Makes a token for pages that `bti` has pinned.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: they are not pinned any more.
    pub(crate) fn create(bti: &Ref<Bti>, pinned: Pinned) -> Result<Ref<Self>> {
        {
            let mut pins = bti.pins.lock();
            let places = pins.tokens.saturating_add(1);
            let reserved = pins.quarantine.try_reserve(places);
            reserved.map_err(|_| Status::NO_MEMORY)?;
            pins.tokens = places;
        }
        let token = Ref::try_new(Self {
            koid: new_koid(),
            handle_count: HandleCount::default(),
            bti: bti.clone(),
            pinned: Mutex::new(None),
        })?;
        *token.pinned.lock() = Some(pinned);
        Ok(token)
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Returns the token's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Takes the pins back: the device is done.
    pub(crate) fn unpin(&self) {
        let pinned = self.pinned.lock().take();
        drop(pinned);
    }
}

impl Drop for Pmt {
    fn drop(&mut self) {
        let mut pins = self.bti.pins.lock();
        pins.tokens = pins.tokens.saturating_sub(1);
        // There is a place for it: every token has one.
        pins.quarantine.extend(self.pinned.get_mut().take());
    }
}
