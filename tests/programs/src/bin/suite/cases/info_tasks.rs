//! Lists of tasks, the state of threads, counts and lists of handles; and how lists are cut.
//!
//! # Source
//! `handles-rights-errors.md` §7.

use super::cases;
use crate::fixture::*;
use crate::paging::{Paging, read_by_call};
use crate::{part, zx};
use abi::info::{
    BlockedOn, InfoHandleCount, InfoHandleExtended, InfoProcessHandleStats, InfoThread,
    THREAD_STATE_DEAD, THREAD_STATE_NEW, THREAD_STATE_RUNNING,
};
use abi::port::WaitItem;
use abi::{Koid, ObjectType, Topic};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicI32, Ordering};
use rt::thread::Running;
use rt::{Channel, Handle, Port, Process, Rights, Signals, Status, Thread, start, time};

cases! { info_tasks:
    a_process_lists_its_threads,
    a_new_process_has_no_threads,
    a_job_lists_its_processes,
    a_job_has_no_children,
    lists_need_enumerate,
    a_new_thread,
    a_running_thread,
    a_thread_tells_what_it_waits_for,
    a_thread_that_waits_for_a_page,
    a_dead_thread,
    handles_to_an_object_are_counted,
    a_handle_in_a_message_counts,
    counting_handles_needs_inspect,
    a_process_lists_its_handles,
    a_list_of_handles_needs_three_rights,
    handles_are_counted_by_type,
    no_buffer_is_fine_for_a_list,
    a_list_is_cut_to_the_buffer,
    a_list_is_cut_to_whole_records,
    a_list_to_nowhere_is_invalid,
    a_list_over_a_gap_is_invalid,
    counts_to_nowhere_are_invalid,
}

fn koid(handle: &Handle) -> Koid {
    handle.basic_info().unwrap().koid
}

fn koids(handle: &Handle, topic: Topic) -> Vec<Koid> {
    handle.info_list(topic).unwrap()
}

fn a_process_lists_its_threads() {
    let threads = koids(start().process(), Topic::PROCESS_THREADS);
    assert_eq!(threads, [koid(start().thread())]);
    let idle = Thread::create(start().process(), "idle").unwrap();
    assert_eq!(koids(start().process(), Topic::PROCESS_THREADS), threads);
    drop(idle);
}

fn a_new_process_has_no_threads() {
    let (process, _vmar) = Process::create(start().job(), "new").unwrap();
    assert!(koids(&process, Topic::PROCESS_THREADS).is_empty());
}

fn a_job_lists_its_processes() {
    let (process, _vmar) = Process::create(start().job(), "listed").unwrap();
    let processes = koids(start().job(), Topic::JOB_PROCESSES);
    assert!(processes.contains(&koid(&process)));
    assert!(processes.contains(&koid(start().process())));
    process.kill().unwrap();
    assert!(!koids(start().job(), Topic::JOB_PROCESSES).contains(&koid(&process)));
}

fn a_job_has_no_children() {
    assert!(koids(start().job(), Topic::JOB_CHILDREN).is_empty());
}

fn lists_need_enumerate() {
    let asked: [(&Handle, Topic); 3] = [
        (start().process(), Topic::PROCESS_THREADS),
        (start().job(), Topic::JOB_PROCESSES),
        (start().job(), Topic::JOB_CHILDREN),
    ];
    for (handle, topic) in asked {
        let bare = without(handle, Rights::ENUMERATE);
        assert_eq!(bare.info_list::<Koid>(topic), Err(Status::ACCESS_DENIED));
        assert_eq!(root().info_list::<Koid>(topic), Err(Status::WRONG_TYPE));
    }
}

#[track_caller]
fn state(thread: &Thread) -> u32 {
    let told: InfoThread = thread.info(Topic::THREAD).unwrap();
    assert_eq!(told.wait_exception_channel_type, 0);
    assert_ne!(told.cpu_affinity_mask[0] & 1, 0);
    told.state
}

fn a_new_thread() {
    let thread = Thread::create(start().process(), "new").unwrap();
    assert_eq!(state(&thread), THREAD_STATE_NEW);
}

fn a_running_thread() {
    assert_eq!(state(start().thread()), THREAD_STATE_RUNNING);
}

/// Waits for the signal that the other end of a channel is closed, alone.
extern "C" fn wait_for_one(channel: u64) {
    let mut observed = 0_u32;
    let peer_closed = Signals::CHANNEL_PEER_CLOSED.bits();
    let status = zx::object_wait_one(channel, peer_closed, i64::MAX, &mut observed);
    assert_eq!(status, Status::OK);
}

/// The same as one of several, though there is only one.
extern "C" fn wait_for_many(channel: u64) {
    let handle = u32::try_from(channel).unwrap();
    let wait_for = Signals::CHANNEL_PEER_CLOSED.bits();
    let mut items = [WaitItem { handle, wait_for, pending: 0 }];
    assert_eq!(zx::object_wait_many(&mut items[0], 1, i64::MAX), Status::OK);
}

