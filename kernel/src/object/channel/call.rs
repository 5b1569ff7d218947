//! Calls: a message that is sent, and the wait for the one that answers it.
//!
//! The kernel numbers each such message; the number is its first word, and that of its answer. A message that is written to an end at
//! which a call waits for that number goes to the call and never into the queue.

use super::{Endpoint, ownership};
use crate::object::{Message, Thread, try_push};
use crate::task::{self, Wake};
use abi::channel::FIRST_CALL_TXID;
use abi::info::BlockedOn;
use abi::object::Time;
use abi::{Result, Status};
use alloc::vec::Vec;
use vm::Ref;

/// Bytes of the number of a message.
pub(crate) const TXID_SIZE: usize = size_of::<u32>();

/// The calls that wait at one end.
pub(super) struct Calls {
    waiting: Vec<Waiting>,
    last: u32,
}

struct Waiting {
    txid: u32,
    thread: Ref<Thread>,
    /// The answer, or why there will be none.
    outcome: Option<Result<Message>>,
}

impl Calls {
    /// Nobody waits yet.
    pub(super) const fn new() -> Self {
        Self { waiting: Vec::new(), last: 0 }
    }

    /// Makes `thread`, which prepares to block, one of those who wait; returns the number of its message.
    fn add(&mut self, thread: &Ref<Thread>) -> Result<u32> {
        // Numbers come round again, and somebody may have waited all the while.
        let txid = loop {
            self.last = self.last.wrapping_add(1);
            let txid = self.last | FIRST_CALL_TXID;
            if self.waiting.iter().all(|call| call.txid != txid) {
                break txid;
            }
        };
        let thread = thread.clone();
        try_push(&mut self.waiting, Waiting { txid, thread, outcome: None })?;
        Ok(txid)
    }

    /// Takes the call with this number off the list; returns its outcome, if it has one.
    fn remove(&mut self, txid: u32) -> Option<Result<Message>> {
        let index = self.waiting.iter().position(|call| call.txid == txid)?;
        let outcome = self.waiting.swap_remove(index).outcome;
        if self.waiting.is_empty() {
            self.waiting = Vec::new();
        }
        outcome
    }

    /// Gives a message to the call that it answers, or hands it back if there is none.
    pub(super) fn answer(&mut self, message: Message) -> Result<(), Message> {
        let txid = message.bytes.first_chunk().map(|word| u32::from_le_bytes(*word));
        let call =
            self.waiting.iter_mut().find(|call| call.outcome.is_none() && Some(call.txid) == txid);
        match call {
            Some(call) => call.end(Ok(message)),
            None => return Err(message),
        }
        Ok(())
    }

    /// Ends all calls: there will be no answer.
    pub(super) fn end(&mut self, why: Status) {
        let unanswered = self.waiting.iter_mut().filter(|call| call.outcome.is_none());
        unanswered.for_each(|call| call.end(Err(why)));
    }
}

impl Waiting {
    fn end(&mut self, outcome: Result<Message>) {
        self.outcome = Some(outcome);
        task::wake(&self.thread, Wake::Ready);
    }
}

impl Endpoint {
    /// Sends a message whose first [`TXID_SIZE`] bytes are for its number, and blocks `thread`, which is the calling one, until it is
    /// answered.
    ///
    /// # Errors
    /// 1. [`Status::BAD_HANDLE`]: this end was closed. [`Status::NO_MEMORY`].
    /// 2. Those of [`Endpoint::write`].
    /// 3. [`Status::PEER_CLOSED`]: the other end was closed meanwhile. [`Status::CANCELED`]: this one was, or has gone to another
    ///    process, or the thread is being killed. [`Status::TIMED_OUT`]: the deadline passed.
    pub(crate) fn call(
        &self,
        thread: &Ref<Thread>,
        mut message: Message,
        deadline: Time,
    ) -> Result<Message> {
        task::prepare_to_block(thread);
        let added = self.add_call(thread);
        let sent = added.and_then(|txid| {
            if let Some(word) = message.bytes.first_chunk_mut() {
                *word = txid.to_le_bytes();
            }
            self.write(message)
        });
        let why = match sent {
            Ok(()) => task::block(thread, BlockedOn::Channel, deadline),
            Err(_) => {
                task::stop_preparing(thread);
                Wake::Ready
            }
        };
        let outcome = self.place.half().state.lock().calls.remove(added?);
        sent?;
        match (outcome, why) {
            (Some(Ok(answer)), _) => {
                ownership::release(&answer);
                Ok(answer)
            }
            (Some(Err(status)), _) => Err(status),
            (None, Wake::Killed) => Err(Status::CANCELED),
            (None, Wake::Ready | Wake::TimedOut) => Err(Status::TIMED_OUT),
        }
    }

    fn add_call(&self, thread: &Ref<Thread>) -> Result<u32> {
        let mut state = self.place.half().state.lock();
        if state.is_open() { state.calls.add(thread) } else { Err(Status::BAD_HANDLE) }
    }

    /// Ends the calls that wait here: the end changes hands.
    pub(crate) fn cancel_calls(&self) {
        self.place.half().state.lock().calls.end(Status::CANCELED);
    }
}
