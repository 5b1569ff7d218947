//! Checks and failures on request, which other tests rely on.

use super::cases;
use crate::fixture::*;
use crate::usage::Usage;
use crate::zx;
use core::sync::atomic::{AtomicU32, Ordering};
use rt::debug::{check_invariants, count_handles, fail_allocation};
use rt::{Rights, Status, time};

cases! { debug_calls:
    every_address_space_is_checked,
    handles_are_counted,
    the_allocation_that_was_asked_for_fails,
    an_allocation_fails_once,
    allocations_of_others_do_not_count,
    results_go_where_they_can_be_written,
    nothing_fails_if_the_count_cannot_be_written,
}

fn every_address_space_is_checked() {
    let before = check_invariants().unwrap();
    assert!(before >= 4, "the kernel, init, the runner and this process, not {before}");
    let made = rt::Process::create(rt::start().job(), "one more").unwrap();
    assert_eq!(check_invariants(), Ok(before + 1));
    drop(made);
    assert_eq!(check_invariants(), Ok(before));
}

fn handles_are_counted() {
    let before = count_handles().unwrap();
    let object = vmo(1);
    let _second = object.duplicate(Rights::SAME_RIGHTS).unwrap();
    assert_eq!(count_handles(), Ok(before + 2));
}

/// Makes a VMO while the `number`-th allocation fails; returns how the call went and how many allocations there were.
fn create_failing(number: u64) -> (Status, u64) {
    let mut handle = 0_u32;
    fail_allocation(number).unwrap();
    let status = zx::vmo_create(PAGE, 0, &mut handle);
    let count = fail_allocation(0).unwrap();
    if status == Status::OK {
        zx::close(handle);
    }
    (status, count)
}

fn the_allocation_that_was_asked_for_fails() {
    let (status, all) = create_failing(u64::MAX);
    assert_eq!(status, Status::OK);
    assert!(all > 0, "an object is not made of nothing");
    let before = Usage::now();
    for number in 1..=all {
        assert_eq!(create_failing(number), (Status::NO_MEMORY, number));
    }
    assert_eq!(create_failing(all + 1), (Status::OK, all));
    assert_eq!(Usage::now(), before);
}

fn an_allocation_fails_once() {
    let mut handle = 0_u32;
    fail_allocation(1).unwrap();
    assert_eq!(zx::vmo_create(PAGE, 0, &mut handle), Status::NO_MEMORY);
    assert_eq!(zx::vmo_create(PAGE, 0, &mut handle), Status::OK);
    assert!(fail_allocation(0).unwrap() > 1);
    zx::close(handle);
}

/// How far the two threads are: 1 asks for a VMO, 2 says that it is made.
static STEP: AtomicU32 = AtomicU32::new(0);

/// Waits for step `step`.
fn wait_for(step: u32) {
    while STEP.load(Ordering::Relaxed) != step {
        time::yield_now();
    }
}

/// Makes a VMO when it is asked for.
extern "C" fn create(_: u64) {
    wait_for(1);
    drop(vmo(1));
    STEP.store(2, Ordering::Relaxed);
}

fn allocations_of_others_do_not_count() {
    let thread = rt::thread::spawn(create, 0).unwrap();
    fail_allocation(1).unwrap();
    STEP.store(1, Ordering::Relaxed);
    wait_for(2);
    assert_eq!(fail_allocation(0), Ok(0));
    thread.join().unwrap();
}

fn results_go_where_they_can_be_written() {
    for address in Hostile::new().addresses().filter(|address| *address != 0) {
        assert_eq!(zx::debug_check_invariants(address), Status::INVALID_ARGS, "{address:#x}");
        assert_eq!(zx::debug_count_handles(address), Status::INVALID_ARGS, "{address:#x}");
        assert_eq!(zx::debug_fail_allocation(0, address), Status::INVALID_ARGS, "{address:#x}");
    }
    assert_eq!(zx::debug_check_invariants(0), Status::OK);
    assert_eq!(zx::debug_count_handles(0), Status::OK);
    assert_eq!(zx::debug_fail_allocation(0, 0), Status::OK);
}

fn nothing_fails_if_the_count_cannot_be_written() {
    assert_eq!(zx::debug_fail_allocation(1, 1), Status::INVALID_ARGS);
    drop(vmo(1));
}
