//! Offering an exception to those who may handle it, and telling debuggers of the beginning and the end of threads.
//!
//! ```text
//!   debugger of the process ──> thread ──> process ──> debugger again, ──> job ──> the jobs that one is in
//!                                                      if it asked to be
//! ```
//!
//! The thread waits until the handle of the exception is dropped, and what that meant was said beforehand. A handler that dies drops
//! it, one whose channel is closed or for whom there is no memory does so before the wait begins: then it is the next one's turn.
//!
//! # Source
//! `faults.md` §3; Zircon, "Exception handling".

use super::{block, prepare_to_block, running, wait::Wake};
use crate::object::{Answer, Exception, Handle, Handlers, Job, Message, Object, Thread};
use abi::info::{BlockedOn, ExceptionInfo, InfoExceptionReport, InfoExceptionReportV1, Record};
use abi::object::TIME_INFINITE;
use abi::{ExceptionChannelType, ExceptionState, ExceptionStrategy, ExceptionType, Result, Rights};
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

/// What came of asking one handler.
enum Asked {
    /// There is none, or no memory to ask it.
    Nobody,
    /// It has answered.
    Answered(Answer),
    /// The thread is being killed meanwhile.
    Interrupted,
}

/// An exception on its way from handler to handler.
struct Case<'a> {
    thread: &'a Ref<Thread>,
    report: InfoExceptionReport,
    strategy: ExceptionStrategy,
}

/// Offers an exception of the calling thread to its handlers, one after the other.
pub(super) fn offer(thread: &Ref<Thread>, report: InfoExceptionReport) -> Outcome {
    let mut case = Case { thread, report, strategy: ExceptionStrategy::FirstChance };
    case.go_round().unwrap_or(Outcome::Unhandled)
}

/// Tells debuggers that the calling thread is about to run for the first time, and waits until they have seen it.
pub(super) fn announce_start() {
    let Some(thread) = running() else {
        return;
    };
    let process = thread.process();
    if process.began_with(&thread) {
        // The first one that hears of it is the only one.
        jobs_of(&thread).any(|job| {
            let kind = ExceptionChannelType::JobDebugger;
            announce(&thread, ExceptionType::ProcessStarting, job.debugger(), kind)
        });
    }
    let kind = ExceptionChannelType::Debugger;
    announce(&thread, ExceptionType::ThreadStarting, process.debugger(), kind);
}

/// Tells the debugger that the calling thread ends, and waits until it has seen it, unless the thread was killed.
pub(super) fn announce_end() {
    if let Some(thread) = running() {
        let kind = ExceptionChannelType::Debugger;
        announce(&thread, ExceptionType::ThreadExiting, thread.process().debugger(), kind);
    }
}

/// Tells a debugger something; says whether there is one. It has nothing to decide.
fn announce(
    thread: &Ref<Thread>,
    what: ExceptionType,
    debugger: &Handlers,
    kind: ExceptionChannelType,
) -> bool {
    let first = InfoExceptionReportV1 {
        size: InfoExceptionReport::SIZE,
        exception_type: what as u32,
        ..InfoExceptionReportV1::default()
    };
    let report = InfoExceptionReport { first, ..InfoExceptionReport::default() };
    let case = Case { thread, report, strategy: ExceptionStrategy::FirstChance };
    !matches!(case.ask(debugger, kind), Asked::Nobody)
}

/// Returns the job that the thread's process is in, and the jobs that one is in.
fn jobs_of(thread: &Thread) -> impl Iterator<Item = &Ref<Job>> {
    iter::successors(Some(thread.process().job()), |job| job.parent())
}

impl Case<'_> {
    /// Asks handlers in their order until one settles the case.
    fn go_round(&mut self) -> Option<Outcome> {
        let process = self.thread.process();
        let debugger = (process.debugger(), ExceptionChannelType::Debugger);
        let own = [
            debugger,
            (self.thread.handlers(), ExceptionChannelType::Thread),
            (process.handlers(), ExceptionChannelType::Process),
        ];
        let settled = own.into_iter().find_map(|(handlers, kind)| self.settle(handlers, kind));
        if settled.is_some() {
            return settled;
        }
        let again = Some(debugger).filter(|_| self.strategy == ExceptionStrategy::SecondChance);
        let jobs = jobs_of(self.thread).map(|job| (job.handlers(), ExceptionChannelType::Job));
        again.into_iter().chain(jobs).find_map(|(handlers, kind)| self.settle(handlers, kind))
    }

    /// Asks one handler; returns what comes of the case if it is settled now.
    fn settle(&mut self, handlers: &Handlers, kind: ExceptionChannelType) -> Option<Outcome> {
        match self.ask(handlers, kind) {
            Asked::Nobody => None,
            Asked::Interrupted => Some(Outcome::GoesOn),
            Asked::Answered(Answer { state, strategy }) => {
                self.strategy = strategy;
                match state {
                    ExceptionState::Handled => Some(Outcome::GoesOn),
                    ExceptionState::ThreadExit => Some(Outcome::Ends),
                    ExceptionState::TryNext => None,
                }
            }
        }
    }

    /// Asks one handler, if there is one, and waits for its answer.
    fn ask(&self, handlers: &Handlers, kind: ExceptionChannelType) -> Asked {
        let Some(handler) = handlers.handler() else {
            return Asked::Nobody;
        };
        let Ok((exception, message)) = self.write((kind, handler.rights())) else {
            return Asked::Nobody;
        };
        self.thread.set_exception(Some((self.report, kind)));
        prepare_to_block(self.thread);
        // A message that cannot be sent is dropped, and the handle with it, which ends the wait before it begins.
        let was_sent = handler.send(message);
        drop(handler);
        let wake = block(self.thread, BlockedOn::Exception, TIME_INFINITE);
        self.thread.set_exception(None);
        let answer = exception.take_answer();
        match wake {
            Wake::Killed => Asked::Interrupted,
            Wake::Ready | Wake::TimedOut if was_sent => Asked::Answered(answer),
            Wake::Ready | Wake::TimedOut => Asked::Nobody,
        }
    }

    /// Makes the exception for a handler of one kind, with these rights, and the message with its handle.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    fn write(&self, kind: (ExceptionChannelType, Rights)) -> Result<(Ref<Exception>, Message)> {
        let info = ExceptionInfo {
            pid: self.thread.process().koid(),
            tid: self.thread.koid(),
            exception_type: self.report.first.exception_type,
            ..ExceptionInfo::default()
        };
        let bytes = info.as_bytes();
        let mut message = Message::with_capacity(bytes.len(), 1)?;
        message.bytes.extend_from_slice(bytes);
        let exception = Exception::create(self.thread, kind, self.strategy)?;
        let handle = Handle::new(Object::Exception(exception.clone()), Rights::EXCEPTION_DEFAULT);
        message.push(handle, None);
        Ok((exception, message))
    }
}
