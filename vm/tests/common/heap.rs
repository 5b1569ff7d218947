//! A heap that counts, and that fails when it is told to. Each thread, so each test, has its own
//! count and its own failures.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static HEAP: Counting = Counting;

/// No allocation fails.
const NEVER: u64 = u64::MAX;

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static FUSE: Cell<u64> = const { Cell::new(NEVER) };
}

/// Returns how many bytes this thread has allocated and not freed.
pub(crate) fn live() -> i64 {
    LIVE.get()
}

/// Calls `operation` with a heap on which every allocation fails after the first `allocations`; returns
/// how many were left, too.
pub(crate) fn failing_after<T>(allocations: u64, operation: impl FnOnce() -> T) -> (T, u64) {
    FUSE.set(allocations);
    let result = operation();
    (result, FUSE.replace(NEVER))
}

fn burns_through() -> bool {
    match FUSE.get() {
        NEVER => false,
        // What is to be said of a panic needs the heap.
        _ if std::thread::panicking() => false,
        0 => true,
        left => {
            FUSE.set(left - 1);
            false
        }
    }
}

fn count(bytes: usize, sign: i64) {
    LIVE.set(LIVE.get() + sign * i64::try_from(bytes).expect("smaller than memory"));
}

// SAFETY: memory comes from the system's allocator, which keeps the contract; a null pointer says
// that there is none.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if burns_through() {
            return std::ptr::null_mut();
        }
        count(layout.size(), 1);
        // SAFETY: the caller's contract is that of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: as above; everything was allocated by the system's allocator.
        unsafe { System.dealloc(memory, layout) };
    }
}
