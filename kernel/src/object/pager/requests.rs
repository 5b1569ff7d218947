//! Pages of one VMO that its pager was asked for, and the threads that wait for them.
//!
//! A page is asked for once, in one packet, however many threads need it and whatever becomes of them, until it is supplied, fails
//! or is cut off; and in the same way the pager is asked to agree to a page's being written. A thread waits for pages in a row until
//! all of them are there, or the first that it still needed when it asked fails. If others fail, it goes on with what is there, and they
//! are asked for again when they are needed. It first makes itself known, then looks which page is still missing, then waits: what is
//! supplied in between wakes it, to look again.

use super::asked::Asked;
use crate::object::{Link, Port, Promise, Thread, try_push};
use crate::task::{self, Wake};
use abi::info::BlockedOn;
use abi::object::TIME_INFINITE;
use abi::pager::{PAGER_VMO_COMPLETE, PAGER_VMO_DIRTY, PAGER_VMO_READ, page_request};
use abi::{Result, Status};
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;
use spin::Mutex;
use vm::{Missing, Need, Ref};

/// What was asked of a pager for one VMO.
pub(in crate::object) struct Requests {
    port: Ref<Port>,
    key: u64,
    state: Mutex<State>,
    /// Belongs to the pager's VMOs.
    pub(in crate::object) pager_link: Link,
}

struct State {
    /// The last packet, for which there is room from the start; none once the VMO is detached.
    completion: Option<Promise>,
    /// What it was to supply.
    content: Asked,
    /// What it was to agree to.
    consent: Asked,
    waiters: Vec<Waiter>,
}

