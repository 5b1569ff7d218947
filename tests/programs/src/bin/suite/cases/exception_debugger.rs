//! The channel of a debugger: it comes first, and once more if it asks to.
//!
//! # Source
//! `faults.md` §3; Zircon `task_create_exception_channel`, "Exception handling".

use super::cases;
use crate::fixture::*;
use crate::part;
use crate::trouble::*;
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::exception::EXCEPTION_CHANNEL_DEBUGGER;
use abi::info::{InfoProcessV1, InfoThread, ProcessFlags};
use abi::object::{EXIT_CODE_EXCEPTION, PROP_EXCEPTION_STRATEGY};
use abi::{ExceptionChannelType, ExceptionState, ExceptionStrategy, Topic};
use alloc::vec::Vec;
use rt::exception::{Exception, channel_of, debugger_of};
use rt::thread::spawn;
use rt::{Channel, Handle, Rights, Signals, Status, Thread, start, time};

cases! { exception_debugger:
    a_thread_has_none,
    it_needs_rights,
    its_handle_must_be_writable,
    it_is_beside_the_channel_of_the_handler,
    the_process_says_that_it_has_one,
    its_exceptions_show_thread_and_process,
    it_comes_before_everybody,
    it_comes_once,
    it_comes_again_if_it_asks_to,
    it_decides_each_time_anew,
    a_second_chance_can_end_the_exception,
    a_second_chance_that_nobody_takes_is_passed_over,
    the_strategy_is_a_property,
    the_strategy_is_the_debuggers,
    everybody_sees_the_strategy,
    the_channel_of_a_job_gets_no_exceptions,
    a_closed_debugger_is_passed_over,
    the_end_of_the_process_closes_it,
    nothing_is_left,
}

const FIRST: ExceptionStrategy = ExceptionStrategy::FirstChance;
const SECOND: ExceptionStrategy = ExceptionStrategy::SecondChance;

fn a_thread_has_none() {
    let thread = start().thread();
    assert_eq!(debugger_of(thread).err(), Some(Status::INVALID_ARGS));
    let weak = without(thread, Rights::INSPECT);
    assert_eq!(debugger_of(&weak).err(), Some(Status::ACCESS_DENIED));
    assert_eq!(debugger_of(root()).err(), Some(Status::WRONG_TYPE));
}

fn it_needs_rights() {
    let tasks: [&Handle; 2] = [start().process(), start().job()];
    let needed = Rights::INSPECT
        | Rights::DUPLICATE
        | Rights::TRANSFER
        | Rights::MANAGE_THREAD
        | Rights::ENUMERATE;
    for task in tasks {
        for right in needed.iter() {
            let status = debugger_of(&without(task, right)).err();
            assert_eq!(status, Some(Status::ACCESS_DENIED), "{right:?}");
        }
        drop(debugger_of(&task.duplicate(needed).unwrap()).unwrap());
    }
}

fn its_handle_must_be_writable() {
    let options = EXCEPTION_CHANNEL_DEBUGGER;
    for address in Hostile::new().addresses() {
        let status = zx::task_create_exception_channel(start().process(), options, address);
        assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
    }
    debugger_of(start().process()).unwrap();
}

fn it_is_beside_the_channel_of_the_handler() {
    let tasks: [&Handle; 2] = [start().process(), start().job()];
    for task in tasks {
        let first = debugger_of(task).unwrap();
        let _handler = channel_of(task).unwrap();
        assert_eq!(debugger_of(task).err(), Some(Status::ALREADY_BOUND));
        let rights = Rights::from_bits_retain(first.basic_info().unwrap().rights);
        assert_eq!(rights, Rights::TRANSFER | Rights::WAIT | Rights::READ);
        drop(first);
        drop(debugger_of(task).unwrap());
    }
}

fn the_process_says_that_it_has_one() {
    let process = start().process();
    let is_attached = || {
        let flags = ProcessFlags::from_bits_retain(process.state().unwrap().flags);
        let old: InfoProcessV1 = process.info(Topic::PROCESS_V1).unwrap();
        let is_attached = flags.contains(ProcessFlags::DEBUGGER_ATTACHED);
        assert_eq!(old.debugger_attached, u8::from(is_attached));
        is_attached
    };
    let _handler = channel_of(process).unwrap();
    assert!(!is_attached());
    let debugger = debugger_of(process).unwrap();
    assert!(is_attached());
    drop(debugger);
    assert!(!is_attached());
}

/// A part whose second thread has an exception when told to, that thread, and every channel it can go to, in order.
struct Watched {
    part: part::Part,
    thread: Thread,
    debugger: Channel,
    others: [Channel; 3],
}

