//! Pages of one VMO that its pager was asked for, and the threads that wait for them.
//!
//! A page is asked for once, in one packet, however many threads need it and whatever becomes of them, until it is supplied, fails
//! or is cut off. A thread waits for pages in a row until all of them are there, or one of them fails. It first makes itself known,
//! then looks which page is still missing, then waits: what is supplied in between wakes it, to look again.

use super::asked::Asked;
use crate::object::{Port, Promise, Thread, try_push};
use crate::task::{self, Wake};
use abi::info::BlockedOn;
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
    asked: Asked,
    waiters: Vec<Waiter>,
}

/// A thread that waits for the pages in `range`.
struct Waiter {
    thread: Ref<Thread>,
    range: Range<u64>,
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
            state: Mutex::new(State { completion, asked: Asked::new(), waiters: Vec::new() }),
        })
    }

    /// Blocks the calling thread until all of `pages` are there.
    ///
    /// # Errors
    /// 1. [`Status::BAD_STATE`]: the VMO is detached.
    /// 2. [`Status::NO_MEMORY`]: the pages cannot be asked for.
    /// 3. [`Status::CANCELED`]: the thread is being killed.
    /// 4. What the pager gave as the reason that there will be no such page.
    pub(super) fn wait_for(&self, pages: &Missing) -> Result<()> {
        let thread = task::current().ok_or(Status::BAD_STATE)?;
        let range = pages.offset()..pages.offset().saturating_add(pages.bytes());
        let end = range.end;
        let waiter = Waiter { thread: thread.clone(), range, outcome: Ok(()) };
        try_push(&mut self.state.lock().waiters, waiter)?;
        let waited = loop {
            task::prepare_to_block(&thread);
            match self.ask_for_first(pages, end) {
                Ok(true) => {}
                outcome => {
                    task::stop_preparing(&thread);
                    break outcome.map(drop);
                }
            }
            if task::block(&thread, BlockedOn::Pager, TIME_INFINITE) == Wake::Killed {
                break Err(Status::CANCELED);
            }
            let outcome = self.state.lock().outcome_of(&thread);
            if outcome.is_err() {
                break outcome;
            }
        };
        self.state.lock().waiters.retain(|waiter| !Ref::ptr_eq(&waiter.thread, &thread));
        waited
    }

    /// Asks for the first of `pages` that is missing, and those behind it before `end`; returns whether there is one.
    fn ask_for_first(&self, pages: &Missing, end: u64) -> Result<bool> {
        match pages.first_missing() {
            Some(first) => self.ask(first..end).map(|()| true),
            None => Ok(false),
        }
    }

    /// Sees to it that the first page of `range` is asked for, and those behind it up to one that is already.
    fn ask(&self, range: Range<u64>) -> Result<()> {
        let mut state = self.state.lock();
        if state.completion.is_none() {
            return Err(Status::BAD_STATE);
        }
        if let Some(new) = state.asked.begin(range)? {
            let len = new.end.saturating_sub(new.start);
            let packet = page_request(self.key, PAGER_VMO_READ, new.start, len);
            self.port.post(packet).inspect_err(|_| state.asked.take_back())?;
        }
        Ok(())
    }

    /// Lets those look again who wait for pages in `range`, or ends their wait, and forgets that the pages were asked for.
    pub(super) fn answer(&self, range: Range<u64>, outcome: Result<()>) {
        let mut state = self.state.lock();
        state.asked.end(&range);
        for waiter in &mut state.waiters {
            if range.start < waiter.range.end && waiter.range.start < range.end {
                waiter.outcome = waiter.outcome.and(outcome);
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
    /// Returns why the wait of `thread` has ended, if a page failed.
    fn outcome_of(&self, thread: &Ref<Thread>) -> Result<()> {
        let mut waiters = self.waiters.iter();
        let waiter = waiters.find(|waiter| Ref::ptr_eq(&waiter.thread, thread));
        waiter.map_or(Ok(()), |waiter| waiter.outcome)
    }
}
