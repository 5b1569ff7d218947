//! Signals of objects, and who waits for them: threads, and ports that were promised a packet.

use super::{Port, Promise, Thread, try_push};
use crate::task::{self, Wake};
use abi::{Koid, RawHandle, Result, Signals, Status};
use alloc::vec::Vec;
use spin::Mutex;
use vm::Ref;

/// Most waits for the signals of one object: every change of them looks at all.
const MAX_OBSERVERS: usize = 1 << 16;

/// The signals of one object, and who waits for them.
pub(crate) struct SignalState(Mutex<State>);

struct State {
    active: Signals,
    observers: Vec<Observer>,
}

/// Which handle of which process a wait goes through: closing it ends the wait.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    /// The process.
    pub(crate) process: Koid,
    /// The handle's value there.
    pub(crate) handle: RawHandle,
}

/// Somebody who waits until any of `mask` is active.
struct Observer {
    mask: Signals,
    source: Source,
    who: Who,
}

enum Who {
    /// A thread, which takes itself off the list; `outcome` is what was active when its wait ended.
    Thread { thread: Ref<Thread>, outcome: Option<Signals> },
    /// A port.
    Port(Promise),
}

impl SignalState {
    /// Makes signals of which `active` are raised.
    pub(crate) const fn new(active: Signals) -> Self {
        Self(Mutex::new(State { active, observers: Vec::new() }))
    }

    /// Returns the raised signals.
    pub(crate) fn active(&self) -> Signals {
        self.0.lock().active
    }

    /// Lowers `clear`, then raises `set`, and tells everybody who waits for one of the raised signals.
    pub(crate) fn update(&self, clear: Signals, set: Signals) {
        let mut state = self.0.lock();
        let before = state.active;
        let active = before.difference(clear).union(set);
        state.active = active;
        let raised = active.difference(before);
        state.observers.retain_mut(|observer| observer.stays_after(active, raised));
        state.tidy();
    }

    /// Ends the waits that go through `source`, which is being closed.
    pub(crate) fn cancel(&self, source: Source) {
        let mut state = self.0.lock();
        let closed = state.active.union(Signals::HANDLE_CLOSED);
        state.observers.retain_mut(|observer| {
            if observer.source != source {
                return true;
            }
            observer.end(closed)
        });
        state.tidy();
    }

    /// Makes `thread`, which is the calling one and prepares to block, one of those who wait; says whether its wait is over already.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: it waits for nothing.
    pub(super) fn enlist(
        &self,
        thread: &Ref<Thread>,
        mask: Signals,
        source: Source,
    ) -> Result<bool> {
        let mut state = self.0.lock();
        let outcome = Some(state.active).filter(|active| active.intersects(mask));
        let who = Who::Thread { thread: thread.clone(), outcome };
        state.add(Observer { mask, source, who })?;
        Ok(outcome.is_some())
    }

    /// Undoes the first [`enlist`](Self::enlist) of `thread`; returns what was active when the wait ended, or is now, and whether it
    /// ended.
    pub(super) fn withdraw(&self, thread: &Ref<Thread>) -> (Signals, bool) {
        let mut state = self.0.lock();
        let mut outcome = None;
        let found = state.observers.iter().position(|observer| {
            let Who::Thread { thread: other, outcome: theirs } = &observer.who else {
                return false;
            };
            outcome = *theirs;
            Ref::ptr_eq(other, thread)
        });
        let Some(index) = found else {
            return (state.active, false);
        };
        let withdrawn = state.observers.remove(index);
        state.tidy();
        let result = (outcome.unwrap_or(state.active), outcome.is_some());
        drop(state);
        drop(withdrawn);
        result
    }

    /// Keeps a promise once any of `mask` is active, at once if one is and the promise is not only about changes.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: the promise is void.
    pub(crate) fn promise(&self, mask: Signals, source: Source, promise: Promise) -> Result<()> {
        let mut state = self.0.lock();
        // Nobody will ever look at those.
        state
            .observers
            .retain(|observer| !matches!(&observer.who, Who::Port(promise) if promise.is_void()));
        let mut observer = Observer { mask, source, who: Who::Port(promise) };
        let active = state.active;
        if observer.stays_after(active, Signals::empty()) {
            state.add(observer)?;
        }
        Ok(())
    }

    /// Takes back what was promised to `port` under `key` through `source`; says whether there was anything.
    pub(crate) fn take_back(&self, port: &Ref<Port>, key: u64, source: Source) -> bool {
        let mut state = self.0.lock();
        let before = state.observers.len();
        state.observers.retain(|observer| {
            let is_meant = matches!(&observer.who, Who::Port(promise) if promise.is(port, key));
            !(is_meant && observer.source == source)
        });
        let is_found = state.observers.len() != before;
        state.tidy();
        is_found
    }
}

impl State {
    fn add(&mut self, observer: Observer) -> Result<()> {
        if self.observers.len() >= MAX_OBSERVERS {
            return Err(Status::NO_MEMORY);
        }
        try_push(&mut self.observers, observer)
    }

    /// Gives an empty list's memory back: the object may live for ever.
    fn tidy(&mut self) {
        if self.observers.is_empty() {
            self.observers = Vec::new();
        }
    }
}

impl Observer {
    /// Hears that `active` are active now, of which `raised` were not before; says whether to go on waiting.
    fn stays_after(&mut self, active: Signals, raised: Signals) -> bool {
        let relevant = match &self.who {
            Who::Port(promise) if promise.is_edge() => raised,
            Who::Port(_) | Who::Thread { .. } => active,
        };
        if !relevant.intersects(self.mask) {
            return true;
        }
        if let Who::Port(promise) = &self.who {
            promise.keep(self.mask, active, self.source);
        }
        self.end(active)
    }

    /// Ends the wait, with what is active; says whether the observer stays on the list until it leaves by itself.
    fn end(&mut self, active: Signals) -> bool {
        let Who::Thread { thread, outcome } = &mut self.who else {
            return false;
        };
        if outcome.is_none() {
            *outcome = Some(active);
            task::wake(thread, Wake::Ready);
        }
        true
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
        assert_eq!(signals.active(), Signals::CHANNEL_PEER_CLOSED | Signals::CHANNEL_READABLE);
    }
}
