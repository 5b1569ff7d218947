//! Signals of objects, and who waits for them: threads, and ports that were promised a packet.
//!
//! Those who wait are in order of the handles that they wait through, so that closing a handle finds its own waits, however many others
//! there are.

use super::{Link, ObserversOfSignals, Ordered, Port, Promise, Thread};
use crate::task::{self, Wake};
use abi::{Koid, RawHandle, Result, Signals, Status};
use core::iter;
use spin::Mutex;
use vm::Ref;

/// Most waits for the signals of one object: every change of them looks at all.
const MAX_OBSERVERS: usize = 1 << 16;

/// The signals of one object, and who waits for them.
pub(crate) struct SignalState(Mutex<State>);

struct State {
    active: Signals,
    observers: Ordered<Observer, ObserversOfSignals>,
    count: usize,
    /// How many observers there were.
    last_turn: u64,
}

/// Which handle of which process a wait goes through: closing it ends the wait.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    /// The process.
    pub(crate) process: Koid,
    /// The handle's value there.
    pub(crate) handle: RawHandle,
}

/// Where an observer is among all of an object: those who wait through one handle are side by side, in the order in which they came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    source: Source,
    turn: u64,
}

impl Place {
    /// The place before all who wait through `source`.
    const fn before(source: Source) -> Self {
        Self { source, turn: 0 }
    }
}

/// Somebody who waits until any of `mask` is active.
pub(super) struct Observer {
    mask: Signals,
    place: Place,
    who: Who,
    /// Belongs to the observers of the signals.
    pub(super) signals_link: Link,
}

enum Who {
    /// A thread, which takes itself off the list; `outcome` is what was active when its wait ended.
    Thread { thread: Ref<Thread>, outcome: Mutex<Option<Signals>> },
    /// A port.
    Port(Promise),
}

impl SignalState {
    /// Makes signals of which `active` are raised.
    pub(crate) const fn new(active: Signals) -> Self {
        let observers = Ordered::new(ObserversOfSignals::new());
        Self(Mutex::new(State { active, observers, count: 0, last_turn: 0 }))
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
        state.retain(|observer| observer.stays_after(active, raised));
    }

    /// Ends the waits that go through `source`, which is being closed.
    pub(crate) fn cancel(&self, source: Source) {
        let mut state = self.0.lock();
        let closed = state.active.union(Signals::HANDLE_CLOSED);
        let mut last = Place::before(source);
        while let Some(observer) = state.next_through(source, last) {
            last = observer.place;
            if !observer.end(closed) {
                state.remove(last);
            }
        }
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
        let who = Who::Thread { thread: thread.clone(), outcome: Mutex::new(outcome) };
        let observer = state.observer(mask, source, who);
        state.add(observer)?;
        Ok(outcome.is_some())
    }

    /// Undoes the first [`enlist`](Self::enlist) of `thread` through `source`; returns what was active when the wait ended, or is now, and
    /// whether it ended.
    pub(super) fn withdraw(&self, thread: &Ref<Thread>, source: Source) -> (Signals, bool) {
        let mut state = self.0.lock();
        let found = state.all_through(source).find_map(|observer| match &observer.who {
            Who::Thread { thread: other, outcome } if Ref::ptr_eq(other, thread) => {
                Some((observer.place, *outcome.lock()))
            }
            Who::Thread { .. } | Who::Port(_) => None,
        });
        let Some((place, outcome)) = found else {
            return (state.active, false);
        };
        let withdrawn = state.remove(place);
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
        state.retain(|observer| !matches!(&observer.who, Who::Port(promise) if promise.is_void()));
        let observer = state.observer(mask, source, Who::Port(promise));
        if observer.stays_after(state.active, Signals::empty()) {
            state.add(observer)?;
        }
        Ok(())
    }

    /// Takes back what was promised to `port` under `key` through `source`; says whether there was anything.
    pub(crate) fn take_back(&self, port: &Ref<Port>, key: u64, source: Source) -> bool {
        let mut state = self.0.lock();
        let mut is_found = false;
        let mut last = Place::before(source);
        while let Some(observer) = state.next_through(source, last) {
            last = observer.place;
            if matches!(&observer.who, Who::Port(promise) if promise.is(port, key)) {
                is_found = true;
                state.remove(last);
            }
        }
        is_found
    }
}

impl State {
    /// Makes an observer, the last one to come.
    fn observer(&mut self, mask: Signals, source: Source, who: Who) -> Observer {
        self.last_turn = self.last_turn.wrapping_add(1);
        let place = Place { source, turn: self.last_turn };
        Observer { mask, place, who, signals_link: Link::new() }
    }

    fn add(&mut self, observer: Observer) -> Result<()> {
        if self.count >= MAX_OBSERVERS {
            return Err(Status::NO_MEMORY);
        }
        self.observers.insert(Ref::try_new(observer)?);
        self.count = self.count.saturating_add(1);
        Ok(())
    }

    fn remove(&mut self, place: Place) -> Option<Ref<Observer>> {
        let removed = self.observers.remove(&place)?;
        self.count = self.count.saturating_sub(1);
        Some(removed)
    }

    /// Takes out those for which `stays` does not hold.
    fn retain(&mut self, mut stays: impl FnMut(&Observer) -> bool) {
        let count = &mut self.count;
        self.observers.retain(|observer| {
            let stays = stays(observer);
            *count = count.saturating_sub(usize::from(!stays));
            stays
        });
    }

    /// Returns the first behind `last` of those who wait through `source`.
    fn next_through(&self, source: Source, last: Place) -> Option<Ref<Observer>> {
        self.observers.after(&last).filter(|observer| observer.place.source == source)
    }

    /// Returns those who wait through `source`, in the order in which they came.
    fn all_through(&self, source: Source) -> impl Iterator<Item = Ref<Observer>> {
        let first = self.next_through(source, Place::before(source));
        iter::successors(first, move |last| self.next_through(source, last.place))
    }
}

impl Observer {
    /// Returns where it is among all of the object.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Hears that `active` are active now, of which `raised` were not before; says whether to go on waiting.
    fn stays_after(&self, active: Signals, raised: Signals) -> bool {
        let relevant = match &self.who {
            Who::Port(promise) if promise.is_edge() => raised,
            Who::Port(_) | Who::Thread { .. } => active,
        };
        if !relevant.intersects(self.mask) {
            return true;
        }
        if let Who::Port(promise) = &self.who {
            promise.keep(self.mask, active, self.place.source);
        }
        self.end(active)
    }

    /// Ends the wait, with what is active; says whether the observer stays on the list until it leaves by itself.
    fn end(&self, active: Signals) -> bool {
        let Who::Thread { thread, outcome } = &self.who else {
            return false;
        };
        let mut outcome = outcome.lock();
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
