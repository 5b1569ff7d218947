//! Spans: runs of pages that allocations are cut from, each with a [`linked_list_allocator::Heap`] of its own.
//!
//! ```text
//!   +--------+-----------------------------------------------+
//!   | header |  pages of slabs, allocations above a block    |   one span: 64 KiB, or as much as one large allocation needs
//!   +--------+-----------------------------------------------+
//! ```
//!
//! That a span is its own heap is what lets memory go back: when nothing in it is used, its pages are given up.
#![expect(unsafe_code, reason = "headers of spans live in the memory they describe")]

use core::alloc::Layout;
use core::ptr::NonNull;

use linked_list_allocator::Heap;

/// What lies at the start of a span.
pub(super) struct Span {
    next: Option<NonNull<Span>>,
    previous: Option<NonNull<Span>>,
    heap: Heap,
}

/// The spans in use, those with room first.
pub(super) struct Spans {
    first: Option<NonNull<Span>>,
}

/// Spans with less room are not worth looking at, and move behind the others.
const WORTHWHILE: usize = super::slab::SLAB_SIZE;

/// How many spans are looked at before a new one is made: more would cost more than it saves.
const LOOKED_AT: usize = 16;

/// Returns the size of a span in which `layout` certainly fits.
pub(super) fn size_for(layout: Layout) -> Option<usize> {
    layout
        .size()
        .checked_add(layout.align())?
        .checked_add(size_of::<Span>())?
        .checked_add(align_of::<Span>())
}

impl Spans {
    pub(super) const fn new() -> Spans {
        Spans { first: None }
    }

    /// Makes a span of the `size` bytes at `start`.
    ///
    /// # Safety
    /// The bytes are mapped, aligned to a page, and nobody else uses them until the span is taken away again.
    pub(super) unsafe fn add(&mut self, start: NonNull<u8>, size: usize) {
        let mut span = start.cast::<Span>();
        let header = size_of::<Span>();
        // SAFETY: the header fits at the start, and what follows it is the heap's alone.
        unsafe {
            span.write(Span { next: None, previous: None, heap: Heap::empty() });
            span.as_mut().heap.init(start.add(header).as_ptr(), size.saturating_sub(header));
        }
        self.link(span);
    }

    /// Allocates from a span that has room.
    pub(super) fn take(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        let mut next = self.first;
        for _ in 0..LOOKED_AT {
            let mut span = next?;
            // SAFETY: listed spans exist, and nobody else refers to their headers.
            let header = unsafe { span.as_mut() };
            let Ok(block) = header.heap.allocate_first_fit(layout) else {
                next = header.next;
                continue;
            };
            if header.heap.free() < WORTHWHILE {
                self.unlink(span);
            }
            return Some(block);
        }
        None
    }

    /// Puts back `block`, which was taken from `span`; says whether nothing in the span is used any more.
    ///
    /// # Safety
    /// `block` was taken from this span with `layout`, and nobody uses it any more.
    pub(super) unsafe fn put(
        &mut self,
        span: NonNull<u8>,
        block: NonNull<u8>,
        layout: Layout,
    ) -> bool {
        let mut span = span.cast::<Span>();
        // SAFETY: the span exists, as a block of it was in use; nobody else refers to its header.
        let header = unsafe { span.as_mut() };
        let was_listed = header.heap.free() >= WORTHWHILE;
        // SAFETY: as required of the caller.
        unsafe { header.heap.deallocate(block, layout) };
        let is_empty = header.heap.used() == 0;
        if !was_listed && header.heap.free() >= WORTHWHILE {
            self.link(span);
        }
        is_empty
    }

    /// Takes away `span`, which exists, if nothing in it is used; says whether it did.
    pub(super) fn remove_if_empty(&mut self, span: NonNull<u8>) -> bool {
        let span = span.cast::<Span>();
        // SAFETY: the span exists, and nobody else refers to its header.
        let is_empty = unsafe { span.as_ref() }.heap.used() == 0;
        if is_empty {
            self.unlink(span);
        }
        is_empty
    }

    fn link(&mut self, mut span: NonNull<Span>) {
        // SAFETY: spans exist, and nobody else refers to their headers.
        unsafe {
            span.as_mut().previous = None;
            span.as_mut().next = self.first;
            if let Some(mut first) = self.first {
                first.as_mut().previous = Some(span);
            }
        }
        self.first = Some(span);
    }

    fn unlink(&mut self, mut span: NonNull<Span>) {
        // SAFETY: a listed span, whose neighbours are listed too; nobody else refers to their headers.
        unsafe {
            let (next, previous) = (span.as_mut().next.take(), span.as_mut().previous.take());
            if let Some(mut next) = next {
                next.as_mut().previous = previous;
            }
            match previous {
                Some(mut previous) => previous.as_mut().next = next,
                None => self.first = next,
            }
        }
    }
}
