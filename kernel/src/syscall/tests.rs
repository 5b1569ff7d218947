//! Tests of calls: tables of arguments and what each call answers.
//!
//! | module | what it does |
//! |---|---|
//! | [`arguments`] | makes every call with each of its arguments wrong |
//! | [`good`] | knows right arguments for every call |
//! | [`stage`] | has memory and objects for them |
//!
//! In the tables below no address of ring 3 is mapped: every pointer that is followed is a bad one.

mod arguments;
mod good;
mod stage;

use super::decode::{low, rights};
use super::process::Entry;
use super::*;
use crate::memory::{kernel_aspace, memory};
use crate::object::{Endpoint, Handle, Job, Kin, Object, Process, Resource, Thread, VmarObject};
use crate::task::Running;
use abi::object::EXIT_CODE_KILLED;
use abi::{RawHandle, Rights, Signals, VmOptions, VmoOptions};
use vm::{Aspace, Ref, Vmo};

/// What a call says of one set of arguments.
type Row = (Call, [u64; 8], Status);

/// A process that makes calls, with a handle to an object of every type.
struct Fixture {
    caller: Caller,
    /// Keeps the caller.
    _thread: Ref<Thread>,
    process: Handle,
    job: u64,
    resource: u64,
    vmar: u64,
    vmo: u64,
    thread: u64,
    channel: u64,
}

impl Fixture {
    /// Makes the process; its handles have `rights` of the usual ones.
    fn new(rights: Rights) -> Self {
        let job = Job::create(b"test").unwrap();
        let aspace = Aspace::user(memory(), kernel_aspace(), Some(1)).unwrap();
        let root = VmarObject::create(Aspace::root(&aspace)).unwrap();
        let process = Process::create(&job, b"test", aspace).unwrap();
        let thread = Thread::create(&process, b"test").unwrap();
        let memory = Vmo::create(memory(), 8192, VmoOptions::empty()).unwrap();
        let memory = Kin::enlist(memory);
        let (channel, _closed) = Endpoint::create_pair().unwrap();
        let give = |object, usual: Rights| {
            let slot = process.handles().reserve().unwrap();
            let value = slot.value();
            slot.fill(Handle::new(object, usual & rights));
            u64::from(value)
        };
        Self {
            job: give(Object::Job(job), Rights::JOB_DEFAULT),
            resource: give(Object::Resource(Resource::create().unwrap()), Rights::RESOURCE_DEFAULT),
            vmar: give(Object::Vmar(root), Rights::VMAR_ROOT_DEFAULT),
            vmo: give(Object::Vmo(memory), Rights::VMO_DEFAULT),
            thread: give(Object::Thread(thread.clone()), Rights::THREAD_DEFAULT),
            channel: give(Object::Channel(channel), Rights::CHANNEL_DEFAULT),
            process: Handle::new(Object::Process(process.clone()), Rights::PROCESS_DEFAULT),
            caller: Caller(Running::of(&thread)),
            _thread: thread,
        }
    }

    /// Makes the call; returns its status.
    fn call(&self, call: Call, args: [u64; 8]) -> Status {
        decode(call, &self.caller, &args).map_or_else(|status| status, |_| Status::OK)
    }

    /// Makes the calls; each has to answer as its row says, and none may leave a handle behind or take one.
    fn check(&self, rows: &[Row]) {
        let handles = self.caller.handles().count();
        for &(call, args, expected) in rows {
            assert_eq!(self.call(call, args), expected, "{} {args:x?}", call.name());
            assert_eq!(self.caller.handles().count(), handles, "{}", call.name());
        }
    }
}

/// Fills up to eight arguments.
fn args<const N: usize>(first: [u64; N]) -> [u64; 8] {
    let mut all = [0; 8];
    all[..N].copy_from_slice(&first);
    all
}

#[test_case]
fn unknown_numbers_are_refused_in_all_64_bits() {
    let calls = Call::ALL.len() as u64;
    for number in [calls, 0x8000_0000, 1 << 32, 0xFF00_FF00_0000_0010, u64::MAX] {
        assert_eq!(dispatch(number, &[0; 8]), i64::from(Status::BAD_SYSCALL.into_raw()));
    }
}

#[test_case]
fn narrow_arguments_ignore_the_upper_half() {
    assert_eq!(low(&0xFFFF_FFFF_0000_0003), 3);
    assert_eq!(rights(&0x1_8000_0000), Rights::SAME_RIGHTS);
    let fixture = Fixture::new(Rights::all());
    let wide = fixture.resource | 0xABCD << 32;
    assert_eq!(fixture.call(Call::HandleClose, args([wide])), Status::OK);
}

