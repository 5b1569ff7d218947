//! `object_get_info`: what can be asked about objects.
//!
//! # Source
//! `handles-rights-errors.md` §7.

use super::caller::Caller;
use crate::heap;
use crate::memory::memory;
use crate::object::{Bti, Object, Process, ProcessState, Thread, VmarObject, charged_bytes};
use crate::user::{UserPtr, UserSlice};
use abi::info::{
    InfoExceptionReport, InfoExceptionReportV1, InfoHandleBasic, InfoKmemStats, InfoProcess,
    InfoProcessV1, InfoVmar, ProcessFlags, Record,
};
use abi::layout::PAGE_SIZE;
use abi::{RawHandle, Result, Rights, Status, Topic};

/// Writes what `topic` asks about an object to `buffer`, how many records were written to `actual` and how many there are to
/// `avail`, where those are not null.
///
/// # Errors
/// 1. [`Status::NOT_SUPPORTED`]: an unknown topic.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: most topics need INSPECT.
/// 3. [`Status::BUFFER_TOO_SMALL`]: the record does not fit; `actual` says 0.
/// 4. [`Status::INVALID_ARGS`]: something cannot be written.
pub(super) fn get(
    caller: &Caller,
    value: RawHandle,
    topic: Topic,
    buffer: UserSlice,
    actual: UserPtr<u64>,
    avail: UserPtr<u64>,
) -> Result<()> {
    let reply = Reply {
        buffer,
        actual,
        avail,
    };
    match topic {
        Topic::HANDLE_VALID => caller.handles().inspect(value, |_| Ok(())),
        Topic::HANDLE_BASIC => reply.single(handle_basic(caller, value)?),
        Topic::PROCESS => reply.single(process(
            &caller.get::<Process>(value, Rights::INSPECT)?.state(),
        )),
        Topic::PROCESS_V1 => reply.single(process_v1(
            &caller.get::<Process>(value, Rights::INSPECT)?.state(),
        )),
        Topic::VMAR => reply.single(vmar(&*caller.get::<VmarObject>(value, Rights::INSPECT)?)),
        Topic::BTI => reply.single(caller.get::<Bti>(value, Rights::INSPECT)?.info()),
        Topic::THREAD_EXCEPTION_REPORT => reply.single(exception_report(caller, value)?),
        Topic::THREAD_EXCEPTION_REPORT_V1 => {
            let report = exception_report(caller, value)?;
            reply.single(InfoExceptionReportV1 {
                size: InfoExceptionReportV1::SIZE,
                ..report.first
            })
        }
        Topic::KMEM_STATS => {
            check_may_inspect_system(caller, value)?;
            reply.single(kmem_stats())
        }
        _ => Err(Status::NOT_SUPPORTED),
    }
}

/// Where an answer goes.
struct Reply {
    buffer: UserSlice,
    actual: UserPtr<u64>,
    avail: UserPtr<u64>,
}

impl Reply {
    /// Answers with the only record there is.
    fn single<T: Record>(&self, record: T) -> Result<()> {
        let fits = self.buffer.len() >= size_of::<T>() as u64;
        if fits {
            self.buffer.start().write(record)?;
        }
        self.actual.write_unless_null(u64::from(fits))?;
        self.avail.write_unless_null(1)?;
        if fits {
            Ok(())
        } else {
            Err(Status::BUFFER_TOO_SMALL)
        }
    }
}

/// Returns the exception that a thread waits with for an answer.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs INSPECT.
/// 2. [`Status::BAD_STATE`]: it waits with none.
fn exception_report(caller: &Caller, value: RawHandle) -> Result<InfoExceptionReport> {
    let thread = caller.get::<Thread>(value, Rights::INSPECT)?;
    let (report, _) = thread.exception().ok_or(Status::BAD_STATE)?;
    Ok(report)
}

fn handle_basic(caller: &Caller, value: RawHandle) -> Result<InfoHandleBasic> {
    let (object, rights) = caller.handles().get_any(value)?;
    Ok(InfoHandleBasic {
        koid: object.koid(),
        rights: rights.bits(),
        object_type: object.object_type() as u32,
        related_koid: object.related_koid(),
        ..InfoHandleBasic::default()
    })
}

fn process(state: &ProcessState) -> InfoProcess {
    InfoProcess {
        return_code: state.return_code,
        start_time: state.start_time,
        flags: state.flags.bits(),
        ..InfoProcess::default()
    }
}

fn process_v1(state: &ProcessState) -> InfoProcessV1 {
    InfoProcessV1 {
        return_code: state.return_code,
        started: u8::from(state.flags.contains(ProcessFlags::STARTED)),
        exited: u8::from(state.flags.contains(ProcessFlags::EXITED)),
        ..InfoProcessV1::default()
    }
}

fn vmar(object: &VmarObject) -> InfoVmar {
    InfoVmar {
        base: object.vmar().base(),
        len: object.vmar().len(),
    }
}

/// Checks that the handle names the job or the resource that stand for the whole system, and has INSPECT.
fn check_may_inspect_system(caller: &Caller, value: RawHandle) -> Result<()> {
    caller
        .handles()
        .inspect(value, |handle| match handle.object() {
            Object::Job(_) | Object::Resource(_) => handle.check_rights(Rights::INSPECT),
            _ => Err(Status::WRONG_TYPE),
        })
}

/// Adds up the machine's memory. What is not told apart counts as other.
fn kmem_stats() -> InfoKmemStats {
    let bytes = |frames: u64| frames.saturating_mul(PAGE_SIZE);
    let (total_bytes, free_bytes) = (
        bytes(memory().total_frames()),
        bytes(memory().free_frames()),
    );
    let heap = heap::usage();
    InfoKmemStats {
        total_bytes,
        free_bytes,
        total_heap_bytes: heap.total,
        free_heap_bytes: heap.free,
        ipc_bytes: charged_bytes(),
        other_bytes: total_bytes
            .saturating_sub(free_bytes)
            .saturating_sub(heap.total),
        ..InfoKmemStats::default()
    }
}