impl Watched {
    #[track_caller]
    fn new() -> Self {
        let (part, thread) = with_thread();
        let debugger = debugger_of(&part.process).unwrap();
        let others = [
            channel_of(&thread).unwrap(),
            channel_of(&part.process).unwrap(),
            channel_of(start().job()).unwrap(),
        ];
        Self { part, thread, debugger, others }
    }

    /// Takes the exception out of one channel, while it is in no other.
    #[track_caller]
    fn next(&self, channel: &Channel) -> Exception {
        let exception = next(channel);
        self.others.iter().chain([&self.debugger]).for_each(assert_silent);
        exception
    }

    /// Takes the exception out of the debugger's channel.
    #[track_caller]
    fn next_of_debugger(&self) -> Exception {
        self.next(&self.debugger)
    }

    /// Ends the part by this exception; its first thread returns when the second has ended.
    #[track_caller]
    fn end(self, exception: Exception) {
        drop(self.debugger);
        exception.answer(ExceptionState::ThreadExit).unwrap();
        ends_with(self.part, 0);
    }
}

fn its_exceptions_show_thread_and_process() {
    let watched = Watched::new();
    go(&watched.part);
    let exception = watched.next_of_debugger();
    let koids = [&*watched.thread, &*watched.part.process].map(|h| h.basic_info().unwrap().koid);
    let thread = exception.thread().unwrap();
    let process = exception.process().unwrap();
    assert_eq!([&*thread, &*process].map(|h| h.basic_info().unwrap().koid), koids);
    let info: InfoThread = thread.info(Topic::THREAD).unwrap();
    assert_eq!(info.wait_exception_channel_type, ExceptionChannelType::Debugger as u32);
    watched.end(exception);
}

fn it_comes_before_everybody() {
    let watched = Watched::new();
    go(&watched.part);
    drop(watched.next_of_debugger());
    let [of_thread, of_process, of_job] = &watched.others;
    drop(watched.next(of_thread));
    drop(watched.next(of_process));
    let last = watched.next(of_job);
    watched.end(last);
}

fn it_comes_once() {
    let watched = Watched::new();
    go(&watched.part);
    let exception = watched.next_of_debugger();
    exception.set_strategy(SECOND).unwrap();
    exception.set_strategy(FIRST).unwrap();
    drop(exception);
    for channel in &watched.others[..2] {
        drop(watched.next(channel));
    }
    let last = watched.next(&watched.others[2]);
    watched.end(last);
}

fn it_comes_again_if_it_asks_to() {
    let watched = Watched::new();
    go(&watched.part);
    let exception = watched.next_of_debugger();
    exception.set_strategy(SECOND).unwrap();
    exception.answer(ExceptionState::TryNext).unwrap();
    let [of_thread, of_process, of_job] = &watched.others;
    drop(watched.next(of_thread));
    drop(watched.next(of_process));
    let again = watched.next_of_debugger();
    assert_eq!(again.strategy(), Ok(SECOND));
    // There is no third one.
    again.set_strategy(SECOND).unwrap();
    drop(again);
    let last = watched.next(of_job);
    watched.end(last);
}

fn it_decides_each_time_anew() {
    let object = resizable(1);
    let handle = object.duplicate(Rights::SAME_RIGHTS).unwrap().into_handle();
    let (part, debugger) = debugged(store_past_the_end, 1, [handle].into());
    go(&part);
    let exception = next(&debugger);
    exception.set_strategy(SECOND).unwrap();
    exception.answer(ExceptionState::Handled).unwrap();
    // The instruction is repeated and has an exception of its own.
    let other = next(&debugger);
    assert_eq!(other.strategy(), Ok(FIRST));
    object.set_size(2 * PAGE).unwrap();
    drop(debugger);
    other.answer(ExceptionState::Handled).unwrap();
    ends_with(part, 0);
}

fn a_second_chance_can_end_the_exception() {
    let (part, _thread) = with_thread();
    let debugger = debugger_of(&part.process).unwrap();
    go(&part);
    let exception = next(&debugger);
    exception.set_strategy(SECOND).unwrap();
    drop(exception);
    let again = next(&debugger);
    drop(debugger);
    again.answer(ExceptionState::ThreadExit).unwrap();
    ends_with(part, 0);
}

fn a_second_chance_that_nobody_takes_is_passed_over() {
    let mut watched = Watched::new();
    go(&watched.part);
    let exception = watched.next_of_debugger();
    exception.set_strategy(SECOND).unwrap();
    drop(exception);
    let (_, closed) = Channel::create().unwrap();
    drop(core::mem::replace(&mut watched.debugger, closed));
    let mut last = None;
    for channel in &watched.others {
        drop(last.take());
        last = Some(next(channel));
    }
    watched.end(last.unwrap());
}

