//! Random bytes from the kernel.

use crate::zx;
use abi::Result;

/// Fills `bytes`.
///
/// # Errors
/// Those of `cprng_draw`.
pub fn fill(bytes: &mut [u8]) -> Result<()> {
    // SAFETY: `bytes` is valid for writes of its length.
    unsafe { zx::cprng_draw(bytes.as_mut_ptr(), bytes.len() as u64) }.check()
}

/// Draws a word.
///
/// # Errors
/// Those of `cprng_draw`.
pub fn word() -> Result<u64> {
    let mut bytes = [0; 8];
    fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}
