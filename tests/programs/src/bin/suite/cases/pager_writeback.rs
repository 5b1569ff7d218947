//! Pages that their pager writes back, while they are written.
//!
//! # Source
//! `vmo.md` §14; Zircon `pager_op_range`, WRITEBACK_BEGIN and WRITEBACK_END.

use super::cases;
use crate::entry;
use crate::fixture::*;
use crate::paging::Content::{Written, Zeros};
use crate::paging::*;
use crate::probe::{self, byte_of};
use crate::zx;
use abi::VmoOp;
use abi::pager::{PagerOp, VMO_DIRTY_RANGE_IS_ZERO};
use rt::thread::{Running, spawn};
use rt::{Rights, Status, Vmo, VmoOptions};

cases! { pager_writeback:
    what_is_written_back_is_clean,
    what_is_written_meanwhile_stays_dirty,
    beginning_protects_pages_from_being_written,
    beginning_asks_again_if_writes_are_trapped,
    ending_without_a_beginning_changes_nothing,
    a_part_can_be_written_back,
    what_is_added_is_zero_and_dirty,
    zeros_that_were_written_back_are_missing,
    zeros_that_are_written_meanwhile_stay_dirty,
    zeros_only_leaves_what_was_written,
    what_is_cut_off_is_neither_dirty_nor_clean,
    zeroing_makes_zeros_dirty,
    what_the_pager_knows_to_be_zero_stays_clean,
    zeroing_ends_the_wait_for_a_page,
    operations_check_what_they_are_given,
}

/// A VMO of `pages` pages whose writes are not trapped. They are there, and page N begins with `N + 1`.
#[track_caller]
fn supplied(pages: u64) -> Paging {
    let paging = Paging::new(pages, VmoOptions::RESIZABLE);
    paging.supply_all(0, pages, 1);
    paging
}

/// Writes a byte of a page of a VMO, as [`read_by_call`] reads it.
extern "C" fn write_by_call(argument: u64) {
    note(zx::vmo_write(argument, &[9_u8][..], (argument >> 32) * PAGE, 1_u64));
}

#[track_caller]
fn start_write(paging: &Paging, page: u64) -> Running {
    start_call(write_by_call, &paging.vmo, page)
}

fn what_is_written_back_is_clean() {
    let paging = supplied(3);
    paging.vmo.write(PAGE, &[9]).unwrap();
    paging.assert_dirty(&[(1, 1, Written)]);
    paging.begin(0, 3);
    paging.assert_dirty(&[(1, 1, Written)]);
    paging.end(0, 3);
    paging.assert_dirty(&[]);
    assert_eq!(byte_of(&paging.vmo, PAGE), 9);
    paging.vmo.write(PAGE, &[8]).unwrap();
    paging.assert_dirty(&[(1, 1, Written)]);
}

fn what_is_written_meanwhile_stays_dirty() {
    let paging = supplied(3);
    let base = map(&paging.vmo, 3, RW);
    (0..3).for_each(|page| store(base + page * PAGE));
    paging.begin(0, 3);
    paging.vmo.write(0, &[9]).unwrap();
    store(base + PAGE);
    paging.end(0, 3);
    paging.assert_dirty(&[(0, 2, Written)]);
    // Nobody notices, and nobody needs to.
    store(base + PAGE);
    paging.begin(0, 3);
    paging.end(0, 3);
    paging.assert_dirty(&[]);
}

fn beginning_protects_pages_from_being_written() {
    let paging = supplied(2);
    let base = map(&paging.vmo, 2, RW);
    (0..2).for_each(|page| store(base + page * PAGE));
    entry::assert_permits(base, RW);
    paging.begin(0, 1);
    entry::assert_permits(base, R);
    entry::assert_permits(base + PAGE, RW);
    store(base);
    entry::assert_permits(base, RW);
    paging.begin(0, 1);
    paging.end(0, 1);
    probe::assert_pages(base, &[Ok(0x77), Ok(0x77)]);
    entry::assert_permits(base, R);
    store(base);
    paging.assert_dirty(&[(0, 2, Written)]);
}

