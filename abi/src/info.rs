//! Records of `object_get_info`.
//!
//! Records are little endian with C's alignment; every byte belongs to a named field, so none is left uninitialised.
//!
//! # Source
//! `handles-rights-errors.md` §7; [`InfoKmemStats`] is Zircon's first version.

use crate::layout::MAX_NAME_LEN;

/// A record that may be copied to ring 3 byte by byte.
///
/// # Safety
/// `#[repr(C)]`, made of integers and arrays of integers only, without padding: every byte is always initialised, and every
/// pattern of bytes is a value.
pub unsafe trait Record: Copy + Default {
    /// Returns the record's bytes.
    fn as_bytes(&self) -> &[u8] {
        // SAFETY: `self` is valid for reads of its size, and by the trait's contract none of its bytes is padding.
        unsafe { core::slice::from_raw_parts(core::ptr::from_ref(self).cast(), size_of::<Self>()) }
    }

    /// Returns the record's bytes for writing.
    fn as_bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: `self` is valid for writes of its size, and by the trait's contract every pattern of bytes is a value.
        unsafe {
            core::slice::from_raw_parts_mut(core::ptr::from_mut(self).cast(), size_of::<Self>())
        }
    }
}

/// Declares that a type is a [`Record`] of the given size.
macro_rules! record {
    ($name:ty, $size:literal) => {
        const _: () = assert!(size_of::<$name>() == $size);
        // SAFETY: an integer, an array of bytes, or `#[repr(C)]` and made of integers; the size is the sum of its fields, asserted
        // above, so there is no padding.
        unsafe impl Record for $name {}
    };
}

pub(crate) use record;

record!(u32, 4);
record!(u64, 8);
record!([u8; MAX_NAME_LEN], 32);

mod exception;
mod handle;
mod memory;
mod task;

pub use exception::*;
pub use handle::*;
pub use memory::*;
pub use task::*;
