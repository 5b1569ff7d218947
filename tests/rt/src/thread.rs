//! Threads, of this process and of others.

use crate::handle::{new_handle, object};
use crate::loader::stack;
use crate::{Process, Vmar, start, zx};
use abi::object::TIME_INFINITE;
use abi::{Result, Signals};

object! {
    /// A thread.
    Thread
}

impl Thread {
    /// Makes a thread in `process`.
    ///
    /// # Errors
    /// Those of `thread_create`.
    pub fn create(process: &Process, name: &str) -> Result<Self> {
        // SAFETY: `name` is valid for reads of its length, `out` is a local variable.
        let thread = new_handle(|out| unsafe {
            zx::thread_create(process.raw(), name.as_ptr(), name.len() as u64, 0, out)
        })?;
        Ok(Self::from(thread))
    }

    /// Starts the thread at `entry`, with `stack` in RSP and the two words in RDI and RSI.
    ///
    /// # Errors
    /// Those of `thread_start`.
    ///
    /// # Safety
    /// If the thread is one of this process: `entry` must be code that may run with these values, on a stack nobody else uses.
    pub unsafe fn start(&self, entry: u64, stack: u64, first: u64, second: u64) -> Result<()> {
        // SAFETY: passed on to the caller.
        unsafe { zx::thread_start(self.raw(), entry, stack, first, second) }.check()
    }

    /// Ends the thread.
    ///
    /// # Errors
    /// Those of `task_kill`.
    pub fn kill(&self) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::task_kill(self.raw()) }.check()
    }
}

/// A thread of this process that runs a function; its stack lives until [`join`](Self::join).
#[derive(Debug)]
pub struct Running {
    thread: Thread,
    stack: Vmar,
}

impl Running {
    /// Waits for the end of the thread and returns its stack to the address space.
    ///
    /// # Errors
    /// Those of `object_wait_one` and `vmar_destroy`.
    pub fn join(self) -> Result<()> {
        self.thread.wait(Signals::TASK_TERMINATED, TIME_INFINITE)?;
        self.stack.destroy()
    }

    /// Returns the thread.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

/// Runs `function(argument)` in a new thread of this process.
///
/// # Errors
/// Those of `vmar_allocate`, `vmar_map`, `thread_create` and `thread_start`.
pub fn spawn(function: extern "C" fn(u64), argument: u64) -> Result<Running> {
    let stack = stack::Stack::map(start().root_vmar())?;
    let thread = Thread::create(start().process(), "spawned")?;
    // SAFETY: `begin` takes the function and its argument; the stack is new.
    unsafe {
        thread.start(
            begin as *const () as u64,
            stack.pointer,
            function as *const () as u64,
            argument,
        )
    }?;
    Ok(Running { thread, stack: stack.vmar })
}

/// First function of a spawned thread.
extern "C" fn begin(function: extern "C" fn(u64), argument: u64) -> ! {
    function(argument);
    // SAFETY: nothing of this stack is used afterwards; `Running` owns it.
    unsafe { zx::thread_exit() }
}
