//! Looking at what processors remember and what page tables take, for tests to compare with.

use super::{SimMachine, walk};
use crate::units::{PAGE_SIZE, page_base};
use crate::{Access, Aspace};

/// A page that a processor remembers.
pub struct Remembered<'a> {
    machine: &'a SimMachine,
    page: u64,
    leaf: walk::Leaf,
}

impl Remembered<'_> {
    /// Returns the address of the page.
    pub fn address(&self) -> u64 {
        page_base(self.page)
    }

    /// Says whether the processor would let ring 3, or for a page of the kernel ring 0, do `access`
    /// without asking anybody.
    pub fn permits(&self, access: Access) -> bool {
        let is_users = self.leaf.allowed.permits(Access::Read, true);
        self.leaf.allowed.permits(access, is_users)
    }

    /// Says whether the processor goes past all caches.
    pub fn is_uncached(&self) -> bool {
        self.leaf.uncached
    }

    /// Says whether these are the bytes that the processor would find. Nobody may write to them
    /// meanwhile.
    pub fn holds(&self, bytes: &[u8; PAGE_SIZE as usize]) -> bool {
        let window = self.machine.memory().window(self.leaf.frame);
        // SAFETY: the frame is in the window, whole and initialised, and the caller has promised that
        // nobody writes to it.
        let found = unsafe { &*window.cast::<[u8; PAGE_SIZE as usize]>() };
        found == bytes
    }
}

impl SimMachine {
    /// Visits the pages that processor `cpu` remembers. `visit` must not use the processor.
    pub fn each_remembered(&self, cpu: u32, mut visit: impl FnMut(Remembered<'_>)) {
        for (page, leaf) in self.cpu(cpu).pages() {
            visit(Remembered { machine: self, page: *page, leaf: *leaf });
        }
    }

    /// Counts the frames that the page tables of `aspace` take, by reading them. The kernel's upper half,
    /// which every address space shares, is counted for the kernel's own only.
    pub fn table_frames(&self, aspace: &Aspace) -> u64 {
        let half = if aspace.is_user() { 0..256 } else { 256..512 };
        walk::count_tables(self.memory(), aspace.table_root(), half)
    }
}
