//! What a handler is told of an exception.
//!
//! # Source
//! `faults.md` §3; Zircon `exception_get_thread`, `exception_get_process`.

use super::cases;
use crate::fixture::*;
use crate::part;
use crate::trouble::*;
use crate::zx;
use abi::info::{InfoExceptionReport, InfoExceptionReportV1};
use abi::layout::{KERNEL_VMAR_BASE, USER_END};
use abi::object::EXIT_CODE_EXCEPTION;
use abi::{ExceptionState, ExceptionType, ObjectType, Topic};
use alloc::vec::Vec;
use rt::exception::{self, channel_of, debugger_of};
use rt::{Channel, Handle, Rights, Status, Vmo, start, time};

cases! { exception_report:
    the_message_names_process_thread_and_type,
    the_exception_has_its_own_rights,
    an_exception_of_a_process_shows_thread_and_process,
    an_exception_of_a_thread_does_not_show_the_process,
    thread_and_process_have_the_rights_of_the_task_that_was_watched,
    what_the_task_did_not_allow_is_refused,
    the_report_says_why_an_access_failed,
    the_report_says_which_exception_it_was,
    there_is_no_report_without_exception,
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
    let process = exception.process().unwrap().basic_info().unwrap();
    assert_eq!(process.koid, part.process.basic_info().unwrap().koid);
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

/// Returns the rights of a handle.
fn rights_of(handle: &Handle) -> Rights {
    Rights::from_bits_retain(handle.basic_info().unwrap().rights)
}

fn thread_and_process_have_the_rights_of_the_task_that_was_watched() {
    // Through each kind of channel, with all that a handle to such a task allows and with as little as a channel needs.
    let needed = Rights::INSPECT | Rights::DUPLICATE | Rights::TRANSFER | Rights::MANAGE_THREAD;
    let needed_of_group = needed | Rights::ENUMERATE;
    let binds: [fn(&Handle) -> rt::Result<Channel>; 4] =
        [channel_of, channel_of, debugger_of, channel_of];
    for (index, bind) in binds.iter().enumerate() {
        for few in [false, true] {
            let (part, thread) = with_thread();
            let tasks: [(&Handle, Rights); 4] = [
                (start().job(), needed_of_group),
                (&part.process, needed_of_group),
                (&part.process, needed_of_group),
                (&thread, needed),
            ];
            let (task, least) = tasks[index];
            let expected = if few { least } else { rights_of(task) };
            let watched = task.duplicate(expected).unwrap();
            let channel = bind(&watched).unwrap();
            drop(watched);
            go(&part);
            let exception = next(&channel);
            assert_eq!(rights_of(&exception.thread().unwrap()), expected, "{index}");
            match exception.process() {
                Ok(process) => assert_eq!(rights_of(&process), expected, "{index}"),
                Err(status) => assert_eq!((status, index), (Status::ACCESS_DENIED, 3)),
            }
            drop(channel);
            exception.answer(ExceptionState::ThreadExit).unwrap();
            ends_with(part, 0);
        }
    }
}

fn what_the_task_did_not_allow_is_refused() {
    let (part, _thread) = with_thread();
    let weak = without(&part.process, Rights::WRITE | Rights::DESTROY | Rights::ENUMERATE);
    assert_eq!(channel_of(&weak).err(), Some(Status::ACCESS_DENIED));
    let weak = without(&part.process, Rights::WRITE | Rights::DESTROY);
    let channel = channel_of(&weak).unwrap();
    go(&part);
    let exception = next(&channel);
    let process = exception.process().unwrap();
    assert_eq!(process.kill(), Err(Status::ACCESS_DENIED));
    assert_eq!(process.write_memory(0, &[1]).err(), Some(Status::ACCESS_DENIED));
    exception.answer(ExceptionState::ThreadExit).unwrap();
    ends_with(part, 0);
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
