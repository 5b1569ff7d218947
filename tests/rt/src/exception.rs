//! Exceptions of other threads, and of one's own as others see them.

use crate::handle::{new_handle, object};
use crate::{Channel, Handle, Process, Thread, zx};
use abi::exception::EXCEPTION_CHANNEL_DEBUGGER;
use abi::info::{ExceptionInfo, InfoExceptionReport, Record};
use abi::object::{PROP_EXCEPTION_STATE, PROP_EXCEPTION_STRATEGY, Time};
use abi::{ExceptionState, ExceptionStrategy, Result, Signals, Status, Topic};

object! {
    /// An exception of a thread, which waits until this is closed.
    Exception
}

/// Makes a channel through which exceptions of `task`, a thread, process or job, are offered.
///
/// # Errors
/// Those of `task_create_exception_channel`.
pub fn channel_of(task: &Handle) -> Result<Channel> {
    channel_with(task, 0)
}

/// Makes the channel of a debugger of `task`, a process or job.
///
/// # Errors
/// Those of `task_create_exception_channel`.
pub fn debugger_of(task: &Handle) -> Result<Channel> {
    channel_with(task, EXCEPTION_CHANNEL_DEBUGGER)
}

fn channel_with(task: &Handle, options: u32) -> Result<Channel> {
    // SAFETY: `out` is a local variable.
    new_handle(|out| unsafe { zx::task_create_exception_channel(task.raw(), options, out) })
        .map(Channel::from)
}

/// Waits for the next exception that comes through `channel`.
///
/// # Errors
/// Those of `object_wait_one` and `channel_read`; [`Status::PEER_CLOSED`] once the task has ended.
pub fn next(channel: &Channel, deadline: Time) -> Result<(ExceptionInfo, Exception)> {
    channel.wait(Signals::CHANNEL_READABLE | Signals::CHANNEL_PEER_CLOSED, deadline)?;
    let mut info = ExceptionInfo::default();
    let (_, mut handles) = channel.read(info.as_bytes_mut())?;
    let exception = handles.pop().ok_or(Status::IO_INVALID)?;
    Ok((info, exception.into()))
}

impl Exception {
    /// Returns the thread.
    ///
    /// # Errors
    /// Those of `exception_get_thread`.
    pub fn thread(&self) -> Result<Thread> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe { zx::exception_get_thread(self.raw(), out) }).map(Thread::from)
    }

    /// Returns the thread's process.
    ///
    /// # Errors
    /// Those of `exception_get_process`.
    pub fn process(&self) -> Result<Process> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe { zx::exception_get_process(self.raw(), out) }).map(Process::from)
    }

    /// Says what closing the exception will mean.
    ///
    /// # Errors
    /// Those of `object_set_property`.
    pub fn set_state(&self, state: ExceptionState) -> Result<()> {
        self.set_property(PROP_EXCEPTION_STATE, state as u32)
    }

    /// Says whether a debugger wants the exception once more.
    ///
    /// # Errors
    /// Those of `object_set_property`.
    pub fn set_strategy(&self, strategy: ExceptionStrategy) -> Result<()> {
        self.set_property(PROP_EXCEPTION_STRATEGY, strategy as u32)
    }

    fn set_property(&self, property: u32, number: u32) -> Result<()> {
        let value = (&raw const number).cast();
        // SAFETY: the value is a local variable of the given size.
        unsafe { zx::object_set_property(self.raw(), property, value, size_of::<u32>() as u64) }
            .check()
    }

    /// Asks whether a debugger wants the exception once more.
    ///
    /// # Errors
    /// Those of `object_get_property`.
    pub fn strategy(&self) -> Result<ExceptionStrategy> {
        let mut number = 0_u32;
        let value = (&raw mut number).cast();
        // SAFETY: the value is a local variable of the given size.
        unsafe {
            zx::object_get_property(
                self.raw(),
                PROP_EXCEPTION_STRATEGY,
                value,
                size_of::<u32>() as u64,
            )
        }
        .check()?;
        ExceptionStrategy::try_from(number)
    }

    /// Closes the exception, with this answer.
    ///
    /// # Errors
    /// Those of [`set_state`](Self::set_state) and `handle_close`.
    pub fn answer(self, state: ExceptionState) -> Result<()> {
        self.set_state(state)?;
        self.into_handle().close()
    }
}

impl Thread {
    /// Asks what happened to the thread, which waits for an answer to it.
    ///
    /// # Errors
    /// Those of `object_get_info`; [`Status::BAD_STATE`] if it waits for none.
    pub fn exception_report(&self) -> Result<InfoExceptionReport> {
        self.info(Topic::THREAD_EXCEPTION_REPORT)
    }
}
