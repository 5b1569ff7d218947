//! Exceptions that other programs handle.
//!
//! # Source
//! `faults.md` §3; Zircon `task_create_exception_channel`, `exception_get_thread`, `exception_get_process`.

use super::cases;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::exception::EXCEPTION_CHANNEL_DEBUGGER;
use abi::info::{InfoExceptionReport, InfoExceptionReportV1};
use abi::layout::{KERNEL_VMAR_BASE, USER_END};
use abi::object::{EXIT_CODE_EXCEPTION, EXIT_CODE_KILLED, PROP_EXCEPTION_STATE};
use abi::{ExceptionState, ExceptionType, ObjectType, Topic};
use alloc::vec::Vec;
use rt::exception::{self, Exception, channel_of};
use rt::thread::spawn;
use rt::{Channel, Handle, Rights, Signals, Status, Thread, Vmo, start, time};

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
    the_message_names_process_thread_and_type,
    the_exception_has_its_own_rights,
    an_exception_of_a_process_shows_thread_and_process,
    an_exception_of_a_thread_does_not_show_the_process,
    the_report_says_why_an_access_failed,
    the_report_says_which_exception_it_was,
    there_is_no_report_without_exception,
    the_state_is_a_property,
    handled_repeats_the_instruction,
    handled_again_and_again,
    thread_exit_ends_the_thread,
    try_next_ends_the_process,
    closing_without_an_answer_ends_the_process,
    the_thread_comes_before_the_process,
    the_process_comes_before_the_job,
    a_thread_handles_its_sibling,
    other_threads_go_on,
    a_closed_channel_is_passed_over,
    an_unread_exception_goes_on_when_the_channel_closes,
    a_handler_that_dies_is_passed_over,
    a_process_can_be_killed_while_it_waits,
    an_exception_outlives_its_process,
    a_failed_copy_is_no_exception,
    nothing_is_left,
}

/// Nanoseconds an exception may take to arrive.
const SOON: i64 = 4_000_000_000;

/// In a part: waits until the case says so.
fn wait_for_go() {
    // A message with handles that nobody wanted may come first.
    while start().channel().receive(&mut [0]).unwrap().0 == 0 {}
}

/// Lets a part go on.
#[track_caller]
fn go(part: &Part) {
    part.channel.write(&[1], Vec::new()).unwrap();
}

/// A part that does nothing until it is told to, and the channel of its exceptions.
#[track_caller]
fn watched(function: part::Function, argument: u64, handles: Vec<Handle>) -> (Part, Channel) {
    let part = Part::start(function, argument, handles);
    let channel = channel_of(&part.process).unwrap();
    (part, channel)
}

#[track_caller]
fn next(channel: &Channel) -> Exception {
    exception::next(channel, time::after(SOON)).unwrap().1
}

#[track_caller]
fn report(exception: &Exception) -> InfoExceptionReport {
    exception.thread().unwrap().exception_report().unwrap()
}

#[track_caller]
fn ends_with(part: Part, code: i64) {
    assert_eq!(part.join(), code, "exit code of the part");
}

/// Stores a byte at an address, when told to.
fn store_at(address: u64) {
    wait_for_go();
    store(address);
}

fn store(address: u64) {
    // SAFETY: the address is mapped and nobody else's, or to die of the store is what this process is for.
    unsafe { rt::memory::store(address, 1_u8) };
}

/// Executes an undefined instruction, when told to.
fn execute_nonsense(_: u64) {
    wait_for_go();
    // SAFETY: to have this exception is what the process is for.
    unsafe { core::arch::asm!("ud2") };
}

/// Meets a breakpoint, when told to, and goes on behind it.
fn meet_breakpoint(_: u64) {
    wait_for_go();
    // SAFETY: a handler lets the thread go on behind the instruction, or the process is for dying here.
    unsafe { core::arch::asm!("int3") };
}

/// Waits to be killed.
fn wait_for_the_end(_: u64) {
    wait_for_go();
}

/// Maps the object it was given, of which `page` is past the end, and stores to that page when told to.
fn store_past_the_end(page: u64) {
    let object: Vmo = part::given().remove(0).into();
    let base = map(&object, page + 1, RW);
    wait_for_go();
    store(base + page * PAGE);
}

