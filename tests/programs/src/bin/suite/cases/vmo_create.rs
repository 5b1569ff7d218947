//! `vmo_create` and `vmo_replace_as_executable`.
//!
//! # Source
//! `vmo.md` §2 and §11; `handles-rights-errors.md` §4.

use super::cases;
use crate::fixture::*;
use crate::usage::Usage;
use crate::{probe, zx};
use abi::layout::MAX_VMO_SIZE;
use rt::{Channel, Rights, Status, VmOptions, Vmo, VmoOptions};

cases! { vmo_create:
    resizable_and_unbounded_is_invalid,
    resizable_and_unbounded_precedes_size,
    a_size_that_cannot_be_rounded_is_out_of_range,
    size_precedes_unknown_options,
    unknown_options_are_invalid,
    trap_dirty_is_for_pagers,
    more_than_the_maximum_is_out_of_range,
    unknown_options_precede_the_maximum,
    the_maximum_can_be_created,
    an_unbounded_object_has_the_maximum_size,
    an_unbounded_object_cannot_ask_for_more,
    the_size_is_rounded_up,
    size_zero_is_fine,
    a_new_handle_has_the_default_rights,
    a_resizable_object_has_the_resize_right,
    half_the_address_range_is_sparse,
    nothing_is_committed,
    objects_are_independent,
    freed_pages_come_back_as_zeros,
    executable_adds_the_right,
    executable_needs_no_duplicate_right,
    executable_consumes_the_handle,
    executable_of_another_type_is_bad_handle,
    executable_of_another_type_consumes_too,
    executable_refuses_other_resources,
    only_executable_objects_can_be_mapped_so,
}

#[track_caller]
fn ask(size: u64, options: u32) -> Status {
    let mut handle = 0_u32;
    let status = zx::vmo_create(size, options, &mut handle);
    if status == Status::OK {
        zx::close(handle);
    } else {
        assert_eq!(handle, 0, "no handle on failure");
    }
    status
}

const RESIZABLE: u32 = VmoOptions::RESIZABLE.bits();
const UNBOUNDED: u32 = VmoOptions::UNBOUNDED.bits();

fn resizable_and_unbounded_is_invalid() {
    assert_eq!(ask(PAGE, RESIZABLE | UNBOUNDED), Status::INVALID_ARGS);
}

fn resizable_and_unbounded_precedes_size() {
    assert_eq!(ask(u64::MAX, RESIZABLE | UNBOUNDED), Status::INVALID_ARGS);
}

fn a_size_that_cannot_be_rounded_is_out_of_range() {
    for size in [u64::MAX, u64::MAX - PAGE + 2] {
        for options in [0, RESIZABLE, VmoOptions::DISCARDABLE.bits()] {
            assert_eq!(ask(size, options), Status::OUT_OF_RANGE, "{size:#x} {options:#x}");
        }
    }
}

fn size_precedes_unknown_options() {
    assert_eq!(ask(u64::MAX, 1 << 31), Status::OUT_OF_RANGE);
    assert_eq!(ask(u64::MAX, 1), Status::OUT_OF_RANGE);
}

fn unknown_options_are_invalid() {
    for bit in (5..32).chain([0]) {
        assert_eq!(ask(PAGE, 1 << bit), Status::INVALID_ARGS, "bit {bit}");
    }
}

fn trap_dirty_is_for_pagers() {
    assert_eq!(ask(PAGE, VmoOptions::TRAP_DIRTY.bits()), Status::INVALID_ARGS);
}

fn more_than_the_maximum_is_out_of_range() {
    for size in [MAX_VMO_SIZE + 1, MAX_VMO_SIZE + PAGE, u64::MAX - PAGE + 1] {
        for options in [0, RESIZABLE, UNBOUNDED] {
            assert_eq!(ask(size, options), Status::OUT_OF_RANGE, "{size:#x} {options:#x}");
        }
    }
}

fn unknown_options_precede_the_maximum() {
    assert_eq!(ask(MAX_VMO_SIZE + PAGE, 1 << 9), Status::INVALID_ARGS);
}

fn the_maximum_can_be_created() {
    for options in [0, RESIZABLE, UNBOUNDED] {
        assert_eq!(ask(MAX_VMO_SIZE, options), Status::OK, "{options:#x}");
        assert_eq!(ask(MAX_VMO_SIZE - 1, options), Status::OK, "{options:#x}");
    }
}

fn an_unbounded_object_has_the_maximum_size() {
    for size in [0, 1, PAGE, MAX_VMO_SIZE] {
        let object = Vmo::create(size, VmoOptions::UNBOUNDED).unwrap();
        assert_eq!(object.size(), Ok(MAX_VMO_SIZE), "asked for {size:#x}");
        assert_eq!(object.set_size(PAGE), Err(Status::UNAVAILABLE));
        object.write(MAX_VMO_SIZE - 1, &[3]).unwrap();
        assert_eq!(probe::byte_of(&object, MAX_VMO_SIZE - 1), 3);
    }
}

fn an_unbounded_object_cannot_ask_for_more() {
    assert_eq!(ask(u64::MAX, UNBOUNDED), Status::OUT_OF_RANGE);
}

fn the_size_is_rounded_up() {
    for (size, rounded) in [(1, PAGE), (PAGE - 1, PAGE), (PAGE, PAGE), (PAGE + 1, 2 * PAGE)] {
        let object = Vmo::create(size, VmoOptions::empty()).unwrap();
        assert_eq!(object.size(), Ok(rounded), "{size:#x}");
        assert_eq!(object.write(rounded - 1, &[1]), Ok(()));
    }
}

