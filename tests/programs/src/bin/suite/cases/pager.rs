//! Pagers are made, and asked for pages by whoever needs them.
//!
//! # Source
//! `vmo.md` §14.

use super::cases;
use crate::fixture::*;
use crate::paging::*;
use crate::probe::byte_of;
use crate::zx;
use abi::info::InfoHandleBasic;
use abi::{ObjectType, VmoOp};
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use rt::thread::spawn;
use rt::{Pager, Port, Rights, Status, VmoOptions, time};

cases! { pager:
    create_checks_its_options,
    its_rights_are_those_of_a_pager,
    create_vmo_checks_what_it_is_given,
    the_vmo_has_the_rights_of_others,
    a_load_asks_for_its_page,
    a_store_asks_for_its_page,
    reading_by_call_waits,
    writing_by_call_waits,
    committing_waits,
    zeroing_waits_for_pages_it_keeps_a_part_of,
    a_copy_of_the_kernel_waits,
    reading_a_process_waits,
    cutting_the_content_waits_for_the_page_it_ends_in,
    a_page_is_asked_for_once,
    hints_stay_within_the_end,
}

/// Writes a byte to the VMO, as [`read_by_call`] reads it.
extern "C" fn write_by_call(argument: u64) {
    let offset = (argument >> 32) * PAGE;
    note(zx::vmo_write(argument, &[9_u8][..], offset + 1, 1_u64));
}

/// Commits a page of the VMO.
extern "C" fn commit_by_call(argument: u64) {
    let offset = (argument >> 32) * PAGE;
    let op = VmoOp::Commit as u32;
    note(zx::vmo_op_range(argument, op, offset, PAGE, 0_u64, 0_u64));
}

/// Makes the second half of a page zero, and the page behind it.
extern "C" fn zero_by_call(argument: u64) {
    let offset = (argument >> 32) * PAGE + PAGE / 2;
    let (op, len) = (VmoOp::Zero as u32, PAGE / 2 + PAGE);
    note(zx::vmo_op_range(argument, op, offset, len, 0_u64, 0_u64));
}

fn create_checks_its_options() {
    let mut out = 0_u32;
    for options in [1_u32, 1 << 31] {
        assert_eq!(zx::pager_create(options, &mut out), Status::INVALID_ARGS);
    }
    for address in Hostile::new().addresses() {
        assert_eq!(zx::pager_create(0_u32, address), Status::INVALID_ARGS);
    }
    assert_eq!(out, 0);
}

fn its_rights_are_those_of_a_pager() {
    let pager = Pager::create().unwrap();
    let info: InfoHandleBasic = pager.basic_info().unwrap();
    assert_eq!(info.object_type, ObjectType::Pager as u32);
    assert_eq!(
        Rights::from_bits_retain(info.rights),
        Rights::INSPECT | Rights::TRANSFER | Rights::ATTACH_VMO | Rights::MANAGE_VMO
    );
}

