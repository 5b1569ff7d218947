//! Option bits of VMAR and VMO calls.
//!
//! ```text
//!  VmOptions   31        24 23        16 15               0
//!             +------------+------------+------------------+
//!             | log2 align | unknown: 0 | one flag per bit |
//!             +------------+------------+------------------+
//! ```
//!
//! # Source
//! `vmar.md` §2, `vmo.md` §2, §6 and §8.

use crate::layout::PAGE_SHIFT;
use crate::status::{Result, Status};
use bitflags::bitflags;

bitflags! {
    /// Options of VMAR calls.
    ///
    /// Made from a caller's word with `from_bits_retain`, so that unknown bits and the alignment survive until the call
    /// checks them.
    #[repr(transparent)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct VmOptions: u32 {
        /// The mapping is readable.
        const PERM_READ = 1 << 0;
        /// The mapping is writable.
        const PERM_WRITE = 1 << 1;
        /// The mapping is executable.
        const PERM_EXECUTE = 1 << 2;
        /// Allocations inside the new VMAR stay close together.
        const COMPACT = 1 << 3;
        /// The offset says where.
        const SPECIFIC = 1 << 4;
        /// As SPECIFIC, and mappings in the way are replaced.
        const SPECIFIC_OVERWRITE = 1 << 5;
        /// The new VMAR allows SPECIFIC.
        const CAN_MAP_SPECIFIC = 1 << 6;
        /// The new VMAR allows readable mappings.
        const CAN_MAP_READ = 1 << 7;
        /// The new VMAR allows writable mappings.
        const CAN_MAP_WRITE = 1 << 8;
        /// The new VMAR allows executable mappings.
        const CAN_MAP_EXECUTE = 1 << 9;
        /// Pages the VMO has are mapped at once.
        const MAP_RANGE = 1 << 10;
        /// The VMO must not be resizable.
        const REQUIRE_NON_RESIZABLE = 1 << 11;
        /// The caller is prepared for faults inside the mapping.
        const ALLOW_FAULTS = 1 << 12;
        /// The offset says below what.
        const OFFSET_IS_UPPER_LIMIT = 1 << 13;
        /// Readable where the processor knows no execute-only pages; on x86-64 the same as PERM_READ.
        const PERM_READ_IF_XOM_UNSUPPORTED = 1 << 14;
        /// Accesses past the stream size fault.
        const FAULT_BEYOND_STREAM_SIZE = 1 << 15;
    }
}

impl VmOptions {
    /// The permissions of a mapping.
    pub const PERMS: Self = Self::PERM_READ.union(Self::PERM_WRITE).union(Self::PERM_EXECUTE);
    /// The permissions a VMAR can give to mappings.
    pub const CAN_MAP_PERMS: Self =
        Self::CAN_MAP_READ.union(Self::CAN_MAP_WRITE).union(Self::CAN_MAP_EXECUTE);
    /// Bits without a meaning.
    pub const UNKNOWN: Self = Self::from_bits_retain(0x00FF_0000);
    /// Bits of the alignment.
    pub const ALIGN_MASK: Self = Self::from_bits_retain(0xFF << Self::ALIGN_SHIFT);
    /// First bit of the alignment.
    pub const ALIGN_SHIFT: u32 = 24;

    /// Smallest alignment that can be asked for: 1 KiB.
    const MIN_ALIGN: u32 = 10;
    /// Largest alignment that can be asked for: 4 GiB.
    const MAX_ALIGN: u32 = 32;

    /// Asks for an address that is a multiple of `2^log2` bytes; 0 asks for nothing.
    pub const fn align(log2: u8) -> Self {
        Self::from_bits_retain((log2 as u32) << Self::ALIGN_SHIFT)
    }

    /// Returns the base-2 logarithm of the alignment in force, at least that of a page.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: the alignment asked for is not 0 and not 1 KiB to 4 GiB.
    pub const fn align_log2(self) -> Result<u32> {
        match self.bits() >> Self::ALIGN_SHIFT {
            0 | Self::MIN_ALIGN..PAGE_SHIFT => Ok(PAGE_SHIFT),
            log2 @ PAGE_SHIFT..=Self::MAX_ALIGN => Ok(log2),
            _ => Err(Status::INVALID_ARGS),
        }
    }
}

bitflags! {
    /// Options of `vmo_create`.
    #[repr(transparent)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct VmoOptions: u32 {
        /// The size can change.
        const RESIZABLE = 1 << 1;
        /// Unlocked pages may be taken away under memory pressure.
        const DISCARDABLE = 1 << 2;
        /// Writes are reported to the pager.
        const TRAP_DIRTY = 1 << 3;
        /// The size is the largest there is.
        const UNBOUNDED = 1 << 4;
    }

    /// Options of `vmo_create_child`.
    #[repr(transparent)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct VmoChildOptions: u32 {
        /// Parent and child are isolated from the start.
        const SNAPSHOT = 1 << 0;
        /// The child's size can change.
        const RESIZABLE = 1 << 2;
        /// The child is a window to the parent's pages.
        const SLICE = 1 << 3;
        /// A page is isolated from the child's first write at the latest.
        const SNAPSHOT_AT_LEAST_ON_WRITE = 1 << 4;
        /// The child's handle has no WRITE.
        const NO_WRITE = 1 << 5;
        /// The child is the parent under another handle.
        const REFERENCE = 1 << 6;
        /// Pages changed since the pager supplied them are isolated.
        const SNAPSHOT_MODIFIED = 1 << 7;
    }
}

/// How the processor caches the pages of a VMO.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CachePolicy {
    /// Write-back.
    #[default]
    Cached = 0,
    /// Not at all.
    Uncached = 1,
    /// Not at all, for device registers.
    UncachedDevice = 2,
    /// Writes are gathered.
    WriteCombining = 3,
}

impl TryFrom<u32> for CachePolicy {
    type Error = Status;

    fn try_from(raw: u32) -> Result<Self> {
        match raw {
            0 => Ok(Self::Cached),
            1 => Ok(Self::Uncached),
            2 => Ok(Self::UncachedDevice),
            3 => Ok(Self::WriteCombining),
            _ => Err(Status::INVALID_ARGS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alignment_is_at_least_a_page() {
        for asked in [0, 10, 11, 12] {
            assert_eq!(VmOptions::align(asked).align_log2(), Ok(12));
        }
        for asked in 13..=32 {
            assert_eq!(VmOptions::align(asked).align_log2(), Ok(u32::from(asked)));
        }
    }

    #[test]
    fn alignment_out_of_range_is_refused() {
        for asked in (1..=9).chain(33..=255) {
            assert_eq!(VmOptions::align(asked).align_log2(), Err(Status::INVALID_ARGS));
        }
        assert_eq!(VmOptions::from_bits_retain(1 << 31).align_log2(), Err(Status::INVALID_ARGS));
    }

    #[test]
    fn every_bit_is_a_flag_an_alignment_or_unknown() {
        let all = VmOptions::all() | VmOptions::UNKNOWN | VmOptions::ALIGN_MASK;
        assert_eq!(all.bits(), u32::MAX);
        assert!(!VmOptions::all().intersects(VmOptions::UNKNOWN | VmOptions::ALIGN_MASK));
    }

    #[test]
    fn cache_policies_are_found_by_number() {
        use CachePolicy::*;
        for policy in [Cached, Uncached, UncachedDevice, WriteCombining] {
            assert_eq!(CachePolicy::try_from(policy as u32), Ok(policy));
        }
        assert_eq!(CachePolicy::try_from(4), Err(Status::INVALID_ARGS));
    }
}
