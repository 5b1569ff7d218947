//! Threads that are ready to run, in turn, and threads that sleep, by deadline.
//!
//! Both go through the threads themselves, so queueing takes no memory and cannot fail:
//!
//! ```text
//!   ready:    first ──link──> … ──link──> last       a thread is in it at most once
//!   sleepers: a tree, the soonest first              and here at most once, with another link
//! ```

use crate::object::{Ordered, Sleepers, Thread};
use abi::object::Time;
use core::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use spin::Mutex;
use vm::Ref;

static QUEUE: Mutex<Queue> =
    Mutex::new(Queue { ready: None, sleepers: Ordered::new(Sleepers::new()), next_turn: 0 });

struct Queue {
    /// The first ready thread and the last.
    ready: Option<(Ref<Thread>, Ref<Thread>)>,
    /// The thread to wake next comes first.
    sleepers: Ordered<Thread, Sleepers>,
    /// How many sleepers there were.
    next_turn: u64,
}

/// When a sleeping thread wakes: at what time, and which of those that wake at that time comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deadline {
    time: Time,
    turn: u64,
}

/// A thread's places in the queues. Used only with the queues locked.
pub(super) struct Links {
    next_ready: Mutex<Option<Ref<Thread>>>,
    time: AtomicI64,
    turn: AtomicU64,
    /// Which of the thread's waits it sleeps in.
    wait: AtomicU64,
}

impl Links {
    /// The links of a thread that is in neither queue.
    pub(super) const fn new() -> Self {
        Self {
            next_ready: Mutex::new(None),
            time: AtomicI64::new(0),
            turn: AtomicU64::new(0),
            wait: AtomicU64::new(0),
        }
    }

    /// Returns when the thread wakes, or woke when it slept last.
    pub(super) fn deadline(&self) -> Deadline {
        let time = self.time.load(Ordering::Relaxed);
        Deadline { time, turn: self.turn.load(Ordering::Relaxed) }
    }
}

/// Queues a thread for running.
pub(crate) fn make_ready(thread: Ref<Thread>) {
    let mut queue = QUEUE.lock();
    let first = match queue.ready.take() {
        Some((first, last)) => {
            *last.execution().links.next_ready.lock() = Some(thread.clone());
            first
        }
        None => thread.clone(),
    };
    queue.ready = Some((first, thread));
}

/// Takes the thread whose turn it is.
pub(super) fn take_ready() -> Option<Ref<Thread>> {
    let mut queue = QUEUE.lock();
    let (first, last) = queue.ready.take()?;
    let next = first.execution().links.next_ready.lock().take();
    queue.ready = next.map(|next| (next, last));
    Some(first)
}

/// Says whether a thread is ready.
pub(super) fn has_ready() -> bool {
    QUEUE.lock().ready.is_some()
}

/// Queues a thread for waking at `deadline` from its wait number `sequence`.
pub(super) fn add_sleeper(thread: &Ref<Thread>, deadline: Time, sequence: u64) {
    let mut queue = QUEUE.lock();
    queue.next_turn = queue.next_turn.wrapping_add(1);
    let links = &thread.execution().links;
    links.time.store(deadline, Ordering::Relaxed);
    links.turn.store(queue.next_turn, Ordering::Relaxed);
    links.wait.store(sequence, Ordering::Relaxed);
    queue.sleepers.insert(thread.clone());
}

/// Takes a thread whose deadline has passed at `now`; returns it with the number of the wait that is over.
pub(super) fn take_sleeper(now: Time) -> Option<(Ref<Thread>, u64)> {
    let mut queue = QUEUE.lock();
    let soonest =
        queue.sleepers.take_first_if(|thread| thread.execution().deadline().time <= now)?;
    let sequence = soonest.execution().links.wait.load(Ordering::Relaxed);
    Some((soonest, sequence))
}

/// Forgets the deadline of a thread that was woken before it, unless it has been taken meanwhile.
pub(super) fn remove_sleeper(thread: &Ref<Thread>) {
    let removed = QUEUE.lock().sleepers.remove(&thread.execution().deadline());
    drop(removed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{kernel_aspace, memory};
    use crate::object::{Job, Process};
    use vm::Aspace;

    fn threads<const N: usize>() -> [Ref<Thread>; N] {
        let job = Job::create(b"test").unwrap();
        let aspace = Aspace::user(memory(), kernel_aspace(), Some(1)).unwrap();
        let process = Process::create(&job, b"test", aspace).unwrap();
        let threads = core::array::from_fn(|_| Thread::create(&process, b"test").unwrap());
        process.kill(0);
        threads
    }

    #[test_case]
    fn ready_threads_take_turns() {
        let threads: [_; 3] = threads();
        for _ in 0..2 {
            threads.iter().cloned().for_each(make_ready);
            for thread in &threads {
                assert!(take_ready().is_some_and(|taken| Ref::ptr_eq(&taken, thread)));
            }
            assert!(take_ready().is_none() && !has_ready());
        }
    }

    #[test_case]
    fn sleepers_wake_by_deadline() {
        let threads: [_; 4] = threads();
        for (thread, deadline) in threads.iter().zip([30, 10, 20, 20]) {
            add_sleeper(thread, deadline, 7);
        }
        assert!(take_sleeper(9).is_none());
        remove_sleeper(&threads[2]);
        remove_sleeper(&threads[2]);
        for (index, now) in [(1, 10), (3, 25), (0, 30)] {
            let taken = take_sleeper(now);
            let is_right = taken
                .is_some_and(|(thread, wait)| wait == 7 && Ref::ptr_eq(&thread, &threads[index]));
            assert!(is_right, "{index}");
            assert!(take_sleeper(now).is_none());
        }
        remove_sleeper(&threads[0]);
        assert!(take_sleeper(Time::MAX).is_none());
        assert!(threads.iter().all(|thread| Ref::count(thread) == 1));
    }
}