/// The same through a port.
extern "C" fn wait_for_packet(channel: u64) {
    let port = Port::create().unwrap();
    let peer_closed = Signals::CHANNEL_PEER_CLOSED.bits();
    let status = zx::object_wait_async(channel, &port, 0, peer_closed, 0);
    assert_eq!(status, Status::OK);
    port.wait_packet(i64::MAX).unwrap();
}

static WORD: AtomicI32 = AtomicI32::new(0);

/// Sleeps until [`WORD`] changes.
extern "C" fn sleep(_: u64) {
    while WORD.load(Ordering::Relaxed) == 0 {
        time::sleep(time::after(5_000_000)).unwrap();
    }
}

/// Sleeps on [`WORD`].
extern "C" fn wait_for_word(_: u64) {
    assert_eq!(zx::futex_wait(WORD.as_ptr() as u64, 0, 0, i64::MAX), Status::OK);
}

/// Waits until a thread waits for `on`.
#[track_caller]
fn assert_waits(running: &Running, on: BlockedOn) {
    let deadline = time::after(1_000_000_000);
    while state(running.thread()) != on.state() && time::now() < deadline {
        time::yield_now();
    }
    assert_eq!(state(running.thread()), on.state(), "{on:?}");
}

fn a_thread_tells_what_it_waits_for() {
    for (on, entry) in [
        (BlockedOn::WaitOne, wait_for_one as extern "C" fn(u64)),
        (BlockedOn::WaitMany, wait_for_many),
        (BlockedOn::Port, wait_for_packet),
    ] {
        let (ours, theirs) = Channel::create().unwrap();
        let running = rt::thread::spawn(entry, theirs.raw().into()).unwrap();
        assert_waits(&running, on);
        drop(ours);
        running.join().unwrap();
    }
    let running = rt::thread::spawn(wait_for_word, 0).unwrap();
    assert_waits(&running, BlockedOn::Futex);
    assert_eq!(zx::futex_wake(WORD.as_ptr() as u64, 1), Status::OK);
    running.join().unwrap();
    let running = rt::thread::spawn(sleep, 0).unwrap();
    assert_waits(&running, BlockedOn::Sleeping);
    WORD.store(1, Ordering::Relaxed);
    running.join().unwrap();
}

fn a_thread_that_waits_for_a_page() {
    let paging = Paging::fixed(1);
    let running = rt::thread::spawn(read_by_call, paging.vmo.raw().into()).unwrap();
    assert_waits(&running, BlockedOn::Pager);
    paging.supply(0, 1);
    running.join().unwrap();
}

fn handles_are_counted_by_type() {
    let (process, _vmar) = Process::create(start().job(), "counted").unwrap();
    let none: InfoProcessHandleStats = process.info(Topic::PROCESS_HANDLE_STATS).unwrap();
    assert_eq!(none, InfoProcessHandleStats::default());
    let count = |kind: ObjectType| {
        let stats: InfoProcessHandleStats =
            start().process().info(Topic::PROCESS_HANDLE_STATS).unwrap();
        stats.handle_count[kind as usize]
    };
    let before = [ObjectType::Vmo, ObjectType::Port].map(count);
    let (_objects, _port) = ([vmo(1), vmo(1)], Port::create().unwrap());
    assert_eq!([ObjectType::Vmo, ObjectType::Port].map(count), [before[0] + 2, before[1] + 1]);
    let blind = without(&process, Rights::INSPECT);
    let denied = blind.info::<InfoProcessHandleStats>(Topic::PROCESS_HANDLE_STATS);
    assert_eq!(denied, Err(Status::ACCESS_DENIED));
}

extern "C" fn end(_: u64) {}

fn a_dead_thread() {
    let running = rt::thread::spawn(end, 0).unwrap();
    let thread: Thread = running.thread().duplicate(Rights::SAME_RIGHTS).unwrap();
    running.join().unwrap();
    assert_eq!(state(&thread), THREAD_STATE_DEAD);
    let bare = without(&thread, Rights::INSPECT);
    assert_eq!(bare.info::<InfoThread>(Topic::THREAD), Err(Status::ACCESS_DENIED));
}

#[track_caller]
fn count(handle: &Handle) -> u32 {
    handle.info::<InfoHandleCount>(Topic::HANDLE_COUNT).unwrap().handle_count
}

fn handles_to_an_object_are_counted() {
    let (channel, _other) = Channel::create().unwrap();
    let (process, vmar) = Process::create(start().job(), "counted").unwrap();
    let thread = Thread::create(&process, "counted").unwrap();
    let object = vmo(1);
    assert_eq!(count(&channel), 1);
    let handles: [&Handle; 4] = [&process, &vmar, &thread, &object];
    for handle in handles {
        assert_eq!(count(handle), 1);
        let again = handle.duplicate(Rights::SAME_RIGHTS).unwrap();
        assert_eq!(count(handle), 2);
        let again = again.replace(Rights::SAME_RIGHTS).unwrap();
        assert_eq!(count(handle), 2);
        drop(again);
        assert_eq!(count(handle), 1);
    }
}

