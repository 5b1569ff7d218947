//! Physical memory of a simulated machine.

use core::ops::Range;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};

use crate::units::PAGE_SIZE;

/// The physical address of the first frame: not 0, so that a physical address never happens to be
/// right as an offset.
const FIRST: u64 = 0x10_0000;

/// Page-aligned memory of the host that plays physical memory.
pub(super) struct Arena {
    bytes: *mut u8,
    layout: Layout,
}

// SAFETY: the arena is only an allocation; who uses which frame of it is the business of `Memory`.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Arena {
    pub(super) fn new(frames: u64) -> Arena {
        assert!(frames != 0, "memory has a frame");
        let bytes = usize::try_from(frames.saturating_mul(PAGE_SIZE)).unwrap_or(usize::MAX);
        let Ok(layout) = Layout::from_size_align(bytes, PAGE_SIZE as usize) else {
            panic!("{frames} frames are more than the host can have");
        };
        // SAFETY: the layout has a size, as there is a frame.
        let bytes = unsafe { alloc_zeroed(layout) };
        if bytes.is_null() {
            handle_alloc_error(layout);
        }
        Arena { bytes, layout }
    }

    /// Returns the physical addresses there are.
    pub(super) fn physical(&self) -> Range<u64> {
        FIRST..FIRST.saturating_add(self.layout.size() as u64)
    }

    /// Returns what a physical address is to be added to.
    pub(super) fn window(&self) -> *mut u8 {
        // Outside the allocation, so only to be used with an address that leads back into it.
        self.bytes.wrapping_sub(FIRST as usize)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe { dealloc(self.bytes, self.layout) };
    }
}
