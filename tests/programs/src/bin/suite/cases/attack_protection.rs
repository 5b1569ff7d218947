//! What the processor's protections keep from ring 3, attacked one by one: NX, read-only pages, W^X, code that goes away under
//! a call, and the privilege that the kernel has while it works for a program.
//!
//! That the kernel cannot run or touch ring 3's memory by mistake (SMEP, SMAP) is tried in the kernel's own tests.
//!
//! # Source
//! `faults.md` §4; `vmar.md` §8 to §10.

use super::cases;
use crate::fixture::*;
use crate::strike::{Outcome, count, strike_in};
use crate::zx;
use abi::Call;
use alloc::vec::Vec;
use rt::{Rights, Status, VmOptions, Vmar, Vmo};

cases! { attack_protection:
    data_is_not_run,
    the_stack_is_not_run,
    text_and_constants_are_not_written,
    what_cannot_be_read_is_not_read,
    data_does_not_become_code,
    code_does_not_become_data,
    kernel_copies_keep_to_permissions,
    code_that_goes_away_under_its_own_call,
    a_stack_that_goes_away_under_a_call,
    code_that_is_protected_under_its_own_call,
}

/// Page-fault error codes: there is a page, a store, ring 3, a fetch.
const PRESENT: u64 = 1 << 0;
const STORE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const FETCH: u64 = 1 << 4;

/// A page of RETs that may be executed by whoever has the right to.
#[track_caller]
fn rets() -> Vmo {
    let object = vmo(1);
    object.write(0, &[0xC3; PAGE_BYTES]).unwrap();
    object.into_executable().unwrap()
}

/// Maps a page with its entry in the page tables, so that the fault is one of protection.
#[track_caller]
fn place(root: &Vmar, object: &Vmo, perms: VmOptions) -> u64 {
    let address = root.map(perms | VmOptions::MAP_RANGE, 0, object, 0, PAGE).unwrap();
    root.op_range(abi::VmarOp::MapRange, address, PAGE).unwrap();
    address
}

/// Checks that `code`, with the address of a page mapped with `perms` in RSI, is refused with this error code.
#[track_caller]
fn assert_refused(code: &[u8], perms: VmOptions, expected: u64) {
    let object = rets();
    let mut page = 0;
    let outcome = strike_in(code, |root| {
        page = place(root, &object, perms);
        page
    });
    assert_eq!(
        outcome,
        Outcome::Stopped { vector: 14, error: expected, address: page },
        "{perms:?}"
    );
}

/// `mov al, [rsi]`, `mov byte ptr [rsi], 1`, `call rsi`, `jmp rsi`.
const LOAD: &[u8] = &[0x8A, 0x06];
const SAVE: &[u8] = &[0xC6, 0x06, 1];
const CALL: &[u8] = &[0xFF, 0xD6];
const JUMP: &[u8] = &[0xFF, 0xE6];

fn data_is_not_run() {
    for perms in [R, RW] {
        assert_refused(CALL, perms, PRESENT | USER | FETCH);
        assert_refused(JUMP, perms, PRESENT | USER | FETCH);
    }
    let object = rets();
    let runs = strike_in(CALL, |root| place(root, &object, RX));
    assert_eq!(runs, Outcome::Exited(0), "what may be run does run");
    count(4);
}

fn the_stack_is_not_run() {
    // push 0xc3; jmp rsp
    let outcome = strike_in(&[0x68, 0xC3, 0, 0, 0, 0xFF, 0xE4], |_| 0);
    let Outcome::Stopped { vector: 14, error, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error, PRESENT | USER | FETCH);
    count(1);
}

fn text_and_constants_are_not_written() {
    for perms in [R, RX] {
        assert_refused(SAVE, perms, PRESENT | USER | STORE);
        // lock inc byte ptr [rsi]
        assert_refused(&[0xF0, 0xFE, 0x06], perms, PRESENT | USER | STORE);
    }
    // lea rax, [rip]; mov byte ptr [rax], 0x90: the code itself.
    let outcome = strike_in(&[0x48, 0x8D, 0x05, 0, 0, 0, 0, 0xC6, 0x00, 0x90], |_| 0);
    let Outcome::Stopped { vector: 14, error, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error, PRESENT | USER | STORE);
    count(5);
}

fn what_cannot_be_read_is_not_read() {
    assert_refused(LOAD, NONE, USER);
    assert_refused(SAVE, NONE, USER | STORE);
    assert_refused(CALL, NONE, USER | FETCH);
    count(3);
}

