//! Translation look-aside buffers: the kernel's half of [`vm::Machine`].
#![expect(unsafe_code, reason = "CR3 decides what every address means")]

use vm::{Frame, Invalidation, Machine, page_base};
use x86_64::registers::control::{Cr3, Cr3Flags, Cr4, Cr4Flags};
use x86_64::structures::paging::{OffsetPageTable, PageTable, PhysFrame, Translate};
use x86_64::{PhysAddr, VirtAddr, instructions::tlb};

use super::{cpu, entropy};
use crate::memory;

/// This machine, as `vm` sees it.
pub struct Processors;

impl Machine for Processors {
    fn invalidate(&self, cpus: u64, what: Invalidation<'_>) {
        // The mask of the kernel's address space names every CPU there could be; one that has not been started holds nothing.
        let this = 1u64 << cpu::current_id();
        if cpus & this == 0 {
            return;
        }
        match what {
            Invalidation::Pages(pages) => {
                for page in pages {
                    tlb::flush(VirtAddr::new_truncate(page_base(*page)));
                }
            }
            Invalidation::All => flush_all(),
        }
    }

    fn entropy(&self) -> [u8; 32] {
        entropy::entropy()
    }
}

/// Forgets every translation, global ones included (Intel SDM 3A 4.10.4.1: a change of CR4.PGE).
fn flush_all() {
    let flags = Cr4::read();
    if !flags.contains(Cr4Flags::PAGE_GLOBAL) {
        return tlb::flush_all();
    }
    // SAFETY: the bit only says whether translations outlive a load of CR3, and is set again at once.
    unsafe {
        Cr4::write(flags.difference(Cr4Flags::PAGE_GLOBAL));
        Cr4::write(flags);
    }
}

/// Makes this CPU use the page tables whose root is `root`.
///
/// # Safety
/// The tables map the kernel as the current ones do, and exist for as long as they are loaded.
pub unsafe fn load_table_root(root: Frame) {
    let frame = PhysFrame::containing_address(PhysAddr::new(root.address()));
    // SAFETY: as required of the caller.
    unsafe { Cr3::write(frame, Cr3Flags::empty()) };
}

/// Returns the root of the page tables in use.
pub fn table_root() -> Frame {
    Frame::containing(Cr3::read().0.start_address().as_u64())
}

/// Returns the physical address that `address` is mapped to, if it is, by walking the tables in use. Takes no lock.
pub fn translate(address: u64) -> Option<u64> {
    let address = VirtAddr::try_new(address).ok()?;
    let (root, _) = Cr3::read();
    let table = memory::direct_mut(root.start_address().as_u64()).cast::<PageTable>();
    // SAFETY: all page tables are in the direct map. The view is only read through, whatever its type says; a change by another CPU
    // meanwhile makes the answer one from before or from after it.
    let tables = unsafe { OffsetPageTable::new(&mut *table, VirtAddr::new(memory::DIRECT_MAP)) };
    tables.translate_addr(address).map(PhysAddr::as_u64)
}
