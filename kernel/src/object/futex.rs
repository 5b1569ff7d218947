//! Futexes: words of a process's memory that its threads sleep on.
//!
//! A thread puts itself on the list *before* the word is compared, and marks itself as asleep after that, so that a wake between the
//! comparison and the sleep is not lost although no lock can be held while memory of ring 3 is read:
//!
//! ```text
//!   enlist ──> read the word ── differs ──> withdraw
//!                   └── as expected ──> sleep unless a wake has taken it off the list ──> withdraw
//! ```

use super::{Thread, try_push};
use crate::task::{self, Wake};
use abi::info::BlockedOn;
use abi::object::Time;
use abi::{Result, Status};
use alloc::vec::Vec;
use spin::Mutex;
use vm::Ref;

/// The threads of a process that sleep on words of it, the longest sleeper first.
pub(crate) struct Futexes(Mutex<Vec<Sleeper>>);

struct Sleeper {
    thread: Ref<Thread>,
    /// Where the word is.
    address: u64,
    /// Whether the thread is asleep already, or will look at the list first.
    is_asleep: bool,
}

impl Futexes {
    /// Nobody sleeps yet.
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Blocks `thread`, the calling one, until it is woken through the word at `address`, unless `check` refuses.
    ///
    /// # Errors
    /// 1. [`Status::NO_MEMORY`].
    /// 2. Those of `check`, which may fault and block.
    /// 3. [`Status::TIMED_OUT`]: the deadline passed. [`Status::CANCELED`]: the thread is being killed.
    pub(crate) fn wait(
        &self,
        thread: &Ref<Thread>,
        address: u64,
        deadline: Time,
        check: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let sleeper = Sleeper { thread: thread.clone(), address, is_asleep: false };
        try_push(&mut self.0.lock(), sleeper)?;
        let checked = check();
        if checked.is_err() || task::has_passed(deadline) {
            let is_woken = !self.withdraw(thread);
            return if is_woken { Ok(()) } else { checked.and(Err(Status::TIMED_OUT)) };
        }
        if !self.fall_asleep(thread) {
            return Ok(());
        }
        let why = task::block(thread, BlockedOn::Futex, deadline);
        let is_woken = !self.withdraw(thread);
        match why {
            _ if is_woken => Ok(()),
            Wake::Killed => Err(Status::CANCELED),
            Wake::Ready | Wake::TimedOut => Err(Status::TIMED_OUT),
        }
    }

    /// Wakes the first `count` threads that sleep on the word at `address`.
    pub(crate) fn wake(&self, address: u64, count: u32) {
        wake_first(&mut self.0.lock(), address, count);
    }

    /// Wakes the first `wake_count` threads that sleep on the word at `address`, and lets the next `count` sleep on the one at `to`.
    pub(crate) fn requeue(&self, address: u64, wake_count: u32, to: u64, count: u32) {
        let mut sleepers = self.0.lock();
        wake_first(&mut sleepers, address, wake_count);
        // Those who come to the other word late sleep behind those who were there before.
        let mut left = count;
        let mut index = 0;
        let mut seen = sleepers.len();
        while seen > 0 && left > 0 {
            seen = seen.saturating_sub(1);
            if sleepers.get(index).is_some_and(|next| next.address == address) {
                let mut moved = sleepers.remove(index);
                moved.address = to;
                sleepers.push(moved);
                left = left.saturating_sub(1);
            } else {
                index = index.saturating_add(1);
            }
        }
    }

    /// Says whether `thread` sleeps on the word at `address`.
    pub(crate) fn is_waiting(&self, thread: &Ref<Thread>, address: u64) -> bool {
        let sleepers = self.0.lock();
        sleepers
            .iter()
            .any(|sleeper| sleeper.address == address && Ref::ptr_eq(&sleeper.thread, thread))
    }

    /// Prepares `thread` to block, unless a wake has come already.
    fn fall_asleep(&self, thread: &Ref<Thread>) -> bool {
        let mut sleepers = self.0.lock();
        let own = sleepers.iter_mut().find(|sleeper| Ref::ptr_eq(&sleeper.thread, thread));
        let Some(own) = own else {
            return false;
        };
        own.is_asleep = true;
        task::prepare_to_block(thread);
        true
    }

    /// Takes `thread` off the list; says whether it was there.
    fn withdraw(&self, thread: &Ref<Thread>) -> bool {
        let mut sleepers = self.0.lock();
        let before = sleepers.len();
        sleepers.retain(|sleeper| !Ref::ptr_eq(&sleeper.thread, thread));
        sleepers.len() != before
    }
}

/// Wakes the first `count` of those who sleep on the word at `address`.
fn wake_first(sleepers: &mut Vec<Sleeper>, address: u64, count: u32) {
    let mut left = count;
    sleepers.retain(|sleeper| {
        if left == 0 || sleeper.address != address {
            return true;
        }
        left = left.saturating_sub(1);
        if sleeper.is_asleep {
            task::wake(&sleeper.thread, Wake::Ready);
        }
        false
    });
}
