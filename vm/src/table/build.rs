//! Building the kernel's tables at boot: runs of frames, mapped with the largest leaves that fit.

use super::entry::{index, pages_log2};
use super::{Entry, Tables};
use crate::attr::Attr;
use crate::units::{Frame, page_of};
use crate::{Result, Status};

/// Sizes of a page-table leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeafSize {
    /// 4 KiB.
    Small,
    /// 2 MiB.
    Large,
    /// 1 GiB, if the processor has them (CPUID 8000_0001H:EDX bit 26).
    Huge,
}

impl LeafSize {
    fn level(self) -> u32 {
        match self {
            LeafSize::Small => 1,
            LeafSize::Large => 2,
            LeafSize::Huge => 3,
        }
    }
}

impl Tables {
    /// Maps `pages` frames from `frame` to the virtual address `base`, with the largest leaves that
    /// alignment and `largest` allow.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: something is mapped there already.
    /// 2. [`Status::NO_MEMORY`]: no frame for a table. What was mapped until then stays.
    ///
    /// # Safety
    /// The tables are not in use yet, or nobody uses the addresses; and whoever runs on these tables
    /// may use the frames as `attr` says.
    pub unsafe fn map_run(
        &mut self,
        base: u64,
        frame: Frame,
        pages: u64,
        attr: Attr,
        largest: LeafSize,
    ) -> Result<()> {
        let mut done = 0;
        while done < pages {
            let page = page_of(base).wrapping_add(done);
            if self.lookup(page).is_some() {
                return Err(Status::INVALID_ARGS);
            }
            let frame = frame.plus(done);
            let fits = |size: LeafSize| {
                let leaf = 1u64 << pages_log2(size.level());
                let aligned = (page | frame.number()) & (leaf - 1) == 0;
                size <= largest && aligned && pages - done >= leaf
            };
            let size = [LeafSize::Huge, LeafSize::Large].into_iter().find(|size| fits(*size));
            let size = size.unwrap_or(LeafSize::Small);
            let level = size.level();
            let lowest = self.table_for(page, level)?;
            let table = self.view(lowest);
            if table.get(index(page, level)).is_present() {
                return Err(Status::INVALID_ARGS);
            }
            let entry = match size {
                LeafSize::Small => Entry::page(frame, attr),
                LeafSize::Large | LeafSize::Huge => Entry::large(frame, attr),
            };
            table.set(index(page, level), entry);
            self.memory.record(lowest).add(1);
            done = done.wrapping_add(1 << pages_log2(level));
        }
        Ok(())
    }
}
