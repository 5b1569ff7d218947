//! An entry of a page table, and the table.
//!
//! ```text
//!   63  62       52 51                              12 11  9  8   7   6   5   4   3   2   1   0
//!  +---+-----------+----------------------------------+-----+---+----+---+---+---+---+---+---+---+
//!  |NX | ignored   | frame (or the next table)        | ign | G |PS/P| D | A |PCD|PWT| U | W | P |
//!  +---+-----------+----------------------------------+-----+---+----+---+---+---+---+---+---+---+
//! ```
//!
//! Bit 7 says "leaf" in the two middle levels and selects the upper half of the PAT in the lowest
//! (Intel SDM 3A 4.5).

use core::sync::atomic::{AtomicU64, Ordering};

use crate::CachePolicy;
use crate::attr::{Attr, Perms};
use crate::units::Frame;

/// Entries of a table.
pub(crate) const ENTRIES: u64 = 512;

const PRESENT: u64 = 1 << 0;
const WRITE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const WRITE_THROUGH: u64 = 1 << 3;
const CACHE_DISABLE: u64 = 1 << 4;
const ACCESSED: u64 = 1 << 5;
const DIRTY: u64 = 1 << 6;
const LARGE: u64 = 1 << 7;
const PAT_SMALL: u64 = 1 << 7;
const GLOBAL: u64 = 1 << 8;
const NO_EXECUTE: u64 = 1 << 63;
const FRAME: u64 = 0x000f_ffff_ffff_f000;

/// The value of an entry. Zero is "nothing here"; every other value is present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry(u64);

impl Entry {
    pub(crate) const ABSENT: Entry = Entry(0);

    /// Makes an entry for a 4 KiB page. Accessed and dirty are set from the start: nobody reads
    /// them, and the processor is spared a store.
    pub(crate) fn page(frame: Frame, attr: Attr) -> Entry {
        let mut bits = PRESENT | ACCESSED | DIRTY;
        if attr.perms.contains(Perms::WRITE) {
            bits |= WRITE;
        }
        if !attr.perms.contains(Perms::EXECUTE) {
            bits |= NO_EXECUTE;
        }
        if attr.user {
            bits |= USER;
        }
        if attr.global {
            bits |= GLOBAL;
        }
        bits |= match attr.cache {
            CachePolicy::Cached => 0,
            CachePolicy::Uncached | CachePolicy::UncachedDevice => CACHE_DISABLE | WRITE_THROUGH,
            // Entry 4 of the PAT, which the kernel has made write-combining.
            CachePolicy::WriteCombining => PAT_SMALL,
        };
        Entry(bits | frame.address())
    }

    /// Makes an entry for a 2 MiB or 1 GiB page, cached.
    pub(crate) fn large(frame: Frame, attr: Attr) -> Entry {
        let cached = Attr { cache: CachePolicy::Cached, ..attr };
        Entry(Entry::page(frame, cached).0 | LARGE)
    }

    /// Makes an entry for the next table. It allows everything: the leaf decides.
    pub(crate) fn table(frame: Frame) -> Entry {
        Entry(PRESENT | WRITE | USER | ACCESSED | frame.address())
    }

    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn is_present(self) -> bool {
        self.0 != 0
    }

    /// Says whether an entry of a middle level is a large page. Not for the lowest level.
    pub(crate) fn is_large(self) -> bool {
        self.0 & LARGE != 0
    }

    pub(crate) fn frame(self) -> Frame {
        Frame::containing(self.0 & FRAME)
    }

    /// Returns the frame of a large page, whose entry has the PAT bit among the low address bits.
    pub(crate) fn large_frame(self) -> Frame {
        const PAT_LARGE: u64 = 1 << 12;
        Frame::containing(self.0 & FRAME & !PAT_LARGE)
    }

    pub(crate) fn is_user(self) -> bool {
        self.0 & USER != 0
    }

    pub(crate) fn perms(self) -> Perms {
        let mut perms = Perms::READ;
        perms.set(Perms::WRITE, self.0 & WRITE != 0);
        perms.set(Perms::EXECUTE, self.0 & NO_EXECUTE == 0);
        perms
    }

    /// Returns the entry with `perms`, but never writable where it was not: the frame may be the
    /// zero page or shared, which only a write fault finds out.
    pub(crate) fn restricted(self, perms: Perms) -> Entry {
        let mut bits = self.0 & !NO_EXECUTE;
        if !perms.contains(Perms::WRITE) {
            bits &= !WRITE;
        }
        if !perms.contains(Perms::EXECUTE) {
            bits |= NO_EXECUTE;
        }
        Entry(bits)
    }

    /// Returns the entry without write permission.
    pub(crate) fn read_only(self) -> Entry {
        Entry(self.0 & !WRITE)
    }

    /// Says whether a TLB that still has this entry must forget it when `new` takes its place: the
    /// frame differs, or something is no longer allowed. What is newly allowed need not be made
    /// known: using it faults once, and the fault finds the new entry.
    pub(crate) fn needs_flush(self, new: Entry) -> bool {
        self.is_present()
            && (self.frame() != new.frame()
                || !new.is_present()
                || !new.perms().contains(self.perms()))
    }
}

/// A page table, which the processor may be walking at any time.
#[repr(C, align(4096))]
pub(crate) struct Table([AtomicU64; ENTRIES as usize]);

impl Table {
    /// Returns the entry that covers `page` in a table of `level`.
    pub(crate) fn get(&self, index: usize) -> Entry {
        Entry(self.slot(index).load(Ordering::Acquire))
    }

    /// Stores an entry. What it points to was written before.
    pub(crate) fn set(&self, index: usize, entry: Entry) {
        self.slot(index).store(entry.0, Ordering::Release);
    }

    fn slot(&self, index: usize) -> &AtomicU64 {
        // Masking instead of checking: an index is nine bits of a page number.
        #[expect(clippy::indexing_slicing, reason = "masked to the size of the array")]
        &self.0[index & (ENTRIES as usize - 1)]
    }
}

/// Returns the index, in a table of `level`, of the entry that covers `page`. Level 1 is the lowest.
pub(crate) fn index(page: u64, level: u32) -> usize {
    page.wrapping_shr(pages_log2(level)) as usize & (ENTRIES as usize - 1)
}

/// Returns log2 of the pages that an entry of `level` covers.
pub(crate) fn pages_log2(level: u32) -> u32 {
    level.saturating_sub(1).wrapping_mul(9)
}

/// Returns the first page after those that the entry of `level` for `page` covers.
pub(crate) fn next_entry(page: u64, level: u32) -> u64 {
    let log2 = pages_log2(level);
    page.wrapping_shr(log2).wrapping_add(1).wrapping_shl(log2)
}
