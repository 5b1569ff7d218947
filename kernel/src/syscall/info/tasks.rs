//! What is known of processes, threads and jobs.

use super::reply::Reply;
use crate::object::{ProcessState, Thread};
use abi::info::{InfoProcess, InfoProcessV1, InfoThread, ProcessFlags};
use abi::{Koid, Result};
use alloc::vec::Vec;

/// Describes a process.
pub(super) fn process(state: &ProcessState) -> InfoProcess {
    InfoProcess {
        return_code: state.return_code,
        start_time: state.start_time,
        flags: state.flags.bits(),
        ..InfoProcess::default()
    }
}

/// Describes a process as until 2018.
pub(super) fn process_v1(state: &ProcessState) -> InfoProcessV1 {
    InfoProcessV1 {
        return_code: state.return_code,
        started: u8::from(state.flags.contains(ProcessFlags::STARTED)),
        exited: u8::from(state.flags.contains(ProcessFlags::EXITED)),
        ..InfoProcessV1::default()
    }
}

/// Describes a thread, which any CPU may run.
pub(super) fn thread(thread: &Thread) -> InfoThread {
    InfoThread {
        state: thread.state(),
        cpu_affinity_mask: [u64::MAX, 0, 0, 0, 0, 0, 0, 0],
        ..InfoThread::default()
    }
}

/// Answers with koids.
///
/// # Errors
/// Those of `Records::push`.
pub(super) fn koids(koids: Vec<Koid>, reply: Reply) -> Result<()> {
    let mut records = reply.records(size_of::<Koid>());
    koids.iter().try_for_each(|koid| records.push(koid))?;
    records.finish()
}
