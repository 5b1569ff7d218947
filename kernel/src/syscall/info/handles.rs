//! What is known of handles.

use super::reply::Reply;
use crate::object::{Object, Process};
use crate::task;
use abi::info::{InfoHandleBasic, InfoHandleCount, InfoHandleExtended, InfoProcessHandleStats};
use abi::{Result, Rights};

/// Handles that are counted before other threads may run.
const TURN: u32 = 256;

/// Describes a handle to `object` with `rights`.
pub(super) fn basic(object: &Object, rights: Rights) -> InfoHandleBasic {
    InfoHandleBasic {
        koid: object.koid(),
        rights: rights.bits(),
        object_type: object.object_type() as u32,
        related_koid: object.related_koid(),
        ..InfoHandleBasic::default()
    }
}

/// Says how many handles there are to `object`.
pub(super) fn count(object: &Object) -> InfoHandleCount {
    InfoHandleCount { handle_count: object.handle_count() }
}

/// Counts the handles of a process by the types of their objects.
///
/// # Errors
/// [`Status::CANCELED`](abi::Status::CANCELED): the calling thread is to end.
pub(super) fn stats(process: &Process) -> Result<InfoProcessHandleStats> {
    let mut stats = InfoProcessHandleStats::default();
    for (entry, turn) in process.handles().entries().zip((0..TURN).cycle()) {
        let index = entry.object.object_type() as usize;
        if let Some(count) = stats.handle_count.get_mut(index) {
            *count = count.saturating_add(1);
        }
        if turn == TURN - 1 {
            task::checkpoint()?;
        }
    }
    Ok(stats)
}

/// Answers with every handle of a process.
///
/// # Errors
/// Those of `Records::push`.
pub(super) fn table(process: &Process, reply: Reply) -> Result<()> {
    let mut records = reply.records(size_of::<InfoHandleExtended>());
    for entry in process.handles().entries() {
        records.push(&InfoHandleExtended {
            object_type: entry.object.object_type() as u32,
            handle_value: entry.value,
            rights: entry.rights.bits(),
            koid: entry.object.koid(),
            related_koid: entry.object.related_koid(),
            ..InfoHandleExtended::default()
        })?;
    }
    records.finish()
}
