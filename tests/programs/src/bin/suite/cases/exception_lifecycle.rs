//! What debuggers are told of the beginning and the end of threads and processes.
//!
//! # Source
//! `faults.md` §3; Zircon, "Exception handling".

use super::cases;
use crate::part::{self, Part};
use crate::trouble::*;
use crate::usage::assert_leaks_nothing;
use abi::info::{
    BlockedOn, ExceptionInfo, InfoExceptionReport, InfoExceptionReportV1, InfoThread,
    THREAD_STATE_DEAD, THREAD_STATE_DYING,
};
use abi::object::{EXIT_CODE_EXCEPTION, EXIT_CODE_KILLED};
use abi::{ExceptionChannelType, ExceptionState, ExceptionType, Topic};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use rt::exception::{self, Exception, channel_of, debugger_of};
use rt::thread::spawn;
use rt::{Channel, Signals, Status, Thread, start, time};

cases! { exception_lifecycle:
    a_new_thread_is_announced,
    it_does_not_run_before_the_answer,
    the_end_of_a_thread_is_announced,
    it_has_not_ended_before_the_answer,
    whatever_the_answer_it_goes_on,
    an_end_by_an_exception_is_announced,
    a_thread_that_is_killed_does_not_wait,
    a_process_that_exits_does_not_wait,
    a_thread_that_never_ran_can_be_killed,
    a_new_process_is_announced_to_the_jobs_debugger,
    only_the_first_thread_is_a_new_process,
    it_is_announced_to_the_nearest_debugger_only,
    a_closed_debugger_is_passed_over,
    handlers_hear_nothing_of_it,
    announcements_show_thread_and_process,
    announcements_have_a_report,
    a_debugger_that_dies_lets_the_thread_go,
    the_channel_of_a_thread_that_never_ran_ends_with_it,
    nothing_is_left,
}

/// Takes what comes next out of a debugger's channel and checks what it is.
#[track_caller]
fn expect(channel: &Channel, expected: ExceptionType) -> (ExceptionInfo, Exception) {
    let (info, exception) = exception::next(channel, time::after(SOON)).unwrap();
    assert_eq!(ExceptionType::try_from(info.exception_type), Ok(expected));
    (info, exception)
}

/// Checks what comes next out of a debugger's channel, and lets the thread go on.
#[track_caller]
fn pass(channel: &Channel, expected: ExceptionType) {
    drop(expect(channel, expected));
}

#[track_caller]
fn state_of(thread: &Thread) -> (u32, u32) {
    let info: InfoThread = thread.info(Topic::THREAD).unwrap();
    (info.state, info.wait_exception_channel_type)
}

/// Waits a while for the thread, which is not to end meanwhile.
#[track_caller]
fn assert_waits(thread: &Thread) {
    let ended = thread.wait(Signals::TASK_TERMINATED, time::after(10_000_000));
    assert_eq!(ended, Err(Status::TIMED_OUT));
}

/// How often a thread has run.
static RUNS: AtomicU64 = AtomicU64::new(0);

extern "C" fn count_run(_: u64) {
    RUNS.fetch_add(1, Ordering::Relaxed);
}

fn runs() -> u64 {
    RUNS.load(Ordering::Relaxed)
}

fn a_new_thread_is_announced() {
    let debugger = debugger_of(start().process()).unwrap();
    let thread = spawn(return_at_once, 0).unwrap();
    let (info, exception) = expect(&debugger, ExceptionType::ThreadStarting);
    assert_eq!(info.tid, thread.thread().basic_info().unwrap().koid);
    assert_eq!(info.pid, start().process().basic_info().unwrap().koid);
    let blocked = (BlockedOn::Exception.state(), ExceptionChannelType::Debugger as u32);
    assert_eq!(state_of(thread.thread()), blocked);
    drop((debugger, exception));
    thread.join().unwrap();
}

fn it_does_not_run_before_the_answer() {
    let debugger = debugger_of(start().process()).unwrap();
    let thread = spawn(count_run, 0).unwrap();
    let (_, exception) = expect(&debugger, ExceptionType::ThreadStarting);
    assert_waits(thread.thread());
    assert_eq!(runs(), 0);
    drop(exception);
    pass(&debugger, ExceptionType::ThreadExiting);
    thread.join().unwrap();
    assert_eq!(runs(), 1);
}

fn the_end_of_a_thread_is_announced() {
    let debugger = debugger_of(start().process()).unwrap();
    let thread = spawn(return_at_once, 0).unwrap();
    pass(&debugger, ExceptionType::ThreadStarting);
    let (info, exception) = expect(&debugger, ExceptionType::ThreadExiting);
    assert_eq!(info.tid, thread.thread().basic_info().unwrap().koid);
    let dying = (THREAD_STATE_DYING, ExceptionChannelType::Debugger as u32);
    assert_eq!(state_of(thread.thread()), dying);
    drop(exception);
    thread.thread().wait(Signals::TASK_TERMINATED, time::after(SOON)).unwrap();
    assert_eq!(state_of(thread.thread()), (THREAD_STATE_DEAD, 0));
    assert_silent(&debugger);
    thread.join().unwrap();
}

