//! Pages that are written only once their pager has agreed.
//!
//! # Source
//! `vmo.md` §14; Zircon `pager_create_vmo`, TRAP_DIRTY, and `pager_op_range`.

use super::cases;
use crate::entry::{self, Entry};
use crate::fixture::*;
use crate::paging::Content::Written;
use crate::paging::*;
use crate::probe::{self, byte_of};
use crate::zx;
use abi::pager::PagerOp;
use abi::{VmoChildOptions, VmoOp};
use core::sync::atomic::{AtomicU64, Ordering};
use rt::thread::{Running, spawn};
use rt::{Rights, Status, VmOptions, Vmo, VmoOptions};

cases! { pager_dirty:
    a_write_by_call_asks_for_all_of_it,
    a_store_asks_for_its_page,
    reading_asks_for_nothing,
    agreeing_makes_pages_dirty,
    agreeing_checks_what_it_is_given,
    a_missing_page_is_supplied_first,
    zeros_get_frames,
    committing_and_mapping_write_nothing,
    protecting_makes_no_clean_page_writable,
    copies_ask_for_nothing,
    what_was_asked_for_is_not_asked_for_again,
    failing_ends_the_write,
    what_was_agreed_to_is_written,
    shrinking_ends_the_wait,
    detaching_ends_the_wait,
    nobody_is_asked_if_writes_are_not_trapped,
}

/// How many pages [`write_pages`] is about, 8 at the most.
static PAGES: AtomicU64 = AtomicU64::new(0);

/// Writes pages of a VMO, the first of which is in the argument as [`read_by_call`] takes it.
extern "C" fn write_pages(argument: u64) {
    let (offset, pages) = ((argument >> 32) * PAGE, PAGES.load(Ordering::Relaxed));
    let bytes = [0x77_u8; 8 * PAGE_BYTES];
    note(zx::vmo_write(argument, &bytes[..], offset, pages * PAGE));
}

/// Starts a thread that fills the `pages` pages from `first` on with 0x77.
#[track_caller]
fn start_write(vmo: &Vmo, first: u64, pages: u64) -> Running {
    PAGES.store(pages, Ordering::Relaxed);
    start_call(write_pages, vmo, first)
}

fn a_write_by_call_asks_for_all_of_it() {
    let paging = Paging::trapping(8);
    let thread = start_write(&paging.vmo, 1, 5);
    paging.expect_question(1, 5);
    assert_eq!(byte_of(&paging.vmo, PAGE), 2);
    paging.agree(1, 5);
    assert_eq!(outcome(thread), Status::OK);
    paging.assert_dirty(&[(1, 5, Written)]);
    assert_eq!(byte_of(&paging.vmo, 5 * PAGE), 0x77);
    paging.vmo.write(PAGE, &[1]).unwrap();
    paging.expect_silence();
}

fn a_store_asks_for_its_page() {
    let paging = Paging::trapping(4);
    let base = map(&paging.vmo, 4, RW);
    probe::assert_pages(base, &[Ok(1), Ok(2), Ok(3), Ok(4)]);
    let thread = spawn(store, base + PAGE).unwrap();
    paging.expect_question(1, 1);
    paging.agree(1, 2);
    thread.join().unwrap();
    assert_eq!(byte_of(&paging.vmo, PAGE), 0x77);
    store(base + PAGE + 1);
    store(base + 2 * PAGE);
    paging.expect_silence();
    paging.assert_dirty(&[(1, 2, Written)]);
    let thread = spawn(store, base).unwrap();
    paging.expect_question(0, 1);
    paging.agree(0, 1);
    thread.join().unwrap();
}

fn reading_asks_for_nothing() {
    let paging = Paging::trapping(2);
    let base = map(&paging.vmo, 2, RW);
    probe::assert_pages(base, &[Ok(1), Ok(2)]);
    assert_eq!(byte_of(&paging.vmo, 0), 1);
    entry::assert_permits(base, R);
    paging.expect_silence();
    paging.assert_dirty(&[]);
}

fn agreeing_makes_pages_dirty() {
    let paging = Paging::trapping(4);
    paging.agree(1, 2);
    paging.assert_dirty(&[(1, 2, Written)]);
    let base = map(&paging.vmo, 4, RW);
    store(base + PAGE);
    paging.vmo.write(2 * PAGE, &[9]).unwrap();
    paging.expect_silence();
    paging.agree(0, 0);
    paging.assert_dirty(&[(1, 2, Written)]);
}

