//! Vectors that grow only if there is memory: what `Vec::push` and `vec!` would end the kernel for.

use abi::{Result, Status};
use alloc::vec::Vec;

/// Appends `value` to `vec`.
///
/// # Errors
/// [`Status::NO_MEMORY`]: `vec` is unchanged and `value` dropped.
pub(crate) fn try_push<T>(vec: &mut Vec<T>, value: T) -> Result<()> {
    vec.try_reserve(1).map_err(|_| Status::NO_MEMORY)?;
    vec.push(value);
    Ok(())
}

/// Returns an empty vector with room for exactly `capacity` values.
///
/// # Errors
/// [`Status::NO_MEMORY`].
pub(crate) fn try_vec<T>(capacity: usize) -> Result<Vec<T>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(capacity).map_err(|_| Status::NO_MEMORY)?;
    Ok(vec)
}
