//! Records about exceptions.

use super::Record;
use crate::object::Koid;

/// What happened to a thread. Topic [`THREAD_EXCEPTION_REPORT`](crate::Topic::THREAD_EXCEPTION_REPORT).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoExceptionReport {
    /// Header and what the processor says.
    pub first: InfoExceptionReportV1,
    /// Of a page fault: the status, as 32 bits, that says why it could not be resolved.
    pub synth_code: u32,
    /// 0.
    pub synth_data: u32,
}
record!(InfoExceptionReport, 40);

impl InfoExceptionReport {
    /// Bytes of the record.
    pub const SIZE: u32 = 40;
}
const _: () = assert!(size_of::<InfoExceptionReport>() == InfoExceptionReport::SIZE as usize);

/// The same as until 2021. Topic [`THREAD_EXCEPTION_REPORT_V1`](crate::Topic::THREAD_EXCEPTION_REPORT_V1).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoExceptionReportV1 {
    /// Bytes of the whole report.
    pub size: u32,
    /// An [`ExceptionType`](crate::ExceptionType).
    pub exception_type: u32,
    /// The vector of the exception.
    pub vector: u64,
    /// What the processor pushed with it, or 0.
    pub err_code: u64,
    /// Of a page fault: the address, to the byte.
    pub cr2: u64,
}
record!(InfoExceptionReportV1, 32);

impl InfoExceptionReportV1 {
    /// Bytes of the record.
    pub const SIZE: u32 = 32;
}
const _: () = assert!(size_of::<InfoExceptionReportV1>() == InfoExceptionReportV1::SIZE as usize);

/// The message that comes with the handle of an exception.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExceptionInfo {
    /// The process.
    pub pid: Koid,
    /// The thread.
    pub tid: Koid,
    /// An [`ExceptionType`](crate::ExceptionType).
    pub exception_type: u32,
    /// 0.
    pub padding: u32,
}
record!(ExceptionInfo, 24);