fn agreeing_checks_what_it_is_given() {
    let paging = Paging::new(4, VmoOptions::TRAP_DIRTY);
    paging.supply(0, 1);
    for (offset, len, status) in [
        (1, PAGE, Status::INVALID_ARGS),
        (0, 5, Status::INVALID_ARGS),
        (0, 5 * PAGE, Status::OUT_OF_RANGE),
        (u64::MAX - PAGE + 1, 2 * PAGE, Status::OUT_OF_RANGE),
        (0, 2 * PAGE, Status::NOT_FOUND),
    ] {
        let agreed = paging.pager.agree(&paging.vmo, offset, len);
        assert_eq!(agreed, Err(status), "{offset:#x} {len:#x}");
    }
    paging.assert_dirty(&[]);
    let (pager, vmo, op) = (&paging.pager, &paging.vmo, PagerOp::Dirty as u32);
    assert_eq!(zx::pager_op_range(pager, op, vmo, 0_u64, PAGE, 1_u64), Status::INVALID_ARGS);
    let readable: Vmo = without(vmo, Rights::WRITE).into();
    assert_eq!(pager.agree(&readable, 0, PAGE), Err(Status::ACCESS_DENIED));
    let plain = Paging::fixed(1);
    plain.supply(0, 1);
    assert_eq!(plain.pager.agree(&plain.vmo, 0, PAGE), Err(Status::NOT_SUPPORTED));
    assert_eq!(plain.pager.agree(vmo, 0, PAGE), Err(Status::INVALID_ARGS));
}

fn a_missing_page_is_supplied_first() {
    let paging = Paging::new(3, VmoOptions::TRAP_DIRTY);
    paging.supply(0, 1);
    let thread = start_write(&paging.vmo, 0, 2);
    paging.expect_question(0, 1);
    paging.agree(0, 1);
    paging.expect_request(1);
    paging.supply(1, 1);
    paging.expect_question(1, 1);
    paging.agree(1, 1);
    assert_eq!(outcome(thread), Status::OK);
    let base = map(&paging.vmo, 3, RW);
    let thread = spawn(store, base + 2 * PAGE).unwrap();
    paging.expect_request(2);
    paging.supply(2, 5);
    paging.expect_question(2, 1);
    paging.agree(2, 1);
    thread.join().unwrap();
    paging.assert_dirty(&[(0, 3, Written)]);
}

fn zeros_get_frames() {
    let paging = Paging::new(4, VmoOptions::TRAP_DIRTY);
    paging.pager.supply(&paging.vmo, 0, 4 * PAGE, &vmo(4), 0).unwrap();
    paging.assert_dirty(&[]);
    assert_eq!(paging.frames(), 0);
    let base = map(&paging.vmo, 4, RW);
    probe::assert_pages(base, &[Ok(0); 4]);
    let thread = start_write(&paging.vmo, 0, 2);
    paging.expect_question(0, 2);
    paging.agree(0, 3);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!(paging.frames(), 3);
    paging.assert_dirty(&[(0, 3, Written)]);
    let thread = spawn(store, base + 3 * PAGE).unwrap();
    paging.expect_question(3, 1);
    paging.agree(3, 1);
    thread.join().unwrap();
    probe::assert_pages(base, &[Ok(0x77), Ok(0x77), Ok(0), Ok(0x77)]);
}

fn committing_and_mapping_write_nothing() {
    let paging = Paging::trapping(3);
    paging.vmo.operate(VmoOp::Commit, 0, 3 * PAGE).unwrap();
    let base = map(&paging.vmo, 3, RW | VmOptions::MAP_RANGE);
    (0..3).for_each(|page| entry::assert_permits(base + page * PAGE, R));
    paging.expect_silence();
    paging.assert_dirty(&[]);
    paging.agree(1, 1);
    paging.vmo.write(PAGE, &[1]).unwrap();
    let other = map(&paging.vmo, 3, RW | VmOptions::MAP_RANGE);
    assert!(Entry::of(other + PAGE).is_writable() || !entry::can_be_seen());
    entry::assert_permits(other, R);
}

fn protecting_makes_no_clean_page_writable() {
    let paging = Paging::trapping(1);
    let base = map(&paging.vmo, 1, R);
    probe::assert_pages(base, &[Ok(1)]);
    root().protect(RW, base, PAGE).unwrap();
    entry::assert_permits(base, R);
    let thread = spawn(store, base).unwrap();
    paging.expect_question(0, 1);
    paging.agree(0, 1);
    thread.join().unwrap();
    paging.assert_dirty(&[(0, 1, Written)]);
}

fn copies_ask_for_nothing() {
    let paging = Paging::new(3, VmoOptions::TRAP_DIRTY);
    paging.supply_all(0, 3, 1);
    let kind = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE;
    let copy = paging.vmo.create_child(kind, 0, 3 * PAGE).unwrap();
    copy.write(0, &[9]).unwrap();
    store(map(&copy, 3, RW) + PAGE);
    copy.operate(VmoOp::Zero, 2 * PAGE, PAGE).unwrap();
    paging.expect_silence();
    paging.assert_dirty(&[]);
    assert_eq!([0, PAGE, 2 * PAGE].map(|offset| byte_of(&paging.vmo, offset)), [1, 2, 3]);
    let slice = paging.vmo.create_child(VmoChildOptions::SLICE, PAGE, PAGE).unwrap();
    let thread = start_write(&slice, 0, 1);
    paging.expect_question(1, 1);
    paging.agree(1, 1);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!(paging.pager.agree(&copy, 0, PAGE), Err(Status::INVALID_ARGS));
}

