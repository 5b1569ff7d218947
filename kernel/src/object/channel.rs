//! Channels: two ends, each with a queue of messages to read.
//!
//! ```text
//!   Endpoint A ──┐           ┌── Endpoint B
//!                Pair { a: Half, b: Half }
//!                  Half: open?, queue (what this end reads), calls, signals, holder
//! ```
//!
//! | part | what it holds |
//! |---|---|
//! | [`Endpoint`] | what handles name: one end |
//! | `call` | who waits for the answer to a message |
//! | `pair` | both ends' queues and signals |
//! | `ownership` | which queue owns which end; closing without recursion |

mod call;
mod ownership;
mod pair;

use super::{Handlers, Message, SignalState, new_koid};
use abi::{Koid, Result, Signals, Status};
pub(crate) use call::TXID_SIZE;
use pair::{Pair, Place};
use spin::Once;
use vm::Ref;

/// One end of a channel.
pub(crate) struct Endpoint {
    koid: Koid,
    peer_koid: Koid,
    place: Place,
    /// Of exceptions that are read here: who is to know when nobody reads them any more.
    told_when_closed: Once<Ref<Handlers>>,
}

/// What a reader has room for.
#[derive(Clone, Copy)]
pub(crate) struct Capacity {
    /// Bytes.
    pub(crate) bytes: usize,
    /// Handles, in the reader's buffer.
    pub(crate) handles: usize,
    /// Handles, in places of the handle table that are reserved already.
    pub(crate) slots: usize,
}

/// What becomes of a message that is too large for its reader.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It stays the first one.
    Stays,
    /// It is lost.
    IsDropped,
}

/// Why no message was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// [`Status::SHOULD_WAIT`] or [`Status::PEER_CLOSED`]: there is none.
    Empty(Status),
    /// The first one fits the reader's buffers, but needs this many places in the handle table.
    NoSlots(usize),
    /// The first one is too large.
    TooSmall {
        /// How many bytes it has.
        bytes: usize,
        /// How many handles it has.
        handles: usize,
    },
}

impl Endpoint {
    /// Makes a channel; each end is open and expects exactly one [`Handle`](super::Handle) to be made for it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create_pair() -> Result<(Ref<Self>, Ref<Self>)> {
        let (a, b) = Pair::create()?;
        let (koid_a, koid_b) = (new_koid(), new_koid());
        let endpoint = |koid, peer_koid, place| {
            Ref::try_new(Self { koid, peer_koid, place, told_when_closed: Once::new() })
        };
        Ok((endpoint(koid_a, koid_b, a)?, endpoint(koid_b, koid_a, b)?))
    }

    /// Returns the end's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns the other end's koid.
    pub(crate) fn peer_koid(&self) -> Koid {
        self.peer_koid
    }

    /// Returns the end's signals: READABLE, WRITABLE, PEER_CLOSED.
    pub(crate) fn signals(&self) -> &SignalState {
        &self.place.half().signals
    }

    /// Returns the other end's signals.
    ///
    /// # Errors
    /// [`Status::PEER_CLOSED`]: it is closed.
    pub(crate) fn peer_signals(&self) -> Result<&SignalState> {
        self.place.peer_signals()
    }

    /// Queues a message for the other end.
    ///
    /// # Errors
    /// The message is dropped, and its handles with it.
    /// 1. [`Status::NOT_SUPPORTED`]: the message carries this end, or would be owned by an end it carries.
    /// 2. [`Status::NO_RESOURCES`]: the other end waits too deep in queues of others.
    /// 3. [`Status::PEER_CLOSED`]: the other end is closed.
    /// 4. [`Status::NO_MEMORY`].
    pub(crate) fn write(&self, message: Message) -> Result<()> {
        let to = self.place.peer();
        let written = if message.endpoints().next().is_none() {
            to.push(message)
        } else {
            ownership::push(&self.place, &to, message)
        };
        written.map_err(|(status, _refused)| status)
    }

    /// Takes the first message.
    ///
    /// # Errors
    /// As [`ReadError`] says; the message stays, but for what `unfit` says of one that is too large.
    pub(crate) fn read(&self, capacity: Capacity, unfit: Unfit) -> Result<Message, ReadError> {
        let half = self.place.half();
        let mut state = half.state.lock();
        let first = state.queue.front().ok_or_else(|| half.why_empty())?;
        let (bytes, handles) = (first.bytes.len(), first.handle_count());
        let fits = bytes <= capacity.bytes && handles <= capacity.handles;
        if fits && handles > capacity.slots {
            return Err(ReadError::NoSlots(handles));
        }
        if !fits && unfit == Unfit::Stays {
            return Err(ReadError::TooSmall { bytes, handles });
        }
        let taken = state.queue.pop_front();
        if state.queue.is_empty() {
            half.signals.update(Signals::CHANNEL_READABLE, Signals::empty());
        }
        drop(state);

        let message = taken.ok_or(ReadError::Empty(Status::INTERNAL))?;
        ownership::release(&message);
        if fits { Ok(message) } else { Err(ReadError::TooSmall { bytes, handles }) }
    }

    /// Makes this the end that a task's exceptions are read from.
    pub(super) fn tell_when_closed(&self, handlers: Ref<Handlers>) {
        self.told_when_closed.call_once(|| handlers);
    }

    /// Closes the end, as the drop of its handle; again is harmless.
    ///
    /// Everything in its queue is dropped, and every end whose handle was in there closed as well.
    pub(crate) fn close(&self) {
        ownership::close(&self.place);
        if let Some(handlers) = self.told_when_closed.get() {
            handlers.release();
        }
    }
}

#[cfg(test)]
mod tests;
