//! `vmo_read` and `vmo_write`.
//!
//! # Source
//! `vmo.md` §3 and §15; `faults.md` §2, §5 and §6.

use super::cases;
use crate::fixture::*;
use crate::usage::Usage;
use crate::{probe, zx};
use abi::layout::{KERNEL_VMAR_BASE, USER_END};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use rt::{Rights, Status, Vmo, VmoOptions, thread};

cases! { vmo_transfer:
    the_rights_precede_everything,
    a_range_that_wraps_is_out_of_range,
    a_range_past_the_end_is_out_of_range,
    range_precedes_buffer,
    nothing_up_to_the_end_is_fine,
    nothing_past_the_end_is_out_of_range,
    nothing_needs_no_buffer,
    a_null_buffer_is_not_found,
    a_kernel_buffer_is_not_found,
    a_buffer_across_the_user_top_is_not_found,
    a_non_canonical_buffer_is_not_found,
    an_unmapped_buffer_is_not_found,
    a_read_only_destination_is_denied,
    a_buffer_without_permissions_is_denied,
    a_buffer_past_its_object_is_out_of_range,
    all_lengths_and_alignments,
    a_range_across_pages,
    reading_commits_nothing,
    writing_commits_what_it_touches,
    holes_read_as_zeros,
    a_failed_read_leaves_the_object_alone,
    a_buffer_that_fails_in_the_middle,
    lazy_buffers_get_their_pages,
    a_destination_never_read_is_not_the_zero_page,
    a_buffer_that_maps_the_same_object,
    overlapping_source_and_destination,
    two_threads_through_each_others_mappings,
    past_the_stream_size_is_fine,
    a_large_transfer,
}

fn the_rights_precede_everything() {
    let object = vmo(1);
    let (no_read, no_write) = (without(&object, Rights::READ), without(&object, Rights::WRITE));
    for (buffer, offset, len) in [(0_u64, 0_u64, 1_u64), (0, u64::MAX, 2), (0, PAGE + 1, 0)] {
        assert_eq!(zx::vmo_read(&no_read, buffer, offset, len), Status::ACCESS_DENIED);
        assert_eq!(zx::vmo_write(&no_write, buffer, offset, len), Status::ACCESS_DENIED);
    }
    let mut byte = [0_u8];
    assert_eq!(zx::vmo_read(&no_write, &mut byte, 0, 1), Status::OK);
    assert_eq!(zx::vmo_write(&no_read, &mut byte, 0, 1), Status::OK);
}

/// Reads and writes with raw numbers, and checks that both answer alike.
#[track_caller]
fn ask(object: &Vmo, buffer: u64, offset: u64, len: u64) -> Status {
    let read = zx::vmo_read(object, buffer, offset, len);
    let write = zx::vmo_write(object, buffer, offset, len);
    assert_eq!(
        read, write,
        "read and write differ: {len:#x} bytes at {offset:#x}, buffer {buffer:#x}"
    );
    read
}

fn a_range_that_wraps_is_out_of_range() {
    let object = vmo(1);
    for (offset, len) in [(u64::MAX, 1), (1, u64::MAX), (u64::MAX, u64::MAX), (1 << 63, 1 << 63)] {
        assert_eq!(
            ask(&object, 0, offset, len),
            Status::OUT_OF_RANGE,
            "{len:#x} bytes at {offset:#x}"
        );
    }
}

fn a_range_past_the_end_is_out_of_range() {
    let object = vmo(2);
    let buffer = map(&vmo(4), 4, RW);
    for (offset, len) in [(0, 2 * PAGE + 1), (2 * PAGE - 1, 2), (2 * PAGE, 1), (3 * PAGE, PAGE)] {
        let status = ask(&object, buffer, offset, len);
        assert_eq!(status, Status::OUT_OF_RANGE, "{len:#x} bytes at {offset:#x}");
    }
    assert_eq!(ask(&object, buffer, 0, 2 * PAGE), Status::OK);
    assert_eq!(ask(&object, buffer, 2 * PAGE - 1, 1), Status::OK);
}

