//! Selectors, segment bases and flags that no decent program chooses.
//!
//! ```text
//!   selector  0x00 null   0x08 kernel code   0x10 kernel data   0x18 ring-3 data   0x20 ring-3 code   0x28 task state
//! ```
//!
//! # Source
//! `faults.md` §7; Intel SDM 2 "MOV", "POP", "IRET", "RET", "JMP"; 3A 5.5 to 5.8.

use super::cases;
use crate::fixture::*;
use crate::strike::{Outcome, assert_either, assert_kernel_answers, count, strike};
use abi::layout::{KERNEL_VMAR_BASE, USER_END};

cases! { attack_segments:
    every_selector_in_data_segments,
    every_selector_in_the_stack_segment,
    far_returns_to_every_selector,
    interrupt_returns_to_every_code_selector,
    interrupt_returns_to_every_stack_selector,
    far_jumps_and_calls_through_memory,
    interrupt_returns_with_every_flag,
    flags_that_cannot_be_changed,
    calls_with_every_flag,
    exceptions_with_every_flag,
    segment_bases_at_every_edge,
    rights_of_selectors_tell_little,
}

/// Selectors of the table and around its end, with every ring and both tables.
const SELECTORS: core::ops::Range<u64> = 0..0x60;

/// The vector of general protection.
const PROTECTION: u64 = 13;

/// Says whether ring 3 may have the selector in DS, ES, FS and GS: none, or one of its own two.
const fn is_data_of_ring_3(selector: u64) -> bool {
    matches!(selector, 0..4 | 0x18..0x1C | 0x20..0x24)
}

/// Checks that a return to ring 0, or to nowhere, is refused.
///
/// QEMU makes the pops of IRET and of far RET with the privilege of ring 0, which SMAP refuses on ring 3's own stack: then no such
/// return succeeds at all.
#[track_caller]
fn assert_return_is_refused(code: &[u8], selector: u64) {
    match strike(code, selector) {
        Outcome::Stopped { vector: 14, error: 1, .. } => {}
        other => assert_eq!(other, refused(selector), "{selector:#x}"),
    }
}

/// Checks that a return that changes nothing succeeds, if any does.
#[track_caller]
fn assert_returns(code: &[u8], word: u64) {
    match strike(code, word) {
        Outcome::Stopped { vector: 14, error: 1, .. } => {}
        other => assert_eq!(other, Outcome::Exited(0), "{word:#x}"),
    }
}

/// Returns what a bad selector comes to: the error code names it without its ring.
const fn refused(selector: u64) -> Outcome {
    Outcome::stopped(PROTECTION, selector & !3)
}

fn every_selector_in_data_segments() {
    // mov ds, esi; mov es, esi; mov fs, esi; mov gs, esi
    for code in [[0x8E, 0xDE], [0x8E, 0xC6], [0x8E, 0xE6], [0x8E, 0xEE]] {
        for selector in SELECTORS {
            let expected =
                if is_data_of_ring_3(selector) { Outcome::Exited(0) } else { refused(selector) };
            assert_eq!(strike(&code, selector), expected, "{code:x?} {selector:#x}");
        }
        assert_eq!(strike(&code, 0xFFFF), refused(0xFFFF));
    }
    assert_kernel_answers();
    count(4 * 97);
}

fn every_selector_in_the_stack_segment() {
    for selector in SELECTORS {
        // mov ss, esi. What is to be a stack has to be ring 3's own data, with ring 3 in the selector.
        let expected = if selector == 0x1B { Outcome::Exited(0) } else { refused(selector) };
        assert_eq!(strike(&[0x8E, 0xD6], selector), expected, "{selector:#x}");
    }
    count(96);
}

fn far_returns_to_every_selector() {
    for selector in SELECTORS.filter(|selector| *selector != 0x23) {
        // lea rax, [rip + 5]; push rsi; push rax; retfq; nop: to right behind itself.
        let code = [0x48, 0x8D, 0x05, 4, 0, 0, 0, 0x56, 0x50, 0x48, 0xCB];
        assert_return_is_refused(&code, selector);
    }
    assert_returns(&[0x48, 0x8D, 0x05, 4, 0, 0, 0, 0x56, 0x50, 0x48, 0xCB], 0x23);
    count(96);
}

