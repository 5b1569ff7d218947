//! `object_get_info`.
//!
//! # Source
//! `handles-rights-errors.md` §4, §5 and §7.

use super::cases;
use crate::fixture::*;
use crate::{part, zx};
use abi::info::{InfoKmemStats, InfoProcess, InfoProcessV1, ProcessFlags};
use abi::layout::{USER_BASE, USER_LEN};
use abi::object::EXIT_CODE_KILLED;
use abi::{ObjectType, Topic};
use rt::{Channel, Handle, Process, Rights, Status, Thread, start};

cases! { info:
    unknown_topics_are_not_supported,
    handle_valid_needs_nothing,
    handle_valid_of_nothing_is_bad,
    handle_basic_names_type_and_rights,
    handle_basic_needs_no_right,
    handle_basic_names_relations,
    a_small_buffer_is_told_so,
    a_small_buffer_is_not_written,
    a_large_buffer_gets_one_record,
    counts_may_be_null,
    counts_say_one,
    vmar_says_where_a_region_lies,
    vmar_of_the_root,
    process_before_it_is_started,
    process_while_it_runs,
    process_after_its_end,
    process_after_a_kill,
    process_as_until_2018,
    kmem_stats_add_up,
    kmem_stats_follow_a_commit,
}

fn unknown_topics_are_not_supported() {
    let mut buffer = [0_u64; 64];
    for topic in [0, 5, 100, 0xFFFF_FFFF_u32, 7 | 1 << 28, 2 | 1 << 28, 3 | 2 << 28] {
        let status = zx::object_get_info(root(), topic, &mut buffer, 512, 0, 0);
        assert_eq!(status, Status::NOT_SUPPORTED, "{topic:#x}");
    }
}

#[track_caller]
fn is_valid(handle: impl zx::Word) -> Status {
    zx::object_get_info(handle, Topic::HANDLE_VALID.0, 0, 0, 0, 0)
}

fn handle_valid_needs_nothing() {
    let bare = vmo(1).into_handle().replace(Rights::empty()).unwrap();
    assert_eq!(is_valid(&bare), Status::OK);
}

fn handle_valid_of_nothing_is_bad() {
    assert_eq!(is_valid(0), Status::BAD_HANDLE);
    assert_eq!(is_valid(UNKNOWN), Status::BAD_HANDLE);
}

fn handle_basic_names_type_and_rights() {
    let (process, vmar) = Process::create(start().job(), "types").unwrap();
    let thread = Thread::create(&process, "types").unwrap();
    let (channel, _other) = Channel::create().unwrap();
    let object = vmo(1);
    let expected: [(&Handle, ObjectType, Rights); 6] = [
        (&process, ObjectType::Process, Rights::PROCESS_DEFAULT),
        (&thread, ObjectType::Thread, Rights::THREAD_DEFAULT),
        (&vmar, ObjectType::Vmar, Rights::VMAR_ROOT_DEFAULT),
        (&object, ObjectType::Vmo, Rights::VMO_DEFAULT),
        (&channel, ObjectType::Channel, Rights::CHANNEL_DEFAULT),
        (start().job(), ObjectType::Job, Rights::JOB_DEFAULT),
    ];
    for (handle, object_type, rights) in expected {
        let info = handle.basic_info().unwrap();
        assert_eq!(info.object_type, object_type as u32, "{object_type:?}");
        assert_eq!(info.rights, rights.bits(), "{object_type:?}");
        assert_eq!((info.reserved, info.padding), (0, 0), "{object_type:?}");
    }
}

fn handle_basic_needs_no_right() {
    let bare = root().duplicate(Rights::empty()).unwrap();
    assert_eq!(bare.basic_info().unwrap().object_type, ObjectType::Vmar as u32);
}

fn handle_basic_names_relations() {
    let (process, vmar) = Process::create(start().job(), "relations").unwrap();
    let thread = Thread::create(&process, "relations").unwrap();
    let (one, other) = Channel::create().unwrap();
    let object = vmo(1);
    let koid = |handle: &Handle| handle.basic_info().unwrap().koid;
    let expected: [(&Handle, u64); 6] = [
        (&process, koid(start().job())),
        (&thread, koid(&process)),
        (&one, koid(&other)),
        (&other, koid(&one)),
        (&vmar, 0),
        (&object, 0),
    ];
    for (handle, related) in expected {
        assert_eq!(handle.basic_info().unwrap().related_koid, related);
    }
}

/// Asks about the root VMAR with a buffer of `size` bytes; returns the status, both counts and the buffer.
#[track_caller]
fn ask(size: u64) -> (Status, [u64; 2], [u64; 4]) {
    let (mut actual, mut avail, mut buffer) = (9_u64, 9_u64, [9_u64; 4]);
    let status =
        zx::object_get_info(root(), Topic::VMAR.0, &mut buffer, size, &mut actual, &mut avail);
    (status, [actual, avail], buffer)
}

