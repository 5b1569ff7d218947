//! `task_create_exception_channel`: who may have a channel of exceptions, and how long.
//!
//! # Source
//! `faults.md` §3; Zircon `task_create_exception_channel`.

use super::cases;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::trouble::*;
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::object::EXIT_CODE_KILLED;
use abi::{ExceptionState, ObjectType};
use alloc::vec::Vec;
use rt::exception::{channel_of, debugger_of};
use rt::thread::spawn;
use rt::{Channel, Handle, Rights, Signals, Status, start, time};

cases! { exception_channel:
    its_options_are_checked,
    only_tasks_have_one,
    it_needs_rights,
    its_handle_must_be_writable,
    a_task_has_one_at_a_time,
    a_task_that_has_ended_has_none,
    its_rights_are_to_read_and_to_move,
    the_end_of_the_process_closes_it,
    the_end_of_the_thread_closes_it,
    the_end_of_a_killed_job_closes_it,
    the_end_of_an_abandoned_job_closes_it,
    a_failed_copy_is_no_exception,
    nothing_is_left,
}

fn its_options_are_checked() {
    let mut out = 0_u32;
    for options in [2_u32, 3, 1 << 31, u32::MAX] {
        let status = zx::task_create_exception_channel(start().process(), options, &mut out);
        assert_eq!(status, Status::INVALID_ARGS, "{options:#x}");
        let status = zx::task_create_exception_channel(UNKNOWN, options, &mut out);
        assert_eq!(status, Status::INVALID_ARGS, "before the handle");
    }
    assert_eq!(out, 0);
}

fn only_tasks_have_one() {
    let (one, _other) = Channel::create().unwrap();
    let object = vmo(1);
    let others: [&Handle; 3] = [root(), &one, &object];
    for other in others {
        assert_eq!(channel_of(other).err(), Some(Status::WRONG_TYPE));
    }
    let mut out = 0_u32;
    let status = zx::task_create_exception_channel(UNKNOWN, 0_u32, &mut out);
    assert_eq!(status, Status::BAD_HANDLE);
}

fn it_needs_rights() {
    let tasks: [(&Handle, Rights); 3] = [
        (start().thread(), Rights::empty()),
        (start().process(), Rights::ENUMERATE),
        (start().job(), Rights::ENUMERATE),
    ];
    let common = Rights::INSPECT | Rights::DUPLICATE | Rights::TRANSFER | Rights::MANAGE_THREAD;
    for (task, more) in tasks {
        for right in (common | more).iter() {
            let status = channel_of(&without(task, right)).err();
            assert_eq!(status, Some(Status::ACCESS_DENIED), "{right:?}");
        }
        drop(channel_of(&task.duplicate(common | more).unwrap()).unwrap());
    }
}

fn its_handle_must_be_writable() {
    for address in Hostile::new().addresses() {
        let status = zx::task_create_exception_channel(start().process(), 0_u32, address);
        assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
    }
    channel_of(start().process()).unwrap();
}

fn a_task_has_one_at_a_time() {
    let tasks: [&Handle; 3] = [start().thread(), start().process(), start().job()];
    for task in tasks {
        let first = channel_of(task).unwrap();
        assert_eq!(channel_of(task).err(), Some(Status::ALREADY_BOUND));
        drop(first);
        drop(channel_of(task).unwrap());
    }
}

fn a_task_that_has_ended_has_none() {
    let part = Part::start(wait_for_the_end, 0, Vec::new());
    let process = part.process.duplicate(Rights::SAME_RIGHTS).unwrap();
    part::kill(part);
    assert_eq!(channel_of(&process).err(), Some(Status::BAD_STATE));

    let ended = spawn(return_at_once, 0).unwrap();
    ended.thread().wait(Signals::TASK_TERMINATED, time::after(SOON)).unwrap();
    assert_eq!(channel_of(ended.thread()).err(), Some(Status::BAD_STATE));
    ended.join().unwrap();
}