fn it_has_not_ended_before_the_answer() {
    let debugger = debugger_of(start().process()).unwrap();
    let thread = spawn(count_run, 0).unwrap();
    pass(&debugger, ExceptionType::ThreadStarting);
    let (_, exception) = expect(&debugger, ExceptionType::ThreadExiting);
    assert_waits(thread.thread());
    assert_eq!(runs(), 1);
    drop(exception);
    thread.join().unwrap();
}

fn whatever_the_answer_it_goes_on() {
    let debugger = debugger_of(start().process()).unwrap();
    for (count, state) in (1..).zip(ExceptionState::ALL) {
        let thread = spawn(count_run, 0).unwrap();
        for announcement in [ExceptionType::ThreadStarting, ExceptionType::ThreadExiting] {
            let (_, exception) = expect(&debugger, announcement);
            exception.answer(*state).unwrap();
        }
        thread.join().unwrap();
        assert_eq!(runs(), count, "{state:?}");
    }
}

fn an_end_by_an_exception_is_announced() {
    let debugger = debugger_of(start().process()).unwrap();
    let thread = spawn(nonsense, 0).unwrap();
    pass(&debugger, ExceptionType::ThreadStarting);
    let (_, exception) = expect(&debugger, ExceptionType::UndefinedInstruction);
    exception.answer(ExceptionState::ThreadExit).unwrap();
    let (_, exception) = expect(&debugger, ExceptionType::ThreadExiting);
    assert_waits(thread.thread());
    drop(exception);
    thread.join().unwrap();
}

fn a_thread_that_is_killed_does_not_wait() {
    let (part, debugger) = debugged(wait_for_the_end, 0, Vec::new());
    part::kill(part);
    let (_, exception) = expect(&debugger, ExceptionType::ThreadExiting);
    let thread = exception.thread().unwrap();
    let terminated = Signals::TASK_TERMINATED;
    assert_eq!(thread.wait(terminated, 0), Ok(terminated));
    assert_eq!(debugger.read(&mut []).err(), Some(Status::PEER_CLOSED));
}

fn a_process_that_exits_does_not_wait() {
    let (part, debugger) = debugged(wait_for_the_end, 0, Vec::new());
    go(&part);
    ends_with(part, 0);
    pass(&debugger, ExceptionType::ThreadExiting);

    // The same if nobody handles an exception.
    let doomed = Doomed::new_in(start().job());
    let debugger = debugger_of(&doomed.process).unwrap();
    doomed.start();
    pass(&debugger, ExceptionType::ThreadStarting);
    pass(&debugger, ExceptionType::FatalPageFault);
    assert_eq!(doomed.join(), EXIT_CODE_EXCEPTION);
    pass(&debugger, ExceptionType::ThreadExiting);
}

fn a_thread_that_never_ran_can_be_killed() {
    let doomed = Doomed::new_in(start().job());
    let debugger = debugger_of(&doomed.process).unwrap();
    doomed.start();
    let (_, exception) = expect(&debugger, ExceptionType::ThreadStarting);
    doomed.process.kill().unwrap();
    assert_eq!(doomed.join(), EXIT_CODE_KILLED);
    exception.answer(ExceptionState::Handled).unwrap();
    pass(&debugger, ExceptionType::ThreadExiting);
    assert_eq!(debugger.read(&mut []).err(), Some(Status::PEER_CLOSED));
}

fn a_new_process_is_announced_to_the_jobs_debugger() {
    let job = start().job().create_in().unwrap();
    let of_job = debugger_of(&job).unwrap();
    let doomed = Doomed::new_in(&job);
    let debugger = debugger_of(&doomed.process).unwrap();
    assert_silent(&of_job);
    doomed.start();
    let (info, exception) = expect(&of_job, ExceptionType::ProcessStarting);
    assert_eq!(info.pid, doomed.process.basic_info().unwrap().koid);
    assert_eq!(info.tid, doomed.thread.basic_info().unwrap().koid);
    let blocked = (BlockedOn::Exception.state(), ExceptionChannelType::JobDebugger as u32);
    assert_eq!(state_of(&doomed.thread), blocked);
    assert_waits(&doomed.thread);
    // The thread comes after the process.
    assert_silent(&debugger);
    drop(exception);
    pass(&debugger, ExceptionType::ThreadStarting);
    drop(debugger);
    assert_eq!(doomed.join(), EXIT_CODE_EXCEPTION);
    assert_silent(&of_job);
}

fn only_the_first_thread_is_a_new_process() {
    let of_job = debugger_of(start().job()).unwrap();
    let part = Part::start(wait_for_the_end, 0, Vec::new());
    pass(&of_job, ExceptionType::ProcessStarting);
    spawn(return_at_once, 0).unwrap().join().unwrap();
    go(&part);
    ends_with(part, 0);
    assert_silent(&of_job);
}

