//! Page tables as a processor reads them (Intel SDM 3A 4.5), from the bits alone.

use core::ops::Range;
use core::sync::atomic::Ordering;

use crate::sync::{Guarded, point};
use crate::{Access, Frame, Memory};

/// The level of the table that CR3 points to.
pub(super) const ROOT_LEVEL: u32 = 4;

const PRESENT: u64 = 1 << 0;
const WRITE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const CACHE_DISABLE: u64 = 1 << 4;
const LARGE: u64 = 1 << 7;
const GLOBAL: u64 = 1 << 8;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// What all entries on the way to a page allow together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    write: bool,
    user: bool,
    execute: bool,
}

impl Allowed {
    pub(super) const ALL: Allowed = Allowed { write: true, user: true, execute: true };

    fn and(self, entry: u64) -> Allowed {
        Allowed {
            write: self.write && entry & WRITE != 0,
            user: self.user && entry & USER != 0,
            execute: self.execute && entry & NO_EXECUTE == 0,
        }
    }

    /// Says whether this allows nothing that `other` does not.
    pub(super) fn is_within(self, other: Allowed) -> bool {
        self.write <= other.write && self.user <= other.user && self.execute <= other.execute
    }

    /// Says whether ring 3, or ring 0 with CR0.WP and SMAP set, may do `access`.
    pub(super) fn permits(self, access: Access, from_user: bool) -> bool {
        let permitted = match access {
            Access::Read => true,
            Access::Write => self.write,
            Access::Execute => self.execute,
        };
        permitted && self.user == from_user
    }
}

/// A way down the tables, at a table of `level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) level: u32,
    pub(super) table: Frame,
    pub(super) allowed: Allowed,
}

/// Where a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) frame: Frame,
    pub(super) allowed: Allowed,
    pub(super) global: bool,
    /// Loads and stores go to memory, past all caches (PCD).
    pub(super) uncached: bool,
    /// The level of its entry: more than 1 if the page is part of a large one.
    pub(super) level: u32,
}

/// What an entry leads to.
pub(super) enum Next {
    Nothing,
    Table(Step),
    Page(Leaf),
}

impl Step {
    pub(super) fn root(table: Frame) -> Step {
        Step { level: ROOT_LEVEL, table, allowed: Allowed::ALL }
    }

    /// Reads the entry for `page` in the table.
    pub(super) fn next(self, memory: &Memory, page: u64) -> Next {
        let entry = read(memory, self.table, index(page, self.level));
        if entry & PRESENT == 0 {
            return Next::Nothing;
        }
        let allowed = self.allowed.and(entry);
        let to = Frame::containing(entry & ADDRESS);
        let is_page = self.level == 1 || (self.level < ROOT_LEVEL && entry & LARGE != 0);
        if !is_page {
            return Next::Table(Step { level: self.level.wrapping_sub(1), table: to, allowed });
        }
        // Of a large page's frame, the entry has the upper bits; the page number has the others.
        let below = pages(self.level).wrapping_sub(1);
        Next::Page(Leaf {
            frame: Frame::from_number((to.number() & !below) | (page & below)),
            allowed,
            global: entry & GLOBAL != 0,
            uncached: entry & CACHE_DISABLE != 0,
            level: self.level,
        })
    }
}

/// Returns the page's leaf, from the tables in memory and no cache.
pub(super) fn leaf(memory: &Memory, root: Frame, page: u64) -> Option<Leaf> {
    let mut step = Step::root(root);
    loop {
        step = match step.next(memory, page) {
            Next::Nothing => return None,
            Next::Page(leaf) => return Some(leaf),
            Next::Table(step) => step,
        };
    }
}

/// Returns the table of `level` on the way to `page`, from the tables in memory and no cache.
pub(super) fn table(memory: &Memory, root: Frame, page: u64, level: u32) -> Option<Frame> {
    let mut step = Step::root(root);
    while step.level > level {
        match step.next(memory, page) {
            Next::Table(next) => step = next,
            Next::Nothing | Next::Page(_) => return None,
        }
    }
    Some(step.table)
}

/// Counts the tables under the entries `half` of the table `root`, itself included.
pub(super) fn count_tables(memory: &Memory, root: Frame, half: Range<usize>) -> u64 {
    let below = half.map(|entry| tables_at(memory, ROOT_LEVEL, read(memory, root, entry)));
    below.sum::<u64>().saturating_add(1)
}

/// Counts the tables that `entry`, of a table of `level`, leads to. Four levels deep.
fn tables_at(memory: &Memory, level: u32, entry: u64) -> u64 {
    if entry & PRESENT == 0 || level == 1 || level < ROOT_LEVEL && entry & LARGE != 0 {
        return 0;
    }
    if level == 2 {
        return 1;
    }
    let table = Frame::containing(entry & ADDRESS);
    let below = level.wrapping_sub(1);
    let entries = (0..512).map(|number| tables_at(memory, below, read(memory, table, number)));
    entries.sum::<u64>().saturating_add(1)
}

/// Returns how many pages an entry of a table of `level` stands for.
pub(super) fn pages(level: u32) -> u64 {
    1u64.wrapping_shl(bits_below(level))
}

/// Returns the number of the entry for `page`, of all entries that tables of `level` could have.
pub(super) fn entry_number(page: u64, level: u32) -> u64 {
    page.wrapping_shr(bits_below(level))
}

fn bits_below(level: u32) -> u32 {
    level.saturating_sub(1).wrapping_mul(9)
}

fn index(page: u64, level: u32) -> usize {
    entry_number(page, level) as usize & 511
}

fn read(memory: &Memory, table: Frame, index: usize) -> u64 {
    let entry = memory.window(table).cast::<Guarded>().wrapping_add(index);
    point();
    // SAFETY: a table lies in the window, is aligned, and has 512 entries, which are changed
    // atomically.
    unsafe { (*entry).load(Ordering::Acquire) }
}