fn its_rights_are_to_read_and_to_move() {
    let channel = channel_of(start().process()).unwrap();
    let info = channel.basic_info().unwrap();
    assert_eq!(info.object_type, ObjectType::Channel as u32);
    assert_eq!(
        Rights::from_bits_retain(info.rights),
        Rights::TRANSFER | Rights::WAIT | Rights::READ
    );
    assert_eq!(channel.write(&[1], Vec::new()), Err(Status::ACCESS_DENIED));
}

fn the_end_of_the_process_closes_it() {
    let (part, channel) = watched(wait_for_the_end, 0, Vec::new());
    assert_eq!(channel.wait(Signals::CHANNEL_PEER_CLOSED, 0), Err(Status::TIMED_OUT));
    go(&part);
    let closed = Signals::CHANNEL_PEER_CLOSED;
    assert_eq!(channel.wait(closed, time::after(SOON)), Ok(closed));
    ends_with(part, 0);
}

extern "C" fn end_after_message(channel: u64) {
    let status =
        zx::object_wait_one(channel, Signals::CHANNEL_READABLE.bits(), time::after(SOON), 0);
    assert_eq!(status, Status::OK);
}

fn the_end_of_the_thread_closes_it() {
    let (ours, theirs) = Channel::create().unwrap();
    let thread = spawn(end_after_message, theirs.raw().into()).unwrap();
    let channel = channel_of(thread.thread()).unwrap();
    ours.write(&[1], Vec::new()).unwrap();
    let closed = Signals::CHANNEL_PEER_CLOSED;
    assert_eq!(channel.wait(closed, time::after(SOON)), Ok(closed));
    thread.join().unwrap();
}

/// Checks that the other end of a channel is closed now, and only now if `end` is what closes it.
#[track_caller]
fn assert_closes(channel: &Channel, end: impl FnOnce()) {
    let closed = Signals::CHANNEL_PEER_CLOSED;
    assert_eq!(channel.wait(closed, 0), Err(Status::TIMED_OUT));
    end();
    assert_eq!(channel.wait(closed, time::after(SOON)), Ok(closed));
}

fn the_end_of_a_killed_job_closes_it() {
    let job = start().job().create_in().unwrap();
    let doomed = Doomed::new_in(&job);
    let channel = channel_of(&job).unwrap();
    let debugger = debugger_of(&job).unwrap();
    assert_closes(&channel, || job.kill().unwrap());
    let closed = Signals::CHANNEL_PEER_CLOSED;
    assert_eq!(debugger.wait(closed, 0), Ok(closed));
    assert_eq!(channel_of(&job).err(), Some(Status::BAD_STATE));
    assert_eq!(debugger_of(&job).err(), Some(Status::BAD_STATE));
    assert_eq!(doomed.join(), EXIT_CODE_KILLED);
}

fn the_end_of_an_abandoned_job_closes_it() {
    let job = start().job().create_in().unwrap();
    let (channel, debugger) = (channel_of(&job).unwrap(), debugger_of(&job).unwrap());
    let doomed = Doomed::new_in(&job);
    drop(job);
    assert_closes(&channel, || drop(doomed));
    let closed = Signals::CHANNEL_PEER_CLOSED;
    assert_eq!(debugger.wait(closed, 0), Ok(closed));
}

fn a_failed_copy_is_no_exception() {
    let channel = channel_of(start().process()).unwrap();
    assert_eq!(crate::probe::read(5), Err(Status::NOT_FOUND));
    assert_eq!(channel.read(&mut []).err(), Some(Status::SHOULD_WAIT));
}

fn nothing_is_left() {
    assert_leaks_nothing(|| {
        let channel = channel_of(start().process()).unwrap();
        let of_job = channel_of(start().job()).unwrap();
        let thread = spawn(nonsense, 0).unwrap();
        drop(next(&channel));
        next(&of_job).answer(ExceptionState::ThreadExit).unwrap();
        thread.join().unwrap();
    });
}