fn range_precedes_buffer() {
    let object = vmo(1);
    for buffer in [0, PAGE, KERNEL_VMAR_BASE, 1 << 47] {
        assert_eq!(ask(&object, buffer, 0, PAGE + 1), Status::OUT_OF_RANGE, "{buffer:#x}");
    }
}

fn nothing_up_to_the_end_is_fine() {
    let buffer = map(&vmo(1), 1, RW);
    for offset in [0, 1, PAGE] {
        assert_eq!(ask(&vmo(1), buffer, offset, 0), Status::OK, "{offset:#x}");
    }
}

fn nothing_past_the_end_is_out_of_range() {
    for offset in [PAGE + 1, 2 * PAGE, u64::MAX] {
        assert_eq!(ask(&vmo(1), 0, offset, 0), Status::OUT_OF_RANGE, "{offset:#x}");
    }
}

fn nothing_needs_no_buffer() {
    assert_eq!(ask(&vmo(1), 0, 0, 0), Status::OK);
    assert_eq!(ask(&vmo(1), PAGE, 0, 0), Status::OK);
}

fn a_null_buffer_is_not_found() {
    for buffer in [0, 1, 4095, 4096] {
        assert_eq!(ask(&vmo(1), buffer, 0, 1), Status::NOT_FOUND, "{buffer:#x}");
    }
}

fn a_kernel_buffer_is_not_found() {
    for buffer in [KERNEL_VMAR_BASE, 0xFFFF_8000_0000_0000, 0xFFFF_FFFF_8000_0000, u64::MAX] {
        for len in [1, 8, PAGE] {
            assert_eq!(ask(&vmo(1), buffer, 0, len), Status::NOT_FOUND, "{buffer:#x} {len:#x}");
        }
    }
}

fn a_buffer_across_the_user_top_is_not_found() {
    let last = root().map(SPECIFIC | RW, USER_END - PAGE - 0x20_0000, &vmo(1), 0, PAGE).unwrap();
    for (buffer, len) in
        [(last + PAGE - 4, 8), (USER_END - 1, 2), ((1 << 47) - 1, 2), (last, 2 * PAGE)]
    {
        assert_eq!(
            ask(&vmo(2), buffer, 0, len),
            Status::NOT_FOUND,
            "{len:#x} bytes from {buffer:#x}"
        );
    }
}

fn a_non_canonical_buffer_is_not_found() {
    for buffer in [1 << 47, 1 << 48, 1 << 62, 0xFFFF_7FFF_FFFF_FFFF] {
        assert_eq!(ask(&vmo(1), buffer, 0, 1), Status::NOT_FOUND, "{buffer:#x}");
    }
}

fn an_unmapped_buffer_is_not_found() {
    let region = region(2);
    assert_eq!(ask(&vmo(1), region.base, 0, 1), Status::NOT_FOUND, "reserved");
    region.destroy().unwrap();
    assert_eq!(ask(&vmo(1), region.base, 0, 1), Status::NOT_FOUND, "destroyed");
}

fn a_read_only_destination_is_denied() {
    let address = map(&numbered(1, 5), 1, R);
    assert_eq!(zx::vmo_read(&vmo(1), address, 0, 1), Status::ACCESS_DENIED);
    assert_eq!(zx::vmo_write(&vmo(1), address, 0, 1), Status::OK);
    assert_eq!(probe::read(address), Ok(5));
}

fn a_buffer_without_permissions_is_denied() {
    let address = map(&vmo(1), 1, NONE);
    assert_eq!(ask(&vmo(1), address, 0, 1), Status::ACCESS_DENIED);
}

fn a_buffer_past_its_object_is_out_of_range() {
    let address = map(&vmo(1), 2, RW);
    assert_eq!(ask(&vmo(1), address + PAGE, 0, 1), Status::OUT_OF_RANGE);
}

