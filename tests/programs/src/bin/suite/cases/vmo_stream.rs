//! `vmo_get_stream_size`, `vmo_set_stream_size` and the property of former years.
//!
//! # Source
//! `vmo.md` §4.

use super::cases;
use crate::fixture::*;
use crate::hardware;
use crate::{probe, zx};
use abi::VmoChildOptions;
use abi::layout::MAX_VMO_SIZE;
use abi::object::PROP_VMO_CONTENT_SIZE;
use rt::{Handle, Rights, Status, VmOptions, Vmo, VmoOptions};

cases! { vmo_stream:
    asking_needs_no_right,
    asking_with_a_bad_pointer_is_invalid,
    it_starts_as_asked_and_unrounded,
    changing_needs_write,
    handle_errors_precede,
    more_than_the_size_is_out_of_range,
    the_present_size_changes_nothing,
    shrinking_clears_to_the_end,
    growing_clears_from_the_old_size,
    the_size_stays,
    an_unbounded_object_streams_up_to_the_maximum,
    set_size_sets_it_in_both_directions,
    shrinking_the_object_clears_behind_the_stream,
    writing_past_it_leaves_it_alone,
    mappings_see_the_zeros,
    a_strict_mapping_follows_it,
    a_pinned_page_is_cleared_in_place,
    other_kinds_have_none,
    snapshots_and_slices_have_their_own,
    references_share_one,
    the_property_reads_it,
    the_property_sets_it,
    setting_the_property_needs_write_too,
    the_property_may_pass_the_size,
    the_property_has_eight_bytes,
}

fn asking_needs_no_right() {
    let object = Vmo::create(PAGE + 7, VmoOptions::empty()).unwrap();
    let weak: Vmo = object.into_handle().replace(Rights::empty()).unwrap().into();
    assert_eq!(weak.stream_size(), Ok(PAGE + 7));
}

fn asking_with_a_bad_pointer_is_invalid() {
    let object = vmo(1);
    for address in Hostile::new().addresses() {
        assert_eq!(zx::vmo_get_stream_size(&object, address), Status::INVALID_ARGS);
    }
}

fn it_starts_as_asked_and_unrounded() {
    for size in [0, 1, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE] {
        for options in [VmoOptions::empty(), VmoOptions::RESIZABLE, VmoOptions::UNBOUNDED] {
            let object = Vmo::create(size, options).unwrap();
            assert_eq!(object.stream_size(), Ok(size), "{options:?}");
        }
    }
}

fn changing_needs_write() {
    let weak: Vmo = without(&vmo(1), Rights::WRITE).into();
    assert_eq!(weak.set_stream_size(0), Err(Status::ACCESS_DENIED));
    assert_eq!(weak.set_stream_size(u64::MAX), Err(Status::ACCESS_DENIED));
    assert_eq!(weak.stream_size(), Ok(PAGE));
}

fn handle_errors_precede() {
    assert_eq!(zx::vmo_set_stream_size(UNKNOWN, u64::MAX), Status::BAD_HANDLE);
    assert_eq!(zx::vmo_set_stream_size(root(), u64::MAX), Status::WRONG_TYPE);
    assert_eq!(zx::vmo_get_stream_size(UNKNOWN, 0_u64), Status::BAD_HANDLE);
    assert_eq!(zx::vmo_get_stream_size(root(), 0_u64), Status::WRONG_TYPE);
}

fn more_than_the_size_is_out_of_range() {
    for object in [vmo(2), resizable(2)] {
        for bytes in [2 * PAGE + 1, u64::MAX] {
            assert_eq!(object.set_stream_size(bytes), Err(Status::OUT_OF_RANGE));
        }
        assert_eq!(object.stream_size(), Ok(2 * PAGE));
    }
}

/// Makes an object of which every byte is 0xFF, with this stream size.
#[track_caller]
fn full(pages: u64, stream: u64) -> Vmo {
    let object = vmo(pages);
    object.set_stream_size(stream).unwrap();
    for page in 0..pages {
        object.write(page * PAGE, &[0xFF; PAGE_BYTES]).unwrap();
    }
    object
}

/// Checks that the bytes up to `end` are 0xFF, and that all behind are zero.
#[track_caller]
fn assert_full_to(object: &Vmo, end: u64) {
    let size = object.size().unwrap();
    for at in [0, end.saturating_sub(1), end, end + 1, end + PAGE, size - 1] {
        if at < size {
            let expected = if at < end { 0xFF } else { 0 };
            assert_eq!(probe::byte_of(object, at), expected, "byte {at:#x}");
        }
    }
}

