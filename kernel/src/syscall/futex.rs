//! Calls on futexes. Threads run in turn whoever owns a futex; its owner is only told.
//!
//! # Source
//! Zircon `futex_wait`, `futex_wake`, `futex_requeue`, those with `_single_owner`, and `futex_get_owner`.

use super::caller::Caller;
use crate::arch::user_copy::check_range;
use crate::object::{Owner, Thread};
use crate::user::UserPtr;
use abi::info::THREAD_STATE_NEW;
use abi::object::{INVALID_HANDLE, Time};
use abi::{Koid, RawHandle, Result, Rights, Status};
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
///    thread, one of another process, one that was not started, or one that sleeps on the word itself.
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
        check_owner(caller, owner, &[expected.address], true)
    };
    let futexes = caller.process().futexes();
    futexes.wait(caller.thread(), expected.address, deadline, check)
}

/// Wakes the first `count` threads that sleep on the word at `address`, which nobody owns then.
///
/// # Errors
/// [`Status::INVALID_ARGS`]: the address is 0, unaligned or not in the user half.
pub(super) fn wake(caller: &Caller, address: u64, count: u32) -> Result<()> {
    check_address(address)?;
    caller.process().futexes().wake(address, count, Owner::Nobody);
    Ok(())
}

/// Wakes the first thread that sleeps on the word at `address`, which that thread owns then.
///
/// # Errors
/// Those of [`wake`].
pub(super) fn wake_single_owner(caller: &Caller, address: u64) -> Result<()> {
    check_address(address)?;
    caller.process().futexes().wake(address, 1, Owner::Woken);
    Ok(())
}

/// Writes the koid of the thread that owns the word at `address`, or 0 if nobody does or nobody sleeps on it.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: the address is 0, unaligned or not in the user half.
/// 2. [`Status::INVALID_ARGS`]: the koid cannot be written.
pub(super) fn get_owner(caller: &Caller, address: u64, out: UserPtr<Koid>) -> Result<()> {
    check_address(address)?;
    out.write(caller.process().futexes().owner(address))
}

/// Where `futex_requeue` lets threads sleep.
pub(super) struct Target {
    /// Where the other word is.
    pub(super) address: u64,
    /// How many sleep on it from now on, at most.
    pub(super) count: u32,
    /// Who owns it.
    pub(super) owner: RawHandle,
}

/// Wakes the first `wake_count` threads that sleep on a word, which nobody owns then, if it has the expected value, and lets the next
/// sleep on another.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: an address is 0, unaligned or not in the user half, or they are the same.
/// 2. [`Status::INVALID_ARGS`]: the word cannot be read. [`Status::BAD_STATE`]: it has another value.
/// 3. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::INVALID_ARGS`]: the owner, as for [`wait`], who may be the calling thread
///    but sleep on neither word.
pub(super) fn requeue(
    caller: &Caller,
    expected: &Expected,
    wake_count: u32,
    to: &Target,
) -> Result<()> {
    wake_and_move(caller, expected, (wake_count, Owner::Nobody), to)
}

/// Wakes the first thread that sleeps on a word, which that thread owns then, if it has the expected value, and lets the next sleep on
/// another.
///
/// # Errors
/// Those of [`requeue`].
pub(super) fn requeue_single_owner(
    caller: &Caller,
    expected: &Expected,
    to: &Target,
) -> Result<()> {
    wake_and_move(caller, expected, (1, Owner::Woken), to)
}

fn wake_and_move(
    caller: &Caller,
    expected: &Expected,
    (wake_count, woken): (u32, Owner),
    to: &Target,
) -> Result<()> {
    check_address(expected.address)?;
    check_address(to.address)?;
    if expected.address == to.address {
        return Err(Status::INVALID_ARGS);
    }
    expected.check()?;
    let owner = check_owner(caller, to.owner, &[expected.address, to.address], false)?;
    let from = (expected.address, wake_count, woken);
    caller.process().futexes().requeue(from, (to.address, to.count, owner.as_ref()));
    Ok(())
}

fn check_address(address: u64) -> Result<()> {
    if address == 0 || !address.is_multiple_of(SIZE as u64) {
        return Err(Status::INVALID_ARGS);
    }
    check_range(address, SIZE)
}

/// Returns the thread that a handle names, if it is not 0, which must be able to own the words at `addresses`.
fn check_owner(
    caller: &Caller,
    owner: RawHandle,
    addresses: &[u64],
    is_sleeper: bool,
) -> Result<Option<Ref<Thread>>> {
    if owner == INVALID_HANDLE {
        return Ok(None);
    }
    let owner = caller.get::<Thread>(owner, Rights::empty())?;
    let is_caller = Ref::ptr_eq(&owner, caller.thread());
    let is_foreign = !Ref::ptr_eq(owner.process(), caller.process());
    let is_new = owner.state() == THREAD_STATE_NEW;
    // The calling thread is on the list already when it is about to sleep, so this covers it too.
    let futexes = caller.process().futexes();
    let sleeps = addresses.iter().any(|address| futexes.is_waiting(&owner, *address));
    if is_foreign || is_new || sleeps || (is_caller && is_sleeper) {
        return Err(Status::INVALID_ARGS);
    }
    Ok(Some(owner))
}
