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

use core::marker::PhantomData;
use core::ptr::NonNull;
use core::slice;
use core::sync::atomic::Ordering;

use crate::CachePolicy;
use crate::attr::{Attr, Perms};
use crate::sync::Guarded;
use crate::units::{Frame, PageRange};

/// Entries of a table.
pub(crate) const ENTRIES: u64 = 512;

const PRESENT: u64 = 1;
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
        Entry::pattern(attr).with_frame(frame)
    }

    /// Makes what entries for 4 KiB pages with `attr` have in common: all but the frame.
    #[inline]
    pub(crate) fn pattern(attr: Attr) -> Entry {
        let mut bits = PRESENT | ACCESSED | DIRTY | permission_bits(attr.perms);
        if attr.user {
            bits |= USER;
        }
        if attr.global {
            bits |= GLOBAL;
        }
        Entry(bits).cached_as(attr.cache)
    }

    /// Makes a [`Entry::pattern`] of cached pages that of pages cached as `cache`.
    #[inline]
    pub(crate) fn cached_as(self, cache: CachePolicy) -> Entry {
        let bits = match cache {
            CachePolicy::Cached => 0,
            CachePolicy::Uncached | CachePolicy::UncachedDevice => CACHE_DISABLE | WRITE_THROUGH,
            // Entry 4 of the PAT, which the kernel has made write-combining.
            CachePolicy::WriteCombining => PAT_SMALL,
        };
        Entry(self.0 | bits)
    }

    /// Adds the frame to a [`Entry::pattern`].
    #[inline]
    pub(crate) fn with_frame(self, frame: Frame) -> Entry {
        Entry(self.0 | frame.address())
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

    /// Returns the entry for page number `index` of a large page of 2 MiB, cached, whose entry this is.
    pub(crate) fn part_of_large(self, index: u64) -> Entry {
        Entry(self.0 & !(LARGE | FRAME)).with_frame(self.large_frame().plus(index))
    }

    /// Makes a [`Entry::pattern`] of cached pages that of large pages.
    pub(crate) fn large_pattern(self) -> Entry {
        Entry(self.0 | LARGE)
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

    /// Returns what gives an entry `perms`, but never makes one writable that was not: the frame may be
    /// the zero page or shared, which only a write fault finds out.
    pub(crate) fn restriction(perms: Perms) -> impl Fn(Entry) -> Entry + Copy {
        let set = permission_bits(perms) & NO_EXECUTE;
        let kept = !(WRITE | NO_EXECUTE) | permission_bits(perms) & WRITE;
        move |entry| Entry(entry.0 & kept | set)
    }

    /// Returns the entry without write permission.
    pub(crate) fn read_only(self) -> Entry {
        Entry(self.0 & !WRITE)
    }

    /// Says whether a TLB that still has this entry must forget it when `new` takes its place: the
    /// frame differs, or something is no longer allowed. What is newly allowed need not be made
    /// known: using it faults once, and the fault finds the new entry.
    #[inline]
    pub(crate) fn needs_flush(self, new: Entry) -> bool {
        let changed = self.0 ^ new.0;
        // What the old one has and the new one has not, and the reverse for "no execute".
        let lost = changed & (self.0 & (PRESENT | WRITE) | new.0 & NO_EXECUTE);
        self.is_present() && (lost | changed & FRAME) != 0
    }
}

/// Returns the bits of an entry that say what may be done with the page; it can be read if it is there.
#[inline]
fn permission_bits(perms: Perms) -> u64 {
    const _: () = assert!(Perms::WRITE.bits() as u64 == WRITE);
    const EXECUTE_SHIFT: u32 = NO_EXECUTE.trailing_zeros() - Perms::EXECUTE.bits().trailing_zeros();
    let perms = u64::from(perms.bits());
    perms & WRITE | !perms.wrapping_shl(EXECUTE_SHIFT) & NO_EXECUTE
}

/// Where an entry is.
#[repr(transparent)]
pub(crate) struct Slot(Guarded);

impl Slot {
    /// Returns the entry.
    #[inline]
    pub(crate) fn get(&self) -> Entry {
        Entry(self.0.load(Ordering::Acquire))
    }

    /// Stores an entry. What it points to was written before.
    #[inline]
    pub(crate) fn set(&self, entry: Entry) {
        self.0.store(entry.0, Ordering::Release);
    }
}

/// The entries of a page table, which the processor may be walking at any time.
///
/// Not a reference, which would claim all of them anew wherever it goes; Miri looks at each one then.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    first: NonNull<Slot>,
    memory: PhantomData<&'a [Slot]>,
}

impl<'a> Table<'a> {
    /// Views the table at `first`.
    ///
    /// # Safety
    /// [`ENTRIES`] entries are there, and stay for as long as the view is used.
    pub(crate) unsafe fn at(first: NonNull<Slot>) -> Table<'a> {
        Table { first, memory: PhantomData }
    }

    /// Returns the entry of this index.
    #[inline]
    pub(crate) fn get(self, index: usize) -> Entry {
        self.slot(index as u64).get()
    }

    /// Stores an entry. What it points to was written before.
    #[inline]
    pub(crate) fn set(self, index: usize, entry: Entry) {
        self.slot(index as u64).set(entry);
    }

    /// Returns where the entry for `page` is in a table of the lowest level.
    #[inline]
    pub(crate) fn slot(self, page: u64) -> &'a Slot {
        // Masking instead of checking: an index is nine bits of a page number.
        let index = (page & (ENTRIES - 1)) as usize;
        // SAFETY: inside the table, as `at` was promised; slots are only ever shared.
        unsafe { self.first.add(index).as_ref() }
    }

    /// Returns where the entries for `page` and those after it are in a table of the lowest level.
    pub(crate) fn from(self, page: u64) -> &'a [Slot] {
        let index = (page & (ENTRIES - 1)) as usize;
        let count = (ENTRIES as usize).wrapping_sub(index);
        // SAFETY: as above.
        unsafe { slice::from_raw_parts(self.first.as_ptr().add(index), count) }
    }

    /// Returns where the entries for `span` are in a table of the lowest level, which they are all in.
    pub(crate) fn between(self, span: PageRange) -> &'a [Slot] {
        let from = self.from(span.start);
        from.get(..span.count() as usize).unwrap_or(from)
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

#[cfg(test)]
mod tests;