fn all_lengths_and_alignments() {
    let object = vmo(2);
    let pattern: [u8; 40] = core::array::from_fn(|index| u8::try_from(index + 1).unwrap());
    for offset in [0, 1, 7, PAGE - 20, PAGE - 1] {
        for len in 0..=33 {
            object.write(offset, &[0; 40]).unwrap();
            object.write(offset, &pattern[..len]).unwrap();
            let mut back = [0xEE; 40];
            object.read(offset, &mut back[3..3 + len]).unwrap();
            assert_eq!(back[3..3 + len], pattern[..len], "{len} bytes at {offset:#x}");
            assert_eq!((back[2], back[3 + len]), (0xEE, 0xEE), "{len} bytes at {offset:#x}");
            assert_eq!(
                probe::byte_of(&object, offset + len as u64),
                0,
                "{len} bytes at {offset:#x}"
            );
        }
    }
}

fn a_range_across_pages() {
    let object = vmo(4);
    let from = map(&numbered(4, 1), 4, R);
    assert_eq!(zx::vmo_write(&object, from, 0, 4 * PAGE), Status::OK);
    for page in 0..4 {
        let expected = u8::try_from(page + 1).unwrap();
        assert_eq!(probe::byte_of(&object, page * PAGE), expected);
    }
    let to = map(&vmo(4), 4, RW);
    assert_eq!(zx::vmo_read(&object, to + 1, PAGE - 1, 2 * PAGE), Status::OK);
    assert_eq!((probe::read(to + 1), probe::read(to + 2)), (Ok(0), Ok(2)));
}

fn reading_commits_nothing() {
    let object = vmo(64);
    let mut bytes = [0; 4096];
    object.read(0, &mut bytes).unwrap();
    let before = Usage::now();
    for page in 0..64 {
        object.read(page * PAGE, &mut bytes).unwrap();
    }
    assert_eq!(Usage::now(), before);
}

fn writing_commits_what_it_touches() {
    let object = vmo(64);
    object.write(0, &[1]).unwrap();
    let before = Usage::now().frames();
    object.write(10 * PAGE - 1, &[1, 2]).unwrap();
    assert_eq!(Usage::now().frames(), before + 2);
    object.write(10 * PAGE - 100, &[3; 200]).unwrap();
    assert_eq!(Usage::now().frames(), before + 2, "they are there");
}

fn holes_read_as_zeros() {
    let object = vmo(3);
    object.write(0, &[1; 4096]).unwrap();
    object.write(2 * PAGE, &[3; 4096]).unwrap();
    let mut bytes = [9; 16];
    for (offset, expected) in [(PAGE - 8, (1, 0)), (2 * PAGE - 8, (0, 3))] {
        object.read(offset, &mut bytes).unwrap();
        assert_eq!((bytes[7], bytes[8]), expected, "{offset:#x}");
    }
}

fn a_failed_read_leaves_the_object_alone() {
    let object = numbered(2, 1);
    assert_eq!(zx::vmo_write(&object, 0, 0, PAGE), Status::NOT_FOUND);
    assert_eq!(zx::vmo_write(&object, 0, 0, 3 * PAGE), Status::OUT_OF_RANGE);
    assert_eq!((probe::byte_of(&object, 0), probe::byte_of(&object, PAGE)), (1, 2));
}

fn a_buffer_that_fails_in_the_middle() {
    let region = region(3);
    region.place(0, &numbered(1, 1), 1, RW);
    region.place(2, &numbered(1, 3), 1, RW);
    let object = vmo(3);
    assert_eq!(ask(&object, region.base, 0, 3 * PAGE), Status::NOT_FOUND);
    assert_eq!(probe::byte_of(&object, 2 * PAGE), 0, "nothing comes after the fault");
    assert_eq!(probe::read(region.page(2)), Ok(3));
}

