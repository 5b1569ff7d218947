//! The clock.

use crate::zx;
use abi::Result;
use abi::object::Time;

/// Returns nanoseconds since boot.
pub fn now() -> Time {
    // SAFETY: the call takes no address.
    unsafe { zx::clock_get_monotonic() }
}

/// Returns the point `nanoseconds` from now.
pub fn after(nanoseconds: Time) -> Time {
    now().saturating_add(nanoseconds)
}

/// Sleeps for `nanoseconds`.
///
/// # Errors
/// Those of `nanosleep`.
pub fn sleep(nanoseconds: Time) -> Result<()> {
    // SAFETY: the call takes no address.
    unsafe { zx::nanosleep(after(nanoseconds)) }.check()
}

/// Lets other threads run.
pub fn yield_now() {
    // SAFETY: the call takes no address.
    let _ = unsafe { zx::thread_legacy_yield(0) };
}
