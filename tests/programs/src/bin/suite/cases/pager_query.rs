//! What a pager can find out about a VMO of its.
//!
//! # Source
//! Zircon `pager_query_dirty_ranges` and `pager_query_vmo_stats`.

use super::cases;
use crate::fixture::*;
use crate::paging::Content::{Written, Zeros};
use crate::paging::*;
use crate::probe::byte_of;
use crate::zx;
use abi::pager::{PAGER_RESET_VMO_STATS, VMO_DIRTY_RANGE_IS_ZERO, VmoDirtyRange};
use abi::{VmoChildOptions, VmoOp};
use rt::{Pager, Rights, Status, Vmo, VmoOptions};

cases! { pager_query:
    ranges_are_cut_to_what_was_asked_about,
    as_many_are_told_as_fit,
    nobody_needs_to_be_told_how_many_there_are,
    queries_of_ranges_check_what_they_are_given,
    queries_after_detaching_tell_what_is_dirty,
    writing_modifies,
    storing_modifies_once_more_after_each_reset,
    what_does_not_change_anything_does_not_modify,
    resizing_and_zeroing_modify,
    copies_cannot_be_asked_about,
    queries_of_statistics_check_what_they_are_given,
}

/// A VMO of `pages` pages, of which the even ones were written.
#[track_caller]
fn striped(pages: u64) -> Paging {
    let paging = Paging::new(pages, VmoOptions::RESIZABLE);
    paging.supply_all(0, pages, 1);
    (0..pages).step_by(2).for_each(|page| paging.vmo.write(page * PAGE, &[9]).unwrap());
    paging
}

fn range(offset: u64, len: u64, options: u64) -> VmoDirtyRange {
    VmoDirtyRange { offset, len, options }
}

fn ranges_are_cut_to_what_was_asked_about() {
    let paging = Paging::new(4, VmoOptions::RESIZABLE);
    paging.supply_all(0, 4, 1);
    paging.vmo.write(PAGE, &[9; 3 * PAGE_BYTES]).unwrap();
    paging.vmo.set_size(8 * PAGE).unwrap();
    paging.assert_dirty(&[(1, 3, Written), (4, 4, Zeros)]);
    let zero = VMO_DIRTY_RANGE_IS_ZERO;
    for (offset, len, expected) in [
        (0, PAGE, &[][..]),
        (0, PAGE + 1, &[range(PAGE, PAGE, 0)]),
        (2 * PAGE + 5, 1, &[range(2 * PAGE, PAGE, 0)]),
        (3 * PAGE - 1, 2, &[range(2 * PAGE, 2 * PAGE, 0)]),
        (3 * PAGE, 2 * PAGE, &[range(3 * PAGE, PAGE, 0), range(4 * PAGE, PAGE, zero)]),
        (6 * PAGE, 2 * PAGE, &[range(6 * PAGE, 2 * PAGE, zero)]),
        (8 * PAGE, 0, &[]),
    ] {
        let mut found = [VmoDirtyRange::default(); 4];
        let told = paging.pager.dirty_ranges(&paging.vmo, offset, len, &mut found);
        let count = expected.len();
        assert_eq!(told, Ok((count as u64, count as u64)), "{offset:#x} {len:#x}");
        assert_eq!(&found[..count], expected, "{offset:#x} {len:#x}");
    }
}

fn as_many_are_told_as_fit() {
    let paging = striped(10);
    let mut found = [VmoDirtyRange::default(); 3];
    let told = paging.pager.dirty_ranges(&paging.vmo, 0, 10 * PAGE, &mut found);
    assert_eq!(told, Ok((3, 5)));
    assert_eq!(found, [0, 2, 4].map(|page| range(page * PAGE, PAGE, 0)));
    let told = paging.pager.dirty_ranges(&paging.vmo, 5 * PAGE, 5 * PAGE, &mut found);
    assert_eq!(told, Ok((2, 2)));
    assert_eq!(found[..2], [6, 8].map(|page| range(page * PAGE, PAGE, 0)));
    assert_eq!(paging.pager.dirty_ranges(&paging.vmo, 0, 10 * PAGE, &mut []), Ok((0, 5)));
}

