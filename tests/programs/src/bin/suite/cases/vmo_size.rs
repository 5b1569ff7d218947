//! `vmo_get_size` and `vmo_set_size`.
//!
//! # Source
//! `vmo.md` §4 and §15; `faults.md` §6.

use super::cases;
use crate::entry::assert_absent;
use crate::fixture::*;
use crate::usage::Usage;
use crate::{part, probe, zx};
use abi::layout::MAX_VMO_SIZE;
use rt::{Rights, Status, VmOptions, Vmo, VmoOptions};

cases! { vmo_size:
    asking_needs_no_right,
    changing_needs_write,
    changing_needs_resize,
    rights_precede_the_size,
    a_size_that_cannot_be_rounded_is_out_of_range,
    other_objects_are_unavailable,
    rounding_precedes_other_objects,
    more_than_the_maximum_is_out_of_range,
    a_refused_change_changes_nothing,
    the_size_is_rounded_up,
    the_same_size_is_fine,
    growing_shows_zeros,
    growing_extends_mappings,
    shrinking_cuts_mappings,
    shrinking_gives_frames_back,
    growing_again_shows_zeros,
    shrinking_inside_a_page_clears_its_tail,
    the_kept_page_keeps_its_beginning,
    every_mapping_is_cut,
    shrinking_to_nothing,
    growing_to_the_maximum,
    permission_precedes_the_new_end,
    access_past_the_new_end_kills,
    a_hundred_times_up_and_down,
}

fn asking_needs_no_right() {
    let bare: Vmo = vmo(3).into_handle().replace(Rights::empty()).unwrap().into();
    assert_eq!(bare.size(), Ok(3 * PAGE));
}

fn changing_needs_write() {
    let weak: Vmo = without(&resizable(1), Rights::WRITE).into();
    assert_eq!(weak.set_size(PAGE), Err(Status::ACCESS_DENIED));
    let weak: Vmo = without(&vmo(1), Rights::WRITE).into();
    assert_eq!(weak.set_size(PAGE), Err(Status::ACCESS_DENIED), "also if not resizable");
}

fn changing_needs_resize() {
    let weak: Vmo = without(&resizable(1), Rights::RESIZE).into();
    assert_eq!(weak.set_size(2 * PAGE), Err(Status::ACCESS_DENIED));
    assert_eq!(weak.size(), Ok(PAGE));
}

fn rights_precede_the_size() {
    for missing in [Rights::WRITE, Rights::RESIZE] {
        let weak: Vmo = without(&resizable(1), missing).into();
        assert_eq!(weak.set_size(u64::MAX), Err(Status::ACCESS_DENIED), "{missing:?}");
    }
}

fn a_size_that_cannot_be_rounded_is_out_of_range() {
    for size in [u64::MAX, u64::MAX - PAGE + 2] {
        assert_eq!(resizable(1).set_size(size), Err(Status::OUT_OF_RANGE), "{size:#x}");
    }
}

fn other_objects_are_unavailable() {
    for options in [VmoOptions::empty(), VmoOptions::UNBOUNDED, VmoOptions::DISCARDABLE] {
        let object = Vmo::create(PAGE, options).unwrap();
        for size in [0, PAGE, 2 * PAGE, MAX_VMO_SIZE + PAGE] {
            assert_eq!(object.set_size(size), Err(Status::UNAVAILABLE), "{options:?} {size:#x}");
        }
    }
}

fn rounding_precedes_other_objects() {
    assert_eq!(vmo(1).set_size(u64::MAX), Err(Status::OUT_OF_RANGE));
}

fn more_than_the_maximum_is_out_of_range() {
    for size in [MAX_VMO_SIZE + 1, MAX_VMO_SIZE + PAGE, u64::MAX - PAGE + 1] {
        assert_eq!(resizable(1).set_size(size), Err(Status::OUT_OF_RANGE), "{size:#x}");
    }
}

fn a_refused_change_changes_nothing() {
    let object = resizable(2);
    object.write(PAGE, &[4]).unwrap();
    assert!(object.set_size(u64::MAX).is_err());
    assert_eq!(object.size(), Ok(2 * PAGE));
    assert_eq!(probe::byte_of(&object, PAGE), 4);
}

fn the_size_is_rounded_up() {
    let object = resizable(0);
    for (size, rounded) in [(1, PAGE), (PAGE + 1, 2 * PAGE), (PAGE, PAGE), (0, 0)] {
        object.set_size(size).unwrap();
        assert_eq!(object.size(), Ok(rounded), "{size:#x}");
    }
}

fn the_same_size_is_fine() {
    let object = resizable(2);
    object.write(2 * PAGE - 1, &[1]).unwrap();
    object.set_size(2 * PAGE).unwrap();
    assert_eq!(probe::byte_of(&object, 2 * PAGE - 1), 1);
}

fn growing_shows_zeros() {
    let object = resizable(1);
    object.write(0, &[1]).unwrap();
    object.set_size(3 * PAGE).unwrap();
    let mut bytes = [9; 64];
    object.read(3 * PAGE - 64, &mut bytes).unwrap();
    assert_eq!(bytes, [0; 64]);
    assert_eq!(probe::byte_of(&object, 0), 1);
}

fn growing_extends_mappings() {
    let object = resizable(1);
    let address = map(&object, 3, RW);
    assert_eq!(probe::write(address + PAGE, 1), Err(Status::OUT_OF_RANGE));
    object.set_size(2 * PAGE).unwrap();
    assert_eq!(probe::write(address + PAGE, 6), Ok(()));
    assert_eq!(probe::byte_of(&object, PAGE), 6);
    assert_eq!(probe::read(address + 2 * PAGE), Err(Status::OUT_OF_RANGE));
}

