//! Waits for pages that end without a page, and pagers that end.
//!
//! # Source
//! `vmo.md` §14.

use super::cases;
use crate::fixture::*;
use crate::paging::*;
use crate::part::{self, Part};
use crate::probe::byte_of;
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::object::{EXIT_CODE_EXCEPTION, EXIT_CODE_KILLED};
use abi::pager::{PACKET_PAGE_REQUEST, PAGER_VMO_COMPLETE, PagerOp, page_request};
use abi::port::Packet;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use rt::exception::{self, channel_of};
use rt::{Handle, Pager, Rights, Status, Vmo, VmoOptions, time};

cases! { pager_end:
    failing_ends_the_wait_with_the_reason,
    what_failed_is_asked_for_again,
    op_range_checks_what_it_is_given,
    a_failed_page_is_an_exception,
    detaching_ends_waits_and_says_so,
    what_was_written_survives_detaching,
    a_vmo_that_goes_says_so,
    a_pager_that_goes_detaches,
    a_pager_that_dies_detaches,
    a_process_can_be_killed_while_it_waits,
    shrinking_ends_the_wait,
    nothing_is_left,
}

fn failing_ends_the_wait_with_the_reason() {
    let paging = Paging::fixed(2);
    for why in [
        Status::IO,
        Status::IO_DATA_INTEGRITY,
        Status::BAD_STATE,
        Status::NO_SPACE,
        Status::BUFFER_TOO_SMALL,
    ] {
        let thread = start_call(read_by_call, &paging.vmo, 1);
        paging.expect_request(1);
        paging.pager.fail(&paging.vmo, 0, 2 * PAGE, why).unwrap();
        assert_eq!(outcome(thread), why);
    }
}

fn what_failed_is_asked_for_again() {
    let paging = Paging::fixed(1);
    let thread = start_call(read_by_call, &paging.vmo, 0);
    paging.expect_request(0);
    paging.pager.fail(&paging.vmo, 0, PAGE, Status::IO).unwrap();
    assert_eq!(outcome(thread), Status::IO);
    let thread = start_call(read_by_call, &paging.vmo, 0);
    paging.expect_request(0);
    paging.supply(0, 1);
    assert_eq!(outcome(thread), Status::OK);
}

fn op_range_checks_what_it_is_given() {
    let paging = Paging::fixed(2);
    for why in [Status::OK, Status::NO_MEMORY, Status::SHOULD_WAIT, Status::from_raw(1)] {
        let failed = paging.pager.fail(&paging.vmo, 0, PAGE, why);
        assert_eq!(failed, Err(Status::INVALID_ARGS), "{why}");
    }
    for (offset, len, status) in [
        (1, PAGE, Status::INVALID_ARGS),
        (0, 5, Status::INVALID_ARGS),
        (0, 3 * PAGE, Status::OUT_OF_RANGE),
        (2 * PAGE, PAGE, Status::OUT_OF_RANGE),
    ] {
        let failed = paging.pager.fail(&paging.vmo, offset, len, Status::IO);
        assert_eq!(failed, Err(status), "{offset:#x} {len:#x}");
    }
    let why = i64::from(Status::IO.into_raw()).cast_unsigned();
    let fail = |pager: u32, offset: u64, data: u64| {
        let (op, vmo) = (PagerOp::Fail as u32, &paging.vmo);
        zx::pager_op_range(pager, op, vmo, offset, PAGE, data)
    };
    // Whole pages come before handles, and a reason is a whole word.
    assert_eq!(fail(UNKNOWN, 1, why), Status::INVALID_ARGS);
    assert_eq!(fail(UNKNOWN, 0, why), Status::BAD_HANDLE);
    assert_eq!(fail(paging.pager.raw(), 0, why & u64::from(u32::MAX)), Status::INVALID_ARGS);
    for op in [0, 5, u32::MAX] {
        let done = zx::pager_op_range(&*paging.pager, op, &paging.vmo, 0_u64, PAGE, why);
        assert_eq!(done, Status::NOT_SUPPORTED, "{op}");
    }
    let foreign = Pager::create().unwrap();
    let failed = foreign.fail(&paging.vmo, 0, PAGE, Status::IO);
    assert_eq!(failed, Err(Status::INVALID_ARGS));
    assert_eq!(foreign.detach(&paging.vmo), Err(Status::INVALID_ARGS));
    assert_eq!(paging.pager.detach(&vmo(1)), Err(Status::INVALID_ARGS));
}

/// Maps the VMO it was given and loads from it, when told to.
fn load_given(_: u64) {
    let vmo: Vmo = part::given().remove(0).into();
    let base = map(&vmo, 1, R);
    rt::start().channel().receive(&mut [0]).unwrap();
    load(base);
}

/// Starts a part that loads from page 0 of the VMO.
#[track_caller]
fn load_in_part(vmo: &Vmo) -> Part {
    let handle: Handle = vmo.duplicate(Rights::SAME_RIGHTS).unwrap().into_handle();
    Part::start(load_given, 0, [handle].into())
}

fn a_failed_page_is_an_exception() {
    let paging = Paging::fixed(1);
    let part = load_in_part(&paging.vmo);
    let channel = channel_of(&part.process).unwrap();
    part.channel.write(&[1], Vec::new()).unwrap();
    paging.expect_request(0);
    let why = Status::IO_DATA_INTEGRITY;
    paging.pager.fail(&paging.vmo, 0, PAGE, why).unwrap();
    let (_, exception) = exception::next(&channel, time::after(SOON)).unwrap();
    let report = exception.thread().unwrap().exception_report().unwrap();
    assert_eq!(Status::from_raw(report.synth_code.cast_signed()), why);
    drop(exception);
    assert_eq!(part.join(), EXIT_CODE_EXCEPTION);
    paging.expect_silence();
}

