//! Requests to pagers, and what pagers answer.
//!
//! ```text
//!   zx_packet_page_request_t   16 command  18 flags  20 reserved  24 offset  32 length  40 reserved
//!   zx_vmo_dirty_range_t        0 offset    8 length 16 options
//!   zx_pager_vmo_stats_t        0 modified
//! ```
//!
//! # Source
//! `vmo.md` §14; Zircon `zircon/syscalls/port.h`, `pager_query_dirty_ranges`, `pager_query_vmo_stats`.

use crate::Status;
use crate::info::{Record, record};
use crate::port::Packet;

/// Type of a packet: a page is needed, or none any more.
pub const PACKET_PAGE_REQUEST: u32 = 9;

/// Command of a request: supply the range.
pub const PAGER_VMO_READ: u16 = 0;
/// Command of a request: the last one of this VMO.
pub const PAGER_VMO_COMPLETE: u16 = 1;
/// Command of a request: the range is about to be written.
pub const PAGER_VMO_DIRTY: u16 = 2;

/// Makes the packet of a request: `command` and a range in bytes.
pub const fn page_request(key: u64, command: u16, offset: u64, len: u64) -> Packet {
    Packet {
        key,
        packet_type: PACKET_PAGE_REQUEST,
        status: 0,
        payload: [command as u64, offset, len, 0],
    }
}

/// Operation of `pager_op_range`.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagerOp {
    /// The pages will not be supplied.
    Fail = 1,
    /// The pages may be written.
    Dirty = 2,
    /// The pages are being written back.
    WritebackBegin = 3,
    /// The pages were written back.
    WritebackEnd = 4,
}

impl PagerOp {
    /// Every operation.
    pub const ALL: &'static [Self] =
        &[Self::Fail, Self::Dirty, Self::WritebackBegin, Self::WritebackEnd];
}

impl TryFrom<u32> for PagerOp {
    type Error = Status;

    fn try_from(number: u32) -> crate::Result<Self> {
        let found = Self::ALL.iter().find(|op| **op as u32 == number);
        found.copied().ok_or(Status::NOT_SUPPORTED)
    }
}

/// Option of a dirty range, and of writing one back: it is zero.
pub const VMO_DIRTY_RANGE_IS_ZERO: u64 = 1;

/// Bytes that were written since the pager has seen them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VmoDirtyRange {
    /// Where they begin.
    pub offset: u64,
    /// How many they are.
    pub len: u64,
    /// 0, or [`VMO_DIRTY_RANGE_IS_ZERO`].
    pub options: u64,
}

record!(VmoDirtyRange, 24);

/// Option of `pager_query_vmo_stats`: what it says is forgotten.
pub const PAGER_RESET_VMO_STATS: u32 = 1;
/// The VMO was changed.
pub const PAGER_VMO_STATS_MODIFIED: u32 = 1;

/// What is counted of a VMO for its pager.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PagerVmoStats {
    /// 0, or [`PAGER_VMO_STATS_MODIFIED`].
    pub modified: u32,
}

record!(PagerVmoStats, 4);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_by_number() {
        for op in PagerOp::ALL {
            assert_eq!(PagerOp::try_from(*op as u32), Ok(*op));
        }
        for unknown in [0, 5, u32::MAX] {
            assert_eq!(PagerOp::try_from(unknown), Err(Status::NOT_SUPPORTED));
        }
    }
}
