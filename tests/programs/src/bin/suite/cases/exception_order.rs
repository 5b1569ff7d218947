//! In which order handlers are asked, and who is passed over.
//!
//! # Source
//! `faults.md` §3; Zircon, "Exception handling".

use super::cases;
use crate::part::{self, Part};
use crate::trouble::*;
use abi::ExceptionState;
use alloc::vec::Vec;
use rt::exception::channel_of;
use rt::thread::spawn;
use rt::{Channel, Signals, Status, start, time};

cases! { exception_order:
    the_thread_comes_before_the_process,
    the_process_comes_before_the_job,
    a_thread_handles_its_sibling,
    other_threads_go_on,
    a_closed_channel_is_passed_over,
    an_unread_exception_goes_on_when_the_channel_closes,
    a_handler_that_dies_is_passed_over,
}

fn the_thread_comes_before_the_process() {
    let (part, thread) = with_thread();
    let of_thread = channel_of(&thread).unwrap();
    let of_process = channel_of(&part.process).unwrap();
    go(&part);
    let first = next(&of_thread);
    assert_eq!(of_process.read(&mut []).err(), Some(Status::SHOULD_WAIT));
    first.answer(ExceptionState::TryNext).unwrap();
    let second = next(&of_process);
    assert_eq!(of_thread.read(&mut []).err(), Some(Status::SHOULD_WAIT));
    second.answer(ExceptionState::ThreadExit).unwrap();
    ends_with(part, 0);
}

fn the_process_comes_before_the_job() {
    let (part, of_process) = watched(execute_nonsense, 0, Vec::new());
    let of_job = channel_of(start().job()).unwrap();
    go(&part);
    let first = next(&of_process);
    assert_eq!(of_job.read(&mut []).err(), Some(Status::SHOULD_WAIT));
    drop(first);
    let second = next(&of_job);
    assert_eq!(
        second.process().unwrap().basic_info().unwrap().koid,
        part.process.basic_info().unwrap().koid
    );
    second.answer(ExceptionState::ThreadExit).unwrap();
    // That was the only thread.
    ends_with(part, 0);
}

fn a_thread_handles_its_sibling() {
    let channel = channel_of(start().process()).unwrap();
    let thread = spawn(nonsense, 0).unwrap();
    next(&channel).answer(ExceptionState::ThreadExit).unwrap();
    thread.join().unwrap();
}

fn other_threads_go_on() {
    let channel = channel_of(start().process()).unwrap();
    let faulting: Vec<_> = (0..5).map(|_| spawn(nonsense, 0).unwrap()).collect();
    let exceptions: Vec<_> = faulting.iter().map(|_| next(&channel)).collect();
    let bystander = spawn(return_at_once, 0).unwrap();
    bystander.join().unwrap();
    for exception in exceptions {
        exception.answer(ExceptionState::ThreadExit).unwrap();
    }
    faulting.into_iter().for_each(|thread| thread.join().unwrap());
}

fn a_closed_channel_is_passed_over() {
    let (part, thread) = with_thread();
    let of_process = channel_of(&part.process).unwrap();
    drop(channel_of(&thread).unwrap());
    go(&part);
    next(&of_process).answer(ExceptionState::ThreadExit).unwrap();
    ends_with(part, 0);
}

fn an_unread_exception_goes_on_when_the_channel_closes() {
    let (part, thread) = with_thread();
    let of_thread = channel_of(&thread).unwrap();
    let of_process = channel_of(&part.process).unwrap();
    go(&part);
    let readable = Signals::CHANNEL_READABLE;
    of_thread.wait(readable, time::after(SOON)).unwrap();
    drop(of_thread);
    next(&of_process).answer(ExceptionState::ThreadExit).unwrap();
    ends_with(part, 0);
}

/// Takes an exception out of the channel it was given, says so, and ends with it when told to.
fn take_exception(_: u64) {
    let channel: Channel = part::given().remove(0).into();
    let exception = next(&channel);
    start().channel().write(&[1], Vec::new()).unwrap();
    wait_for_go();
    core::mem::forget((exception, channel));
}

fn a_handler_that_dies_is_passed_over() {
    for dies in [false, true] {
        let (part, thread) = with_thread();
        let of_thread = channel_of(&thread).unwrap().into_handle();
        let of_process = channel_of(&part.process).unwrap();
        let handler = Part::start(take_exception, 0, [of_thread].into());
        go(&part);
        handler.channel.receive(&mut [0]).unwrap();
        assert_eq!(of_process.read(&mut []).err(), Some(Status::SHOULD_WAIT));
        if dies {
            part::kill(handler);
        } else {
            go(&handler);
            ends_with(handler, 0);
        }
        next(&of_process).answer(ExceptionState::ThreadExit).unwrap();
        ends_with(part, 0);
    }
}
