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
use abi::object::{KOID_INVALID, Time};
use abi::{Koid, Result, Status};
use alloc::vec::Vec;
use spin::Mutex;
use vm::Ref;

/// The threads of a process that sleep on words of it, the longest sleeper first.
pub(crate) struct Futexes(Mutex<Vec<Sleeper>>);

struct Sleeper {
    thread: Ref<Thread>,
    /// Where the word is.
    address: u64,
    /// When it began to sleep there: the list is in this order.
    turn: u64,
    /// Whether the thread is asleep already, or will look at the list first.
    is_asleep: bool,
    /// Which thread owns the word; the same for all who sleep on it.
    owner: Koid,
}

/// What becomes of the owner of a word when threads are woken through it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nobody owns it.
    Nobody,
    /// The last of those who are woken does, as long as others sleep on it.
    Woken,
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
    /// 2. Those of `check`, which may fault and block, and returns who owns the word from then on.
    /// 3. [`Status::TIMED_OUT`]: the deadline passed. [`Status::CANCELED`]: the thread is being killed.
    pub(crate) fn wait(
        &self,
        thread: &Ref<Thread>,
        address: u64,
        deadline: Time,
        check: impl FnOnce() -> Result<Option<Ref<Thread>>>,
    ) -> Result<()> {
        self.enlist(thread, address)?;
        // Even a deadline that has passed gives the word to its new owner.
        let checked = check().map(|owner| {
            let sleeps = !task::has_passed(deadline);
            (self.settle(thread, address, owner.as_ref(), sleeps), sleeps)
        });
        let why = match checked {
            Ok((false, _)) => return Ok(()),
            Ok((true, true)) => task::block(thread, BlockedOn::Futex, deadline),
            Ok((true, false)) => Wake::TimedOut,
            Err(status) => {
                return if self.withdraw(thread) { Err(status) } else { Ok(()) };
            }
        };
        let is_woken = !self.withdraw(thread);
        match why {
            _ if is_woken => Ok(()),
            Wake::Killed => Err(Status::CANCELED),
            Wake::Ready | Wake::TimedOut => Err(Status::TIMED_OUT),
        }
    }

    /// Wakes the first `count` threads that sleep on the word at `address`.
    pub(crate) fn wake(&self, address: u64, count: u32, owner: Owner) {
        wake_first(&mut self.0.lock(), address, count, owner);
    }

    /// Wakes the first `wake_count` threads that sleep on the word at `address`, and lets the next `count` sleep on the one at `to`,
    /// which `new_owner` owns from then on.
    pub(crate) fn requeue(
        &self,
        (address, wake_count, owner): (u64, u32, Owner),
        (to, count, new_owner): (u64, u32, Option<&Ref<Thread>>),
    ) {
        let mut sleepers = self.0.lock();
        wake_first(&mut sleepers, address, wake_count, owner);
        // Those who come to the other word late sleep behind those who were there before.
        let turns = next_turn(&sleepers)..;
        let there = sleepers.iter_mut().filter(|sleeper| sleeper.address == address);
        for ((sleeper, turn), _) in there.zip(turns).zip(0..count) {
            (sleeper.address, sleeper.turn) = (to, turn);
        }
        sleepers.sort_unstable_by_key(|sleeper| sleeper.turn);
        assign(&mut sleepers, to, new_owner);
    }

    /// Returns the koid of the thread that owns the word at `address`, or 0. Only words on which threads sleep have owners.
    pub(crate) fn owner(&self, address: u64) -> Koid {
        owner(&self.0.lock(), address)
    }

    /// Leaves all words of a thread that has ended to nobody.
    pub(super) fn disown(&self, thread: Koid) {
        let mut sleepers = self.0.lock();
        let owned = sleepers.iter_mut().filter(|sleeper| sleeper.owner == thread);
        owned.for_each(|sleeper| sleeper.owner = KOID_INVALID);
    }

    /// Says whether `thread` sleeps on the word at `address`.
    pub(crate) fn is_waiting(&self, thread: &Ref<Thread>, address: u64) -> bool {
        let sleepers = self.0.lock();
        sleepers
            .iter()
            .any(|sleeper| sleeper.address == address && Ref::ptr_eq(&sleeper.thread, thread))
    }

    /// Puts `thread` on the list of those who sleep on the word at `address`.
    fn enlist(&self, thread: &Ref<Thread>, address: u64) -> Result<()> {
        let mut sleepers = self.0.lock();
        let (owner, turn) = (owner(&sleepers, address), next_turn(&sleepers));
        let thread = thread.clone();
        try_push(&mut sleepers, Sleeper { thread, address, turn, is_asleep: false, owner })
    }

    /// Gives the word at `address` to its new owner and, if `thread` sleeps, prepares it to block; says whether it is on the list still
    /// and no wake has come already.
    fn settle(
        &self,
        thread: &Ref<Thread>,
        address: u64,
        new_owner: Option<&Ref<Thread>>,
        sleeps: bool,
    ) -> bool {
        let mut sleepers = self.0.lock();
        let own = sleepers.iter_mut().find(|sleeper| Ref::ptr_eq(&sleeper.thread, thread));
        let Some(own) = own else {
            return false;
        };
        own.is_asleep = sleeps;
        // It may have been moved to another word meanwhile, which has got its owner from whoever did that.
        if own.address == address {
            assign(&mut sleepers, address, new_owner);
        }
        if sleeps {
            task::prepare_to_block(thread);
        }
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

/// Returns a turn behind those of all.
fn next_turn(sleepers: &[Sleeper]) -> u64 {
    sleepers.last().map_or(0, |last| last.turn.wrapping_add(1))
}

/// Returns the koid of the thread that owns the word at `address`, or 0.
fn owner(sleepers: &[Sleeper], address: u64) -> Koid {
    let first = sleepers.iter().find(|sleeper| sleeper.address == address);
    first.map_or(KOID_INVALID, |sleeper| sleeper.owner)
}

/// Gives the word at `address` to a thread, if somebody sleeps on it. A thread that ends gets nothing.
fn assign(sleepers: &mut [Sleeper], address: u64, new_owner: Option<&Ref<Thread>>) {
    let new_owner = new_owner.filter(|thread| !thread.is_ending());
    set_owner(sleepers, address, new_owner.map_or(KOID_INVALID, |thread| thread.koid()));
}

fn set_owner(sleepers: &mut [Sleeper], address: u64, owner: Koid) {
    let there = sleepers.iter_mut().filter(|sleeper| sleeper.address == address);
    there.for_each(|sleeper| sleeper.owner = owner);
}

/// Wakes the first `count` of those who sleep on the word at `address`.
fn wake_first(sleepers: &mut Vec<Sleeper>, address: u64, count: u32, owner: Owner) {
    let mut left = count;
    let mut woken = KOID_INVALID;
    sleepers.retain(|sleeper| {
        if left == 0 || sleeper.address != address {
            return true;
        }
        left = left.saturating_sub(1);
        woken = sleeper.thread.koid();
        if sleeper.is_asleep {
            task::wake(&sleeper.thread, Wake::Ready);
        }
        false
    });
    set_owner(sleepers, address, if owner == Owner::Woken { woken } else { KOID_INVALID });
}
