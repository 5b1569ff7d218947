//! Looks at memory through the kernel's copies, so that a fault is a status and not the end of the process. Each look also checks that
//! the page-table entry agrees with it.

use crate::fixture::{R, RW, vmo};
use crate::{entry, zx};
use rt::{Result, Vmo};
use spin::Once;

/// Where probed bytes pass through.
fn scratch() -> &'static Vmo {
    static SCRATCH: Once<Vmo> = Once::new();
    SCRATCH.call_once(|| vmo(1))
}

/// Reads the byte at `address`, or returns why that faults.
#[track_caller]
pub(crate) fn read(address: u64) -> Result<u8> {
    let outcome = zx::vmo_write(scratch(), address, 0, 1).check();
    entry::assert_agrees(address, R, outcome);
    outcome?;
    let mut byte = [0];
    scratch().read(0, &mut byte).unwrap();
    Ok(byte[0])
}

/// Writes the byte at `address`, or returns why that faults.
#[track_caller]
pub(crate) fn write(address: u64, byte: u8) -> Result<()> {
    scratch().write(0, &[byte]).unwrap();
    let outcome = zx::vmo_read(scratch(), address, 0, 1).check();
    entry::assert_agrees(address, RW, outcome);
    outcome
}

/// Reads the byte at `offset` of a VMO.
#[track_caller]
pub(crate) fn byte_of(vmo: &Vmo, offset: u64) -> u8 {
    let mut byte = [0];
    vmo.read(offset, &mut byte).unwrap();
    byte[0]
}

/// Checks how `pages` pages from `base` on answer a read: the byte each begins with, or the fault.
#[track_caller]
pub(crate) fn assert_pages(base: u64, expected: &[Result<u8>]) {
    for (page, expected) in (0..).zip(expected) {
        let address = base + page * crate::fixture::PAGE;
        assert_eq!(read(address), *expected, "page {page} from {base:#x}");
    }
}
