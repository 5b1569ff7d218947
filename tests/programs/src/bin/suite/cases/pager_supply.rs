//! Pages that a pager supplies.
//!
//! # Source
//! `vmo.md` §14.

use super::cases;
use crate::fixture::*;
use crate::paging::*;
use crate::probe::byte_of;
use crate::zx;
use abi::VmoChildOptions;
use core::sync::atomic::Ordering;
use rt::{Pager, Rights, Status, Vmo, VmoOptions};

const SLICE: VmoChildOptions = VmoChildOptions::SLICE;
const REFERENCE: VmoChildOptions = VmoChildOptions::REFERENCE;
const ON_WRITE: VmoChildOptions = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE;
const MODIFIED: VmoChildOptions = VmoChildOptions::SNAPSHOT_MODIFIED;

cases! { pager_supply:
    supplying_wakes_only_those_whose_page_it_is,
    supplied_pages_are_moved,
    pages_that_are_there_stay,
    pages_are_supplied_ahead,
    supply_checks_handles,
    detaching_needs_both_rights_over_a_pager,
    supply_checks_ranges,
    supply_wants_a_plain_object,
    growing_shows_zeros,
    nothing_is_supplied_to_parts_and_copies,
}

fn supplying_wakes_only_those_whose_page_it_is() {
    let paging = Paging::fixed(2);
    let first = start_call(read_by_call, &paging.vmo, 0);
    paging.expect_request(0);
    paging.supply(1, 8);
    paging.expect_silence();
    assert_eq!(OUTCOME.load(Ordering::Relaxed), 1, "it waits still");
    paging.supply(0, 7);
    assert_eq!(outcome(first), Status::OK);
}

fn supplied_pages_are_moved() {
    let paging = Paging::fixed(4);
    let aux = numbered(4, 10);
    paging.pager.supply(&paging.vmo, PAGE, 2 * PAGE, &aux, 2 * PAGE).unwrap();
    assert_eq!(byte_of(&paging.vmo, PAGE), 12);
    assert_eq!(byte_of(&paging.vmo, 2 * PAGE), 13);
    assert_eq!([0, 1, 2, 3].map(|page| byte_of(&aux, page * PAGE)), [10, 11, 0, 0]);
}

fn pages_that_are_there_stay() {
    let paging = Paging::fixed(2);
    paging.supply(0, 1);
    paging.vmo.write(1, &[2]).unwrap();
    let aux = numbered(2, 20);
    paging.pager.supply(&paging.vmo, 0, 2 * PAGE, &aux, 0).unwrap();
    assert_eq!(byte_of(&paging.vmo, 0), 1);
    assert_eq!(byte_of(&paging.vmo, 1), 2);
    assert_eq!(byte_of(&paging.vmo, PAGE), 21);
    assert_eq!(byte_of(&aux, 0), 0);
}

fn pages_are_supplied_ahead() {
    let paging = Paging::fixed(8);
    let aux = numbered(8, 1);
    paging.pager.supply(&paging.vmo, 0, 8 * PAGE, &aux, 0).unwrap();
    let base = map(&paging.vmo, 8, R);
    crate::probe::assert_pages(base, &[1, 2, 3, 4, 5, 6, 7, 8].map(Ok));
    paging.expect_silence();
}

fn supply_checks_handles() {
    let paging = Paging::fixed(1);
    let (aux, plain) = (vmo(1), vmo(1));
    let foreign = Pager::create().unwrap();
    assert_eq!(foreign.supply(&paging.vmo, 0, PAGE, &aux, 0), Err(Status::INVALID_ARGS));
    assert_eq!(paging.pager.supply(&plain, 0, PAGE, &aux, 0), Err(Status::INVALID_ARGS));
    for right in [Rights::READ, Rights::WRITE] {
        let weak: Vmo = without(&aux, right).into();
        let supplied = paging.pager.supply(&paging.vmo, 0, PAGE, &weak, 0);
        assert_eq!(supplied, Err(Status::ACCESS_DENIED));
    }
    let (pager, backed, aux) = (paging.pager.raw(), paging.vmo.raw(), aux.raw());
    for (pager, backed, aux, status) in [
        (UNKNOWN, backed, aux, Status::BAD_HANDLE),
        (backed, backed, aux, Status::WRONG_TYPE),
        (pager, UNKNOWN, aux, Status::BAD_HANDLE),
        (pager, pager, aux, Status::WRONG_TYPE),
        (pager, backed, UNKNOWN, Status::BAD_HANDLE),
        (pager, backed, pager, Status::WRONG_TYPE),
    ] {
        let supplied = zx::pager_supply_pages(pager, backed, 0_u64, PAGE, aux, 0_u64);
        assert_eq!(supplied, status);
    }
    // Whole pages come before handles.
    let supplied = zx::pager_supply_pages(UNKNOWN, backed, 0_u64, PAGE, aux, 1_u64);
    assert_eq!(supplied, Status::INVALID_ARGS);
    let unwritable: Vmo = without(&paging.vmo, Rights::WRITE).into();
    assert_all_denied(&paging.pager, &unwritable, &plain);
    let Paging { pager, port, vmo: backed } = paging;
    let rights = Rights::PAGER_DEFAULT - Rights::MANAGE_VMO;
    let weak: Pager = pager.into_handle().replace(rights).unwrap().into();
    assert_all_denied(&weak, &backed, &plain);
    drop(port);
}

