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
/// end they are read from. The channel of a debugger comes first, and tells of the beginning and the end of threads too; that of a
/// job's debugger tells of the beginning of processes and of nothing else.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: unknown options.
/// 2. [`Status::BAD_HANDLE`]; [`Status::WRONG_TYPE`]: neither of these.
/// 3. [`Status::ACCESS_DENIED`]: the handle needs INSPECT, DUPLICATE, TRANSFER and MANAGE_THREAD, but for a thread also ENUMERATE.
/// 4. [`Status::INVALID_ARGS`]: a debugger of a thread.
/// 5. [`Status::NO_MEMORY`].
/// 6. [`Status::BAD_STATE`]: the task has ended.
/// 7. [`Status::ALREADY_BOUND`]: it has such a channel.
/// 8. [`Status::INVALID_ARGS`]: the handle cannot be written. There is no channel then.
pub(super) fn create_channel(
    caller: &Caller,
    task: RawHandle,
    options: u32,
    out: UserPtr<u32>,
) -> Result<()> {
    if options & !EXCEPTION_CHANNEL_DEBUGGER != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let (object, rights) = caller.handles().get_any(task)?;
    let places = Places::of(&object).ok_or(Status::WRONG_TYPE)?;
    if !rights.contains(HANDLE_EXCEPTIONS.union(places.more)) {
        return Err(Status::ACCESS_DENIED);
    }
    let handlers = match options {
        EXCEPTION_CHANNEL_DEBUGGER => places.debugger.ok_or(Status::INVALID_ARGS)?,
        _ => places.handler,
    };
    let slot = caller.handles().reserve()?;
    let channel = Handlers::bind(handlers, rights)?;
    // If this fails, closing the end that nobody was told about makes room for the next.
    out.write(slot.value())?;
    slot.fill(channel);
    Ok(())
}

/// Where a task has its handlers.
struct Places<'a> {
    handler: &'a Ref<Handlers>,
    debugger: Option<&'a Ref<Handlers>>,
    /// The rights that changing them needs beyond those that all tasks have in common.
    more: Rights,
}

impl<'a> Places<'a> {
    fn of(object: &'a Object) -> Option<Self> {
        let (handler, debugger) = match object {
            Object::Thread(thread) => (thread.handlers(), None),
            Object::Process(process) => (process.handlers(), Some(process.debugger())),
            Object::Job(job) => (job.handlers(), Some(job.debugger())),
            _ => return None,
        };
        let more = if debugger.is_some() { Rights::ENUMERATE } else { Rights::empty() };
        Some(Self { handler, debugger, more })
    }
}

/// Writes a handle to the thread that had the exception, with the rights of the handle that the channel was made with.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`].
/// 2. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written.
pub(super) fn get_thread(caller: &Caller, exception: RawHandle, out: UserPtr<u32>) -> Result<()> {
    let exception = caller.get::<Exception>(exception, Rights::empty())?;
    let thread = Object::Thread(exception.thread().clone());
    caller.give(thread, exception.rights(), out)
}

/// Writes a handle to the process of the thread that had the exception, with the rights of the handle that the channel was made with.
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
    caller.give(Object::Process(process), exception.rights(), out)
}
