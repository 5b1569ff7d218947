//! Panics: the end of a run that must not go on.
//!
//! The report goes to the log's port, after a line that tells the runner that the kernel, not a program, has failed.

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use x86_64::registers::control::{Cr2, Cr3, Cr4};
use x86_64::structures::idt::ExceptionVector;

use crate::arch::backtrace::Backtrace;
use crate::arch::serial::{self, CONTROL, Writer};
use crate::arch::{TrapFrame, exit, stack, trap};
use crate::symbols::Place;

/// A report has begun; a second one would be about the first.
static REPORTING: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn on_panic(info: &PanicInfo<'_>) -> ! {
    report(|out| {
        writeln!(out, "kernel panic: {}", info.message())?;
        if let Some(place) = info.location() {
            writeln!(out, "  at {place}")?;
        }
        write_control_registers(out)?;
        write_calls(out, Backtrace::here())
    })
}

/// Reports a trap in the kernel that nothing can be done about.
pub(crate) fn on_kernel_trap(frame: &TrapFrame) -> ! {
    report(|out| {
        writeln!(out, "kernel panic: {}", Cause(frame))?;
        write!(out, "{frame}")?;
        write_control_registers(out)?;
        writeln!(out, "  in {}", Place(frame.rip))?;
        write_calls(out, Backtrace::from(frame.rbp))
    })
}

/// What a trap means, in words.
struct Cause<'a>(&'a TrapFrame);

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DOUBLE_FAULT: u64 = ExceptionVector::Double as u64;
        const PAGE_FAULT: u64 = ExceptionVector::Page as u64;
        let address = Cr2::read_raw();
        match self.0.vector {
            DOUBLE_FAULT if stack::is_guard(address) => {
                write!(f, "kernel stack overflow: {address:#x} is in a stack's guard")
            }
            PAGE_FAULT => write!(f, "page fault at {address:#x}"),
            vector => f.write_str(trap::exception_name(vector)),
        }
    }
}

fn report(write: impl FnOnce(&mut Writer<'_>) -> fmt::Result) -> ! {
    serial::LOG.seize();
    let mut out = Writer(&serial::LOG);
    // Writing to a port cannot fail.
    if REPORTING.swap(true, Ordering::Relaxed) {
        let _ok = writeln!(out, "another panic while the first was being reported");
    } else {
        let _ok = writeln!(out, "\n{CONTROL}panic").and_then(|()| write(&mut out));
    }
    exit::panicked()
}

fn write_control_registers(out: &mut Writer<'_>) -> fmt::Result {
    let (root, _) = Cr3::read();
    writeln!(
        out,
        "  cr2 {:#018x}  cr3 {:#018x}  cr4 {:#010x}",
        Cr2::read_raw(),
        root.start_address(),
        Cr4::read_raw()
    )
}

fn write_calls(out: &mut Writer<'_>, calls: Backtrace) -> fmt::Result {
    writeln!(out, "called from")?;
    for address in calls {
        // A return address may be that of the next function, if the call was the last instruction.
        writeln!(out, "  {}", Place(address.wrapping_sub(1)))?;
    }
    Ok(())
}
