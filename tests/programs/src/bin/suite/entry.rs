//! Page-table entries: what the processor will do, beside what an access did.
//!
//! ```text
//!   63            51                 12            8   7   4   3   2   1   0
//!  +---+---------+---------------------+---------+---+---+---+---+---+---+---+
//!  |NX |         | frame               |         | G |PAT|PCD|PWT| U | W | P |
//!  +---+---------+---------------------+---------+---+---+---+---+---+---+---+
//! ```
//!
//! # Source
//! Intel SDM 3A, table 4-20; the policies of PAT's entries are the kernel's choice.

use crate::fixture::{PAGE, R, W, X};
use abi::CachePolicy;
use abi::debug::PageEntry;
use core::fmt;
use rt::{Process, Status, VmOptions, start};

const PRESENT: u64 = 1 << 0;
const WRITABLE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const WRITE_THROUGH: u64 = 1 << 3;
const CACHE_DISABLE: u64 = 1 << 4;
const PAT: u64 = 1 << 7;
const GLOBAL: u64 = 1 << 8;
const NO_EXECUTE: u64 = 1 << 63;
const FRAME: u64 = 0x000F_FFFF_FFFF_F000;

/// An entry that translates a page of a process, or none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry(PageEntry);

impl Entry {
    /// Returns the entry of this process for `address`. Asking changes nothing: no page is shown by it.
    #[track_caller]
    pub(crate) fn of(address: u64) -> Self {
        Self::in_process(start().process(), address)
    }

    /// Returns the entry of a process for `address`.
    #[track_caller]
    pub(crate) fn in_process(process: &Process, address: u64) -> Self {
        Self(process.page_entry(address).unwrap())
    }

    /// Is there one?
    pub(crate) fn is_present(self) -> bool {
        self.0.bits & PRESENT != 0
    }

    /// May ring 3 store there?
    pub(crate) fn is_writable(self) -> bool {
        self.is_present() && self.0.bits & WRITABLE != 0
    }

    /// May ring 3 use it at all? What every address space has in common must not be.
    fn is_for_ring_3(self) -> bool {
        self.is_present() && self.0.bits & (USER | GLOBAL) == USER
    }

    /// Returns what it permits.
    pub(crate) fn permits(self) -> VmOptions {
        let mut options = VmOptions::empty();
        options.set(R, self.is_present());
        options.set(W, self.is_writable());
        options.set(X, self.is_present() && self.0.bits & NO_EXECUTE == 0);
        options
    }

    /// Returns the physical address of the page.
    pub(crate) fn frame(self) -> u64 {
        self.0.bits & FRAME
    }

    /// Returns how the page is cached.
    #[track_caller]
    pub(crate) fn cache_policy(self) -> CachePolicy {
        match self.0.bits & (WRITE_THROUGH | CACHE_DISABLE | PAT) {
            0 => CachePolicy::Cached,
            PAT => CachePolicy::WriteCombining,
            both if both == WRITE_THROUGH | CACHE_DISABLE => CachePolicy::Uncached,
            other => panic!("nothing is cached like {other:#x}"),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {:#018x} for {:#x} bytes", self.0.bits, self.0.size)
    }
}

/// Checks that the processor permits exactly `options` at `address`; nothing means that it knows no such page.
#[track_caller]
pub(crate) fn assert_permits(address: u64, options: VmOptions) {
    let entry = Entry::of(address);
    assert_eq!(entry.permits(), options, "{entry:?}, {address:#x}");
    if options.is_empty() {
        assert_eq!(entry.0, PageEntry::default(), "{address:#x}");
    } else {
        assert!(entry.is_for_ring_3() && entry.0.size == PAGE, "{entry:?}, {address:#x}");
    }
}

/// Checks that the processor knows none of the `pages` pages from `base` on.
#[track_caller]
pub(crate) fn assert_absent(base: u64, pages: u64) {
    for page in 0..pages {
        assert_permits(base + page * PAGE, VmOptions::empty());
    }
}

/// Checks that the entry is as an access to `address`, which needs `needs`, has come out.
#[track_caller]
pub(crate) fn assert_agrees(address: u64, needs: VmOptions, outcome: rt::Result<()>) {
    if address >= 1 << 47 {
        // There are no entries of a process for it.
        return;
    }
    let entry = Entry::of(address);
    let agrees = match outcome {
        Ok(()) => entry.is_for_ring_3() && entry.permits().contains(needs),
        Err(Status::ACCESS_DENIED) => !entry.permits().contains(needs),
        Err(_) => !entry.is_present(),
    };
    assert!(agrees, "{outcome:?}, yet {entry:?} for {address:#x}");
}

/// Says whether the kernel tells about entries.
pub(crate) fn can_be_seen() -> bool {
    start().process().page_entry(0).is_ok()
}
