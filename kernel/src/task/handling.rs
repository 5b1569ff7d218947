//! Offering an exception to those who may handle it: the handlers of the thread, of its process, of its job, and of
//! the jobs that one is in, in this order.
//!
//! The thread waits until the handle of the exception is dropped, and what that meant was said beforehand. A handler that dies drops
//! it, one whose channel is closed or for whom there is no memory does so before the wait begins: then it is the next one's turn.
//!
//! # Source
//! `faults.md` §3; Zircon, "Exception handling".

use super::{block, prepare_to_block, wait::Wake};
use crate::object::{Exception, Handle, Handlers, Message, Object, Thread};
use abi::info::{ExceptionInfo, InfoExceptionReport, Record};
use abi::object::TIME_INFINITE;
use abi::{ExceptionChannelType, ExceptionState, Result, Rights};
use core::iter;
use vm::Ref;

/// What came of an exception.
pub(super) enum Outcome {
    /// The thread goes on; it may be about to end.
    GoesOn,
    /// The thread ends.
    Ends,
    /// Nobody handles it.
    Unhandled,
}

/// Offers an exception of the calling thread to its handlers, one after the other.
pub(super) fn offer(thread: &Ref<Thread>, report: InfoExceptionReport) -> Outcome {
    let process = thread.process();
    let own = [
        (thread.handlers(), ExceptionChannelType::Thread),
        (process.handlers(), ExceptionChannelType::Process),
    ];
    let jobs = iter::successors(Some(process.job()), |job| job.parent());
    let jobs = jobs.map(|job| (job.handlers(), ExceptionChannelType::Job));
    for (handlers, kind) in own.into_iter().chain(jobs) {
        if !handlers.is_bound() {
            continue;
        }
        thread.set_exception(Some((report, kind)));
        let outcome = ask(thread, handlers, kind, report.first.exception_type);
        thread.set_exception(None);
        match outcome {
            Ok(Some(ExceptionState::Handled)) | Ok(None) => return Outcome::GoesOn,
            Ok(Some(ExceptionState::ThreadExit)) => return Outcome::Ends,
            Ok(Some(ExceptionState::TryNext)) | Err(_) => {}
        }
    }
    Outcome::Unhandled
}

/// Asks one handler; returns nothing if the thread is being killed meanwhile.
///
/// # Errors
/// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY): it was not asked.
fn ask(
    thread: &Ref<Thread>,
    handlers: &Handlers,
    kind: ExceptionChannelType,
    exception_type: u32,
) -> Result<Option<ExceptionState>> {
    let info = ExceptionInfo {
        pid: thread.process().koid(),
        tid: thread.koid(),
        exception_type,
        ..ExceptionInfo::default()
    };
    let bytes = info.as_bytes();
    let mut message = Message::with_capacity(bytes.len(), 1)?;
    message.bytes.extend_from_slice(bytes);
    let exception = Exception::create(thread, kind != ExceptionChannelType::Thread)?;
    let handle = Handle::new(Object::Exception(exception.clone()), Rights::EXCEPTION_DEFAULT);
    message.handles.push(handle);

    prepare_to_block(thread);
    // A message that cannot be sent is dropped, and the handle with it, which ends the wait before it begins.
    let _was_sent = handlers.send(message);
    let wake = block(thread, TIME_INFINITE);
    let state = exception.take_answer();
    Ok((wake != Wake::Killed).then_some(state))
}