fn its_options_are_checked() {
    let mut out = 0_u32;
    for options in [2_u32, 3, 1 << 31, u32::MAX] {
        let status = zx::task_create_exception_channel(start().process(), options, &mut out);
        assert_eq!(status, Status::INVALID_ARGS, "{options:#x}");
    }
    let options = EXCEPTION_CHANNEL_DEBUGGER;
    let status = zx::task_create_exception_channel(start().process(), options, &mut out);
    assert_eq!((status, out), (Status::NOT_SUPPORTED, 0));
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

extern "C" fn return_at_once(_: u64) {}

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

fn the_message_names_process_thread_and_type() {
    let (part, channel) = watched(execute_nonsense, 0, Vec::new());
    go(&part);
    let (info, exception) = exception::next(&channel, time::after(SOON)).unwrap();
    assert_eq!(info.pid, part.process.basic_info().unwrap().koid);
    let thread = exception.thread().unwrap().basic_info().unwrap();
    assert_eq!((info.tid, thread.related_koid), (thread.koid, info.pid));
    let expected = ExceptionType::UndefinedInstruction as u32;
    assert_eq!((info.exception_type, info.padding), (expected, 0));
    drop(exception);
    ends_with(part, EXIT_CODE_EXCEPTION);
}

fn the_exception_has_its_own_rights() {
    let (part, channel) = watched(execute_nonsense, 0, Vec::new());
    go(&part);
    let exception = next(&channel);
    let info = exception.basic_info().unwrap();
    assert_eq!(info.object_type, ObjectType::Exception as u32);
    assert_eq!(
        Rights::from_bits_retain(info.rights),
        Rights::TRANSFER | Rights::PROPERTY | Rights::INSPECT
    );
    let again = exception.duplicate(Rights::SAME_RIGHTS);
    assert_eq!(again.err(), Some(Status::ACCESS_DENIED));
    drop(exception);
    ends_with(part, EXIT_CODE_EXCEPTION);
}

fn an_exception_of_a_process_shows_thread_and_process() {
    let (part, channel) = watched(execute_nonsense, 0, Vec::new());
    go(&part);
    let exception = next(&channel);
    let thread = exception.thread().unwrap().basic_info().unwrap();
    assert_eq!(Rights::from_bits_retain(thread.rights), Rights::THREAD_DEFAULT);
    let process = exception.process().unwrap().basic_info().unwrap();
    assert_eq!(process.koid, part.process.basic_info().unwrap().koid);
    assert_eq!(Rights::from_bits_retain(process.rights), Rights::PROCESS_DEFAULT);
    for address in Hostile::new().addresses() {
        let get_thread = zx::exception_get_thread(&*exception, address);
        let get_process = zx::exception_get_process(&*exception, address);
        assert_eq!([get_thread, get_process], [Status::INVALID_ARGS; 2], "{address:#x}");
    }
    let mut out = 0_u32;
    for (handle, status) in
        [(UNKNOWN, Status::BAD_HANDLE), (part.process.raw(), Status::WRONG_TYPE)]
    {
        assert_eq!(zx::exception_get_thread(handle, &mut out), status);
        assert_eq!(zx::exception_get_process(handle, &mut out), status);
    }
    drop(exception);
    ends_with(part, EXIT_CODE_EXCEPTION);
}

/// Has an exception in a thread whose handle it sends beforehand.
fn execute_nonsense_in_a_thread(_: u64) {
    let (_ours, theirs) = Channel::create().unwrap();
    let thread = spawn(nonsense_after_go, theirs.raw().into()).unwrap();
    let handle = thread.thread().duplicate(Rights::SAME_RIGHTS).unwrap();
    let handles = Vec::from([handle.into_handle()]);
    start().channel().write(&[], handles).unwrap();
    thread.join().unwrap();
}

extern "C" fn nonsense_after_go(_: u64) {
    execute_nonsense(0);
}

/// A part whose second thread has an exception when told to, and that thread.
#[track_caller]
fn with_thread() -> (Part, Thread) {
    let part = Part::start(execute_nonsense_in_a_thread, 0, Vec::new());
    let (_, mut handles) = part.channel.receive(&mut []).unwrap();
    (part, handles.remove(0).into())
}

fn an_exception_of_a_thread_does_not_show_the_process() {
    let (part, thread) = with_thread();
    let channel = channel_of(&thread).unwrap();
    go(&part);
    let exception = next(&channel);
    assert_eq!(exception.process().err(), Some(Status::ACCESS_DENIED));
    let koid = thread.basic_info().unwrap().koid;
    assert_eq!(exception.thread().unwrap().basic_info().unwrap().koid, koid);
    assert_eq!(exception.basic_info().unwrap().related_koid, koid);
    drop(exception);
    ends_with(part, EXIT_CODE_EXCEPTION);
}

fn the_report_says_why_an_access_failed() {
    let read_only = vmo(1).into_handle();
    let places: [(part::Function, u64, Status); 5] = [
        (store_at, 5, Status::NOT_FOUND),
        (store_at, USER_END, Status::NOT_FOUND),
        (store_at, KERNEL_VMAR_BASE + 3, Status::NOT_FOUND),
        (store_past_the_end, 1, Status::OUT_OF_RANGE),
        (store_to_read_only, 0, Status::ACCESS_DENIED),
    ];
    for (function, argument, status) in places {
        let object = read_only.duplicate(Rights::SAME_RIGHTS).unwrap();
        let (part, channel) = watched(function, argument, [object].into());
        go(&part);
        let exception = next(&channel);
        let report = report(&exception);
        let first = report.first;
        assert_eq!((first.size, first.vector), (InfoExceptionReport::SIZE, 14));
        assert_eq!(first.exception_type, ExceptionType::FatalPageFault as u32);
        // A store of ring 3.
        assert_eq!(first.err_code & 0b110, 0b110, "{argument:#x}");
        assert_eq!(Status::from_raw(report.synth_code.cast_signed()), status, "{argument:#x}");
        if function as usize == store_at as part::Function as usize {
            assert_eq!(first.cr2, argument);
        }
        drop(exception);
        ends_with(part, EXIT_CODE_EXCEPTION);
    }
}

fn store_to_read_only(_: u64) {
    let object: Vmo = part::given().remove(0).into();
    let base = map(&object, 1, R);
    wait_for_go();
    store(base + 7);
}

fn the_report_says_which_exception_it_was() {
    let kinds: [(part::Function, u64, u64, ExceptionType); 3] = [
        (execute_nonsense, 0, 6, ExceptionType::UndefinedInstruction),
        (meet_breakpoint, 0, 3, ExceptionType::SwBreakpoint),
        // Not a page fault: there is no such address.
        (store_at, 1 << 47, 13, ExceptionType::General),
    ];
    for (function, argument, vector, kind) in kinds {
        let (part, channel) = watched(function, argument, Vec::new());
        go(&part);
        let exception = next(&channel);
        let report = report(&exception);
        assert_eq!(report.first.vector, vector);
        assert_eq!(report.first.exception_type, kind as u32);
        assert_eq!((report.first.cr2, report.synth_code), (0, 0));
        let thread = exception.thread().unwrap();
        let old: InfoExceptionReportV1 = thread.info(Topic::THREAD_EXCEPTION_REPORT_V1).unwrap();
        let size = InfoExceptionReportV1::SIZE;
        assert_eq!(old, InfoExceptionReportV1 { size, ..report.first });
        drop(exception);
        ends_with(part, EXIT_CODE_EXCEPTION);
    }
}

fn there_is_no_report_without_exception() {
    let thread = start().thread();
    assert_eq!(thread.exception_report(), Err(Status::BAD_STATE));
    let topic = Topic::THREAD_EXCEPTION_REPORT;
    let weak = without(thread, Rights::INSPECT);
    assert_eq!(weak.info::<InfoExceptionReport>(topic), Err(Status::ACCESS_DENIED));
    assert_eq!(start().process().info::<InfoExceptionReport>(topic), Err(Status::WRONG_TYPE));
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

extern "C" fn nonsense(_: u64) {
    // SAFETY: to have this exception is what the thread is for.
    unsafe { core::arch::asm!("ud2") };
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