fn nobody_needs_to_be_told_how_many_there_are() {
    let paging = striped(3);
    let mut words = [u64::MAX; 7];
    // A record and a half.
    let size = 36_u64;
    let (pager, vmo) = (&paging.pager, &paging.vmo);
    let told =
        zx::pager_query_dirty_ranges(pager, vmo, 0, 3 * PAGE, &mut words[..], size, 0_u64, 0_u64);
    assert_eq!(told, Status::OK);
    assert_eq!(words, [0, PAGE, 0, u64::MAX, u64::MAX, u64::MAX, u64::MAX]);
}

fn queries_of_ranges_check_what_they_are_given() {
    let paging = striped(2);
    let (pager, vmo) = (paging.pager.raw(), paging.vmo.raw());
    let query = |pager: u32, vmo: u32, offset: u64, len: u64| {
        zx::pager_query_dirty_ranges(pager, vmo, offset, len, 0_u64, 0_u64, 0_u64, 0_u64)
    };
    for (offset, len) in [(0, 2 * PAGE + 1), (2 * PAGE, 1), (u64::MAX, 2), (3 * PAGE, 0)] {
        assert_eq!(query(pager, vmo, offset, len), Status::OUT_OF_RANGE, "{offset:#x} {len:#x}");
    }
    assert_eq!(query(UNKNOWN, vmo, 0, PAGE), Status::BAD_HANDLE);
    assert_eq!(query(pager, UNKNOWN, 0, PAGE), Status::BAD_HANDLE);
    assert_eq!(query(vmo, vmo, 0, PAGE), Status::WRONG_TYPE);
    assert_eq!(query(pager, pager, 0, PAGE), Status::WRONG_TYPE);
    let closed: Vmo = without(&paging.vmo, Rights::READ).into();
    assert_eq!(query(pager, closed.raw(), 0, PAGE), Status::ACCESS_DENIED);
    let (plain, other) = (self::vmo(2), Pager::create().unwrap());
    assert_eq!(query(pager, plain.raw(), 0, PAGE), Status::INVALID_ARGS);
    assert_eq!(query(other.raw(), vmo, 0, 5 * PAGE), Status::INVALID_ARGS);
    let ask = |buffer, actual, avail| {
        zx::pager_query_dirty_ranges(pager, vmo, 0, PAGE, buffer, 24_u64, actual, avail)
    };
    let room = map(&self::vmo(1), 1, RW);
    for address in Hostile::new().addresses() {
        assert_eq!(ask(address, room, room), Status::INVALID_ARGS, "{address:#x}");
        if address != 0 {
            assert_eq!(ask(room, address, room), Status::INVALID_ARGS, "{address:#x}");
            assert_eq!(ask(room, room, address), Status::INVALID_ARGS, "{address:#x}");
        }
    }
}

fn queries_after_detaching_tell_what_is_dirty() {
    let paging = striped(4);
    paging.pager.detach(&paging.vmo).unwrap();
    paging.assert_dirty(&[(0, 1, Written), (2, 1, Written)]);
    assert!(paging.pager.is_modified(&paging.vmo, PAGER_RESET_VMO_STATS).unwrap());
    assert!(!paging.pager.is_modified(&paging.vmo, 0).unwrap());
}

/// Says whether the VMO was changed since the last time.
#[track_caller]
fn was_modified(paging: &Paging) -> bool {
    paging.pager.is_modified(&paging.vmo, PAGER_RESET_VMO_STATS).unwrap()
}

fn writing_modifies() {
    let paging = Paging::trapping(2);
    paging.agree(0, 1);
    assert!(!was_modified(&paging), "agreeing writes nothing");
    paging.vmo.write(0, &[1]).unwrap();
    for _ in 0..2 {
        assert!(paging.pager.is_modified(&paging.vmo, 0).unwrap());
    }
    assert!(was_modified(&paging));
    assert!(!was_modified(&paging));
    paging.vmo.write(0, &[2]).unwrap();
    assert!(was_modified(&paging));
}

