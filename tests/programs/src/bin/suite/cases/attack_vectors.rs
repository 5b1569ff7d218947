//! Every exception that ring 3 can raise arrives as what it is, and no other way into a vector is open.
//!
//! | vector | how ring 3 raises it |
//! |---|---|
//! | 0, 3, 6, 13, 14, 16, 19 | as programs do |
//! | 1 | single steps, INT1 |
//! | 12 | a stack access beyond the canonical addresses |
//! | 2, 8, 18 | not: NMI, double fault and machine check come from elsewhere |
//! | 4, 5 | not in 64-bit mode: INTO and BOUND are undefined there |
//! | 7, 9, 10, 11, 17, 20, 21 | not: nothing in the kernel's tables or control bits makes them possible |
//!
//! # Source
//! Intel SDM 3A 6.15; error codes of INT n: 6.13.

use super::cases;
use crate::fixture::*;
use crate::strike::{
    Code, Outcome, assert_either, count, each_comes_to, each_comes_to_either, strike, strike_in,
};
use abi::layout::{KERNEL_VMAR_BASE, USER_END};
use rt::VmOptions;

cases! { attack_vectors:
    division,
    debugging,
    single_byte_debug_exceptions,
    breakpoints,
    undefined_opcodes,
    entries_and_state_of_others,
    stack_faults,
    general_protection,
    floating_point,
    vector_floating_point,
    alignment_is_not_checked,
    every_software_interrupt,
    page_faults_of_every_kind,
    loops_of_exceptions,
}

/// Vectors of exceptions.
const DIVISION: u64 = 0;
const DEBUG: u64 = 1;
const BREAKPOINT: u64 = 3;
const OPCODE: u64 = 6;
const STACK: u64 = 12;
const PROTECTION: u64 = 13;
const PAGE_FAULT: u64 = 14;
const X87: u64 = 16;
const SIMD: u64 = 19;

/// Bits of a page fault's error code: the page was there, the access was a store, of ring 3's, or a fetch.
const PRESENT: u64 = 1 << 0;
const STORE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const FETCH: u64 = 1 << 4;

fn division() {
    each_comes_to(
        Outcome::stopped(DIVISION, 0),
        &[
            ("div by zero", &[0x31, 0xC9, 0x31, 0xD2, 0xF7, 0xF1]),
            ("idiv by zero", &[0x31, 0xC9, 0x31, 0xD2, 0xF7, 0xF9]),
            ("div overflow", &[0xBA, 0xFF, 0xFF, 0xFF, 0xFF, 0xB9, 1, 0, 0, 0, 0xF7, 0xF1]),
            (
                "idiv of the least number by -1",
                &[0xB8, 0, 0, 0, 0x80, 0x99, 0xB9, 0xFF, 0xFF, 0xFF, 0xFF, 0xF7, 0xF9],
            ),
            ("div of a byte by zero", &[0x31, 0xC0, 0x31, 0xC9, 0xF6, 0xF1]),
        ],
    );
}

fn debugging() {
    each_comes_to(
        Outcome::stopped(DEBUG, 0),
        &[
            ("TF", &[0x9C, 0x48, 0x81, 0x0C, 0x24, 0, 1, 0, 0, 0x9D, 0x90, 0x90]),
            // The trap comes behind the instruction that follows MOV SS.
            (
                "TF and mov ss",
                &[
                    0x9C, 0x48, 0x81, 0x0C, 0x24, 0, 1, 0, 0, 0xB8, 0x1B, 0, 0, 0, 0x9D, 0x8E,
                    0xD0, 0x90, 0x90,
                ],
            ),
            (
                "TF and a system call",
                &[
                    0x9C, 0x48, 0x81, 0x0C, 0x24, 0, 1, 0, 0, 0x31, 0xC0, 0x9D, 0x0F, 0x05, 0x90,
                    0x90,
                ],
            ),
        ],
    );
}

