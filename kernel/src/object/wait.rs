//! Waiting of a thread for signals of one or of several objects.
//!
//! The thread puts itself on the list of each object, sleeps if none of the signals is raised, and takes itself off every list
//! again, whatever has ended the wait. Each list keeps what was active when its signal came, so a signal that is lowered again
//! at once still ends the wait.

use super::{Object, SignalState, Source, Thread};
use crate::task::{self, Wake};
use abi::info::BlockedOn;
use abi::object::Time;
use abi::{Result, Signals, Status};
use vm::Ref;

/// An object that is waited for.
pub(crate) struct Awaited {
    object: Object,
    mask: Signals,
    source: Source,
    /// What was raised when the wait ended; also HANDLE_CLOSED, if the handle was closed.
    pub(crate) observed: Signals,
}

impl Awaited {
    /// Names the object that is to be waited for through `source` until any of `mask` is raised.
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: it has no signals.
    /// 2. [`Status::NO_MEMORY`].
    pub(crate) fn new(object: Object, mask: Signals, source: Source) -> Result<Self> {
        object.waitable()?;
        Ok(Self { object, mask, source, observed: Signals::empty() })
    }
}

/// Blocks `thread`, which is the calling one, until one of `all` is as it is waited for; each says what is raised then.
///
/// Returns the outcome: OK; [`Status::TIMED_OUT`]: the deadline passed; [`Status::CANCELED`]: one of the handles was closed, or the
/// thread is being killed.
///
/// # Errors
/// [`Status::NO_MEMORY`]: the wait was not begun.
pub(crate) fn wait_for_any(
    thread: &Ref<Thread>,
    all: &mut [Awaited],
    on: BlockedOn,
    deadline: Time,
) -> Result<Status> {
    if let Some(outcome) = look(all, deadline) {
        return Ok(outcome);
    }
    task::prepare_to_block(thread);
    let (enlisted, begun) = enlist(thread, all);
    let why = match begun {
        Ok(false) => task::block(thread, on, deadline),
        _ => {
            task::stop_preparing(thread);
            Wake::TimedOut
        }
    };
    let (mut is_ready, mut is_canceled) = (false, why == Wake::Killed);
    for awaited in all.iter_mut().take(enlisted) {
        if let Some(signals) = awaited.object.signals() {
            let (observed, has_ended) = signals.withdraw(thread, awaited.source);
            awaited.observed = observed;
            is_ready |= has_ended;
            is_canceled |= observed.contains(Signals::HANDLE_CLOSED);
        }
    }
    begun?;
    Ok(match (is_canceled, is_ready) {
        (true, _) => Status::CANCELED,
        (false, true) => Status::OK,
        (false, false) => Status::TIMED_OUT,
    })
}

/// Looks at what is raised; returns the outcome if there is no need to sleep.
fn look(all: &mut [Awaited], deadline: Time) -> Option<Status> {
    let mut is_ready = false;
    for awaited in all.iter_mut() {
        let signals = awaited.object.signals();
        awaited.observed = signals.map_or(Signals::empty(), SignalState::active);
        is_ready |= awaited.observed.intersects(awaited.mask);
    }
    match is_ready {
        true => Some(Status::OK),
        false => task::has_passed(deadline).then_some(Status::TIMED_OUT),
    }
}

/// Puts the thread on the lists; returns on how many, and whether one of the waits is over already.
fn enlist(thread: &Ref<Thread>, all: &[Awaited]) -> (usize, Result<bool>) {
    let mut is_over = false;
    for (index, awaited) in all.iter().enumerate() {
        let Some(signals) = awaited.object.signals() else {
            return (index, Err(Status::NOT_SUPPORTED));
        };
        match signals.enlist(thread, awaited.mask, awaited.source) {
            Ok(ended) => is_over |= ended,
            Err(status) => return (index, Err(status)),
        }
    }
    (all.len(), Ok(is_over))
}
