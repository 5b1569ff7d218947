//! `vmo_create_child`: what is refused.
//!
//! # Source
//! `vmo.md` §8 and §15; `faults.md` §6.

use super::cases;
use crate::fixture::*;
use crate::hardware;
use crate::zx;
use abi::VmoChildOptions;
use abi::layout::MAX_VMO_SIZE;
use rt::{Rights, Status, Vmo};

cases! { vmo_child:
    a_size_that_cannot_be_rounded_precedes_the_handle,
    no_write_and_resizable_precedes_the_handle,
    duplicate_and_read_are_needed,
    rights_precede_the_kind,
    one_kind_has_to_be_asked_for,
    a_snapshot_needs_an_aligned_offset,
    a_snapshot_past_the_maximum_is_out_of_range,
    a_snapshot_past_the_end_adds_up_with_its_parents,
    a_slice_needs_an_aligned_offset,
    a_slice_past_the_end_is_invalid,
    a_slice_of_a_resizable_object_is_not_supported,
    a_reference_has_no_offset_and_no_size,
    a_reference_of_a_slice_is_not_supported,
    a_resizable_reference_needs_the_right_to_resize,
    a_refused_child_leaves_nothing,
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

fn a_snapshot_past_the_end_adds_up_with_its_parents() {
    const LAST: u64 = u64::MAX - 8 * PAGE + 1;
    let base = vmo(8);
    let parent = base.create_child(SNAPSHOT, LAST, 0).unwrap();
    for offset in [7 * PAGE, 8 * PAGE] {
        let status = ask(&parent, SNAPSHOT.bits(), offset, PAGE);
        assert_eq!(status, Status::INVALID_ARGS, "{offset:#x}");
    }
    assert_eq!(ask(&parent, SNAPSHOT.bits(), 8 * PAGE, 0), Status::INVALID_ARGS);
    let child = parent.create_child(SNAPSHOT | RESIZABLE, 4 * PAGE, 0).unwrap();
    for size in [4 * PAGE, 8 * PAGE] {
        assert_eq!(child.set_size(size), Err(Status::INVALID_ARGS), "{size:#x}");
    }
    assert_eq!(child.size(), Ok(0));
    child.set_size(3 * PAGE).unwrap();
    child.write(2 * PAGE, &[1]).unwrap();
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

fn a_resizable_reference_needs_the_right_to_resize() {
    let options = (REFERENCE | RESIZABLE).bits();
    assert_eq!(ask(&vmo(1), options, 0, 0), Status::ACCESS_DENIED);
    let object = resizable(1);
    let weak = object.duplicate(Rights::VMO_DEFAULT).unwrap();
    assert_eq!(ask(&weak, options, 0, 0), Status::ACCESS_DENIED);
    assert_eq!(ask(&object, options, 0, 0), Status::OK);
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
