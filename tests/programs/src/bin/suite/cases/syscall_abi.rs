//! The convention of system calls: numbers, results, registers.
//!
//! # Source
//! `handles-rights-errors.md` §8.

use super::cases;
use crate::fixture::*;
use crate::zx::{self, invoke};
use abi::Call;
use core::arch::{asm, naked_asm};
use core::mem::offset_of;
use rt::{Rights, Status};

cases! { syscall_abi:
    the_test_call_is_ok,
    unknown_numbers_are_bad_in_all_64_bits,
    a_known_number_with_upper_bits_is_bad,
    a_status_is_sign_extended,
    the_upper_half_of_a_handle_is_ignored,
    the_upper_half_of_rights_and_topics_is_ignored,
    the_upper_half_of_options_is_ignored,
    the_upper_half_of_counts_is_ignored,
    callee_saved_registers_are_kept,
    argument_registers_are_cleared,
    the_return_address_and_flags_are_where_they_belong,
    registers_are_kept_by_a_failing_call,
    sse_registers_are_kept,
    sse_registers_do_not_leak_from_other_processes,
    every_call_survives_wild_arguments,
}

fn the_test_call_is_ok() {
    assert_eq!(zx::syscall_test_0(), Status::OK);
}

/// BAD_SYSCALL as it stands in RAX.
const BAD_SYSCALL: u64 = i64::from_le(-13).cast_unsigned();

fn unknown_numbers_are_bad_in_all_64_bits() {
    let count = Call::ALL.len() as u64;
    for number in [
        count,
        count + 1,
        0x7FFF_FFFF,
        0x8000_0000,
        0xFFFF_FFFF,
        1 << 32,
        0xFF00_FF00_0000_0010,
        1 << 63,
        u64::MAX - 1,
        u64::MAX,
    ] {
        assert_eq!(invoke(number, [0; 8]), BAD_SYSCALL, "{number:#x}");
        assert_eq!(invoke(number, [u64::MAX; 8]), BAD_SYSCALL, "{number:#x}");
    }
}

fn a_known_number_with_upper_bits_is_bad() {
    for call in Call::ALL {
        for upper in [1 << 32, 1 << 63, 0xFFFF_FFFF_0000_0000] {
            let number = *call as u64 | upper;
            assert_eq!(invoke(number, [0; 8]), BAD_SYSCALL, "{number:#x}");
        }
    }
}

fn a_status_is_sign_extended() {
    let rax = invoke(Call::HandleClose as u64, [u64::from(UNKNOWN)]);
    assert_eq!(rax, i64::from(Status::BAD_HANDLE.into_raw()).cast_unsigned());
}

/// Set bits that a 32-bit argument does not have.
const UPPER: u64 = 0xDEAD_BEEF_0000_0000;

fn the_upper_half_of_a_handle_is_ignored() {
    let object = vmo(1);
    let mut size = 0_u64;
    assert_eq!(zx::vmo_get_size(u64::from(object.raw()) | UPPER, &mut size), Status::OK);
    assert_eq!(size, PAGE);
    assert_eq!(zx::handle_close(UPPER), Status::OK, "the handle 0");
}

fn the_upper_half_of_rights_and_topics_is_ignored() {
    let mut handle = 0_u32;
    let rights = u64::from(Rights::SAME_RIGHTS.bits()) | UPPER;
    assert_eq!(zx::handle_duplicate(&vmo(1), rights, &mut handle), Status::OK);
    let topic = u64::from(abi::Topic::HANDLE_VALID.0) | UPPER;
    assert_eq!(zx::object_get_info(handle, topic, 0, 0, 0, 0), Status::OK);
    zx::close(handle);
}

fn the_upper_half_of_options_is_ignored() {
    let (mut handle, mut address) = (0_u32, 0_u64);
    assert_eq!(zx::vmar_allocate(root(), UPPER, 0, PAGE, &mut handle, &mut address), Status::OK);
    let options = u64::from(R.bits()) | UPPER;
    let object = vmo(1);
    let vmo = u64::from(object.raw()) | UPPER;
    assert_eq!(zx::vmar_map(root(), options, 0, vmo, 0, PAGE, &mut address), Status::OK);
    assert_eq!(zx::vmar_protect(root(), options, address, PAGE), Status::OK);
    assert_eq!(zx::vmo_create(PAGE, UPPER, &mut handle), Status::OK);
    assert_eq!(zx::thread_legacy_yield(UPPER), Status::OK);
}