fn a_small_buffer_is_told_so() {
    for size in [0, 1, 8, 15] {
        let (status, counts, _) = ask(size);
        assert_eq!((status, counts), (Status::BUFFER_TOO_SMALL, [0, 1]), "{size} bytes");
    }
    let status = zx::object_get_info(root(), Topic::VMAR.0, 0, 0, 0, 0);
    assert_eq!(status, Status::BUFFER_TOO_SMALL, "no buffer at all");
}

fn a_small_buffer_is_not_written() {
    assert_eq!(ask(15).2, [9; 4]);
}

fn a_large_buffer_gets_one_record() {
    let (status, counts, buffer) = ask(32);
    assert_eq!((status, counts), (Status::OK, [1, 1]));
    assert_eq!(buffer, [USER_BASE, USER_LEN, 9, 9]);
}

fn counts_may_be_null() {
    let mut buffer = [0_u64; 2];
    assert_eq!(zx::object_get_info(root(), Topic::VMAR.0, &mut buffer, 16, 0, 0), Status::OK);
    assert_eq!(buffer, [USER_BASE, USER_LEN]);
}

fn counts_say_one() {
    assert_eq!(ask(16).1, [1, 1]);
}

fn vmar_says_where_a_region_lies() {
    let region = region(5);
    let info = region.region().unwrap();
    assert_eq!((info.base, info.len), (region.base, 5 * PAGE));
}

fn vmar_of_the_root() {
    let (_process, vmar) = Process::create(start().job(), "root").unwrap();
    let info = vmar.region().unwrap();
    assert_eq!((info.base, info.len), (USER_BASE, USER_LEN));
}

fn process_before_it_is_started() {
    let (process, _vmar) = Process::create(start().job(), "new").unwrap();
    let info = process.state().unwrap();
    assert_eq!((info.return_code, info.start_time, info.flags), (0, 0, 0));
}

fn process_while_it_runs() {
    let info = start().process().state().unwrap();
    assert_eq!(info.flags, ProcessFlags::STARTED.bits());
    assert_eq!(info.return_code, 0);
    assert!(info.start_time > 0 && info.start_time <= rt::time::now());
}

/// Checks what is said about a process that has ended.
#[track_caller]
fn assert_ended(process: &Process, code: i64) {
    let info: InfoProcess = process.state().unwrap();
    assert_eq!(info.return_code, code);
    assert_eq!(info.flags, (ProcessFlags::STARTED | ProcessFlags::EXITED).bits());
}

fn process_after_its_end() {
    for code in [0, 1, -1, i64::MAX, i64::MIN, 0x1_0000_0000] {
        let part =
            part::Part::start(|code| rt::exit(code.cast_signed()), code.cast_unsigned(), [].into());
        let process = part.process.duplicate(Rights::SAME_RIGHTS).unwrap();
        assert_eq!(part.join(), code);
        assert_ended(&process, code);
    }
}

fn process_after_a_kill() {
    let part = part::Part::start(|_| spin(), 0, [].into());
    part.process.kill().unwrap();
    let process = part.process.duplicate(Rights::SAME_RIGHTS).unwrap();
    assert_eq!(part.join(), EXIT_CODE_KILLED);
    assert_ended(&process, EXIT_CODE_KILLED);
}

/// Runs for ever.
fn spin() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

fn process_as_until_2018() {
    let info: InfoProcessV1 = start().process().info(Topic::PROCESS_V1).unwrap();
    assert_eq!((info.return_code, info.started, info.exited, info.debugger_attached), (0, 1, 0, 0));
}

fn kmem_stats() -> InfoKmemStats {
    start().job().info(Topic::KMEM_STATS).unwrap()
}

fn kmem_stats_add_up() {
    let stats = kmem_stats();
    assert!(stats.free_bytes < stats.total_bytes, "{stats:?}");
    assert!(stats.free_heap_bytes < stats.total_heap_bytes, "{stats:?}");
    assert!(stats.free_bytes + stats.total_heap_bytes <= stats.total_bytes, "{stats:?}");
    assert_eq!(stats.total_bytes % PAGE, 0);
}

fn kmem_stats_follow_a_commit() {
    let object = vmo(100);
    let before = kmem_stats().free_bytes;
    for page in 0..100 {
        object.write(page * PAGE, &[1]).unwrap();
    }
    let taken = before - kmem_stats().free_bytes;
    assert!((100 * PAGE..140 * PAGE).contains(&taken), "{taken} bytes for 100 pages");
}
