//! Blocks kept for the allocations of growing the heap.

use core::alloc::Layout;
use core::ptr::NonNull;

use super::slab;

/// How many blocks are kept. Growing by one span needs a node of the VMO's tree or two, and each level above them at most once.
const BLOCKS: usize = 16;

/// Blocks of the largest class, of which each serves any allocation of that size or less.
pub(super) struct Reserve {
    blocks: [Option<NonNull<u8>>; BLOCKS],
}

impl Reserve {
    /// The layout of the blocks kept.
    pub(super) const LAYOUT: Layout = match Layout::from_size_align(slab::LARGEST_BLOCK, 16) {
        Ok(layout) => layout,
        Err(_) => panic!("a small size and a power of two"),
    };

    pub(super) const fn new() -> Reserve {
        Reserve {
            blocks: [None; BLOCKS],
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.blocks.iter().any(Option::is_none)
    }

    /// Keeps `block`, which has the reserve's layout. There is room.
    pub(super) fn put(&mut self, block: NonNull<u8>) {
        if let Some(place) = self.blocks.iter_mut().find(|place| place.is_none()) {
            *place = Some(block);
        }
    }

    /// Takes a block that serves `layout`. It is freed like any block: a slab knows the size of its blocks.
    pub(super) fn take(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() > Self::LAYOUT.size() || layout.align() > Self::LAYOUT.align() {
            return None;
        }
        self.blocks.iter_mut().find_map(Option::take)
    }
}