fn single_byte_debug_exceptions() {
    each_comes_to_either(
        Outcome::stopped(DEBUG, 0),
        Outcome::stopped(OPCODE, 0),
        &[("int1", &[0xF1])],
    );
}

fn breakpoints() {
    each_comes_to(Outcome::stopped(BREAKPOINT, 0), &[("int3", &[0xCC]), ("int 3", &[0xCD, 3])]);
    // A debug exception that MOV SS holds back until INT3 has entered the kernel (CVE-2018-8897).
    let held_back: Code = ("mov ss, int3", &[0xB8, 0x1B, 0, 0, 0, 0x8E, 0xD0, 0xCC]);
    each_comes_to(Outcome::stopped(BREAKPOINT, 0), &[held_back]);
}

fn undefined_opcodes() {
    each_comes_to(
        Outcome::stopped(OPCODE, 0),
        &[
            ("ud2", &[0x0F, 0x0B]),
            ("ud1", &[0x0F, 0xB9, 0xC0]),
            ("into", &[0xCE]),
            ("bound eax, [rsp]", &[0x62, 0x04, 0x24]),
            ("push cs", &[0x0E]),
            ("lds", &[0xC5, 0x00, 0x00]),
            ("lock nop", &[0xF0, 0x90]),
            ("mov cs, ax", &[0x8E, 0xC8]),
            ("stac", &[0x0F, 0x01, 0xCB]),
            ("clac", &[0x0F, 0x01, 0xCA]),
            ("rsm", &[0x0F, 0xAA]),
            ("vmcall", &[0x0F, 0x01, 0xC1]),
        ],
    );
}

fn entries_and_state_of_others() {
    // Refused as privileged, or not there at all: this depends on what the processor has.
    each_comes_to_either(
        Outcome::stopped(PROTECTION, 0),
        Outcome::stopped(OPCODE, 0),
        &[
            ("sysenter", &[0x0F, 0x34]),
            ("sysexit", &[0x0F, 0x35]),
            ("mov cr1, rax", &[0x0F, 0x22, 0xC8]),
            ("xsetbv", &[0x0F, 0x01, 0xD1]),
            ("invpcid rax, [rsp]", &[0x66, 0x0F, 0x38, 0x82, 0x04, 0x24]),
            ("rdpmc", &[0x0F, 0x33]),
            ("monitor", &[0x0F, 0x01, 0xC8]),
            ("mwait", &[0x0F, 0x01, 0xC9]),
            ("wrpkru", &[0x31, 0xC9, 0x31, 0xD2, 0x0F, 0x01, 0xEF]),
            ("vmrun", &[0x0F, 0x01, 0xD8]),
            ("vmmcall", &[0x0F, 0x01, 0xD9]),
            ("skinit", &[0x0F, 0x01, 0xDE]),
        ],
    );
}

fn stack_faults() {
    // mov rax, 0x0080_0000_0000_0000 into RSP or RBP.
    each_comes_to_either(
        Outcome::stopped(STACK, 0),
        Outcome::stopped(PROTECTION, 0),
        &[
            ("push", &[0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x48, 0x89, 0xC4, 0x50]),
            ("pop", &[0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x48, 0x89, 0xC4, 0x58]),
            ("call", &[0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x48, 0x89, 0xC4, 0xE8, 0, 0, 0, 0]),
            ("load by RBP", &[0x48, 0xBD, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x8A, 0x45, 0x00]),
            ("store by RBP", &[0x48, 0xBD, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x88, 0x45, 0x00]),
        ],
    );
}

