//! The end of a run, told to the runner.
#![expect(unsafe_code, reason = "the exit device is a port, and some ends are violent")]

use core::fmt::Write;

use x86_64::instructions::port::Port;
use x86_64::instructions::{hlt, interrupts};

use super::serial::{self, CONTROL, Writer};

/// The port of QEMU's `isa-debug-exit`.
const EXIT_PORT: u16 = 0xf4;

/// What is written to the port; the emulator's exit status is twice that plus one.
#[repr(u32)]
enum Verdict {
    Clean = 0x10,
    Panicked = 0x11,
}

/// Ends the run with `code` as its result.
pub fn clean(code: i64) -> ! {
    // Writing to a port cannot fail.
    let _ok = writeln!(Writer(&serial::LOG), "{CONTROL}exit {code}");
    end(Verdict::Clean)
}

/// Ends the run after the kernel has panicked.
pub fn panicked() -> ! {
    end(Verdict::Panicked)
}

fn end(verdict: Verdict) -> ! {
    interrupts::disable();
    // SAFETY: the port belongs to the exit device; without one, writing to it does nothing.
    unsafe { Port::new(EXIT_PORT).write(verdict as u32) };
    loop {
        hlt();
    }
}

/// Waits for ever, deaf to interrupts.
pub fn hang() -> ! {
    interrupts::disable();
    loop {
        hlt();
    }
}

/// Resets the machine by a fault that cannot be delivered.
pub fn triple_fault() -> ! {
    let empty =
        x86_64::structures::DescriptorTablePointer { limit: 0, base: x86_64::VirtAddr::zero() };
    // SAFETY: the next exception has no gate, nor has the double fault of that, so the processor resets and nothing runs on.
    unsafe { x86_64::instructions::tables::lidt(&empty) };
    loop {
        interrupts::int3();
    }
}
