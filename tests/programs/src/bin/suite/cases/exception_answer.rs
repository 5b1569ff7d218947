//! What a handler can answer, and what becomes of the thread then.
//!
//! # Source
//! `faults.md` §3; Zircon, "Exception handling".

use super::cases;
use crate::fixture::*;
use crate::part;
use crate::trouble::*;
use crate::zx;
use abi::ExceptionState;
use abi::object::{EXIT_CODE_EXCEPTION, EXIT_CODE_KILLED, PROP_EXCEPTION_STATE};
use alloc::vec::Vec;
use rt::exception::{self, channel_of};
use rt::{Rights, Signals, Status, time};

cases! { exception_answer:
    the_state_is_a_property,
    handled_repeats_the_instruction,
    handled_again_and_again,
    thread_exit_ends_the_thread,
    try_next_ends_the_process,
    closing_without_an_answer_ends_the_process,
    a_process_can_be_killed_while_it_waits,
    an_exception_outlives_its_process,
}

fn the_state_is_a_property() {
    let (part, channel) = watched(execute_nonsense, 0, Vec::new());
    go(&part);
    let exception = next(&channel);
    let mut state = 7_u32;
    let get = |size: u64, state: &mut u32| {
        zx::object_get_property(&*exception, PROP_EXCEPTION_STATE, state, size)
    };
    let set = |size: u64, mut state: u32| {
        zx::object_set_property(&*exception, PROP_EXCEPTION_STATE, &mut state, size)
    };
    assert_eq!((get(4, &mut state), state), (Status::OK, 0));
    assert_eq!(set(4, ExceptionState::Handled as u32), Status::OK);
    assert_eq!((get(4, &mut state), state), (Status::OK, 1));
    for unknown in [3, u32::MAX] {
        assert_eq!(set(4, unknown), Status::INVALID_ARGS, "{unknown}");
    }
    for size in [0, 3] {
        assert_eq!(set(size, 0), Status::BUFFER_TOO_SMALL);
        assert_eq!(get(size, &mut state), Status::BUFFER_TOO_SMALL);
    }
    assert_eq!((get(4, &mut state), state), (Status::OK, 1));
    let elsewhere = zx::object_get_property(&*part.process, PROP_EXCEPTION_STATE, &mut state, 4);
    assert_eq!(elsewhere, Status::WRONG_TYPE);
    exception.answer(ExceptionState::TryNext).unwrap();
    ends_with(part, EXIT_CODE_EXCEPTION);
}

fn handled_repeats_the_instruction() {
    let object = resizable(1);
    let handle = object.duplicate(Rights::SAME_RIGHTS).unwrap();
    let (part, channel) = watched(store_past_the_end, 1, [handle.into_handle()].into());
    go(&part);
    let exception = next(&channel);
    assert_eq!(Status::from_raw(report(&exception).synth_code.cast_signed()), Status::OUT_OF_RANGE);
    object.set_size(2 * PAGE).unwrap();
    exception.answer(ExceptionState::Handled).unwrap();
    ends_with(part, 0);
    assert_eq!(crate::probe::byte_of(&object, PAGE), 1);
}

fn handled_again_and_again() {
    let object = resizable(1);
    let handle = object.duplicate(Rights::SAME_RIGHTS).unwrap();
    let (part, channel) = watched(store_past_the_end, 1, [handle.into_handle()].into());
    go(&part);
    for _ in 0..20 {
        next(&channel).answer(ExceptionState::Handled).unwrap();
    }
    object.set_size(2 * PAGE).unwrap();
    // The last one came before there was a page.
    if let Ok((_, exception)) = exception::next(&channel, time::after(SOON)) {
        exception.answer(ExceptionState::Handled).unwrap();
    }
    ends_with(part, 0);
}

fn thread_exit_ends_the_thread() {
    let (part, channel) = {
        let (part, _thread) = with_thread();
        let channel = channel_of(&part.process).unwrap();
        (part, channel)
    };
    go(&part);
    next(&channel).answer(ExceptionState::ThreadExit).unwrap();
    // The first thread waits for the second and returns.
    ends_with(part, 0);
}

fn try_next_ends_the_process() {
    let (part, channel) = watched(execute_nonsense, 0, Vec::new());
    go(&part);
    next(&channel).answer(ExceptionState::TryNext).unwrap();
    ends_with(part, EXIT_CODE_EXCEPTION);
}

fn closing_without_an_answer_ends_the_process() {
    let (part, channel) = watched(execute_nonsense, 0, Vec::new());
    go(&part);
    let exception = next(&channel);
    // It waits until then.
    let ended = part.process.wait(Signals::TASK_TERMINATED, time::after(10_000_000));
    assert_eq!(ended, Err(Status::TIMED_OUT));
    drop(exception);
    ends_with(part, EXIT_CODE_EXCEPTION);
}

fn a_process_can_be_killed_while_it_waits() {
    for is_read in [false, true] {
        let (part, channel) = watched(execute_nonsense, 0, Vec::new());
        go(&part);
        let readable = Signals::CHANNEL_READABLE;
        channel.wait(readable, time::after(SOON)).unwrap();
        let exception = is_read.then(|| next(&channel));
        part::kill(part);
        if let Some(exception) = exception {
            exception.answer(ExceptionState::Handled).unwrap();
        }
    }
}

fn an_exception_outlives_its_process() {
    let (part, channel) = watched(execute_nonsense, 0, Vec::new());
    go(&part);
    let exception = next(&channel);
    part::kill(part);
    let thread = exception.thread().unwrap();
    let terminated = Signals::TASK_TERMINATED;
    assert_eq!(thread.wait(terminated, 0), Ok(terminated));
    assert_eq!(thread.exception_report(), Err(Status::BAD_STATE));
    let code = exception.process().unwrap().state().unwrap().return_code;
    assert_eq!(code, EXIT_CODE_KILLED);
}
