//! `vmo_create_child`: what is refused, and what a child shows.
//!
//! # Source
//! `vmo.md` §8 and §15; `faults.md` §6.

use super::cases;
use crate::fixture::*;
use crate::hardware;
use crate::usage::Usage;
use crate::{probe, zx};
use abi::VmoChildOptions;
use abi::layout::MAX_VMO_SIZE;
use rt::{Rights, Status, Vmo, VmoOptions};

cases! { vmo_child:
    a_size_that_cannot_be_rounded_precedes_the_handle,
    no_write_and_resizable_precedes_the_handle,
    duplicate_and_read_are_needed,
    rights_precede_the_kind,
    one_kind_has_to_be_asked_for,
    a_snapshot_needs_an_aligned_offset,
    a_snapshot_past_the_maximum_is_out_of_range,
    a_slice_needs_an_aligned_offset,
    a_slice_past_the_end_is_invalid,
    a_slice_of_a_resizable_object_is_not_supported,
    a_reference_has_no_offset_and_no_size,
    a_reference_of_a_slice_is_not_supported,
    a_resizable_reference_needs_a_resizable_object,
    a_refused_child_leaves_nothing,
    both_sides_of_a_snapshot_are_isolated,
    every_snapshot_kind_behaves_alike,
    a_snapshot_has_the_content_of_its_moment,
    a_snapshot_of_a_range,
    a_snapshot_past_the_end_reads_zeros,
    resizing_one_side_leaves_the_other,
    growing_a_shrunk_snapshot_shows_zeros,
    mapped_pages_are_protected_before_the_call_returns,
    snapshots_of_snapshots,
    a_closed_parent_leaves_its_children,
    the_last_side_writes_in_place,
    a_snapshot_takes_no_frames_for_pages,
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
const NO_WRITE: VmoChildOptions = VmoChildOptions::NO_WRITE;
const SNAPSHOTS: [VmoChildOptions; 3] =
    [SNAPSHOT, VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE, VmoChildOptions::SNAPSHOT_MODIFIED];

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

/// Makes a snapshot of all of an object.
#[track_caller]
fn snapshot(parent: &Vmo) -> Vmo {
    parent.create_child(SNAPSHOT, 0, parent.size().unwrap()).unwrap()
}

/// Returns the byte that each page begins with.
#[track_caller]
fn first_bytes<const N: usize>(object: &Vmo) -> [u8; N] {
    core::array::from_fn(|page| probe::byte_of(object, page as u64 * PAGE))
}

fn a_size_that_cannot_be_rounded_precedes_the_handle() {
    let both = (NO_WRITE | RESIZABLE).bits();
    for options in [0, SNAPSHOT.bits(), SLICE.bits(), REFERENCE.bits(), both, u32::MAX] {
        assert_eq!(ask(UNKNOWN, options, 1, u64::MAX), Status::OUT_OF_RANGE);
    }
}

fn no_write_and_resizable_precedes_the_handle() {
    for kind in [SNAPSHOT, SLICE, REFERENCE, VmoChildOptions::empty()] {
        let options = (kind | NO_WRITE | RESIZABLE).bits();
        assert_eq!(ask(UNKNOWN, options, 0, PAGE), Status::INVALID_ARGS);
    }
    assert_eq!(ask(UNKNOWN, SNAPSHOT.bits(), 0, PAGE), Status::BAD_HANDLE);
    assert_eq!(ask(root(), SNAPSHOT.bits(), 0, PAGE), Status::WRONG_TYPE);
}

fn duplicate_and_read_are_needed() {
    let object = vmo(1);
    for missing in [Rights::DUPLICATE, Rights::READ] {
        let weak: Vmo = if missing == Rights::DUPLICATE {
            without(&object, Rights::empty()).replace(Rights::VMO_DEFAULT - missing).unwrap().into()
        } else {
            without(&object, missing).into()
        };
        for (options, size) in [(SNAPSHOT, PAGE), (SLICE, PAGE), (REFERENCE, 0)] {
            let child = weak.create_child(options, 0, size);
            assert_eq!(child, Err(Status::ACCESS_DENIED), "{missing:?} {options:?}");
        }
    }
}

fn rights_precede_the_kind() {
    let weak: Vmo = without(&vmo(1), Rights::READ).into();
    for options in [0, SNAPSHOT.bits() | SLICE.bits(), 1 << 31] {
        assert_eq!(ask(&weak, options, 1, PAGE), Status::ACCESS_DENIED);
    }
}

fn one_kind_has_to_be_asked_for() {
    let object = vmo(1);
    let [one, other, third] = SNAPSHOTS;
    let wrong = [
        VmoChildOptions::empty(),
        RESIZABLE,
        NO_WRITE,
        one | other,
        one | third,
        other | third,
        SLICE | one,
        SLICE | REFERENCE,
        SLICE | RESIZABLE,
        REFERENCE | one,
        VmoChildOptions::from_bits_retain(1 << 1 | 1),
        VmoChildOptions::from_bits_retain(1 << 8 | 1),
        VmoChildOptions::from_bits_retain(1 << 31 | SLICE.bits()),
    ];
    for options in wrong {
        assert_eq!(ask(&object, options.bits(), 0, PAGE), Status::INVALID_ARGS, "{options:?}");
    }
}

fn a_snapshot_needs_an_aligned_offset() {
    let object = vmo(2);
    for kind in SNAPSHOTS {
        assert_eq!(ask(&object, kind.bits(), 1, PAGE), Status::INVALID_ARGS);
        assert_eq!(ask(&object, kind.bits(), PAGE - 1, 0), Status::INVALID_ARGS);
    }
}

fn a_snapshot_past_the_maximum_is_out_of_range() {
    let object = vmo(1);
    for (offset, size) in [
        (0, MAX_VMO_SIZE + 1),
        (PAGE, MAX_VMO_SIZE),
        (MAX_VMO_SIZE, PAGE),
        (u64::MAX - PAGE + 1, PAGE),
    ] {
        let status = ask(&object, SNAPSHOT.bits(), offset, size);
        assert_eq!(status, Status::OUT_OF_RANGE, "{offset:#x} {size:#x}");
    }
    assert_eq!(ask(&object, SNAPSHOT.bits(), 0, MAX_VMO_SIZE), Status::OK);
}

fn a_slice_needs_an_aligned_offset() {
    assert_eq!(ask(&vmo(2), SLICE.bits(), 1, PAGE), Status::INVALID_ARGS);
    assert_eq!(ask(&resizable(2), SLICE.bits(), 1, PAGE), Status::INVALID_ARGS);
}

fn a_slice_past_the_end_is_invalid() {
    let object = vmo(2);
    for (offset, size) in [(0, 2 * PAGE + 1), (PAGE, 2 * PAGE), (3 * PAGE, 0), (2 * PAGE, 1)] {
        let status = ask(&object, SLICE.bits(), offset, size);
        assert_eq!(status, Status::INVALID_ARGS, "{offset:#x} {size:#x}");
    }
    assert_eq!(ask(&object, SLICE.bits(), 0, MAX_VMO_SIZE + 1), Status::OUT_OF_RANGE);
    assert_eq!(ask(&resizable(1), SLICE.bits(), 0, 2 * PAGE), Status::INVALID_ARGS);
}

fn a_slice_of_a_resizable_object_is_not_supported() {
    assert_eq!(ask(&resizable(2), SLICE.bits(), 0, PAGE), Status::NOT_SUPPORTED);
}

fn a_reference_has_no_offset_and_no_size() {
    for (offset, size) in [(PAGE, 0), (0, PAGE), (1, 0), (0, 1)] {
        assert_eq!(ask(&vmo(2), REFERENCE.bits(), offset, size), Status::INVALID_ARGS);
    }
}

fn a_reference_of_a_slice_is_not_supported() {
    let object = vmo(1);
    let slice = object.create_child(SLICE, 0, PAGE).unwrap();
    let physical = hardware::physical(1);
    for parent in [&slice, &physical.memory, &physical.window] {
        assert_eq!(ask(parent, REFERENCE.bits(), 0, 0), Status::NOT_SUPPORTED);
    }
}

fn a_resizable_reference_needs_a_resizable_object() {
    let options = (REFERENCE | RESIZABLE).bits();
    assert_eq!(ask(&vmo(1), options, 0, 0), Status::NOT_SUPPORTED);
    assert_eq!(ask(&resizable(1), options, 0, 0), Status::OK);
}

fn a_refused_child_leaves_nothing() {
    let hostile = Hostile::new();
    let object = numbered(2, 1);
    crate::usage::assert_leaks_nothing(|| {
        for address in hostile.addresses() {
            for (kind, size) in [(SNAPSHOT, PAGE), (SLICE, PAGE), (REFERENCE, 0)] {
                let status = zx::vmo_create_child(&object, kind.bits(), 0_u64, size, address);
                assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
            }
        }
    });
}

fn both_sides_of_a_snapshot_are_isolated() {
    let parent = numbered(3, 1);
    let child = snapshot(&parent);
    parent.write(0, &[10]).unwrap();
    child.write(PAGE, &[20]).unwrap();
    assert_eq!(first_bytes(&parent), [10, 2, 3]);
    assert_eq!(first_bytes(&child), [1, 20, 3]);
}

fn every_snapshot_kind_behaves_alike() {
    for kind in SNAPSHOTS {
        for options in [kind, kind | RESIZABLE, kind | NO_WRITE] {
            let parent = numbered(2, 1);
            let child = parent.create_child(options, 0, 2 * PAGE).unwrap();
            parent.write(0, &[9]).unwrap();
            assert_eq!(first_bytes(&child), [1, 2], "{options:?}");
        }
    }
}

fn a_snapshot_has_the_content_of_its_moment() {
    let parent = numbered(1, 1);
    let first = snapshot(&parent);
    parent.write(0, &[2]).unwrap();
    let second = snapshot(&parent);
    parent.write(0, &[3]).unwrap();
    let bytes = [&first, &second, &parent].map(|object| probe::byte_of(object, 0));
    assert_eq!(bytes, [1, 2, 3]);
}

fn a_snapshot_of_a_range() {
    let parent = numbered(5, 1);
    let child = parent.create_child(SNAPSHOT, 2 * PAGE, 2 * PAGE + 1).unwrap();
    assert_eq!(child.size(), Ok(3 * PAGE));
    assert_eq!(first_bytes(&child), [3, 4, 5]);
    parent.write(3 * PAGE, &[0]).unwrap();
    assert_eq!(first_bytes(&child), [3, 4, 5]);
}

fn a_snapshot_past_the_end_reads_zeros() {
    let parent = Vmo::create(2 * PAGE, VmoOptions::RESIZABLE).unwrap();
    parent.write(0, &[7; 2 * PAGE_BYTES]).unwrap();
    let across = parent.create_child(SNAPSHOT, PAGE, 3 * PAGE).unwrap();
    let behind = parent.create_child(SNAPSHOT, 8 * PAGE, PAGE).unwrap();
    parent.set_size(16 * PAGE).unwrap();
    parent.write(2 * PAGE, &[8; 14 * PAGE_BYTES]).unwrap();
    assert_eq!(first_bytes(&across), [7, 0, 0]);
    assert_eq!(first_bytes(&behind), [0]);
    across.write(2 * PAGE, &[1]).unwrap();
    assert_eq!(first_bytes(&across), [7, 0, 1]);
}

fn resizing_one_side_leaves_the_other() {
    let parent = Vmo::create(3 * PAGE, VmoOptions::RESIZABLE).unwrap();
    parent.write(0, &[5; 3 * PAGE_BYTES]).unwrap();
    let child = parent.create_child(SNAPSHOT | RESIZABLE, 0, 3 * PAGE).unwrap();
    parent.set_size(PAGE).unwrap();
    assert_eq!(first_bytes(&child), [5, 5, 5]);
    child.set_size(2 * PAGE).unwrap();
    parent.set_size(3 * PAGE).unwrap();
    assert_eq!(first_bytes(&parent), [5, 0, 0]);
    assert_eq!(first_bytes(&child), [5, 5]);
}

fn growing_a_shrunk_snapshot_shows_zeros() {
    let parent = numbered(3, 1);
    let child = parent.create_child(SNAPSHOT | RESIZABLE, 0, 3 * PAGE).unwrap();
    child.set_size(PAGE).unwrap();
    child.set_size(3 * PAGE).unwrap();
    assert_eq!(first_bytes(&child), [1, 0, 0]);
    assert_eq!(first_bytes(&parent), [1, 2, 3]);
}

fn mapped_pages_are_protected_before_the_call_returns() {
    let parent = vmo(2);
    let (one, other) = (map(&parent, 2, RW), map(&parent, 2, RW));
    // SAFETY: mapped writable here and below, and nothing of Rust's is there.
    unsafe {
        rt::memory::store(one, 1_u8);
        rt::memory::store(other + PAGE, 2_u8);
        let child = snapshot(&parent);
        rt::memory::store(one, 11_u8);
        rt::memory::store(other + PAGE, 12_u8);
        assert_eq!(first_bytes(&child), [1, 2]);
        let own = map(&child, 2, RW);
        rt::memory::store(own, 21_u8);
        assert_eq!(rt::memory::load::<u8>(other), 11);
    }
    probe::assert_pages(one, &[Ok(11), Ok(12)]);
    assert_eq!(first_bytes(&parent), [11, 12]);
}

fn snapshots_of_snapshots() {
    let mut objects = alloc::vec![numbered(4, 0)];
    for generation in 1..20_u8 {
        let child = snapshot(objects.last().unwrap());
        child.write(u64::from(generation % 4) * PAGE, &[100 + generation]).unwrap();
        objects.push(child);
    }
    for (generation, object) in (0..20_u8).zip(&objects) {
        for page in 0..4_u8 {
            let last = (1..=generation).rev().find(|number| number % 4 == page);
            let expected = last.map_or(page, |number| 100 + number);
            assert_eq!(probe::byte_of(object, u64::from(page) * PAGE), expected);
        }
    }
}

fn a_closed_parent_leaves_its_children() {
    let parent = numbered(3, 1);
    let child = snapshot(&parent);
    let grandchild = snapshot(&child);
    drop(parent);
    child.write(0, &[9]).unwrap();
    drop(child);
    assert_eq!(first_bytes(&grandchild), [1, 2, 3]);
}

fn the_last_side_writes_in_place() {
    let parent = numbered(16, 1);
    let child = snapshot(&parent);
    drop(parent);
    let before = Usage::now().frames();
    for page in 0..16 {
        child.write(page * PAGE, &[0]).unwrap();
    }
    assert_eq!(Usage::now().frames(), before);
}

fn a_snapshot_takes_no_frames_for_pages() {
    let parent = numbered(200, 1);
    let before = Usage::now().frames();
    let child = snapshot(&parent);
    assert_eq!(Usage::now().frames(), before);
    child.write(5 * PAGE, &[0]).unwrap();
    assert_eq!(Usage::now().frames(), before + 1);
    assert_eq!(probe::byte_of(&parent, 5 * PAGE), 6);
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
