//! What only a kernel booted for debugging tells.
//!
//! It is booted with `debug-calls=on` on its command line, as it is for tests; others answer NOT_SUPPORTED.

use crate::info::{Record, record};

/// How the processor translates an address, as `debug_page_entry` tells it: the leaf of the page tables, whatever its level.
///
/// All zeros if there is none.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageEntry {
    /// The entry, in the processor's format (Intel SDM 3A, tables 4-20, 4-18 and 4-16).
    pub bits: u64,
    /// How many bytes it translates: 4 KiB, 2 MiB or 1 GiB.
    pub size: u64,
}
record!(PageEntry, 16);
