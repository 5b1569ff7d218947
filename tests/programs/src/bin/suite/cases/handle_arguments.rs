//! Every handle argument of every call: BAD_HANDLE, then WRONG_TYPE, then ACCESS_DENIED, before anything else is looked at.
//!
//! # Source
//! `vmar.md` §3; `handles-rights-errors.md` §3.

use super::cases;
use crate::fixture::*;
use crate::zx;
use abi::Topic;
use rt::{Channel, Handle, Process, Rights, Status, Thread, start};

cases! { handle_arguments:
    handle_duplicate,
    handle_replace,
    object_get_info_of_a_vmar,
    object_get_info_of_a_process,
    object_get_info_of_the_system,
    object_wait_one,
    vmar_allocate,
    vmar_map,
    vmar_map_precedence_of_the_two,
    vmar_unmap,
    vmar_protect,
    vmar_destroy,
    vmo_read,
    vmo_write,
    vmo_get_size,
    vmo_set_size,
    process_create,
    process_start,
    process_start_argument,
    thread_create,
    thread_start,
    task_kill,
    channel_write,
    channel_read,
}

/// Checks a handle argument: `call` passes a number for it, and nothing but nonsense for what is checked later.
#[track_caller]
fn check(call: impl Fn(u32) -> Status, right: &Handle, wrong: &Handle, needed: Rights) {
    let closed = vmo(1).into_handle().into_raw();
    zx::close(closed);
    for unknown in [0, UNKNOWN, closed, right.raw() & !3, right.raw() ^ 1, u32::MAX] {
        assert_eq!(call(unknown), Status::BAD_HANDLE, "{unknown:#x}");
    }
    assert_eq!(call(wrong.raw()), Status::WRONG_TYPE);
    let powerless = wrong.duplicate(Rights::empty()).unwrap();
    assert_eq!(call(powerless.raw()), Status::WRONG_TYPE, "without rights");
    for bit in needed.iter() {
        let weak = without(right, bit);
        assert_eq!(call(weak.raw()), Status::ACCESS_DENIED, "without {bit:?}");
    }
}

/// A pointer that cannot be written.
const NOWHERE: u64 = 1;

/// Checks calls that take handles of every type.
#[track_caller]
fn check_any(call: impl Fn(u32) -> Status, needed: Rights) {
    for unknown in [0, UNKNOWN, u32::MAX] {
        assert_eq!(call(unknown), Status::BAD_HANDLE, "{unknown:#x}");
    }
    for bit in needed.iter() {
        let weak = without(&vmo(1), bit);
        assert_eq!(call(weak.raw()), Status::ACCESS_DENIED, "without {bit:?}");
    }
}

fn handle_duplicate() {
    let more = Rights::VMO_DEFAULT | Rights::EXECUTE;
    check_any(|handle| zx::handle_duplicate(handle, more, NOWHERE), Rights::DUPLICATE);
}

fn handle_replace() {
    check_any(|handle| zx::handle_replace(handle, Rights::MANAGE_JOB, NOWHERE), Rights::empty());
}

fn info(topic: Topic) -> impl Fn(u32) -> Status {
    move |handle| zx::object_get_info(handle, topic.0, NOWHERE, 0, NOWHERE, NOWHERE)
}

fn object_get_info_of_a_vmar() {
    check(info(Topic::VMAR), root(), &vmo(1), Rights::INSPECT);
}

fn object_get_info_of_a_process() {
    check(info(Topic::PROCESS), start().process(), root(), Rights::INSPECT);
}

fn object_get_info_of_the_system() {
    check(info(Topic::KMEM_STATS), start().job(), root(), Rights::INSPECT);
}

fn object_wait_one() {
    check_any(|handle| zx::object_wait_one(handle, 0, 0, NOWHERE), Rights::WAIT);
}

fn vmar_allocate() {
    for (options, right) in
        [(CAN_ALL, Rights::READ), (CAN_ALL, Rights::WRITE), (CAN_ALL, Rights::EXECUTE)]
    {
        let call = |handle| zx::vmar_allocate(handle, options | W, 1, 1, NOWHERE, NOWHERE);
        check(call, root(), &vmo(1), right);
    }
}

fn vmar_map() {
    let object = vmo(1);
    let vmar = |handle| zx::vmar_map(handle, W | X, 1, &object, 1, 0, NOWHERE);
    check(vmar, root(), &object, Rights::empty());
    let vmo = |handle| zx::vmar_map(root(), W | X, 1, handle, 1, 0, NOWHERE);
    check(vmo, &object, root(), Rights::MAP);
}