fn data_does_not_become_code() {
    let (object, region) = (vmo(1), region(4));
    let mut address = 0_u64;
    let mapped = zx::vmar_map(&region.vmar, RX | SPECIFIC, 0, &object, 0, PAGE, &mut address);
    assert_eq!(mapped, Status::ACCESS_DENIED, "the object's handle has no right to it");
    let base = region.place(0, &object, 1, RW);
    for perms in [RX, RWX] {
        assert_eq!(zx::vmar_protect(&region.vmar, perms, base, PAGE), Status::ACCESS_DENIED);
    }
    // A region that must not have code, and an object that may be run.
    let without = region.child(2, 1, VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE);
    let mapped = zx::vmar_map(&without.vmar, RX, 0, &rets(), 0, PAGE, &mut address);
    assert_eq!(mapped, Status::ACCESS_DENIED);
    // A handle that does not say so any more.
    let weaker: Vmo = without_execute(&rets());
    let mapped = zx::vmar_map(root(), RX, 0, &weaker, 0, PAGE, &mut address);
    assert_eq!(mapped, Status::ACCESS_DENIED);
    let again =
        zx::handle_duplicate(&weaker, (Rights::VMO_DEFAULT | Rights::EXECUTE).bits(), &mut 0_u32);
    assert_eq!(again, Status::INVALID_ARGS, "rights do not come back");
    count(6);
}

/// Returns a handle to an object without the right to run it.
#[track_caller]
fn without_execute(object: &Vmo) -> Vmo {
    without(object, Rights::EXECUTE).into()
}

fn code_does_not_become_data() {
    let read_only: Vmo = without(&rets(), Rights::WRITE).into();
    let mut address = 0_u64;
    let mapped = zx::vmar_map(root(), RW, 0, &read_only, 0, PAGE, &mut address);
    assert_eq!(mapped, Status::ACCESS_DENIED);
    let base = map(&read_only, 1, RX);
    for perms in [RW, RWX] {
        assert_eq!(zx::vmar_protect(root(), perms, base, PAGE), Status::ACCESS_DENIED);
    }
    assert_eq!(zx::vmo_write(&read_only, &[0_u8; 8][..], 0, 8), Status::ACCESS_DENIED);
    count(4);
}

fn kernel_copies_keep_to_permissions() {
    let object = rets();
    for perms in [R, RX, NONE] {
        let base = map(&object, 1, perms);
        let source = numbered(1, 9);
        assert_eq!(zx::vmo_read(&source, base, 0, 8), Status::ACCESS_DENIED, "{perms:?}");
        assert_eq!(zx::vmo_get_size(&source, base), Status::INVALID_ARGS, "{perms:?}");
        assert_eq!(zx::cprng_draw(base, 8), Status::INVALID_ARGS, "{perms:?}");
    }
    let hidden = map(&object, 1, NONE);
    assert_eq!(zx::vmo_write(&vmo(1), hidden, 0, 8), Status::ACCESS_DENIED);
    count(10);
}

/// Returns `mov eax, call; syscall`.
fn calling(call: Call) -> Vec<u8> {
    [b"\xB8".as_slice(), &(call as u32).to_le_bytes(), b"\x0F\x05"].concat()
}

/// Returns code that has `address` put an address into RSI, unmaps the page there, and goes on with `after`.
fn unmapping(address: &[u8], after: &[u8]) -> Vec<u8> {
    // and rsi, -4096; mov edx, 0x1000
    let page = b"\x48\x81\xE6\x00\xF0\xFF\xFF\xBA\x00\x10\x00\x00";
    [address, page, &calling(Call::VmarUnmap), after].concat()
}

/// Checks that the fetch behind a call is refused, whether its page is there or not.
#[track_caller]
fn assert_fetch_fails(code: &[u8]) {
    let Outcome::Stopped { vector: 14, error, .. } = strike_in(code, |_| 0) else {
        panic!("the code goes on");
    };
    assert_eq!(error & !PRESENT, USER | FETCH);
}

fn code_that_goes_away_under_its_own_call() {
    // lea rsi, [rip - 7], its own address; then ud2
    assert_fetch_fails(&unmapping(b"\x48\x8D\x35\xF9\xFF\xFF\xFF", b"\x0F\x0B"));
    // Of the whole address space.
    assert_fetch_fails(&calling(Call::VmarDestroy));
    count(2);
}

fn a_stack_that_goes_away_under_a_call() {
    // lea rsi, [rsp - 8]; then push rax
    let code = unmapping(b"\x48\x8D\x74\x24\xF8", b"\x50");
    let Outcome::Stopped { vector: 14, error, .. } = strike_in(&code, |_| 0) else {
        panic!("the stack is still there");
    };
    assert_eq!(error, USER | STORE);
    count(1);
}

fn code_that_is_protected_under_its_own_call() {
    // lea rdx, [rip - 7]; and rdx, -4096; mov esi, READ; mov r10d, 0x1000
    let page = b"\x48\x8D\x15\xF9\xFF\xFF\xFF\x48\x81\xE2\x00\xF0\xFF\xFF\xBE\x01\x00\x00\x00\x41\xBA\x00\x10\x00\x00";
    assert_fetch_fails(&[page, &*calling(Call::VmarProtect)].concat());
    count(1);
}
