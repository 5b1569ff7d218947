//! Exceptions that wait for a handler's answer, and where tasks have their handlers.
//!
//! ```text
//!   thread, process, job ── Handlers ── our end ═══channel═══ the handler's end
//!                                         message: ExceptionInfo + handle ──> Exception ──> the thread, which waits
//! ```
//!
//! An [`Exception`] has exactly one handle: it cannot be duplicated. Dropping that is the answer, wherever the handle is then: with
//! the handler, in a channel nobody reads, or in a message that could not be sent. So a thread that waits is always answered.

use super::{Endpoint, Handle, Message, Object, Thread, new_koid};
use crate::task::{self, Wake};
use abi::{ExceptionState, Koid, Result, Rights, Signals, Status};
use core::mem;
use spin::Mutex;
use vm::Ref;

/// An exception that was offered to one handler.
pub(crate) struct Exception {
    koid: Koid,
    thread: Ref<Thread>,
    /// Whether the handler may have the process too: not the handler of a thread.
    shows_process: bool,
    answer: Mutex<Answer>,
}

struct Answer {
    state: ExceptionState,
    /// Whether the thread waits for it.
    is_awaited: bool,
}

impl Exception {
    /// Makes the exception of `thread`, the calling one; it expects exactly one [`Handle`] to be made for it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create(thread: &Ref<Thread>, shows_process: bool) -> Result<Ref<Self>> {
        Ref::try_new(Self {
            koid: new_koid(),
            thread: thread.clone(),
            shows_process,
            answer: Mutex::new(Answer { state: ExceptionState::TryNext, is_awaited: true }),
        })
    }

    /// Returns the exception's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns the thread that had it.
    pub(crate) fn thread(&self) -> &Ref<Thread> {
        &self.thread
    }

    /// Says whether the handler may have the thread's process.
    pub(crate) fn shows_process(&self) -> bool {
        self.shows_process
    }

    /// Returns what closing the handle will mean.
    pub(crate) fn state(&self) -> ExceptionState {
        self.answer.lock().state
    }

    /// Says what closing the handle will mean.
    pub(crate) fn set_state(&self, state: ExceptionState) {
        self.answer.lock().state = state;
    }

    /// Returns the answer to a thread that no longer waits.
    pub(crate) fn take_answer(&self) -> ExceptionState {
        let mut answer = self.answer.lock();
        answer.is_awaited = false;
        answer.state
    }

    /// Lets the thread go on, if it waits still, as the handle is gone.
    pub(super) fn close(&self) {
        let answer = self.answer.lock();
        if answer.is_awaited {
            task::wake(&self.thread, Wake::Ready);
        }
    }
}

/// The place of a task's handler. Shared with the handler's end of the channel, whose end is that of ours.
pub(crate) struct Handlers(Mutex<Slot>);

enum Slot {
    Empty,
    /// Our end of the channel.
    Bound(Handle),
    /// The task has ended.
    Closed,
}

impl Handlers {
    /// Makes a place without a handler.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(super) fn create() -> Result<Ref<Self>> {
        Ref::try_new(Self(Mutex::new(Slot::Empty)))
    }

    /// Makes a channel for the task's exceptions and returns a handle to the handler's end.
    ///
    /// # Errors
    /// 1. [`Status::NO_MEMORY`].
    /// 2. [`Status::BAD_STATE`]: the task has ended.
    /// 3. [`Status::ALREADY_BOUND`]: there is a handler.
    pub(crate) fn bind(this: &Ref<Self>) -> Result<Handle> {
        let (ours, theirs) = Endpoint::create_pair()?;
        theirs.tell_when_closed(this.clone());
        let ours = Handle::new(Object::Channel(ours), Rights::CHANNEL_DEFAULT);
        let theirs = Handle::new(Object::Channel(theirs), Rights::EXCEPTION_CHANNEL_DEFAULT);
        let mut slot = this.0.lock();
        let replaced = match &*slot {
            Slot::Closed => Err(Status::BAD_STATE),
            Slot::Bound(handle) if is_open(handle) => Err(Status::ALREADY_BOUND),
            Slot::Bound(_) | Slot::Empty => Ok(()),
        };
        // Whichever end is not needed is dropped without the lock.
        let dropped = match replaced {
            Ok(()) => mem::replace(&mut *slot, Slot::Bound(ours)),
            Err(_) => Slot::Bound(ours),
        };
        drop(slot);
        drop(dropped);
        replaced.map(|()| theirs)
    }

    /// Sends a message to the handler; says whether there is one that can still read it.
    pub(crate) fn send(&self, message: Message) -> bool {
        let endpoint = self.endpoint();
        endpoint.is_some_and(|endpoint| endpoint.write(message).is_ok())
    }

    /// Says whether somebody may be there to handle an exception.
    pub(crate) fn is_bound(&self) -> bool {
        matches!(&*self.0.lock(), Slot::Bound(handle) if is_open(handle))
    }

    /// Ends a channel whose other end is closed.
    pub(super) fn release(&self) {
        let mut slot = self.0.lock();
        let released = match &*slot {
            Slot::Bound(handle) if !is_open(handle) => mem::replace(&mut *slot, Slot::Empty),
            Slot::Bound(_) | Slot::Empty | Slot::Closed => return,
        };
        drop(slot);
        drop(released);
    }

    /// Ends the channel with its task.
    pub(super) fn close(&self) {
        let was = mem::replace(&mut *self.0.lock(), Slot::Closed);
        drop(was);
    }

    fn endpoint(&self) -> Option<Ref<Endpoint>> {
        match &*self.0.lock() {
            Slot::Bound(handle) => handle.check::<Endpoint>(Rights::empty()).ok().cloned(),
            Slot::Empty | Slot::Closed => None,
        }
    }
}

/// Says whether the other end of the channel is open.
fn is_open(ours: &Handle) -> bool {
    let signals = ours.object().signals();
    signals.is_some_and(|signals| !signals.active().contains(Signals::CHANNEL_PEER_CLOSED))
}
