//! Records about memory: regions, mappings, objects, the whole machine.
//!
//! Fields called *private* count what nobody shares; *scaled* ones count what is shared by the share of each, with a fraction in
//! units of 2^-63 of a byte beside, so that they add up to what there is.

use super::Record;
use crate::layout::MAX_NAME_LEN;
use crate::object::Koid;
use bitflags::bitflags;

/// Where a VMAR lies, or lay before it was destroyed. Topic [`VMAR`](crate::Topic::VMAR)(crate::Topic::VMAR).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoVmar {
    /// First address.
    pub base: u64,
    /// Bytes.
    pub len: u64,
}
record!(InfoVmar, 16);

/// Memory of a task. Topic [`TASK_STATS`](crate::Topic::TASK_STATS)(crate::Topic::TASK_STATS).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoTaskStats {
    /// Bytes of all mappings.
    pub mem_mapped_bytes: u64,
    /// Committed bytes only this task maps.
    pub mem_private_bytes: u64,
    /// Committed bytes others map too.
    pub mem_shared_bytes: u64,
    /// The shared bytes, each divided by the number of tasks that map it.
    pub mem_scaled_shared_bytes: u64,
    /// Fraction of a byte to add to the previous field, in units of 2^-63.
    pub mem_fractional_scaled_shared_bytes: u64,
}
record!(InfoTaskStats, 40);

/// [`InfoMaps`] of nothing.
pub const MAPS_NONE: u32 = 0;
/// [`InfoMaps`] of an address space.
pub const MAPS_ASPACE: u32 = 1;
/// [`InfoMaps`] of a VMAR.
pub const MAPS_VMAR: u32 = 2;
/// [`InfoMaps`] of a mapping.
pub const MAPS_MAPPING: u32 = 3;

/// A node of an address space. Topics [`PROCESS_MAPS`](crate::Topic::PROCESS_MAPS)(crate::Topic::PROCESS_MAPS) and [`VMAR_MAPS`](crate::Topic::VMAR_MAPS)(crate::Topic::VMAR_MAPS).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoMaps {
    /// The node's name, or the mapped VMO's; NUL-terminated.
    pub name: [u8; MAX_NAME_LEN],
    /// First address.
    pub base: u64,
    /// Bytes.
    pub size: u64,
    /// 0 for the address space, 1 for its root VMAR, and so on.
    pub depth: u64,
    /// [`MAPS_ASPACE`], [`MAPS_VMAR`] or [`MAPS_MAPPING`].
    pub node_type: u32,
    /// 0.
    pub padding: u32,
    /// All zeros unless `node_type` is [`MAPS_MAPPING`].
    pub mapping: InfoMapsMapping,
}
record!(InfoMaps, 152);

/// The part of [`InfoMaps`] that only mappings have.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoMapsMapping {
    /// Permissions, as bits of [`VmOptions`](crate::VmOptions).
    pub mmu_flags: u32,
    /// 0.
    pub padding: u32,
    /// The mapped VMO.
    pub vmo_koid: Koid,
    /// Offset in the VMO of the mapping's first byte.
    pub vmo_offset: u64,
    /// Bytes that have frames.
    pub committed_bytes: u64,
    /// Bytes that have content.
    pub populated_bytes: u64,
    /// As `committed_bytes`, pages no other VMO shares.
    pub committed_private_bytes: u64,
    /// As `populated_bytes`, pages no other VMO shares.
    pub populated_private_bytes: u64,
    /// As `committed_bytes`, each page divided by its sharers.
    pub committed_scaled_bytes: u64,
    /// As `populated_bytes`, each page divided by its sharers.
    pub populated_scaled_bytes: u64,
    /// Fraction to add to `committed_scaled_bytes`.
    pub committed_fractional_scaled_bytes: u64,
    /// Fraction to add to `populated_scaled_bytes`.
    pub populated_fractional_scaled_bytes: u64,
}
record!(InfoMapsMapping, 88);