fn a_handle_in_a_message_counts() {
    let (ours, theirs) = Channel::create().unwrap();
    let object = vmo(1);
    let sent = object.duplicate(Rights::SAME_RIGHTS).unwrap().into_handle();
    ours.write(b"", Vec::from([sent])).unwrap();
    assert_eq!(count(&object), 2);
    drop((ours, theirs));
    assert_eq!(count(&object), 1);
}

fn counting_handles_needs_inspect() {
    let bare = without(&vmo(1), Rights::INSPECT);
    assert_eq!(bare.info::<InfoHandleCount>(Topic::HANDLE_COUNT), Err(Status::ACCESS_DENIED));
}

fn a_process_lists_its_handles() {
    let object = vmo(1);
    let table: Vec<InfoHandleExtended> = start().process().info_list(Topic::HANDLE_TABLE).unwrap();
    let its: Vec<_> = table.iter().filter(|entry| entry.koid == koid(&object)).collect();
    let expected = InfoHandleExtended {
        object_type: ObjectType::Vmo as u32,
        handle_value: object.raw(),
        rights: Rights::VMO_DEFAULT.bits(),
        koid: koid(&object),
        ..InfoHandleExtended::default()
    };
    assert_eq!(its, [&expected]);
    let own = table.iter().find(|entry| entry.handle_value == start().process().raw());
    assert_eq!(own.unwrap().related_koid, koid(start().job()));
}

fn a_list_of_handles_needs_three_rights() {
    for missing in [Rights::INSPECT, Rights::MANAGE_PROCESS, Rights::MANAGE_THREAD] {
        let bare = without(start().process(), missing);
        let asked = bare.info_list::<InfoHandleExtended>(Topic::HANDLE_TABLE);
        assert_eq!(asked, Err(Status::ACCESS_DENIED));
    }
    let asked = start().job().info_list::<InfoHandleExtended>(Topic::HANDLE_TABLE);
    assert_eq!(asked, Err(Status::WRONG_TYPE));
}

/// A region with three mappings, so four records, and the bytes of one.
fn four_records() -> (Region, u64) {
    let region = region(8);
    for page in [0, 2, 4] {
        region.place(page, &vmo(1), 1, R);
    }
    (region, 152)
}

#[track_caller]
fn ask(region: &Region, buffer: u64, size: u64) -> (Status, u64, u64) {
    let (mut actual, mut avail) = (u64::MAX, u64::MAX);
    let topic = Topic::VMAR_MAPS.0;
    let status = zx::object_get_info(&**region, topic, buffer, size, &mut actual, &mut avail);
    (status, actual, avail)
}

fn no_buffer_is_fine_for_a_list() {
    let (region, _) = four_records();
    assert_eq!(ask(&region, 0, 0), (Status::OK, 0, 4));
    let status = zx::object_get_info(&*region, Topic::VMAR_MAPS.0, 0, 0, 0, 0);
    assert_eq!(status, Status::OK);
}

fn a_list_is_cut_to_the_buffer() {
    let (region, size) = four_records();
    let buffer = map(&vmo(1), 1, RW);
    for fit in 0..=5 {
        assert_eq!(ask(&region, buffer, fit * size), (Status::OK, fit.min(4), 4));
    }
}

fn a_list_is_cut_to_whole_records() {
    let (region, size) = four_records();
    let buffer = map(&vmo(1), 1, RW);
    assert_eq!(ask(&region, buffer, 3 * size - 1), (Status::OK, 2, 4));
    assert_eq!(crate::probe::read(buffer + 2 * size), Ok(0), "what follows");
    assert_eq!(ask(&region, buffer, u64::MAX), (Status::OK, 4, 4));
}

fn a_list_to_nowhere_is_invalid() {
    let (region, size) = four_records();
    for address in Hostile::new().addresses() {
        assert_eq!(ask(&region, address, size).0, Status::INVALID_ARGS, "{address:#x}");
    }
}

fn a_list_over_a_gap_is_invalid() {
    let (region, size) = four_records();
    let place = self::region(2);
    place.place(0, &vmo(1), 1, RW);
    let buffer = place.page(1) - 2 * size - size / 2;
    assert_eq!(ask(&region, buffer, 4 * size).0, Status::INVALID_ARGS);
    assert_eq!(ask(&region, buffer, 2 * size), (Status::OK, 2, 4));
}

fn counts_to_nowhere_are_invalid() {
    let (region, _) = four_records();
    for address in Hostile::new().addresses().filter(|address| *address != 0) {
        let topic = Topic::VMAR_MAPS.0;
        let actual = zx::object_get_info(&*region, topic, 0, 0, address, 0);
        let avail = zx::object_get_info(&*region, topic, 0, 0, 0, address);
        assert_eq!((actual, avail), (Status::INVALID_ARGS, Status::INVALID_ARGS), "{address:#x}");
    }
    part::passes(ask_with_read_only_counts, 0, Vec::new());
}

fn ask_with_read_only_counts(_: u64) {
    let address = map(&vmo(1), 1, R);
    let status = zx::object_get_info(root(), Topic::VMAR.0, 0, 0, address, 0);
    assert_eq!(status, Status::INVALID_ARGS);
}