fn beginning_asks_again_if_writes_are_trapped() {
    let paging = Paging::trapping(2);
    let base = map(&paging.vmo, 2, RW);
    paging.agree(0, 2);
    (0..2).for_each(|page| store(base + page * PAGE));
    paging.begin(0, 2);
    let thread = spawn(store, base).unwrap();
    paging.expect_question(0, 1);
    paging.agree(0, 1);
    thread.join().unwrap();
    paging.end(0, 2);
    paging.assert_dirty(&[(0, 1, Written)]);
    paging.vmo.write(0, &[1]).unwrap();
    let thread = start_write(&paging, 1);
    paging.expect_question(1, 1);
    paging.agree(1, 1);
    assert_eq!(outcome(thread), Status::OK);
    paging.assert_dirty(&[(0, 2, Written)]);
}

fn ending_without_a_beginning_changes_nothing() {
    let paging = supplied(2);
    paging.vmo.write(0, &[9]).unwrap();
    paging.end(0, 2);
    paging.assert_dirty(&[(0, 1, Written)]);
    paging.vmo.set_size(4 * PAGE).unwrap();
    paging.end(0, 4);
    paging.assert_dirty(&[(0, 1, Written), (2, 2, Zeros)]);
}

fn a_part_can_be_written_back() {
    let paging = supplied(4);
    (0..4).for_each(|page| paging.vmo.write(page * PAGE, &[9]).unwrap());
    paging.begin(0, 3);
    paging.end(1, 2);
    paging.assert_dirty(&[(0, 1, Written), (3, 1, Written)]);
    paging.end(0, 4);
    paging.assert_dirty(&[(3, 1, Written)]);
    paging.begin(1, 0);
    paging.end(1, 0);
    paging.assert_dirty(&[(3, 1, Written)]);
}

fn what_is_added_is_zero_and_dirty() {
    let paging = Paging::new(1, VmoOptions::RESIZABLE);
    paging.vmo.set_size(5 * PAGE).unwrap();
    paging.assert_dirty(&[(1, 4, Zeros)]);
    assert_eq!(byte_of(&paging.vmo, PAGE), 0);
    paging.vmo.write(2 * PAGE, &[7]).unwrap();
    paging.assert_dirty(&[(1, 1, Zeros), (2, 1, Written), (3, 2, Zeros)]);
    assert_eq!(paging.frames(), 1);
    // What is supplied there comes too late.
    paging.supply_all(1, 4, 1);
    assert_eq!([1, 2, 3, 4].map(|page| byte_of(&paging.vmo, page * PAGE)), [0, 7, 0, 0]);
    paging.begin(1, 4);
    paging.end(1, 4);
    paging.assert_dirty(&[]);
    let trapping = Paging::trapping(1);
    trapping.vmo.set_size(3 * PAGE).unwrap();
    let thread = start_write(&trapping, 1);
    trapping.expect_question(1, 1);
    trapping.agree(1, 1);
    assert_eq!(outcome(thread), Status::OK);
    trapping.assert_dirty(&[(1, 1, Written), (2, 1, Zeros)]);
}

fn zeros_that_were_written_back_are_missing() {
    let paging = supplied(1);
    paging.vmo.set_size(3 * PAGE).unwrap();
    let base = map(&paging.vmo, 3, RW);
    probe::assert_pages(base, &[Ok(1), Ok(0), Ok(0)]);
    paging.begin(1, 2);
    probe::assert_pages(base, &[Ok(1), Ok(0), Ok(0)]);
    paging.end(1, 2);
    paging.assert_dirty(&[]);
    entry::assert_absent(base + PAGE, 2);
    let thread = start_call(read_by_call, &paging.vmo, 1);
    paging.expect_request(1);
    paging.supply(1, 4);
    assert_eq!(outcome(thread), Status::OK);
    probe::assert_pages(base, &[Ok(1), Ok(4)]);
}

fn zeros_that_are_written_meanwhile_stay_dirty() {
    let paging = supplied(1);
    paging.vmo.set_size(6 * PAGE).unwrap();
    let base = map(&paging.vmo, 6, RW);
    paging.begin(1, 5);
    paging.vmo.write(2 * PAGE, &[2]).unwrap();
    store(base + 4 * PAGE);
    paging.end(1, 5);
    paging.assert_dirty(&[(2, 1, Written), (4, 1, Written)]);
    assert_eq!([2, 4].map(|page| byte_of(&paging.vmo, page * PAGE)), [2, 0x77]);
}

