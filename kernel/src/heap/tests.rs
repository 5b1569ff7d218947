use alloc::vec::Vec;
use core::alloc::Layout;

use abi::{Rights, VmOptions};
use vm::{Aspace, PAGE_SIZE};

use super::{HEAP, usage};
use crate::memory;

/// Allocates without `Vec`'s handling of failure.
fn allocate(size: usize, align: usize) -> Option<(*mut u8, Layout)> {
    let layout = Layout::from_size_align(size, align).expect("a layout");
    // SAFETY: the layout has a size. The compiler may leave out an allocation that nothing looks at.
    let block = core::hint::black_box(unsafe { alloc::alloc::alloc(layout) });
    (!block.is_null()).then_some((block, layout))
}

fn free((block, layout): (*mut u8, Layout)) {
    // SAFETY: allocated with this layout and not used any more.
    unsafe { alloc::alloc::dealloc(block, layout) };
}

#[test_case]
fn blocks_are_aligned_and_do_not_overlap() {
    let before = usage().in_use();
    let mut blocks = Vec::new();
    for round in 0..=u8::MAX {
        let (size, align) = (1 + usize::from(round) * 37 % 5000, 1 << (round % 13));
        let block = allocate(size, align).expect("memory");
        assert_eq!(block.0.addr() % align, 0, "size {size}, align {align}");
        // SAFETY: ours, `size` bytes.
        unsafe { block.0.write_bytes(round, size) };
        blocks.push(block);
    }
    for (round, block) in (0..=u8::MAX).zip(blocks) {
        // SAFETY: written above.
        let bytes = unsafe { core::slice::from_raw_parts(block.0, block.1.size()) };
        assert!(bytes.iter().all(|byte| *byte == round));
        free(block);
    }
    assert_eq!(usage().in_use(), before);
}

#[test_case]
fn memory_comes_from_frames_and_goes_back_to_them() {
    let frames = memory::memory().free_frames();
    let before = usage();
    let large = allocate(1 << 20, 16).expect("memory");
    assert!(usage().total >= before.total + (1 << 20));
    assert!(memory::memory().free_frames() <= frames - 256);
    free(large);
    assert_eq!(usage(), before);
    assert_eq!(memory::memory().free_frames(), frames);
}

#[test_case]
fn a_request_that_cannot_be_met_returns_null_and_changes_nothing() {
    let frames = memory::memory().free_frames();
    let before = usage();
    assert!(allocate(1 << 40, 16).is_none());
    assert!(Vec::<u8>::new().try_reserve(isize::MAX as usize).is_err());
    assert_eq!((usage(), memory::memory().free_frames()), (before, frames));
}

/// A block that links to the one allocated before it, so that exhausting the heap takes no other memory.
struct Link(Option<*mut Link>);

/// Returns what is in use of the heap, and what is free or the heap's of all memory, in bytes. The heap keeps a slab of a size that was
/// needed once.
fn balance() -> (u64, u64) {
    let usage = usage();
    (usage.in_use(), usage.total + memory::memory().free_frames() * PAGE_SIZE)
}

#[test_case]
fn an_exhausted_heap_recovers() {
    const SIZE: usize = 48 * 1024;
    let layout = Layout::from_size_align(SIZE, 16).expect("a layout");
    let before = balance();
    let frames = memory::memory().free_frames();
    // Leave little to exhaust, whatever the size of memory.
    let mut held = Vec::new();
    held.try_reserve_exact(usize::try_from(frames).expect("fits")).expect("memory");
    while memory::memory().free_frames() > 1024 {
        held.push(memory::memory().allocate().expect("a frame"));
    }
    let mut last = None;
    while let Some((block, _)) = allocate(SIZE, 16) {
        // SAFETY: ours and large enough.
        unsafe { block.cast::<Link>().write(Link(last)) };
        last = Some(block.cast::<Link>());
    }
    assert!(memory::memory().free_frames() < 64);
    while let Some(link) = last {
        // SAFETY: written above; the link is read before the block is freed.
        unsafe {
            last = link.read().0;
            alloc::alloc::dealloc(link.cast(), layout);
        }
    }
    held.drain(..).for_each(|frame| memory::memory().free(frame));
    drop(held);
    assert_eq!(balance(), before);
    assert!(!HEAP.is_resizing());
}

#[test_case]
fn it_grows_while_the_kernels_regions_are_locked() {
    let before = usage();
    let root = Aspace::root(memory::kernel_aspace());
    let parent =
        root.allocate(Rights::all(), VmOptions::CAN_MAP_SPECIFIC, 0, 1 << 30).expect("memory");
    let mut most = before.total;
    for page in 0..4000 {
        // Regions are made, and their memory is allocated, under the lock of the kernel's address space.
        parent
            .allocate(Rights::all(), VmOptions::SPECIFIC, page * PAGE_SIZE, PAGE_SIZE)
            .expect("memory");
        most = most.max(usage().total);
    }
    assert!(most > before.total, "the test allocated too little to make the heap grow");
    memory::kernel_aspace().check_invariants().expect("invariants");
    parent.destroy().expect("it exists");
}
