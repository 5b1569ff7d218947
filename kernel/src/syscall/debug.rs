//! Calls for tests and debuggers, which only a kernel booted with `debug-calls=on` has, as Zircon's are by `kernel.enable-debugging-syscalls`.

use super::caller::Caller;
use crate::arch::user_copy::is_user_address;
use crate::object::Process;
use crate::user::UserPtr;
use crate::{boot, check, scarcity};
use abi::debug::PageEntry;
use abi::layout::PAGE_SIZE;
use abi::{RawHandle, Result, Rights, Status};

/// Writes to `entry` how the processor translates `address` in a process.
///
/// # Errors
/// 1. [`Status::NOT_SUPPORTED`]: the kernel was booted without `debug-calls=on`.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs INSPECT.
/// 3. [`Status::INVALID_ARGS`]: `address` is not one of ring 3.
/// 4. [`Status::BAD_STATE`]: the process has ended.
/// 5. [`Status::INVALID_ARGS`]: `entry` cannot be written.
pub(super) fn page_entry(
    caller: &Caller,
    process: RawHandle,
    address: u64,
    entry: UserPtr<PageEntry>,
) -> Result<()> {
    check_enabled()?;
    let process = caller.get::<Process>(process, Rights::INSPECT)?;
    if !is_user_address(address) {
        return Err(Status::INVALID_ARGS);
    }
    process.check_alive()?;
    let leaf = process.aspace().leaf_at(address);
    entry.write(leaf.map_or_else(PageEntry::default, |leaf| PageEntry {
        bits: leaf.bits,
        size: leaf.pages.count().saturating_mul(PAGE_SIZE),
    }))
}

/// Checks everything that the kernel promises itself between two calls, and writes to `aspaces` how many address spaces there are.
///
/// # Errors
/// 1. [`Status::NOT_SUPPORTED`]: the kernel was booted without `debug-calls=on`.
/// 2. [`Status::INVALID_ARGS`]: `aspaces` cannot be written.
pub(super) fn check_invariants(aspaces: UserPtr<u64>) -> Result<()> {
    check_enabled()?;
    aspaces.write_unless_null(check::check_invariants())
}

/// Lets the `number`-th allocation for the calling thread from now on fail, none if it is 0; writes to `count` how many there were
/// since one was last to fail.
///
/// # Errors
/// 1. [`Status::NOT_SUPPORTED`]: the kernel was booted without `debug-calls=on`.
/// 2. [`Status::INVALID_ARGS`]: `count` cannot be written. None is to fail then.
pub(super) fn fail_allocation(caller: &Caller, number: u64, count: UserPtr<u64>) -> Result<()> {
    check_enabled()?;
    count.write_unless_null(scarcity::end())?;
    scarcity::begin(caller.thread().koid(), number);
    Ok(())
}

/// Writes to `count` how many handles all processes have.
///
/// # Errors
/// 1. [`Status::NOT_SUPPORTED`]: the kernel was booted without `debug-calls=on`.
/// 2. [`Status::INVALID_ARGS`]: `count` cannot be written.
pub(super) fn count_handles(count: UserPtr<u64>) -> Result<()> {
    check_enabled()?;
    count.write_unless_null(check::count_handles())
}

/// # Errors
/// [`Status::NOT_SUPPORTED`]: the kernel was booted without `debug-calls=on`.
fn check_enabled() -> Result<()> {
    if boot::options().debug_calls { Ok(()) } else { Err(Status::NOT_SUPPORTED) }
}
