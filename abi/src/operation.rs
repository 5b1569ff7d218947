//! Operations on ranges: of a VMO, and of what a VMAR shows.
//!
//! An operation that both calls know has the same number in both; 3 is LOCK for a VMO and MAP_RANGE for a VMAR.
//!
//! # Source
//! `vmo.md` §5, `vmar.md` §12.

use crate::status::{Result, Status};

/// Declares operations, and how they are found by number.
macro_rules! operations {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $op:ident = $number:literal,)* }) => {
        $(#[$doc])*
        #[repr(u32)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$each])* $op = $number,)*
        }

        impl $name {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$op,)*];
        }

        impl TryFrom<u32> for $name {
            type Error = Status;

            fn try_from(raw: u32) -> Result<Self> {
                let found = Self::ALL.iter().find(|op| **op as u32 == raw);
                found.copied().ok_or(Status::INVALID_ARGS)
            }
        }
    };
}

operations! {
    /// Operations of `vmo_op_range`.
    VmoOp {
        /// Gives every page of the range a frame.
        Commit = 1,
        /// Takes the frames of the range.
        Decommit = 2,
        /// Keeps a discardable VMO in memory.
        Lock = 3,
        /// Lets a discardable VMO go.
        Unlock = 4,
        /// Synchronises instruction and data caches.
        CacheSync = 6,
        /// Invalidates data caches.
        CacheInvalidate = 7,
        /// Writes data caches back.
        CacheClean = 8,
        /// Writes data caches back and invalidates them.
        CacheCleanInvalidate = 9,
        /// Fills the range with zeros.
        Zero = 10,
        /// Keeps a discardable VMO in memory unless it was discarded.
        TryLock = 11,
        /// Says that the range is not needed soon.
        DontNeed = 12,
        /// Says that the range is always needed.
        AlwaysNeed = 13,
        /// Asks the pager for the range.
        Prefetch = 14,
    }
}

operations! {
    /// Operations of `vmar_op_range`.
    VmarOp {
        /// Gives every page of the range a frame and maps it.
        Commit = 1,
        /// Takes the frames of the range.
        Decommit = 2,
        /// Maps the pages that have frames.
        MapRange = 3,
        /// Fills the range with zeros.
        Zero = 10,
        /// Says that the range is not needed soon.
        DontNeed = 12,
        /// Says that the range is always needed, and maps what has frames.
        AlwaysNeed = 13,
        /// Asks the pagers for the range, and maps what has frames.
        Prefetch = 14,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_by_number() {
        assert_eq!(VmoOp::try_from(10), Ok(VmoOp::Zero));
        assert_eq!(VmarOp::try_from(3), Ok(VmarOp::MapRange));
        for unknown in [0, 5, 15, u32::MAX] {
            assert_eq!(VmoOp::try_from(unknown), Err(Status::INVALID_ARGS));
            assert_eq!(VmarOp::try_from(unknown), Err(Status::INVALID_ARGS));
        }
        assert_eq!(VmarOp::try_from(4), Err(Status::INVALID_ARGS));
    }
}