fn it_is_announced_to_the_nearest_debugger_only() {
    let outer = start().job().create_in().unwrap();
    let inner = outer.create_in().unwrap();
    let [of_outer, of_inner] = [&outer, &inner].map(|job| debugger_of(job).unwrap());
    let doomed = Doomed::new_in(&inner);
    doomed.start();
    let (_, exception) = expect(&of_inner, ExceptionType::ProcessStarting);
    exception.answer(ExceptionState::TryNext).unwrap();
    assert_eq!(doomed.join(), EXIT_CODE_EXCEPTION);
    assert_silent(&of_outer);

    let doomed = Doomed::new_in(&outer);
    doomed.start();
    pass(&of_outer, ExceptionType::ProcessStarting);
    assert_eq!(doomed.join(), EXIT_CODE_EXCEPTION);
    assert_silent(&of_inner);
}

fn a_closed_debugger_is_passed_over() {
    let outer = start().job().create_in().unwrap();
    let inner = outer.create_in().unwrap();
    let [of_outer, of_inner] = [&outer, &inner].map(|job| debugger_of(job).unwrap());
    drop(of_inner);
    let doomed = Doomed::new_in(&inner);
    drop(debugger_of(&doomed.process).unwrap());
    doomed.start();
    pass(&of_outer, ExceptionType::ProcessStarting);
    assert_eq!(doomed.join(), EXIT_CODE_EXCEPTION);
}

fn handlers_hear_nothing_of_it() {
    let job = start().job().create_in().unwrap();
    let doomed = Doomed::new_in(&job);
    let handlers = [
        channel_of(&doomed.thread).unwrap(),
        channel_of(&doomed.process).unwrap(),
        channel_of(&job).unwrap(),
    ];
    doomed.start();
    for handler in &handlers {
        pass(handler, ExceptionType::FatalPageFault);
    }
    assert_eq!(doomed.join(), EXIT_CODE_EXCEPTION);
    for (handler, status) in
        handlers.iter().zip([Status::PEER_CLOSED, Status::PEER_CLOSED, Status::SHOULD_WAIT])
    {
        assert_eq!(handler.read(&mut []).err(), Some(status));
    }
}

fn announcements_show_thread_and_process() {
    let job = start().job().create_in().unwrap();
    let of_job = debugger_of(&job).unwrap();
    let doomed = Doomed::new_in(&job);
    let debugger = debugger_of(&doomed.process).unwrap();
    doomed.start();
    for (channel, kind) in [
        (&of_job, ExceptionType::ProcessStarting),
        (&debugger, ExceptionType::ThreadStarting),
        (&debugger, ExceptionType::FatalPageFault),
        (&debugger, ExceptionType::ThreadExiting),
    ] {
        let (info, exception) = expect(channel, kind);
        let koids = [
            exception.process().unwrap().basic_info().unwrap().koid,
            exception.thread().unwrap().basic_info().unwrap().koid,
        ];
        assert_eq!(koids, [info.pid, info.tid], "{kind:?}");
    }
    assert_eq!(doomed.join(), EXIT_CODE_EXCEPTION);
}

fn announcements_have_a_report() {
    let debugger = debugger_of(start().process()).unwrap();
    let thread = spawn(return_at_once, 0).unwrap();
    for kind in [ExceptionType::ThreadStarting, ExceptionType::ThreadExiting] {
        let (_, exception) = expect(&debugger, kind);
        let first = InfoExceptionReportV1 {
            size: InfoExceptionReport::SIZE,
            exception_type: kind as u32,
            ..InfoExceptionReportV1::default()
        };
        let expected = InfoExceptionReport { first, ..InfoExceptionReport::default() };
        assert_eq!(report(&exception), expected);
    }
    thread.join().unwrap();
}

fn a_debugger_that_dies_lets_the_thread_go() {
    for is_read in [false, true] {
        let debugger = debugger_of(start().process()).unwrap();
        let thread = spawn(return_at_once, 0).unwrap();
        debugger.wait(Signals::CHANNEL_READABLE, time::after(SOON)).unwrap();
        let exception = is_read.then(|| next(&debugger));
        drop(debugger);
        drop(exception);
        thread.join().unwrap();
    }
}

fn the_channel_of_a_thread_that_never_ran_ends_with_it() {
    let thread = Thread::create(start().process(), "idle").unwrap();
    let channel = channel_of(&thread).unwrap();
    assert_eq!(channel.read(&mut []).err(), Some(Status::SHOULD_WAIT));
    drop(thread);
    assert_eq!(channel.read(&mut []).err(), Some(Status::PEER_CLOSED));
}

fn nothing_is_left() {
    assert_leaks_nothing(|| {
        let job = start().job().create_in().unwrap();
        let (_of_job, debugger) =
            (debugger_of(&job).unwrap(), debugger_of(start().process()).unwrap());
        let thread = spawn(return_at_once, 0).unwrap();
        pass(&debugger, ExceptionType::ThreadStarting);
        pass(&debugger, ExceptionType::ThreadExiting);
        thread.join().unwrap();
        // Announcements that nobody has read.
        let doomed = Doomed::new_in(&job);
        let unread = debugger_of(&doomed.process).unwrap();
        doomed.start();
        unread.wait(Signals::CHANNEL_READABLE, 1).err();
        doomed.process.kill().unwrap();
        doomed.join();
    });
}
