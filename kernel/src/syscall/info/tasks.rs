//! What is known of processes, threads and jobs.

use super::reply::Reply;
use crate::object::{Job, ProcessState, Thread};
use abi::info::{
    InfoExceptionReport, InfoExceptionReportV1, InfoJob, InfoProcess, InfoProcessV1, InfoThread,
    ProcessFlags,
};
use abi::{Koid, Result, Status};
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
        debugger_attached: u8::from(state.flags.contains(ProcessFlags::DEBUGGER_ATTACHED)),
        ..InfoProcessV1::default()
    }
}

/// Describes a job.
pub(super) fn job(job: &Job) -> InfoJob {
    let exit_code = job.exit_code();
    InfoJob {
        return_code: exit_code.unwrap_or_default(),
        exited: exit_code.is_some().into(),
        ..InfoJob::default()
    }
}

/// Describes a thread, which any CPU may run.
pub(super) fn thread(thread: &Thread) -> InfoThread {
    InfoThread {
        state: thread.state(),
        wait_exception_channel_type: thread.exception().map_or(0, |(_, channel)| channel as u32),
        cpu_affinity_mask: [u64::MAX, 0, 0, 0, 0, 0, 0, 0],
    }
}

/// Returns the exception that a thread waits with for an answer.
///
/// # Errors
/// [`Status::BAD_STATE`]: it waits with none.
pub(super) fn exception(thread: &Thread) -> Result<InfoExceptionReport> {
    let (report, _) = thread.exception().ok_or(Status::BAD_STATE)?;
    Ok(report)
}

/// Returns the exception that a thread waits with for an answer, as until 2021.
///
/// # Errors
/// [`Status::BAD_STATE`]: it waits with none.
pub(super) fn exception_v1(thread: &Thread) -> Result<InfoExceptionReportV1> {
    Ok(InfoExceptionReportV1 { size: InfoExceptionReportV1::SIZE, ..exception(thread)?.first })
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
