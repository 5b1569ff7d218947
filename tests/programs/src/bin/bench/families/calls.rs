//! What it costs to enter and leave the kernel.

use crate::meter::Figure;
use crate::plan::Rounds;
use rt::{Handle, Result, zx};

/// A number that no handle has: its lower bits are not those that all handles have.
const NO_HANDLE: u32 = 0xffff_fff0;

pub(super) fn run() -> Result<()> {
    let rounds = Rounds::CALLS;
    let mut null = Figure::new("null_call", rounds);
    let mut invalid = Figure::new("close_invalid", rounds);
    for _ in 0..rounds.all() {
        // SAFETY: the call takes no address.
        null.time(|| unsafe { zx::syscall_test_0() }).check()?;
        let refused = invalid.time(|| Handle::from_raw(NO_HANDLE).close());
        assert!(refused.is_err(), "a number that is no handle was closed");
    }
    null.report();
    invalid.report();
    Ok(())
}
