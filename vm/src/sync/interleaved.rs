//! Atomics and locks that let `shuttle` choose who goes on.
//!
//! They keep nothing of `shuttle`'s in themselves: an atomic is the number alone, so page tables and frame records are made of
//! them too, and what outlives one execution serves in the next. Outside of an execution there is nobody else.

use core::cell::Cell;
use core::future::poll_fn;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::Ordering;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::vec::Vec;

use shuttle::future::block_on;

std::thread_local! {
    /// Several processors are at work.
    static TOGETHER: Cell<bool> = const { Cell::new(false) };
}

/// Calls `run`, inside an execution of `shuttle`'s: the tasks that it starts and waits for are processors, and only among them does it
/// matter who goes on.
pub fn together<T>(run: impl FnOnce() -> T) -> T {
    TOGETHER.set(true);
    let result = run();
    TOGETHER.set(false);
    result
}

/// Lets others go on, if the test wants it.
pub(crate) fn point() {
    if TOGETHER.get() {
        // Nothing but a point: the time is not looked at.
        shuttle::thread::sleep(Duration::ZERO);
    }
}

macro_rules! atomic {
    ($name:ident, $value:ty, $($operation:ident),*) => {
        #[doc = concat!("`core`'s `", stringify!($name), "`, with a point before each operation.")]
        #[derive(Debug)]
        #[repr(transparent)]
        pub(crate) struct $name(core::sync::atomic::$name);

        impl $name {
            $(
                pub(crate) fn $operation(&self, value: $value, order: Ordering) -> $value {
                    point();
                    self.0.$operation(value, order)
                }
            )*

            pub(crate) fn load(&self, order: Ordering) -> $value {
                point();
                self.0.load(order)
            }

            // Not of use for every one of them.
            #[allow(dead_code, reason = "one macro for all")]
            pub(crate) fn store(&self, value: $value, order: Ordering) {
                point();
                self.0.store(value, order);
            }
        }
    };
}

atomic!(AtomicU32, u32, fetch_add, fetch_sub);
atomic!(AtomicU64, u64, fetch_and, fetch_or);
atomic!(AtomicUsize, usize, fetch_add, fetch_sub);

/// A number that only the holder of a lock changes, so it makes no difference to him who goes on before he reads it. Whoever reads it
/// without the lock, as a processor reads page tables, lets others go on by himself.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Guarded(core::sync::atomic::AtomicU64);

impl Guarded {
    pub(crate) fn load(&self, order: Ordering) -> u64 {
        self.0.load(order)
    }

    pub(crate) fn store(&self, value: u64, order: Ordering) {
        point();
        self.0.store(value, order);
    }
}

impl AtomicU64 {
    pub(crate) const fn new(value: u64) -> Self {
        AtomicU64(core::sync::atomic::AtomicU64::new(value))
    }
}

impl AtomicUsize {
    pub(crate) const fn new(value: usize) -> Self {
        AtomicUsize(core::sync::atomic::AtomicUsize::new(value))
    }
}

/// A lock that its holder gives to those who wait for it.
#[derive(Debug)]
pub(crate) struct Mutex<T> {
    lock: spin::Mutex<T>,
    waiting: spin::Mutex<Vec<Waker>>,
}

/// The right to what a [`Mutex`] protects.
pub(crate) struct MutexGuard<'a, T> {
    /// None once it is given up.
    held: Option<spin::MutexGuard<'a, T>>,
    waiting: &'a spin::Mutex<Vec<Waker>>,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Mutex { lock: spin::Mutex::new(value), waiting: spin::Mutex::new(Vec::new()) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        point();
        let held = match self.lock.try_lock() {
            Some(held) => held,
            // `shuttle` finds out if everybody waits.
            None => block_on(poll_fn(|context| self.poll(context))),
        };
        MutexGuard { held: Some(held), waiting: &self.waiting }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<spin::MutexGuard<'_, T>> {
        match self.lock.try_lock() {
            Some(held) => Poll::Ready(held),
            None => {
                self.waiting.lock().push(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[expect(clippy::expect_used, reason = "given up only when it is dropped")]
    fn deref(&self) -> &T {
        self.held.as_ref().expect("held")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[expect(clippy::expect_used, reason = "given up only when it is dropped")]
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect("held")
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.held = None;
        let waiting = core::mem::take(&mut *self.waiting.lock());
        waiting.into_iter().for_each(Waker::wake);
    }
}