/// Checks that the handles of a pager and of its VMO do not allow to supply pages, to fail them, or to detach.
#[track_caller]
fn assert_all_denied(pager: &Pager, backed: &Vmo, aux: &Vmo) {
    let denied = Err(Status::ACCESS_DENIED);
    assert_eq!(pager.supply(backed, 0, PAGE, aux, 0), denied);
    assert_eq!(pager.fail(backed, 0, PAGE, Status::IO), denied);
    assert_eq!(pager.detach(backed), denied);
}

fn detaching_needs_both_rights_over_a_pager() {
    let Paging { pager, port, vmo: backed } = Paging::fixed(1);
    let rights = Rights::PAGER_DEFAULT - Rights::ATTACH_VMO;
    let weak: Pager = pager.into_handle().replace(rights).unwrap().into();
    assert_eq!(weak.detach(&backed), Err(Status::ACCESS_DENIED));
    weak.supply(&backed, 0, PAGE, &vmo(1), 0).unwrap();
    drop(port);
}

fn supply_checks_ranges() {
    let paging = Paging::fixed(4);
    let aux = vmo(4);
    for (offset, len, from, status) in [
        (1, PAGE, 0, Status::INVALID_ARGS),
        (0, PAGE - 1, 0, Status::INVALID_ARGS),
        (0, PAGE, 8, Status::INVALID_ARGS),
        (4 * PAGE, PAGE, 0, Status::OUT_OF_RANGE),
        (0, PAGE, 4 * PAGE, Status::OUT_OF_RANGE),
        (0, 5 * PAGE, 0, Status::OUT_OF_RANGE),
        (u64::MAX - PAGE + 1, PAGE, 0, Status::OUT_OF_RANGE),
    ] {
        let supplied = paging.pager.supply(&paging.vmo, offset, len, &aux, from);
        assert_eq!(supplied, Err(status), "{offset:#x} {len:#x} {from:#x}");
    }
    paging.pager.supply(&paging.vmo, 0, 0, &aux, 0).unwrap();
}

fn supply_wants_a_plain_object() {
    let paging = Paging::fixed(1);
    let other = Paging::fixed(1);
    let supply = |aux: &Vmo| paging.pager.supply(&paging.vmo, 0, PAGE, aux, 0);
    assert_eq!(supply(&other.vmo), Err(Status::BAD_STATE));
    assert_eq!(supply(&paging.vmo), Err(Status::BAD_STATE));
    let mapped = vmo(1);
    let area = region(1);
    area.place(0, &mapped, 1, R);
    assert_eq!(supply(&mapped), Err(Status::BAD_STATE));
    area.unmap(area.base, PAGE).unwrap();
    assert_eq!(supply(&mapped), Ok(()));
}

fn growing_shows_zeros() {
    let paging = Paging::new(1, VmoOptions::RESIZABLE);
    paging.vmo.set_size(3 * PAGE).unwrap();
    let base = map(&paging.vmo, 3, RW);
    crate::probe::assert_pages(base + PAGE, &[Ok(0), Ok(0)]);
    paging.expect_silence();
}

fn nothing_is_supplied_to_parts_and_copies() {
    let paging = Paging::fixed(1);
    let aux = vmo(1);
    for (options, size) in [(SLICE, PAGE), (REFERENCE, 0), (ON_WRITE, PAGE), (MODIFIED, PAGE)] {
        let child = paging.vmo.create_child(options, 0, size).unwrap();
        let refused = Err(Status::INVALID_ARGS);
        assert_eq!(paging.pager.supply(&child, 0, PAGE, &aux, 0), refused, "{options:?}");
        assert_eq!(paging.pager.fail(&child, 0, PAGE, Status::IO), refused, "{options:?}");
        assert_eq!(paging.pager.detach(&child), refused, "{options:?}");
    }
}
