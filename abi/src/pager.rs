//! Requests to pagers, and what pagers answer.
//!
//! ```text
//!   zx_packet_page_request_t   16 command  18 flags  20 reserved  24 offset  32 length  40 reserved
//! ```
//!
//! # Source
//! `vmo.md` §14; Zircon `zircon/syscalls/port.h`.

use crate::Status;
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
