//! Options and records of calls on channels.
//!
//! # Source
//! Zircon `channel_read_etc`, `channel_write_etc`, `channel_call` and `channel_call_etc`.

use crate::RawHandle;
use crate::info::{Record, record};

/// Option of reading: a message that does not fit is dropped.
pub const CHANNEL_READ_MAY_DISCARD: u32 = 1;
/// Option of writing: in place of its bytes, a message is given by the [`Iovec`]s of its pieces.
pub const CHANNEL_WRITE_USE_IOVEC: u32 = 1;

/// First number that the kernel gives to a message that waits for its answer; smaller ones are the programs' own.
pub const FIRST_CALL_TXID: u32 = 0x8000_0000;

/// Operation on a handle that is sent: the sender has it no longer.
pub const HANDLE_OP_MOVE: u32 = 0;
/// Operation on a handle that is sent: a copy is sent.
pub const HANDLE_OP_DUPLICATE: u32 = 1;

/// A handle to send, and what is to arrive.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HandleDisposition {
    /// [`HANDLE_OP_MOVE`] or [`HANDLE_OP_DUPLICATE`].
    pub operation: u32,
    /// The handle.
    pub handle: RawHandle,
    /// The [`ObjectType`](crate::ObjectType) that the object has to have, or 0 for any.
    pub object_type: u32,
    /// The [`Rights`](crate::Rights) to arrive with.
    pub rights: u32,
    /// Why it was not sent; written only if one was not.
    pub result: i32,
}
record!(HandleDisposition, 20);

/// A handle that has arrived.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HandleInfo {
    /// The handle.
    pub handle: RawHandle,
    /// The object's [`ObjectType`](crate::ObjectType).
    pub object_type: u32,
    /// The handle's [`Rights`](crate::Rights).
    pub rights: u32,
    /// 0.
    pub unused: u32,
}
record!(HandleInfo, 16);

/// A piece of a message's bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Iovec {
    /// Where it is.
    pub buffer: u64,
    /// How many bytes it has.
    pub capacity: u32,
    /// 0.
    pub reserved: u32,
}
record!(Iovec, 16);

/// What a call sends, and where its answer goes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallArgs {
    /// Where the bytes to send are.
    pub wr_bytes: u64,
    /// Where the handles to send are.
    pub wr_handles: u64,
    /// Where the answer's bytes go.
    pub rd_bytes: u64,
    /// Where the answer's handles go.
    pub rd_handles: u64,
    /// Bytes to send.
    pub wr_num_bytes: u32,
    /// Handles to send.
    pub wr_num_handles: u32,
    /// Bytes of an answer that there is room for.
    pub rd_num_bytes: u32,
    /// Handles of an answer that there is room for.
    pub rd_num_handles: u32,
}
record!(CallArgs, 48);
