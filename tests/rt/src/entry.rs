//! Where a program begins, and where it ends when it panics.
//!
//! The kernel enters `_start` with the start channel in RDI, RSI = 0, and RSP at the top of a stack.

use crate::console;
use abi::RawHandle;
use core::arch::naked_asm;
use core::fmt::Write;
use core::panic::PanicInfo;

unsafe extern "Rust" {
    /// The program's own function, defined by [`crate::main!`].
    safe fn program_main() -> i64;
}

/// First instruction of every program: aligns the stack as a called function expects it and ends the chain of frames.
///
/// # Safety
/// Called once, by the kernel, on an otherwise unused stack.
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn _start() -> ! {
    naked_asm!(
        "xor ebp, ebp",
        "and rsp, -16",
        "call {begin}",
        "ud2",
        begin = sym begin,
    )
}

/// Reads the start message, runs the program and ends the process with its result.
extern "C" fn begin(channel: RawHandle) -> ! {
    crate::start::receive(channel);
    crate::exit(program_main())
}

/// Reports the panic and ends the process with [`crate::EXIT_CODE_PANIC`].
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // The console may be locked by this very thread, so the report goes past its buffer; nothing is left to do if it fails.
    let _ = writeln!(console::Unbuffered, "{info}");
    crate::exit(crate::EXIT_CODE_PANIC)
}