fn the_strategy_is_a_property() {
    let watched = Watched::new();
    go(&watched.part);
    let exception = watched.next_of_debugger();
    let mut value = 7_u32;
    let get = |size: u64, value: &mut u32| {
        zx::object_get_property(&*exception, PROP_EXCEPTION_STRATEGY, value, size)
    };
    let set = |size: u64, mut value: u32| {
        zx::object_set_property(&*exception, PROP_EXCEPTION_STRATEGY, &mut value, size)
    };
    assert_eq!((get(4, &mut value), value), (Status::OK, 0));
    assert_eq!(set(4, 1), Status::OK);
    assert_eq!((get(4, &mut value), value), (Status::OK, 1));
    for unknown in [2, u32::MAX] {
        assert_eq!(set(4, unknown), Status::INVALID_ARGS, "{unknown}");
    }
    for size in [0, 3] {
        assert_eq!(set(size, 0), Status::BUFFER_TOO_SMALL);
        assert_eq!(get(size, &mut value), Status::BUFFER_TOO_SMALL);
    }
    for state in ExceptionState::ALL {
        exception.set_state(*state).unwrap();
        assert_eq!(exception.strategy(), Ok(SECOND), "{state:?}");
    }
    let process = start().process();
    let elsewhere = zx::object_get_property(process, PROP_EXCEPTION_STRATEGY, &mut value, 4);
    assert_eq!(elsewhere, Status::WRONG_TYPE);
    let elsewhere = zx::object_set_property(process, PROP_EXCEPTION_STRATEGY, &mut value, 4);
    assert_eq!(elsewhere, Status::WRONG_TYPE);
    watched.end(exception);
}

fn the_strategy_is_the_debuggers() {
    let watched = Watched::new();
    go(&watched.part);
    drop(watched.next_of_debugger());
    let mut last = None;
    for channel in &watched.others {
        drop(last.take());
        let exception = watched.next(channel);
        assert_eq!(exception.set_strategy(SECOND), Err(Status::BAD_STATE));
        assert_eq!(exception.set_strategy(FIRST), Err(Status::BAD_STATE));
        let mut unknown = 2_u32;
        let status = zx::object_set_property(&*exception, PROP_EXCEPTION_STRATEGY, &mut unknown, 4);
        assert_eq!(status, Status::INVALID_ARGS, "before the state");
        assert_eq!(exception.strategy(), Ok(FIRST));
        last = Some(exception);
    }
    watched.end(last.unwrap());
}

fn everybody_sees_the_strategy() {
    let watched = Watched::new();
    go(&watched.part);
    let exception = watched.next_of_debugger();
    exception.set_strategy(SECOND).unwrap();
    drop(exception);
    let seen = watched.next(&watched.others[0]);
    assert_eq!(seen.strategy(), Ok(SECOND));
    watched.end(seen);
}

fn the_channel_of_a_job_gets_no_exceptions() {
    let debugger = debugger_of(start().job()).unwrap();
    let thread = spawn(nonsense, 0).unwrap();
    let handler = channel_of(start().process()).unwrap();
    next(&handler).answer(ExceptionState::ThreadExit).unwrap();
    thread.join().unwrap();
    assert_silent(&debugger);
}

fn a_closed_debugger_is_passed_over() {
    let (part, of_process) = watched(execute_nonsense, 0, Vec::new());
    drop(debugger_of(&part.process).unwrap());
    go(&part);
    drop(next(&of_process));
    ends_with(part, EXIT_CODE_EXCEPTION);
}

fn the_end_of_the_process_closes_it() {
    let (part, debugger) = debugged(wait_for_the_end, 0, Vec::new());
    let process = part.process.duplicate(Rights::SAME_RIGHTS).unwrap();
    let closed = Signals::CHANNEL_PEER_CLOSED;
    assert_eq!(debugger.wait(closed, 0), Err(Status::TIMED_OUT));
    part::kill(part);
    assert_eq!(debugger.wait(closed, time::after(SOON)).unwrap() & closed, closed);
    assert_eq!(debugger_of(&process).err(), Some(Status::BAD_STATE));
}

fn nothing_is_left() {
    assert_leaks_nothing(|| {
        let debugger = debugger_of(start().process()).unwrap();
        let of_job = debugger_of(start().job()).unwrap();
        let thread = spawn(nonsense, 0).unwrap();
        drop(next(&debugger));
        let exception = next(&debugger);
        exception.set_strategy(SECOND).unwrap();
        drop(exception);
        next(&debugger).answer(ExceptionState::ThreadExit).unwrap();
        drop(next(&debugger));
        thread.join().unwrap();
        drop(of_job);
    });
}
