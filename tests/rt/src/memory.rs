//! Addresses as pointers.

/// Returns the pointer to `address`, for memory that came from `vmar_map`; null for a number that is no address.
pub fn pointer<T>(address: u64) -> *mut T {
    core::ptr::with_exposed_provenance_mut(usize::try_from(address).unwrap_or(0))
}

/// Reads the value at `address`, exactly once.
///
/// # Safety
/// `address` is aligned for `T` and mapped readable, or the caller is ready to die of it.
pub unsafe fn load<T: Copy>(address: u64) -> T {
    // SAFETY: passed on to the caller.
    unsafe { pointer::<T>(address).read_volatile() }
}

/// Writes the value at `address`, exactly once.
///
/// # Safety
/// `address` is aligned for `T` and mapped writable, or the caller is ready to die of it; no reference to it lives.
pub unsafe fn store<T: Copy>(address: u64, value: T) {
    // SAFETY: passed on to the caller.
    unsafe { pointer::<T>(address).write_volatile(value) }
}