#[test_case]
fn values_that_name_nothing_are_bad_handles() {
    let fixture = Fixture::new(Rights::all());
    let page = 4096;
    for bad in [1, 2, 3, 0x7FFF_FFFF, u64::from(RawHandle::MAX)] {
        let rows = [
            (Call::HandleClose, args([bad])),
            (Call::HandleDuplicate, args([bad, 0])),
            (Call::HandleReplace, args([bad, 0])),
            (Call::ObjectGetInfo, args([bad, 1])),
            (Call::ObjectGetInfo, args([bad, 2])),
            (Call::ObjectGetProperty, args([bad, 3])),
            (Call::ObjectSetProperty, args([bad, 3])),
            (Call::ObjectWaitOne, args([bad])),
            (Call::VmarAllocate, args([bad, 0xFF_0000])),
            (Call::VmarMap, args([bad, 0, 0, fixture.vmo, 1, 0])),
            (Call::VmarMap, args([fixture.vmar, 0, 0, bad, 1, 0])),
            (Call::VmarUnmap, args([bad, 1, 0])),
            (Call::VmarProtect, args([bad, 2, 1, 0])),
            (Call::VmarDestroy, args([bad])),
            (Call::VmoRead, args([bad, 0, u64::MAX, page])),
            (Call::VmoWrite, args([bad, 0, u64::MAX, page])),
            (Call::VmoGetSize, args([bad])),
            (Call::VmoSetSize, args([bad, u64::MAX])),
            (Call::ProcessCreate, args([bad])),
            (Call::ProcessStart, args([bad, fixture.thread])),
            (Call::ThreadCreate, args([bad])),
            (Call::ThreadStart, args([bad])),
            (Call::TaskKill, args([bad])),
            (Call::ChannelWrite, args([bad])),
            (Call::ChannelRead, args([bad])),
            (Call::VmoReplaceAsExecutable, args([bad])),
            (Call::PortQueue, args([bad])),
            (Call::PortWait, args([bad])),
            (Call::PortCancel, args([bad])),
            (Call::ObjectWaitAsync, args([bad, bad])),
            (Call::ObjectSignal, args([bad, 1, 1])),
            (Call::ObjectSignalPeer, args([bad, 1, 1])),
            (Call::ProcessReadMemory, args([bad, 0, page, 1])),
            (Call::ProcessWriteMemory, args([bad, 0, page, 1])),
            (Call::JobCreate, args([bad])),
        ];
        fixture.check(&rows.map(|(call, args)| (call, args, Status::BAD_HANDLE)));
    }
}

#[test_case]
fn objects_of_another_type_are_refused_before_other_arguments() {
    let fixture = Fixture::new(Rights::all());
    let Fixture { vmo, vmar, .. } = fixture;
    let rows = [
        (Call::ObjectGetInfo, args([vmo, 7])),
        (Call::ObjectGetInfo, args([vmo, 3])),
        (Call::ObjectGetInfo, args([vmo, 17])),
        (Call::ObjectSetProperty, args([vmo, 4])),
        (Call::VmarAllocate, args([vmo, 0xFF_0000])),
        (Call::VmarMap, args([vmo, 0, 0, vmo])),
        (Call::VmarMap, args([vmar, 0, 0, vmar])),
        (Call::VmarUnmap, args([vmo])),
        (Call::VmarProtect, args([vmo, 2])),
        (Call::VmarDestroy, args([vmo])),
        (Call::VmoRead, args([vmar])),
        (Call::VmoWrite, args([vmar])),
        (Call::VmoGetSize, args([vmar])),
        (Call::VmoSetSize, args([vmar])),
        (Call::ProcessCreate, args([vmo])),
        (Call::ProcessStart, args([vmo, fixture.thread])),
        (Call::ThreadCreate, args([vmo])),
        (Call::ThreadStart, args([vmo])),
        (Call::TaskKill, args([vmo])),
        (Call::TaskKill, args([fixture.thread])),
        (Call::ChannelWrite, args([vmo])),
        (Call::ChannelRead, args([vmo])),
    ];
    fixture.check(&rows.map(|(call, args)| (call, args, Status::WRONG_TYPE)));
}

