//! Futexes: words that threads of this process sleep on.

use crate::zx;
use abi::object::{INVALID_HANDLE, Time};
use abi::{Koid, Result};
use core::sync::atomic::AtomicI32;

/// Sleeps until woken or the deadline, in nanoseconds since boot, if `word` is `expected`.
///
/// # Errors
/// Those of `futex_wait`: [`BAD_STATE`](abi::Status::BAD_STATE) if `word` has another value.
pub fn wait(word: &AtomicI32, expected: i32, deadline: Time) -> Result<()> {
    // SAFETY: the word is valid for reads.
    unsafe { zx::futex_wait(word.as_ptr(), expected, INVALID_HANDLE, deadline) }.check()
}

/// Wakes up to `count` threads that sleep on `word`.
///
/// # Errors
/// Those of `futex_wake`.
pub fn wake(word: &AtomicI32, count: u32) -> Result<()> {
    // SAFETY: the call only compares the address.
    unsafe { zx::futex_wake(word.as_ptr(), count) }.check()
}

/// Wakes up to `wake_count` threads that sleep on `word`, if it is `expected`, and lets up to `count` others sleep on `to`.
///
/// # Errors
/// Those of `futex_requeue`.
pub fn requeue(
    word: &AtomicI32,
    wake_count: u32,
    expected: i32,
    to: &AtomicI32,
    count: u32,
) -> Result<()> {
    // SAFETY: the word is valid for reads.
    unsafe {
        zx::futex_requeue(word.as_ptr(), wake_count, expected, to.as_ptr(), count, INVALID_HANDLE)
    }
    .check()
}

/// Returns the koid of the thread that owns `word`, or 0.
///
/// # Errors
/// Those of `futex_get_owner`.
pub fn owner(word: &AtomicI32) -> Result<Koid> {
    let mut koid = 0;
    // SAFETY: the call only compares the address of the word.
    unsafe { zx::futex_get_owner(word.as_ptr(), &raw mut koid) }.check()?;
    Ok(koid)
}

/// Wakes a thread that sleeps on `word`, which it owns then.
///
/// # Errors
/// Those of `futex_wake_single_owner`.
pub fn wake_single_owner(word: &AtomicI32) -> Result<()> {
    // SAFETY: the call only compares the address.
    unsafe { zx::futex_wake_single_owner(word.as_ptr()) }.check()
}
