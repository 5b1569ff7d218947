//! Copies between the kernel and ring 3's memory.
//!
//! A range is checked to lie in the user half, then copied by one routine in assembly, the only code that touches memory of ring 3.
//! A fault in it that cannot be resolved resumes it at its recovery point, from where it returns the fault's status:
//!
//! ```text
//!   write -> copy_with_smap ---- rep movs ---- page fault --> page_fault::handle --> task::resolve_fault
//!                 ^                                                 |  |
//!                 |                              OK: retry <--------+  |
//!                 +-- recovery: the status in RAX <--------------------+ else
//! ```
//!
//! No lock may be held: resolving a fault takes the locks of the address space and of memory objects.
#![expect(unsafe_code, reason = "memory of ring 3 is reached by raw addresses")]

use core::arch::naked_asm;

use vm::{Result, Status};

use super::vectors::HAS_CLAC;
use core::sync::atomic::Ordering;

/// The first address above the user half (Intel SDM 1 3.3.7.1: 47 bits and the canonical hole).
const USER_END: u64 = 1 << 47;

/// Says whether `address` is in the user half.
pub const fn is_user_address(address: u64) -> bool {
    address < USER_END
}

/// Checks that the `len` bytes from `address` lie in the user half. The empty range at a user address does.
///
/// # Errors
/// [`Status::INVALID_ARGS`]: they do not, or the range wraps.
pub fn check_range(address: u64, len: usize) -> Result<()> {
    let end = address.checked_add(len as u64).ok_or(Status::INVALID_ARGS)?;
    if is_user_address(address) && end <= USER_END { Ok(()) } else { Err(Status::INVALID_ARGS) }
}

/// Copies `destination.len()` bytes from ring 3's address `source`.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: the range is not in the user half.
/// 2. The status of a fault that could not be resolved; part of the bytes may have been copied.
pub fn read(destination: &mut [u8], source: u64) -> Result<()> {
    check_range(source, destination.len())?;
    // SAFETY: the destination is the kernel's own and writable, the source is in the user half, both `len` bytes long.
    unsafe { copy(destination.as_mut_ptr(), source as *const u8, destination.len()) }
}

/// Copies `source` to ring 3's address `destination`.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: the range is not in the user half.
/// 2. The status of a fault that could not be resolved; part of the bytes may have been copied.
pub fn write(destination: u64, source: &[u8]) -> Result<()> {
    check_range(destination, source.len())?;
    // SAFETY: the source is the kernel's own and readable, the destination is in the user half, both `len` bytes long.
    unsafe { copy(destination as *mut u8, source.as_ptr(), source.len()) }
}

/// # Safety
/// One of the two ranges is the kernel's own memory, valid for the access; the other lies in the user half.
unsafe fn copy(destination: *mut u8, source: *const u8, len: usize) -> Result<()> {
    let result = if HAS_CLAC.load(Ordering::Relaxed) {
        // SAFETY: as required of the caller; the processor has STAC and CLAC.
        unsafe { copy_with_smap(destination, source, len) }
    } else {
        // SAFETY: as required of the caller.
        unsafe { copy_plain(destination, source, len) }
    };
    match result {
        0 => Ok(()),
        status => Err(Status::from_raw(status)),
    }
}

/// Returns what the copy routine returns for `status`, as the value of RAX.
pub(super) fn result_of(status: Status) -> u64 {
    i64::from(status.into_raw()).cast_unsigned()
}

/// The instructions of both routines: RDI, RSI, RDX are destination, source and length. Whole words first.
macro_rules! copy_body {
    () => {
        "mov rcx, rdx\n shr rcx, 3\n rep movsq\n mov ecx, edx\n and ecx, 7\n rep movsb\n xor eax, eax"
    };
}

#[unsafe(naked)]
unsafe extern "C" fn copy_with_smap(destination: *mut u8, source: *const u8, len: usize) -> i32 {
    naked_asm!(
        ".global user_copy_smap_recovery",
        "stac",
        copy_body!(),
        "user_copy_smap_recovery:",
        "clac",
        "ret",
    )
}

#[unsafe(naked)]
unsafe extern "C" fn copy_plain(destination: *mut u8, source: *const u8, len: usize) -> i32 {
    naked_asm!(".global user_copy_plain_recovery", copy_body!(), "user_copy_plain_recovery:", "ret",)
}

// SAFETY: labels defined above; only their addresses are used.
unsafe extern "C" {
    safe static user_copy_smap_recovery: [u8; 0];
    safe static user_copy_plain_recovery: [u8; 0];
}

/// Code in which a fault on a user address is answered, not fatal, and where it goes on with the status in RAX.
struct Recovery {
    start: u64,
    resume: u64,
}

fn recoveries() -> [Recovery; 2] {
    let entry = |start: *const (), resume: &'static [u8; 0]| Recovery {
        start: start as u64,
        resume: resume.as_ptr() as u64,
    };
    [
        entry(copy_with_smap as *const (), &user_copy_smap_recovery),
        entry(copy_plain as *const (), &user_copy_plain_recovery),
    ]
}

/// Returns where the code at `rip` goes on after an unresolved fault, if it has a recovery point.
pub(super) fn recovery_of(rip: u64) -> Option<u64> {
    recoveries()
        .iter()
        .find(|entry| (entry.start..entry.resume).contains(&rip))
        .map(|entry| entry.resume)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn ranges_outside_the_user_half_are_refused() {
        let mut buffer = [0; 8];
        for address in [USER_END - 7, USER_END, 1 << 48, 0xffff_8000_0000_0000, u64::MAX - 6] {
            assert_eq!(read(&mut buffer, address), Err(Status::INVALID_ARGS));
            assert_eq!(write(address, &buffer), Err(Status::INVALID_ARGS));
        }
        assert_eq!(check_range(0, 0), Ok(()));
        assert_eq!(check_range(u64::MAX, 0), Err(Status::INVALID_ARGS));
        assert_eq!(check_range(1 << 48, 0), Err(Status::INVALID_ARGS));
        assert_eq!(check_range(u64::MAX - 7, 8), Err(Status::INVALID_ARGS));
    }

    #[test_case]
    fn an_empty_copy_never_faults() {
        assert_eq!(read(&mut [], 0), Ok(()));
        assert_eq!(write(0x1000, &[]), Ok(()));
    }

    #[test_case]
    fn an_unresolved_fault_is_returned() {
        assert!(read(&mut [0; 16], 0x1000).is_err());
        assert!(write(0x1000, &[0; 3]).is_err());
    }

    #[test_case]
    fn access_checks_are_on_again_after_a_failed_copy() {
        assert!(read(&mut [0; 16], 0x1000).is_err());
        let flags = x86_64::registers::rflags::read();
        assert!(!flags.contains(x86_64::registers::rflags::RFlags::ALIGNMENT_CHECK));
    }
}
