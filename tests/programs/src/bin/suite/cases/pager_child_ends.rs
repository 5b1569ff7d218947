//! What becomes of copies of what a pager supplies, and of those they are copies of.
//!
//! # Source
//! `vmo.md` §8, §9 and §14.

use super::cases;
use super::info_vmo::{info, koid};
use super::pager_child::{KINDS, MODIFIED, ON_WRITE, RESIZABLE, child, first_bytes};
use crate::fixture::*;
use crate::paging::*;
use crate::part::{self, Part};
use crate::probe::{self, assert_pages, byte_of};
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::info::InfoVmoFlags;
use abi::{VmarOp, VmoChildOptions, VmoOp};
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use rt::{Result, Rights, Signals, Status, Vmo};

cases! { pager_child_ends:
    a_child_can_be_read_only,
    the_children_are_counted_and_signalled,
    a_child_keeps_its_pager,
    a_child_is_told_of_a_detached_pager,
    a_page_that_fails_is_an_exception_of_the_child,
    frames_are_the_writers,
    moving_pages_waits_for_them,
    decommitting_children_is_not_supported,
    long_chains_work_and_end,
    nothing_is_left_of_children,
}

fn a_child_can_be_read_only() {
    for kind in KINDS {
        let paging = Paging::fixed(1);
        let copy = child(&paging.vmo, kind | VmoChildOptions::NO_WRITE);
        assert_eq!(copy.write(0, &[1]), Err(Status::ACCESS_DENIED));
        let flags = InfoVmoFlags::from_bits_retain(info(&copy).flags);
        assert!(flags.contains(InfoVmoFlags::IS_COW_CLONE | InfoVmoFlags::PAGER_BACKED));
        paging.supply(0, 5);
        assert_eq!(byte_of(&copy, 0), 5);
    }
}

fn the_children_are_counted_and_signalled() {
    const NONE_LEFT: Signals = Signals::VMO_ZERO_CHILDREN;
    let paging = Paging::fixed(1);
    let has_none = || paging.vmo.wait(NONE_LEFT, 0).is_ok();
    assert!(has_none());
    let first = child(&paging.vmo, ON_WRITE);
    let second = child(&first, ON_WRITE);
    assert!(!has_none());
    assert_eq!((info(&paging.vmo).num_children, info(&first).num_children), (1, 1));
    assert_eq!(info(&second).parent_koid, koid(&first));
    let base = map(&second, 1, R);
    drop((first, second));
    assert!(!has_none(), "it is mapped");
    assert_eq!(info(&paging.vmo).num_children, 1);
    root().unmap(base, PAGE).unwrap();
    assert!(has_none());
}

fn a_child_keeps_its_pager() {
    let Paging { pager, port, vmo } = Paging::fixed(2);
    let copy = child(&vmo, ON_WRITE);
    let again = vmo.duplicate(Rights::SAME_RIGHTS).unwrap();
    drop(vmo);
    let paging = Paging { pager, port, vmo: again };
    let thread = start_call(read_by_call, &copy, 1);
    paging.expect_request(1);
    paging.supply(1, 3);
    assert_eq!(outcome(thread), Status::OK);
    let Paging { pager, port, vmo } = paging;
    drop(vmo);
    let silence = port.wait_packet(rt::time::after(2_000_000));
    assert_eq!(silence, Err(Status::TIMED_OUT), "the child needs the pager");
    assert_eq!(byte_of(&copy, PAGE), 3);
    drop(copy);
    let packet = port.wait_packet(rt::time::after(SOON)).unwrap();
    assert_eq!(packet, abi::pager::page_request(KEY, abi::pager::PAGER_VMO_COMPLETE, 0, 0));
    drop(pager);
}

fn a_child_is_told_of_a_detached_pager() {
    let paging = Paging::fixed(2);
    paging.supply(0, 0);
    // It is kept, as the pager does not know it.
    paging.vmo.write(0, &[1]).unwrap();
    let copy = child(&paging.vmo, ON_WRITE);
    let thread = start_call(read_by_call, &copy, 1);
    paging.expect_request(1);
    paging.pager.detach(&paging.vmo).unwrap();
    assert_eq!(outcome(thread), Status::BAD_STATE);
    let base = map(&copy, 2, RW);
    assert_pages(base, &[Ok(1), Err(Status::BAD_STATE)]);
    assert_eq!(probe::write(base, 2), Ok(()));
    assert_eq!(copy.write(PAGE, &[1]), Err(Status::BAD_STATE));
}

/// Maps the VMO it was given and stores to it.
fn store_given(_: u64) {
    let vmo: Vmo = part::given().remove(0).into();
    store(map(&vmo, 1, RW));
}

