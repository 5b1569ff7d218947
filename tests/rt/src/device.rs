//! Resources, and memory of devices.

use crate::handle::{new_handle, object};
use crate::{Vmo, zx};
use abi::device::{IOMMU_STUB_DESC_LEN, IOMMU_TYPE_STUB};
use abi::info::InfoKmemStats;
use abi::{BtiOptions, ResourceKind, Result, Topic};

object! {
    /// A resource: permission to ask the kernel for what belongs to no process.
    Resource
}

impl Resource {
    /// Asks how the machine's memory is used.
    ///
    /// # Errors
    /// Those of `object_get_info`.
    pub fn memory(&self) -> Result<InfoKmemStats> {
        self.info(Topic::KMEM_STATS)
    }

    /// Makes a resource for the `size` numbers of `kind` from `base`.
    ///
    /// # Errors
    /// Those of `resource_create`.
    pub fn create_part(
        &self,
        kind: ResourceKind,
        base: u64,
        size: u64,
        name: &str,
    ) -> Result<Self> {
        let (bytes, len) = (name.as_ptr(), name.len() as u64);
        // SAFETY: `out` is a local variable, and `name` is valid for reads of its length.
        new_handle(|out| unsafe {
            zx::resource_create(self.raw(), kind as u32, base, size, bytes, len, out)
        })
        .map(Self::from)
    }
}

object! {
    /// What translates the addresses of devices.
    Iommu
}

impl Iommu {
    /// Makes one that translates nothing.
    ///
    /// # Errors
    /// Those of `iommu_create`.
    pub fn create(resource: &Resource) -> Result<Self> {
        let description = [0; IOMMU_STUB_DESC_LEN];
        let (bytes, len) = (description.as_ptr(), description.len() as u64);
        // SAFETY: `out` and `description` are local variables.
        new_handle(|out| unsafe {
            zx::iommu_create(resource.raw(), IOMMU_TYPE_STUB, bytes, len, out)
        })
        .map(Self::from)
    }
}

object! {
    /// A device that reaches memory by itself.
    Bti
}

impl Bti {
    /// Makes the device with number `id` behind an IOMMU.
    ///
    /// # Errors
    /// Those of `bti_create`.
    pub fn create(iommu: &Iommu, id: u64) -> Result<Self> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe { zx::bti_create(iommu.raw(), 0, id, out) }).map(Self::from)
    }

    /// Pins `len` bytes of `vmo` from `offset`; `addresses` gets where each page is.
    ///
    /// # Errors
    /// Those of `bti_pin`.
    pub fn pin(
        &self,
        options: BtiOptions,
        vmo: &Vmo,
        offset: u64,
        len: u64,
        addresses: &mut [u64],
    ) -> Result<Pmt> {
        let (places, count) = (addresses.as_mut_ptr(), addresses.len() as u64);
        let (bti, vmo, options) = (self.raw(), vmo.raw(), options.bits());
        // SAFETY: `out` is a local variable, and `addresses` is valid for writes of its length.
        new_handle(|out| unsafe { zx::bti_pin(bti, options, vmo, offset, len, places, count, out) })
            .map(Pmt::from)
    }

    /// Lets go of pages whose pins were never taken back.
    ///
    /// # Errors
    /// Those of `bti_release_quarantine`.
    pub fn release_quarantine(&self) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::bti_release_quarantine(self.raw()) }.check()
    }
}

object! {
    /// Pages that were pinned for a device. Dropping it leaves them pinned, in quarantine.
    Pmt
}

impl Pmt {
    /// Takes the pins back.
    ///
    /// # Errors
    /// Those of `pmt_unpin`.
    pub fn unpin(self) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::pmt_unpin(self.into_handle().into_raw()) }.check()
    }
}
