//! Records about handles.

use super::Record;
use crate::layout::MAX_NAME_LEN;
use crate::object::{Koid, RawHandle};

/// Who a handle names and what it allows. Topic [`HANDLE_BASIC`](crate::Topic::HANDLE_BASIC)(crate::Topic::HANDLE_BASIC).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoHandleBasic {
    /// The object.
    pub koid: Koid,
    /// The handle's [`Rights`](crate::Rights).
    pub rights: u32,
    /// The object's [`ObjectType`](crate::ObjectType).
    pub object_type: u32,
    /// The parent of a task, the other end of a pair, else 0.
    pub related_koid: Koid,
    /// 0.
    pub reserved: u32,
    /// 0.
    pub padding: u32,
}
record!(InfoHandleBasic, 32);

/// How many handles name an object. Topic [`HANDLE_COUNT`](crate::Topic::HANDLE_COUNT).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoHandleCount {
    /// Handles of all processes, and those on their way in messages.
    pub handle_count: u32,
}
record!(InfoHandleCount, 4);

/// Object types there can ever be.
pub const OBJECT_TYPES: usize = 64;

/// How many handles a process has. Topic [`PROCESS_HANDLE_STATS`](crate::Topic::PROCESS_HANDLE_STATS).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InfoProcessHandleStats {
    /// Handles to objects of each [`ObjectType`](crate::ObjectType).
    pub handle_count: [u32; OBJECT_TYPES],
}
record!(InfoProcessHandleStats, 256);

impl Default for InfoProcessHandleStats {
    fn default() -> Self {
        Self { handle_count: [0; OBJECT_TYPES] }
    }
}

/// What a resource gives the right to. Topic [`RESOURCE`](crate::Topic::RESOURCE).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoResource {
    /// A [`ResourceKind`](crate::ResourceKind).
    pub kind: u32,
    /// 0.
    pub flags: u32,
    /// The first number.
    pub base: u64,
    /// How many numbers.
    pub size: u64,
    /// Its name, NUL-terminated.
    pub name: [u8; MAX_NAME_LEN],
}
record!(InfoResource, 56);

/// A handle of a process. Topic [`HANDLE_TABLE`](crate::Topic::HANDLE_TABLE).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoHandleExtended {
    /// The object's [`ObjectType`](crate::ObjectType).
    pub object_type: u32,
    /// The handle as that process knows it.
    pub handle_value: RawHandle,
    /// The handle's [`Rights`](crate::Rights).
    pub rights: u32,
    /// 0.
    pub reserved: u32,
    /// The object.
    pub koid: Koid,
    /// The parent of a task, the other end of a pair, else 0.
    pub related_koid: Koid,
    /// The process that has the other end of a pair, if that is known, else 0.
    pub peer_owner_koid: Koid,
}
record!(InfoHandleExtended, 40);
