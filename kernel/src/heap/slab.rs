//! Size classes: pages divided into blocks of one size.
//!
//! ```text
//!   0                                                               4096
//!   +--------+---------+---------+---------+--------------------------+
//!   | header |  block  |  block  |  block  |   ...                    |   a slab
//!   +--------+---------+---------+---------+--------------------------+
//! ```
//!
//! A free block holds the address of the next free one. Slabs of a class with a free block are in a list; a slab without any is in
//! none, and is found again through the address of a block that is freed. A slab whose blocks are all free goes back to the pages,
//! unless its class has no other with a free block: so what a program makes and ends over and over does not make and end a slab.
#![expect(unsafe_code, reason = "free memory is threaded with lists")]

use core::alloc::Layout;
use core::ptr::NonNull;

/// The size of a slab, and its alignment.
pub(super) const SLAB_SIZE: usize = 4096;

/// The layout of the pages that slabs are made of.
pub(super) const SLAB_LAYOUT: Layout = match Layout::from_size_align(SLAB_SIZE, SLAB_SIZE) {
    Ok(layout) => layout,
    Err(_) => panic!("a power of two"),
};

/// Sizes of blocks, multiples of 16. The odd ones fit the nodes and records that `vm` makes most, or fill a slab better.
const CLASSES: [usize; 13] = [16, 32, 64, 96, 128, 192, 256, 384, 512, 576, 800, 1008, 1344];

/// The largest block: what is larger is allocated by itself.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
pub(super) const LARGEST_BLOCK: usize = CLASSES[CLASSES.len() - 1];

/// Every class keeps this alignment.
const GRANULE: usize = 16;

/// The class for each size, in granules.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const CLASS_OF_SIZE: [u8; LARGEST_BLOCK / GRANULE + 1] = {
    let mut table = [0; LARGEST_BLOCK / GRANULE + 1];
    let (mut granules, mut class) = (0, 0);
    while granules < table.len() {
        if CLASSES[class as usize] < granules * GRANULE {
            class += 1;
        }
        table[granules] = class;
        granules += 1;
    }
    table
};

struct FreeBlock {
    next: Option<NonNull<FreeBlock>>,
}

#[repr(C)]
struct Header {
    next: Option<NonNull<Header>>,
    previous: Option<NonNull<Header>>,
    free: Option<NonNull<FreeBlock>>,
    used: u32,
    class: u8,
}

/// The slabs of all classes that have a free block.
pub(super) struct Slabs {
    partial: [Option<NonNull<Header>>; CLASSES.len()],
}

/// Returns the class that serves `layout`; `None` if it is too large or too aligned for any.
#[inline]
pub(super) fn class_of(layout: Layout) -> Option<u8> {
    if layout.align() > GRANULE {
        // Blocks of a power of two are aligned to their size.
        let size = layout.size().max(layout.align());
        let class = CLASSES.iter().position(|class| *class >= size && class.is_power_of_two());
        return class.and_then(|class| u8::try_from(class).ok());
    }
    CLASS_OF_SIZE.get(layout.size().div_ceil(GRANULE)).copied()
}

/// Says whether slabs serve `layout`.
#[inline]
pub(super) fn is_block(layout: Layout) -> bool {
    layout.size() <= LARGEST_BLOCK && (layout.align() <= GRANULE || class_of(layout).is_some())
}

fn block_size(class: u8) -> usize {
    CLASSES.get(usize::from(class)).copied().unwrap_or(LARGEST_BLOCK)
}

/// Returns where the first block of a slab lies: behind the header, aligned as the size of a block is.
fn first_block(size: usize) -> usize {
    let alignment = 1 << size.trailing_zeros();
    size_of::<Header>().next_multiple_of(alignment)
}

impl Slabs {
    pub(super) const fn new() -> Slabs {
        Slabs { partial: [None; CLASSES.len()] }
    }

