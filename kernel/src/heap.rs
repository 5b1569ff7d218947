//! The kernel's heap: blocks of a few sizes, over spans of pages, over a mapping in the kernel's VMAR tree.
//!
//! ```text
//!   alloc --> slab    blocks of one size in a page           up to LARGEST_BLOCK
//!               |
//!               +---> span   linked_list_allocator over 64 KiB     pages of slabs, and whatever is larger
//!                       |
//!                       +---> window   commits pages of the heap's VMO and maps them
//! ```
//!
//! # Growing under locks
//!
//! An allocation may come with the lock of an address space or of a VMO held. Growing therefore takes only the lock of the heap's own
//! VMO and those below, never the kernel's region lock: the heap's mapping is made once, at boot, and only pages come and go in it.
//!
//! Growing itself allocates: nodes of the VMO's tree. These allocations never grow the heap again, but get blocks of their own
//! ([`OwnBlocks`]).
//!
//! When memory is out, allocations return null, which callers report as `NO_MEMORY`.
#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

mod own;
mod slab;
mod span;
mod window;

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering};

use spin::Mutex;
use vm::PAGE_SIZE;

use crate::arch::{cpu, usize_of};
use crate::scarcity;
use own::OwnBlocks;
use slab::{SLAB_LAYOUT, Slabs};
use span::Spans;
pub use window::init;
use window::{Window, window};

/// What the heap has before it can grow, in bytes: enough for `vm` to build the kernel's address space.
const EARLY_SIZE: usize = 256 * 1024;

#[repr(C, align(4096))]
struct Early([u8; EARLY_SIZE]);

struct Heap {
    slabs: Slabs,
    spans: Spans,
    own: OwnBlocks,
    /// Bytes allocated and not freed, without what growing itself needs.
    in_use: usize,
    has_early_span: bool,
}

// SAFETY: the pointers in it lead to memory that only the heap uses, under its lock.
unsafe impl Send for Heap {}

/// The allocator of everything in the kernel that is not on a stack or static.
struct KernelHeap {
    heap: Mutex<Heap>,
    /// The CPU that is growing or shrinking the heap, by its number plus one; 0 if none is.
    resizer: AtomicUsize,
}

#[global_allocator]
static HEAP: KernelHeap = KernelHeap {
    heap: Mutex::new(Heap {
        slabs: Slabs::new(),
        spans: Spans::new(),
        own: OwnBlocks::new(),
        in_use: 0,
        has_early_span: false,
    }),
    resizer: AtomicUsize::new(0),
};

static mut EARLY: Early = Early([0; EARLY_SIZE]);

/// How much memory the heap has, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// What is in use or can be used without growing, and what it takes to keep that: nodes of the
    /// heap's own VMO, and page tables.
    pub total: u64,
    /// What of it is not in use.
    pub free: u64,
}

impl Usage {
    /// Returns what has been allocated and not freed.
    pub const fn in_use(self) -> u64 {
        self.total.saturating_sub(self.free)
    }
}

/// Returns how much memory the heap uses.
pub fn usage() -> Usage {
    let (in_use, own) = {
        let heap = HEAP.heap.lock();
        (heap.in_use, heap.own.frames())
    };
    let (committed, tables) =
        window().map_or((0, 0), |window| (window.committed(), window.tables()));
    let keeping = own.saturating_add(tables).saturating_mul(usize_of(PAGE_SIZE));
    let total = committed.saturating_add(EARLY_SIZE).saturating_add(keeping);
    Usage { total: total as u64, free: total.saturating_sub(in_use) as u64 }
}

impl Heap {
    fn take(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        if !self.has_early_span {
            self.has_early_span = true;
            // SAFETY: static memory that nothing else names, given away once.
            unsafe { self.spans.add(NonNull::new(&raw mut EARLY)?.cast(), EARLY_SIZE) };
        }
        self.take_block(layout)
    }

    fn take_block(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        let Some(class) = slab::class_of(layout) else {
            return self.spans.take(layout);
        };
        if let Some(block) = self.slabs.take(class) {
            return Some(block);
        }
        let page = self.spans.take(SLAB_LAYOUT)?;
        // SAFETY: allocated just now, with this layout.
        unsafe { self.slabs.add(class, page) };
        self.slabs.take(class)
    }

    /// Returns the span that nothing uses any more, if this was its last block.
    ///
    /// # Safety
    /// `block` came from a span, with `layout`, and nobody uses it any more.
    unsafe fn put_in_span(&mut self, block: NonNull<u8>, layout: Layout) -> Option<NonNull<u8>> {
        let grown = window().and_then(|window| window.span_of(block));
        let early = NonNull::new(&raw mut EARLY)?.cast();
        // SAFETY: what is not in the window can only be in the early span.
        let is_empty = unsafe { self.spans.put(grown.unwrap_or(early), block, layout) };
        grown.filter(|_| is_empty)
    }
}

