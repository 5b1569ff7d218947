//! Allocations that fail because a test program wants them to.
//!
//! The program arms the failure and makes the call that is to meet it; every allocation of the kernel asks [`lets_pass`] first:
//!
//! ```text
//!   debug_fail_allocation(n)   ──> SCARCITY: the thread, n
//!   any call of that thread    ──> frame, or block of the heap ──> lets_pass: the n-th fails, as if memory were out
//!   debug_fail_allocation(0)   ──> how many there were
//! ```

use crate::memory::memory;
use crate::{boot, task};
use abi::Koid;
use core::sync::atomic::{AtomicU64, Ordering};
use vm::Gate;

/// Whose allocations are counted, and which of them fails.
struct Scarcity {
    /// The koid of a thread; 0 if no allocations are counted.
    thread: AtomicU64,
    /// How many of its allocations there were.
    count: AtomicU64,
    /// The number of the one that fails, beginning with 1.
    failing: AtomicU64,
}

static SCARCITY: Scarcity =
    Scarcity { thread: AtomicU64::new(0), count: AtomicU64::new(0), failing: AtomicU64::new(0) };

impl Gate for Scarcity {
    fn lets_pass(&self) -> bool {
        let thread = self.thread.load(Ordering::Relaxed);
        if thread == 0 || task::running().is_none_or(|running| running.koid() != thread) {
            return true;
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        number != self.failing.load(Ordering::Relaxed)
    }
}

/// Lets allocations of frames fail too, if programs may disturb the kernel.
pub(crate) fn init() {
    if boot::options().debug_calls {
        memory().set_gate(&SCARCITY);
    }
}

/// Says whether an allocation of the heap may succeed.
pub(crate) fn lets_pass() -> bool {
    SCARCITY.lets_pass()
}

/// Lets the `number`-th allocation for `thread` from now on fail, none if it is 0.
pub(crate) fn begin(thread: Koid, number: u64) {
    SCARCITY.failing.store(number, Ordering::Relaxed);
    SCARCITY.thread.store(if number == 0 { 0 } else { thread }, Ordering::Relaxed);
}

/// Lets none fail, and returns how many there were since [`begin`].
pub(crate) fn end() -> u64 {
    SCARCITY.thread.store(0, Ordering::Relaxed);
    SCARCITY.count.swap(0, Ordering::Relaxed)
}