/// A thread that waits for the pages in `range`.
struct Waiter {
    thread: Ref<Thread>,
    need: Need,
    range: Range<u64>,
    /// The first page that it still needed when a request of its was sent, or when it came.
    first: u64,
    outcome: Result<()>,
    /// A page behind the first has failed.
    is_cut_short: bool,
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
            state: Mutex::new(State {
                completion,
                content: Asked::new(),
                consent: Asked::new(),
                waiters: Vec::new(),
            }),
            pager_link: Link::new(),
        })
    }

    /// Blocks the calling thread until all of `pages` are there, or may be written, as they say.
    ///
    /// # Errors
    /// 1. [`Status::BAD_STATE`]: the VMO is detached.
    /// 2. [`Status::NO_MEMORY`]: the pages cannot be asked for.
    /// 3. [`Status::CANCELED`]: the thread is being killed.
    /// 4. What the pager gave as the reason that there will be no such page.
    pub(super) fn wait_for(&self, pages: &Missing) -> Result<()> {
        let thread = task::current().ok_or(Status::BAD_STATE)?;
        let range = pages.offset()..pages.offset().saturating_add(pages.bytes());
        let (first, end) = (range.start, range.end);
        let thread_too = thread.clone();
        let waiter = Waiter {
            thread: thread_too,
            need: pages.need(),
            range,
            first,
            outcome: Ok(()),
            is_cut_short: false,
        };
        try_push(&mut self.state.lock().waiters, waiter)?;
        let waited = loop {
            task::prepare_to_block(&thread);
            match self.ask_for_first(&thread, pages, end) {
                Ok(true) => {}
                outcome => {
                    task::stop_preparing(&thread);
                    break outcome.map(drop);
                }
            }
            if task::block(&thread, BlockedOn::Pager, TIME_INFINITE) == Wake::Killed {
                break Err(Status::CANCELED);
            }
            match self.state.lock().outcome_of(&thread) {
                Ok(false) => {}
                Ok(true) if pages.first_missing() == Some(pages.offset()) => {}
                outcome => break outcome.map(drop),
            }
        };
        self.state.lock().waiters.retain(|waiter| !Ref::ptr_eq(&waiter.thread, &thread));
        waited
    }

    /// Asks for the first of `pages` that is missing, and those behind it before `end`; returns whether there is one.
    fn ask_for_first(&self, thread: &Ref<Thread>, pages: &Missing, end: u64) -> Result<bool> {
        match pages.first_missing() {
            Some(first) => self.ask(thread, pages.need(), first..end).map(|()| true),
            None => Ok(false),
        }
    }

    /// Sees to it that the first page of `range` is asked for, and those behind it up to one that is already.
    fn ask(&self, thread: &Ref<Thread>, need: Need, range: Range<u64>) -> Result<()> {
        let mut state = self.state.lock();
        if state.completion.is_none() {
            return Err(Status::BAD_STATE);
        }
        let Some(new) = state.asked(need).begin(range)? else { return Ok(()) };
        let len = new.end.saturating_sub(new.start);
        let command = match need {
            Need::Content => PAGER_VMO_READ,
            Need::Consent => PAGER_VMO_DIRTY,
        };
        let packet = page_request(self.key, command, new.start, len);
        self.port.post(packet).inspect_err(|_| state.asked(need).take_back())?;
        if let Some(waiter) = state.waiter_mut(thread) {
            waiter.first = new.start;
        }
        Ok(())
    }

    /// Lets those look again who wait for pages in `range` that are there now, or may be written, and forgets that they were asked for.
    pub(super) fn answer(&self, need: Need, range: &Range<u64>) {
        let mut state = self.state.lock();
        state.asked(need).end(range);
        state.wake(range, |waiter| waiter.need == need);
    }

    /// Ends the wait of those whose first page is in `range`, with `why`. The others look again, and what was asked for is forgotten.
    pub(super) fn fail(&self, range: &Range<u64>, why: Status) {
        let mut state = self.state.lock();
        state.content.end(range);
        state.consent.end(range);
        state.wake(range, |waiter| {
            if range.contains(&waiter.first) {
                waiter.outcome = waiter.outcome.and(Err(why));
            }
            waiter.is_cut_short = true;
            true
        });
    }

    /// Lets those look again who wait for anything from `offset` on.
    pub(super) fn cut(&self, offset: u64) {
        [Need::Content, Need::Consent]
            .iter()
            .for_each(|need| self.answer(*need, &(offset..u64::MAX)));
    }

    /// Asks for no more pages; those that wait for one go on, to fail.
    pub(super) fn detach(&self) {
        let completion = self.state.lock().completion.take();
        if let Some(promise) = completion {
            promise.keep_packet(page_request(self.key, PAGER_VMO_COMPLETE, 0, 0));
            let mut state = self.state.lock();
            state.wake(&(0..u64::MAX), |waiter| {
                waiter.outcome = waiter.outcome.and(Err(Status::BAD_STATE));
                true
            });
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
    fn asked(&mut self, need: Need) -> &mut Asked {
        match need {
            Need::Content => &mut self.content,
            Need::Consent => &mut self.consent,
        }
    }

    /// Wakes those of the threads that wait for pages in `range` for which `is_meant`.
    fn wake(&mut self, range: &Range<u64>, mut is_meant: impl FnMut(&mut Waiter) -> bool) {
        for waiter in &mut self.waiters {
            let is_touched = range.start < waiter.range.end && waiter.range.start < range.end;
            if is_touched && is_meant(waiter) {
                task::wake(&waiter.thread, Wake::Ready);
            }
        }
    }

    fn waiter_mut(&mut self, thread: &Ref<Thread>) -> Option<&mut Waiter> {
        self.waiters.iter_mut().find(|waiter| Ref::ptr_eq(&waiter.thread, thread))
    }

    /// Returns why the wait of `thread` has ended, if its first page failed, and whether another has.
    fn outcome_of(&mut self, thread: &Ref<Thread>) -> Result<bool> {
        let waiter = self.waiter_mut(thread).ok_or(Status::INTERNAL)?;
        waiter.outcome.map(|()| mem::take(&mut waiter.is_cut_short))
    }
}