fn a_page_that_fails_is_an_exception_of_the_child() {
    let paging = Paging::fixed(1);
    let copy = child(&paging.vmo, ON_WRITE);
    let part = Part::start(store_given, 0, [copy.into_handle()].into());
    paging.expect_request(0);
    paging.fail(0, Status::IO);
    assert_eq!(part.join(), abi::object::EXIT_CODE_EXCEPTION);
}

fn frames_are_the_writers() {
    let paging = Paging::fixed(4);
    paging.supply_all(0, 4, 1);
    let copy = child(&paging.vmo, MODIFIED);
    copy.write(0, &[9]).unwrap();
    let twin = child(&copy, MODIFIED);
    let has = |vmo: &Vmo| {
        let told = info(vmo);
        (told.committed_bytes, told.committed_private_bytes, told.committed_scaled_bytes)
    };
    assert_eq!(has(&paging.vmo), (4 * PAGE, 4 * PAGE, 4 * PAGE));
    assert_eq!(has(&copy), (PAGE, 0, PAGE / 2));
    assert_eq!(has(&twin), (PAGE, 0, PAGE / 2));
    twin.write(PAGE, &[9]).unwrap();
    assert_eq!(has(&twin), (2 * PAGE, PAGE, PAGE + PAGE / 2));
    drop(copy);
    assert_eq!(has(&twin), (2 * PAGE, 2 * PAGE, 2 * PAGE));
}

/// A VMO to which the thread of [`take_pages`] moves pages.
static TARGET: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(0);

/// Moves two pages of a VMO.
extern "C" fn take_pages(argument: u64) {
    let target = TARGET.load(Ordering::Relaxed);
    note(zx::vmo_transfer_data(target, 0, 0, 2 * PAGE, argument, 0));
}

fn moving_pages_waits_for_them() {
    let paging = Paging::fixed(2);
    let (copy, target) = (child(&paging.vmo, ON_WRITE), vmo(2));
    TARGET.store(target.raw(), Ordering::Relaxed);
    let thread = start_call(take_pages, &copy, 0);
    paging.expect_requests(0, 2);
    paging.supply_all(0, 2, 1);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!((first_bytes(&target), first_bytes(&copy)), ([1, 2], [0, 0]));
    assert_eq!(first_bytes(&paging.vmo), [1, 2]);
    let moved = target.transfer_data(0, PAGE, &paging.vmo, 0);
    assert_eq!(moved, Err(Status::NOT_SUPPORTED));
}

fn decommitting_children_is_not_supported() {
    let paging = Paging::fixed(2);
    paging.supply_all(0, 2, 1);
    let copy = child(&paging.vmo, ON_WRITE);
    copy.write(0, &[9]).unwrap();
    let base = map(&copy, 2, RW);
    let refused: Result<()> = Err(Status::NOT_SUPPORTED);
    assert_eq!(copy.operate(VmoOp::Decommit, 0, PAGE), refused);
    assert_eq!(root().op_range(VmarOp::Decommit, base, PAGE), refused);
    assert_eq!(first_bytes(&copy), [9, 2]);
}

fn long_chains_work_and_end() {
    let paging = Paging::fixed(2);
    let mut chain = Vec::from([child(&paging.vmo, ON_WRITE)]);
    for _ in 0..200 {
        let next = child(chain.last().unwrap(), ON_WRITE);
        chain.push(next);
    }
    let last = chain.pop().unwrap();
    let thread = start_call(read_by_call, &last, 1);
    paging.expect_request(1);
    paging.supply(1, 6);
    assert_eq!(outcome(thread), Status::OK);
    chain[100].write(PAGE, &[7]).unwrap();
    assert_eq!((byte_of(&last, PAGE), byte_of(&chain[99], PAGE)), (7, 6));
    while chain.len() > 1 {
        chain.swap_remove(chain.len() / 2);
    }
    assert_eq!((byte_of(&last, PAGE), byte_of(&chain[0], PAGE)), (7, 6));
    assert_eq!(info(&last).committed_bytes, PAGE);
}

fn nothing_is_left_of_children() {
    assert_leaks_nothing(|| {
        let paging = Paging::fixed(4);
        paging.supply_all(0, 4, 1);
        let first = child(&paging.vmo, ON_WRITE | RESIZABLE);
        let second = child(&first, ON_WRITE);
        let other = child(&paging.vmo, MODIFIED);
        let twin = child(&other, MODIFIED);
        for copy in [&first, &second, &other, &twin] {
            copy.write(PAGE, &[1]).unwrap();
            copy.operate(VmoOp::Zero, 2 * PAGE, PAGE).unwrap();
        }
        first.set_size(PAGE).unwrap();
        drop(first);
        drop(paging);
    });
}
