//! How the machine's memory is used.

use super::maps::bytes;
use crate::heap;
use crate::memory::memory;
use crate::object::{Handle, Object, charged_bytes};
use abi::info::InfoKmemStats;
use abi::{Result, Rights, Status};

/// Checks that a handle names the job or the resource that stand for the whole system, and has INSPECT.
///
/// # Errors
/// 1. [`Status::WRONG_TYPE`]: it names something else.
/// 2. [`Status::ACCESS_DENIED`]: it lacks INSPECT.
pub(super) fn check_may_inspect(handle: &Handle) -> Result<()> {
    match handle.object() {
        Object::Job(_) | Object::Resource(_) => handle.check_rights(Rights::INSPECT),
        _ => Err(Status::WRONG_TYPE),
    }
}

/// Adds up the machine's memory. What is not told apart counts as other.
pub(super) fn kmem_stats() -> InfoKmemStats {
    let (total_bytes, free_bytes) = (bytes(memory().total_frames()), bytes(memory().free_frames()));
    let heap = heap::usage();
    InfoKmemStats {
        total_bytes,
        free_bytes,
        total_heap_bytes: heap.total,
        free_heap_bytes: heap.free,
        ipc_bytes: charged_bytes(),
        other_bytes: total_bytes.saturating_sub(free_bytes).saturating_sub(heap.total),
        ..InfoKmemStats::default()
    }
}