fn the_upper_half_of_counts_is_ignored() {
    let (one, other) = rt::Channel::create().unwrap();
    let bytes = [1_u8, 2];
    assert_eq!(zx::channel_write(&one, UPPER, &bytes[..], UPPER | 2, 0, UPPER), Status::OK);
    let mut read = [0_u8; 2];
    let mut actual = 0_u32;
    let status = zx::channel_read(&other, UPPER, &mut read, 0, UPPER | 2, UPPER, &mut actual, 0);
    assert_eq!((status, actual, read), (Status::OK, 2, bytes));
}

/// General registers after a system call, the return address it should have had, and the flags around it.
#[repr(C)]
#[derive(Default)]
struct After {
    rax: u64,
    rbx: u64,
    rcx: u64,
    rdx: u64,
    rsi: u64,
    rdi: u64,
    rbp: u64,
    r8: u64,
    r9: u64,
    r10: u64,
    r11: u64,
    r12: u64,
    r13: u64,
    r14: u64,
    r15: u64,
    rip: u64,
    flags: u64,
}

/// What callee-saved and argument registers hold before the call: the pattern times the register's number.
const PATTERN: u64 = 0x0101_0101_0101_0101;

/// Fills the registers, makes the call `number` and stores what they hold then.
#[unsafe(naked)]
extern "C" fn call_and_look(number: u64, after: &mut After) {
    naked_asm!(
        "push rbx", "push rbp", "push r12", "push r13", "push r14", "push r15", "push rsi",
        "mov rax, {pattern}",
        "imul rbx, rax, 3", "imul rbp, rax, 5", "imul r12, rax, 12", "imul r13, rax, 13",
        "imul r14, rax, 14", "imul r15, rax, 15", "imul rdx, rax, 4", "imul rsi, rax, 6",
        "imul r8, rax, 8", "imul r9, rax, 9", "imul r10, rax, 10",
        "xchg rax, rdi",
        "syscall",
        "2:",
        "pushfq",
        "push rax",
        "mov rax, [rsp + 16]",
        "pop qword ptr [rax + {rax}]",
        "mov [rax + {rbx}], rbx", "mov [rax + {rcx}], rcx", "mov [rax + {rdx}], rdx",
        "mov [rax + {rsi}], rsi", "mov [rax + {rdi}], rdi", "mov [rax + {rbp}], rbp",
        "mov [rax + {r8}], r8", "mov [rax + {r9}], r9", "mov [rax + {r10}], r10",
        "mov [rax + {r11}], r11", "mov [rax + {r12}], r12", "mov [rax + {r13}], r13",
        "mov [rax + {r14}], r14", "mov [rax + {r15}], r15",
        "lea rcx, [rip + 2b]",
        "mov [rax + {rip}], rcx",
        "pop qword ptr [rax + {flags}]",
        "pop rsi", "pop r15", "pop r14", "pop r13", "pop r12", "pop rbp", "pop rbx",
        "ret",
        pattern = const PATTERN,
        rax = const offset_of!(After, rax), rbx = const offset_of!(After, rbx),
        rcx = const offset_of!(After, rcx), rdx = const offset_of!(After, rdx),
        rsi = const offset_of!(After, rsi), rdi = const offset_of!(After, rdi),
        rbp = const offset_of!(After, rbp), r8 = const offset_of!(After, r8),
        r9 = const offset_of!(After, r9), r10 = const offset_of!(After, r10),
        r11 = const offset_of!(After, r11), r12 = const offset_of!(After, r12),
        r13 = const offset_of!(After, r13), r14 = const offset_of!(After, r14),
        r15 = const offset_of!(After, r15), rip = const offset_of!(After, rip),
        flags = const offset_of!(After, flags),
    )
}

/// Makes a call and returns the registers after it.
fn look(number: u64) -> After {
    let mut after = After::default();
    call_and_look(number, &mut after);
    after
}

/// Returns the pattern of a register.
const fn pattern(register: u64) -> u64 {
    PATTERN.wrapping_mul(register)
}

