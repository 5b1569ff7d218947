//! Messages of channels: bytes, and handles on their way from one process to another.
//!
//! What waits in queues belongs to no process that could be ended for it, so all queues together have a budget: a share of the
//! machine's memory.

use super::{Handle, Object, Source, try_vec};
use crate::memory::memory;
use abi::layout::PAGE_SIZE;
use abi::{Result, Status};
use alloc::vec::Vec;
use core::mem;
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
    handles: Vec<Handle>,
    /// Which handle of which process each was, if of any.
    origins: Vec<Option<Source>>,
    _charge: Charge,
}

impl Message {
    /// Makes an empty message with room for `bytes` bytes and `handles` handles.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: the heap or the budget of messages is exhausted.
    pub(crate) fn with_capacity(bytes: usize, handles: usize) -> Result<Self> {
        let handle_size = size_of::<Handle>().saturating_add(size_of::<Option<Source>>());
        let handle_bytes = handles.saturating_mul(handle_size);
        let content = u64::try_from(bytes.saturating_add(handle_bytes)).unwrap_or(u64::MAX);
        let charge = Charge::take(content.saturating_add(OVERHEAD))?;
        let (bytes, origins) = (try_vec(bytes)?, try_vec(handles)?);
        Ok(Self { bytes, handles: try_vec(handles)?, origins, _charge: charge })
    }

    /// Adds a handle, for which there is room, and says which one of whose it was. Waits that go through it go on until it arrives
    /// or is lost.
    pub(crate) fn push(&mut self, handle: Handle, origin: Option<Source>) {
        self.handles.push(handle);
        self.origins.push(origin);
    }

    /// Returns how many handles there are.
    pub(crate) fn handle_count(&self) -> usize {
        self.handles.len()
    }

    /// Returns the handles.
    pub(crate) fn handles(&self) -> &[Handle] {
        &self.handles
    }

    /// Takes the handles out, since they have arrived: the waits that went through them are over.
    pub(crate) fn take_handles(&mut self) -> Vec<Handle> {
        self.end_waits();
        mem::take(&mut self.handles)
    }

    fn end_waits(&self) {
        for (handle, origin) in self.handles.iter().zip(&self.origins) {
            origin.iter().for_each(|source| handle.cancel_waits(*source));
        }
    }

    /// Returns the channel ends among the handles.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &super::Endpoint> {
        self.handles.iter().filter_map(|handle| match handle.object() {
            Object::Channel(endpoint) => Some(&**endpoint),
            _ => None,
        })
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        self.end_waits();
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
