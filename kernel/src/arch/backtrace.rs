//! The calls that led to a place, found by following frame pointers.
//!
//! ```text
//!   rbp -> | caller's rbp | return address |     and so on, up the stack, to a zero
//! ```
#![expect(unsafe_code, reason = "a stack is read by raw addresses")]

use super::{tlb, user_copy};

/// More calls than this are not shown.
const DEEPEST: usize = 48;

/// Return addresses, innermost first.
#[derive(Clone, Debug)]
pub struct Backtrace {
    frame_pointer: u64,
    left: usize,
}

impl Backtrace {
    /// Follows the chain that begins at `frame_pointer`.
    pub const fn from(frame_pointer: u64) -> Backtrace {
        Backtrace { frame_pointer, left: DEEPEST }
    }

    /// Follows the chain of whoever calls this.
    #[inline(always)]
    pub fn here() -> Backtrace {
        let frame_pointer: u64;
        // SAFETY: only reads a register.
        unsafe {
            core::arch::asm!("mov {}, rbp", out(reg) frame_pointer, options(nomem, nostack, preserves_flags))
        };
        Backtrace::from(frame_pointer)
    }
}

impl Iterator for Backtrace {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let caller = read(self.frame_pointer)?;
        let address = read(self.frame_pointer.checked_add(8)?)?;
        // A stack grows down, so callers are further up.
        self.frame_pointer = if caller > self.frame_pointer { caller } else { 0 };
        (!user_copy::is_user_address(address)).then_some(address)
    }
}

/// Reads a word of a stack, if it is one: aligned, in the kernel's half and mapped.
fn read(address: u64) -> Option<u64> {
    if user_copy::is_user_address(address) || !address.is_multiple_of(8) {
        return None;
    }
    tlb::translate(address)?;
    // SAFETY: mapped, aligned, and so wholly in one page. Others may change it, which cannot matter more than a wrong report.
    Some(unsafe { (address as *const u64).read_volatile() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::Place;
    use alloc::string::ToString;

    #[inline(never)]
    fn inner() -> Backtrace {
        core::hint::black_box(Backtrace::here())
    }

    #[test_case]
    fn callers_are_found() {
        let mut shown = inner().map(|address| Place(address).to_string());
        assert!(shown.any(|line| line.contains("callers_are_found")));
        assert!(shown.any(|line| line.contains("kernel::boot::proceed")));
    }

    #[test_case]
    fn a_wild_frame_pointer_ends_the_chain() {
        for wild in [0, 8, 0x1000, 1 << 47, 0xffff_ffff_ffff_fff8, 0xffff_8000_0000_0001] {
            assert_eq!(Backtrace::from(wild).next(), None);
        }
    }
}
