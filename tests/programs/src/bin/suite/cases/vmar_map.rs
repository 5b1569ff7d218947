//! `vmar_map`: what a mapping shows and permits.
//!
//! # Source
//! `vmar.md` §1 and §8; `faults.md` §1; seed "vmar_map".

use super::cases;
use crate::entry::{Entry, assert_absent, assert_permits};
use crate::fixture::*;
use crate::usage::Usage;
use crate::{part, probe, zx};
use rt::memory::{load, store};
use rt::{Rights, Status, VmOptions, Vmo, VmoOptions};

cases! { vmar_map:
    a_new_object_reads_as_zeros,
    bytes_written_are_seen_by_vmo_read,
    bytes_written_by_vmo_write_are_seen,
    the_object_offset_is_honoured,
    the_length_is_rounded_up,
    the_address_argument_is_output_only,
    specific_goes_to_the_offset,
    a_readable_mapping_refuses_writes,
    a_mapping_without_permissions_refuses_everything,
    code_runs_from_an_executable_mapping,
    without_execute_code_does_not_run,
    pages_past_the_end_are_out_of_range,
    an_object_offset_past_the_end_is_fine,
    permission_precedes_the_end_of_the_object,
    a_mapping_keeps_a_closed_object,
    a_mapping_may_fill_its_region,
    one_object_in_two_places,
    overlapping_windows_of_one_object,
    a_terabyte_costs_nothing,
    map_range_commits_nothing,
    map_range_shows_what_is_there,
    map_range_needs_no_permission,
    map_range_outside_the_object_is_fine,
    map_range_with_an_object_offset,
    readable_without_execute_only_is_readable,
    maximum_follows_the_handles,
    rights_dropped_later_change_nothing,
    the_second_mapping_fits_exactly,
    the_zero_size_object_can_be_mapped,
    every_permission_set_that_is_allowed,
}

fn a_new_object_reads_as_zeros() {
    let address = map(&vmo(3), 3, RW);
    for offset in [0, 1, PAGE - 1, PAGE, 3 * PAGE - 8] {
        // SAFETY: mapped above.
        assert_eq!(unsafe { load::<u8>(address + offset) }, 0, "{offset:#x}");
    }
}

fn bytes_written_are_seen_by_vmo_read() {
    let object = vmo(2);
    let address = map(&object, 2, RW);
    // SAFETY: mapped above.
    unsafe { store(address + PAGE + 3, 0x5A_u8) };
    assert_eq!(probe::byte_of(&object, PAGE + 3), 0x5A);
    assert_eq!(probe::byte_of(&object, 3), 0);
}

fn bytes_written_by_vmo_write_are_seen() {
    let object = vmo(2);
    let address = map(&object, 2, R);
    // SAFETY: mapped above.
    let load = |offset| unsafe { load::<u8>(address + offset) };
    assert_eq!(load(PAGE), 0);
    object.write(PAGE - 1, &[1, 2]).unwrap();
    assert_eq!((load(PAGE - 1), load(PAGE)), (1, 2));
}

fn the_object_offset_is_honoured() {
    let object = numbered(8, 1);
    let address = root().map(R, 0, &object, 5 * PAGE, 2 * PAGE).unwrap();
    probe::assert_pages(address, &[Ok(6), Ok(7), Err(Status::NOT_FOUND)]);
}

fn the_length_is_rounded_up() {
    let region = region(6);
    for (len, pages) in [(1, 1), (PAGE + 1, 2), (4 * PAGE - 1, 4)] {
        let address = region.map(R | OVERWRITE, 0, &vmo(4), 0, len).unwrap();
        let last = address + pages * PAGE - 1;
        assert_eq!(probe::read(last), Ok(0), "{len:#x}");
        assert_eq!(probe::read(last + 1), Err(Status::NOT_FOUND), "{len:#x}");
    }
}

fn the_address_argument_is_output_only() {
    let object = vmo(1);
    for before in [0_u64, 1, u64::MAX, root().region().unwrap().base] {
        let mut address = before;
        assert_eq!(zx::vmar_map(root(), R, 0, &object, 0, PAGE, &mut address), Status::OK);
        assert_eq!(probe::read(address), Ok(0));
    }
}

fn specific_goes_to_the_offset() {
    let region = region(8);
    for page in [7, 0, 3] {
        assert_eq!(region.place(page, &vmo(1), 1, R), region.page(page));
    }
}

fn a_readable_mapping_refuses_writes() {
    let object = numbered(1, 8);
    let address = map(&object, 1, R);
    assert_eq!(probe::write(address, 1), Err(Status::ACCESS_DENIED));
    assert_eq!(probe::read(address), Ok(8));
    assert_eq!(probe::write(address, 1), Err(Status::ACCESS_DENIED), "once it is there");
    assert_permits(address, R);
    assert_eq!(probe::byte_of(&object, 0), 8);
}

fn a_mapping_without_permissions_refuses_everything() {
    let address = map(&numbered(1, 8), 1, NONE);
    assert_eq!(probe::read(address), Err(Status::ACCESS_DENIED));
    assert_eq!(probe::write(address, 1), Err(Status::ACCESS_DENIED));
    assert_absent(address, 1);
}

