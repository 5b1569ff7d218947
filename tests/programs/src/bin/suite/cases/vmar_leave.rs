//! `vmar_unmap_handle_close_thread_exit`: the last act of a thread whose stack goes away.
//!
//! # Source
//! `vmar.md` §13.

use super::cases;
use crate::fixture::*;
use crate::{part, probe, zx};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use rt::thread::spawn;
use rt::{Status, Vmar};

cases! { vmar_leave:
    errors_of_unmap_come_back,
    after_an_error_the_handle_is_open,
    the_range_is_unmapped_the_handle_closed_and_the_thread_ended,
    no_handle_to_close_is_fine,
    a_handle_that_cannot_be_closed_ends_the_process,
}

fn errors_of_unmap_come_back() {
    let region = region(2);
    let status = zx::vmar_unmap_handle_close_thread_exit(UNKNOWN, region.base, PAGE, 0);
    assert_eq!(status, Status::BAD_HANDLE);
    let status = zx::vmar_unmap_handle_close_thread_exit(&vmo(1), region.base, PAGE, 0);
    assert_eq!(status, Status::WRONG_TYPE);
    for (address, len) in [(region.base + 1, PAGE), (region.base, 0), (region.base, 3 * PAGE)] {
        let status = zx::vmar_unmap_handle_close_thread_exit(&*region, address, len, 0);
        assert_eq!(status, Status::INVALID_ARGS);
    }
    let dead = dead_region(1);
    let status = zx::vmar_unmap_handle_close_thread_exit(&*dead, dead.base, PAGE, 0);
    assert_eq!(status, Status::BAD_STATE);
}

fn after_an_error_the_handle_is_open() {
    let (region, object) = (region(2), vmo(1));
    let address = region.place(0, &object, 1, RW);
    let status = zx::vmar_unmap_handle_close_thread_exit(&*region, address + 1, PAGE, &object);
    assert_eq!(status, Status::INVALID_ARGS);
    assert!(object.basic_info().is_ok());
    assert_eq!(probe::read(address), Ok(0));
}

/// What the thread that leaves takes along.
static REGION: AtomicU32 = AtomicU32::new(0);
static HANDLE: AtomicU32 = AtomicU32::new(0);
static ADDRESS: AtomicU64 = AtomicU64::new(0);

extern "C" fn leave(_: u64) {
    let address = ADDRESS.load(Ordering::Relaxed);
    let (region, handle) = (REGION.load(Ordering::Relaxed), HANDLE.load(Ordering::Relaxed));
    let status = zx::vmar_unmap_handle_close_thread_exit(region, address, PAGE, handle);
    panic!("the thread goes on: {status}");
}

/// Has a thread leave with a page of `region` and `handle`; it must not come back.
fn run_leave(region: &Vmar, address: u64, handle: u32) {
    REGION.store(region.raw(), Ordering::Relaxed);
    HANDLE.store(handle, Ordering::Relaxed);
    ADDRESS.store(address, Ordering::Relaxed);
    let running = spawn(leave, 0).unwrap();
    running.join().unwrap();
}

fn the_range_is_unmapped_the_handle_closed_and_the_thread_ended() {
    let region = region(2);
    let address = region.place(0, &vmo(1), 1, RW);
    let handle = vmo(1).into_handle().into_raw();
    run_leave(&region, address, handle);
    assert_eq!(probe::read(address), Err(Status::NOT_FOUND));
    assert_eq!(zx::handle_close(handle), Status::BAD_HANDLE);
}

fn no_handle_to_close_is_fine() {
    let region = region(2);
    let address = region.place(0, &vmo(1), 1, RW);
    run_leave(&region, address, 0);
    assert_eq!(probe::read(address), Err(Status::NOT_FOUND));
}

fn leave_with_nothing(_: u64) {
    let address = map(&vmo(1), 1, RW);
    let status = zx::vmar_unmap_handle_close_thread_exit(root(), address, PAGE, UNKNOWN);
    panic!("the process goes on: {status}");
}

fn a_handle_that_cannot_be_closed_ends_the_process() {
    part::dies(leave_with_nothing, 0);
}
