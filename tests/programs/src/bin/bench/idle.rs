//! Processes that sleep: each has an address space, a page of code and a thread that waits for a point in time far away.

use core::arch::global_asm;
use core::slice::from_raw_parts;
use rt::abi::Call;
use rt::abi::layout::PAGE_SIZE;
use rt::abi::object::Time;
use rt::{Job, Process, Result, Thread, VmOptions, Vmo, VmoOptions};

global_asm!(
    ".pushsection .rodata.idle, \"a\"",
    ".globl idle_begin, idle_end",
    "idle_begin:",
    "    mov rdi, rsi",
    "    mov eax, {sleep}",
    "    syscall",
    "    ud2",
    "idle_end:",
    ".popsection",
    sleep = const Call::Nanosleep as u64,
);

unsafe extern "C" {
    static idle_begin: u8;
    static idle_end: u8;
}

/// Nanoseconds after boot that no run lasts.
const NEVER: Time = 1 << 60;

/// The program of such processes.
pub(crate) struct Idle {
    code: Vmo,
}

impl Idle {
    /// Prepares the program.
    pub(crate) fn prepare() -> Result<Self> {
        let (begin, end) = (&raw const idle_begin, &raw const idle_end);
        // SAFETY: the symbols enclose initialised bytes in read-only data, which live as long as the program.
        let bytes = unsafe { from_raw_parts(begin, end.addr() - begin.addr()) };
        let code = Vmo::create(PAGE_SIZE, VmoOptions::empty())?;
        code.write(0, bytes)?;
        Ok(Self { code: code.into_executable()? })
    }

    /// Makes a process in `job`, with the code in it; returns it with its thread and where that is to begin.
    pub(crate) fn create(&self, job: &Job) -> Result<(Process, Thread, u64)> {
        let (process, root) = Process::create(job, "idle")?;
        let options = VmOptions::PERM_READ | VmOptions::PERM_EXECUTE;
        let entry = root.map(options, 0, &self.code, 0, PAGE_SIZE)?;
        let thread = Thread::create(&process, "idle")?;
        Ok((process, thread, entry))
    }

    /// Starts one that was made.
    pub(crate) fn start(process: &Process, thread: &Thread, entry: u64) -> Result<()> {
        process.start(thread, entry, 0, None, NEVER.cast_unsigned())
    }

    /// Makes a process in `job` that sleeps when this returns.
    pub(crate) fn launch(&self, job: &Job) -> Result<Process> {
        let (process, thread, entry) = self.create(job)?;
        Self::start(&process, &thread, entry)?;
        rt::time::yield_now();
        Ok(process)
    }
}
