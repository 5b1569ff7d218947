//! Handles to an object, which a kernel gives out.

use core::sync::atomic::{AtomicU32, Ordering};

/// How many handles there are to an object.
///
/// Every object that a handle can name has one. That of a memory object is in the object itself, as most kernels want it there; this
/// crate does not look at it.
#[derive(Debug, Default)]
pub struct HandleCount(AtomicU32);

impl HandleCount {
    /// Returns the number.
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts a new handle.
    pub fn open(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Forgets a handle and says whether it was the last. What was done through others happened before.
    pub fn close(&self) -> bool {
        self.0.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_handle_is_noticed() {
        let count = HandleCount::default();
        count.open();
        count.open();
        assert_eq!((count.get(), count.close(), count.get()), (2, false, 1));
        assert!(count.close());
    }
}
