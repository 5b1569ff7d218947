//! Exceptions of ring 3: offered to handlers; if nobody handles one, a report for people and the end of the process. Everything
//! else keeps running.
//!
//! # Source
//! `faults.md` §2 and §3.

use super::execution::Attention;
use super::handling::{self, Outcome};
use super::{current, end_thread};
use crate::arch::TrapFrame;
use crate::arch::page_fault::{access_of, is_with_kernel_privilege};
use crate::arch::trap::exception_name;
use crate::arch::user_copy::is_user_address;
use crate::object::Thread;
use abi::info::{InfoExceptionReport, InfoExceptionReportV1};
use abi::object::EXIT_CODE_EXCEPTION;
use abi::{ExceptionType, Status};
use core::fmt;
use vm::{Access, Aspace, Ref};
use x86_64::structures::idt::{ExceptionVector, PageFaultErrorCode};

/// A page fault that cannot be resolved.
struct PageFault {
    address: u64,
    access: Access,
    reason: Status,
    why: &'static str,
}

/// Handles an exception of the running thread other than a page fault.
pub fn on_user_exception(vector: u8, error_code: u64, frame: &mut TrapFrame) {
    deliver(vector, error_code, None, frame);
}

/// Handles a page fault of the running thread, at `address`, which could not be resolved for `reason`.
pub fn on_user_page_fault(address: u64, reason: Status, frame: &mut TrapFrame) {
    let why = if is_with_kernel_privilege(frame.error_code) {
        "ACCESS_DENIED, the processor made it with the kernel's privilege"
    } else {
        why(reason)
    };
    let fault = PageFault {
        address,
        access: access_of(PageFaultErrorCode::from_bits_truncate(frame.error_code)),
        reason,
        why,
    };
    deliver(ExceptionVector::Page as u8, told(address, frame.error_code), Some(&fault), frame);
}

/// Returns what programs are told of a page fault's error code: of the kernel's half, not whether there is a page.
const fn told(address: u64, error_code: u64) -> u64 {
    if is_user_address(address) {
        error_code
    } else {
        error_code | PageFaultErrorCode::PROTECTION_VIOLATION.bits()
    }
}

/// Offers an exception to the handlers of the running thread; if nobody handles it, reports it and ends the process.
fn deliver(vector: u8, error_code: u64, fault: Option<&PageFault>, frame: &TrapFrame) {
    let Some(thread) = current() else {
        return;
    };
    if thread.execution().attention().contains(Attention::KILLED) {
        // It was killed while it waited for a page, and is about to end.
        return;
    }
    match handling::offer(&thread, report(vector, error_code, fault)) {
        Outcome::GoesOn => return,
        Outcome::Ends => return end_thread(&thread),
        Outcome::Unhandled => {}
    }
    match fault {
        Some(fault) => report_page_fault(&thread, fault),
        None => log::error!("{}: {}", Who(&thread), exception_name(u64::from(vector))),
    }
    log::warn!("layout seed {:#018x}, registers\n{frame}", thread.process().aspace().seed());
    thread.process().kill(EXIT_CODE_EXCEPTION);
}

/// Says for programs what happened.
fn report(vector: u8, err_code: u64, fault: Option<&PageFault>) -> InfoExceptionReport {
    InfoExceptionReport {
        first: InfoExceptionReportV1 {
            size: InfoExceptionReport::SIZE,
            exception_type: type_of(vector) as u32,
            vector: vector.into(),
            err_code,
            cr2: fault.map_or(0, |fault| fault.address),
        },
        synth_code: fault.map_or(0, |fault| fault.reason.into_raw().cast_unsigned()),
        synth_data: 0,
    }
}

/// Returns the type of the exception with this vector.
fn type_of(vector: u8) -> ExceptionType {
    match ExceptionVector::try_from(vector) {
        Ok(ExceptionVector::Page) => ExceptionType::FatalPageFault,
        Ok(ExceptionVector::InvalidOpcode) => ExceptionType::UndefinedInstruction,
        Ok(ExceptionVector::Breakpoint) => ExceptionType::SwBreakpoint,
        Ok(ExceptionVector::Debug) => ExceptionType::HwBreakpoint,
        Ok(ExceptionVector::AlignmentCheck) => ExceptionType::UnalignedAccess,
        _ => ExceptionType::General,
    }
}

/// Says what a fault's status means.
fn why(reason: Status) -> &'static str {
    match reason {
        Status::NOT_FOUND => "NOT_FOUND, nothing is mapped there",
        Status::ACCESS_DENIED => "ACCESS_DENIED, the mapping does not permit it",
        Status::OUT_OF_RANGE => "OUT_OF_RANGE, the mapped object ends before it",
        Status::NO_MEMORY => "NO_MEMORY, memory is out",
        _ => "the page cannot be provided",
    }
}

fn report_page_fault(thread: &Ref<Thread>, fault: &PageFault) {
    let &PageFault { address, access, why, .. } = fault;
    let doing = match access {
        Access::Read => "reading",
        Access::Write => "writing",
        Access::Execute => "executing",
    };
    log::error!("{}: page fault {doing} {address:#x}: {why}", Who(thread));
    let aspace = thread.process().aspace();
    log::warn!("{}", Explanation { aspace, address });
}

/// Names a thread and its process.
struct Who<'a>(&'a Ref<Thread>);

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process = self.0.process();
        let (name, koid) = (process.name(), process.koid());
        write!(f, "process '{name}' ({koid}), thread '{}' ({})", self.0.name(), self.0.koid())
    }
}

/// Says what an address is part of.
struct Explanation<'a> {
    aspace: &'a Aspace,
    address: u64,
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.aspace.explain(self.address, f)
    }
}
