//! What `bti_pin` and `pmt_unpin` do to pages.
//!
//! # Source
//! `vmo.md` §13; `handles-rights-errors.md` §4.

use super::cases;
use crate::fixture::*;
use crate::hardware::{READS, READS_AND_WRITES, address_of, bti, contiguous, physical, resource};
use crate::usage::Usage;
use crate::{probe, zx};
use abi::info::InfoBti;
use abi::{BtiOptions, Topic, VmoChildOptions, VmoOp};
use alloc::vec::Vec;
use rt::{Bti, Pmt, Rights, Status, Vmo};

cases! { vmo_pin:
    addresses_are_told_and_stay,
    pinning_commits,
    pinning_a_snapshot_copies,
    contiguous_memory_has_one_address,
    windows_can_be_pinned,
    pinned_pages_are_not_decommitted,
    pinned_pages_are_not_cut_off,
    pinned_objects_are_not_snapshot,
    pinned_pages_are_zeroed_in_place,
    pins_are_counted,
    too_many_pins_are_unavailable,
    pins_outlive_the_handle,
    unpinning_takes_the_handle,
    a_closed_token_leaves_the_pages_in_quarantine,
    a_closed_bti_lets_go,
}

/// Pins all of an object.
#[track_caller]
fn pin(bti: &Bti, object: &Vmo) -> Pmt {
    let size = object.size().unwrap();
    let mut addresses: Vec<u64> = (0..size / PAGE).collect();
    bti.pin(READS_AND_WRITES, object, 0, size, &mut addresses).unwrap()
}

/// Returns how many ranges are pinned, and how many of them are in quarantine.
#[track_caller]
fn counts(bti: &Bti) -> (u64, u64) {
    let info: InfoBti = bti.info(Topic::BTI).unwrap();
    assert_eq!(info.minimum_contiguity, PAGE);
    (info.pmo_count, info.quarantine_count)
}

fn addresses_are_told_and_stay() {
    let (bti, object) = (bti(), numbered(3, 1));
    let mut places = [0; 3];
    let pmt = bti.pin(READS, &object, 0, 3 * PAGE, &mut places).unwrap();
    for (page, place) in (0..3).zip(places) {
        assert!(place != 0 && place.is_multiple_of(PAGE));
        assert_eq!(address_of(&object, page * PAGE), place);
        let window = Vmo::create_physical(resource(), place, PAGE).unwrap();
        let address = map(&window, 1, R);
        assert_eq!(probe::read(address), Ok(u8::try_from(page + 1).unwrap()));
        root().unmap(address, PAGE).unwrap();
    }
    pmt.unpin().unwrap();
}

fn pinning_commits() {
    let (bti, object) = (bti(), vmo(6));
    let before = Usage::now().frames();
    let pmt = bti.pin(READS, &object, PAGE, 4 * PAGE, &mut [0; 4]).unwrap();
    assert_eq!(Usage::now().frames(), before + 4);
    pmt.unpin().unwrap();
    assert_eq!(Usage::now().frames(), before + 4, "unpinning gives nothing back");
}

fn pinning_a_snapshot_copies() {
    let (bti, parent) = (bti(), numbered(1, 1));
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE).unwrap();
    let mut place = [0];
    let pmt = bti.pin(READS_AND_WRITES, &child, 0, PAGE, &mut place).unwrap();
    assert_ne!(address_of(&parent, 0), place[0]);
    child.write(0, &[2]).unwrap();
    assert_eq!(address_of(&child, 0), place[0], "written where it is");
    assert_eq!(probe::byte_of(&parent, 0), 1);
    pmt.unpin().unwrap();
}

fn contiguous_memory_has_one_address() {
    let (bti, object) = (bti(), contiguous(3));
    let (mut one, mut all) = ([0], [0; 3]);
    let run = bti.pin(READS | BtiOptions::CONTIGUOUS, &object, 0, 3 * PAGE, &mut one).unwrap();
    let compress = READS | BtiOptions::COMPRESS;
    let pages = bti.pin(compress, &object, 0, 3 * PAGE, &mut all).unwrap();
    assert_eq!(all, [one[0], one[0] + PAGE, one[0] + 2 * PAGE]);
    run.unpin().unwrap();
    pages.unpin().unwrap();
}

fn windows_can_be_pinned() {
    let window = physical(2);
    assert_eq!(address_of(&window.window, PAGE), window.address + PAGE);
}

fn pinned_pages_are_not_decommitted() {
    let (bti, object) = (bti(), numbered(3, 1));
    let pmt = bti.pin(READS, &object, PAGE, PAGE, &mut [0]).unwrap();
    assert_eq!(object.operate(VmoOp::Decommit, 0, 3 * PAGE), Err(Status::BAD_STATE));
    assert_eq!(probe::byte_of(&object, 0), 1, "nothing changed");
    assert_eq!(object.operate(VmoOp::Decommit, 2 * PAGE, PAGE), Ok(()));
    pmt.unpin().unwrap();
    assert_eq!(object.operate(VmoOp::Decommit, 0, 3 * PAGE), Ok(()));
}

