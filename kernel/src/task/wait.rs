//! Blocking and waking.
//!
//! A thread that is about to wait first prepares, then makes itself known to whoever will wake it, then blocks. A wake that comes
//! in between is kept, so none is lost:
//!
//! ```text
//!   Running ── prepare_to_block ──> Preparing ── block ──> Blocked
//!      ^                                │ wake                │ wake: into the queue
//!      └────────── block returns ─── Woken <──────────────────┘
//! ```

use super::execution::Attention;
use super::queue;
use super::{cpu, try_now};
use crate::object::Thread;
use abi::info::BlockedOn;
use abi::object::{TIME_INFINITE, Time};
use vm::Ref;

/// Why a thread was woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// What was waited for has come, or cannot come any more; where it was waited for is said which.
    Ready,
    /// The deadline passed.
    TimedOut,
    /// The thread is to end.
    Killed,
}

/// Where a thread is on its way through a wait.
pub(super) struct WaitState {
    phase: Phase,
    /// Counts waits, so that a late wake for one does not end the next.
    sequence: u64,
}

enum Phase {
    Running,
    Preparing,
    Blocked(BlockedOn),
    Woken(Wake),
}

impl WaitState {
    /// The state of a thread that does not wait.
    pub(super) const fn new() -> Self {
        Self { phase: Phase::Running, sequence: 0 }
    }

    /// Says what the thread waits for, if it waits.
    pub(super) fn blocked_on(&self) -> Option<BlockedOn> {
        match self.phase {
            Phase::Blocked(on) => Some(on),
            Phase::Running | Phase::Preparing | Phase::Woken(_) => None,
        }
    }

    /// Takes the reason for which the wait is over, if it is.
    fn take_reason(&mut self) -> Option<Wake> {
        let Phase::Woken(why) = self.phase else {
            return None;
        };
        self.phase = Phase::Running;
        Some(why)
    }
}

/// Begins a wait of the calling thread: from here on [`wake`] reaches it. [`block`] or [`stop_preparing`] must follow.
pub(crate) fn prepare_to_block(thread: &Ref<Thread>) {
    let mut wait = thread.execution().wait.lock();
    wait.sequence = wait.sequence.wrapping_add(1);
    wait.phase = Phase::Preparing;
}

/// Undoes [`prepare_to_block`]: the calling thread does not wait after all.
pub(crate) fn stop_preparing(thread: &Ref<Thread>) {
    thread.execution().wait.lock().phase = Phase::Running;
}

/// Gives the processor away until the calling thread is woken, its deadline passes, or it is to end.
pub(crate) fn block(thread: &Ref<Thread>, on: BlockedOn, deadline: Time) -> Wake {
    let mut wait = thread.execution().wait.lock();
    if let Some(why) = wait.take_reason() {
        return why;
    }
    if thread.execution().attention().contains(Attention::KILLED) {
        wait.phase = Phase::Running;
        return Wake::Killed;
    }
    wait.phase = Phase::Blocked(on);
    if deadline != TIME_INFINITE {
        queue::add_sleeper(thread, deadline, wait.sequence);
    }
    drop(wait);

    let why = loop {
        cpu::switch_away();
        // Nothing but a wake queues a blocked thread, so this loop runs once.
        if let Some(why) = thread.execution().wait.lock().take_reason() {
            break why;
        }
    };
    if deadline != TIME_INFINITE && why != Wake::TimedOut {
        queue::remove_sleeper(thread);
    }
    why
}

/// Ends the wait of `thread`, if it waits.
pub(crate) fn wake(thread: &Ref<Thread>, why: Wake) {
    let mut wait = thread.execution().wait.lock();
    match wait.phase {
        Phase::Running | Phase::Woken(_) => {}
        Phase::Preparing => wait.phase = Phase::Woken(why),
        Phase::Blocked(_) => {
            wait.phase = Phase::Woken(why);
            queue::make_ready(thread.clone());
        }
    }
}

/// Makes `thread` end at its next return to ring 3, and ends its wait for that.
pub(crate) fn interrupt(thread: &Ref<Thread>) {
    thread.execution().alert(Attention::KILLED);
    wake(thread, Wake::Killed);
}

/// Wakes every thread whose deadline has passed, once the time is known.
pub(super) fn wake_sleepers() {
    let Some(now) = try_now() else {
        return;
    };
    while let Some((thread, sequence)) = queue::take_sleeper(now) {
        let is_current = thread.execution().wait.lock().sequence == sequence;
        if is_current {
            wake(&thread, Wake::TimedOut);
        }
    }
}