/// `mov rbx, rsp; push SS; push rbx; pushfq; push CS; lea rax, [rip + 3]; push rax; iretq`, with RSI as one of the selectors.
const IRET_CODE: [u8; 18] = [
    0x48, 0x89, 0xE3, 0x6A, 0x1B, 0x53, 0x9C, 0x56, 0x48, 0x8D, 0x05, 3, 0, 0, 0, 0x50, 0x48, 0xCF,
];
const IRET_STACK: [u8; 18] = [
    0x48, 0x89, 0xE3, 0x56, 0x53, 0x9C, 0x6A, 0x23, 0x48, 0x8D, 0x05, 3, 0, 0, 0, 0x50, 0x48, 0xCF,
];

fn interrupt_returns_to_every_code_selector() {
    for selector in SELECTORS.filter(|selector| *selector != 0x23) {
        assert_return_is_refused(&IRET_CODE, selector);
    }
    assert_returns(&IRET_CODE, 0x23);
    count(96);
}

fn interrupt_returns_to_every_stack_selector() {
    for selector in SELECTORS.filter(|selector| *selector != 0x1B) {
        assert_return_is_refused(&IRET_STACK, selector);
    }
    assert_returns(&IRET_STACK, 0x1B);
    count(96);
}

fn far_jumps_and_calls_through_memory() {
    for selector in SELECTORS {
        // Ring 3's own code, whatever ring the selector has: the jump is made, to address 0.
        let expected = match selector {
            0x20..0x24 => Outcome::Stopped { vector: 14, error: 0x14, address: 0 },
            _ => refused(selector),
        };
        // push rsi; push 0; jmp far [rsp]
        let jump = [0x56, 0x6A, 0, 0x48, 0xFF, 0x2C, 0x24];
        assert_eq!(strike(&jump, selector), expected, "{selector:#x}");
        // push rsi; push 0; call far [rsp]
        let call = [0x56, 0x6A, 0, 0x48, 0xFF, 0x1C, 0x24];
        match strike(&call, selector) {
            // QEMU's pushes have the privilege of ring 0, too.
            Outcome::Stopped { vector: 14, error: 3, .. } => {}
            other => assert_eq!(other, expected, "{selector:#x}"),
        }
    }
    count(2 * 96);
}

/// `mov rbx, rsp; push 0x1b; push rbx; push rsi; push 0x23; lea rax, [rip + 3]; push rax; iretq; nop`, with RSI as the flags.
const IRET_FLAGS: [u8; 19] = [
    0x48, 0x89, 0xE3, 0x6A, 0x1B, 0x53, 0x56, 0x6A, 0x23, 0x48, 0x8D, 0x05, 3, 0, 0, 0, 0x50, 0x48,
    0xCF,
];

/// The trap flag.
const TF: u64 = 1 << 8;
/// The flag of nested tasks, with which IRET is refused in 64-bit mode only when it is set before.
const NT: u64 = 1 << 14;

fn interrupt_returns_with_every_flag() {
    for bit in (0..64).filter(|bit| 1 << bit != TF) {
        assert_returns(&IRET_FLAGS, 1 << bit);
    }
    assert_kernel_answers();
    count(63);
}

/// `push rsi; popfq; pushfq; pop rdi; push 0x202; popfq; mov eax, PROCESS_EXIT; syscall`: ends with the flags that came of RSI.
const FLAGS: [u8; 17] = [
    0x56,
    0x9D,
    0x9C,
    0x5F,
    0x68,
    0x02,
    0x02,
    0,
    0,
    0x9D,
    0xB8,
    abi::Call::ProcessExit as u8,
    0,
    0,
    0,
    0x0F,
    0x05,
];

fn flags_that_cannot_be_changed() {
    // Bit 1 is always set, interrupts stay on, the I/O privilege level 0; RF, VM, VIF and VIP are not a program's.
    const ALWAYS: u64 = 0x202;
    const CHANGEABLE: u64 = 0x24_4CD5;
    for bit in (0..22).filter(|bit| 1 << bit != TF) {
        let flags: u64 = 1 << bit;
        let expected = (flags & CHANGEABLE) | ALWAYS;
        let outcome = strike(&FLAGS, flags);
        assert_eq!(outcome, Outcome::Exited(expected.cast_signed()), "{flags:#x}");
    }
    let all = strike(&FLAGS, !(TF | NT));
    assert_eq!(all, Outcome::Exited((CHANGEABLE & !NT | ALWAYS).cast_signed()));
    count(22);
}

