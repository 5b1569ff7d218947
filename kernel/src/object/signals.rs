//! Signals of objects, and the threads that wait for them.

use super::{Thread, try_push};
use crate::task::{self, Wake};
use abi::object::Time;
use abi::{RawHandle, Result, Signals, Status};
use alloc::vec::Vec;
use spin::Mutex;
use vm::Ref;

/// The signals of one object, and who waits for them.
pub(crate) struct SignalState(Mutex<State>);

struct State {
    active: Signals,
    waiters: Vec<Waiter>,
}

/// A thread that waits until any of `mask` is active, through `handle` of its process.
struct Waiter {
    thread: Ref<Thread>,
    mask: Signals,
    handle: RawHandle,
}

impl SignalState {
    /// Makes signals of which `active` are raised.
    pub(crate) const fn new(active: Signals) -> Self {
        Self(Mutex::new(State {
            active,
            waiters: Vec::new(),
        }))
    }

    /// Returns the raised signals.
    pub(crate) fn active(&self) -> Signals {
        self.0.lock().active
    }

    /// Lowers `clear`, then raises `set`, and wakes every thread that waited for one of the raised signals.
    pub(crate) fn update(&self, clear: Signals, set: Signals) {
        let mut state = self.0.lock();
        state.active = state.active.difference(clear).union(set);
        let active = state.active;
        state.wake(
            |waiter| waiter.mask.intersects(active),
            Wake::Signaled(active),
        );
    }

    /// Wakes the threads of process `process` that wait through `handle`, which is being closed.
    pub(crate) fn cancel(&self, process: abi::Koid, handle: RawHandle) {
        let mut state = self.0.lock();
        let canceled = Wake::Canceled(state.active.union(Signals::HANDLE_CLOSED));
        state.wake(
            |waiter| waiter.handle == handle && waiter.thread.process().koid() == process,
            canceled,
        );
    }

    /// Blocks `thread`, which is the calling one, until one of `mask` is raised; returns what is raised then.
    ///
    /// The second value is the outcome: OK; [`Status::TIMED_OUT`]: the deadline passed; [`Status::CANCELED`]: `handle` was closed, or the
    /// thread is being killed.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: the wait was not begun.
    pub(crate) fn wait(
        &self,
        thread: &Ref<Thread>,
        mask: Signals,
        deadline: Time,
        handle: RawHandle,
    ) -> Result<(Signals, Status)> {
        let mut state = self.0.lock();
        if state.active.intersects(mask) {
            return Ok((state.active, Status::OK));
        }
        if task::has_passed(deadline) {
            return Ok((state.active, Status::TIMED_OUT));
        }
        let waiter = Waiter {
            thread: thread.clone(),
            mask,
            handle,
        };
        try_push(&mut state.waiters, waiter)?;
        task::prepare_to_block(thread);
        drop(state);

        match task::block(thread, deadline) {
            Wake::Signaled(active) => Ok((active, Status::OK)),
            Wake::Canceled(active) => Ok((active, Status::CANCELED)),
            Wake::TimedOut => Ok((self.forget(thread), Status::TIMED_OUT)),
            Wake::Killed => Ok((self.forget(thread), Status::CANCELED)),
        }
    }

    /// Removes `thread` from the waiters; returns the raised signals.
    fn forget(&self, thread: &Ref<Thread>) -> Signals {
        let mut state = self.0.lock();
        state
            .waiters
            .retain(|waiter| !Ref::ptr_eq(&waiter.thread, thread));
        state.active
    }
}

impl State {
    /// Wakes and removes the waiters that `chosen` names.
    fn wake(&mut self, chosen: impl Fn(&Waiter) -> bool, why: Wake) {
        self.waiters.retain(|waiter| {
            let wakes = chosen(waiter);
            if wakes {
                task::wake(&waiter.thread, why);
            }
            !wakes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn update_lowers_then_raises() {
        let signals = SignalState::new(Signals::CHANNEL_WRITABLE);
        signals.update(Signals::CHANNEL_WRITABLE, Signals::CHANNEL_PEER_CLOSED);
        assert_eq!(signals.active(), Signals::CHANNEL_PEER_CLOSED);
        signals.update(Signals::CHANNEL_READABLE, Signals::CHANNEL_READABLE);
        assert_eq!(
            signals.active(),
            Signals::CHANNEL_PEER_CLOSED | Signals::CHANNEL_READABLE
        );
    }
}
