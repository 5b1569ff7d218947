//! Taking back what the bootloader used.
#![expect(unsafe_code, reason = "memory is declared free")]

use super::handover::{Handover, touched_pages};
use super::image;
use crate::memory;

/// Gives the bootloader's memory to the frame allocator: its tables, its stack, what it told the kernel, and the kernel's file but for
/// what is still used of it. The image and the ramdisk stay.
pub(super) fn reclaim(handover: &Handover) {
    let mut ranges = handover.bootloader.clone();
    ranges.remove_all(image::frames());
    ranges.remove_all(image::symbol_frames());
    ranges.remove(touched_pages(&handover.ramdisk));
    for range in ranges.iter() {
        // SAFETY: the direct map has it; the kernel is on its own tables and stack, has copied what the bootloader told it, and
        // still uses only what was left out above. No range was free before.
        unsafe { memory::memory().add(range.clone()) };
    }
    ::log::info!("{} KiB taken back from the bootloader", ranges.bytes() / 1024);
}
