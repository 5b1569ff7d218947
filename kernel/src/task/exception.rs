//! Exceptions of ring 3: a report for people, then the end of the process. Everything else keeps running.
//!
//! # Source
//! `faults.md` §2 and §3.

use super::{current, resolve_fault};
use crate::arch::TrapFrame;
use crate::arch::page_fault::access_of;
use crate::arch::trap::exception_name;
use crate::object::Thread;
use abi::Status;
use abi::object::EXIT_CODE_EXCEPTION;
use core::fmt;
use vm::{Access, Aspace, Ref};
use x86_64::registers::control::Cr2;
use x86_64::structures::idt::{ExceptionVector, PageFaultErrorCode};

/// Reports an exception of the running thread that nobody handles, and ends its process.
///
/// A page fault that can be resolved after all is left to be retried.
pub fn on_user_exception(vector: u8, error_code: u64, frame: &mut TrapFrame) {
    let Some(thread) = current() else {
        return;
    };
    if vector == ExceptionVector::Page as u8 {
        let address = Cr2::read_raw();
        let access = access_of(PageFaultErrorCode::from_bits_truncate(error_code));
        match resolve_fault(address, access) {
            Ok(()) => return,
            Err(reason) => report_page_fault(&thread, address, access, reason),
        }
    } else {
        log::error!("{}: {}", Who(&thread), exception_name(u64::from(vector)));
    }
    log::warn!(
        "layout seed {:#018x}, registers\n{frame}",
        thread.process().aspace().seed()
    );
    thread.process().kill(EXIT_CODE_EXCEPTION);
}

fn report_page_fault(thread: &Ref<Thread>, address: u64, access: Access, reason: Status) {
    let doing = match access {
        Access::Read => "reading",
        Access::Write => "writing",
        Access::Execute => "executing",
    };
    let why = match reason {
        Status::NOT_FOUND => "nothing is mapped there",
        Status::ACCESS_DENIED => "the mapping does not permit it",
        Status::OUT_OF_RANGE => "the mapped object ends before it",
        Status::NO_MEMORY => "memory is out",
        _ => "the page cannot be provided",
    };
    log::error!(
        "{}: page fault {doing} {address:#x}: {reason}, {why}",
        Who(thread)
    );
    let aspace = thread.process().aspace();
    log::warn!("{}", Explanation { aspace, address });
}

/// Names a thread and its process.
struct Who<'a>(&'a Ref<Thread>);

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process = self.0.process();
        let (name, koid) = (process.name(), process.koid());
        write!(
            f,
            "process '{name}' ({koid}), thread '{}' ({})",
            self.0.name(),
            self.0.koid()
        )
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
