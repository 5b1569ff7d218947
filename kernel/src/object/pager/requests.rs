//! Pages of one VMO that its pager was asked for, and the threads that wait for them.
//!
//! A page is asked for once, with one packet, however many threads need it and whatever becomes of them, until it is supplied, fails
//! or is cut off. A thread first makes itself known, then looks whether the page is still missing, then waits: a page that is
//! supplied in between wakes it.

use crate::object::{Port, Promise, Thread, try_push};
use crate::task::{self, Wake};
use abi::layout::PAGE_SIZE;
use abi::object::TIME_INFINITE;
use abi::pager::{PAGER_VMO_COMPLETE, PAGER_VMO_READ, page_request};
use abi::{Result, Status};
use alloc::vec::Vec;
use core::ops::Range;
use spin::Mutex;
use vm::{Missing, Ref};

/// What was asked of a pager for one VMO.
pub(super) struct Requests {
    port: Ref<Port>,
    key: u64,
    state: Mutex<State>,
}

struct State {
    /// The last packet, for which there is room from the start; none once the VMO is detached.
    completion: Option<Promise>,
    /// Where the pages are, in bytes, that were asked for and neither supplied nor refused yet.
    asked: Vec<u64>,
    waiters: Vec<Waiter>,
}

/// A thread that waits for the page at `offset`.
struct Waiter {
    thread: Ref<Thread>,
    offset: u64,
    outcome: Result<()>,
}

impl Requests {
    /// Sends requests to `port` under `key`.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(super) fn new(port: Ref<Port>, key: u64) -> Result<Self> {
        let completion = Some(Promise::of_kernel(&port)?);
        Ok(Self {
            port,
            key,
            state: Mutex::new(State { completion, asked: Vec::new(), waiters: Vec::new() }),
        })
    }

    /// Blocks the calling thread until `page` is there.
    ///
    /// # Errors
    /// 1. [`Status::BAD_STATE`]: the VMO is detached.
    /// 2. [`Status::NO_MEMORY`]: the page cannot be asked for.
    /// 3. [`Status::CANCELED`]: the thread is being killed.
    /// 4. What the pager gave as the reason that there will be no such page.
    pub(super) fn wait_for(&self, page: &Missing) -> Result<()> {
        let thread = task::current().ok_or(Status::BAD_STATE)?;
        let offset = page.offset();
        let waiter = Waiter { thread: thread.clone(), offset, outcome: Ok(()) };
        let mut state = self.state.lock();
        try_push(&mut state.waiters, waiter)?;
        task::prepare_to_block(&thread);
        drop(state);

        let asked = if page.is_missing() { self.ask(offset) } else { Ok(false) };
        if asked != Ok(true) {
            task::wake(&thread, Wake::Ready);
        }
        let wake = task::block(&thread, TIME_INFINITE);
        let outcome = self.state.lock().leave(&thread);
        asked?;
        if wake == Wake::Killed {
            return Err(Status::CANCELED);
        }
        outcome
    }

    /// Sees to it that the page at `offset` is asked for; returns true.
    fn ask(&self, offset: u64) -> Result<bool> {
        let mut state = self.state.lock();
        if state.completion.is_none() {
            return Err(Status::BAD_STATE);
        }
        if !state.asked.contains(&offset) {
            try_push(&mut state.asked, offset)?;
            let packet = page_request(self.key, PAGER_VMO_READ, offset, PAGE_SIZE);
            self.port.post(packet).inspect_err(|_| {
                state.asked.pop();
            })?;
        }
        Ok(true)
    }

    /// Lets those go on that wait for pages in `range`, and forgets that they were asked for.
    pub(super) fn answer(&self, range: Range<u64>, outcome: Result<()>) {
        let mut state = self.state.lock();
        state.asked.retain(|offset| !range.contains(offset));
        for waiter in &mut state.waiters {
            if range.contains(&waiter.offset) {
                waiter.outcome = outcome;
                task::wake(&waiter.thread, Wake::Ready);
            }
        }
    }

    /// Asks for no more pages; those that wait for one go on, to fail.
    pub(super) fn detach(&self) {
        let completion = self.state.lock().completion.take();
        if let Some(promise) = completion {
            promise.keep_packet(page_request(self.key, PAGER_VMO_COMPLETE, 0, 0));
            self.answer(0..u64::MAX, Err(Status::BAD_STATE));
        }
    }

    /// Checks that pages may still be asked for.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: the VMO is detached.
    pub(super) fn check_attached(&self) -> Result<()> {
        match self.state.lock().completion {
            Some(_) => Ok(()),
            None => Err(Status::BAD_STATE),
        }
    }
}

impl State {
    /// Removes a thread that no longer waits; returns how its wait ended.
    fn leave(&mut self, thread: &Ref<Thread>) -> Result<()> {
        let place = self.waiters.iter().position(|waiter| Ref::ptr_eq(&waiter.thread, thread));
        place.map_or(Ok(()), |place| self.waiters.swap_remove(place).outcome)
    }
}
