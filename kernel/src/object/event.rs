//! Events: objects that are nothing but their signals, alone or in pairs.

use super::{HandleCount, SignalState, new_koid};
use abi::{Koid, Result, Signals, Status};
use core::sync::atomic::{AtomicBool, Ordering};
use vm::Ref;

/// An event.
pub(crate) struct Event {
    koid: Koid,
    handle_count: HandleCount,
    signals: SignalState,
}

impl Event {
    /// Makes an event without signals.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create() -> Result<Ref<Self>> {
        Ref::try_new(Self {
            koid: new_koid(),
            handle_count: HandleCount::default(),
            signals: SignalState::new(Signals::empty()),
        })
    }

    /// Returns the event's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Returns the event's signals.
    pub(crate) fn signals(&self) -> &SignalState {
        &self.signals
    }
}

/// One event of a pair, which knows when the other one is gone.
pub(crate) struct PairedEvent {
    koid: Koid,
    peer_koid: Koid,
    handle_count: HandleCount,
    pair: Ref<[Half; 2]>,
    /// Whether it is the second half.
    is_second: bool,
}

/// What both events of a pair can reach.
struct Half {
    signals: SignalState,
    /// Whether the event still has a handle.
    is_open: AtomicBool,
}

impl Half {
    const fn new() -> Self {
        Self { signals: SignalState::new(Signals::empty()), is_open: AtomicBool::new(true) }
    }
}

impl PairedEvent {
    /// Makes a pair; each event expects a handle to be made for it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create_pair() -> Result<(Ref<Self>, Ref<Self>)> {
        let pair = Ref::try_new([Half::new(), Half::new()])?;
        let (first, second) = (new_koid(), new_koid());
        let event = |koid, peer_koid, is_second| {
            Ref::try_new(Self {
                koid,
                peer_koid,
                handle_count: HandleCount::default(),
                pair: pair.clone(),
                is_second,
            })
        };
        Ok((event(first, second, false)?, event(second, first, true)?))
    }

    /// Returns the event's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns the other event's koid.
    pub(crate) fn peer_koid(&self) -> Koid {
        self.peer_koid
    }

    /// Returns the event's signals.
    pub(crate) fn signals(&self) -> &SignalState {
        let (own, _) = self.halves();
        &own.signals
    }

    /// Returns the other event's signals.
    ///
    /// # Errors
    /// [`Status::PEER_CLOSED`]: it has no handle any more.
    pub(crate) fn peer_signals(&self) -> Result<&SignalState> {
        let (_, peer) = self.halves();
        if peer.is_open.load(Ordering::Acquire) {
            Ok(&peer.signals)
        } else {
            Err(Status::PEER_CLOSED)
        }
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Forgets a handle; the other event hears of the last one.
    pub(super) fn handle_closed(&self) {
        if self.handle_count.close() {
            let (own, peer) = self.halves();
            own.is_open.store(false, Ordering::Release);
            peer.signals.update(Signals::empty(), Signals::EVENTPAIR_PEER_CLOSED);
        }
    }

    /// Returns this event's half and the other one's.
    fn halves(&self) -> (&Half, &Half) {
        let [first, second] = &*self.pair;
        if self.is_second { (second, first) } else { (first, second) }
    }
}