#[track_caller]
fn assert_kept(after: &After) {
    let kept = [after.rbx, after.rbp, after.r12, after.r13, after.r14, after.r15];
    assert_eq!(kept, [3, 5, 12, 13, 14, 15].map(pattern), "RBX, RBP, R12 to R15");
}

fn callee_saved_registers_are_kept() {
    let after = look(Call::SyscallTest0 as u64);
    assert_eq!(after.rax, 0);
    assert_kept(&after);
}

fn argument_registers_are_cleared() {
    for number in [Call::SyscallTest0 as u64, Call::HandleClose as u64, 1 << 40] {
        let after = look(number);
        let cleared = [after.rdi, after.rsi, after.rdx, after.r8, after.r9, after.r10];
        assert_eq!(cleared, [0; 6], "RDI, RSI, RDX, R8, R9, R10 after call {number}");
    }
}

fn the_return_address_and_flags_are_where_they_belong() {
    let after = look(Call::SyscallTest0 as u64);
    assert_eq!(after.rcx, after.rip, "RCX");
    assert_eq!(after.r11 & 0xCD5, after.flags & 0xCD5, "R11 against the flags");
    assert_eq!(after.flags & 0x7700, 0x200, "IF and nothing else of the system's");
}

fn registers_are_kept_by_a_failing_call() {
    let after = look(u64::MAX);
    assert_eq!(after.rax, BAD_SYSCALL);
    assert_kept(&after);
}

/// The state that FXSAVE stores.
#[repr(C, align(16))]
struct Fpu([u8; 512]);

impl Fpu {
    /// Bytes of the registers XMM0 to XMM15.
    const XMM: core::ops::Range<usize> = 160..416;

    fn saved() -> Self {
        let mut state = Self([0; 512]);
        // SAFETY: the operand is 512 bytes, aligned to 16.
        unsafe { asm!("fxsave64 [{}]", in(reg) &raw mut state) };
        state
    }

    fn load(&self) {
        // SAFETY: the operand came from FXSAVE but for the XMM registers, which take anything; code of this program does not use them.
        unsafe { asm!("fxrstor64 [{}]", in(reg) &raw const *self) };
    }
}

fn sse_registers_are_kept() {
    let mut state = Fpu::saved();
    for (byte, value) in state.0[Fpu::XMM].iter_mut().zip(1..=255_u8) {
        *byte = value;
    }
    state.load();
    let object = vmo(1);
    object.write(0, &[1; 100]).unwrap();
    rt::time::sleep(2_000_000).unwrap();
    assert!(Fpu::saved().0[Fpu::XMM] == state.0[Fpu::XMM]);
}

/// Fills the SSE registers and keeps them so for a while.
fn fill_registers(_: u64) {
    let mut state = Fpu::saved();
    assert!(state.0[Fpu::XMM].iter().all(|byte| *byte == 0), "left by somebody else");
    state.0[Fpu::XMM].fill(0xEE);
    state.load();
    for _ in 0..20 {
        rt::time::yield_now();
    }
}

fn sse_registers_do_not_leak_from_other_processes() {
    let mut state = Fpu::saved();
    state.0[Fpu::XMM].fill(0xCC);
    state.load();
    for _ in 0..2 {
        crate::part::passes(fill_registers, 0, alloc::vec::Vec::new());
    }
    assert!(Fpu::saved().0[Fpu::XMM].iter().all(|byte| *byte == 0xCC));
}

/// Makes every call that comes back with every argument `word`; what it answers is its business.
fn make_every_call(word: u64) {
    let ends = [Call::ProcessExit, Call::ThreadExit, Call::DebugWrite];
    for call in Call::ALL.iter().filter(|call| !ends.contains(call)) {
        invoke(*call as u64, [word; 8]);
    }
}

fn every_call_survives_wild_arguments() {
    let words = [0, 1, 3, PAGE, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, 1 << 47, 1 << 63];
    for word in words.into_iter().chain([0xFFFF_FF80_0000_0000, u64::MAX]) {
        // A sleep until one of these never ends.
        let is_deadline = word < 1 << 31 || word > i64::MAX.cast_unsigned();
        if is_deadline {
            crate::part::passes(make_every_call, word, alloc::vec::Vec::new());
        }
    }
}
