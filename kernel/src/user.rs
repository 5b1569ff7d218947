//! Addresses that ring 3 gave us.
//!
//! A [`UserPtr`] or [`UserSlice`] is a program's *allegation* that it has memory somewhere. It can hold any 64-bit number, nothing
//! follows from having one, and what it points to may change at any time: everything is copied once, by
//! [`arch::user_copy`], which checks the range and survives faults. No lock may be held during a copy.

use crate::arch::{self, user_copy};
use abi::info::Record;
use abi::{Result, Status};
use core::marker::PhantomData;

/// Where a program alleges to have a `T`.
pub(crate) struct UserPtr<T> {
    address: u64,
    target: PhantomData<fn() -> T>,
}

impl<T> Clone for UserPtr<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for UserPtr<T> {}

impl<T> UserPtr<T> {
    /// Takes a program's word for it.
    pub(crate) const fn new(address: u64) -> Self {
        Self { address, target: PhantomData }
    }
}

impl<T: Record> UserPtr<T> {
    /// Copies the value in.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: it cannot be read.
    pub(crate) fn read(self) -> Result<T> {
        let mut value = T::default();
        user_copy::read(value.as_bytes_mut(), self.address).map_err(|_| Status::INVALID_ARGS)?;
        Ok(value)
    }

    /// Copies a value out.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: it cannot be written.
    pub(crate) fn write(self, value: T) -> Result<()> {
        user_copy::write(self.address, value.as_bytes()).map_err(|_| Status::INVALID_ARGS)
    }

    /// Copies a value out, unless the pointer is null.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: it cannot be written.
    pub(crate) fn write_unless_null(self, value: T) -> Result<()> {
        if self.address == 0 { Ok(()) } else { self.write(value) }
    }
}

/// Where a program alleges to have `len` bytes.
#[derive(Clone, Copy)]
pub(crate) struct UserSlice {
    address: u64,
    len: u64,
}

impl UserSlice {
    /// Takes a program's word for it.
    pub(crate) const fn new(address: u64, len: u64) -> Self {
        Self { address, len }
    }

    /// Says whether its address is null.
    pub(crate) const fn is_null(self) -> bool {
        self.address == 0
    }

    /// Returns the alleged length in bytes.
    pub(crate) const fn len(self) -> u64 {
        self.len
    }

    /// Returns an array of as many things of `size` bytes as this slice has bytes.
    pub(crate) fn times(self, size: usize) -> Self {
        Self { address: self.address, len: self.len.saturating_mul(size as u64) }
    }

    /// Returns the same with at most `max` bytes.
    pub(crate) fn cut(self, max: usize) -> Self {
        Self { address: self.address, len: self.len.min(max as u64) }
    }

    /// Returns where it begins, as the place of a `T`; the caller checks the length.
    pub(crate) const fn start<T>(self) -> UserPtr<T> {
        UserPtr::new(self.address)
    }

    /// Checks that all of it lies in the user half.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`]: as for any other address where nothing can be mapped.
    pub(crate) fn check_range(self) -> Result<()> {
        user_copy::check_range(self.address, arch::usize_of(self.len))
            .map_err(|_| Status::NOT_FOUND)
    }

    /// Copies the bytes from `offset` in, as many as `bytes` holds.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: not in the user half.
    /// 2. The status of the fault.
    pub(crate) fn read_at(self, offset: u64, bytes: &mut [u8]) -> Result<()> {
        let address = self.address.checked_add(offset).ok_or(Status::INVALID_ARGS)?;
        user_copy::read(bytes, address)
    }

    /// Copies `bytes` out to `offset`; nothing, wherever that is, if there are none.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: not in the user half.
    /// 2. The status of the fault.
    pub(crate) fn write_at(self, offset: u64, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let address = self.address.checked_add(offset).ok_or(Status::INVALID_ARGS)?;
        user_copy::write(address, bytes)
    }

    /// Copies all of it in, to the beginning of `bytes`; returns what was copied. Nothing is read of an empty slice, wherever it is.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: it cannot be read or is longer than `bytes`.
    pub(crate) fn read_whole(self, bytes: &mut [u8]) -> Result<&[u8]> {
        let bytes = bytes.get_mut(..arch::usize_of(self.len)).ok_or(Status::INVALID_ARGS)?;
        if !bytes.is_empty() {
            user_copy::read(bytes, self.address).map_err(|_| Status::INVALID_ARGS)?;
        }
        Ok(bytes)
    }

    /// Splits the slice into pieces of at most `size` bytes: the offset and length of each.
    pub(crate) fn pieces(self, size: usize) -> impl Iterator<Item = (u64, usize)> {
        let mut offset = 0_u64;
        core::iter::from_fn(move || {
            let left = arch::usize_of(self.len.saturating_sub(offset));
            let len = left.min(size);
            let piece = (offset, len);
            offset = offset.saturating_add(len as u64);
            (len > 0).then_some(piece)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn pieces_cover_a_slice_once() {
        let mut pieces = UserSlice::new(0, 1025).pieces(512);
        assert_eq!(pieces.next(), Some((0, 512)));
        assert_eq!(pieces.next(), Some((512, 512)));
        assert_eq!(pieces.next(), Some((1024, 1)));
        assert_eq!(pieces.next(), None);
        assert_eq!(UserSlice::new(7, 0).pieces(512).next(), None);
    }

    #[test_case]
    fn addresses_outside_the_user_half_are_refused() {
        for address in [1 << 47, (1 << 47) - 3, 1 << 48, 0xFFFF_8000_0000_0000, u64::MAX] {
            assert_eq!(UserPtr::<u32>::new(address).read(), Err(Status::INVALID_ARGS));
            assert_eq!(UserPtr::<u32>::new(address).write(0), Err(Status::INVALID_ARGS));
            assert_eq!(UserSlice::new(address, 8).check_range(), Err(Status::NOT_FOUND));
        }
        assert_eq!(UserSlice::new(4096, u64::MAX).check_range(), Err(Status::NOT_FOUND));
    }
}
