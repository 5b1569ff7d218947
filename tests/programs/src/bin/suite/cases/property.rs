//! `object_get_property` and `object_set_property`: names.
//!
//! # Source
//! `vmo.md` §10; `handles-rights-errors.md` §10.

use super::cases;
use crate::fixture::*;
use crate::{hardware, zx};
use abi::object::PROP_NAME;
use rt::{Event, Handle, Rights, Status, start};

cases! { property:
    a_new_object_has_no_name,
    a_name_is_kept,
    a_long_name_is_cut,
    getting_needs_the_right,
    setting_needs_the_right,
    a_small_buffer_is_told_so,
    all_32_bytes_are_written,
    bad_pointers_are_invalid,
    regions_and_events_have_no_name,
    devices_have_names,
    unknown_properties_are_not_supported,
    processes_have_names,
}

/// Sets a name.
#[track_caller]
fn set(handle: &Handle, name: &str) -> Status {
    zx::object_set_property(handle, PROP_NAME, name, name.len())
}

/// Returns the 32 bytes of a name.
#[track_caller]
fn get(handle: &Handle) -> [u8; 32] {
    let mut bytes = [0xEE; 32];
    assert_eq!(zx::object_get_property(handle, PROP_NAME, &mut bytes, 32), Status::OK);
    bytes
}

/// Returns `name` with NULs up to 32 bytes.
fn padded(name: &str) -> [u8; 32] {
    core::array::from_fn(|index| name.as_bytes().get(index).copied().unwrap_or(0))
}

fn a_new_object_has_no_name() {
    assert_eq!(get(&vmo(1)), [0; 32]);
}

fn a_name_is_kept() {
    let object = vmo(1);
    for name in ["pages", "p", "", "exactly thirty-one bytes, no NUL"] {
        assert_eq!(set(&object, name), Status::OK);
        assert_eq!(get(&object), padded(&name[..name.len().min(31)]), "{name}");
    }
}

fn a_long_name_is_cut() {
    let object = vmo(1);
    let name = "a name that is longer than thirty-one bytes";
    assert_eq!(set(&object, name), Status::OK);
    assert_eq!(get(&object), padded(&name[..31]));
}

fn getting_needs_the_right() {
    let weak = without(&vmo(1), Rights::GET_PROPERTY);
    let status = zx::object_get_property(&weak, PROP_NAME, 0, 0);
    assert_eq!(status, Status::ACCESS_DENIED);
}

fn setting_needs_the_right() {
    let object = vmo(1);
    assert_eq!(set(&without(&object, Rights::SET_PROPERTY), "x"), Status::ACCESS_DENIED);
    assert_eq!(get(&object), [0; 32]);
}

fn a_small_buffer_is_told_so() {
    let object = vmo(1);
    let mut bytes = [0xEE_u8; 32];
    for size in [0, 1, 31] {
        let status = zx::object_get_property(&object, PROP_NAME, &mut bytes, size);
        assert_eq!(status, Status::BUFFER_TOO_SMALL, "{size} bytes");
    }
    assert_eq!(bytes, [0xEE; 32]);
}

fn all_32_bytes_are_written() {
    let object = vmo(1);
    assert_eq!(set(&object, "long enough"), Status::OK);
    assert_eq!(set(&object, "ab"), Status::OK);
    assert_eq!(get(&object), padded("ab"), "nothing of the longer name is left");
}

fn bad_pointers_are_invalid() {
    let object = vmo(1);
    for address in [0, PAGE, 1 << 47, 0xFFFF_8000_0000_0000] {
        let get = zx::object_get_property(&object, PROP_NAME, address, 32);
        let set = zx::object_set_property(&object, PROP_NAME, address, 5);
        assert_eq!([get, set], [Status::INVALID_ARGS; 2], "{address:#x}");
    }
}

fn regions_and_events_have_no_name() {
    let mut bytes = [0_u8; 32];
    for nameless in [&**root(), &Event::create().unwrap()] {
        let get = zx::object_get_property(nameless, PROP_NAME, &mut bytes, 32);
        let set = zx::object_set_property(nameless, PROP_NAME, &mut bytes, 32);
        assert_eq!([get, set], [Status::WRONG_TYPE; 2]);
    }
}

fn devices_have_names() {
    let bti = hardware::bti();
    assert_eq!(get(&bti), [0; 32]);
    assert_eq!(set(&bti, "a device"), Status::OK);
    assert_eq!(get(&bti), padded("a device"));
}

fn unknown_properties_are_not_supported() {
    let object = vmo(1);
    let mut bytes = [0_u8; 32];
    for property in [0, 1, 99, u32::MAX] {
        let get = zx::object_get_property(&object, property, &mut bytes, 32);
        let set = zx::object_set_property(&object, property, &mut bytes, 32);
        assert_eq!([get, set], [Status::NOT_SUPPORTED; 2], "property {property}");
    }
}

fn processes_have_names() {
    assert_eq!(get(start().process()), padded("suite"));
}