fn lazy_buffers_get_their_pages() {
    let object = numbered(4, 1);
    let buffer = vmo(4);
    let address = map(&buffer, 4, RW);
    assert_eq!(zx::vmo_read(&object, address, 0, 4 * PAGE), Status::OK);
    probe::assert_pages(address, &[Ok(1), Ok(2), Ok(3), Ok(4)]);
    assert_eq!(zx::vmo_write(&object, map(&vmo(4), 4, R), 0, 4 * PAGE), Status::OK);
    assert_eq!(probe::byte_of(&object, 3 * PAGE), 0, "a source never touched is zeros");
}

fn a_destination_never_read_is_not_the_zero_page() {
    let object = numbered(1, 77);
    let (one, other) = (map(&vmo(1), 1, RW), map(&vmo(1), 1, RW));
    assert_eq!((probe::read(one), probe::read(other)), (Ok(0), Ok(0)));
    assert_eq!(zx::vmo_read(&object, one, 0, 1), Status::OK);
    assert_eq!((probe::read(one), probe::read(other)), (Ok(77), Ok(0)));
    assert_eq!(probe::read(map(&vmo(1), 1, R)), Ok(0));
}

fn a_buffer_that_maps_the_same_object() {
    let object = numbered(8, 1);
    let address = map(&object, 8, RW);
    assert_eq!(zx::vmo_read(&object, address + 4 * PAGE, 0, 4 * PAGE), Status::OK);
    assert_eq!(zx::vmo_write(&object, address + PAGE, 0, PAGE), Status::OK);
    let pages = [Ok(2), Ok(2), Ok(3), Ok(4), Ok(1), Ok(2), Ok(3), Ok(4)];
    probe::assert_pages(address, &pages);
}

fn overlapping_source_and_destination() {
    let object = vmo(2);
    let address = map(&object, 2, RW);
    object.write(0, &[7; 16]).unwrap();
    for offset in [0, 1, 8, PAGE - 4] {
        assert_eq!(zx::vmo_read(&object, address, offset, PAGE), Status::OK, "{offset:#x}");
        assert_eq!(zx::vmo_write(&object, address, offset, PAGE), Status::OK, "{offset:#x}");
    }
}

/// Pages of the two objects that are copied into each other, and how many threads are done.
static CROSSED: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];
static MAPPED: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

/// Reads object `which` into a mapping of the other, and back.
extern "C" fn cross(which: u64) {
    let which = usize::try_from(which).unwrap();
    let object = CROSSED[which].load(Ordering::Relaxed);
    let buffer = MAPPED[1 - which].load(Ordering::Relaxed);
    for _ in 0..200 {
        assert_eq!(zx::vmo_read(object, buffer, 0, 4 * PAGE), Status::OK);
        assert_eq!(zx::vmo_write(object, buffer, 0, 4 * PAGE), Status::OK);
    }
}

fn two_threads_through_each_others_mappings() {
    let objects = [vmo(4), vmo(4)];
    for ((object, raw), mapped) in objects.iter().zip(&CROSSED).zip(&MAPPED) {
        raw.store(object.raw(), Ordering::Relaxed);
        mapped.store(map(object, 4, RW), Ordering::Relaxed);
    }
    let other = thread::spawn(cross, 1).unwrap();
    cross(0);
    other.join().unwrap();
}

fn past_the_stream_size_is_fine() {
    let object = Vmo::create(10, VmoOptions::empty()).unwrap();
    object.write(100, &[5]).unwrap();
    assert_eq!(probe::byte_of(&object, 100), 5);
    assert_eq!(object.size(), Ok(PAGE));
}

fn a_large_transfer() {
    let pages = 256;
    let from = numbered(pages, 0);
    let to = vmo(pages);
    let address = map(&to, pages, RW);
    assert_eq!(zx::vmo_read(&from, address, 0, pages * PAGE), Status::OK);
    for page in 0..pages {
        assert_eq!(u64::from(probe::byte_of(&to, page * PAGE)), page, "page {page}");
    }
}