#[test_case]
fn missing_rights_are_noticed_before_other_arguments() {
    let fixture = Fixture::new(Rights::empty());
    let Fixture { vmo, vmar, .. } = fixture;
    let can_map_read = u64::from(VmOptions::CAN_MAP_READ.bits() | 0xFF_0000);
    let rows = [
        (Call::HandleDuplicate, args([vmo, u64::MAX])),
        (Call::ObjectGetInfo, args([vmar, 7])),
        (Call::ObjectGetInfo, args([fixture.job, 17])),
        (Call::ObjectGetProperty, args([vmo, 3])),
        (Call::ObjectSetProperty, args([vmo, 3])),
        (Call::ObjectWaitOne, args([vmo])),
        (Call::VmarAllocate, args([vmar, can_map_read])),
        (Call::VmarMap, args([vmar, 0, 0, vmo, 1, 0])),
        (Call::VmarProtect, args([vmar, 1, 1, 0])),
        (Call::VmarDestroy, args([vmar])),
        (Call::VmoRead, args([vmo, 0, u64::MAX, 2])),
        (Call::VmoWrite, args([vmo, 0, u64::MAX, 2])),
        (Call::VmoSetSize, args([vmo, u64::MAX])),
        (Call::ProcessCreate, args([fixture.job])),
        (Call::ThreadStart, args([fixture.thread, u64::MAX])),
        (Call::TaskKill, args([fixture.job])),
        (Call::ChannelWrite, args([fixture.channel, 0, 0, u64::MAX])),
        (Call::ChannelWriteEtc, args([fixture.channel, 0, 0, u64::MAX])),
        (Call::ChannelReadEtc, args([fixture.channel])),
        (Call::ChannelRead, args([fixture.channel])),
    ];
    fixture.check(&rows.map(|(call, args)| (call, args, Status::ACCESS_DENIED)));
}

#[test_case]
fn bad_options_and_numbers_are_refused() {
    let fixture = Fixture::new(Rights::all());
    let Fixture { vmo, .. } = fixture;
    fixture.check(&[
        (Call::SyscallTest0, args([7]), Status::OK),
        (Call::HandleClose, args([0]), Status::OK),
        (Call::HandleCloseMany, args([0, u64::MAX]), Status::INVALID_ARGS),
        (Call::HandleCloseMany, args([0, 0]), Status::OK),
        (Call::HandleDuplicate, args([vmo, 1 << 30]), Status::INVALID_ARGS),
        (Call::ObjectGetInfo, args([vmo, 0]), Status::NOT_SUPPORTED),
        (Call::ObjectGetInfo, args([vmo, 1]), Status::OK),
        (Call::ObjectGetInfo, args([vmo, 2, 0, 31]), Status::BUFFER_TOO_SMALL),
        (Call::ObjectGetProperty, args([vmo, 0]), Status::NOT_SUPPORTED),
        (Call::ObjectGetProperty, args([fixture.vmar, 3]), Status::WRONG_TYPE),
        (Call::ObjectGetProperty, args([vmo, 3, 0, 31]), Status::BUFFER_TOO_SMALL),
        (Call::ObjectSetProperty, args([fixture.thread, 4, 0, 7]), Status::BUFFER_TOO_SMALL),
        (Call::ObjectWaitOne, args([vmo, 8]), Status::OK),
        (Call::ObjectWaitOne, args([vmo, 1]), Status::TIMED_OUT),
        (Call::ThreadLegacyYield, args([1]), Status::INVALID_ARGS),
        (Call::VmoCreate, args([0, 1]), Status::INVALID_ARGS),
        (Call::VmoCreate, args([u64::MAX, 1]), Status::OUT_OF_RANGE),
        (Call::VmoSetSize, args([vmo, u64::MAX]), Status::OUT_OF_RANGE),
        (Call::VmoSetSize, args([vmo, 4096]), Status::UNAVAILABLE),
        (Call::ProcessCreate, args([0, 0, 0, 2]), Status::INVALID_ARGS),
        (Call::ThreadCreate, args([0, 0, 0, 1]), Status::INVALID_ARGS),
        (Call::ThreadStart, args([fixture.thread, 1 << 47]), Status::INVALID_ARGS),
        (Call::ChannelCreate, args([1]), Status::INVALID_ARGS),
        (Call::ChannelWrite, args([0, 0, 0, 0, 0, 65]), Status::BAD_HANDLE),
        (Call::ChannelWrite, args([fixture.channel, 0, 0, 0, 0, 65]), Status::OUT_OF_RANGE),
        (Call::ChannelWrite, args([fixture.channel, 1, 0, 8193]), Status::OUT_OF_RANGE),
        (Call::ChannelWrite, args([0, 2]), Status::INVALID_ARGS),
        (Call::ChannelWriteEtc, args([fixture.channel, 2]), Status::INVALID_ARGS),
        (Call::ChannelWrite, args([fixture.channel, 0, 0, 65537]), Status::OUT_OF_RANGE),
        (Call::ChannelRead, args([0, 2]), Status::BAD_HANDLE),
        (Call::ChannelRead, args([fixture.channel, 2]), Status::NOT_SUPPORTED),
        (Call::ChannelRead, args([fixture.channel]), Status::SHOULD_WAIT),
    ]);
}

