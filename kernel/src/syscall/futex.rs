//! Calls on futexes. Threads run in turn whoever owns a futex, so an owner is checked and not remembered.
//!
//! # Source
//! Zircon `futex_wait`, `futex_wake` and `futex_requeue`.

use super::caller::Caller;
use crate::arch::user_copy::check_range;
use crate::object::Thread;
use crate::user::UserPtr;
use abi::object::{INVALID_HANDLE, Time};
use abi::{RawHandle, Result, Rights, Status};
use vm::Ref;

/// Bytes of a futex, and its alignment.
const SIZE: usize = size_of::<u32>();

/// A word, where a program alleges to have one, and the value it is to have.
pub(super) struct Expected {
    /// Where it is.
    pub(super) address: u64,
    /// Its value.
    pub(super) value: u32,
}

impl Expected {
    /// Checks that the word has the value.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: it cannot be read. [`Status::BAD_STATE`]: it has another value.
    fn check(&self) -> Result<()> {
        if UserPtr::<u32>::new(self.address).read()? == self.value {
            Ok(())
        } else {
            Err(Status::BAD_STATE)
        }
    }
}

/// Sleeps until another thread of the process wakes this one through the word, if that has the expected value.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: the address is 0, unaligned or not in the user half.
/// 2. [`Status::NO_MEMORY`].
/// 3. [`Status::INVALID_ARGS`]: the word cannot be read. [`Status::BAD_STATE`]: it has another value.
/// 4. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`]: the owner is neither 0 nor a thread. [`Status::INVALID_ARGS`]: it is the calling
///    thread, one of another process, or one that sleeps on the word itself.
/// 5. [`Status::TIMED_OUT`]: the deadline passed.
pub(super) fn wait(
    caller: &Caller,
    expected: &Expected,
    owner: RawHandle,
    deadline: Time,
) -> Result<()> {
    check_address(expected.address)?;
    let check = || {
        expected.check()?;
        check_owner(caller, owner, expected.address, true)
    };
    let futexes = caller.process().futexes();
    futexes.wait(caller.thread(), expected.address, deadline, check)
}

/// Wakes the first `count` threads that sleep on the word at `address`. Nobody may own it then.
///
/// # Errors
/// [`Status::INVALID_ARGS`]: the address is 0, unaligned or not in the user half.
pub(super) fn wake(caller: &Caller, address: u64, count: u32) -> Result<()> {
    check_address(address)?;
    caller.process().futexes().wake(address, count);
    Ok(())
}

/// Which threads `futex_requeue` lets sleep elsewhere.
pub(super) struct Requeue {
    /// How many are woken before.
    pub(super) wake_count: u32,
    /// Where the other word is.
    pub(super) address: u64,
    /// How many sleep on it from now on, at most.
    pub(super) count: u32,
    /// Who owns it.
    pub(super) owner: RawHandle,
}

/// Wakes the first threads that sleep on a word, if it has the expected value, and lets the next sleep on another.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: an address is 0, unaligned or not in the user half, or they are the same.
/// 2. [`Status::INVALID_ARGS`]: the word cannot be read. [`Status::BAD_STATE`]: it has another value.
/// 3. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::INVALID_ARGS`]: the owner, as for [`wait`], who may be the calling thread
///    but sleep on neither word.
pub(super) fn requeue(caller: &Caller, expected: &Expected, to: &Requeue) -> Result<()> {
    check_address(expected.address)?;
    check_address(to.address)?;
    if expected.address == to.address {
        return Err(Status::INVALID_ARGS);
    }
    expected.check()?;
    check_owner(caller, to.owner, expected.address, false)?;
    check_owner(caller, to.owner, to.address, false)?;
    let futexes = caller.process().futexes();
    futexes.requeue(expected.address, to.wake_count, to.address, to.count);
    Ok(())
}

fn check_address(address: u64) -> Result<()> {
    if address == 0 || !address.is_multiple_of(SIZE as u64) {
        return Err(Status::INVALID_ARGS);
    }
    check_range(address, SIZE)
}

/// Checks that the handle is 0 or names a thread that can own the word at `address`.
fn check_owner(caller: &Caller, owner: RawHandle, address: u64, is_sleeper: bool) -> Result<()> {
    if owner == INVALID_HANDLE {
        return Ok(());
    }
    let owner = caller.get::<Thread>(owner, Rights::empty())?;
    let is_caller = Ref::ptr_eq(&owner, caller.thread());
    let is_foreign = !Ref::ptr_eq(owner.process(), caller.process());
    // The calling thread is on the list already when it is about to sleep, so this covers it too.
    let sleeps = caller.process().futexes().is_waiting(&owner, address);
    if is_foreign || sleeps || (is_caller && is_sleeper) {
        return Err(Status::INVALID_ARGS);
    }
    Ok(())
}