/// `mov eax, 42; ret`.
const FORTY_TWO: [u8; 6] = [0xB8, 42, 0, 0, 0, 0xC3];

/// Makes a VMO of code that returns 42.
fn code() -> Vmo {
    let object = vmo(1);
    object.write(0, &FORTY_TWO).unwrap();
    object.into_executable().unwrap()
}

/// Calls the function at `address`.
fn call(address: u64) -> u32 {
    // SAFETY: the pages hold a function of this type, or the caller expects to die of the attempt.
    let function = unsafe {
        core::mem::transmute::<*const (), extern "C" fn() -> u32>(rt::memory::pointer(address))
    };
    function()
}

fn code_runs_from_an_executable_mapping() {
    for options in [RX, RWX] {
        let address = map(&code(), 1, options);
        assert_eq!(call(address), 42);
        assert_permits(address, options);
    }
}

fn call_without_execute(options: u64) {
    let options = VmOptions::from_bits_retain(u32::try_from(options).unwrap());
    let address = map(&code(), 1, options | VmOptions::MAP_RANGE);
    assert_permits(address, options);
    call(address);
}

fn without_execute_code_does_not_run() {
    for options in [NONE, R, RW] {
        part::dies(call_without_execute, u64::from(options.bits()));
    }
}

fn pages_past_the_end_are_out_of_range() {
    let address = map(&numbered(2, 1), 4, RW);
    let end = Err(Status::OUT_OF_RANGE);
    probe::assert_pages(address, &[Ok(1), Ok(2), end, end, Err(Status::NOT_FOUND)]);
    assert_eq!(probe::write(address + 2 * PAGE, 1), end.map(|_: u8| ()));
}

fn an_object_offset_past_the_end_is_fine() {
    let object = vmo(1);
    for offset in [PAGE, 1 << 40, 1 << 63] {
        let address = root().map(RW, 0, &object, offset, PAGE).unwrap();
        assert_eq!(probe::read(address), Err(Status::OUT_OF_RANGE), "{offset:#x}");
        assert_eq!(probe::write(address, 0), Err(Status::OUT_OF_RANGE), "{offset:#x}");
    }
}

fn permission_precedes_the_end_of_the_object() {
    let address = map(&vmo(1), 2, R) + PAGE;
    assert_eq!(probe::write(address, 1), Err(Status::ACCESS_DENIED));
    assert_eq!(probe::read(address), Err(Status::OUT_OF_RANGE));
}

fn a_mapping_keeps_a_closed_object() {
    let object = numbered(2, 3);
    let address = map(&object, 2, RW);
    drop(object);
    probe::assert_pages(address, &[Ok(3), Ok(4)]);
    assert_eq!(probe::write(address + PAGE, 9), Ok(()));
    assert_eq!(probe::read(address + PAGE), Ok(9));
}

fn a_mapping_may_fill_its_region() {
    let region = region(4);
    let address = region.map(R, 0, &numbered(4, 1), 0, 4 * PAGE).unwrap();
    assert_eq!(address, region.base);
    probe::assert_pages(address, &[Ok(1), Ok(2), Ok(3), Ok(4)]);
}

fn one_object_in_two_places() {
    let object = vmo(2);
    let (one, other) = (map(&object, 2, RW), map(&object, 2, RW));
    assert_ne!(one, other);
    for (from, to, byte) in [(one, other, 1_u8), (other, one, 2)] {
        assert_eq!(probe::write(from + PAGE, byte), Ok(()));
        // SAFETY: mapped above.
        assert_eq!(unsafe { load::<u8>(to + PAGE) }, byte);
    }
    assert_eq!(Entry::of(one + PAGE), Entry::of(other + PAGE));
    assert_absent(one, 1);
}

fn overlapping_windows_of_one_object() {
    let object = numbered(4, 1);
    let low = root().map(RW, 0, &object, 0, 3 * PAGE).unwrap();
    let high = root().map(RW, 0, &object, PAGE, 3 * PAGE).unwrap();
    assert_eq!(probe::write(low + 2 * PAGE, 50), Ok(()));
    probe::assert_pages(high, &[Ok(2), Ok(50), Ok(4)]);
}

fn a_terabyte_costs_nothing() {
    let object = Vmo::create(1 << 40, VmoOptions::empty()).unwrap();
    let address = root().map(RW, 0, &object, 0, 1 << 40).unwrap();
    let before = Usage::now().frames();
    assert_eq!(probe::write(address + (1 << 39) + 5, 1), Ok(()));
    assert_permits(address + (1 << 39), RW);
    let taken = Usage::now().frames() - before;
    // The page, three levels of tables above it, and the nodes that lead to it in the object.
    assert!(taken <= 16, "{taken} frames for one page");
    root().unmap(address, 1 << 40).unwrap();
    assert_eq!(probe::byte_of(&object, (1 << 39) + 5), 1);
}

