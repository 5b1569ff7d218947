//! Threads that are ready to run, in turn, and threads that sleep, by deadline.
//!
//! Every thread takes a [`Seat`] when it is created, which reserves its place in both: from then on queueing it cannot fail.

use crate::object::Thread;
use abi::object::Time;
use abi::{Result, Status};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use spin::Mutex;
use vm::Ref;

static QUEUE: Mutex<Queue> = Mutex::new(Queue {
    seats: 0,
    ready: VecDeque::new(),
    sleepers: Vec::new(),
});

struct Queue {
    /// Threads there are; each is at most once in each queue, and both have room for all.
    seats: usize,
    ready: VecDeque<Ref<Thread>>,
    /// The next to wake is last.
    sleepers: Vec<Sleeper>,
}

/// A thread that waits until a deadline at most.
pub(super) struct Sleeper {
    /// When to wake it.
    pub(super) deadline: Time,
    /// Who.
    pub(super) thread: Ref<Thread>,
    /// Which of the thread's waits is meant.
    pub(super) sequence: u64,
}

/// Room for one thread in both queues.
pub(super) struct Seat(());

impl Seat {
    /// Takes a seat.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(super) fn take() -> Result<Self> {
        let mut queue = QUEUE.lock();
        let seats = queue.seats.checked_add(1).ok_or(Status::NO_MEMORY)?;
        let more_ready = seats.saturating_sub(queue.ready.len());
        queue
            .ready
            .try_reserve(more_ready)
            .map_err(|_| Status::NO_MEMORY)?;
        let more_sleepers = seats.saturating_sub(queue.sleepers.len());
        queue
            .sleepers
            .try_reserve(more_sleepers)
            .map_err(|_| Status::NO_MEMORY)?;
        queue.seats = seats;
        Ok(Self(()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut queue = QUEUE.lock();
        queue.seats = queue.seats.saturating_sub(1);
    }
}

/// Queues a thread for running.
pub(crate) fn make_ready(thread: Ref<Thread>) {
    // The thread's seat has reserved the place.
    QUEUE.lock().ready.push_back(thread);
}

/// Takes the thread whose turn it is.
pub(super) fn take_ready() -> Option<Ref<Thread>> {
    QUEUE.lock().ready.pop_front()
}

/// Says whether a thread is ready.
pub(super) fn has_ready() -> bool {
    !QUEUE.lock().ready.is_empty()
}

/// Queues a thread for waking.
pub(super) fn add_sleeper(sleeper: Sleeper) {
    let mut queue = QUEUE.lock();
    let place = queue
        .sleepers
        .partition_point(|other| other.deadline > sleeper.deadline);
    // The thread's seat has reserved the place.
    queue.sleepers.insert(place, sleeper);
}

/// Takes a thread whose deadline has passed at `now`.
pub(super) fn take_sleeper(now: Time) -> Option<Sleeper> {
    QUEUE
        .lock()
        .sleepers
        .pop_if(|sleeper| sleeper.deadline <= now)
}

/// Forgets the deadline of a thread that was woken before it.
pub(super) fn remove_sleeper(thread: &Ref<Thread>) {
    let mut queue = QUEUE.lock();
    let found = queue
        .sleepers
        .iter()
        .position(|sleeper| Ref::ptr_eq(&sleeper.thread, thread));
    let removed = found.map(|index| queue.sleepers.remove(index));
    drop(queue);
    drop(removed);
}
