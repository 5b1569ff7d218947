//! Exceptions that wait for a handler's answer, and where tasks have their handlers.
//!
//! ```text
//!   thread, process, job ── Handlers ── our end ═══channel═══ the handler's end
//!                                         message: ExceptionInfo + handle ──> Exception ──> the thread, which waits
//! ```
//!
//! Processes and jobs have a second place, for a debugger.
//!
//! An [`Exception`] has exactly one handle: it cannot be duplicated. Dropping that is the answer, wherever the handle is then: with
//! the handler, in a channel nobody reads, or in a message that could not be sent. So a thread that waits is always answered.

use super::{Endpoint, Handle, Message, Object, Thread, new_koid};
use crate::task::{self, Wake};
use abi::{
    ExceptionChannelType, ExceptionState, ExceptionStrategy, Koid, Result, Rights, Signals, Status,
};
use core::mem;
use spin::Mutex;
use vm::Ref;

/// An exception that was offered to one handler.
pub(crate) struct Exception {
    koid: Koid,
    thread: Ref<Thread>,
    /// Whose the handler is.
    kind: ExceptionChannelType,
    /// What the handler may do with the thread, and with its process.
    rights: Rights,
    wait: Mutex<Wait>,
}

struct Wait {
    answer: Answer,
    /// Whether the thread waits for it.
    is_awaited: bool,
}

/// What a handler says about an exception.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    /// What becomes of it.
    pub(crate) state: ExceptionState,
    /// Whether a debugger wants it once more.
    pub(crate) strategy: ExceptionStrategy,
}

impl Exception {
    /// Makes the exception of `thread`, the calling one, for a handler of this kind, which has these rights; it expects exactly one
    /// [`Handle`] to be made for it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create(
        thread: &Ref<Thread>,
        (kind, rights): (ExceptionChannelType, Rights),
        strategy: ExceptionStrategy,
    ) -> Result<Ref<Self>> {
        Ref::try_new(Self {
            koid: new_koid(),
            thread: thread.clone(),
            kind,
            rights,
            wait: Mutex::new(Wait {
                answer: Answer { state: ExceptionState::TryNext, strategy },
                is_awaited: true,
            }),
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

    /// Returns what the handler may do with the thread, and with its process if it may have that.
    pub(crate) fn rights(&self) -> Rights {
        self.rights
    }

    /// Says whether the handler may have the thread's process: not that of the thread.
    pub(crate) fn shows_process(&self) -> bool {
        self.kind != ExceptionChannelType::Thread
    }

    /// Returns what closing the handle will mean.
    pub(crate) fn answer(&self) -> Answer {
        self.wait.lock().answer
    }

    /// Says what closing the handle will mean.
    pub(crate) fn set_state(&self, state: ExceptionState) {
        self.wait.lock().answer.state = state;
    }

    /// Says whether the debugger wants the exception once more.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: the handler is not the debugger of the process.
    pub(crate) fn set_strategy(&self, strategy: ExceptionStrategy) -> Result<()> {
        if self.kind != ExceptionChannelType::Debugger {
            return Err(Status::BAD_STATE);
        }
        self.wait.lock().answer.strategy = strategy;
        Ok(())
    }

    /// Returns the answer to a thread that no longer waits.
    pub(crate) fn take_answer(&self) -> Answer {
        let mut wait = self.wait.lock();
        wait.is_awaited = false;
        wait.answer
    }

    /// Lets the thread go on, if it waits still, as the handle is gone.
    pub(super) fn close(&self) {
        let wait = self.wait.lock();
        if wait.is_awaited {
            task::wake(&self.thread, Wake::Ready);
        }
    }
}

/// The place of a task's handler. Shared with the handler's end of the channel, whose end is that of ours.
pub(crate) struct Handlers(Mutex<Slot>);

enum Slot {
    Empty,
    Bound(Binding),
    /// The task has ended.
    Closed,
}

/// What a task knows of its handler.
struct Binding {
    /// Our end of the channel.
    ours: Handle,
    /// What the handle to the task allowed that the channel was made with.
    rights: Rights,
}

/// A handler, as far as an exception is concerned.
pub(crate) struct Handler {
    endpoint: Ref<Endpoint>,
    rights: Rights,
}

impl Handler {
    /// Returns what it may do with threads and processes that it hears of: no more than whoever made the channel could.
    pub(crate) fn rights(&self) -> Rights {
        self.rights
    }

    /// Sends it a message; says whether it can still read that.
    pub(crate) fn send(&self, message: Message) -> bool {
        self.endpoint.write(message).is_ok()
    }
}

impl Handlers {
    /// Makes a place without a handler.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(super) fn create() -> Result<Ref<Self>> {
        Ref::try_new(Self(Mutex::new(Slot::Empty)))
    }

    /// Makes a channel for the task's exceptions and returns a handle to the handler's end. The handler has `rights` over what it
    /// hears of.
    ///
    /// # Errors
    /// 1. [`Status::NO_MEMORY`].
    /// 2. [`Status::BAD_STATE`]: the task has ended.
    /// 3. [`Status::ALREADY_BOUND`]: there is a handler.
    pub(crate) fn bind(this: &Ref<Self>, rights: Rights) -> Result<Handle> {
        let (ours, theirs) = Endpoint::create_pair()?;
        theirs.tell_when_closed(this.clone());
        let ours = Handle::new(Object::Channel(ours), Rights::CHANNEL_DEFAULT);
        let binding = Binding { ours, rights };
        let theirs = Handle::new(Object::Channel(theirs), Rights::EXCEPTION_CHANNEL_DEFAULT);
        let mut slot = this.0.lock();
        let replaced = match &*slot {
            Slot::Closed => Err(Status::BAD_STATE),
            Slot::Bound(binding) if binding.is_open() => Err(Status::ALREADY_BOUND),
            Slot::Bound(_) | Slot::Empty => Ok(()),
        };
        // Whichever end is not needed is dropped without the lock.
        let dropped = match replaced {
            Ok(()) => mem::replace(&mut *slot, Slot::Bound(binding)),
            Err(_) => Slot::Bound(binding),
        };
        drop(slot);
        drop(dropped);
        replaced.map(|()| theirs)
    }

    /// Returns the handler, if one may be there.
    pub(crate) fn handler(&self) -> Option<Handler> {
        match &*self.0.lock() {
            Slot::Bound(binding) if binding.is_open() => Some(Handler {
                endpoint: binding.ours.check::<Endpoint>(Rights::empty()).ok()?.clone(),
                rights: binding.rights,
            }),
            Slot::Bound(_) | Slot::Empty | Slot::Closed => None,
        }
    }

    /// Says whether somebody may be there to handle an exception.
    pub(crate) fn is_bound(&self) -> bool {
        matches!(&*self.0.lock(), Slot::Bound(binding) if binding.is_open())
    }

    /// Ends a channel whose other end is closed.
    pub(super) fn release(&self) {
        let mut slot = self.0.lock();
        let released = match &*slot {
            Slot::Bound(binding) if !binding.is_open() => mem::replace(&mut *slot, Slot::Empty),
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
}

impl Binding {
    /// Says whether the other end of the channel is open.
    fn is_open(&self) -> bool {
        let signals = self.ours.object().signals();
        signals.is_some_and(|signals| !signals.active().contains(Signals::CHANNEL_PEER_CLOSED))
    }
}
