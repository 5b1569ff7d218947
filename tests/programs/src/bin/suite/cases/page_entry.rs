//! `debug_page_entry`: what the processor is told about a page.
//!
//! # Source
//! This project's own; Intel SDM 3A 4.5.

use super::cases;
use crate::entry::{Entry, assert_absent, assert_permits};
use crate::fixture::*;
use crate::part::{self, Part};
use crate::{hardware, probe, zx};
use abi::debug::PageEntry;
use abi::layout::{KERNEL_VMAR_BASE, USER_END};
use alloc::vec::Vec;
use rt::{Process, Rights, Status, start};

cases! { page_entry:
    asking_needs_inspect,
    bad_handles_and_types,
    addresses_of_the_kernel_are_invalid,
    a_process_that_has_ended_has_none,
    the_entry_must_be_writable,
    asking_shows_no_page,
    every_byte_of_a_page_has_the_same,
    entries_of_another_process,
    the_frame_is_where_the_page_is,
    what_nothing_maps_has_none,
}

fn asking_needs_inspect() {
    let address = map(&vmo(1), 1, R);
    let weak: Process = without(start().process(), Rights::INSPECT).into();
    assert_eq!(weak.page_entry(address), Err(Status::ACCESS_DENIED));
    let strong = start().process().duplicate(Rights::INSPECT).unwrap();
    assert_eq!(strong.page_entry(address), Ok(PageEntry::default()));
}

fn bad_handles_and_types() {
    let mut words = [0_u64; 2];
    for (handle, status) in [
        (0, Status::BAD_HANDLE),
        (UNKNOWN, Status::BAD_HANDLE),
        (root().raw(), Status::WRONG_TYPE),
        (start().thread().raw(), Status::WRONG_TYPE),
    ] {
        // Before the address and the place for the entry.
        assert_eq!(zx::debug_page_entry(handle, u64::MAX, 0), status);
        assert_eq!(zx::debug_page_entry(handle, PAGE, &mut words), status);
    }
    assert_eq!(words, [0; 2]);
}

fn addresses_of_the_kernel_are_invalid() {
    for address in [1 << 47, 1 << 63, 0xFFFF_8000_0000_0000, KERNEL_VMAR_BASE, u64::MAX] {
        let entry = start().process().page_entry(address);
        assert_eq!(entry, Err(Status::INVALID_ARGS), "{address:#x}");
    }
}

fn a_process_that_has_ended_has_none() {
    let part = Part::start(|_| (), 0, Vec::new());
    let process = part.process.duplicate(Rights::SAME_RIGHTS).unwrap();
    assert_eq!(part.join(), 0);
    assert_eq!(process.page_entry(PAGE), Err(Status::BAD_STATE));
}

fn the_entry_must_be_writable() {
    for out in Hostile::new().addresses() {
        let status = zx::debug_page_entry(start().process(), PAGE, out);
        assert_eq!(status, Status::INVALID_ARGS, "{out:#x}");
    }
}

fn asking_shows_no_page() {
    let address = map(&numbered(2, 1), 2, RW);
    assert_absent(address, 2);
    assert_absent(address, 2);
    assert_eq!(probe::read(address + PAGE), Ok(2));
    assert_permits(address + PAGE, RW);
}

fn every_byte_of_a_page_has_the_same() {
    let region = region(3);
    let address = region.place(1, &vmo(1), 1, RW);
    assert_eq!(probe::write(address, 1), Ok(()));
    for offset in [1, 8, PAGE - 1] {
        assert_eq!(Entry::of(address + offset), Entry::of(address));
    }
    assert_absent(address - 1, 1);
    assert_absent(address + PAGE, 1);
}

/// Maps the object it was given twice, uses it as told, and says where it is until told to end.
fn use_given(_: u64) {
    let object = part::given().remove(0).into();
    let (written, read) = (map(&object, 1, RW), map(&object, 1, R));
    assert_eq!(probe::write(written, 7), Ok(()));
    assert_eq!(probe::read(read), Ok(7));
    let places = [written, read].map(u64::to_le_bytes);
    start().channel().write(places.as_flattened(), Vec::new()).unwrap();
    start().channel().receive(&mut [0]).unwrap();
}

fn entries_of_another_process() {
    let object = vmo(1);
    let handle = object.duplicate(Rights::SAME_RIGHTS).unwrap();
    let part = Part::start(use_given, 0, [handle.into_handle()].into());
    let mut places = [[0; 8]; 2];
    part.channel.receive(places.as_flattened_mut()).unwrap();
    let [written, read] =
        places.map(|place| Entry::in_process(&part.process, u64::from_le_bytes(place)));
    assert_eq!((written.permits(), read.permits()), (RW, R));
    let own = map(&object, 1, R);
    assert_eq!(probe::read(own), Ok(7));
    assert_eq!(written.frame(), Entry::of(own).frame());
    part.channel.write(&[0], Vec::new()).unwrap();
    assert_eq!(part.join(), 0);
}

fn the_frame_is_where_the_page_is() {
    let object = numbered(3, 1);
    let address = map(&object, 3, R);
    for page in 0..3 {
        assert_eq!(probe::read(address + page * PAGE).err(), None);
        let frame = hardware::address_of(&object, page * PAGE);
        assert_eq!(Entry::of(address + page * PAGE).frame(), frame);
    }
}

fn what_nothing_maps_has_none() {
    assert_absent(0, 1);
    assert_absent(root().region().unwrap().base - PAGE, 1);
    assert_absent(USER_END, 1);
    assert_absent((1 << 47) - 1, 1);
}