fn detaching_ends_waits_and_says_so() {
    let paging = Paging::fixed(2);
    let thread = start_call(read_by_call, &paging.vmo, 0);
    paging.expect_request(0);
    paging.pager.detach(&paging.vmo).unwrap();
    assert_eq!(outcome(thread), Status::BAD_STATE);
    paging.expect_completion();
    let thread = start_call(read_by_call, &paging.vmo, 1);
    assert_eq!(outcome(thread), Status::BAD_STATE);
    paging.pager.detach(&paging.vmo).unwrap();
    let supplied = paging.pager.supply(&paging.vmo, 0, PAGE, &vmo(1), 0);
    assert_eq!(supplied, Err(Status::BAD_STATE));
    let failed = paging.pager.fail(&paging.vmo, 0, PAGE, Status::IO);
    assert_eq!(failed, Err(Status::BAD_STATE));
    paging.expect_silence();
}

fn what_was_written_survives_detaching() {
    let paging = Paging::fixed(3);
    paging.supply_all(1, 2, 5);
    let base = map(&paging.vmo, 3, RW);
    crate::probe::assert_pages(base + PAGE, &[Ok(5), Ok(6)]);
    paging.vmo.write(2 * PAGE + 1, &[1]).unwrap();
    paging.pager.detach(&paging.vmo).unwrap();
    assert_eq!(paging.vmo.read(PAGE, &mut [0]), Err(Status::BAD_STATE));
    assert_eq!(byte_of(&paging.vmo, 2 * PAGE), 6);
    let lost = Err(Status::BAD_STATE);
    crate::probe::assert_pages(base, &[lost, lost, Ok(6)]);
    part::dies_with(load_at_once, 0, [paging.vmo.into_handle()].into());
}

/// Maps the VMO it was given and loads from it.
fn load_at_once(_: u64) {
    let vmo: Vmo = part::given().remove(0).into();
    load(map(&vmo, 1, R));
}

fn a_vmo_that_goes_says_so() {
    let Paging { pager, port, vmo } = Paging::fixed(1);
    let base = map(&vmo, 1, R);
    drop(vmo);
    // It is mapped still.
    assert_eq!(port.wait_packet(time::after(2_000_000)), Err(Status::TIMED_OUT));
    root().unmap(base, PAGE).unwrap();
    let packet: Packet = port.wait_packet(time::after(SOON)).unwrap();
    assert_eq!(packet, page_request(KEY, PAGER_VMO_COMPLETE, 0, 0));
    assert_eq!(packet.packet_type, PACKET_PAGE_REQUEST);
    drop(pager);
    assert_eq!(port.wait_packet(time::after(2_000_000)), Err(Status::TIMED_OUT));
}

fn a_pager_that_goes_detaches() {
    let paging = Paging::fixed(1);
    let thread = start_call(read_by_call, &paging.vmo, 0);
    paging.expect_request(0);
    let Paging { pager, port, vmo } = paging;
    drop(pager);
    assert_eq!(outcome(thread), Status::BAD_STATE);
    let packet = port.wait_packet(time::after(SOON)).unwrap();
    assert_eq!(packet, page_request(KEY, PAGER_VMO_COMPLETE, 0, 0));
    assert_eq!(vmo.read(0, &mut [0]), Err(Status::BAD_STATE));
}

/// Holds the handles it was given until it is killed.
fn hold(_: u64) {
    let _held = part::given();
    time::sleep(SOON).unwrap();
}

fn a_pager_that_dies_detaches() {
    let paging = Paging::fixed(1);
    let thread = start_call(read_by_call, &paging.vmo, 0);
    paging.expect_request(0);
    let holder = Part::start(hold, 0, [paging.pager.into_handle()].into());
    assert_eq!(OUTCOME.load(Ordering::Relaxed), 1);
    part::kill(holder);
    assert_eq!(outcome(thread), Status::BAD_STATE);
}

fn a_process_can_be_killed_while_it_waits() {
    let paging = Paging::fixed(1);
    let part = load_in_part(&paging.vmo);
    let channel = channel_of(&part.process).unwrap();
    part.channel.write(&[1], Vec::new()).unwrap();
    paging.expect_request(0);
    part.process.kill().unwrap();
    assert_eq!(part.join(), EXIT_CODE_KILLED);
    // Nobody was asked about an exception.
    assert_eq!(channel.read(&mut [0; 64]).err(), Some(Status::PEER_CLOSED));
    paging.supply(0, 4);
    assert_eq!(byte_of(&paging.vmo, 0), 4);
}

fn shrinking_ends_the_wait() {
    let paging = Paging::new(2, VmoOptions::RESIZABLE);
    let thread = start_call(read_by_call, &paging.vmo, 1);
    paging.expect_request(1);
    paging.vmo.set_size(PAGE).unwrap();
    assert_eq!(outcome(thread), Status::OUT_OF_RANGE);
}

fn nothing_is_left() {
    assert_leaks_nothing(|| {
        let paging = Paging::fixed(2);
        let thread = start_call(read_by_call, &paging.vmo, 1);
        paging.expect_request(1);
        paging.supply(1, 1);
        assert_eq!(outcome(thread), Status::OK);
        let part = load_in_part(&paging.vmo);
        part.channel.write(&[1], Vec::new()).unwrap();
        paging.expect_request(0);
        part::kill(part);
        drop(paging.pager);
    });
}