fn shrinking_cuts_mappings() {
    let object = resizable(3);
    let address = map(&object, 3, RW);
    for page in 0..3 {
        assert_eq!(probe::write(address + page * PAGE, 1), Ok(()));
    }
    object.set_size(PAGE).unwrap();
    assert_absent(address + PAGE, 2);
    let end = Err(Status::OUT_OF_RANGE);
    probe::assert_pages(address, &[Ok(1), end, end]);
    assert_eq!(object.read(PAGE, &mut [0]), Err(Status::OUT_OF_RANGE));
}

fn shrinking_gives_frames_back() {
    let object = resizable(100);
    object.write(0, &[1]).unwrap();
    let before = Usage::now().frames();
    for page in 1..100 {
        object.write(page * PAGE, &[1]).unwrap();
    }
    assert!(Usage::now().frames() >= before + 99);
    object.set_size(PAGE).unwrap();
    assert_eq!(Usage::now().frames(), before);
}

fn growing_again_shows_zeros() {
    let object = resizable(3);
    let address = map(&object, 3, RW);
    assert_eq!(probe::write(address + 2 * PAGE + 7, 9), Ok(()));
    object.set_size(PAGE).unwrap();
    object.set_size(3 * PAGE).unwrap();
    assert_eq!(probe::read(address + 2 * PAGE + 7), Ok(0));
    assert_eq!(probe::byte_of(&object, 2 * PAGE + 7), 0);
}

fn shrinking_inside_a_page_clears_its_tail() {
    let object = resizable(2);
    object.write(0, &[0xFF; 4096]).unwrap();
    let address = map(&object, 2, R);
    object.set_size(100).unwrap();
    for (offset, expected) in [(99, 0xFF), (100, 0), (4095, 0)] {
        assert_eq!(probe::read(address + offset), Ok(expected), "{offset}");
        assert_eq!(probe::byte_of(&object, offset), expected, "{offset}");
    }
}

fn the_kept_page_keeps_its_beginning() {
    let object = resizable(2);
    object.write(0, &[1, 2, 3, 4]).unwrap();
    object.set_size(2).unwrap();
    let mut bytes = [9; 4];
    object.read(0, &mut bytes).unwrap();
    assert_eq!(bytes, [1, 2, 0, 0]);
}

fn every_mapping_is_cut() {
    let object = resizable(4);
    let whole = map(&object, 4, RW);
    let tail = root().map(RW, 0, &object, 3 * PAGE, PAGE).unwrap();
    assert_eq!(probe::write(tail, 5), Ok(()));
    assert_eq!(probe::read(whole + 3 * PAGE), Ok(5));
    object.set_size(3 * PAGE).unwrap();
    assert_eq!(probe::read(whole + 3 * PAGE), Err(Status::OUT_OF_RANGE));
    assert_eq!(probe::read(tail), Err(Status::OUT_OF_RANGE));
    object.set_size(4 * PAGE).unwrap();
    assert_eq!((probe::read(whole + 3 * PAGE), probe::read(tail)), (Ok(0), Ok(0)));
}

fn shrinking_to_nothing() {
    let object = resizable(2);
    let address = map(&object, 2, RW);
    assert_eq!(probe::write(address, 1), Ok(()));
    object.set_size(0).unwrap();
    assert_eq!(object.size(), Ok(0));
    assert_eq!(probe::read(address), Err(Status::OUT_OF_RANGE));
    assert_eq!(object.read(0, &mut []), Ok(()));
}

fn growing_to_the_maximum() {
    let object = resizable(1);
    object.set_size(MAX_VMO_SIZE).unwrap();
    object.write(MAX_VMO_SIZE - 1, &[2]).unwrap();
    assert_eq!(probe::byte_of(&object, MAX_VMO_SIZE - 1), 2);
    object.set_size(PAGE).unwrap();
    assert_eq!(object.size(), Ok(PAGE));
}

fn permission_precedes_the_new_end() {
    let object = resizable(2);
    let address = map(&object, 2, R);
    object.set_size(PAGE).unwrap();
    assert_eq!(probe::write(address + PAGE, 1), Err(Status::ACCESS_DENIED));
    assert_eq!(probe::read(address + PAGE), Err(Status::OUT_OF_RANGE));
}

fn touch_past_the_end(is_cut: u64) {
    let object = resizable(2);
    let address = map(&object, 4, RW);
    // SAFETY: mapped, and to die of the last store is what this process is for.
    unsafe {
        rt::memory::store(address + PAGE, 1_u8);
        if is_cut == 1 {
            object.set_size(PAGE).unwrap();
            rt::memory::store(address + PAGE, 1_u8);
        } else {
            rt::memory::store(address + 2 * PAGE, 1_u8);
        }
    }
}

fn access_past_the_new_end_kills() {
    part::dies(touch_past_the_end, 0);
    part::dies(touch_past_the_end, 1);
}

fn a_hundred_times_up_and_down() {
    let object = resizable(1);
    let address = root().map(RW | VmOptions::ALLOW_FAULTS, 0, &object, 0, 64 * PAGE).unwrap();
    for turn in 0..100 {
        let pages = 1 + turn * 7 % 63;
        object.set_size(pages * PAGE).unwrap();
        let last = address + (pages - 1) * PAGE;
        assert_eq!(probe::read(last + 1), Ok(0), "turn {turn}");
        assert_eq!(zx::vmo_write(&object, last, (pages - 1) * PAGE + 1, 1), Status::OK);
        object.set_size(0).unwrap();
        assert_eq!(probe::read(last), Err(Status::OUT_OF_RANGE), "turn {turn}");
    }
}
