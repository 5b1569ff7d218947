//! Threads on processors: who runs, who waits, and what happens when a program goes wrong.
//!
//! | module | what it does |
//! |---|---|
//! | `execution` | what is kept of each thread: stack, saved registers, why it waits |
//! | `queue` | ready threads in turn, sleeping ones by deadline |
//! | `cpu` | who runs on each CPU; the switch from one to another |
//! | `wait` | blocking and waking |
//! | `exception` | what happens to a thread that had an exception |
//! | `handling` | offering it to those who may handle it; what debuggers are told |
//! | `init`, `image`, `start_message` | the first program |
//!
//! # A thread's way
//!
//! ```text
//!                    make_ready           switch_to
//!   Thread::create ────────────> queue ────────────────> running ── leave ──> settle frees the stack
//!                                  ^ yield_now <───────── │
//!                                  └── wake <── waiting <─┘ block
//! ```
//!
//! The kernel has interrupts off and is never preempted: threads change only where the code says so, in [`block`], [`checkpoint`],
//! [`let_others_run`] and [`return_to_user_check`]. A thread that is to end is never torn off its kernel stack: it is marked, woken if it waits, and
//! leaves by itself when it next returns to ring 3, with nothing on its stack.
//!
//! Ready threads take turns, one timer tick each. Waking and queueing take no memory and never fail.

mod cpu;
mod exception;
mod execution;
mod handling;
mod image;
mod init;
mod queue;
mod start_message;
mod wait;

pub use exception::{on_user_exception, on_user_page_fault};
pub use init::start_init;

pub(crate) use cpu::{Running, current, running};
pub(crate) use execution::Execution;
pub(crate) use init::process_ended;
pub(crate) use queue::{Deadline, make_ready};
pub(crate) use wait::{Wake, block, interrupt, prepare_to_block, stop_preparing, wake};

use crate::arch::clock;
use crate::memory::memory;
use crate::object::Thread;
use abi::object::Time;
use abi::{Result, Status};
use execution::Attention;
use vm::{Access, Aspace, Ref};

/// Returns nanoseconds since boot.
pub(crate) fn now() -> Time {
    Time::try_from(clock::now_ns()).unwrap_or(Time::MAX)
}

/// Returns how many nanoseconds after boot the processor's time stamp was `ticks`: not 0, unless `ticks` is.
pub(crate) fn time_of(ticks: u64) -> Time {
    let is_known = ticks != 0;
    Time::try_from(clock::ns(ticks)).unwrap_or(Time::MAX).max(is_known.into())
}

/// Returns nanoseconds since boot, if that takes no waiting.
fn try_now() -> Option<Time> {
    clock::try_now_ns().map(|ns| Time::try_from(ns).unwrap_or(Time::MAX))
}

/// Says whether the deadline has passed.
pub(crate) fn has_passed(deadline: Time) -> bool {
    deadline <= now()
}

/// Resolves a page fault at `address` in the address space of the running thread.
///
/// Next on the way from a fault: [`Aspace::fault`](vm::Aspace::fault).
///
/// # Errors
/// 1. [`Status::NOT_FOUND`]: no thread runs.
/// 2. Those of [`Aspace::fault`](vm::Aspace::fault), but that a missing page is waited for.
/// 3. Those of [`Missing::provide`](vm::Missing::provide).
#[inline]
pub fn resolve_fault(address: u64, access: Access) -> Result<()> {
    let thread = running().ok_or(Status::NOT_FOUND)?;
    let aspace = thread.process().aspace();
    let shortages = memory().shortages();
    match aspace.fault(address, access) {
        Err(Status::SHOULD_WAIT) => resolve_patiently(aspace, address, access),
        Err(Status::NO_MEMORY) if memory().relieve(shortages) => {
            resolve_patiently(aspace, address, access)
        }
        outcome => outcome,
    }
}

/// Resolves a page fault, as [`resolve_fault`] does, as often as it takes: until its page was provided, or memory taken back.
#[cold]
fn resolve_patiently(aspace: &Aspace, address: u64, access: Access) -> Result<()> {
    loop {
        match memory().with_reclaim(|| aspace.fault(address, access)) {
            Err(Status::SHOULD_WAIT) => {}
            outcome => return outcome,
        }
        // Since no lock is held, the page may have come or the mapping gone; then there is nothing to wait for.
        if let Some(missing) = aspace.missing(address, access) {
            missing.provide()?;
        }
    }
}

/// Handles a tick of the timer: wakes who slept long enough, and ends the turn of the running thread if another is ready.
pub fn on_timer() {
    wait::wake_sleepers();
    if queue::has_ready()
        && let Some(thread) = running()
    {
        thread.execution().alert(Attention::RESCHEDULE);
    }
}

/// Does what has come up for the running thread, before it returns to ring 3.
///
/// Does not return if the thread is to end.
#[inline]
pub fn return_to_user_check() {
    if !cpu::current_attention().is_empty() {
        attend();
    }
}

/// Does what the running thread has to look at, until there is nothing.
#[cold]
fn attend() {
    while let Some(thread) = running() {
        let attention = thread.execution().attention();
        if attention.is_empty() {
            return;
        }
        if attention.intersects(Attention::KILLED.union(Attention::LEAVES)) {
            handling::announce_end();
            cpu::leave();
        }
        thread.execution().calm(Attention::RESCHEDULE);
        cpu::yield_now();
    }
}

/// Does what comes before the running thread enters ring 3 for the first time. It may be ended before it has run at all.
fn prepare_first_entry() {
    return_to_user_check();
    handling::announce_start();
    return_to_user_check();
}

/// Lets other threads run in the middle of a long call.
///
/// # Errors
/// [`Status::CANCELED`]: the calling thread is to end, so the call may as well.
pub(crate) fn checkpoint() -> Result<()> {
    let_others_run();
    if cpu::current_attention().contains(Attention::KILLED) {
        return Err(Status::CANCELED);
    }
    Ok(())
}

/// Lets other threads run in the middle of what has to be done whoever is to end.
pub(crate) fn let_others_run() {
    wait::wake_sleepers();
    cpu::yield_now();
}

/// Lets every thread that is ready run before the calling one goes on.
pub(crate) fn yield_now() {
    cpu::yield_now();
}

/// Makes `thread`, the calling one, go no further than to its next return to ring 3.
pub(crate) fn end_thread(thread: &Ref<Thread>) {
    thread.execution().alert(Attention::LEAVES);
}
