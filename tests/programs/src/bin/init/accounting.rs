//! Did a program give back every frame?
//!
//! Counted are the machine's free frames and those of the kernel's heap, which keeps what it once took. So that init itself
//! takes none between two counts, it touches its heap and its stack beforehand.

use rt::abi::layout::{PAGE_SHIFT, PAGE_SIZE};
use rt::{Vmo, VmoOptions, heap, start, time};

/// Bytes of heap and stack that init has touched before it counts.
const WARM: usize = 128 << 10;

/// How long the last thread of a process may take to give up its stack.
const PATIENCE_NS: i64 = 1_000_000_000;

/// Gives init the frames it is going to need.
pub(crate) fn warm_up() {
    heap::warm_up(WARM);
    let stack = [1_u8; WARM];
    core::hint::black_box(&stack);
}

/// Returns the machine's free bytes, those of the kernel's heap among them; 0 if init may not ask.
pub(crate) fn free_bytes() -> u64 {
    let memory = start().resource().and_then(|resource| resource.memory().ok());
    memory.map_or(0, |memory| memory.free_bytes.saturating_add(memory.total_heap_bytes))
}

/// Would a single frame that is kept be noticed?
pub(crate) fn is_sensitive() -> bool {
    let before = free_bytes();
    let kept = Vmo::create(PAGE_SIZE, VmoOptions::empty());
    let is_written = kept.as_ref().is_ok_and(|vmo| vmo.write(0, &[1]).is_ok());
    is_written && free_bytes() < before
}

/// Returns how many frames fewer are free than `before`, after a wait for those that are just being given back; negative if
/// there are more.
pub(crate) fn lost_frames(before: u64) -> i64 {
    let deadline = time::after(PATIENCE_NS);
    loop {
        let lost = before.cast_signed().wrapping_sub(free_bytes().cast_signed());
        if lost == 0 || time::now() > deadline {
            return lost >> PAGE_SHIFT;
        }
        time::yield_now();
    }
}