fn vmar_map_precedence_of_the_two() {
    let object = vmo(1);
    let weak = without(&object, Rights::MAP);
    assert_eq!(zx::vmar_map(UNKNOWN, R, 0, root(), 0, PAGE, NOWHERE), Status::BAD_HANDLE);
    assert_eq!(zx::vmar_map(&object, R, 0, UNKNOWN, 0, PAGE, NOWHERE), Status::WRONG_TYPE);
    assert_eq!(zx::vmar_map(&object, R, 0, &weak, 0, PAGE, NOWHERE), Status::WRONG_TYPE);
    assert_eq!(zx::vmar_map(root(), R, 0, start().job(), 0, PAGE, NOWHERE), Status::WRONG_TYPE);
}

fn vmar_unmap() {
    check(|handle| zx::vmar_unmap(handle, 1, 0), root(), &vmo(1), Rights::empty());
}

fn vmar_protect() {
    let call = |handle| zx::vmar_protect(handle, RWX | SPECIFIC, 1, 0);
    check(call, root(), &vmo(1), Rights::READ | Rights::WRITE | Rights::EXECUTE);
}

fn vmar_destroy() {
    let region = region(1);
    region.destroy().unwrap();
    check(zx::vmar_destroy, &region.vmar, &vmo(1), Rights::OP_CHILDREN);
}

fn vmo_read() {
    let call = |handle| zx::vmo_read(handle, NOWHERE, u64::MAX, 9);
    check(call, &vmo(1), root(), Rights::READ);
}

fn vmo_write() {
    let call = |handle| zx::vmo_write(handle, NOWHERE, u64::MAX, 9);
    check(call, &vmo(1), root(), Rights::WRITE);
}

fn vmo_get_size() {
    check(|handle| zx::vmo_get_size(handle, NOWHERE), &vmo(1), root(), Rights::empty());
}

fn vmo_set_size() {
    let call = |handle| zx::vmo_set_size(handle, u64::MAX);
    check(call, &resizable(1), root(), Rights::WRITE | Rights::RESIZE);
}

fn process_create() {
    let call = |handle| zx::process_create(handle, "x", 1, 0, NOWHERE, NOWHERE);
    check(call, start().job(), root(), Rights::MANAGE_PROCESS);
}

/// Makes a process with a thread, neither started.
fn process() -> (Process, Thread) {
    let (process, _) = Process::create(start().job(), "arguments").unwrap();
    let thread = Thread::create(&process, "thread").unwrap();
    (process, thread)
}

fn process_start() {
    let (process, thread) = process();
    let call = |handle| zx::process_start(handle, &thread, u64::MAX, 0, 0, 0);
    check(call, &process, root(), Rights::WRITE);
    let call = |handle| zx::process_start(&process, handle, u64::MAX, 0, 0, 0);
    check(call, &thread, root(), Rights::WRITE);
}

fn process_start_argument() {
    let (process, thread) = process();
    let call = |handle| zx::process_start(&process, &thread, PAGE, 0, handle, 0);
    for unknown in [UNKNOWN, u32::MAX] {
        assert_eq!(call(unknown), Status::BAD_HANDLE, "{unknown:#x}");
    }
    let weak = without(&vmo(1), Rights::TRANSFER).into_raw();
    assert_eq!(call(weak), Status::ACCESS_DENIED);
    assert_eq!(zx::handle_close(weak), Status::BAD_HANDLE, "consumed");
}

fn thread_create() {
    let call = |handle| zx::thread_create(handle, "x", 1, 0, NOWHERE);
    check(call, start().process(), root(), Rights::MANAGE_THREAD);
}

fn thread_start() {
    let thread = Thread::create(start().process(), "arguments").unwrap();
    let call = |handle| zx::thread_start(handle, u64::MAX, 0, 0, 0);
    check(call, &thread, root(), Rights::MANAGE_THREAD);
}

fn task_kill() {
    let (process, _thread) = process();
    check(zx::task_kill, &process, root(), Rights::DESTROY);
}

fn channel_write() {
    let (one, _other) = Channel::create().unwrap();
    let call = |handle| zx::channel_write(handle, 0, NOWHERE, u32::MAX, 0, 0);
    for unknown in [0, UNKNOWN] {
        assert_eq!(call(unknown), Status::BAD_HANDLE);
    }
    assert_eq!(call(root().raw()), Status::WRONG_TYPE);
    let weak = one.into_handle().replace(Rights::READ).unwrap();
    assert_eq!(call(weak.raw()), Status::ACCESS_DENIED);
}

fn channel_read() {
    let (one, _other) = Channel::create().unwrap();
    let call = |handle| zx::channel_read(handle, 0, NOWHERE, NOWHERE, 1, 1, NOWHERE, NOWHERE);
    for unknown in [0, UNKNOWN] {
        assert_eq!(call(unknown), Status::BAD_HANDLE);
    }
    assert_eq!(call(root().raw()), Status::WRONG_TYPE);
    let weak = one.into_handle().replace(Rights::WRITE).unwrap();
    assert_eq!(call(weak.raw()), Status::ACCESS_DENIED);
}
