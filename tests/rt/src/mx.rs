//! The calls of 2017 under their Magenta names: the same kernel, the argument order of that time.
//!
//! Calls whose order never changed are the `zx` functions themselves.
//!
//! # Source
//! `vmar.md` §16; `handles-rights-errors.md` §11 for the VMO calls.

use crate::zx;
use abi::object::INVALID_HANDLE;
use abi::{Status, VmOptions, VmarOp};

pub use crate::zx::{
    event_create, eventpair_create, futex_wake, handle_close, handle_duplicate, handle_replace,
    job_create, object_get_info, object_get_property, object_set_property, object_signal,
    object_signal_peer, object_wait_async, object_wait_many, object_wait_one, port_cancel,
    port_create, process_create, process_exit, process_read_memory, process_start,
    process_write_memory, task_kill, thread_create, thread_exit, thread_start, vmar_destroy,
    vmar_unmap, vmo_create, vmo_get_size, vmo_set_size,
};

/// Makes a region inside a region.
///
/// # Safety
/// As [`zx::vmar_allocate`].
pub unsafe fn vmar_allocate(
    parent: u32,
    offset: u64,
    size: u64,
    flags: u32,
    child: *mut u32,
    address: *mut u64,
) -> Status {
    // SAFETY: passed on to the caller.
    unsafe { zx::vmar_allocate(parent, flags, offset, size, child, address) }
}

/// Maps a VMO. MAP_RANGE together with SPECIFIC_OVERWRITE, which Zircon refuses, is a map and an operation on the range; the latter
/// only saves faults, so it does not matter whether it succeeds.
///
/// # Safety
/// As [`zx::vmar_map`].
pub unsafe fn vmar_map(
    vmar: u32,
    vmar_offset: u64,
    vmo: u32,
    vmo_offset: u64,
    len: u64,
    flags: u32,
    address: *mut u64,
) -> Status {
    let both = VmOptions::SPECIFIC_OVERWRITE | VmOptions::MAP_RANGE;
    let mut options = VmOptions::from_bits_retain(flags);
    let is_split = options.contains(both);
    if is_split {
        options.remove(VmOptions::MAP_RANGE);
    }
    // SAFETY: passed on to the caller; where the map succeeds, it has written `address`.
    unsafe {
        let status = zx::vmar_map(vmar, options.bits(), vmar_offset, vmo, vmo_offset, len, address);
        if is_split && status == Status::OK {
            let op = VmarOp::MapRange as u32;
            let _ = zx::vmar_op_range(vmar, op, *address, len, core::ptr::null_mut(), 0);
        }
        status
    }
}

/// Changes the permissions of a range.
///
/// # Safety
/// As [`zx::vmar_protect`].
pub unsafe fn vmar_protect(vmar: u32, address: u64, len: u64, prot: u32) -> Status {
    // SAFETY: passed on to the caller.
    unsafe { zx::vmar_protect(vmar, prot, address, len) }
}

/// Copies bytes out of a memory object and says how many: all or none.
///
/// # Safety
/// As [`zx::vmo_read`], and `actual` must be null or writable.
pub unsafe fn vmo_read(vmo: u32, data: *mut u8, offset: u64, len: u64, actual: *mut u64) -> Status {
    // SAFETY: passed on to the caller.
    unsafe { report(zx::vmo_read(vmo, data, offset, len), len, actual) }
}

/// Copies bytes into a memory object and says how many: all or none.
///
/// # Safety
/// As [`zx::vmo_write`], and `actual` must be null or writable.
pub unsafe fn vmo_write(
    vmo: u32,
    data: *const u8,
    offset: u64,
    len: u64,
    actual: *mut u64,
) -> Status {
    // SAFETY: passed on to the caller.
    unsafe { report(zx::vmo_write(vmo, data, offset, len), len, actual) }
}

/// Stores how many bytes a copy moved.
///
/// # Safety
/// `actual` must be null or writable.
unsafe fn report(status: Status, len: u64, actual: *mut u64) -> Status {
    if status == Status::OK && !actual.is_null() {
        // SAFETY: not null, so writable by the caller's promise.
        unsafe { actual.write(len) };
    }
    status
}

/// Queues a packet. Its size was an argument and said nothing.
///
/// # Safety
/// As [`zx::port_queue`].
pub unsafe fn port_queue(port: u32, packet: *const u8, _size: u64) -> Status {
    // SAFETY: passed on to the caller.
    unsafe { zx::port_queue(port, packet) }
}

/// Takes the first packet, or waits for one. Its size was an argument and said nothing.
///
/// # Safety
/// As [`zx::port_wait`].
pub unsafe fn port_wait(port: u32, deadline: i64, packet: *mut u8, _size: u64) -> Status {
    // SAFETY: passed on to the caller.
    unsafe { zx::port_wait(port, deadline, packet) }
}

/// Sleeps until woken, if a word has the expected value. Futexes had no owners.
///
/// # Safety
/// As [`zx::futex_wait`].
pub unsafe fn futex_wait(value: *const i32, current: i32, deadline: i64) -> Status {
    // SAFETY: passed on to the caller.
    unsafe { zx::futex_wait(value, current, INVALID_HANDLE, deadline) }
}

/// Wakes some threads that sleep on a word and lets others sleep on another one. Futexes had no owners.
///
/// # Safety
/// As [`zx::futex_requeue`].
pub unsafe fn futex_requeue(
    value: *const i32,
    wake_count: u32,
    current: i32,
    requeue: *const i32,
    requeue_count: u32,
) -> Status {
    // SAFETY: passed on to the caller.
    unsafe { zx::futex_requeue(value, wake_count, current, requeue, requeue_count, INVALID_HANDLE) }
}