fn create_vmo_checks_what_it_is_given() {
    let (pager, port) = (Pager::create().unwrap(), Port::create().unwrap());
    let create = |pager: &Pager, port: &Port, options: VmoOptions, size| {
        pager.create_vmo(options, port, KEY, size).err()
    };
    let none = VmoOptions::empty();
    let unwritable: Port = without(&port, Rights::WRITE).into();
    assert_eq!(create(&pager, &unwritable, none, PAGE), Some(Status::ACCESS_DENIED));
    for (options, status) in [
        (VmoOptions::DISCARDABLE, Status::INVALID_ARGS),
        (VmoOptions::TRAP_DIRTY | VmoOptions::DISCARDABLE, Status::INVALID_ARGS),
        (VmoOptions::from_bits_retain(1), Status::INVALID_ARGS),
        (VmoOptions::RESIZABLE | VmoOptions::UNBOUNDED, Status::INVALID_ARGS),
    ] {
        assert_eq!(create(&pager, &port, options, PAGE), Some(status));
    }
    assert_eq!(create(&pager, &port, none, u64::MAX), Some(Status::OUT_OF_RANGE));
    let mut out = 0_u32;
    let (good, other) = (pager.raw(), port.raw());
    for (pager, port, status) in [
        (UNKNOWN, other, Status::BAD_HANDLE),
        (other, other, Status::WRONG_TYPE),
        (good, UNKNOWN, Status::BAD_HANDLE),
        (good, good, Status::WRONG_TYPE),
    ] {
        let created = zx::pager_create_vmo(pager, 0_u32, port, KEY, PAGE, &mut out);
        assert_eq!(created, status);
    }
    for address in Hostile::new().addresses() {
        let created = zx::pager_create_vmo(good, 0_u32, other, KEY, PAGE, address);
        assert_eq!(created, Status::INVALID_ARGS);
        // The VMO is gone, and has said so.
        port.wait_packet(time::after(SOON)).unwrap();
    }
    let rights = Rights::PAGER_DEFAULT - Rights::ATTACH_VMO;
    let weak: Pager = pager.into_handle().replace(rights).unwrap().into();
    assert_eq!(create(&weak, &port, none, PAGE), Some(Status::ACCESS_DENIED));
}

fn the_vmo_has_the_rights_of_others() {
    for (options, rights) in [
        (VmoOptions::empty(), Rights::VMO_DEFAULT),
        (VmoOptions::RESIZABLE, Rights::VMO_DEFAULT | Rights::RESIZE),
    ] {
        let paging = Paging::new(2, options);
        let info = paging.vmo.basic_info().unwrap();
        assert_eq!(info.object_type, ObjectType::Vmo as u32);
        assert_eq!(Rights::from_bits_retain(info.rights), rights);
        assert_eq!(paging.vmo.size(), Ok(2 * PAGE));
    }
}

fn a_load_asks_for_its_page() {
    let paging = Paging::fixed(4);
    let base = map(&paging.vmo, 4, R);
    SEEN.store(0, Ordering::Relaxed);
    let thread = spawn(load, base + 2 * PAGE).unwrap();
    paging.expect_request(2);
    assert_eq!(SEEN.load(Ordering::Relaxed), 0);
    paging.supply(2, 0x42);
    thread.join().unwrap();
    assert_eq!(SEEN.load(Ordering::Relaxed), 0x42);
    paging.expect_silence();
}

fn a_store_asks_for_its_page() {
    let paging = Paging::fixed(2);
    let base = map(&paging.vmo, 2, RW);
    let thread = spawn(store, base + PAGE + 1).unwrap();
    paging.expect_request(1);
    paging.supply(1, 0x42);
    thread.join().unwrap();
    let mut bytes = [0; 2];
    paging.vmo.read(PAGE, &mut bytes).unwrap();
    assert_eq!(bytes, [0x42, 0x77]);
}

fn reading_by_call_waits() {
    let paging = Paging::fixed(3);
    let thread = start_call(read_by_call, &paging.vmo, 1);
    paging.expect_request(1);
    paging.supply(1, 7);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!(SEEN.load(Ordering::Relaxed), 7);
}

fn writing_by_call_waits() {
    let paging = Paging::fixed(3);
    let thread = start_call(write_by_call, &paging.vmo, 2);
    paging.expect_request(2);
    paging.supply(2, 7);
    assert_eq!(outcome(thread), Status::OK);
    let mut bytes = [0; 2];
    paging.vmo.read(2 * PAGE, &mut bytes).unwrap();
    assert_eq!(bytes, [7, 9]);
}

fn committing_waits() {
    let paging = Paging::fixed(2);
    let thread = start_call(commit_by_call, &paging.vmo, 1);
    paging.expect_request(1);
    paging.supply(1, 7);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!(byte_of(&paging.vmo, PAGE), 7);
}