fn size_zero_is_fine() {
    let object = vmo(0);
    assert_eq!(object.size(), Ok(0));
    assert_eq!(object.read(0, &mut []), Ok(()));
    assert_eq!(object.read(0, &mut [0]), Err(Status::OUT_OF_RANGE));
}

fn a_new_handle_has_the_default_rights() {
    for options in [VmoOptions::empty(), VmoOptions::UNBOUNDED, VmoOptions::DISCARDABLE] {
        let object = Vmo::create(PAGE, options).unwrap();
        assert_eq!(object.basic_info().unwrap().rights, Rights::VMO_DEFAULT.bits());
    }
}

fn a_resizable_object_has_the_resize_right() {
    let expected = Rights::VMO_DEFAULT | Rights::RESIZE;
    assert_eq!(resizable(1).basic_info().unwrap().rights, expected.bits());
}

fn half_the_address_range_is_sparse() {
    let object = Vmo::create(1 << 63, VmoOptions::empty()).unwrap();
    let before = Usage::now().frames();
    let places = [0, 1 << 20, 1 << 40, (1 << 62) + 5, (1 << 63) - 1];
    for (place, byte) in places.into_iter().zip(1..) {
        object.write(place, &[byte]).unwrap();
    }
    for (place, byte) in places.into_iter().zip(1..) {
        assert_eq!(probe::byte_of(&object, place), byte, "{place:#x}");
    }
    let taken = Usage::now().frames() - before;
    assert!(taken <= 64, "{taken} frames for five pages");
}

fn nothing_is_committed() {
    let before = Usage::now().frames();
    let object = vmo(1 << 20);
    assert_eq!(Usage::now().frames(), before);
    object.write(5 * PAGE, &[1]).unwrap();
    assert!(Usage::now().frames() > before);
}

fn objects_are_independent() {
    let (one, other) = (vmo(1), vmo(1));
    one.write(0, &[1]).unwrap();
    assert_eq!(probe::byte_of(&other, 0), 0);
    assert_ne!(one.basic_info().unwrap().koid, other.basic_info().unwrap().koid);
}

fn freed_pages_come_back_as_zeros() {
    let secret = [0xA5; 512];
    for _ in 0..4 {
        let object = vmo(64);
        for page in 0..64 {
            object.write(page * PAGE + 100, &secret).unwrap();
        }
        drop(object);
        let next = vmo(64);
        let mut bytes = [1; 512];
        for page in 0..64 {
            next.write(page * PAGE, &[0]).unwrap();
            next.read(page * PAGE + 100, &mut bytes).unwrap();
            assert_eq!(bytes, [0; 512], "page {page}");
        }
    }
}

fn executable_adds_the_right() {
    let object = vmo(1);
    let koid = object.basic_info().unwrap().koid;
    let info = object.into_executable().unwrap().basic_info().unwrap();
    assert_eq!(info.rights, (Rights::VMO_DEFAULT | Rights::EXECUTE).bits());
    assert_eq!(info.koid, koid);
}

fn executable_needs_no_duplicate_right() {
    let weak: Vmo = vmo(1).into_handle().replace(Rights::READ).unwrap().into();
    let rights = weak.into_executable().unwrap().basic_info().unwrap().rights;
    assert_eq!(rights, (Rights::READ | Rights::EXECUTE).bits());
}

/// Asks for an executable handle with raw numbers.
#[track_caller]
fn executable(handle: u32, vmex: u32) -> Status {
    let mut out = 0_u32;
    let status = zx::vmo_replace_as_executable(handle, vmex, &mut out);
    if status == Status::OK {
        zx::close(out);
    }
    status
}

fn executable_consumes_the_handle() {
    let handle = vmo(1).into_handle().into_raw();
    assert_eq!(executable(handle, 0), Status::OK);
    assert_eq!(zx::handle_close(handle), Status::BAD_HANDLE);
}

fn executable_of_another_type_is_bad_handle() {
    let handle = root().duplicate(Rights::SAME_RIGHTS).unwrap().into_handle().into_raw();
    assert_eq!(executable(handle, 0), Status::BAD_HANDLE);
    assert_eq!(executable(0, 0), Status::BAD_HANDLE);
    assert_eq!(executable(UNKNOWN, 0), Status::BAD_HANDLE);
}

fn executable_of_another_type_consumes_too() {
    let handle = Channel::create().unwrap().0.into_handle().into_raw();
    assert_eq!(executable(handle, 0), Status::BAD_HANDLE);
    assert_eq!(zx::handle_close(handle), Status::BAD_HANDLE);
}

fn executable_refuses_other_resources() {
    let handle = vmo(1).into_handle().into_raw();
    assert_eq!(executable(handle, root().raw()), Status::WRONG_TYPE);
    assert_eq!(zx::handle_close(handle), Status::BAD_HANDLE, "consumed");
}

fn only_executable_objects_can_be_mapped_so() {
    let object = vmo(1);
    assert_eq!(root().map(RX, 0, &object, 0, PAGE), Err(Status::ACCESS_DENIED));
    let address = root().map(R | VmOptions::MAP_RANGE, 0, &object, 0, PAGE).unwrap();
    assert_eq!(root().protect(RX, address, PAGE), Err(Status::ACCESS_DENIED));
    assert!(root().map(RX, 0, &object.into_executable().unwrap(), 0, PAGE).is_ok());
}