fn storing_modifies_once_more_after_each_reset() {
    let paging = Paging::trapping(2);
    paging.agree(0, 2);
    let base = map(&paging.vmo, 2, RW);
    crate::probe::assert_pages(base, &[Ok(1), Ok(2)]);
    assert!(!was_modified(&paging), "loading writes nothing");
    for _ in 0..3 {
        store(base + PAGE);
        assert!(was_modified(&paging));
        assert!(!was_modified(&paging));
    }
}

fn what_does_not_change_anything_does_not_modify() {
    let paging = Paging::trapping(2);
    byte_of(&paging.vmo, 0);
    paging.vmo.operate(VmoOp::Commit, 0, 2 * PAGE).unwrap();
    paging.begin(0, 2);
    paging.end(0, 2);
    assert_eq!(paging.vmo.write(2 * PAGE, &[1]), Err(Status::OUT_OF_RANGE));
    assert!(!was_modified(&paging));
}

fn resizing_and_zeroing_modify() {
    let paging = Paging::trapping(2);
    for pages in [4, 1] {
        paging.vmo.set_size(pages * PAGE).unwrap();
        assert!(was_modified(&paging));
    }
    paging.vmo.operate(VmoOp::Zero, 0, PAGE).unwrap();
    assert!(was_modified(&paging));
    assert!(!was_modified(&paging));
}

fn copies_cannot_be_asked_about() {
    let paging = Paging::new(2, VmoOptions::TRAP_DIRTY);
    paging.supply_all(0, 2, 1);
    for kind in [VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE, VmoChildOptions::SLICE] {
        let child = paging.vmo.create_child(kind, 0, 2 * PAGE).unwrap();
        if kind != VmoChildOptions::SLICE {
            child.write(0, &[1]).unwrap();
        }
        let asked = paging.pager.is_modified(&child, 0);
        assert_eq!(asked, Err(Status::INVALID_ARGS), "{kind:?}");
        let asked = paging.pager.dirty_ranges(&child, 0, PAGE, &mut []);
        assert_eq!(asked, Err(Status::INVALID_ARGS), "{kind:?}");
    }
    assert!(!was_modified(&paging));
}

fn queries_of_statistics_check_what_they_are_given() {
    let paging = striped(2);
    let (pager, vmo) = (paging.pager.raw(), paging.vmo.raw());
    let mut word = [u32::MAX];
    let mut query = |pager: u32, vmo: u32, options: u32, size: u64| {
        zx::pager_query_vmo_stats(pager, vmo, options, &mut word[..], size)
    };
    let reset = PAGER_RESET_VMO_STATS;
    assert_eq!(query(UNKNOWN, vmo, reset, 4), Status::BAD_HANDLE);
    assert_eq!(query(pager, pager, reset, 4), Status::WRONG_TYPE);
    let closed: Vmo = without(&paging.vmo, Rights::READ).into();
    assert_eq!(query(pager, closed.raw(), reset, 4), Status::ACCESS_DENIED);
    let other = Pager::create().unwrap();
    assert_eq!(query(other.raw(), vmo, reset, 4), Status::INVALID_ARGS);
    for options in [2, 3, u32::MAX] {
        assert_eq!(query(pager, vmo, options, 4), Status::INVALID_ARGS, "{options}");
    }
    for size in 0..4 {
        assert_eq!(query(pager, vmo, reset, size), Status::BUFFER_TOO_SMALL, "{size}");
    }
    for address in Hostile::new().addresses() {
        let told = zx::pager_query_vmo_stats(pager, vmo, reset, address, 4_u64);
        assert_eq!(told, Status::INVALID_ARGS, "{address:#x}");
    }
    // None of these has forgotten anything.
    assert!(was_modified(&paging));
}
