//! What happens on a trap: an interrupt or an exception, from ring 3 or from the kernel; [page faults](super::page_fault) apart.
//!
//! | trap | from ring 3 | from the kernel |
//! |---|---|---|
//! | timer | [`task::on_timer`] | the same |
//! | breakpoint | the program's exception | logged |
//! | other exceptions | the program's | a panic |
//! | NMI | logged | logged |
//! | any other vector | ignored | ignored |

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use x86_64::structures::idt::ExceptionVector;

use super::lapic;
use crate::{panic, task};

/// The registers of interrupted code, as the entries in [`vectors`](super::vectors) leave them on the stack.
///
/// ```text
///   lower address   r15 r14 ... rcx rax | vector error_code | rip cs rflags rsp ss   higher address
///                   pushed by the entry   pushed by the stub  pushed by the processor
/// ```
#[repr(C)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the register of its name")]
pub struct TrapFrame {
    pub r15: u64,
    pub r14: u64,
    pub r13: u64,
    pub r12: u64,
    pub r11: u64,
    pub r10: u64,
    pub r9: u64,
    pub r8: u64,
    pub rdi: u64,
    pub rsi: u64,
    pub rbp: u64,
    pub rbx: u64,
    pub rdx: u64,
    pub rcx: u64,
    pub rax: u64,
    pub vector: u64,
    pub error_code: u64,
    pub rip: u64,
    pub cs: u64,
    pub rflags: u64,
    pub rsp: u64,
    pub ss: u64,
}

const _: () = assert!(size_of::<TrapFrame>() == 22 * 8);

impl TrapFrame {
    /// Says whether ring 3 was interrupted.
    pub const fn is_user(&self) -> bool {
        self.cs & 3 == 3
    }
}

impl fmt::Display for TrapFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  rip {:#018x}  cs {:#06x}  rflags {:#010x}  error code {:#x}",
            self.rip, self.cs, self.rflags, self.error_code
        )?;
        writeln!(f, "  rsp {:#018x}  ss {:#06x}", self.rsp, self.ss)?;
        writeln!(
            f,
            "  rax {:#018x}  rbx {:#018x}  rcx {:#018x}  rdx {:#018x}",
            self.rax, self.rbx, self.rcx, self.rdx
        )?;
        writeln!(
            f,
            "  rsi {:#018x}  rdi {:#018x}  rbp {:#018x}  r8  {:#018x}",
            self.rsi, self.rdi, self.rbp, self.r8
        )?;
        writeln!(
            f,
            "  r9  {:#018x}  r10 {:#018x}  r11 {:#018x}  r12 {:#018x}",
            self.r9, self.r10, self.r11, self.r12
        )?;
        writeln!(f, "  r13 {:#018x}  r14 {:#018x}  r15 {:#018x}", self.r13, self.r14, self.r15)
    }
}

/// The first vector that is not an exception.
const FIRST_INTERRUPT: u64 = 32;

/// How many breakpoints the kernel itself has met.
static KERNEL_BREAKPOINTS: AtomicU64 = AtomicU64::new(0);

/// Handles the trap, no page fault, that left `frame`; what `frame` says afterwards is what goes on.
pub(super) extern "C" fn on_trap(frame: &mut TrapFrame) {
    const NMI: u64 = ExceptionVector::NonMaskableInterrupt as u64;
    const DOUBLE_FAULT: u64 = ExceptionVector::Double as u64;
    const MACHINE_CHECK: u64 = ExceptionVector::MachineCheck as u64;
    const TIMER: u64 = lapic::TIMER_VECTOR as u64;

    match frame.vector {
        // These have a stack of their own, which must not be left for another thread.
        NMI => return ::log::warn!("non-maskable interrupt at {:#x}", frame.rip),
        DOUBLE_FAULT | MACHINE_CHECK => panic::on_kernel_trap(frame),
        TIMER => {
            lapic::end_interrupt();
            task::on_timer();
        }
        FIRST_INTERRUPT.. => {}
        _ if frame.is_user() => on_user_exception(frame),
        _ => on_kernel_exception(frame),
    }
    if frame.is_user() {
        task::return_to_user_check();
    }
}

/// Hands an exception of ring 3 to its thread.
fn on_user_exception(frame: &mut TrapFrame) {
    #[expect(clippy::cast_possible_truncation, reason = "a vector has eight bits")]
    task::on_user_exception(frame.vector as u8, frame.error_code, frame);
}

fn on_kernel_exception(frame: &mut TrapFrame) {
    const BREAKPOINT: u64 = ExceptionVector::Breakpoint as u64;
    match frame.vector {
        BREAKPOINT => {
            KERNEL_BREAKPOINTS.fetch_add(1, Ordering::Relaxed);
            ::log::info!("breakpoint in the kernel at {:#x}", frame.rip);
        }
        _ => panic::on_kernel_trap(frame),
    }
}

/// Returns the name of exception `vector`.
pub fn exception_name(vector: u64) -> &'static str {
    u8::try_from(vector).ok().and_then(|vector| ExceptionVector::try_from(vector).ok()).map_or(
        "exception",
        |vector| match vector {
            ExceptionVector::Division => "division by zero",
            ExceptionVector::Debug => "debug exception",
            ExceptionVector::NonMaskableInterrupt => "non-maskable interrupt",
            ExceptionVector::Breakpoint => "breakpoint",
            ExceptionVector::Overflow => "overflow",
            ExceptionVector::BoundRange => "bound range exceeded",
            ExceptionVector::InvalidOpcode => "invalid opcode",
            ExceptionVector::DeviceNotAvailable => "device not available",
            ExceptionVector::Double => "double fault",
            ExceptionVector::InvalidTss => "invalid task state",
            ExceptionVector::SegmentNotPresent => "segment not present",
            ExceptionVector::Stack => "stack-segment fault",
            ExceptionVector::GeneralProtection => "general protection fault",
            ExceptionVector::Page => "page fault",
            ExceptionVector::X87FloatingPoint => "x87 floating-point exception",
            ExceptionVector::AlignmentCheck => "alignment check",
            ExceptionVector::MachineCheck => "machine check",
            ExceptionVector::SimdFloatingPoint => "SIMD floating-point exception",
            ExceptionVector::ControlProtection => "control protection exception",
            _ => "exception",
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn a_breakpoint_in_the_kernel_returns() {
        let before = KERNEL_BREAKPOINTS.load(Ordering::Relaxed);
        x86_64::instructions::interrupts::int3();
        assert_eq!(KERNEL_BREAKPOINTS.load(Ordering::Relaxed), before + 1);
    }

    /// Raises interrupt `VECTOR` as if a device had.
    #[expect(unsafe_code, reason = "the processor accepts INT n of any vector in ring 0")]
    fn raise<const VECTOR: u8>() {
        // SAFETY: the vectors raised below have handlers that return.
        unsafe { core::arch::asm!("int {}", const VECTOR) };
    }

    #[test_case]
    fn stray_interrupts_are_ignored() {
        raise::<0x20>();
        raise::<0x80>();
        raise::<0xff>();
    }

    #[test_case]
    fn a_non_maskable_interrupt_returns_with_the_kernels_gs() {
        raise::<{ ExceptionVector::NonMaskableInterrupt as u8 }>();
        assert_eq!(crate::arch::cpu::current_id(), 0);
    }
}
