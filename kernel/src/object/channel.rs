//! Channels: two ends, each with a queue of messages to read.
//!
//! ```text
//!   Endpoint A ──┐           ┌── Endpoint B
//!                Pair { a: Half, b: Half }
//!                  Half: open?, queue (what this end reads), signals, holder
//! ```
//!
//! A handle to an end can never be duplicated (no channel handle has the right to), so each end has exactly one handle and is closed
//! when that is dropped. That handle is in a process's table, on its way, or in the queue of *one* other end, its *holder*.
//! Following holders from any end therefore walks one path. A message is refused if that path, from the queue it would go to, meets an end it
//! carries: no queue ever owns itself, in however many steps, and counting references frees every channel.
//!
//! Closing an end drops its queue, in which may be the handles of further ends, and so on as deep as programs have built it.
//! [`Endpoint::close`] does this with a list through the ends themselves, not with the kernel's stack.

use super::{Message, SignalState, new_koid};
use abi::{Koid, Result, Signals, Status};
use alloc::collections::VecDeque;
use core::mem;
use spin::Mutex;
use vm::Ref;

/// Longest path of holders a message may be added to the end of.
const MAX_DEPTH: usize = 64;

/// Held while ends enter and leave queues, so that a path of holders does not change while it is walked.
static TRANSIT: Mutex<()> = Mutex::new(());

/// One end of a channel.
pub(crate) struct Endpoint {
    koid: Koid,
    peer_koid: Koid,
    place: Place,
}

/// Both ends' state. Neither end owns the other.
struct Pair {
    a: Half,
    b: Half,
}

/// The state of one end.
struct Half {
    state: Mutex<State>,
    signals: SignalState,
    /// The queue that the end's handle is in; while ends are being closed, the next one to empty.
    holder: Mutex<Option<Place>>,
}

struct State {
    /// Whether the end still has its handle.
    open: bool,
    queue: VecDeque<Message>,
}

/// Names one half of a pair.
#[derive(Clone)]
struct Place {
    pair: Ref<Pair>,
    side: Side,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    A,
    B,
}

/// Why no message was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// [`Status::SHOULD_WAIT`] or [`Status::PEER_CLOSED`]: there is none.
    Empty(Status),
    /// The first one has more bytes or handles than fit.
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
        let pair = Ref::try_new(Pair {
            a: Half::new(),
            b: Half::new(),
        })?;
        let (koid_a, koid_b) = (new_koid(), new_koid());
        let endpoint = |koid, peer_koid, side| {
            let place = Place {
                pair: pair.clone(),
                side,
            };
            Ref::try_new(Self {
                koid,
                peer_koid,
                place,
            })
        };
        Ok((
            endpoint(koid_a, koid_b, Side::A)?,
            endpoint(koid_b, koid_a, Side::B)?,
        ))
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

    /// Queues a message for the other end.
    ///
    /// # Errors
    /// The message is dropped, and its handles with it.
    /// 1. [`Status::NOT_SUPPORTED`]: the message carries this end, or would be owned by an end it carries.
    /// 2. [`Status::NO_RESOURCES`]: the other end waits too deep in queues of others.
    /// 3. [`Status::PEER_CLOSED`]: the other end is closed.
    /// 4. [`Status::NO_MEMORY`].
    pub(crate) fn write(&self, message: Message) -> Result<()> {
        if message.endpoints().next().is_none() {
            return self
                .place
                .peer()
                .push(message)
                .map_err(|(status, _refused)| status);
        }
        let transit = TRANSIT.lock();
        let written = self.write_with_endpoints(message);
        drop(transit);
        written.map_err(|(status, refused)| {
            drop(refused);
            status
        })
    }

    /// Checks that no cycle arises, then queues a message that carries ends of channels; on failure hands it back, to be dropped when
    /// the transit lock is free.
    fn write_with_endpoints(&self, message: Message) -> Result<(), (Status, Message)> {
        let to = self.place.peer();
        if let Err(status) = check_acyclic(&self.place, &to, &message) {
            return Err((status, message));
        }
        for endpoint in message.endpoints() {
            *endpoint.place.half().holder.lock() = Some(to.clone());
        }
        to.push(message).map_err(|(status, refused)| {
            release(&refused);
            (status, refused)
        })
    }

    /// Returns how many handles the first message has; 0 if there is none.
    pub(crate) fn first_handles(&self) -> usize {
        let state = self.place.half().state.lock();
        state
            .queue
            .front()
            .map_or(0, |message| message.handles.len())
    }

    /// Takes the first message, if it has at most `max_bytes` bytes and `max_handles` handles.
    ///
    /// # Errors
    /// As [`ReadError`] says; a message that is too large stays, unless `discard` is set.
    pub(crate) fn read(
        &self,
        max_bytes: usize,
        max_handles: usize,
        discard: Discard,
    ) -> Result<Message, ReadError> {
        let half = self.place.half();
        let mut state = half.state.lock();
        let Some(first) = state.queue.front() else {
            let closed = half.signals.active().contains(Signals::CHANNEL_PEER_CLOSED);
            return Err(ReadError::Empty(if closed {
                Status::PEER_CLOSED
            } else {
                Status::SHOULD_WAIT
            }));
        };
        let (bytes, handles) = (first.bytes.len(), first.handles.len());
        let fits = bytes <= max_bytes && handles <= max_handles;
        let taken = if fits || discard == Discard::TooLarge {
            state.queue.pop_front()
        } else {
            None
        };
        if state.queue.is_empty() {
            half.signals
                .update(Signals::CHANNEL_READABLE, Signals::empty());
        }
        drop(state);

        if let Some(message) = &taken
            && message.endpoints().next().is_some()
        {
            let transit = TRANSIT.lock();
            release(message);
            drop(transit);
        }
        taken
            .filter(|_| fits)
            .ok_or(ReadError::TooSmall { bytes, handles })
    }

    /// Closes the end, as the drop of its handle; again is harmless.
    ///
    /// Everything in its queue is dropped, and every end whose handle was in there closed as well.
    pub(crate) fn close(&self) {
        let mut next = self.place.shut();
        while let Some(place) = next.take() {
            let Some(message) = place.half().state.lock().queue.pop_front() else {
                next = place.half().holder.lock().take();
                continue;
            };
            next = Some(place);
            for shut in message
                .endpoints()
                .filter_map(|endpoint| endpoint.place.shut())
            {
                *shut.half().holder.lock() = next.replace(shut.clone());
            }
            // The handles of channels in it have been shut, so dropping them does nothing; those of other types own no queues.
            drop(message);
        }
    }
}

