//! The state that both ends of a channel share.

use super::ReadError;
use super::call::Calls;
use crate::object::{Message, SignalState};
use abi::{Result, Signals, Status};
use alloc::collections::VecDeque;
use core::mem;
use spin::Mutex;
use vm::Ref;

/// Both ends' state. Neither end owns the other.
pub(super) struct Pair {
    a: Half,
    b: Half,
}

/// The state of one end.
pub(super) struct Half {
    pub(super) state: Mutex<State>,
    pub(super) signals: SignalState,
    /// The queue that the end's handle is in; while ends are being closed, the next one to empty.
    pub(super) holder: Mutex<Option<Place>>,
}

/// What one end reads.
pub(super) struct State {
    /// Whether the end still has its handle.
    open: bool,
    pub(super) queue: VecDeque<Message>,
    /// Who waits for an answer.
    pub(super) calls: Calls,
}

impl State {
    /// Returns the state of an end of a new channel.
    const fn new() -> Self {
        Self { open: true, queue: VecDeque::new(), calls: Calls::new() }
    }

    /// Says whether the end still has its handle.
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }
}

/// Names one half of a pair.
#[derive(Clone)]
pub(super) struct Place {
    pair: Ref<Pair>,
    side: Side,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    A,
    B,
}

impl Pair {
    /// Makes two open ends.
    pub(super) fn create() -> Result<(Place, Place)> {
        let (a, b) = (Half::new(), Half::new());
        let pair = Ref::try_new(Self { a, b })?;
        let place = |side| Place { pair: pair.clone(), side };
        Ok((place(Side::A), place(Side::B)))
    }
}

impl Place {
    /// Returns the half's state.
    pub(super) fn half(&self) -> &Half {
        match self.side {
            Side::A => &self.pair.a,
            Side::B => &self.pair.b,
        }
    }

    /// Returns the other half's signals.
    ///
    /// # Errors
    /// [`Status::PEER_CLOSED`]: it is closed.
    pub(super) fn peer_signals(&self) -> Result<&SignalState> {
        let peer = match self.side {
            Side::A => &self.pair.b,
            Side::B => &self.pair.a,
        };
        if peer.state.lock().open { Ok(&peer.signals) } else { Err(Status::PEER_CLOSED) }
    }

    /// Returns the other half.
    pub(super) fn peer(&self) -> Self {
        let side = match self.side {
            Side::A => Side::B,
            Side::B => Side::A,
        };
        Self { pair: self.pair.clone(), side }
    }

    /// Says whether both name the same half.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.side == other.side && Ref::ptr_eq(&self.pair, &other.pair)
    }

    /// Gives a message to the call whose answer it is, or appends it to the queue that is read here, or hands it back.
    pub(super) fn push(&self, message: Message) -> Result<(), (Status, Message)> {
        let half = self.half();
        let mut state = half.state.lock();
        if !state.open {
            return Err((Status::PEER_CLOSED, message));
        }
        let message = match state.calls.answer(message) {
            Ok(()) => return Ok(()),
            Err(message) => message,
        };
        if state.queue.try_reserve(1).is_err() {
            return Err((Status::NO_MEMORY, message));
        }
        state.queue.push_back(message);
        half.signals.update(Signals::empty(), Signals::CHANNEL_READABLE);
        Ok(())
    }

    /// Marks the end as closed and tells the other one; returns the place if it was open, so that its queue is to be emptied.
    pub(super) fn shut(&self) -> Option<Self> {
        let half = self.half();
        {
            let mut state = half.state.lock();
            if !mem::replace(&mut state.open, false) {
                return None;
            }
            state.calls.end(Status::CANCELED);
        }
        half.holder.lock().take();
        let peer = self.peer();
        peer.half().signals.update(Signals::CHANNEL_WRITABLE, Signals::CHANNEL_PEER_CLOSED);
        peer.half().state.lock().calls.end(Status::PEER_CLOSED);
        Some(self.clone())
    }
}

impl Half {
    fn new() -> Self {
        Self {
            state: Mutex::new(State::new()),
            signals: SignalState::new(Signals::CHANNEL_WRITABLE),
            holder: Mutex::new(None),
        }
    }

    /// Says why there is no message.
    pub(super) fn why_empty(&self) -> ReadError {
        let active = self.signals.active();
        ReadError::Empty(if active.contains(Signals::CHANNEL_PEER_CLOSED) {
            Status::PEER_CLOSED
        } else {
            Status::SHOULD_WAIT
        })
    }
}
