//! Memory and handles of the whole machine, counted so that a case that takes some and does not give them back is noticed.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test that cannot count has failed"
)]

use abi::Topic;
use abi::info::InfoKmemStats;
use abi::layout::PAGE_SIZE;
use core::fmt;
use rt::{debug, start};

/// What is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Frames that are neither free nor the kernel heap's.
    frames: u64,
    /// Bytes of the kernel's heap.
    heap: u64,
    /// Handles of all processes.
    handles: u64,
}

impl Usage {
    /// Counts.
    ///
    /// # Panics
    /// If the kernel does not tell: one that was booted without `debug-calls=on` does not.
    #[track_caller]
    pub fn now() -> Self {
        let stats: InfoKmemStats = start().job().info(Topic::KMEM_STATS).unwrap();
        Self {
            frames: (stats.total_bytes - stats.free_bytes - stats.total_heap_bytes) / PAGE_SIZE,
            heap: stats.total_heap_bytes - stats.free_heap_bytes,
            handles: debug::count_handles().unwrap(),
        }
    }

    /// Returns the frames in use outside the kernel's heap.
    pub fn frames(self) -> u64 {
        self.frames
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frames, heap, handles } = self;
        write!(f, "{frames} frames, {heap} bytes of heap and {handles} handles")
    }
}

/// Checks that repeating `what` takes no memory and no handles for good; the first time may.
///
/// # Panics
/// If it does.
#[track_caller]
pub fn assert_leaks_nothing(mut what: impl FnMut()) {
    what();
    let before = Usage::now();
    for _ in 0..8 {
        what();
    }
    assert_eq!(Usage::now(), before, "in use afterwards and before");
}

/// Returns the frames that `what` takes; negative if it gives some back.
#[track_caller]
pub fn frames_of(what: impl FnOnce()) -> i64 {
    let before = Usage::now().frames();
    what();
    Usage::now().frames().cast_signed() - before.cast_signed()
}
