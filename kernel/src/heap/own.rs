//! What the heap itself needs to grow: nodes of its VMO's tree.
//!
//! They cannot come from the memory that is being made, and should not lie in spans, which they would keep from being given back. So
//! they come straight from frames, through the direct map, in slabs as other blocks do.
#![expect(unsafe_code, reason = "frames are used through the direct map")]

use core::alloc::Layout;
use core::ptr::NonNull;

use abi::layout::KERNEL_VMAR_BASE;
use vm::Frame;

use super::slab::{self, Slabs};
use crate::memory;

/// Blocks for allocations that are made while the heap grows.
pub(super) struct OwnBlocks {
    slabs: Slabs,
    frames: usize,
}

impl OwnBlocks {
    pub(super) const fn new() -> OwnBlocks {
        OwnBlocks { slabs: Slabs::new(), frames: 0 }
    }

    /// Returns how many frames they are in.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    /// Says whether `block`, which is the heap's, is one of these: in the direct map, which lies below everything else of the kernel.
    #[inline]
    pub(super) fn has(block: NonNull<u8>) -> bool {
        (block.addr().get() as u64) < KERNEL_VMAR_BASE
    }

    /// Takes a block, if one size of blocks serves `layout` and there is memory.
    pub(super) fn take(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        let class = slab::class_of(layout)?;
        if let Some(block) = self.slabs.take(class) {
            return Some(block);
        }
        let frame = memory::memory().allocate().ok()?;
        let page = NonNull::new(memory::direct_mut(frame.address()))?;
        // SAFETY: a frame is a page, aligned, and nobody else's.
        unsafe { self.slabs.add(class, page) };
        self.frames = self.frames.saturating_add(1);
        self.slabs.take(class)
    }

    /// Puts `block` back.
    ///
    /// # Safety
    /// It came from [`OwnBlocks::take`], and nobody uses it any more.
    pub(super) unsafe fn put(&mut self, block: NonNull<u8>) {
        // SAFETY: as required of the caller.
        let empty = unsafe { self.slabs.put(block) };
        let page = empty.and_then(|page| memory::direct_address(page.as_ptr()));
        if let Some(address) = page {
            memory::memory().free(Frame::containing(address));
            self.frames = self.frames.saturating_sub(1);
        }
    }
}
