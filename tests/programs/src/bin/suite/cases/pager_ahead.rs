//! Pages that are asked for ahead: COMMIT, PREFETCH and ALWAYS_NEED of what a pager supplies.
//!
//! # Source
//! `vmo.md` §5 and §14, `vmar.md` §12.

use super::cases;
use crate::fixture::*;
use crate::paging::*;
use crate::probe::{assert_pages, byte_of};
use crate::zx;
use abi::{VmarOp, VmoChildOptions, VmoOp};
use core::sync::atomic::{AtomicU64, Ordering};
use rt::thread::{Running, spawn};
use rt::{Status, Vmo};

cases! { pager_ahead:
    operations_ask_for_all_pages_at_once,
    pages_that_are_there_are_not_asked_for,
    operations_on_a_slice_ask_for_its_pages,
    pages_that_were_asked_for_are_not_asked_for_again,
    a_page_that_fails_ends_commit_and_prefetch,
    a_page_that_fails_is_left_out_by_a_hint,
    prefetching_takes_no_page_of_a_child,
    ranges_are_checked,
    dont_need_asks_for_nothing,
    ranges_of_addresses_are_asked_for,
    ranges_of_addresses_are_checked_first,
    a_detached_pager_is_not_asked,
}

/// What pages are asked for, in the range that [`operate`] is about.
const ASKING: [VmoOp; 3] = [VmoOp::Commit, VmoOp::Prefetch, VmoOp::AlwaysNeed];

/// The operation, and the pages from the argument's on, that [`operate`] is about.
static OP: AtomicU64 = AtomicU64::new(0);
static PAGES: AtomicU64 = AtomicU64::new(0);

/// Does an operation on pages of a VMO.
extern "C" fn operate(argument: u64) {
    let (op, pages) = (OP.load(Ordering::Relaxed), PAGES.load(Ordering::Relaxed));
    let offset = (argument >> 32) * PAGE;
    note(zx::vmo_op_range(argument, op, offset, pages * PAGE, 0_u64, 0_u64));
}

/// Starts a thread that does `op` on the `pages` pages from `first` on.
#[track_caller]
fn start(op: VmoOp, vmo: &Vmo, first: u64, pages: u64) -> Running {
    OP.store(op as u64, Ordering::Relaxed);
    PAGES.store(pages, Ordering::Relaxed);
    start_call(operate, vmo, first)
}

/// Does an operation on pages from an address on.
extern "C" fn operate_at(address: u64) {
    let (op, pages) = (OP.load(Ordering::Relaxed), PAGES.load(Ordering::Relaxed));
    note(zx::vmar_op_range(root(), op, address, pages * PAGE, 0_u64, 0_u64));
}

/// Starts a thread that does `op` on the `pages` pages from `address` on.
#[track_caller]
fn start_at(op: VmarOp, address: u64, pages: u64) -> Running {
    OP.store(op as u64, Ordering::Relaxed);
    PAGES.store(pages, Ordering::Relaxed);
    OUTCOME.store(1, Ordering::Relaxed);
    spawn(operate_at, address).unwrap()
}

fn operations_ask_for_all_pages_at_once() {
    for op in ASKING {
        let paging = Paging::fixed(8);
        let thread = start(op, &paging.vmo, 1, 6);
        paging.expect_requests(1, 6);
        paging.supply_all(1, 6, 1);
        assert_eq!(outcome(thread), Status::OK, "{op:?}");
        paging.expect_silence();
        assert_eq!(byte_of(&paging.vmo, 6 * PAGE), 6);
    }
}

fn pages_that_are_there_are_not_asked_for() {
    for op in ASKING {
        let paging = Paging::fixed(8);
        paging.supply_all(2, 2, 1);
        let thread = start(op, &paging.vmo, 0, 8);
        paging.expect_requests(0, 2);
        paging.supply_all(0, 2, 3);
        paging.expect_requests(4, 4);
        paging.supply_all(4, 4, 5);
        assert_eq!(outcome(thread), Status::OK, "{op:?}");
        assert_eq!(outcome(start(op, &paging.vmo, 0, 8)), Status::OK, "{op:?}");
        paging.expect_silence();
    }
}

fn operations_on_a_slice_ask_for_its_pages() {
    for op in ASKING {
        let paging = Paging::fixed(8);
        let slice = paging.vmo.create_child(VmoChildOptions::SLICE, 2 * PAGE, 3 * PAGE).unwrap();
        let thread = start(op, &slice, 1, 2);
        paging.expect_requests(3, 2);
        paging.supply_all(3, 2, 1);
        assert_eq!(outcome(thread), Status::OK, "{op:?}");
    }
}

fn pages_that_were_asked_for_are_not_asked_for_again() {
    let paging = Paging::fixed(8);
    let base = map(&paging.vmo, 8, R);
    let loading = spawn(load, base + 3 * PAGE).unwrap();
    paging.expect_request(3);
    let thread = start(VmoOp::Prefetch, &paging.vmo, 0, 8);
    paging.expect_requests(0, 3);
    paging.supply_all(0, 4, 1);
    loading.join().unwrap();
    paging.expect_requests(4, 4);
    // The answers need not be as long as the request.
    paging.supply_all(5, 2, 6);
    paging.supply(4, 5);
    paging.expect_silence();
    assert_eq!(OUTCOME.load(Ordering::Relaxed), 1, "the last page is missing");
    paging.supply(7, 8);
    assert_eq!(outcome(thread), Status::OK);
    assert_pages(base, &[1, 2, 3, 4, 5, 6, 7, 8].map(Ok));
}