/// Maps with MAP_RANGE.
fn map_range(object: &Vmo, vmo_offset: u64, pages: u64, options: VmOptions) -> u64 {
    let options = options | VmOptions::MAP_RANGE;
    root().map(options, 0, object, vmo_offset, pages * PAGE).unwrap()
}

fn map_range_commits_nothing() {
    let object = Vmo::create(1 << 30, VmoOptions::empty()).unwrap();
    object.write(5 * PAGE, &[1]).unwrap();
    let before = Usage::now().frames();
    let address = map_range(&object, 0, 1 << 18, RW);
    let taken = Usage::now().frames() - before;
    assert!(taken <= 4, "{taken} frames for tables");
    assert_absent(address, 5);
    assert_permits(address + 5 * PAGE, RW);
    assert_absent(address + 6 * PAGE, 100);
}

fn map_range_shows_what_is_there() {
    let object = vmo(4);
    object.write(2 * PAGE, &[7]).unwrap();
    let address = map_range(&object, 0, 4, RW);
    for (page, options) in [(0, NONE), (1, NONE), (2, RW), (3, NONE)] {
        assert_permits(address + page * PAGE, options);
    }
    probe::assert_pages(address, &[Ok(0), Ok(0), Ok(7), Ok(0)]);
    for page in 0..4 {
        assert_eq!(probe::write(address + page * PAGE, 9), Ok(()), "page {page}");
        assert_eq!(probe::byte_of(&object, page * PAGE), 9, "page {page}");
    }
}

fn map_range_needs_no_permission() {
    let address = map_range(&numbered(2, 1), 0, 2, NONE);
    assert_absent(address, 2);
    assert_eq!(probe::read(address), Err(Status::ACCESS_DENIED));
}

fn map_range_outside_the_object_is_fine() {
    let object = numbered(2, 1);
    let end = Err(Status::OUT_OF_RANGE);
    probe::assert_pages(map_range(&object, PAGE, 3, R), &[Ok(2), end, end]);
    probe::assert_pages(map_range(&object, 8 * PAGE, 1, R), &[end]);
}

fn map_range_with_an_object_offset() {
    let object = numbered(8, 1);
    probe::assert_pages(map_range(&object, 3 * PAGE, 3, R), &[Ok(4), Ok(5), Ok(6)]);
}

fn readable_without_execute_only_is_readable() {
    let address = map(&numbered(1, 3), 1, VmOptions::PERM_READ_IF_XOM_UNSUPPORTED);
    assert_eq!(probe::read(address), Ok(3));
    assert_eq!(probe::write(address, 1), Err(Status::ACCESS_DENIED));
}

fn maximum_follows_the_handles() {
    let object = vmo(1).into_executable().unwrap();
    for (rights, allowed) in
        [(Rights::empty(), RWX), (Rights::WRITE, RX), (Rights::EXECUTE, RW), (Rights::READ, NONE)]
    {
        let weak: Vmo = without(&object, rights).into();
        let address = map(&weak, 1, NONE);
        for options in [R, RW, RX, RWX] {
            let expected =
                if allowed.contains(options) { Status::OK } else { Status::ACCESS_DENIED };
            let status = zx::vmar_protect(root(), options, address, PAGE);
            assert_eq!(status, expected, "without {rights:?}: {options:?}");
        }
    }
}

fn rights_dropped_later_change_nothing() {
    let region = region(2);
    let object = vmo(1);
    let address = region.place(0, &object, 1, RW);
    let _weak = object.into_handle().replace(Rights::empty()).unwrap();
    assert_eq!(probe::write(address, 5), Ok(()));
    assert_eq!(region.protect(R, address, PAGE), Ok(()));
    assert_eq!(region.protect(RW, address, PAGE), Ok(()));
    assert_eq!(probe::write(address, 6), Ok(()));
}

fn the_second_mapping_fits_exactly() {
    let region = region(5);
    region.place(0, &numbered(2, 1), 2, R);
    region.place(3, &numbered(2, 5), 2, R);
    let between = region.map(R, 0, &numbered(1, 9), 0, PAGE).unwrap();
    assert_eq!(between, region.page(2));
    probe::assert_pages(region.base, &[Ok(1), Ok(2), Ok(9), Ok(5), Ok(6)]);
}

fn the_zero_size_object_can_be_mapped() {
    let address = map(&vmo(0), 1, RW);
    assert_eq!(probe::read(address), Err(Status::OUT_OF_RANGE));
}

fn every_permission_set_that_is_allowed() {
    let object = vmo(1).into_executable().unwrap();
    for options in [NONE, R, RW, RX, RWX] {
        let address = map(&object, 1, options);
        assert_absent(address, 1);
        let can_read = if options.contains(R) { Ok(0) } else { Err(Status::ACCESS_DENIED) };
        let can_write = if options.contains(W) { Ok(()) } else { Err(Status::ACCESS_DENIED) };
        assert_eq!(probe::read(address), can_read, "{options:?}");
        assert_eq!(probe::write(address, 0), can_write, "{options:?}");
        assert_permits(address, options);
    }
}
