//! The system-call entry.
//!
//! The number is in RAX, arguments 1 to 8 in RDI, RSI, RDX, R10, R8, R9, R12, R13, the result in RAX. The instruction leaves the
//! return address in RCX and the flags in R11. RBX, RBP, RSP and R12 to R15 are kept, which Rust does for all but RSP; the other
//! registers are cleared, so that nothing of the kernel leaks. SSE registers are not touched: the kernel has no code that uses them.
//!
//! ```text
//!   kernel stack    top -> | RSP | RFLAGS | RIP | (pad) | arg 8 ... arg 1 |
//!                                                       what dispatch gets ^
//! ```
//!
//! # Hostile callers
//!
//! * Flags: [`MASK`] clears every flag that matters to the kernel, TF, NT, AC and DF among them; only [`RETURNED`] ones go back. The
//!   processor tests TF after the instruction, so single-stepping stops at the entry and goes on behind the call.
//! * RSP is never used before the stack is changed, and goes back as it came.
//! * The return address cannot be non-canonical, as no mapping reaches the last page below 2^47. It is checked all the same, since
//!   SYSRET to such an address would fault in ring 0 on ring 3's stack (faults.md §7).
#![expect(
    unsafe_code,
    reason = "the entry is assembly, and its address goes to a register of the processor"
)]

use core::arch::naked_asm;

use x86_64::VirtAddr;
use x86_64::registers::model_specific::{Efer, EferFlags, LStar, SFMask, Star};
use x86_64::registers::rflags::RFlags;

use super::{cpu, gdt};
use crate::{syscall, task};

/// The flags that the entry starts without: all.
const MASK: RFlags = RFlags::all();

/// The flags that go back to ring 3: what arithmetic leaves, and what a program may set for itself. Not NT, which would make its next IRET
/// fault, nor IOPL, VM or RF, which no program may choose (faults.md §7).
const RETURNED: RFlags = RFlags::CARRY_FLAG
    .union(RFlags::PARITY_FLAG)
    .union(RFlags::AUXILIARY_CARRY_FLAG)
    .union(RFlags::ZERO_FLAG)
    .union(RFlags::SIGN_FLAG)
    .union(RFlags::TRAP_FLAG)
    .union(RFlags::INTERRUPT_FLAG)
    .union(RFlags::DIRECTION_FLAG)
    .union(RFlags::OVERFLOW_FLAG)
    .union(RFlags::ALIGNMENT_CHECK)
    .union(RFlags::ID);

/// Tells this CPU where system calls go.
pub fn init() {
    let selectors = Star::write(gdt::USER_CODE, gdt::USER_DATA, gdt::KERNEL_CODE, gdt::KERNEL_DATA);
    debug_assert!(selectors.is_ok(), "the segments are not in SYSRET's order");
    LStar::write(VirtAddr::from_ptr(entry as *const ()));
    SFMask::write(MASK);
    // SAFETY: the entry, the selectors and the flag mask are set.
    unsafe { Efer::update(|flags| flags.insert(EferFlags::SYSTEM_CALL_EXTENSIONS)) };
}

/// Where SYSCALL goes, with interrupts off and everything else still ring 3's.
///
/// Next on the way from ring 3: [`on_syscall`].
#[unsafe(naked)]
unsafe extern "C" fn entry() {
    naked_asm!(
        "swapgs",
        "mov gs:[{user_stack}], rsp",
        "mov rsp, gs:[{kernel_stack}]",
        "push qword ptr gs:[{user_stack}]",
        "push r11",
        "push rcx",
        "push rcx",
        "push r13",
        "push r12",
        "push r9",
        "push r8",
        "push r10",
        "push rdx",
        "push rsi",
        "push rdi",
        "mov rdi, rax",
        "mov rsi, rsp",
        "call {on_syscall}",
        "add rsp, 9 * 8",
        "pop rcx",
        "pop r11",
        "and r11d, {returned}",
        // A return address in the user half leaves RDX zero; one above it must not reach SYSRET.
        "mov rdx, rcx",
        "shr rdx, 47",
        "jnz {bad_return}",
        "xor edi, edi",
        "xor esi, esi",
        "xor r8d, r8d",
        "xor r9d, r9d",
        "xor r10d, r10d",
        "pop rsp",
        "swapgs",
        "sysretq",
        user_stack = const cpu::USER_STACK,
        kernel_stack = const cpu::KERNEL_STACK,
        returned = const RETURNED.bits(),
        on_syscall = sym on_syscall,
        bad_return = sym return_to_nowhere,
    )
}

/// Returns to ring 3 at address 0, which is never mapped: reached with the flags in R11 and ring 3's stack pointer on the stack.
#[unsafe(naked)]
unsafe extern "C" fn return_to_nowhere() {
    naked_asm!(
        "pop rdx",
        "push {user_data}",
        "push rdx",
        "push r11",
        "push {user_code}",
        "push 0",
        "xor ecx, ecx",
        "xor edx, edx",
        "xor edi, edi",
        "xor esi, esi",
        "xor r8d, r8d",
        "xor r9d, r9d",
        "xor r10d, r10d",
        "xor r11d, r11d",
        "swapgs",
        "iretq",
        user_data = const gdt::USER_DATA.0,
        user_code = const gdt::USER_CODE.0,
    )
}

/// Carries out call `number` and, before ring 3 goes on, whatever has come up for the thread meanwhile.
///
/// Next on the way from ring 3: [`syscall::dispatch`].
extern "C" fn on_syscall(number: u64, arguments: &[u64; 8]) -> i64 {
    let result = syscall::dispatch(number, arguments);
    task::return_to_user_check();
    result
}