impl KernelHeap {
    /// Says whether this CPU is in the middle of growing or shrinking.
    fn is_resizing(&self) -> bool {
        self.resizer.load(Ordering::Relaxed) == cpu::current_id().wrapping_add(1)
    }

    /// Runs `resize` while no other CPU resizes the heap.
    fn resizing<T>(&self, resize: impl FnOnce(&Window) -> T) -> Option<T> {
        let window = window()?;
        let me = cpu::current_id().wrapping_add(1);
        while self
            .resizer
            .compare_exchange_weak(0, me, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            core::hint::spin_loop();
        }
        let result = resize(window);
        self.resizer.store(0, Ordering::Release);
        Some(result)
    }

    /// Adds a span in which `layout` fits.
    fn grow(&self, layout: Layout) -> Option<()> {
        let size = span::size_for(layout)?;
        self.resizing(|window| {
            let (start, size) = window.commit(size)?;
            // SAFETY: committed and mapped just now, for the heap alone.
            unsafe { self.heap.lock().spans.add(start, size) };
            Some(())
        })?
    }

    /// # Safety
    /// `block` came from [`OwnBlocks::take`], and nobody uses it any more.
    #[cold]
    unsafe fn put_own(&self, block: NonNull<u8>) {
        // SAFETY: as required of the caller.
        unsafe { self.heap.lock().own.put(block) };
    }

    /// Puts `block` back into its span, and gives the span back if that was its last block.
    ///
    /// # Safety
    /// `block` came from a span, with `layout`, and nobody uses it any more.
    #[cold]
    unsafe fn put_in_span(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: as required of the caller.
        let empty = unsafe { self.heap.lock().put_in_span(block, layout) };
        if let Some(span) = empty
            && !self.is_resizing()
        {
            self.shrink(span);
        }
    }

    /// Gives back the memory of `span`, if nothing has been allocated in it meanwhile.
    fn shrink(&self, span: NonNull<u8>) {
        self.resizing(|window| {
            let mut heap = self.heap.lock();
            let exists = window.span_of(span) == Some(span);
            if exists && heap.spans.remove_if_empty(span) {
                drop(heap);
                window.decommit(span);
            }
        });
    }

    /// Takes a block that a slab has ready, unless somebody resizes the heap: that may be this CPU, which needs its own blocks then.
    fn take_ready(&self, layout: Layout) -> Option<NonNull<u8>> {
        let class = slab::class_of(layout)?;
        if self.resizer.load(Ordering::Relaxed) != 0 {
            return None;
        }
        let mut heap = self.heap.lock();
        let block = heap.slabs.take(class)?;
        heap.in_use = heap.in_use.wrapping_add(layout.size());
        Some(block)
    }

    /// Allocates whatever it takes.
    #[cold]
    fn take(&self, layout: Layout) -> *mut u8 {
        if self.is_resizing() {
            let block = self.heap.lock().own.take(layout);
            return block.map_or(null_mut(), NonNull::as_ptr);
        }
        loop {
            let mut heap = self.heap.lock();
            if let Some(block) = heap.take(layout) {
                heap.in_use = heap.in_use.wrapping_add(layout.size());
                return block.as_ptr();
            }
            drop(heap);
            if self.grow(layout).is_none() {
                return null_mut();
            }
        }
    }
}

// SAFETY: blocks are those of slabs and spans, which do not overlap, fit the layout, and stay until they are freed.
unsafe impl GlobalAlloc for KernelHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !scarcity::lets_pass() {
            return null_mut();
        }
        match self.take_ready(layout) {
            Some(block) => block.as_ptr(),
            None => self.take(layout),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(block) = NonNull::new(block) else {
            return;
        };
        if OwnBlocks::has(block) {
            // SAFETY: as required of the caller; no other blocks are in the direct map.
            return unsafe { self.put_own(block) };
        }
        let mut heap = self.heap.lock();
        heap.in_use = heap.in_use.wrapping_sub(layout.size());
        let (rest, layout) = if slab::is_block(layout) {
            // SAFETY: as required of the caller; of a size that slabs serve.
            (unsafe { heap.slabs.put(block) }, SLAB_LAYOUT)
        } else {
            (Some(block), layout)
        };
        drop(heap);
        if let Some(rest) = rest {
            // SAFETY: a slab's page that came from a span with this layout, or a block too large for slabs, which did.
            unsafe { self.put_in_span(rest, layout) };
        }
    }
}

#[cfg(test)]
mod tests;