bitflags! {
    /// Kind and origin of a VMO, in [`InfoVmo`].
    #[repr(transparent)]
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct InfoVmoFlags: u32 {
        /// Its pages are allocated; without this bit it is physical.
        const TYPE_PAGED = 1 << 0;
        /// Its size can change.
        const RESIZABLE = 1 << 1;
        /// It is a snapshot of another.
        const IS_COW_CLONE = 1 << 2;
        /// The record stands for a handle.
        const VIA_HANDLE = 1 << 3;
        /// The record stands for a mapping.
        const VIA_MAPPING = 1 << 4;
        /// A pager supplies its pages.
        const PAGER_BACKED = 1 << 5;
        /// Its pages are physically contiguous.
        const CONTIGUOUS = 1 << 6;
        /// Its pages may be taken away.
        const DISCARDABLE = 1 << 7;
        /// It cannot be written.
        const IMMUTABLE = 1 << 8;
        /// The record stands for a handle of an IO buffer.
        const VIA_IOB_HANDLE = 1 << 9;
    }
}

/// State of a VMO. Topics [`VMO`](crate::Topic::VMO)(crate::Topic::VMO) and [`PROCESS_VMOS`](crate::Topic::PROCESS_VMOS)(crate::Topic::PROCESS_VMOS).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoVmo {
    /// The VMO.
    pub koid: Koid,
    /// Its name, NUL-terminated.
    pub name: [u8; MAX_NAME_LEN],
    /// Its size.
    pub size_bytes: u64,
    /// The VMO it is a child of, or 0.
    pub parent_koid: Koid,
    /// Its direct children.
    pub num_children: u64,
    /// Mappings of it.
    pub num_mappings: u64,
    /// Address spaces that map it.
    pub share_count: u64,
    /// [`InfoVmoFlags`].
    pub flags: u32,
    /// 0.
    pub padding: u32,
    /// Bytes that have frames.
    pub committed_bytes: u64,
    /// Rights of the handle the record stands for, else 0.
    pub handle_rights: u32,
    /// [`CachePolicy`](crate::CachePolicy).
    pub cache_policy: u32,
    /// Bytes of the kernel's own records of it.
    pub metadata_bytes: u64,
    /// How often its committed bytes changed.
    pub committed_change_events: u64,
    /// Bytes that have content.
    pub populated_bytes: u64,
    /// As `committed_bytes`, pages no other VMO shares.
    pub committed_private_bytes: u64,
    /// As `populated_bytes`, pages no other VMO shares.
    pub populated_private_bytes: u64,
    /// As `committed_bytes`, each page divided by its sharers.
    pub committed_scaled_bytes: u64,
    /// As `populated_bytes`, each page divided by its sharers.
    pub populated_scaled_bytes: u64,
    /// Fraction to add to `committed_scaled_bytes`.
    pub committed_fractional_scaled_bytes: u64,
    /// Fraction to add to `populated_scaled_bytes`.
    pub populated_fractional_scaled_bytes: u64,
}
record!(InfoVmo, 176);

/// Memory of the whole machine. Topic [`KMEM_STATS`](crate::Topic::KMEM_STATS)(crate::Topic::KMEM_STATS).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoKmemStats {
    /// All memory that can be allocated.
    pub total_bytes: u64,
    /// Frames nobody has.
    pub free_bytes: u64,
    /// Frames that were never to be allocated.
    pub wired_bytes: u64,
    /// The kernel's heap.
    pub total_heap_bytes: u64,
    /// The unused part of the kernel's heap.
    pub free_heap_bytes: u64,
    /// Frames of VMOs.
    pub vmo_bytes: u64,
    /// Frames of page tables.
    pub mmu_overhead_bytes: u64,
    /// Messages on their way.
    pub ipc_bytes: u64,
    /// Everything else.
    pub other_bytes: u64,
}
record!(InfoKmemStats, 72);

/// Devices' view of memory. Topic [`BTI`](crate::Topic::BTI).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoBti {
    /// The smallest run of bytes that is contiguous for devices.
    pub minimum_contiguity: u64,
    /// Bytes that devices can address.
    pub aspace_size: u64,
    /// Pinned ranges there are.
    pub pmo_count: u64,
    /// Pinned ranges whose tokens are gone, but which are kept.
    pub quarantine_count: u64,
}
record!(InfoBti, 32);

/// What locking a discardable VMO tells.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VmoLockState {
    /// First byte that is locked.
    pub offset: u64,
    /// Bytes that are locked.
    pub size: u64,
    /// First byte of those that were discarded.
    pub discarded_offset: u64,
    /// Bytes that were discarded since the VMO was last locked.
    pub discarded_size: u64,
}
record!(VmoLockState, 32);
