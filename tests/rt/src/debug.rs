//! Looks behind the kernel's scenes and disturbs what happens there, if it was booted with `debug-calls=on`.

use crate::zx;
use abi::{Result, Status};

/// Makes a call that writes a number.
fn number(call: impl FnOnce(*mut u64) -> Status) -> Result<u64> {
    let mut number = 0;
    call(&raw mut number).check()?;
    Ok(number)
}

/// Has the kernel check all that it promises itself, and returns how many address spaces there are.
///
/// # Errors
/// Those of `debug_check_invariants`.
pub fn check_invariants() -> Result<u64> {
    // SAFETY: `number` passes the address of a local variable.
    number(|out| unsafe { zx::debug_check_invariants(out) })
}

/// Lets the allocation of this number, of those that the kernel makes for this thread from now on, fail; none if it is 0. Returns how
/// many there were since one was last to fail.
///
/// # Errors
/// Those of `debug_fail_allocation`.
pub fn fail_allocation(ordinal: u64) -> Result<u64> {
    // SAFETY: as above.
    number(|out| unsafe { zx::debug_fail_allocation(ordinal, out) })
}

/// Returns how many handles all processes have.
///
/// # Errors
/// Those of `debug_count_handles`.
pub fn count_handles() -> Result<u64> {
    // SAFETY: as above.
    number(|out| unsafe { zx::debug_count_handles(out) })
}
