//! The first entry of a thread into ring 3.
#![expect(unsafe_code, reason = "changing the ring is assembly")]

use core::arch::naked_asm;

use super::{fpu, gdt, user_copy};

/// The registers that a new thread starts with. All others are 0, and so are SSE registers.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the register of its name")]
pub struct UserRegisters {
    pub rip: u64,
    pub rsp: u64,
    pub rdi: u64,
    pub rsi: u64,
}

/// Leaves the kernel for ring 3 with `registers`, interrupts on. The kernel stack is used from its top again on the next trap.
///
/// An entry address outside the user half becomes 0, whose first fetch is a fault of the program.
pub fn enter_user(registers: &UserRegisters) -> ! {
    let mut registers = *registers;
    if !user_copy::is_user_address(registers.rip) {
        registers.rip = 0;
    }
    fpu::reset();
    // SAFETY: the address is in the user half, so IRETQ cannot fault in ring 0; any stack pointer is ring 3's own affair.
    unsafe { enter(&registers) }
}

/// Interrupt flag, and bit 1, which is always set.
const FLAGS: u64 = 0x202;

/// # Safety
/// `rip` is in the user half.
#[unsafe(naked)]
unsafe extern "C" fn enter(registers: &UserRegisters) -> ! {
    naked_asm!(
        "push {user_data}",
        "push qword ptr [rdi + 8]",
        "push {flags}",
        "push {user_code}",
        "push qword ptr [rdi]",
        "mov rsi, [rdi + 24]",
        "mov rdi, [rdi + 16]",
        "xor eax, eax",
        "xor ebx, ebx",
        "xor ecx, ecx",
        "xor edx, edx",
        "xor ebp, ebp",
        "xor r8d, r8d",
        "xor r9d, r9d",
        "xor r10d, r10d",
        "xor r11d, r11d",
        "xor r12d, r12d",
        "xor r13d, r13d",
        "xor r14d, r14d",
        "xor r15d, r15d",
        "swapgs",
        "iretq",
        user_data = const gdt::USER_DATA.0,
        flags = const FLAGS,
        user_code = const gdt::USER_CODE.0,
    )
}
