//! The heap: one large sparse VMO mapped into the root VMAR, which gets frames as it is touched.

use crate::memory::pointer;
use crate::{Vmo, start};
use abi::{Result, VmOptions, VmoOptions};
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut};
use linked_list_allocator::Heap;
use spin::Mutex;

/// Addresses set aside for the heap.
const LEN: usize = 256 << 20;

/// The allocator of programs.
struct Allocator(Mutex<Heap>);

#[cfg_attr(target_os = "none", global_allocator)]
static ALLOCATOR: Allocator = Allocator(Mutex::new(Heap::empty()));

/// Maps the heap and hands it to the allocator.
fn init(heap: &mut Heap) -> Result<()> {
    let vmo = Vmo::create(LEN as u64, VmoOptions::empty())?;
    let options = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    let address = start().root_vmar().map(options, 0, &vmo, 0, LEN as u64)?;
    // SAFETY: the range was mapped for this heap only, readable and writable, and is never unmapped.
    unsafe { heap.init(pointer(address), LEN) };
    Ok(())
}

// SAFETY: `Heap` returns blocks that fit the layout and do not overlap, and the lock lets one thread at a time use it.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let mut heap = self.0.lock();
        if heap.size() == 0 && init(&mut heap).is_err() {
            return null_mut();
        }
        heap.allocate_first_fit(layout).map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(block) = NonNull::new(block) {
            // SAFETY: the caller's promise: `block` came from `alloc` with this layout.
            unsafe { self.0.lock().deallocate(block, layout) };
        }
    }
}

/// Gives the first `bytes` of the heap their frames now, so that later allocations take none.
pub fn warm_up(bytes: usize) {
    let block = alloc::vec![1_u8; bytes];
    core::hint::black_box(&block);
}