fn a_page_that_fails_ends_commit_and_prefetch() {
    for op in [VmoOp::Commit, VmoOp::Prefetch] {
        let paging = Paging::fixed(4);
        let thread = start(op, &paging.vmo, 0, 4);
        paging.expect_requests(0, 4);
        paging.supply(0, 1);
        // It is not the first that was needed when they were asked for, so it is asked for again.
        paging.fail(1, Status::IO);
        paging.expect_request(1);
        paging.fail(1, Status::IO_DATA_INTEGRITY);
        assert_eq!(outcome(thread), Status::IO_DATA_INTEGRITY, "{op:?}");
        assert_eq!(byte_of(&paging.vmo, 0), 1);
    }
}

fn a_page_that_fails_is_left_out_by_a_hint() {
    let paging = Paging::fixed(4);
    let thread = start(VmoOp::AlwaysNeed, &paging.vmo, 0, 4);
    paging.expect_requests(0, 4);
    paging.fail(0, Status::IO);
    paging.supply_all(1, 3, 2);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!(byte_of(&paging.vmo, 3 * PAGE), 4);
    // It was asked for, and is again.
    let thread = start_call(read_by_call, &paging.vmo, 0);
    paging.expect_request(0);
    paging.supply(0, 1);
    assert_eq!(outcome(thread), Status::OK);
}

fn prefetching_takes_no_page_of_a_child() {
    // Nobody supplies these.
    let object = vmo(4);
    for op in [VmoOp::Prefetch, VmoOp::AlwaysNeed] {
        assert_eq!(object.operate(op, 0, 4 * PAGE), Ok(()));
    }
    let child = object.create_child(VmoChildOptions::SNAPSHOT, 0, 4 * PAGE).unwrap();
    assert_eq!(child.operate(VmoOp::Prefetch, 0, 4 * PAGE), Ok(()));
    assert_eq!(crate::usage::frames_of(|| child.operate(VmoOp::AlwaysNeed, 0, PAGE).unwrap()), 0);
}

fn ranges_are_checked() {
    let paging = Paging::fixed(2);
    for op in ASKING {
        for (offset, len) in [(0, 3 * PAGE), (2 * PAGE, 1), (u64::MAX, 2), (u64::MAX - 1, 1)] {
            let done = paging.vmo.operate(op, offset, len);
            assert_eq!(done, Err(Status::OUT_OF_RANGE), "{op:?} {offset:#x} {len:#x}");
        }
        assert_eq!(paging.vmo.operate(op, 2 * PAGE, 0), Ok(()), "{op:?}");
    }
    paging.expect_silence();
}

fn dont_need_asks_for_nothing() {
    let paging = Paging::fixed(2);
    let base = map(&paging.vmo, 2, R);
    assert_eq!(paging.vmo.operate(VmoOp::DontNeed, 0, 2 * PAGE), Ok(()));
    assert_eq!(root().op_range(VmarOp::DontNeed, base, 2 * PAGE), Ok(()));
    assert_eq!(root().op_range(VmarOp::MapRange, base, 2 * PAGE), Ok(()));
    paging.expect_silence();
    paging.supply(0, 7);
    assert_eq!(paging.vmo.operate(VmoOp::DontNeed, 0, 2 * PAGE), Ok(()));
    assert_eq!(byte_of(&paging.vmo, 0), 7);
}

fn ranges_of_addresses_are_asked_for() {
    for op in [VmarOp::Commit, VmarOp::Prefetch, VmarOp::AlwaysNeed] {
        let paging = Paging::fixed(6);
        let base = map(&paging.vmo, 6, RW);
        let thread = start_at(op, base + PAGE, 4);
        paging.expect_requests(1, 4);
        paging.supply_all(1, 3, 2);
        if op == VmarOp::AlwaysNeed {
            paging.fail(4, Status::IO);
            paging.expect_request(4);
            paging.fail(4, Status::IO);
            assert_eq!(outcome(thread), Status::OK);
        } else {
            paging.supply(4, 5);
            assert_eq!(outcome(thread), Status::OK);
            assert_pages(base + PAGE, &[2, 3, 4, 5].map(Ok));
        }
        paging.expect_silence();
        let thread = start_at(op, base, 1);
        paging.expect_request(0);
        paging.fail(0, Status::IO);
        let expected = if op == VmarOp::AlwaysNeed { Status::OK } else { Status::IO };
        assert_eq!(outcome(thread), expected, "{op:?}");
    }
}

fn ranges_of_addresses_are_checked_first() {
    let paging = Paging::fixed(2);
    let area = region(4);
    area.place(0, &paging.vmo, 2, R);
    for op in [VmarOp::AlwaysNeed, VmarOp::DontNeed] {
        assert_eq!(area.op_range(op, area.base, 3 * PAGE), Err(Status::BAD_STATE), "{op:?}");
    }
    paging.expect_silence();
}

fn a_detached_pager_is_not_asked() {
    let paging = Paging::fixed(2);
    paging.pager.detach(&paging.vmo).unwrap();
    paging.expect_completion();
    for (op, expected) in [
        (VmoOp::Commit, Err(Status::BAD_STATE)),
        (VmoOp::Prefetch, Err(Status::BAD_STATE)),
        (VmoOp::AlwaysNeed, Ok(())),
    ] {
        assert_eq!(paging.vmo.operate(op, 0, 2 * PAGE), expected, "{op:?}");
    }
    paging.expect_silence();
}