    /// Takes a free block of `class`, if a slab has one.
    #[inline]
    pub(super) fn take(&mut self, class: u8) -> Option<NonNull<u8>> {
        let slot = self.partial.get_mut(usize::from(class))?;
        let mut slab = (*slot)?;
        // SAFETY: listed slabs exist, nobody else refers to their headers, and a listed slab has a free block.
        let (block, next) = unsafe {
            let header = slab.as_mut();
            let block = header.free?;
            header.free = block.as_ref().next;
            header.used = header.used.wrapping_add(1);
            (block, if header.free.is_none() { Some(header.next.take()) } else { None })
        };
        if let Some(next) = next {
            *slot = next;
            if let Some(mut next) = next {
                // SAFETY: a listed slab, as above.
                unsafe { next.as_mut().previous = None };
            }
        }
        Some(block.cast())
    }

    /// Makes `page` a slab of `class`.
    ///
    /// # Safety
    /// `page` was allocated with [`SLAB_LAYOUT`], and nobody else uses it.
    pub(super) unsafe fn add(&mut self, class: u8, page: NonNull<u8>) {
        let size = block_size(class);
        let mut free = None;
        let count =
            SLAB_SIZE.saturating_sub(first_block(size)).checked_div(size).unwrap_or_default();
        for index in (0..count).rev() {
            let offset = first_block(size).wrapping_add(index.wrapping_mul(size));
            // SAFETY: inside the page, and aligned to the size of a block.
            unsafe {
                let block = page.add(offset).cast::<FreeBlock>();
                block.write(FreeBlock { next: free });
                free = Some(block);
            }
        }
        let slab = page.cast::<Header>();
        // SAFETY: the page is ours, and the header lies below its first block.
        unsafe { slab.write(Header { next: None, previous: None, free, used: 0, class }) };
        self.link(class, slab);
    }

    /// Puts back `block`; returns its slab, no longer one, if that was the last block in use and the class has other free ones.
    ///
    /// # Safety
    /// `block` came from [`Slabs::take`] and nobody uses it any more.
    pub(super) unsafe fn put(&mut self, block: NonNull<u8>) -> Option<NonNull<u8>> {
        let mut slab = block
            .map_addr(|address| {
                // A block lies above its slab's header, so the rounded address is not zero.
                core::num::NonZero::new(address.get() & !(SLAB_SIZE - 1)).unwrap_or(address)
            })
            .cast::<Header>();
        let free = block.cast::<FreeBlock>();
        // SAFETY: the block's page is a slab with a header; nobody else refers to it, nor to the block.
        let (class, was_full, is_empty) = unsafe {
            let header = slab.as_mut();
            free.write(FreeBlock { next: header.free });
            let was_full = header.free.is_none();
            header.free = Some(free);
            header.used = header.used.wrapping_sub(1);
            (header.class, was_full, header.used == 0)
        };
        if was_full {
            self.link(class, slab);
        }
        if is_empty { self.give_up(class, slab) } else { None }
    }

    /// Takes `slab`, none of whose blocks is in use, out of its class and returns it, unless it is the only one with a free block.
    fn give_up(&mut self, class: u8, slab: NonNull<Header>) -> Option<NonNull<u8>> {
        // SAFETY: a listed slab; nobody else refers to its header.
        let is_only = unsafe { slab.as_ref().next.is_none() && slab.as_ref().previous.is_none() };
        if is_only {
            return None;
        }
        self.unlink(class, slab);
        Some(slab.cast())
    }

    fn link(&mut self, class: u8, mut slab: NonNull<Header>) {
        let Some(slot) = self.partial.get_mut(usize::from(class)) else {
            return;
        };
        // SAFETY: both are slabs, and nobody else refers to their headers.
        unsafe {
            slab.as_mut().previous = None;
            slab.as_mut().next = *slot;
            if let Some(next) = slot {
                next.as_mut().previous = Some(slab);
            }
        }
        *slot = Some(slab);
    }

    fn unlink(&mut self, class: u8, slab: NonNull<Header>) {
        // SAFETY: a listed slab, whose neighbours are listed too; nobody else refers to their headers.
        unsafe {
            let (next, previous) = (slab.as_ref().next, slab.as_ref().previous);
            if let Some(mut next) = next {
                next.as_mut().previous = previous;
            }
            match previous {
                Some(mut previous) => previous.as_mut().next = next,
                None => {
                    if let Some(slot) = self.partial.get_mut(usize::from(class)) {
                        *slot = next;
                    }
                }
            }
        }
    }
}
