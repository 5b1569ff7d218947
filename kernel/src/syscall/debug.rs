//! Calls for tests and debuggers, which only a kernel booted with `debug-calls=on` has, as Zircon's are by `kernel.enable-debugging-syscalls`.

use super::caller::Caller;
use crate::arch::user_copy::is_user_address;
use crate::boot;
use crate::object::Process;
use crate::user::UserPtr;
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
    if !boot::options().debug_calls {
        return Err(Status::NOT_SUPPORTED);
    }
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
