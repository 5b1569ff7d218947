//! Processes.

use crate::handle::{new_handles, object};
use crate::{Handle, Job, Thread, Vmar, zx};
use abi::debug::PageEntry;
use abi::info::{InfoProcess, ProcessFlags, Record};
use abi::object::{INVALID_HANDLE, TIME_INFINITE};
use abi::{Result, Signals, Topic};

object! {
    /// A process.
    Process
}

impl Process {
    /// Makes a process and returns it with its root VMAR.
    ///
    /// # Errors
    /// Those of `process_create`.
    pub fn create(job: &Job, name: &str) -> Result<(Self, Vmar)> {
        // SAFETY: `name` is valid for reads of its length, both results are local variables.
        let (process, vmar) = new_handles(|process, vmar| unsafe {
            zx::process_create(job.raw(), name.as_ptr(), name.len() as u64, 0, process, vmar)
        })?;
        Ok((Self::from(process), Vmar::from(vmar)))
    }

    /// Starts the process with its first thread, which begins at `entry` with `stack` in RSP, the process's own handle to
    /// `argument` in RDI and `word` in RSI.
    ///
    /// # Errors
    /// Those of `process_start`; `argument` is gone then too.
    pub fn start(
        &self,
        thread: &Thread,
        entry: u64,
        stack: u64,
        argument: Option<Handle>,
        word: u64,
    ) -> Result<()> {
        let argument = argument.map_or(INVALID_HANDLE, Handle::into_raw);
        // SAFETY: the addresses are those of another address space; this one is not touched.
        unsafe { zx::process_start(self.raw(), thread.raw(), entry, stack, argument, word) }.check()
    }

    /// Waits for the end of the process and returns its exit code.
    ///
    /// # Errors
    /// Those of `object_wait_one` and `object_get_info`.
    pub fn join(&self) -> Result<i64> {
        self.wait(Signals::TASK_TERMINATED, TIME_INFINITE)?;
        Ok(self.state()?.return_code)
    }

    /// Asks for the state of the process.
    ///
    /// # Errors
    /// Those of `object_get_info`.
    pub fn state(&self) -> Result<InfoProcess> {
        self.info(Topic::PROCESS)
    }

    /// Has the process ended?
    ///
    /// # Errors
    /// Those of `object_get_info`.
    pub fn has_exited(&self) -> Result<bool> {
        Ok(ProcessFlags::from_bits_retain(self.state()?.flags).contains(ProcessFlags::EXITED))
    }

    /// Copies bytes out of the process from `address` on; returns how many there were.
    ///
    /// # Errors
    /// Those of `process_read_memory`.
    pub fn read_memory(&self, address: u64, bytes: &mut [u8]) -> Result<u64> {
        let mut actual = 0;
        let len = bytes.len() as u64;
        // SAFETY: the buffer is valid for writes of its length, `actual` is a local variable.
        unsafe {
            zx::process_read_memory(self.raw(), address, bytes.as_mut_ptr(), len, &raw mut actual)
        }
        .check()?;
        Ok(actual)
    }

    /// Copies bytes into the process from `address` on; returns how many there was room for.
    ///
    /// # Errors
    /// Those of `process_write_memory`.
    pub fn write_memory(&self, address: u64, bytes: &[u8]) -> Result<u64> {
        let mut actual = 0;
        let len = bytes.len() as u64;
        // SAFETY: the buffer is valid for reads of its length, `actual` is a local variable; what the process loses is its own.
        unsafe {
            zx::process_write_memory(self.raw(), address, bytes.as_ptr(), len, &raw mut actual)
        }
        .check()?;
        Ok(actual)
    }

    /// Asks how the processor translates `address` in the process; all zeros if it does not.
    ///
    /// # Errors
    /// Those of `debug_page_entry`.
    pub fn page_entry(&self, address: u64) -> Result<PageEntry> {
        let mut entry = PageEntry::default();
        // SAFETY: `entry` is a local variable.
        unsafe { zx::debug_page_entry(self.raw(), address, entry.as_bytes_mut().as_mut_ptr()) }
            .check()?;
        Ok(entry)
    }

    /// Ends the process.
    ///
    /// # Errors
    /// Those of `task_kill`.
    pub fn kill(&self) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::task_kill(self.raw()) }.check()
    }
}
