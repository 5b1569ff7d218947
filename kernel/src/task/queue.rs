//! Threads that are ready to run, in turn, and threads that sleep, by deadline.
//!
//! Both are lists through the threads themselves, so queueing takes no memory and cannot fail:
//!
//! ```text
//!   ready:    first ──link──> … ──link──> last       a thread is in it at most once
//!   sleepers: soonest ──link──> … ──link──> latest   and here at most once, with another link
//! ```

use crate::object::Thread;
use abi::object::Time;
use spin::Mutex;
use vm::Ref;

static QUEUE: Mutex<Queue> = Mutex::new(Queue { ready: None, soonest: None });

struct Queue {
    /// The first ready thread and the last.
    ready: Option<(Ref<Thread>, Ref<Thread>)>,
    /// The thread to wake next.
    soonest: Option<Ref<Thread>>,
}

/// A thread's places in the queues. Used only with the queues locked.
pub(super) struct Links {
    next_ready: Mutex<Option<Ref<Thread>>>,
    sleep: Mutex<Sleep>,
}

/// What a sleeping thread waits for.
struct Sleep {
    next: Option<Ref<Thread>>,
    deadline: Time,
    /// Which of the thread's waits it is.
    sequence: u64,
}

impl Links {
    /// The links of a thread that is in neither queue.
    pub(super) const fn new() -> Self {
        Self {
            next_ready: Mutex::new(None),
            sleep: Mutex::new(Sleep { next: None, deadline: 0, sequence: 0 }),
        }
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
    let before = queue.last_sleeper(|_, sleep| sleep.deadline <= deadline);
    let next = queue.link_after(before.as_ref(), Some(thread.clone()));
    *thread.execution().links.sleep.lock() = Sleep { next, deadline, sequence };
}

/// Takes a thread whose deadline has passed at `now`; returns it with the number of the wait that is over.
pub(super) fn take_sleeper(now: Time) -> Option<(Ref<Thread>, u64)> {
    let mut queue = QUEUE.lock();
    let soonest = queue.soonest.take()?;
    let mut sleep = soonest.execution().links.sleep.lock();
    let (is_over, sequence) = (sleep.deadline <= now, sleep.sequence);
    if is_over {
        queue.soonest = sleep.next.take();
    }
    drop(sleep);
    if is_over {
        return Some((soonest, sequence));
    }
    queue.soonest = Some(soonest);
    None
}

/// Forgets the deadline of a thread that was woken before it.
pub(super) fn remove_sleeper(thread: &Ref<Thread>) {
    let mut queue = QUEUE.lock();
    let mut is_before = true;
    let before = queue.last_sleeper(|other, _| {
        is_before &= !Ref::ptr_eq(other, thread);
        is_before
    });
    if is_before {
        // It has been taken meanwhile.
        return;
    }
    let next = thread.execution().links.sleep.lock().next.take();
    let removed = queue.link_after(before.as_ref(), next);
    drop(queue);
    drop(removed);
}

impl Queue {
    /// Returns the last of the sleepers from the soonest on for which `is_before` holds.
    fn last_sleeper(
        &self,
        mut is_before: impl FnMut(&Ref<Thread>, &Sleep) -> bool,
    ) -> Option<Ref<Thread>> {
        let mut last = None;
        let mut next = self.soonest.clone();
        while let Some(thread) = next {
            let sleep = thread.execution().links.sleep.lock();
            if !is_before(&thread, &sleep) {
                break;
            }
            next = sleep.next.clone();
            drop(sleep);
            last = Some(thread);
        }
        last
    }

    /// Makes `next` follow the sleeper `before`, or be the soonest; returns what did so until now.
    fn link_after(
        &mut self,
        before: Option<&Ref<Thread>>,
        next: Option<Ref<Thread>>,
    ) -> Option<Ref<Thread>> {
        match before {
            Some(thread) => {
                let mut sleep = thread.execution().links.sleep.lock();
                core::mem::replace(&mut sleep.next, next)
            }
            None => core::mem::replace(&mut self.soonest, next),
        }
    }
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
