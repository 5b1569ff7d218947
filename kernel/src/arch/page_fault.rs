//! Page faults.
//!
//! Whether a fault can be resolved is not decided here: [`task::resolve_fault`] asks the running thread's address space. This is
//! where the answer goes.

use vm::{Access, Status};
use x86_64::registers::control::Cr2;
use x86_64::structures::idt::PageFaultErrorCode;

use super::{TrapFrame, user_copy};
use crate::{panic, task};

/// Handles the page fault that left `frame`.
///
/// 1. From ring 3: resolved and retried, or an exception of the program, after whatever else has come up for the thread.
/// 2. From a copy to or from ring 3's memory: resolved and retried, or the copy returns the status.
/// 3. From anywhere else in the kernel: a panic.
///
/// Next on the way: [`task::resolve_fault`].
pub(super) extern "C" fn handle(frame: &mut TrapFrame) {
    let address = Cr2::read_raw();
    if !frame.is_user() && recovery(frame, address).is_none() {
        #[cfg(test)]
        if super::attack::recover(frame) {
            return;
        }
        panic::on_kernel_trap(frame);
    }
    let resolved = if frame.is_user() && is_with_kernel_privilege(frame.error_code) {
        Err(Status::ACCESS_DENIED)
    } else {
        resolve(address, frame.error_code)
    };
    if let Err(reason) = resolved {
        give_up(frame, address, reason);
    }
    if frame.is_user() {
        task::return_to_user_check();
    }
}

/// Returns where the kernel's code goes on that has faulted at `address`, if it was about to copy to or from ring 3's memory.
fn recovery(frame: &TrapFrame, address: u64) -> Option<u64> {
    user_copy::recovery_of(frame.rip).filter(|_| user_copy::is_user_address(address))
}

/// Makes a fault that cannot be resolved the program's exception, or the status of the copy.
#[cold]
fn give_up(frame: &mut TrapFrame, address: u64, reason: Status) {
    if frame.is_user() {
        task::on_user_page_fault(address, reason, frame);
    } else if let Some(recovery) = recovery(frame, address) {
        frame.rip = recovery;
        frame.rax = user_copy::result_of(reason);
    }
}

/// Says whether the access had the privilege of ring 0.
///
/// Ring 3 can have the processor make such accesses: descriptor tables always, and under QEMU the pops of IRET, which SMAP then
/// refuses on ring 3's own stack. The page is as it should be, so retrying would never end.
pub fn is_with_kernel_privilege(error_code: u64) -> bool {
    !PageFaultErrorCode::from_bits_truncate(error_code).contains(PageFaultErrorCode::USER_MODE)
}

/// Resolves a fault at `address`, if the address space in use has an answer.
fn resolve(address: u64, error_code: u64) -> vm::Result<()> {
    let code = PageFaultErrorCode::from_bits_truncate(error_code);
    if code.contains(PageFaultErrorCode::MALFORMED_TABLE) {
        ::log::error!("a page-table entry for {address:#x} has reserved bits set");
        return Err(Status::INTERNAL);
    }
    task::resolve_fault(address, access_of(code))
}

/// Returns what the faulting instruction was about to do.
pub fn access_of(code: PageFaultErrorCode) -> Access {
    if code.contains(PageFaultErrorCode::INSTRUCTION_FETCH) {
        Access::Execute
    } else if code.contains(PageFaultErrorCode::CAUSED_BY_WRITE) {
        Access::Write
    } else {
        Access::Read
    }
}
