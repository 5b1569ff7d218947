//! Calls on threads.

use super::caller::Caller;
use super::process::{Entry, read_name};
use crate::object::{Object, Process, Thread};
use crate::task;
use crate::user::{UserPtr, UserSlice};
use abi::layout::MAX_NAME_LEN;
use abi::{RawHandle, Result, Rights, Status};

/// Makes a thread of a process and writes a handle to it.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: `options` is not 0, or the name cannot be read.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the process's handle needs MANAGE_THREAD.
/// 3. [`Status::BAD_STATE`]: the process has ended.
/// 4. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written. There is no new thread then.
pub(super) fn create(
    caller: &Caller,
    process: RawHandle,
    name: UserSlice,
    options: u32,
    out: UserPtr<u32>,
) -> Result<()> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let mut buffer = [0; MAX_NAME_LEN];
    let name = read_name(name, &mut buffer)?;
    let process = caller.get::<Process>(process, Rights::MANAGE_THREAD)?;
    let thread = Thread::create(&process, name)?;
    caller.give(Object::Thread(thread), Rights::THREAD_DEFAULT, out)
}

/// Starts a further thread of a process, with two numbers, or its first one.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handle needs MANAGE_THREAD.
/// 2. [`Status::INVALID_ARGS`]: the entry is no address of ring 3.
/// 3. [`Status::BAD_STATE`]: the thread was started before, or its process has ended.
/// 4. [`Status::NO_MEMORY`].
pub(super) fn start(
    caller: &Caller,
    thread: RawHandle,
    entry: Entry,
    first: u64,
    second: u64,
) -> Result<()> {
    let thread = caller.get::<Thread>(thread, Rights::MANAGE_THREAD)?;
    let registers = entry.registers(first, second)?;
    thread.process().start_thread(&thread, registers)
}

/// Ends the calling thread, and its process if it is the last.
pub(super) fn exit(caller: &Caller) -> Result<()> {
    task::end_thread(caller.thread());
    Ok(())
}
