//! Reading page tables: what maps a page, and everything that is mapped.

use super::entry::{ENTRIES, Slot, index, next_entry, pages_log2};
use super::{Entry, ROOT_LEVEL, SLOTS_OF_USER_HALF, Tables};
use crate::attr::Perms;
use crate::units::{Frame, PageRange};

/// A leaf of the page tables, as the processor would use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The pages it maps: one, 512 or 262 144.
    pub pages: PageRange,
    /// The frame of the first one.
    pub frame: Frame,
    /// What may be done with them.
    pub perms: Perms,
    /// Ring 3 may use them.
    pub user: bool,
    /// The entry as it is in memory.
    pub bits: u64,
}

impl Tables {
    /// Returns the leaf that maps `page`.
    pub fn lookup(&self, page: u64) -> Option<Leaf> {
        self.lookup_or_gap(page).ok()
    }

    /// Calls `visit` for every leaf that maps a page of `range`, in order.
    ///
    /// Page numbers of the kernel's half are those of canonical addresses: bits 36 to 51 are set.
    pub fn each_leaf(&self, range: PageRange, mut visit: impl FnMut(Leaf)) {
        let mut page = range.start;
        while page < range.end {
            page = match self.lookup_or_gap(page) {
                Ok(leaf) => {
                    visit(leaf);
                    leaf.pages.end
                }
                Err(gap_end) => gap_end,
            };
        }
    }

    /// Returns the number of tables, the root among them, that serve the user half.
    pub fn user_tables(&self) -> u64 {
        self.tables_below(self.root, ROOT_LEVEL, SLOTS_OF_USER_HALF).wrapping_add(1)
    }

    /// Counts the tables below the first `entries` of `table`. Descends three levels at the most.
    fn tables_below(&self, table: Frame, level: u32, entries: usize) -> u64 {
        let below = |slot: &Slot| {
            let entry = slot.get();
            if !entry.is_present() || is_leaf(entry, level) {
                return 0;
            }
            self.tables_below(entry.frame(), level.wrapping_sub(1), ENTRIES as usize)
                .wrapping_add(1)
        };
        self.view(table).from(0).iter().take(entries).map(below).sum()
    }

    /// Says whether the count kept for each table of the user half is that of its entries.
    pub(crate) fn counts_are_right(&self) -> bool {
        self.root_slots().iter().take(SLOTS_OF_USER_HALF).all(|slot| {
            let entry = slot.get();
            !entry.is_present() || self.count_is_right(entry.frame(), ROOT_LEVEL - 1)
        })
    }

    fn count_is_right(&self, table: Frame, level: u32) -> bool {
        let slots = self.view(table).from(0);
        let used = slots.iter().filter(|slot| slot.get().is_present()).count();
        let below_is_right = |slot: &Slot| {
            let entry = slot.get();
            !entry.is_present()
                || is_leaf(entry, level)
                || self.count_is_right(entry.frame(), level.wrapping_sub(1))
        };
        used != 0
            && self.memory.record(table).count() as usize == used
            && slots.iter().all(below_is_right)
    }

    /// Returns the leaf that maps `page`, or the first page after the gap it lies in.
    fn lookup_or_gap(&self, page: u64) -> Result<Leaf, u64> {
        let mut table = self.root;
        for level in (2..=ROOT_LEVEL).rev() {
            let entry = self.view(table).get(index(page, level));
            if !entry.is_present() {
                return Err(next_entry(page, level));
            }
            if is_leaf(entry, level) {
                return Ok(leaf(entry, page, level));
            }
            table = entry.frame();
        }
        let entry = self.view(table).get(index(page, 1));
        if entry.is_present() { Ok(leaf(entry, page, 1)) } else { Err(next_entry(page, 1)) }
    }
}

fn is_leaf(entry: Entry, level: u32) -> bool {
    level == 1 || (level < ROOT_LEVEL && entry.is_large())
}

fn leaf(entry: Entry, page: u64, level: u32) -> Leaf {
    let count = 1u64 << pages_log2(level);
    Leaf {
        pages: PageRange::new(page & !(count - 1), count),
        frame: if level == 1 { entry.frame() } else { entry.large_frame() },
        perms: entry.perms(),
        user: entry.is_user(),
        bits: entry.bits(),
    }
}