fn general_protection() {
    each_comes_to(
        Outcome::stopped(PROTECTION, 0),
        &[
            ("hlt", &[0xF4]),
            ("cli", &[0xFA]),
            ("sti", &[0xFB]),
            ("in al, 0x60", &[0xE4, 0x60]),
            ("out 0xf4, al", &[0xE6, 0xF4]),
            ("in eax, dx", &[0xED]),
            ("outsb", &[0x6E]),
            ("mov rax, cr0", &[0x0F, 0x20, 0xC0]),
            ("mov cr3, rax", &[0x0F, 0x22, 0xD8]),
            ("mov cr4, rax", &[0x0F, 0x22, 0xE0]),
            ("mov rax, dr7", &[0x0F, 0x21, 0xF8]),
            ("mov dr7, rax", &[0x0F, 0x23, 0xF8]),
            ("clts", &[0x0F, 0x06]),
            ("invlpg [rsp]", &[0x0F, 0x01, 0x3C, 0x24]),
            ("wbinvd", &[0x0F, 0x09]),
            ("swapgs", &[0x0F, 0x01, 0xF8]),
            ("rdmsr", &[0x0F, 0x32]),
            ("wrmsr", &[0x0F, 0x30]),
            ("lgdt [rsp]", &[0x0F, 0x01, 0x14, 0x24]),
            ("lidt [rsp]", &[0x0F, 0x01, 0x1C, 0x24]),
            ("ltr ax", &[0x0F, 0x00, 0xD8]),
            ("lldt ax", &[0x0F, 0x00, 0xD0]),
            ("lmsw ax", &[0x0F, 0x01, 0xF0]),
            ("sysret", &[0x48, 0x0F, 0x07]),
            // User-mode instruction prevention.
            ("sgdt [rsp - 16]", &[0x0F, 0x01, 0x44, 0x24, 0xF0]),
            ("sidt [rsp - 16]", &[0x0F, 0x01, 0x4C, 0x24, 0xF0]),
            ("sldt eax", &[0x0F, 0x00, 0xC0]),
            ("str eax", &[0x0F, 0x00, 0xC8]),
            ("smsw eax", &[0x0F, 0x01, 0xE0]),
            ("load beyond canonical", &[0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x8A, 0x00]),
            ("store beyond canonical", &[0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x88, 0x00]),
            ("jump beyond canonical", &[0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0x80, 0, 0xFF, 0xE0]),
            ("return beyond canonical", &[0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x50, 0xC3]),
            ("jump over the edge", &[0x48, 0xB8, 0, 0, 0, 0, 0, 0x80, 0, 0, 0xFF, 0xE0]),
            ("mov rax, cr2", &[0x0F, 0x20, 0xD0]),
            ("mov cr8, rax", &[0x44, 0x0F, 0x22, 0xC0]),
            ("invd", &[0x0F, 0x08]),
            ("movaps [rsp - 31], xmm0", &[0x0F, 0x29, 0x44, 0x24, 0xE1]),
            (
                "iret with NT",
                &[
                    0x9C, 0x48, 0x81, 0x0C, 0x24, 0, 0x40, 0, 0, 0x9D, 0x6A, 0x1B, 0x54, 0x9C,
                    0x6A, 0x23, 0x54, 0x48, 0xCF,
                ],
            ),
        ],
    );
}

fn floating_point() {
    each_comes_to(
        Outcome::stopped(X87, 0),
        &[(
            "1 / 0, unmasked",
            &[0xDB, 0xE3, 0x6A, 0, 0xD9, 0x2C, 0x24, 0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9, 0x9B],
        )],
    );
    each_comes_to(
        Outcome::Exited(0),
        &[("1 / 0, masked", &[0xDB, 0xE3, 0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9, 0x9B])],
    );
}