fn calls_with_every_flag() {
    for bit in (0..22).filter(|bit| 1 << bit != TF) {
        // push rsi; popfq; xor eax, eax; syscall; push 0x202; popfq
        let code = [0x56, 0x9D, 0x31, 0xC0, 0x0F, 0x05, 0x68, 0x02, 0x02, 0, 0, 0x9D];
        assert_eq!(strike(&code, 1 << bit), Outcome::Exited(0), "bit {bit}");
    }
    assert_kernel_answers();
    count(21);
}

fn exceptions_with_every_flag() {
    for bit in (0..22).filter(|bit| 1 << bit != TF) {
        // push rsi; popfq; ud2
        let outcome = strike(&[0x56, 0x9D, 0x0F, 0x0B], 1 << bit);
        assert_eq!(outcome, Outcome::stopped(6, 0), "bit {bit}");
        // push rsi; popfq; mov al, [0]
        let code = [0x56, 0x9D, 0x31, 0xC0, 0x8A, 0x00];
        let outcome = strike(&code, 1 << bit);
        assert_eq!(outcome, Outcome::Stopped { vector: 14, error: 4, address: 0 }, "bit {bit}");
    }
    assert_kernel_answers();
    count(42);
}

fn segment_bases_at_every_edge() {
    let canonical =
        [0, 8, PAGE, USER_END, (1 << 47) - 1, 0xFFFF_8000_0000_0000, KERNEL_VMAR_BASE, u64::MAX];
    for base in canonical {
        // wrgsbase rsi; wrfsbase rsi; xor eax, eax; syscall; ud2
        let code = [
            0xF3, 0x48, 0x0F, 0xAE, 0xDE, 0xF3, 0x48, 0x0F, 0xAE, 0xD6, 0x31, 0xC0, 0x0F, 0x05,
            0x0F, 0x0B,
        ];
        assert_eq!(strike(&code, base), Outcome::stopped(6, 0), "{base:#x}");
    }
    for base in [1 << 47, 1 << 48, 1 << 63, 0xFFFF_7FFF_FFFF_FFFF] {
        // wrgsbase rsi, then wrfsbase rsi, and a call that lets others run: QEMU takes addresses that are not canonical.
        for last in [0xDE, 0xD6] {
            let sleep = abi::Call::ThreadLegacyYield as u8;
            let code = [0xF3, 0x48, 0x0F, 0xAE, last, 0x31, 0xFF, 0xB8, sleep, 0, 0, 0, 0x0F, 0x05];
            let refused = Outcome::stopped(PROTECTION, 0);
            assert_either(strike(&code, base), refused, Outcome::Exited(0), "a base");
        }
    }
    // wrgsbase rsi; mov al, gs:[0]: what GS points to is reached as any other address.
    for base in [0xFFFF_8000_0000_0000, KERNEL_VMAR_BASE] {
        let code = [0xF3, 0x48, 0x0F, 0xAE, 0xDE, 0x65, 0x8A, 0x04, 0x25, 0, 0, 0, 0];
        let outcome = strike(&code, base);
        let Outcome::Stopped { vector: 14, error, address } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!((error & !1, address), (4, base));
    }
    assert_kernel_answers();
    count(18);
}

fn rights_of_selectors_tell_little() {
    // LAR, LSL, VERR and VERW answer by a flag and never fault; what they may tell is ring 3's own segments.
    for selector in SELECTORS {
        // lar eax, esi; setz dil; movzx edi, dil; mov eax, PROCESS_EXIT; syscall
        let exit = abi::Call::ProcessExit as u8;
        let code = [
            0x0F, 0x02, 0xC6, 0x40, 0x0F, 0x94, 0xC7, 0x40, 0x0F, 0xB6, 0xFF, 0xB8, exit, 0, 0, 0,
            0x0F, 0x05,
        ];
        let is_told = matches!(selector, 0x18..0x1C | 0x20..0x24);
        let expected = Outcome::Exited(is_told.into());
        assert_eq!(strike(&code, selector), expected, "{selector:#x}");
    }
    count(96);
}
