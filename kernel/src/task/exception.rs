//! Exceptions of ring 3: a report for people, then the end of the process. Everything else keeps running.
//!
//! # Source
//! `faults.md` §2 and §3.

use super::{current, resolve_fault};
use crate::arch::TrapFrame;
use crate::arch::page_fault::{access_of, is_with_kernel_privilege};
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
        let why = if is_with_kernel_privilege(error_code) {
            "ACCESS_DENIED, the processor made it with the kernel's privilege"
        } else {
            match resolve_fault(address, access) {
                Ok(()) => return,
                Err(reason) => why(reason),
            }
        };
        report_page_fault(&thread, address, access, why);
    } else {
        log::error!("{}: {}", Who(&thread), exception_name(u64::from(vector)));
    }
    log::warn!(
        "layout seed {:#018x}, registers\n{frame}",
        thread.process().aspace().seed()
    );
    thread.process().kill(EXIT_CODE_EXCEPTION);
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

fn report_page_fault(thread: &Ref<Thread>, address: u64, access: Access, why: &str) {
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
