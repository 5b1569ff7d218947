//! Numbers of calls for what belongs to no process: resources, and memory of devices.
//!
//! # Source
//! `vmo.md` §7, §11 and §13; the kinds of resources are Zircon's.

use bitflags::bitflags;

/// What a resource gives the right to.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// Physical memory.
    Mmio = 0,
    /// Interrupts.
    Irq = 1,
    /// Ports of the processor.
    Ioport = 2,
    /// Everything.
    Root = 3,
    /// Calls of the firmware.
    Smc = 4,
    /// A service of the kernel, named by the resource's base.
    System = 5,
}

impl ResourceKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Mmio, Self::Irq, Self::Ioport, Self::Root, Self::Smc, Self::System];
}

impl TryFrom<u32> for ResourceKind {
    type Error = crate::Status;

    fn try_from(raw: u32) -> crate::Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| *kind as u32 == raw);
        found.ok_or(crate::Status::INVALID_ARGS)
    }
}

/// Base of the system resource that `vmo_replace_as_executable` takes.
pub const RSRC_SYSTEM_VMEX_BASE: u64 = 1;
/// Base of the system resource that `iommu_create` takes.
pub const RSRC_SYSTEM_IOMMU_BASE: u64 = 8;

/// Kind of IOMMU: none, devices see physical addresses.
pub const IOMMU_TYPE_STUB: u32 = 0;
/// The longest description of an IOMMU in bytes.
pub const IOMMU_MAX_DESC_LEN: u64 = 4096;
/// Bytes of the description of an [`IOMMU_TYPE_STUB`].
pub const IOMMU_STUB_DESC_LEN: usize = 1;

bitflags! {
    /// Options of `bti_pin`.
    #[repr(transparent)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct BtiOptions: u32 {
        /// The device reads.
        const PERM_READ = 1 << 0;
        /// The device writes.
        const PERM_WRITE = 1 << 1;
        /// The device executes.
        const PERM_EXECUTE = 1 << 2;
        /// An address for each run of the smallest contiguity.
        const COMPRESS = 1 << 3;
        /// One address: the VMO is contiguous.
        const CONTIGUOUS = 1 << 4;
    }
}

impl BtiOptions {
    /// What the device may do.
    pub const PERMS: Self = Self::PERM_READ.union(Self::PERM_WRITE).union(Self::PERM_EXECUTE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_resources_are_found_by_number() {
        for kind in ResourceKind::ALL {
            assert_eq!(ResourceKind::try_from(kind as u32), Ok(kind));
        }
        assert_eq!(ResourceKind::try_from(6), Err(crate::Status::INVALID_ARGS));
    }
}
