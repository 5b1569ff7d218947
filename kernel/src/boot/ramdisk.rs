//! The ramdisk: a tar archive with the command line and the programs.
#![expect(unsafe_code, reason = "the archive is found by its physical address")]

use core::ops::Range;

use spin::Once;
use tar_no_std::TarArchiveRef;
use vm::PAGE_SIZE;

use super::command_line;
use super::handover::Handover;
use crate::arch::usize_of;
use crate::memory;

/// The archive, which stays as it is for ever.
#[derive(Clone, Debug)]
pub struct Ramdisk {
    /// Its bytes.
    pub bytes: &'static [u8],
    /// Where it is in physical memory. The rest of its last page is zero.
    pub physical: Range<u64>,
}

static RAMDISK: Once<Ramdisk> = Once::new();

/// The archive's entry with the command line.
const COMMAND_LINE: &str = "cmdline";

/// Finds the ramdisk, and the command line in it.
pub(super) fn init(handover: &Handover) {
    let physical = handover.ramdisk.clone();
    let len = usize_of(physical.end.saturating_sub(physical.start));
    if len == 0 {
        ::log::warn!("there is no ramdisk");
        return;
    }
    let first = memory::direct_mut(physical.start);
    let padding = len.next_multiple_of(usize_of(PAGE_SIZE)).wrapping_sub(len);
    // SAFETY: the bootloader maps all physical memory at the direct map and has put the ramdisk there, in pages of its own, which
    // are never given to anybody else. Only the padding is written, and before there is any reference to the bytes.
    let bytes = unsafe {
        first.add(len).write_bytes(0, padding);
        core::slice::from_raw_parts(first, len)
    };
    let ramdisk = RAMDISK.call_once(|| Ramdisk { bytes, physical });
    match ramdisk.file(COMMAND_LINE).map(core::str::from_utf8) {
        Some(Ok(line)) => command_line::init(line),
        Some(Err(_)) => ::log::warn!("the command line is not text"),
        None => ::log::warn!("the ramdisk has no command line"),
    }
}

/// Returns the ramdisk, if the boot image has one.
pub fn ramdisk() -> Option<&'static Ramdisk> {
    RAMDISK.get()
}

impl Ramdisk {
    /// Returns the contents of the file `name`.
    pub fn file(&self, name: &str) -> Option<&'static [u8]> {
        let archive = TarArchiveRef::new(self.bytes).ok()?;
        archive
            .entries()
            .find(|entry| entry.filename().as_str() == Ok(name))
            .map(|entry| entry.data())
    }
}
