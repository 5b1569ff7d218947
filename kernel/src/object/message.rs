//! Messages of channels: bytes, and handles on their way from one process to another.
//!
//! What waits in queues belongs to no process that could be ended for it, so all queues together have a budget: a share of the
//! machine's memory.

use super::{Handle, Object, try_vec};
use crate::memory::memory;
use abi::layout::PAGE_SIZE;
use abi::{Result, Status};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

/// One part in this many of all memory may be used by queued messages.
const SHARE: u64 = 8;
/// Bytes a message takes beside its content: its place in a queue and the heap's own records.
const OVERHEAD: u64 = 192;

/// Bytes charged for all messages there are.
static CHARGED: AtomicU64 = AtomicU64::new(0);

/// A message.
pub(crate) struct Message {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// The handles.
    pub(crate) handles: Vec<Handle>,
    _charge: Charge,
}

impl Message {
    /// Makes an empty message with room for `bytes` bytes and `handles` handles.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: the heap or the budget of messages is exhausted.
    pub(crate) fn with_capacity(bytes: usize, handles: usize) -> Result<Self> {
        let handle_bytes = handles.saturating_mul(size_of::<Handle>());
        let content = u64::try_from(bytes.saturating_add(handle_bytes)).unwrap_or(u64::MAX);
        let charge = Charge::take(content.saturating_add(OVERHEAD))?;
        Ok(Self { bytes: try_vec(bytes)?, handles: try_vec(handles)?, _charge: charge })
    }

    /// Returns the channel ends among the handles.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &super::Endpoint> {
        self.handles.iter().filter_map(|handle| match handle.object() {
            Object::Channel(endpoint) => Some(&**endpoint),
            _ => None,
        })
    }
}

/// Returns the bytes that all messages take.
pub(crate) fn charged_bytes() -> u64 {
    CHARGED.load(Ordering::Relaxed)
}

/// A part of the budget, given back when dropped.
struct Charge(u64);

impl Charge {
    fn take(bytes: u64) -> Result<Self> {
        let limit = memory().total_frames().saturating_mul(PAGE_SIZE) / SHARE;
        CHARGED
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |charged| {
                charged.checked_add(bytes).filter(|&charged| charged <= limit)
            })
            .map(|_| Self(bytes))
            .map_err(|_| Status::NO_MEMORY)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        CHARGED.fetch_sub(self.0, Ordering::Relaxed);
    }
}
