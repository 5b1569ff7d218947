//! What the bootloader tells the kernel, copied out of memory that will be taken back.

use core::ops::Range;

use bootloader_api::BootInfo;
use bootloader_api::info::{MemoryRegion, MemoryRegionKind};
use spin::Once;
use vm::PAGE_SIZE;

use super::ranges::Ranges;
use crate::arch::tlb;

/// Memory below is left alone: firmware has tables there, and a CPU that is started begins there.
const LOW_MEMORY_END: u64 = 0x10_0000;

/// The bootloader's findings, in physical bytes.
#[derive(Debug)]
pub(super) struct Handover {
    /// Memory that nobody uses.
    pub(super) free: Ranges,
    /// Memory that the bootloader uses: its tables, its stack, the kernel's file and image, the ramdisk.
    pub(super) bootloader: Ranges,
    pub(super) ramdisk: Range<u64>,
    /// The kernel's ELF file.
    pub(super) file: Range<u64>,
    /// What is added to addresses in that file.
    pub(super) load_offset: u64,
}

static HANDOVER: Once<Handover> = Once::new();

impl Handover {
    /// Copies what `info` says.
    pub(super) fn take(info: &BootInfo) -> &'static Handover {
        HANDOVER.call_once(|| {
            let mut handover = Handover {
                free: Ranges::new(),
                bootloader: Ranges::new(),
                ramdisk: ramdisk_of(info),
                file: info.kernel_addr..info.kernel_addr.saturating_add(info.kernel_len),
                load_offset: info.kernel_image_offset,
            };
            info.memory_regions.iter().for_each(|region| handover.add(region));
            handover
        })
    }

    /// Notes a part of the memory map. What firmware and devices keep is left out.
    fn add(&mut self, region: &MemoryRegion) {
        let range = whole_pages(region.start.max(LOW_MEMORY_END)..region.end);
        match region.kind {
            MemoryRegionKind::Usable => self.free.add(range),
            MemoryRegionKind::Bootloader => self.bootloader.add(range),
            _ => {}
        }
    }
}

/// Returns what [`Handover::take`] has copied.
///
/// # Panics
/// If it has not been called.
pub(super) fn handover() -> &'static Handover {
    HANDOVER.get().expect("the handover is taken first of all")
}

/// Returns where the ramdisk is; the bootloader says only where it is mapped.
fn ramdisk_of(info: &BootInfo) -> Range<u64> {
    let address = info.ramdisk_addr.into_option().and_then(tlb::translate);
    address.map_or(0..0, |start| start..start.saturating_add(info.ramdisk_len))
}

/// Returns the pages that lie wholly in `range`.
fn whole_pages(range: Range<u64>) -> Range<u64> {
    let start = range.start.next_multiple_of(PAGE_SIZE);
    start..range.end.max(start) & !(PAGE_SIZE.wrapping_sub(1))
}

/// Returns the pages that have a byte of `range`.
pub(super) fn touched_pages(range: &Range<u64>) -> Range<u64> {
    range.start & !(PAGE_SIZE.wrapping_sub(1))..range.end.next_multiple_of(PAGE_SIZE)
}