/// What a read does with a message that does not fit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Discard {
    /// Leaves it.
    Nothing,
    /// Drops it.
    TooLarge,
}

impl Place {
    fn half(&self) -> &Half {
        match self.side {
            Side::A => &self.pair.a,
            Side::B => &self.pair.b,
        }
    }

    fn peer(&self) -> Self {
        let side = match self.side {
            Side::A => Side::B,
            Side::B => Side::A,
        };
        Self {
            pair: self.pair.clone(),
            side,
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.side == other.side && Ref::ptr_eq(&self.pair, &other.pair)
    }

    /// Appends a message to the queue that is read here, or hands it back.
    fn push(&self, message: Message) -> Result<(), (Status, Message)> {
        let half = self.half();
        let mut state = half.state.lock();
        if !state.open {
            return Err((Status::PEER_CLOSED, message));
        }
        if state.queue.try_reserve(1).is_err() {
            return Err((Status::NO_MEMORY, message));
        }
        state.queue.push_back(message);
        half.signals
            .update(Signals::empty(), Signals::CHANNEL_READABLE);
        Ok(())
    }

    /// Marks the end as closed and tells the other one; returns the place if its queue has to be emptied by the caller.
    fn shut(&self) -> Option<Self> {
        let half = self.half();
        let was_open = mem::replace(&mut half.state.lock().open, false);
        if !was_open {
            return None;
        }
        half.holder.lock().take();
        let peer = self.peer();
        peer.half()
            .signals
            .update(Signals::CHANNEL_WRITABLE, Signals::CHANNEL_PEER_CLOSED);
        Some(self.clone())
    }
}

impl Half {
    fn new() -> Self {
        Self {
            state: Mutex::new(State {
                open: true,
                queue: VecDeque::new(),
            }),
            signals: SignalState::new(Signals::CHANNEL_WRITABLE),
            holder: Mutex::new(None),
        }
    }
}

/// Checks that `message`, written at `from`, can be owned by the queue at `to`.
fn check_acyclic(from: &Place, to: &Place, message: &Message) -> Result<()> {
    if message.endpoints().any(|endpoint| endpoint.place.is(from)) {
        return Err(Status::NOT_SUPPORTED);
    }
    let mut place = to.clone();
    for _ in 0..MAX_DEPTH {
        if message
            .endpoints()
            .any(|endpoint| endpoint.place.is(&place))
        {
            return Err(Status::NOT_SUPPORTED);
        }
        let holder = place.half().holder.lock().clone();
        match holder {
            Some(holder) => place = holder,
            None => return Ok(()),
        }
    }
    Err(Status::NO_RESOURCES)
}

/// Says of every end that `message` carries that it is in no queue.
fn release(message: &Message) {
    for endpoint in message.endpoints() {
        endpoint.place.half().holder.lock().take();
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Handle, Object, Resource, message};
    use super::*;
    use abi::Rights;

    fn handle(endpoint: &Ref<Endpoint>) -> Handle {
        Handle::new(Object::Channel(endpoint.clone()), Rights::CHANNEL_DEFAULT)
    }

    fn carrying(handle: Handle) -> Message {
        let mut message = Message::with_capacity(0, 1).unwrap();
        message.handles.push(handle);
        message
    }

    fn text(bytes: &[u8]) -> Message {
        let mut message = Message::with_capacity(bytes.len(), 0).unwrap();
        message.bytes.extend_from_slice(bytes);
        message
    }

    #[test_case]
    fn messages_arrive_in_order_and_signals_follow() {
        let (a, b) = Endpoint::create_pair().unwrap();
        let (_ha, hb) = (handle(&a), handle(&b));
        assert_eq!(b.signals().active(), Signals::CHANNEL_WRITABLE);
        assert_eq!(
            b.read(9, 0, Discard::Nothing).err(),
            Some(ReadError::Empty(Status::SHOULD_WAIT))
        );
        a.write(text(b"one")).unwrap();
        a.write(text(b"two")).unwrap();
        assert!(b.signals().active().contains(Signals::CHANNEL_READABLE));
        assert_eq!(b.read(9, 0, Discard::Nothing).unwrap().bytes, b"one");
        assert_eq!(b.read(9, 0, Discard::Nothing).unwrap().bytes, b"two");
        assert!(!b.signals().active().contains(Signals::CHANNEL_READABLE));
        drop(hb);
        assert_eq!(a.signals().active(), Signals::CHANNEL_PEER_CLOSED);
        assert_eq!(a.write(text(b"three")), Err(Status::PEER_CLOSED));
        assert_eq!(
            a.read(9, 0, Discard::Nothing).err(),
            Some(ReadError::Empty(Status::PEER_CLOSED))
        );
    }

    #[test_case]
    fn messages_that_do_not_fit_stay_unless_discarded() {
        let (a, b) = Endpoint::create_pair().unwrap();
        let (_ha, _hb) = (handle(&a), handle(&b));
        a.write(text(b"long")).unwrap();
        let too_small = Some(ReadError::TooSmall {
            bytes: 4,
            handles: 0,
        });
        assert_eq!(b.read(3, 0, Discard::Nothing).err(), too_small);
        assert_eq!(b.read(3, 0, Discard::TooLarge).err(), too_small);
        assert_eq!(
            b.read(4, 0, Discard::Nothing).err(),
            Some(ReadError::Empty(Status::SHOULD_WAIT))
        );
    }

    #[test_case]
    fn closing_drops_what_is_queued() {
        let (a, b) = Endpoint::create_pair().unwrap();
        let (ha, hb) = (handle(&a), handle(&b));
        let resource = Resource::create().unwrap();
        let before = message::charged_bytes();
        a.write(carrying(Handle::new(
            Object::Resource(resource.clone()),
            Rights::TRANSFER,
        )))
        .unwrap();
        assert!(message::charged_bytes() > before);
        drop(hb);
        assert_eq!(Ref::count(&resource), 1);
        assert_eq!(message::charged_bytes(), before);
        drop(ha);
    }

    #[test_case]
    fn no_queue_can_own_itself() {
        let (a, b) = Endpoint::create_pair().unwrap();
        let (c, d) = Endpoint::create_pair().unwrap();
        let (ha, _hc) = (handle(&a), handle(&c));
        // Its own end, and the end whose queue it would go to.
        let (e, f) = Endpoint::create_pair().unwrap();
        assert_eq!(e.write(carrying(handle(&e))), Err(Status::NOT_SUPPORTED));
        let (g, h) = Endpoint::create_pair().unwrap();
        assert_eq!(g.write(carrying(handle(&h))), Err(Status::NOT_SUPPORTED));
        // The refused handle was consumed.
        assert_eq!(f.signals().active(), Signals::CHANNEL_PEER_CLOSED);
        // In two steps: B into D's queue, then D into B's.
        c.write(carrying(handle(&b))).unwrap();
        assert_eq!(a.write(carrying(handle(&d))), Err(Status::NOT_SUPPORTED));
        drop(ha);
    }

    #[test_case]
    fn deep_nests_of_channels_are_closed_without_recursion() {
        let before = message::charged_bytes();
        let (top, mut inner) = Endpoint::create_pair().unwrap();
        let mut top = handle(&top);
        // Each new pair takes the previous one's end into its own queue: the depth is as large as the program likes.
        for _ in 0..2000 {
            let (near, far) = Endpoint::create_pair().unwrap();
            near.write(carrying(handle(&inner))).unwrap();
            inner = far;
            top = handle(&near);
        }
        drop(handle(&inner));
        assert_eq!(message::charged_bytes(), before);
        assert!(top.check::<Endpoint>(Rights::empty()).is_ok());
    }
}
