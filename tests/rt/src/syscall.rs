//! The instruction that enters the kernel.
//!
//! # Source
//! `handles-rights-errors.md` §8.

use abi::Status;
use core::arch::asm;

/// Makes the call `number` with up to eight arguments and returns RAX.
///
/// Next of the walk from ring 3 to the page table: the kernel's SYSCALL entry.
///
/// # Safety
/// Addresses among the arguments must be such that the kernel may read or write there as the call says.
#[inline]
pub unsafe fn raw(number: u64, arguments: [u64; 8]) -> u64 {
    let [a, b, c, d, e, f, g, h] = arguments;
    let result;
    // SAFETY: the operands follow the register convention; the kernel preserves RBX, RBP, RSP and R12 to R15, clears the other
    // argument registers and loses RCX and R11, all declared here. What it does to memory is the caller's promise.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            inlateout("rdi") a => _,
            inlateout("rsi") b => _,
            inlateout("rdx") c => _,
            inlateout("r10") d => _,
            inlateout("r8") e => _,
            inlateout("r9") f => _,
            in("r12") g,
            in("r13") h,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Fills up with zeros to eight arguments.
#[inline]
pub(crate) fn eight<const GIVEN: usize>(given: [u64; GIVEN]) -> [u64; 8] {
    let mut all = [0; 8];
    for (place, value) in all.iter_mut().zip(given) {
        *place = value;
    }
    all
}

/// A type that travels in a register.
pub(crate) trait Register {
    /// Returns the register's contents.
    fn to_register(self) -> u64;
}

impl Register for u64 {
    fn to_register(self) -> u64 {
        self
    }
}

impl Register for u32 {
    fn to_register(self) -> u64 {
        u64::from(self)
    }
}

impl Register for i32 {
    fn to_register(self) -> u64 {
        i64::from(self).cast_unsigned()
    }
}

impl Register for i64 {
    fn to_register(self) -> u64 {
        self.cast_unsigned()
    }
}

impl<T> Register for *const T {
    fn to_register(self) -> u64 {
        self.expose_provenance() as u64
    }
}

impl<T> Register for *mut T {
    fn to_register(self) -> u64 {
        self.expose_provenance() as u64
    }
}

/// A type that a call returns in RAX.
pub(crate) trait Returned {
    /// Reads it out of the register.
    fn from_register(register: u64) -> Self;
}

impl Returned for u64 {
    fn from_register(register: u64) -> Self {
        register
    }
}

impl Returned for i64 {
    fn from_register(register: u64) -> Self {
        register.cast_signed()
    }
}

impl Returned for Status {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a status is the low half of the register, sign-extended"
    )]
    fn from_register(register: u64) -> Self {
        Self((register as u32).cast_signed())
    }
}
