//! Calls on exceptions.
//!
//! # Source
//! `faults.md` §3; Zircon `task_create_exception_channel`, `exception_get_thread`, `exception_get_process`.

use super::caller::Caller;
use crate::object::{Exception, Handlers, Object};
use crate::user::UserPtr;
use abi::exception::EXCEPTION_CHANNEL_DEBUGGER;
use abi::{RawHandle, Result, Rights, Status};
use vm::Ref;

/// What a handle to a task must allow, so that its exceptions may be handled.
const HANDLE_EXCEPTIONS: Rights =
    Rights::INSPECT.union(Rights::DUPLICATE).union(Rights::TRANSFER).union(Rights::MANAGE_THREAD);

/// Makes a channel through which exceptions of a thread, of a process's threads or of a job's are offered; writes a handle to the
/// end they are read from.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: unknown options. [`Status::NOT_SUPPORTED`]: the channel of a debugger.
/// 2. [`Status::BAD_HANDLE`]; [`Status::WRONG_TYPE`]: neither of these.
/// 3. [`Status::ACCESS_DENIED`]: the handle needs INSPECT, DUPLICATE, TRANSFER and MANAGE_THREAD, but for a thread also ENUMERATE.
/// 4. [`Status::NO_MEMORY`].
/// 5. [`Status::BAD_STATE`]: the task has ended.
/// 6. [`Status::ALREADY_BOUND`]: it has such a channel.
/// 7. [`Status::INVALID_ARGS`]: the handle cannot be written. There is no channel then.
pub(super) fn create_channel(
    caller: &Caller,
    task: RawHandle,
    options: u32,
    out: UserPtr<u32>,
) -> Result<()> {
    match options {
        0 => {}
        EXCEPTION_CHANNEL_DEBUGGER => return Err(Status::NOT_SUPPORTED),
        _ => return Err(Status::INVALID_ARGS),
    }
    let (object, rights) = caller.handles().get_any(task)?;
    let (handlers, more) = handlers_of(&object).ok_or(Status::WRONG_TYPE)?;
    if !rights.contains(HANDLE_EXCEPTIONS.union(more)) {
        return Err(Status::ACCESS_DENIED);
    }
    let slot = caller.handles().reserve()?;
    let channel = Handlers::bind(handlers)?;
    // If this fails, closing the end that nobody was told about makes room for the next.
    out.write(slot.value())?;
    slot.fill(channel);
    Ok(())
}

/// Returns the place of a task's handler, and the rights that changing it needs beyond those that all tasks have in common.
fn handlers_of(object: &Object) -> Option<(&Ref<Handlers>, Rights)> {
    match object {
        Object::Thread(thread) => Some((thread.handlers(), Rights::empty())),
        Object::Process(process) => Some((process.handlers(), Rights::ENUMERATE)),
        Object::Job(job) => Some((job.handlers(), Rights::ENUMERATE)),
        _ => None,
    }
}

/// Writes a handle to the thread that had the exception.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written.
pub(super) fn get_thread(caller: &Caller, exception: RawHandle, out: UserPtr<u32>) -> Result<()> {
    let exception = caller.get::<Exception>(exception, Rights::empty())?;
    let thread = Object::Thread(exception.thread().clone());
    caller.give(thread, Rights::THREAD_DEFAULT, out)
}

/// Writes a handle to the process of the thread that had the exception.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. [`Status::ACCESS_DENIED`]: the exception came through a thread's channel, whose handler need not know the process.
/// 3. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written.
pub(super) fn get_process(caller: &Caller, exception: RawHandle, out: UserPtr<u32>) -> Result<()> {
    let exception = caller.get::<Exception>(exception, Rights::empty())?;
    if !exception.shows_process() {
        return Err(Status::ACCESS_DENIED);
    }
    let process = exception.thread().process().clone();
    caller.give(Object::Process(process), Rights::PROCESS_DEFAULT, out)
}