#[test_case]
fn bad_pointers_leave_nothing_behind() {
    let fixture = Fixture::new(Rights::all());
    let Fixture { vmo, vmar, .. } = fixture;
    let page = 4096;
    for bad in [0, page, (1 << 47) - 2, 1 << 47, u64::MAX - 3] {
        let rows = [
            (Call::HandleCloseMany, args([bad, 1])),
            (Call::HandleDuplicate, args([vmo, 0, bad])),
            (Call::ObjectGetInfo, args([vmo, 2, bad, 32])),
            (Call::ObjectGetProperty, args([vmo, 3, bad, 32])),
            (Call::ObjectSetProperty, args([vmo, 3, bad, 5])),
            (Call::CprngDraw, args([bad, 4])),
            (Call::DebugWrite, args([bad, 4])),
            (Call::VmarAllocate, args([vmar, 0, 0, page, bad, bad])),
            (Call::VmarMap, args([vmar, 1, 0, vmo, 0, page, bad])),
            (Call::VmoCreate, args([page, 0, bad])),
            (Call::VmoGetSize, args([vmo, bad])),
            (Call::ProcessCreate, args([fixture.job, bad, 4])),
            (Call::ProcessCreate, args([fixture.job, 0, 0, 0, bad, bad])),
            (Call::ThreadCreate, args([0, bad, 4])),
            (Call::ChannelCreate, args([0, bad, bad])),
            (Call::ChannelWrite, args([fixture.channel, 0, bad, 4])),
            (Call::ChannelWrite, args([fixture.channel, 0, 0, 0, bad, 1])),
        ];
        fixture.check(&rows.map(|(call, args)| (call, args, Status::INVALID_ARGS)));
        fixture.check(&[
            (Call::VmoRead, args([vmo, bad, 0, 4]), Status::NOT_FOUND),
            (Call::VmoWrite, args([vmo, bad, 0, 4]), Status::NOT_FOUND),
            (Call::VmoRead, args([vmo, bad, 8190, 4]), Status::OUT_OF_RANGE),
            (Call::VmoRead, args([vmo, bad, 8192, 0]), Status::OK),
        ]);
    }
    let aspace = fixture.caller.process().aspace();
    assert!(aspace.check_invariants().is_ok());
    // A region as large as the root VMAR would be refused for another reason if anything were left in it.
    let whole = args([vmar, 0, 0, Aspace::root(aspace).len()]);
    assert_eq!(fixture.call(Call::VmarAllocate, whole), Status::INVALID_ARGS);
}

#[test_case]
fn handles_passed_in_vain_are_consumed() {
    let fixture = Fixture::new(Rights::all());
    let before = fixture.caller.handles().count();
    let start = args([0, fixture.thread, 4096, 0, fixture.resource]);
    assert_eq!(fixture.call(Call::ProcessStart, start), Status::BAD_HANDLE);
    assert_eq!(fixture.call(Call::VmoReplaceAsExecutable, args([fixture.job])), Status::BAD_HANDLE);
    let more_rights = args([fixture.vmo, 1 << 30]);
    assert_eq!(fixture.call(Call::HandleReplace, more_rights), Status::INVALID_ARGS);
    assert_eq!(fixture.caller.handles().count(), before - 3);
}

#[test_case]
fn a_process_that_never_started_dies_with_its_last_handle() {
    let fixture = Fixture::new(Rights::all());
    let process = fixture.caller.process().clone();
    assert!(process.is_alive());
    let second = Handle::new(Object::Process(process.clone()), Rights::empty());
    drop(fixture.process);
    assert!(process.is_alive());
    drop(second);
    assert!(!process.is_alive());
    assert!(process.signals().active().contains(Signals::TASK_TERMINATED));
    assert_eq!(process.handles().count(), 0);
    assert!(!Aspace::root(process.aspace()).is_alive());
    let started = process
        .start_thread(&fixture.caller.0, Entry { entry: 4096, stack: 0 }.registers(0, 0).unwrap());
    assert_eq!(started, Err(Status::BAD_STATE));
}

#[test_case]
fn killing_ends_processes_and_not_threads() {
    let fixture = Fixture::new(Rights::all());
    let process = fixture.caller.process().clone();
    assert_eq!(fixture.call(Call::TaskKill, args([fixture.thread])), Status::WRONG_TYPE);
    assert_eq!(fixture.call(Call::TaskKill, args([fixture.job])), Status::OK);
    assert!(!process.is_alive());
    assert_eq!(process.state().return_code, EXIT_CODE_KILLED);
}
