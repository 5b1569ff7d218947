//! Child processes that touch one address, to show what a touch does without doing it to oneself.
//!
//! Such a process has no image but a page of code: it accesses the address in RSI and ends with exit code 0, if it lives.

use abi::Call;
use core::arch::global_asm;
use core::slice::from_raw_parts;
use rt::abi::layout::PAGE_SIZE;
use rt::{Process, Result, Thread, VmOptions, Vmar, Vmo, VmoOptions, start};

/// How the address is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Load a byte.
    Read,
    /// Store a byte, 1.
    Write,
    /// Jump there; code there must end the process itself, as [`code`] does.
    Execute,
}

global_asm!(
    ".pushsection .rodata.touch, \"a\"",
    ".globl touch_begin, touch_read, touch_write, touch_end_process, touch_execute, touch_end",
    "touch_begin:",
    "touch_read:",
    "    mov al, [rsi]",
    "    jmp touch_end_process",
    "touch_write:",
    "    mov byte ptr [rsi], 1",
    "touch_end_process:",
    "    xor edi, edi",
    "    mov eax, {exit}",
    "    syscall",
    "    ud2",
    "touch_execute:",
    "    jmp rsi",
    "touch_end:",
    ".popsection",
    exit = const Call::ProcessExit as u64,
);

unsafe extern "C" {
    static touch_begin: u8;
    static touch_read: u8;
    static touch_write: u8;
    static touch_end_process: u8;
    static touch_execute: u8;
    static touch_end: u8;
}

/// Returns how far a symbol lies behind the first one.
fn offset(symbol: *const u8) -> usize {
    (symbol.addr()).wrapping_sub((&raw const touch_begin).addr())
}

/// Returns the code of the three accesses; position-independent.
pub fn code() -> &'static [u8] {
    // SAFETY: the symbols enclose initialised bytes in read-only data, which live as long as the program.
    unsafe { from_raw_parts(&raw const touch_begin, offset(&raw const touch_end)) }
}

/// Returns where in [`code`] a jump ends the process with exit code 0.
pub fn exit_offset() -> u64 {
    offset(&raw const touch_end_process) as u64
}

/// Makes a VMO of [`code`] that may be executed.
///
/// # Errors
/// Those of `vmo_create`, `vmo_write` and `vmo_replace_as_executable`.
pub fn code_vmo() -> Result<Vmo> {
    let vmo = Vmo::create(PAGE_SIZE, VmoOptions::empty())?;
    vmo.write(0, code())?;
    vmo.into_executable()
}

/// Makes a process, lets `place` map what it likes there and return an address, has the process touch it, and returns the exit code:
/// 0 if it lived.
///
/// # Errors
/// Those of the calls, and of `place`.
pub fn touch(access: Access, place: impl FnOnce(&Vmar) -> Result<u64>) -> Result<i64> {
    let (process, root) = Process::create(start().job(), "touch")?;
    let thread = Thread::create(&process, "touch")?;
    let options = VmOptions::PERM_READ | VmOptions::PERM_EXECUTE;
    let base = root.map(options, 0, &code_vmo()?, 0, PAGE_SIZE)?;
    let symbol = match access {
        Access::Read => &raw const touch_read,
        Access::Write => &raw const touch_write,
        Access::Execute => &raw const touch_execute,
    };
    let entry = base.saturating_add(offset(symbol) as u64);
    process.start(&thread, entry, 0, None, place(&root)?)?;
    process.join()
}