fn the_present_size_changes_nothing() {
    let object = full(2, 100);
    object.set_stream_size(100).unwrap();
    assert_full_to(&object, 2 * PAGE);
}

fn shrinking_clears_to_the_end() {
    for bytes in [3 * PAGE, PAGE + 5, PAGE, 1, 0] {
        let object = full(4, 4 * PAGE);
        object.set_stream_size(bytes).unwrap();
        assert_eq!(object.stream_size(), Ok(bytes));
        assert_full_to(&object, bytes);
    }
}

fn growing_clears_from_the_old_size() {
    for bytes in [11, PAGE, 3 * PAGE + 9, 4 * PAGE] {
        let object = full(4, 10);
        object.set_stream_size(bytes).unwrap();
        assert_eq!(object.stream_size(), Ok(bytes));
        assert_full_to(&object, 10);
    }
}

fn the_size_stays() {
    let object = full(3, 3 * PAGE);
    object.set_stream_size(1).unwrap();
    assert_eq!(object.size(), Ok(3 * PAGE));
    assert_eq!(object.write(3 * PAGE - 1, &[1]), Ok(()));
}

fn an_unbounded_object_streams_up_to_the_maximum() {
    let object = Vmo::create(PAGE, VmoOptions::UNBOUNDED).unwrap();
    object.write(1 << 40, &[9]).unwrap();
    object.set_stream_size(MAX_VMO_SIZE).unwrap();
    assert_eq!(probe::byte_of(&object, 1 << 40), 0);
    assert_eq!(object.set_stream_size(MAX_VMO_SIZE + 1), Err(Status::OUT_OF_RANGE));
    assert_eq!(object.stream_size(), Ok(MAX_VMO_SIZE));
}

fn set_size_sets_it_in_both_directions() {
    let object = resizable(1);
    for size in [3 * PAGE + 5, 17, 0, PAGE] {
        object.set_size(size).unwrap();
        assert_eq!(object.stream_size(), Ok(size));
    }
}

fn shrinking_the_object_clears_behind_the_stream() {
    let object = resizable(2);
    object.set_stream_size(10).unwrap();
    object.write(0, &[0xFF; 2 * PAGE_BYTES]).unwrap();
    object.set_size(50).unwrap();
    assert_eq!(probe::byte_of(&object, 49), 0xFF);
    assert_eq!(probe::byte_of(&object, 50), 0);
    assert_eq!(object.stream_size(), Ok(50));
}

fn writing_past_it_leaves_it_alone() {
    let object = vmo(2);
    object.set_stream_size(8).unwrap();
    object.write(PAGE, &[1]).unwrap();
    assert_eq!(object.stream_size(), Ok(8));
    assert_eq!(probe::byte_of(&object, PAGE), 1);
}

fn mappings_see_the_zeros() {
    let object = full(2, 2 * PAGE);
    let address = map(&object, 2, RW);
    probe::assert_pages(address, &[Ok(0xFF), Ok(0xFF)]);
    object.set_stream_size(1).unwrap();
    assert_eq!(probe::read(address + 1), Ok(0));
    probe::assert_pages(address, &[Ok(0xFF), Ok(0)]);
}

/// Maps an object so that accesses past its stream size fault.
#[track_caller]
fn map_strictly(object: &Vmo, pages: u64) -> u64 {
    let options = RW | VmOptions::ALLOW_FAULTS | VmOptions::FAULT_BEYOND_STREAM_SIZE;
    map(object, pages, options)
}

fn a_strict_mapping_follows_it() {
    let object = numbered(3, 1);
    let address = map_strictly(&object, 3);
    let past = Err(Status::OUT_OF_RANGE);
    probe::assert_pages(address, &[Ok(1), Ok(2), Ok(3)]);
    object.set_stream_size(PAGE + 1).unwrap();
    probe::assert_pages(address, &[Ok(1), Ok(2), past]);
    object.set_stream_size(PAGE).unwrap();
    probe::assert_pages(address, &[Ok(1), past, past]);
    object.set_stream_size(3 * PAGE).unwrap();
    probe::assert_pages(address, &[Ok(1), Ok(0), Ok(0)]);
}