fn what_was_asked_for_is_not_asked_for_again() {
    let paging = Paging::trapping(20);
    let first = start_write(&paging.vmo, 4, 5);
    paging.expect_question(4, 5);
    let second = start_write(&paging.vmo, 2, 7);
    paging.expect_question(2, 2);
    let third = start_write(&paging.vmo, 8, 4);
    paging.expect_silence();
    paging.agree(4, 5);
    paging.expect_question(9, 3);
    paging.agree(2, 2);
    paging.agree(9, 3);
    [first, second, third].into_iter().for_each(|thread| thread.join().unwrap());
    paging.assert_dirty(&[(2, 10, Written)]);
    paging.expect_silence();
}

fn failing_ends_the_write() {
    let paging = Paging::trapping(3);
    let thread = start_write(&paging.vmo, 0, 2);
    paging.expect_question(0, 2);
    paging.pager.fail(&paging.vmo, 0, 2 * PAGE, Status::NO_SPACE).unwrap();
    assert_eq!(outcome(thread), Status::NO_SPACE);
    let base = map(&paging.vmo, 3, RW);
    OUTCOME.store(1, Ordering::Relaxed);
    let thread = spawn(copy_to, base).unwrap();
    paging.expect_question(0, 1);
    paging.fail(0, Status::IO);
    assert_eq!(outcome(thread), Status::IO);
    assert_eq!([0, PAGE].map(|offset| byte_of(&paging.vmo, offset)), [1, 2]);
    paging.assert_dirty(&[]);
    assert!(!paging.pager.is_modified(&paging.vmo, 0).unwrap());
}

fn what_was_agreed_to_is_written() {
    let paging = Paging::trapping(5);
    let thread = start_write(&paging.vmo, 0, 5);
    paging.expect_question(0, 5);
    paging.agree(0, 3);
    let rest = |why| paging.pager.fail(&paging.vmo, 3 * PAGE, 2 * PAGE, why).unwrap();
    // The first page that it waited for was agreed to: it goes on, and asks again.
    rest(Status::IO);
    paging.expect_question(3, 2);
    rest(Status::NO_SPACE);
    assert_eq!(outcome(thread), Status::NO_SPACE);
    paging.assert_dirty(&[(0, 3, Written)]);
    assert_eq!([0, 2, 3].map(|page| byte_of(&paging.vmo, page * PAGE)), [0x77, 0x77, 4]);
}

fn shrinking_ends_the_wait() {
    let paging = Paging::trapping(3);
    let thread = start_write(&paging.vmo, 1, 1);
    paging.expect_question(1, 1);
    paging.vmo.set_size(PAGE).unwrap();
    assert_eq!(outcome(thread), Status::OUT_OF_RANGE);
    assert_eq!(paging.pager.agree(&paging.vmo, PAGE, PAGE), Err(Status::OUT_OF_RANGE));
    paging.assert_dirty(&[]);
}

fn detaching_ends_the_wait() {
    let paging = Paging::trapping(2);
    paging.agree(1, 1);
    let thread = start_write(&paging.vmo, 0, 1);
    paging.expect_question(0, 1);
    paging.pager.detach(&paging.vmo).unwrap();
    assert_eq!(outcome(thread), Status::BAD_STATE);
    paging.expect_completion();
    assert_eq!(paging.vmo.write(0, &[1]), Err(Status::BAD_STATE));
    assert_eq!(paging.pager.agree(&paging.vmo, 0, PAGE), Err(Status::BAD_STATE));
    // What is dirty can be written still, and written back.
    paging.vmo.write(PAGE, &[9]).unwrap();
    assert_eq!(byte_of(&paging.vmo, PAGE), 9);
    paging.assert_dirty(&[(1, 1, Written)]);
    assert_eq!(paging.frames(), 1);
    paging.begin(1, 1);
    assert_eq!(paging.vmo.write(PAGE, &[8]), Err(Status::BAD_STATE));
    paging.end(1, 1);
    paging.assert_dirty(&[]);
    assert_eq!(byte_of(&paging.vmo, PAGE), 9);
    paging.expect_silence();
}

fn nobody_is_asked_if_writes_are_not_trapped() {
    let paging = Paging::fixed(3);
    paging.supply_all(0, 2, 1);
    paging.pager.supply(&paging.vmo, 2 * PAGE, PAGE, &vmo(1), 0).unwrap();
    paging.assert_dirty(&[]);
    let base = map(&paging.vmo, 3, RW);
    probe::assert_pages(base, &[Ok(1), Ok(2), Ok(0)]);
    store(base);
    paging.assert_dirty(&[(0, 1, Written)]);
    paging.vmo.write(2 * PAGE, &[1]).unwrap();
    paging.assert_dirty(&[(0, 1, Written), (2, 1, Written)]);
    store(base + PAGE);
    paging.assert_dirty(&[(0, 3, Written)]);
    paging.expect_silence();
}
