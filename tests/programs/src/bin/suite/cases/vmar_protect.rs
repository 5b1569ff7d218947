//! `vmar_protect`: what changes, and what must not.
//!
//! # Source
//! `vmar.md` §10; `faults.md` §6.

use super::cases;
use crate::entry::{self, Entry, assert_absent};
use crate::fixture::*;
use crate::usage::Usage;
use crate::{part, probe};
use rt::memory::{load, store};
use rt::{Status, VmOptions, Vmo, VmoOptions};

cases! { vmar_protect:
    every_direction,
    contents_survive,
    a_part_can_be_changed,
    a_part_of_a_part_can_be_changed,
    several_mappings_at_once,
    the_length_is_rounded_up,
    writing_is_withdrawn_from_pages_in_use,
    reading_is_withdrawn_from_pages_in_use,
    executing_is_withdrawn,
    writing_gained_does_not_reach_the_zero_page,
    writing_gained_keeps_pages_that_were_read,
    a_sparse_gigabyte_is_protected_without_frames,
    pages_past_the_end_can_be_protected,
    a_page_torn_out_of_a_large_mapping,
    other_mappings_are_not_touched,
    readable_without_execute_only_is_readable,
    a_thousand_changes_leave_no_trace,
    pages_can_be_separated_and_joined,
}

const DENIED: Status = Status::ACCESS_DENIED;

/// Checks what the page at `address` permits: to an access, and by its entry.
#[track_caller]
fn assert_permits(address: u64, options: VmOptions) {
    let reads = probe::read(address);
    assert_eq!(reads.is_ok(), options.contains(R), "reading, {options:?}: {reads:?}");
    let byte = reads.unwrap_or_default();
    let expected = if options.contains(W) { Ok(()) } else { Err(DENIED) };
    assert_eq!(probe::write(address, byte), expected, "writing, {options:?}");
    entry::assert_permits(address, options);
}

fn every_direction() {
    let object = numbered(1, 1).into_executable().unwrap();
    let all = [NONE, R, RW, RX, RWX];
    for from in all {
        for to in all {
            let address = map(&object, 1, from);
            assert_permits(address, from);
            root().protect(to, address, PAGE).unwrap();
            // What is lost is lost at once; what is gained may come with the next access.
            assert!(to.contains(Entry::of(address).permits()), "{from:?} to {to:?}");
            assert_permits(address, to);
            root().unmap(address, PAGE).unwrap();
        }
    }
}

fn contents_survive() {
    let address = map(&numbered(2, 5), 2, RW);
    for options in [NONE, R, NONE, RW] {
        root().protect(options, address, 2 * PAGE).unwrap();
    }
    probe::assert_pages(address, &[Ok(5), Ok(6)]);
}

/// A region of eight pages with a mapping of numbers from 1 on, RW.
fn eight() -> Region {
    let region = region(8);
    region.place(0, &numbered(8, 1), 8, RW);
    region
}

#[track_caller]
fn assert_all(region: &Region, options: &[VmOptions]) {
    for (page, options) in (0..).zip(options) {
        assert_permits(region.page(page), *options);
    }
}

fn a_part_can_be_changed() {
    for (page, pages) in [(0, 8), (0, 3), (5, 3), (2, 4), (7, 1)] {
        let region = eight();
        region.protect(R, region.page(page), pages * PAGE).unwrap();
        let changed = page..page + pages;
        let options: alloc::vec::Vec<VmOptions> =
            (0..8).map(|page| if changed.contains(&page) { R } else { RW }).collect();
        assert_all(&region, &options);
        assert_eq!(probe::read(region.page(6)), Ok(7), "contents");
    }
}

fn a_part_of_a_part_can_be_changed() {
    let region = eight();
    region.protect(R, region.page(1), 6 * PAGE).unwrap();
    region.protect(NONE, region.page(2), 4 * PAGE).unwrap();
    region.protect(RW, region.page(3), 2 * PAGE).unwrap();
    assert_all(&region, &[RW, R, NONE, RW, RW, NONE, R, RW]);
    region.protect(RW, region.base, 8 * PAGE).unwrap();
    assert_all(&region, &[RW; 8]);
}

fn several_mappings_at_once() {
    let region = region(6);
    for page in [0, 2, 4] {
        region.place(page, &vmo(2), 2, RW);
    }
    region.protect(R, region.page(1), 4 * PAGE).unwrap();
    assert_all(&region, &[RW, R, R, R, R, RW]);
}

fn the_length_is_rounded_up() {
    let region = eight();
    region.protect(R, region.base, PAGE + 1).unwrap();
    assert_all(&region, &[R, R, RW]);
}

fn writing_is_withdrawn_from_pages_in_use() {
    let address = map(&vmo(2), 2, RW);
    // SAFETY: mapped above.
    unsafe { store(address, 1_u8) };
    entry::assert_permits(address, RW);
    root().protect(R, address, 2 * PAGE).unwrap();
    entry::assert_permits(address, R);
    assert_permits(address, R);
    assert_permits(address + PAGE, R);
    part::dies(write_after_protect, 0);
}

fn write_after_protect(_: u64) {
    let address = map(&vmo(1), 1, RW);
    // SAFETY: mapped writable at first; to die of the second store is what this process is for.
    unsafe {
        store(address, 1_u8);
        root().protect(R, address, PAGE).unwrap();
        store(address, 2_u8);
    }
}

fn read_after_protect(_: u64) {
    let address = map(&vmo(1), 1, RW);
    // SAFETY: mapped readable at first; to die of the second load is what this process is for.
    unsafe {
        load::<u8>(address);
        root().protect(NONE, address, PAGE).unwrap();
        assert_absent(address, 1);
        load::<u8>(address);
    }
}