fn vector_floating_point() {
    // push 0; ldmxcsr [rsp]; then 0 / 0 and the square root of -1.
    each_comes_to_either(
        Outcome::stopped(SIMD, 0),
        Outcome::Exited(0),
        &[
            (
                "divps, unmasked",
                &[0x6A, 0, 0x0F, 0xAE, 0x14, 0x24, 0x0F, 0x57, 0xC0, 0x0F, 0x5E, 0xC0],
            ),
            (
                "sqrtsd of -1, unmasked",
                &[
                    0x6A, 0, 0x0F, 0xAE, 0x14, 0x24, 0x6A, 0xFF, 0xC7, 0x44, 0x24, 0x04, 0, 0,
                    0xF0, 0xBF, 0xC7, 0x04, 0x24, 0, 0, 0, 0, 0xF2, 0x0F, 0x51, 0x04, 0x24,
                ],
            ),
        ],
    );
    each_comes_to(Outcome::Exited(0), &[("divps, masked", &[0x0F, 0x57, 0xC0, 0x0F, 0x5E, 0xC0])]);
    each_comes_to_either(
        Outcome::stopped(PROTECTION, 0),
        Outcome::Exited(0),
        &[("ldmxcsr with bits that do not exist", &[0x68, 0, 0, 0, 0x7F, 0x0F, 0xAE, 0x14, 0x24])],
    );
}

fn alignment_is_not_checked() {
    each_comes_to(
        Outcome::Exited(0),
        &[(
            "AC and a misaligned load",
            &[0x9C, 0x48, 0x81, 0x0C, 0x24, 0, 0, 0x04, 0, 0x9D, 0x8B, 0x44, 0x24, 0xE1],
        )],
    );
}

fn every_software_interrupt() {
    for vector in (0..=255_u8).filter(|vector| u64::from(*vector) != BREAKPOINT) {
        // The error code names the gate: its index, which QEMU doubles, and that it is one of the IDT.
        let [outcome, of_qemu] =
            [8, 16].map(|size| Outcome::stopped(PROTECTION, (u64::from(vector) * size) | 2));
        assert_either(strike(&[0xCD, vector], 0), outcome, of_qemu, "int n");
    }
    count(255);
}

/// `mov al, [rsi]`, `mov [rsi], al`, `jmp rsi`.
const LOAD: &[u8] = &[0x8A, 0x06];
const SAVE: &[u8] = &[0x88, 0x06];
const JUMP: &[u8] = &[0xFF, 0xE6];

fn page_faults_of_every_kind() {
    let at = |address, error| Outcome::Stopped { vector: PAGE_FAULT, error, address };
    for (code, error) in [(LOAD, USER), (SAVE, USER | STORE), (JUMP, USER | FETCH)] {
        assert_eq!(strike(code, 0), at(0, error));
        assert_eq!(strike(code, PAGE + 7), at(PAGE + 7, error));
    }
    let object = numbered(1, 5);
    for (perms, code, error) in [
        (NONE, LOAD, USER),
        (NONE, SAVE, USER | STORE),
        (NONE, JUMP, USER | FETCH),
        (R, SAVE, USER | STORE),
        (RW, JUMP, USER | FETCH),
    ] {
        let mut address = 0;
        let outcome = strike_in(code, |root| {
            address = root.map(perms | VmOptions::MAP_RANGE, 0, &object, 0, PAGE).unwrap();
            address + 9
        });
        let Outcome::Stopped { vector, error: seen, address: where_it_was } = outcome else {
            panic!("{perms:?} allowed it");
        };
        assert_eq!((vector, seen & !PRESENT, where_it_was), (PAGE_FAULT, error, address + 9));
    }
    count(11);
}

fn loops_of_exceptions() {
    // RSP in the page that the code itself is in, or nowhere: the exception's own frame goes to the kernel's stack all the same.
    for stack in [0, 8, USER_END, 1 << 47, KERNEL_VMAR_BASE, u64::MAX] {
        // mov rsp, rsi; ud2
        let outcome = strike(&[0x48, 0x89, 0xF4, 0x0F, 0x0B], stack);
        assert_eq!(outcome, Outcome::stopped(OPCODE, 0), "{stack:#x}");
        // mov rsp, rsi; xor ecx, ecx; div ecx
        let outcome = strike(&[0x48, 0x89, 0xF4, 0x31, 0xC9, 0xF7, 0xF1], stack);
        assert_eq!(outcome, Outcome::stopped(DIVISION, 0), "{stack:#x}");
    }
    count(12);
}
