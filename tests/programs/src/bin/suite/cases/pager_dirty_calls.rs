//! Calls other than `vmo_write` that write pages, once their pager has agreed.
//!
//! # Source
//! `vmo.md` §14; Zircon `pager_create_vmo`, TRAP_DIRTY.

use super::cases;
use crate::fixture::*;
use crate::hardware::{READS, READS_AND_WRITES, bti};
use crate::paging::Content::{Written, Zeros};
use crate::paging::*;
use crate::probe::byte_of;
use crate::zx;
use abi::VmoOp;
use core::sync::atomic::{AtomicU64, Ordering};
use rt::thread::spawn;
use rt::{Bti, Status};

cases! { pager_dirty_calls:
    a_copy_of_the_kernel_waits,
    zeroing_asks_for_pages_it_keeps,
    pinning_asks_for_what_a_device_writes,
    cutting_a_page_asks_for_it,
}

static BTI: AtomicU64 = AtomicU64::new(0);
static PMT: AtomicU64 = AtomicU64::new(0);

fn a_copy_of_the_kernel_waits() {
    let paging = Paging::trapping(1);
    let base = map(&paging.vmo, 1, RW);
    OUTCOME.store(1, Ordering::Relaxed);
    let thread = spawn(copy_to, base).unwrap();
    paging.expect_question(0, 1);
    assert_eq!(OUTCOME.load(Ordering::Relaxed), 1);
    paging.agree(0, 1);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!(byte_of(&paging.vmo, 0), 0x55);
}

/// Makes the second half of a page zero, and the page behind it.
extern "C" fn zero_by_call(argument: u64) {
    let offset = (argument >> 32) * PAGE + PAGE / 2;
    let (op, len) = (VmoOp::Zero as u32, PAGE / 2 + PAGE);
    note(zx::vmo_op_range(argument, op, offset, len, 0_u64, 0_u64));
}

fn zeroing_asks_for_pages_it_keeps() {
    let paging = Paging::trapping(4);
    paging.vmo.operate(VmoOp::Zero, 3 * PAGE, PAGE).unwrap();
    paging.expect_silence();
    paging.assert_dirty(&[(3, 1, Zeros)]);
    assert_eq!(paging.frames(), 3);
    let thread = start_call(zero_by_call, &paging.vmo, 0);
    paging.expect_question(0, 1);
    paging.agree(0, 1);
    assert_eq!(outcome(thread), Status::OK);
    paging.expect_silence();
    paging.assert_dirty(&[(0, 1, Written), (1, 1, Zeros), (3, 1, Zeros)]);
    assert_eq!([0, PAGE, 2 * PAGE].map(|offset| byte_of(&paging.vmo, offset)), [1, 0, 3]);
}

/// Pins a page of the VMO for a device that writes.
extern "C" fn pin_by_call(argument: u64) {
    let (bti, mut pmt, mut place) = (BTI.load(Ordering::Relaxed), 0_u32, [0_u64]);
    let (options, offset) = (READS_AND_WRITES.bits(), (argument >> 32) * PAGE);
    note(zx::bti_pin(bti, options, argument, offset, PAGE, &mut place[..], 1_u64, &mut pmt));
    PMT.store(pmt.into(), Ordering::Relaxed);
}

fn pinning_asks_for_what_a_device_writes() {
    let (bti, paging): (Bti, _) = (bti(), Paging::trapping(2));
    let read = bti.pin(READS, &paging.vmo, PAGE, PAGE, &mut [0]).unwrap();
    paging.expect_silence();
    paging.assert_dirty(&[]);
    read.unpin().unwrap();
    BTI.store(bti.raw().into(), Ordering::Relaxed);
    let thread = start_call(pin_by_call, &paging.vmo, 0);
    paging.expect_question(0, 1);
    paging.agree(0, 1);
    assert_eq!(outcome(thread), Status::OK);
    // The device may write until the last moment.
    paging.begin(0, 1);
    paging.end(0, 1);
    paging.assert_dirty(&[(0, 1, Written)]);
    assert_eq!(zx::pmt_unpin(PMT.load(Ordering::Relaxed)), Status::OK);
    paging.begin(0, 1);
    paging.end(0, 1);
    paging.assert_dirty(&[]);
}

/// Cuts the VMO off in the middle of a page.
extern "C" fn cut_by_call(argument: u64) {
    note(zx::vmo_set_size(argument, (argument >> 32) * PAGE + PAGE / 2));
}

fn cutting_a_page_asks_for_it() {
    let paging = Paging::trapping(3);
    let thread = start_call(cut_by_call, &paging.vmo, 1);
    paging.expect_question(1, 1);
    paging.agree(1, 1);
    assert_eq!(outcome(thread), Status::OK);
    paging.assert_dirty(&[(1, 1, Written)]);
    assert_eq!(byte_of(&paging.vmo, PAGE), 2);
}