fn pinned_pages_are_not_cut_off() {
    let (bti, object) = (bti(), resizable(3));
    let pmt = bti.pin(READS, &object, PAGE, PAGE, &mut [0]).unwrap();
    assert_eq!(object.set_size(PAGE), Err(Status::BAD_STATE));
    assert_eq!(object.size(), Ok(3 * PAGE));
    assert_eq!(object.set_size(2 * PAGE), Ok(()));
    assert_eq!(object.set_size(PAGE + 1), Ok(()), "the page stays");
    pmt.unpin().unwrap();
    assert_eq!(object.set_size(0), Ok(()));
}

fn pinned_objects_are_not_snapshot() {
    let (bti, object) = (bti(), vmo(2));
    let pmt = bti.pin(READS, &object, PAGE, PAGE, &mut [0]).unwrap();
    let snapshot = || object.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE);
    assert_eq!(snapshot(), Err(Status::BAD_STATE));
    assert!(object.create_child(VmoChildOptions::SLICE, 0, PAGE).is_ok());
    pmt.unpin().unwrap();
    assert!(snapshot().is_ok());
}

fn pinned_pages_are_zeroed_in_place() {
    let (bti, object) = (bti(), numbered(4, 1));
    let mut place = [0];
    let pmt = bti.pin(READS, &object, 2 * PAGE, PAGE, &mut place).unwrap();
    let before = Usage::now().frames();
    object.operate(VmoOp::Zero, 0, 4 * PAGE).unwrap();
    assert_eq!(Usage::now().frames(), before - 3);
    for page in 0..4 {
        assert_eq!(probe::byte_of(&object, page * PAGE), 0);
    }
    assert_eq!(address_of(&object, 2 * PAGE), place[0]);
    pmt.unpin().unwrap();
}

fn pins_are_counted() {
    let (bti, object) = (bti(), vmo(1));
    let (first, second) = (pin(&bti, &object), pin(&bti, &object));
    first.unpin().unwrap();
    assert_eq!(object.operate(VmoOp::Decommit, 0, PAGE), Err(Status::BAD_STATE));
    second.unpin().unwrap();
    assert_eq!(object.operate(VmoOp::Decommit, 0, PAGE), Ok(()));
}

fn too_many_pins_are_unavailable() {
    let (bti, object) = (bti(), vmo(2));
    let mut tokens = Vec::new();
    let refused = loop {
        match bti.pin(READS, &object, PAGE, PAGE, &mut [0]) {
            Ok(pmt) => tokens.push(pmt),
            Err(status) => break status,
        }
        assert!(tokens.len() < 1000);
    };
    assert_eq!(refused, Status::UNAVAILABLE);
    let both = bti.pin(READS, &object, 0, 2 * PAGE, &mut [0; 2]);
    assert_eq!(both.err(), Some(Status::UNAVAILABLE));
    assert_eq!(object.operate(VmoOp::Decommit, 0, PAGE), Ok(()), "the first was not pinned");
    for pmt in tokens {
        pmt.unpin().unwrap();
    }
    assert_eq!(object.operate(VmoOp::Decommit, 0, 2 * PAGE), Ok(()));
}

fn pins_outlive_the_handle() {
    let (bti, object) = (bti(), numbered(1, 5));
    let mut place = [0];
    let pmt = bti.pin(READS, &object, 0, PAGE, &mut place).unwrap();
    drop(object);
    let other = vmo(64);
    other.operate(VmoOp::Commit, 0, 64 * PAGE).unwrap();
    let window = Vmo::create_physical(resource(), place[0], PAGE).unwrap();
    assert_eq!(probe::read(map(&window, 1, R)), Ok(5));
    pmt.unpin().unwrap();
}

fn unpinning_takes_the_handle() {
    let raw = pin(&bti(), &vmo(1)).into_handle().into_raw();
    assert_eq!(zx::pmt_unpin(raw), Status::OK);
    assert_eq!(zx::pmt_unpin(raw), Status::BAD_HANDLE);
    assert_eq!(zx::pmt_unpin(root()), Status::WRONG_TYPE);
    assert!(root().basic_info().is_ok(), "what is no token stays open");
}

fn a_closed_token_leaves_the_pages_in_quarantine() {
    let (bti, object) = (bti(), vmo(1));
    assert_eq!(counts(&bti), (0, 0));
    let (first, second) = (pin(&bti, &object), pin(&bti, &object));
    assert_eq!(counts(&bti), (2, 0));
    drop(first);
    second.unpin().unwrap();
    assert_eq!(counts(&bti), (1, 1));
    assert_eq!(bti.pin(READS, &object, 0, PAGE, &mut [0]), Err(Status::BAD_STATE), "not before");
    assert_eq!(object.operate(VmoOp::Decommit, 0, PAGE), Err(Status::BAD_STATE));
    let weak = without(&bti, Rights::WRITE);
    assert_eq!(zx::bti_release_quarantine(&weak), Status::ACCESS_DENIED);
    bti.release_quarantine().unwrap();
    assert_eq!(counts(&bti), (0, 0));
    assert_eq!(object.operate(VmoOp::Decommit, 0, PAGE), Ok(()));
    pin(&bti, &object).unpin().unwrap();
}

fn a_closed_bti_lets_go() {
    let object = vmo(1);
    let bti = bti();
    drop(pin(&bti, &object));
    assert_eq!(object.operate(VmoOp::Decommit, 0, PAGE), Err(Status::BAD_STATE));
    drop(bti);
    assert_eq!(object.operate(VmoOp::Decommit, 0, PAGE), Ok(()));
}
