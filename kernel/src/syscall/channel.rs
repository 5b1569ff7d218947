//! Calls on channels.
//!
//! | module | what it does |
//! |---|---|
//! | [`send`] | reads messages out of a program and takes their handles from it |
//! | [`receive`] | gives a program a message and its handles |
//! | [`mod@call`] | sends one message and receives the one that answers it |
//!
//! # Source
//! Zircon `channel_create` and those that the modules name; where handles that cannot be sent are gone, `handles-rights-errors.md` §3.

mod call;
mod receive;
mod send;

pub(super) use call::call;
pub(super) use receive::read;
pub(super) use send::write;

use super::caller::Caller;
use crate::object::{Endpoint, Handle, Object};
use crate::user::{UserPtr, UserSlice};
use abi::layout::MAX_MESSAGE_HANDLES;
use abi::{Result, Rights, Status};

/// Most handles of a message.
const MAX_HANDLES: usize = MAX_MESSAGE_HANDLES as usize;

/// Makes a channel; writes handles to its two ends.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: `options` is not 0.
/// 2. [`Status::NO_MEMORY`].
/// 3. [`Status::INVALID_ARGS`]: a handle cannot be written. There is no new channel then.
pub(super) fn create(
    caller: &Caller,
    options: u32,
    out0: UserPtr<u32>,
    out1: UserPtr<u32>,
) -> Result<()> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let (a, b) = Endpoint::create_pair()?;
    let handle = |endpoint| Handle::new(Object::Channel(endpoint), Rights::CHANNEL_DEFAULT);
    caller.give_two((handle(a), out0), (handle(b), out1))
}

/// How an array lists handles.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// By their values.
    Values,
    /// By records that describe them: how they are to be sent, or what has arrived.
    Records,
}

/// A message's buffers, as a program alleges to have them.
pub(super) struct Room {
    bytes: UserSlice,
    handles: u64,
    num_handles: u32,
    listing: Listing,
}

impl Room {
    /// Takes the address and the number of bytes, then of handles.
    pub(super) const fn new(
        (bytes, num_bytes): (u64, u32),
        (handles, num_handles): (u64, u32),
        listing: Listing,
    ) -> Self {
        let bytes = UserSlice::new(bytes, num_bytes as u64);
        Self { bytes, handles, num_handles, listing }
    }

    /// Returns the array of `count` handles, each listed in `size` bytes.
    fn handles(&self, count: usize, size: usize) -> UserSlice {
        UserSlice::new(self.handles, count.saturating_mul(size) as u64)
    }
}