fn reading_is_withdrawn_from_pages_in_use() {
    part::dies(read_after_protect, 0);
}

/// Calls a `ret`, and once more after the page has lost EXECUTE.
fn call_after_protect(_: u64) {
    let object = vmo(1);
    object.write(0, &[0xC3]).unwrap();
    let address = map(&object.into_executable().unwrap(), 1, RX);
    // SAFETY: the page holds a `ret`; to die of the second call is what this process is for.
    let function =
        unsafe { core::mem::transmute::<*const (), extern "C" fn()>(rt::memory::pointer(address)) };
    function();
    entry::assert_permits(address, RX);
    root().protect(R, address, PAGE).unwrap();
    entry::assert_permits(address, R);
    function();
}

fn executing_is_withdrawn() {
    part::dies(call_after_protect, 0);
}

fn writing_gained_does_not_reach_the_zero_page() {
    let (one, other) = (map(&vmo(1), 1, R), map(&vmo(1), 1, R));
    // SAFETY: mapped above, and writable when written.
    unsafe {
        assert_eq!((load::<u8>(one), load::<u8>(other)), (0, 0));
        root().protect(RW, one, PAGE).unwrap();
        entry::assert_permits(one, R);
        assert_eq!(Entry::of(one), Entry::of(other));
        store(one, 9_u8);
        assert_eq!((load::<u8>(one), load::<u8>(other)), (9, 0));
        entry::assert_permits(one, RW);
        assert_ne!(Entry::of(one).frame(), Entry::of(other).frame());
    }
    assert_eq!(probe::read(map(&vmo(1), 1, R)), Ok(0), "a page mapped later");
}

fn writing_gained_keeps_pages_that_were_read() {
    let object = numbered(1, 4);
    let address = map(&object, 1, R);
    assert_eq!(probe::read(address), Ok(4));
    root().protect(RW, address, PAGE).unwrap();
    assert_eq!(probe::write(address + 1, 5), Ok(()));
    assert_eq!((probe::byte_of(&object, 0), probe::byte_of(&object, 1)), (4, 5));
}

fn a_sparse_gigabyte_is_protected_without_frames() {
    let object = Vmo::create(1 << 30, VmoOptions::empty()).unwrap();
    let address = map(&object, 1 << 18, RW);
    let before = Usage::now().frames();
    root().protect(R, address, 1 << 30).unwrap();
    root().protect(NONE, address, 1 << 30).unwrap();
    root().protect(RW, address, 1 << 30).unwrap();
    assert_eq!(Usage::now().frames(), before);
    root().protect(R, address, 1 << 30).unwrap();
    assert_eq!(probe::write(address + (1 << 29), 1), Err(DENIED));
}

fn pages_past_the_end_can_be_protected() {
    let address = map(&vmo(1), 3, RW);
    assert_eq!(root().protect(R, address + PAGE, PAGE), Ok(()));
    assert_eq!(probe::write(address + PAGE, 1), Err(DENIED));
    assert_eq!(probe::write(address + 2 * PAGE, 1), Err(Status::OUT_OF_RANGE));
}

fn a_page_torn_out_of_a_large_mapping() {
    let object = Vmo::create(1 << 22, VmoOptions::empty()).unwrap();
    let options = RW | VmOptions::align(21);
    let address = root().map(options, 0, &object, 0, 1 << 22).unwrap();
    for page in 0..1024 {
        assert_eq!(probe::write(address + page * PAGE, 1), Ok(()), "page {page}");
    }
    root().protect(R, address + 700 * PAGE, PAGE).unwrap();
    for (page, options) in [(0, RW), (699, RW), (700, R), (701, RW), (1023, RW)] {
        assert_permits(address + page * PAGE, options);
    }
}

fn other_mappings_are_not_touched() {
    let object = vmo(1);
    let (one, other) = (map(&object, 1, RW), map(&object, 1, RW));
    assert_permits(one, RW);
    root().protect(NONE, one, PAGE).unwrap();
    assert_absent(one, 1);
    assert_permits(other, RW);
}

fn readable_without_execute_only_is_readable() {
    let address = map(&vmo(1), 1, RW);
    let options = VmOptions::PERM_READ_IF_XOM_UNSUPPORTED;
    root().protect(options, address, PAGE).unwrap();
    assert_permits(address, R);
}

fn a_thousand_changes_leave_no_trace() {
    let region = region(64);
    region.place(0, &numbered(64, 1), 64, RW);
    let before = Usage::now();
    for turn in 0..1000 {
        let options = [NONE, R, RW][usize::try_from(turn % 3).unwrap()];
        region.protect(options, region.page(turn * 7 % 60), (1 + turn % 4) * PAGE).unwrap();
    }
    region.protect(RW, region.base, 64 * PAGE).unwrap();
    for page in 0..64 {
        assert_permits(region.page(page), RW);
    }
    region.unmap(region.base, 64 * PAGE).unwrap();
    assert!(
        Usage::now().frames() <= before.frames(),
        "{} frames before, then {}",
        before.frames(),
        Usage::now().frames()
    );
}

fn pages_can_be_separated_and_joined() {
    let region = eight();
    for page in [1, 3, 5, 7] {
        region.protect(R, region.page(page), PAGE).unwrap();
    }
    assert_all(&region, &[RW, R, RW, R, RW, R, RW, R]);
    region.unmap(region.page(2), 4 * PAGE).unwrap();
    assert_all(&region, &[RW, R]);
    assert_eq!(probe::read(region.page(2)), Err(Status::NOT_FOUND));
    assert_permits(region.page(6), RW);
    assert_permits(region.page(7), R);
}