fn a_pinned_page_is_cleared_in_place() {
    let object = full(2, 2 * PAGE);
    let address = map_strictly(&object, 2);
    probe::assert_pages(address, &[Ok(0xFF), Ok(0xFF)]);
    let (bti, mut places) = (hardware::bti(), [0; 2]);
    let pmt = bti.pin(hardware::READS, &object, 0, 2 * PAGE, &mut places).unwrap();
    object.set_stream_size(7).unwrap();
    assert_full_to(&object, 7);
    assert_eq!(hardware::address_of(&object, PAGE), places[1], "the same frame");
    probe::assert_pages(address, &[Ok(0xFF), Err(Status::OUT_OF_RANGE)]);
    pmt.unpin().unwrap();
}

fn other_kinds_have_none() {
    let hardware::Window { memory, window, .. } = hardware::physical(2);
    for object in [memory, window] {
        assert_eq!(object.stream_size(), Ok(0));
        assert_eq!(object.set_stream_size(0), Err(Status::NOT_SUPPORTED));
        assert_eq!(object.set_stream_size(u64::MAX), Err(Status::NOT_SUPPORTED));
    }
}

fn snapshots_and_slices_have_their_own() {
    let parent = vmo(5);
    parent.set_stream_size(4 * PAGE).unwrap();
    for options in [VmoChildOptions::SLICE, VmoChildOptions::SNAPSHOT] {
        for size in [3 * PAGE, 5 * PAGE, PAGE + 9] {
            let child = parent.create_child(options, 0, size).unwrap();
            assert_eq!(child.stream_size(), Ok(size), "{options:?}");
        }
        let child = parent.create_child(options, 0, 2 * PAGE).unwrap();
        child.set_stream_size(1).unwrap();
        assert_eq!((child.stream_size(), parent.stream_size()), (Ok(1), Ok(4 * PAGE)));
    }
}

fn references_share_one() {
    let parent = vmo(2);
    let reference = parent.create_child(VmoChildOptions::REFERENCE, 0, 0).unwrap();
    parent.set_stream_size(100).unwrap();
    assert_eq!(reference.stream_size(), Ok(100));
    reference.set_stream_size(200).unwrap();
    assert_eq!(parent.stream_size(), Ok(200));
}

#[track_caller]
fn set_property(object: &Handle, bytes: u64) -> Status {
    let mut value = bytes;
    zx::object_set_property(object, PROP_VMO_CONTENT_SIZE, &mut value, 8_u64)
}

#[track_caller]
fn property(object: &Handle) -> Result<u64, Status> {
    let mut value = 0_u64;
    zx::object_get_property(object, PROP_VMO_CONTENT_SIZE, &mut value, 8_u64).check()?;
    Ok(value)
}

fn the_property_reads_it() {
    let object = Vmo::create(99, VmoOptions::empty()).unwrap();
    assert_eq!(property(&object), Ok(99));
    let weak = without(&object, Rights::GET_PROPERTY);
    assert_eq!(property(&weak), Err(Status::ACCESS_DENIED));
    assert_eq!(property(root()), Err(Status::WRONG_TYPE));
}

fn the_property_sets_it() {
    let object = full(2, 2 * PAGE);
    assert_eq!(set_property(&object, 12), Status::OK);
    assert_eq!(object.stream_size(), Ok(12));
    assert_full_to(&object, 12);
}

fn setting_the_property_needs_write_too() {
    let object = vmo(1);
    for missing in [Rights::SET_PROPERTY, Rights::WRITE] {
        let weak = without(&object, missing);
        assert_eq!(set_property(&weak, 0), Status::ACCESS_DENIED, "{missing:?}");
    }
    assert_eq!(object.stream_size(), Ok(PAGE));
}

fn the_property_may_pass_the_size() {
    let object = full(1, PAGE);
    assert_eq!(set_property(&object, 3 * PAGE + 1), Status::OK);
    assert_eq!(property(&object), Ok(3 * PAGE + 1));
    assert_full_to(&object, PAGE);
}

fn the_property_has_eight_bytes() {
    let (object, mut value) = (vmo(1), 0_u64);
    let number = PROP_VMO_CONTENT_SIZE;
    for size in [0_u64, 7] {
        let got = zx::object_get_property(&object, number, &mut value, size);
        let set = zx::object_set_property(&object, number, &mut value, size);
        assert_eq!((got, set), (Status::BUFFER_TOO_SMALL, Status::BUFFER_TOO_SMALL));
    }
    let null = zx::object_set_property(&object, number, 0_u64, 8_u64);
    assert_eq!(null, Status::INVALID_ARGS);
}
