//! Addresses in ring 3, as the table of calls makes them: here nobody follows them.

use std::marker::PhantomData;

/// The address of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserPtr<T> {
    pub(crate) address: u64,
    target: PhantomData<T>,
}

impl<T> UserPtr<T> {
    pub(crate) const fn new(address: u64) -> Self {
        Self { address, target: PhantomData }
    }
}

/// The address and the length of a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserSlice {
    pub(crate) address: u64,
    pub(crate) len: u64,
}

impl UserSlice {
    pub(crate) const fn new(address: u64, len: u64) -> Self {
        Self { address, len }
    }
}
