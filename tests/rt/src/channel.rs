//! Channels: messages of bytes and handles.

use crate::handle::{new_handles, object};
use crate::{Handle, zx};
use abi::layout::MAX_MESSAGE_HANDLES;
use abi::object::TIME_INFINITE;
use abi::{RawHandle, Result, Signals, Status};
use alloc::vec::Vec;

object! {
    /// One end of a channel.
    Channel
}

impl Channel {
    /// Makes a channel and returns its two ends.
    ///
    /// # Errors
    /// Those of `channel_create`.
    pub fn create() -> Result<(Self, Self)> {
        // SAFETY: both pointers are to local variables.
        let (one, other) = new_handles(|one, other| unsafe { zx::channel_create(0, one, other) })?;
        Ok((Self::from(one), Self::from(other)))
    }

    /// Sends a message; the handles are gone afterwards, also on failure.
    ///
    /// # Errors
    /// [`Status::OUT_OF_RANGE`]: more bytes or handles than a `u32` counts. Then those of `channel_write`.
    pub fn write(&self, bytes: &[u8], handles: Vec<Handle>) -> Result<()> {
        let count = |len: usize| u32::try_from(len).map_err(|_| Status::OUT_OF_RANGE);
        let (num_bytes, num_handles) = (count(bytes.len())?, count(handles.len())?);
        let raw: Vec<RawHandle> = handles.into_iter().map(Handle::into_raw).collect();
        // SAFETY: both pointers are valid for reads of the given lengths.
        unsafe {
            zx::channel_write(self.raw(), 0, bytes.as_ptr(), num_bytes, raw.as_ptr(), num_handles)
        }
        .check()
    }

    /// Takes the next message into `bytes` and returns its length and its handles; does not wait.
    ///
    /// # Errors
    /// Those of `channel_read`; [`Status::BUFFER_TOO_SMALL`] leaves the message where it is.
    pub fn read(&self, bytes: &mut [u8]) -> Result<(usize, Vec<Handle>)> {
        let mut raw = [0; MAX_MESSAGE_HANDLES as usize];
        let (len, count) = self.read_raw(bytes, &mut raw)?;
        Ok((len, raw.into_iter().take(count).map(Handle::from_raw).collect()))
    }

    /// Takes the next message without a need for the heap; returns the numbers of bytes and of handles.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn read_raw(
        &self,
        bytes: &mut [u8],
        handles: &mut [RawHandle],
    ) -> Result<(usize, usize)> {
        let space = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let (mut len, mut count) = (0, 0);
        // SAFETY: the buffers are valid for writes of the given lengths, the counts are local variables.
        unsafe {
            zx::channel_read(
                self.raw(),
                0,
                bytes.as_mut_ptr(),
                handles.as_mut_ptr(),
                space(bytes.len()),
                space(handles.len()),
                &raw mut len,
                &raw mut count,
            )
        }
        .check()?;
        Ok((len as usize, count as usize))
    }

    /// Waits for a message and takes it.
    ///
    /// # Errors
    /// Those of `object_wait_one`, then those of [`read`](Self::read); [`Status::PEER_CLOSED`] once the other end is closed and
    /// no message is left.
    pub fn receive(&self, bytes: &mut [u8]) -> Result<(usize, Vec<Handle>)> {
        self.wait(Signals::CHANNEL_READABLE | Signals::CHANNEL_PEER_CLOSED, TIME_INFINITE)?;
        self.read(bytes)
    }
}
