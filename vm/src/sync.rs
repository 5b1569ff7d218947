//! What processors share: atomic numbers and locks.
//!
//! In a kernel these are `core`'s and `spin`'s. With the feature `interleave` they are the same with a point before each, at
//! which a test decides who goes on; no other code of the crate knows.

#[cfg(feature = "interleave")]
pub(crate) mod interleaved;

#[cfg(not(feature = "interleave"))]
pub(crate) use core::sync::atomic::{AtomicU32, AtomicU64, AtomicU64 as Guarded, AtomicUsize};
#[cfg(feature = "interleave")]
pub(crate) use interleaved::{
    AtomicU32, AtomicU64, AtomicUsize, Guarded, Mutex, MutexGuard, point,
};
#[cfg(not(feature = "interleave"))]
pub(crate) use spin::{Mutex, MutexGuard};

/// Lets others go on between two steps of simulated hardware, in a test of interleavings.
#[cfg(all(any(test, feature = "sim"), not(feature = "interleave")))]
pub(crate) fn point() {}
