//! The locks of the crate, each with its place in the order they are taken in.
//!
//! A CPU that holds a lock may take only locks of a higher rank: regions, then the register of those
//! who can give frames back, then a VMO, then its family, then tables, then frames. Two of one rank are taken only
//! together, in the order of their addresses. Host tests check it at every lock taken, which proves
//! that there is no deadlock however many CPUs there are.

use core::ops::{Deref, DerefMut};

use crate::sync::{Mutex, MutexGuard};

/// The regions of an address space.
pub(crate) const REGIONS: u32 = 1;
/// Who can give frames back when memory is out.
pub(crate) const RECLAIM: u32 = 2;
/// A memory object.
pub(crate) const VMO: u32 = 3;
/// The memory objects that may share frames.
pub(crate) const FAMILY: u32 = 4;
/// The page tables of an address space.
pub(crate) const TABLES: u32 = 5;
/// The free frames.
pub(crate) const FRAMES: u32 = 6;

/// A spin lock with a rank.
pub(crate) struct Lock<T, const RANK: u32>(Mutex<T>);

/// The right to what a [`Lock`] protects.
pub(crate) struct Guard<'a, T, const RANK: u32>(MutexGuard<'a, T>);

impl<T, const RANK: u32> Lock<T, RANK> {
    pub(crate) const fn new(value: T) -> Self {
        Lock(Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> Guard<'_, T, RANK> {
        order::take(RANK);
        Guard(self.0.lock())
    }

    /// Takes two locks of one rank; the second is none if they are the same.
    pub(crate) fn lock_both<'a>(
        first: &'a Self,
        second: &'a Self,
    ) -> (Guard<'a, T, RANK>, Option<Guard<'a, T, RANK>>) {
        if core::ptr::eq(first, second) {
            return (first.lock(), None);
        }
        order::take(RANK);
        if core::ptr::from_ref(first) < core::ptr::from_ref(second) {
            let guard = Guard(first.0.lock());
            (guard, Some(Guard(second.0.lock())))
        } else {
            let guard = Guard(second.0.lock());
            (Guard(first.0.lock()), Some(guard))
        }
    }
}

impl<T, const RANK: u32> Deref for Guard<'_, T, RANK> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T, const RANK: u32> DerefMut for Guard<'_, T, RANK> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T, const RANK: u32> Drop for Guard<'_, T, RANK> {
    fn drop(&mut self) {
        order::give(RANK);
    }
}

// Interleaved tests run all processors on one thread; they see a deadlock when there is one.
#[cfg(all(any(test, feature = "sim"), not(feature = "interleave")))]
mod order {
    use core::cell::Cell;

    std::thread_local! {
        /// A bit for each rank that this thread holds.
        static HELD: Cell<u32> = const { Cell::new(0) };
    }

    pub(super) fn take(rank: u32) {
        let held = HELD.get();
        assert!(held < 1 << rank, "a lock of rank {rank} is taken while {held:#b} are held");
        HELD.set(held | 1 << rank);
    }

    pub(super) fn give(rank: u32) {
        HELD.set(HELD.get() & !(1 << rank));
    }
}

#[cfg(any(not(any(test, feature = "sim")), feature = "interleave"))]
mod order {
    pub(super) fn take(_: u32) {}

    pub(super) fn give(_: u32) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_taken_downwards() {
        let regions = Lock::<u8, REGIONS>::new(1);
        let frames = Lock::<u8, FRAMES>::new(2);
        let first = regions.lock();
        assert_eq!(*first + *frames.lock(), 3);
        drop(first);
        *regions.lock() = 4;
        assert_eq!(*regions.lock(), 4);
    }

    #[test]
    fn two_locks_of_a_rank_are_taken_together() {
        let (one, other) = (Lock::<u8, VMO>::new(1), Lock::<u8, VMO>::new(2));
        for (first, second) in [(&one, &other), (&other, &one)] {
            let (first, second) = Lock::lock_both(first, second);
            assert_eq!(*first + *second.expect("another one"), 3);
        }
        assert!(Lock::lock_both(&one, &one).1.is_none());
        let first = *one.lock();
        assert_eq!(first + *other.lock(), 3);
    }

    #[test]
    #[should_panic(expected = "a lock of rank 3 is taken while 0b100000 are held")]
    fn taking_a_lock_upwards_is_noticed() {
        let tables = Lock::<u8, TABLES>::new(1);
        let vmo = Lock::<u8, VMO>::new(2);
        let _held = tables.lock();
        let _wrong = vmo.lock();
    }
}
