//! Results that cannot be written: INVALID_ARGS, what was made is undone, and nothing is left behind.
//!
//! # Source
//! `handles-rights-errors.md` §7 and §8; `vmar.md` §7 and §8; `faults.md` §5.

use super::cases;
use crate::fixture::*;
use crate::usage::{Usage, assert_leaks_nothing};
use crate::zx;
use abi::Topic;
use rt::{Channel, Rights, Status, start};

cases! { out_pointers:
    handle_duplicate,
    handle_replace,
    object_get_info_record,
    object_get_info_counts,
    object_wait_one,
    vmar_allocate_child,
    vmar_allocate_address,
    vmar_map,
    vmo_create,
    vmo_get_size,
    vmo_replace_as_executable,
    process_create_process,
    process_create_vmar,
    thread_create,
    channel_create,
    cprng_draw,
    a_failed_allocate_frees_the_place,
    a_failed_map_frees_the_place,
    a_failed_overwrite_leaves_no_mapping,
    a_failed_create_makes_no_handle,
    results_are_written_last,
}

/// Checks that `call` refuses every hostile address and leaks nothing on the way.
#[track_caller]
fn check(call: impl Fn(u64) -> Status) {
    check_but(&[], call);
}

/// As [`check`], where some addresses are fine.
#[track_caller]
fn check_but(fine: &[u64], call: impl Fn(u64) -> Status) {
    let hostile = Hostile::new();
    let addresses = hostile.addresses().filter(|address| !fine.contains(address));
    assert_leaks_nothing(|| {
        for address in addresses.clone() {
            assert_eq!(call(address), Status::INVALID_ARGS, "{address:#x}");
        }
    });
}

fn handle_duplicate() {
    let object = vmo(1);
    check(|out| zx::handle_duplicate(&object, Rights::SAME_RIGHTS, out));
    assert_eq!(object.size(), Ok(PAGE));
}

fn handle_replace() {
    check(|out| {
        let handle = vmo(1).into_handle().into_raw();
        let status = zx::handle_replace(handle, Rights::SAME_RIGHTS, out);
        assert_eq!(zx::handle_close(handle), Status::BAD_HANDLE, "consumed");
        status
    });
}

fn object_get_info_record() {
    check(|out| zx::object_get_info(root(), Topic::VMAR.0, out, 16, 0, 0));
    check(|out| zx::object_get_info(root(), Topic::HANDLE_BASIC.0, out, 32, 0, 0));
    check(|out| zx::object_get_info(start().process(), Topic::PROCESS.0, out, 24, 0, 0));
}

fn object_get_info_counts() {
    let mut record = [0_u64; 2];
    let buffer = &raw mut record as u64;
    check_but(&[0], |out| zx::object_get_info(root(), Topic::VMAR.0, buffer, 16, out, 0));
    check_but(&[0], |out| zx::object_get_info(root(), Topic::VMAR.0, buffer, 16, 0, out));
}

fn object_wait_one() {
    check_but(&[0], |out| zx::object_wait_one(start().process(), 0, 0, out));
}

fn vmar_allocate_child() {
    let mut address = 0_u64;
    let address = &raw mut address as u64;
    check(|out| zx::vmar_allocate(root(), CAN_ALL, 0, PAGE, out, address));
}

fn vmar_allocate_address() {
    let mut child = 0_u32;
    let child = &raw mut child as u64;
    check(|out| zx::vmar_allocate(root(), CAN_ALL, 0, PAGE, child, out));
}

fn vmar_map() {
    let object = vmo(1);
    check(|out| zx::vmar_map(root(), RW, 0, &object, 0, PAGE, out));
}

fn vmo_create() {
    check(|out| zx::vmo_create(PAGE, 0, out));
}

fn vmo_get_size() {
    let object = vmo(1);
    check(|out| zx::vmo_get_size(&object, out));
}

fn vmo_replace_as_executable() {
    check(|out| {
        let handle = vmo(1).into_handle().into_raw();
        let status = zx::vmo_replace_as_executable(handle, 0, out);
        assert_eq!(zx::handle_close(handle), Status::BAD_HANDLE, "consumed");
        status
    });
}

fn process_create_process() {
    let mut vmar = 0_u32;
    let vmar = &raw mut vmar as u64;
    check(|out| zx::process_create(start().job(), "x", 1, 0, out, vmar));
}

fn process_create_vmar() {
    let mut process = 0_u32;
    let process = &raw mut process as u64;
    check(|out| zx::process_create(start().job(), "x", 1, 0, process, out));
}

fn thread_create() {
    check(|out| zx::thread_create(start().process(), "x", 1, 0, out));
}

fn channel_create() {
    let mut end = 0_u32;
    let end = &raw mut end as u64;
    check(|out| zx::channel_create(0, out, end));
    check(|out| zx::channel_create(0, end, out));
}

fn cprng_draw() {
    check(|out| zx::cprng_draw(out, 8));
}

fn a_failed_allocate_frees_the_place() {
    let region = region(2);
    let mut child = 0_u32;
    for _ in 0..4 {
        let status = zx::vmar_allocate(&region.vmar, SPECIFIC, 0, 2 * PAGE, &mut child, 0);
        assert_eq!(status, Status::INVALID_ARGS);
    }
    region.child(0, 2, NONE);
}

fn a_failed_map_frees_the_place() {
    let region = region(2);
    let object = vmo(2);
    for _ in 0..4 {
        let status = zx::vmar_map(&region.vmar, RW | SPECIFIC, 0, &object, 0, 2 * PAGE, 0);
        assert_eq!(status, Status::INVALID_ARGS);
    }
    region.place(0, &object, 2, RW);
}

fn a_failed_overwrite_leaves_no_mapping() {
    let region = region(1);
    region.place(0, &numbered(1, 1), 1, R);
    let status = zx::vmar_map(&region.vmar, RW | OVERWRITE, 0, &numbered(1, 9), 0, PAGE, 0);
    assert_eq!(status, Status::INVALID_ARGS);
    assert_ne!(crate::probe::read(region.base), Ok(9), "the new mapping is gone");
}

fn a_failed_create_makes_no_handle() {
    let before = Usage::now();
    let mut handle = 0_u32;
    for status in [
        zx::vmo_create(u64::MAX, 0, &mut handle),
        zx::channel_create(1, &mut handle, 0),
        zx::process_create(start().job(), "x", 1, 2, &mut handle, 0),
        zx::thread_create(start().process(), "x", 1, 1, &mut handle),
    ] {
        assert_ne!(status, Status::OK);
    }
    assert_eq!(handle, 0);
    assert_eq!(Usage::now(), before);
}

fn results_are_written_last() {
    let (one, _other) = Channel::create().unwrap();
    let mut untouched = 0x5A5A_u32;
    let statuses = [
        zx::handle_duplicate(UNKNOWN, Rights::SAME_RIGHTS, &mut untouched),
        zx::handle_duplicate(&one, Rights::SAME_RIGHTS, &mut untouched),
        zx::handle_replace(UNKNOWN, Rights::SAME_RIGHTS, &mut untouched),
        zx::vmo_create(PAGE, 1, &mut untouched),
    ];
    let expected =
        [Status::BAD_HANDLE, Status::ACCESS_DENIED, Status::BAD_HANDLE, Status::INVALID_ARGS];
    assert_eq!((statuses, untouched), (expected, 0x5A5A));
}
