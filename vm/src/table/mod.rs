//! x86_64 page tables: four levels of 512 entries.
//!
//! ```text
//!   47      39 38      30 29      21 20      12 11           0
//!  +----------+----------+----------+----------+--------------+
//!  | level 4  | level 3  | level 2  | level 1  | byte of page |   a virtual address
//!  +----------+----------+----------+----------+--------------+
//! ```
//!
//! [`Translation`] is what the processors use for one address space: the [`Tables`], behind a lock,
//! and the CPUs they are loaded on. All changes go through an [`Editor`]: it works on ranges, with
//! one descent for each lowest table, not for each page; it counts the used entries of every table
//! in the frame's record and takes away a table that has none left; and when it is dropped, TLBs
//! have forgotten what changed, and only then do the tables go back to the allocator.
//!
//! # Locking
//! The lock is taken below those of regions and VMOs. A processor walks the tables without it, so
//! entries are stored whole, a table is cleared before it is linked, and it stays as it was until
//! every CPU has been told to forget it.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "page numbers are below 2^52, levels below 5, counts of entries below 513"
)]

mod build;
mod edit;
mod entry;
mod flush;
mod scan;
mod translation;

pub use build::LeafSize;
pub(crate) use edit::Editor;
pub(crate) use entry::{ENTRIES, Entry, Table};
pub use scan::Leaf;
pub(crate) use translation::Translation;

use crate::Result;
use crate::memory::Memory;
use crate::units::Frame;
use entry::{Slot, index};

/// The level of the table that CR3 points to.
const ROOT_LEVEL: u32 = 4;

/// The first page of the kernel's half, as its number in a root table: entries 256 and up.
const KERNEL_HALF: u64 = 1 << 35;

/// The page tables of one address space.
#[derive(Debug)]
pub struct Tables {
    memory: &'static Memory,
    root: Frame,
    /// The lowest table that was used last, and the first page it covers: programs tend to stay.
    last: Option<(u64, Frame)>,
}

/// Where a descent to the lowest table ended.
enum Descent {
    /// At the lowest table: the tables passed, from level 1 to level 4.
    Lowest([Frame; ROOT_LEVEL as usize]),
    /// Nothing is below the entry of this level.
    Absent(u32),
    /// At a large page, whose entry is of this level: the tables passed, from that level on up.
    Large(u32, Path),
}

/// The tables on the way to a page, from level 1 to level 4; the root stands for those that there are not.
type Path = [Frame; ROOT_LEVEL as usize];

impl Tables {
    /// Makes tables that map nothing.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no frame is free.
    pub fn new(memory: &'static Memory) -> Result<Tables> {
        Ok(Tables { memory, root: memory.allocate_zeroed()?, last: None })
    }

    /// Returns the root table, for CR3.
    pub fn root(&self) -> Frame {
        self.root
    }

    /// Views one of the tables.
    fn view(&self, frame: Frame) -> Table<'_> {
        // SAFETY: only frames found by walking from the root, or allocated to become tables, are
        // passed; they are tables until unlinked, which takes `&mut self`.
        unsafe { self.memory.table(frame) }
    }

    /// Returns where the entries of the root table are.
    fn root_slots(&self) -> &[Slot] {
        self.view(self.root).from(0)
    }

    fn descend(&self, page: u64) -> Descent {
        let mut path = [self.root; ROOT_LEVEL as usize];
        let mut table = self.root;
        for level in (2..=ROOT_LEVEL).rev() {
            let entry = self.view(table).get(index(page, level));
            if !entry.is_present() {
                return Descent::Absent(level);
            }
            if level < ROOT_LEVEL && entry.is_large() {
                return Descent::Large(level, path);
            }
            table = entry.frame();
            if let Some(place) = path.get_mut(level as usize - 2) {
                *place = table;
            }
        }
        Descent::Lowest(path)
    }

    /// Returns the lowest table that covers `page`, which is not part of a large page, making what is missing.
    ///
    /// # Errors
    /// Those of [`Tables::table_for`].
    #[inline]
    fn lowest_for(&mut self, page: u64) -> Result<Frame> {
        if let Some(table) = self.last_for(page) {
            return Ok(table);
        }
        let table = self.table_for(page, 1)?;
        self.last = Some((page & !(ENTRIES - 1), table));
        Ok(table)
    }

    /// Returns the lowest table that covers `page`, if it was the last one used.
    #[inline]
    fn last_for(&self, page: u64) -> Option<Frame> {
        self.last.filter(|(start, _)| *start == page & !(ENTRIES - 1)).map(|(_, table)| table)
    }

    /// Makes a lowest table with the entries for the pages of the large page whose entry, of level 2, for `page` is in the table `parent`;
    /// it takes that entry's place.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no frame for a table; nothing has changed.
    fn split(&mut self, parent: Frame, page: u64) -> Result<()> {
        let slot = index(page, 2);
        let large = self.view(parent).get(slot);
        let lowest = self.memory.allocate()?;
        for (index, place) in (0..).zip(self.view(lowest).from(0)) {
            place.set(large.part_of_large(index));
        }
        self.memory.record(lowest).set_count(ENTRIES as u32);
        self.view(parent).set(slot, Entry::table(lowest));
        Ok(())
    }

    /// Notes that a lowest table is about to go.
    fn forget_lowest(&mut self) {
        self.last = None;
    }

    /// Returns the table of `lowest` level that covers `page`, making what is missing above it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): tables that were made on the way are taken
    /// away again.
    fn table_for(&mut self, page: u64, lowest: u32) -> Result<Frame> {
        let mut table = self.root;
        for level in (lowest + 1..=ROOT_LEVEL).rev() {
            let entry = self.view(table).get(index(page, level));
            if !entry.is_present() {
                let chain = self.new_chain(page, lowest, level - 1)?;
                self.view(table).set(index(page, level), Entry::table(chain.top));
                self.memory.record(table).add(1);
                return Ok(chain.bottom);
            }
            table = entry.frame();
        }
        Ok(table)
    }

    /// Makes tables from level `lowest` up to level `highest` that lead to `page`, not yet linked.
    fn new_chain(&mut self, page: u64, lowest: u32, highest: u32) -> Result<Chain> {
        let bottom = self.memory.allocate_zeroed()?;
        self.memory.record(bottom).set_count(0);
        let mut top = bottom;
        for level in lowest + 1..=highest {
            let table = match self.memory.allocate_zeroed() {
                Ok(table) => table,
                Err(error) => {
                    self.free_chain(top, page, level - 1, lowest);
                    return Err(error);
                }
            };
            self.view(table).set(index(page, level), Entry::table(top));
            self.memory.record(table).set_count(1);
            top = table;
        }
        Ok(Chain { top, bottom })
    }

    fn free_chain(&mut self, top: Frame, page: u64, highest: u32, lowest: u32) {
        let mut table = top;
        for level in (lowest..=highest).rev() {
            let next = self.view(table).get(index(page, level)).frame();
            self.memory.free(table);
            table = next;
        }
    }
}

/// Tables that lead from one to the next.
struct Chain {
    top: Frame,
    bottom: Frame,
}

impl Drop for Tables {
    fn drop(&mut self) {
        debug_assert!(
            self.root_slots().iter().take(SLOTS_OF_USER_HALF).all(|slot| !slot.get().is_present()),
            "an address space was dropped with something mapped"
        );
        self.memory.free(self.root);
    }
}

const SLOTS_OF_USER_HALF: usize = ENTRIES as usize / 2;