fn zeroing_waits_for_pages_it_keeps_a_part_of() {
    let paging = Paging::fixed(2);
    let thread = start_call(zero_by_call, &paging.vmo, 0);
    paging.expect_request(0);
    paging.supply(0, 7);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!(byte_of(&paging.vmo, 0), 7);
    assert_eq!(byte_of(&paging.vmo, PAGE), 0);
    paging.expect_silence();
}

/// Lets the kernel copy a byte from an address.
extern "C" fn probe(address: u64) {
    match crate::probe::read(address) {
        Ok(byte) => {
            SEEN.store(byte.into(), Ordering::Relaxed);
            note(Status::OK);
        }
        Err(status) => note(status),
    }
}

fn a_copy_of_the_kernel_waits() {
    let paging = Paging::fixed(1);
    let base = map(&paging.vmo, 1, R);
    for (answer, byte) in [(Err(Status::IO), 0), (Ok(()), 0x33)] {
        SEEN.store(0, Ordering::Relaxed);
        let thread = spawn(probe, base).unwrap();
        paging.expect_request(0);
        match answer {
            Ok(()) => paging.supply(0, byte),
            Err(why) => paging.pager.fail(&paging.vmo, 0, PAGE, why).unwrap(),
        }
        let expected = answer.err().unwrap_or(Status::OK);
        assert_eq!(outcome(thread), expected);
        assert_eq!(SEEN.load(Ordering::Relaxed), byte.into());
    }
}

fn a_page_is_asked_for_once() {
    let paging = Paging::fixed(1);
    let base = map(&paging.vmo, 1, R);
    SEEN.store(0, Ordering::Relaxed);
    let threads: Vec<_> = (0..4).map(|n| spawn(load, base + n * 8).unwrap()).collect();
    paging.expect_request(0);
    paging.expect_silence();
    paging.supply(0, 5);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(SEEN.load(Ordering::Relaxed), 5);
    paging.expect_silence();
}

/// Reads a byte of this process, through its handle.
extern "C" fn read_own_process(address: u64) {
    let mut byte = [0_u8];
    let process = rt::start().process();
    note(zx::process_read_memory(process, address, &mut byte, 1_u64, 0_u64));
    SEEN.store(byte[0].into(), Ordering::Relaxed);
}

fn reading_a_process_waits() {
    let paging = Paging::fixed(1);
    let base = map(&paging.vmo, 1, R);
    let thread = spawn(read_own_process, base).unwrap();
    paging.expect_request(0);
    paging.supply(0, 0x21);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!(SEEN.load(Ordering::Relaxed), 0x21);
}

/// Makes the first byte of a page the last of the content.
extern "C" fn cut_by_call(argument: u64) {
    let offset = (argument >> 32) * PAGE;
    note(zx::vmo_set_stream_size(argument, offset + 1));
}

fn cutting_the_content_waits_for_the_page_it_ends_in() {
    let paging = Paging::fixed(3);
    let thread = start_call(cut_by_call, &paging.vmo, 1);
    paging.expect_request(1);
    paging.supply(1, 5);
    assert_eq!(outcome(thread), Status::OK);
    assert_eq!(byte_of(&paging.vmo, PAGE), 5);
    assert_eq!(byte_of(&paging.vmo, 2 * PAGE), 0);
    paging.expect_silence();
}

fn hints_stay_within_the_end() {
    let paging = Paging::fixed(2);
    for op in [VmoOp::DontNeed, VmoOp::AlwaysNeed] {
        assert_eq!(paging.vmo.operate(op, PAGE, PAGE + 1), Err(Status::OUT_OF_RANGE), "{op:?}");
        assert_eq!(paging.vmo.operate(op, 3 * PAGE, 0), Err(Status::OUT_OF_RANGE), "{op:?}");
        assert_eq!(vmo(1).operate(op, PAGE, PAGE), Ok(()), "{op:?}");
    }
    paging.vmo.operate(VmoOp::DontNeed, 0, 2 * PAGE).unwrap();
    paging.expect_silence();
}