fn zeros_only_leaves_what_was_written() {
    let paging = supplied(1);
    paging.vmo.set_size(4 * PAGE).unwrap();
    paging.vmo.write(2 * PAGE, &[2]).unwrap();
    let zero = VMO_DIRTY_RANGE_IS_ZERO;
    paging.pager.begin_writeback(&paging.vmo, PAGE, 3 * PAGE, zero).unwrap();
    paging.end(1, 3);
    paging.assert_dirty(&[(2, 1, Written)]);
    assert_eq!(byte_of(&paging.vmo, 2 * PAGE), 2);
}

fn what_is_cut_off_is_neither_dirty_nor_clean() {
    let paging = supplied(2);
    paging.vmo.write(PAGE, &[9]).unwrap();
    paging.vmo.set_size(5 * PAGE).unwrap();
    paging.begin(1, 4);
    paging.vmo.set_size(3 * PAGE).unwrap();
    paging.assert_dirty(&[(1, 1, Written), (2, 1, Zeros)]);
    let ended = paging.pager.end_writeback(&paging.vmo, PAGE, 4 * PAGE);
    assert_eq!(ended, Err(Status::OUT_OF_RANGE));
    paging.end(1, 2);
    paging.assert_dirty(&[]);
    paging.vmo.set_size(4 * PAGE).unwrap();
    paging.end(1, 3);
    paging.assert_dirty(&[(3, 1, Zeros)]);
}

fn zeroing_makes_zeros_dirty() {
    let paging = supplied(2);
    paging.vmo.set_size(3 * PAGE).unwrap();
    paging.begin(2, 1);
    paging.vmo.operate(VmoOp::Zero, 0, 3 * PAGE).unwrap();
    // It was zeroed again after that began.
    paging.end(2, 1);
    paging.assert_dirty(&[(0, 3, Zeros)]);
    assert_eq!(paging.frames(), 0);
    paging.begin(0, 3);
    paging.end(0, 3);
    paging.assert_dirty(&[]);
}

fn what_the_pager_knows_to_be_zero_stays_clean() {
    let paging = Paging::fixed(4);
    paging.pager.supply(&paging.vmo, PAGE, 2 * PAGE, &vmo(2), 0).unwrap();
    paging.vmo.operate(VmoOp::Zero, PAGE, 2 * PAGE).unwrap();
    paging.assert_dirty(&[]);
    paging.vmo.operate(VmoOp::Zero, 0, 4 * PAGE).unwrap();
    paging.assert_dirty(&[(0, 1, Zeros), (3, 1, Zeros)]);
}

fn zeroing_ends_the_wait_for_a_page() {
    let paging = Paging::fixed(2);
    let thread = start_call(read_by_call, &paging.vmo, 1);
    paging.expect_request(1);
    paging.vmo.operate(VmoOp::Zero, PAGE, PAGE).unwrap();
    assert_eq!(outcome(thread), Status::OK);
    paging.assert_dirty(&[(1, 1, Zeros)]);
    paging.expect_silence();
}

fn operations_check_what_they_are_given() {
    let (paging, foreign) = (supplied(2), supplied(1));
    paging.vmo.write(0, &[9]).unwrap();
    let vmo = &paging.vmo;
    for (offset, len, status) in [
        (1, PAGE, Status::INVALID_ARGS),
        (0, 5, Status::INVALID_ARGS),
        (0, 3 * PAGE, Status::OUT_OF_RANGE),
        (u64::MAX - PAGE + 1, 2 * PAGE, Status::OUT_OF_RANGE),
    ] {
        let begun = paging.pager.begin_writeback(vmo, offset, len, 0);
        let ended = paging.pager.end_writeback(vmo, offset, len);
        assert_eq!((begun, ended), (Err(status), Err(status)), "{offset:#x} {len:#x}");
    }
    let begin = |data| paging.pager.begin_writeback(vmo, 0, PAGE, data);
    for data in [2, 3, 1 << 32] {
        assert_eq!(begin(data), Err(Status::INVALID_ARGS), "{data}");
    }
    let op = PagerOp::WritebackEnd as u32;
    let ended = zx::pager_op_range(&paging.pager, op, vmo, 0_u64, PAGE, 1_u64);
    assert_eq!(ended, Status::INVALID_ARGS);
    let readable: Vmo = without(vmo, Rights::WRITE).into();
    assert_eq!(paging.pager.end_writeback(&readable, 0, PAGE), Err(Status::ACCESS_DENIED));
    assert_eq!(paging.pager.end_writeback(&foreign.vmo, 0, PAGE), Err(Status::INVALID_ARGS));
    paging.assert_dirty(&[(0, 1, Written)]);
}
