//! `vmo_create_child`: slices and references.
//!
//! # Source
//! `vmo.md` §8 and §15; `faults.md` §6.

use super::cases;
use crate::fixture::*;
use crate::{probe, zx};
use abi::VmoChildOptions;
use rt::{Status, Vmo};

cases! { vmo_views:
    a_slice_is_a_window,
    slices_of_slices,
    a_slice_of_nothing,
    a_slice_cannot_be_resized,
    a_reference_is_the_same_object,
    a_reference_is_resized_with_its_right,
}

const SNAPSHOT: VmoChildOptions = VmoChildOptions::SNAPSHOT;
const SLICE: VmoChildOptions = VmoChildOptions::SLICE;
const REFERENCE: VmoChildOptions = VmoChildOptions::REFERENCE;
const RESIZABLE: VmoChildOptions = VmoChildOptions::RESIZABLE;

/// Asks for a child with any numbers.
#[track_caller]
fn ask(parent: impl zx::Word, options: u32, offset: u64, size: u64) -> Status {
    let mut handle = 0_u32;
    let status = zx::vmo_create_child(parent, options, offset, size, &mut handle);
    if status == Status::OK {
        zx::close(handle);
    } else {
        assert_eq!(handle, 0, "no handle on failure");
    }
    status
}

/// Returns the byte that each page begins with.
#[track_caller]
fn first_bytes<const N: usize>(object: &Vmo) -> [u8; N] {
    core::array::from_fn(|page| probe::byte_of(object, page as u64 * PAGE))
}

fn a_slice_is_a_window() {
    let parent = numbered(4, 1);
    let slice = parent.create_child(SLICE, PAGE, 42).unwrap();
    assert_eq!(slice.size(), Ok(PAGE));
    slice.write(0, &[20]).unwrap();
    assert_eq!(first_bytes(&parent), [1, 20, 3, 4]);
    parent.write(PAGE, &[30]).unwrap();
    assert_eq!(probe::byte_of(&slice, 0), 30);
    let (own, whole) = (map(&slice, 1, RW), map(&parent, 4, RW));
    assert_eq!(probe::write(own, 40), Ok(()));
    assert_eq!(probe::read(whole + PAGE), Ok(40));
    assert_eq!(slice.read(PAGE, &mut [0]), Err(Status::OUT_OF_RANGE));
}

fn slices_of_slices() {
    let parent = numbered(6, 1);
    let outer = parent.create_child(SLICE, PAGE, 4 * PAGE).unwrap();
    let inner = outer.create_child(SLICE, PAGE, 2 * PAGE).unwrap();
    assert_eq!(first_bytes(&inner), [3, 4]);
    assert_eq!(ask(&inner, SLICE.bits(), PAGE, 2 * PAGE), Status::INVALID_ARGS);
    inner.write(PAGE, &[9]).unwrap();
    assert_eq!(first_bytes(&parent), [1, 2, 3, 9, 5, 6]);
}

fn a_slice_of_nothing() {
    let parent = vmo(1);
    for offset in [0, PAGE] {
        let slice = parent.create_child(SLICE, offset, 0).unwrap();
        assert_eq!(slice.size(), Ok(0));
        assert_eq!(slice.read(0, &mut [0]), Err(Status::OUT_OF_RANGE));
        assert_eq!(slice.read(0, &mut []), Ok(()));
    }
}

fn a_slice_cannot_be_resized() {
    let slice = vmo(2).create_child(SLICE, 0, PAGE).unwrap();
    assert_eq!(slice.set_size(2 * PAGE), Err(Status::UNAVAILABLE));
}

fn a_reference_is_the_same_object() {
    let parent = numbered(2, 1);
    let reference = parent.create_child(REFERENCE, 0, 0).unwrap();
    assert_eq!(reference.size(), Ok(2 * PAGE));
    reference.write(PAGE, &[9]).unwrap();
    assert_eq!(first_bytes(&parent), [1, 9]);
    let child = reference.create_child(SNAPSHOT, 0, 2 * PAGE).unwrap();
    parent.write(0, &[5]).unwrap();
    assert_eq!(first_bytes(&reference), [5, 9]);
    assert_eq!(first_bytes(&child), [1, 9]);
}

fn a_reference_is_resized_with_its_right() {
    let parent = resizable(2);
    let plain = parent.create_child(REFERENCE, 0, 0).unwrap();
    assert_eq!(plain.set_size(PAGE), Err(Status::ACCESS_DENIED));
    let resizing = parent.create_child(REFERENCE | RESIZABLE, 0, 0).unwrap();
    resizing.set_size(5 * PAGE).unwrap();
    let sizes = [&parent, &plain, &resizing].map(|object| object.size().unwrap());
    assert_eq!(sizes, [5 * PAGE; 3]);
}
