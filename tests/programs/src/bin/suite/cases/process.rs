//! Processes: making, starting, ending them.
//!
//! # Source
//! `handles-rights-errors.md` §9.

use super::cases;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::usage::assert_leaks_nothing;
use crate::{probe, zx};
use abi::Call;
use abi::layout::{USER_BASE, USER_LEN};
use abi::object::{EXIT_CODE_EXCEPTION, EXIT_CODE_KILLED};
use alloc::vec::Vec;
use rt::{Channel, Process, Rights, Status, Thread, VmOptions, Vmar, start};

cases! { process:
    unknown_options_are_invalid,
    a_name_that_cannot_be_read_is_invalid,
    a_long_name_is_cut,
    an_empty_name_is_fine,
    the_root_can_be_used_before_the_start,
    address_spaces_are_separate,
    a_process_never_started_dies_with_its_handle,
    a_process_never_started_can_be_killed,
    a_thread_of_another_process_is_denied,
    starting_twice_is_bad_state,
    starting_a_dead_process_is_bad_state,
    a_refused_start_consumes_the_argument,
    a_start_that_succeeds_consumes_the_argument,
    registers_at_the_start,
    exit_codes_have_64_bits,
    exit_takes_other_threads_along,
    a_kill_ends_a_spinning_process,
    a_kill_ends_a_waiting_process,
    a_kill_ends_a_sleeping_process,
    killing_the_dead_is_fine,
    killing_oneself,
    the_first_exit_code_counts,
    an_exception_ends_all_threads,
    handles_of_the_dead_are_closed,
    the_dead_take_no_threads,
    regions_of_the_dead_are_dead,
    a_panic_is_an_exit_code,
    a_hundred_processes_one_after_another,
    many_processes_at_once,
    making_processes_leaks_nothing,
}

/// Makes a process that is not started.
fn new() -> (Process, Vmar) {
    Process::create(start().job(), "process").unwrap()
}

fn unknown_options_are_invalid() {
    let (mut process, mut vmar) = (0_u32, 0_u32);
    for options in [2, 4, 3, 1 << 31] {
        let status = zx::process_create(start().job(), "x", 1, options, &mut process, &mut vmar);
        assert_eq!(status, Status::INVALID_ARGS, "{options:#x}");
    }
    assert_eq!((process, vmar), (0, 0));
}

fn a_name_that_cannot_be_read_is_invalid() {
    let (mut process, mut vmar) = (0_u32, 0_u32);
    for name in [0, PAGE, 1 << 47, 0xFFFF_8000_0000_0000] {
        let status = zx::process_create(start().job(), name, 5, 0, &mut process, &mut vmar);
        assert_eq!(status, Status::INVALID_ARGS, "{name:#x}");
    }
}

fn a_long_name_is_cut() {
    let name = "a name that is much longer than thirty-one bytes";
    let (process, _vmar) = Process::create(start().job(), name).unwrap();
    let mut bytes = [0xEE_u8; 32];
    let status = zx::object_get_property(&process, abi::object::PROP_NAME, &mut bytes, 32);
    assert_eq!(status, Status::OK);
    assert_eq!((&bytes[..31], bytes[31]), (&name.as_bytes()[..31], 0));
}

fn an_empty_name_is_fine() {
    let (mut process, mut vmar) = (0_u32, 0_u32);
    let status = zx::process_create(start().job(), 0, 0, 0, &mut process, &mut vmar);
    assert_eq!(status, Status::OK);
}

fn the_root_can_be_used_before_the_start() {
    let (_process, theirs) = new();
    let info = theirs.region().unwrap();
    assert_eq!((info.base, info.len), (USER_BASE, USER_LEN));
    let object = vmo(2);
    let child = region_in(&theirs, CAN_ALL, 0, 4);
    let address = child.place(1, &object, 2, RW);
    assert_eq!(child.protect(R, address, PAGE), Ok(()));
    assert_eq!(theirs.unmap(child.base, 4 * PAGE), Ok(()));
}

fn address_spaces_are_separate() {
    let (_process, theirs) = new();
    let address = theirs.map(RW, 0, &vmo(1), 0, PAGE).unwrap();
    assert_eq!(probe::read(address), Err(Status::NOT_FOUND));
    let mine = root().map(RW | SPECIFIC, address - USER_BASE, &numbered(1, 4), 0, PAGE);
    assert_eq!(mine, Ok(address));
    assert_eq!(theirs.unmap(address, PAGE), Ok(()));
    assert_eq!(probe::read(address), Ok(4));
}

fn a_process_never_started_dies_with_its_handle() {
    let (process, theirs) = new();
    let child = region_in(&theirs, CAN_ALL, 0, 1);
    let second = process.duplicate(Rights::SAME_RIGHTS).unwrap();
    drop(process);
    assert!(theirs.map(R, 0, &vmo(1), 0, PAGE).is_ok(), "there is another handle");
    drop(second);
    assert_eq!(theirs.map(R, 0, &vmo(1), 0, PAGE), Err(Status::BAD_STATE));
    assert_eq!(child.destroy(), Err(Status::BAD_STATE));
}

fn a_process_never_started_can_be_killed() {
    let (process, theirs) = new();
    let thread = Thread::create(&process, "never").unwrap();
    process.kill().unwrap();
    assert_eq!(process.join(), Ok(EXIT_CODE_KILLED));
    assert_eq!(theirs.destroy(), Err(Status::BAD_STATE));
    assert_eq!(process.start(&thread, PAGE, 0, None, 0), Err(Status::BAD_STATE));
}

fn a_thread_of_another_process_is_denied() {
    let ((process, _), (other, _)) = (new(), new());
    let thread = Thread::create(&other, "theirs").unwrap();
    assert_eq!(process.start(&thread, PAGE, 0, None, 0), Err(Status::ACCESS_DENIED));
    let mine = Thread::create(&process, "mine").unwrap();
    assert_eq!(process.start(&mine, PAGE, 0, None, 0), Ok(()));
}

fn starting_twice_is_bad_state() {
    let thread = Thread::create(start().process(), "second").unwrap();
    let status = start().process().start(&thread, PAGE, 0, None, 0);
    assert_eq!(status, Err(Status::BAD_STATE), "a process that runs");
}

fn starting_a_dead_process_is_bad_state() {
    let (process, _) = new();
    let (one, two) =
        (Thread::create(&process, "one").unwrap(), Thread::create(&process, "two").unwrap());
    assert_eq!(process.start(&one, PAGE, 0, None, 0), Ok(()));
    assert_eq!(process.join(), Ok(EXIT_CODE_EXCEPTION));
    assert_eq!(process.start(&one, PAGE, 0, None, 0), Err(Status::BAD_STATE));
    assert_eq!(process.start(&two, PAGE, 0, None, 0), Err(Status::BAD_STATE));
}

fn a_refused_start_consumes_the_argument() {
    let thread = Thread::create(start().process(), "second").unwrap();
    let (process, _) = new();
    let other = Thread::create(&process, "other").unwrap();
    let attempts = [
        (start().process().raw(), thread.raw(), Status::BAD_STATE),
        (process.raw(), thread.raw(), Status::ACCESS_DENIED),
        (UNKNOWN, thread.raw(), Status::BAD_HANDLE),
        (process.raw(), root().raw(), Status::WRONG_TYPE),
        (process.raw(), other.raw(), Status::INVALID_ARGS),
    ];
    for (process, thread, expected) in attempts {
        let raw = vmo(1).into_handle().into_raw();
        let entry = if expected == Status::INVALID_ARGS { u64::MAX } else { PAGE };
        assert_eq!(zx::process_start(process, thread, entry, 0, raw, 0), expected);
        assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE, "after {expected}");
    }
}

/// Code that ends its process with an exit code made from the registers it was started with.
///
/// `mov rax, [rsi]`-free on purpose: nothing but registers. The exit code is 1 plus the first register that is not what it should be.
fn checks_registers() -> Vec<u8> {
    let mut code = Vec::new();
    // `or rbx, rax` and so on: gathers every register that must be zero in RAX.
    for gather in [
        [0x48, 0x09, 0xD8],
        [0x48, 0x09, 0xC8],
        [0x48, 0x09, 0xD0],
        [0x48, 0x09, 0xE8],
        [0x4C, 0x09, 0xC0],
        [0x4C, 0x09, 0xC8],
        [0x4C, 0x09, 0xD0],
        [0x4C, 0x09, 0xD8],
        [0x4C, 0x09, 0xE0],
        [0x4C, 0x09, 0xE8],
        [0x4C, 0x09, 0xF0],
        [0x4C, 0x09, 0xF8],
    ] {
        code.extend(gather);
    }
    // add rax, rsi; sub rax, rsp; mov rdi, rax; mov eax, process_exit; syscall
    code.extend([0x48, 0x01, 0xF0, 0x48, 0x29, 0xE0, 0x48, 0x89, 0xC7, 0xB8]);
    code.extend((Call::ProcessExit as u32).to_le_bytes());
    code.extend([0x0F, 0x05, 0x0F, 0x0B]);
    code
}

fn registers_at_the_start() {
    let (process, theirs) = new();
    let thread = Thread::create(&process, "registers").unwrap();
    let code = vmo(1);
    code.write(0, &checks_registers()).unwrap();
    let entry = theirs.map(RX, 0, &code.into_executable().unwrap(), 0, PAGE).unwrap();
    process.start(&thread, entry, 1000, None, 1042).unwrap();
    assert_eq!(process.join(), Ok(42), "RSI - RSP, and everything else zero");
}

fn a_start_that_succeeds_consumes_the_argument() {
    let (one, other) = Channel::create().unwrap();
    let (process, _theirs) = new();
    let thread = Thread::create(&process, "argument").unwrap();
    let raw = one.into_handle().into_raw();
    assert_eq!(zx::process_start(&process, &thread, PAGE, 0, raw, 0), Status::OK);
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
    assert_eq!(process.join(), Ok(EXIT_CODE_EXCEPTION));
    assert_eq!(other.write(&[1], Vec::new()), Err(Status::PEER_CLOSED), "closed with the process");
}

fn exit_with(code: u64) {
    rt::exit(code.cast_signed());
}

fn exit_codes_have_64_bits() {
    for code in [0, 1, 255, 256, -1, i64::MIN, i64::MAX, 0x1234_5678_9ABC_DEF0] {
        assert_eq!(part::run(exit_with, code.cast_unsigned()), code);
    }
}

extern "C" fn spin(_: u64) {
    loop {
        core::hint::spin_loop();
    }
}

extern "C" fn wait_for_ever(_: u64) {
    let (one, _other) = Channel::create().unwrap();
    let _ = one.receive(&mut []);
}

/// Starts other threads and exits.
fn exit_beside_others(code: u64) {
    for function in [spin, wait_for_ever, spin] {
        core::mem::forget(rt::thread::spawn(function, 0).unwrap());
    }
    rt::time::sleep(5_000_000).unwrap();
    rt::exit(code.cast_signed());
}

fn exit_takes_other_threads_along() {
    assert_eq!(part::run(exit_beside_others, 17), 17);
}

fn a_kill_ends_a_spinning_process() {
    let part = Part::start(|_| spin(0), 0, Vec::new());
    rt::time::sleep(5_000_000).unwrap();
    part::kill(part);
    part::kill(Part::start(|_| spin(0), 0, Vec::new()));
}

fn a_kill_ends_a_waiting_process() {
    let part = Part::start(|_| wait_for_ever(0), 0, Vec::new());
    rt::time::sleep(5_000_000).unwrap();
    part::kill(part);
}

fn a_kill_ends_a_sleeping_process() {
    let part = Part::start(|_| rt::time::sleep(i64::MAX).unwrap(), 0, Vec::new());
    rt::time::sleep(5_000_000).unwrap();
    part::kill(part);
}

fn killing_the_dead_is_fine() {
    let part = Part::start(exit_with, 3, Vec::new());
    let process = part.process.duplicate(Rights::SAME_RIGHTS).unwrap();
    assert_eq!(part.join(), 3);
    assert_eq!(process.kill(), Ok(()));
    assert_eq!(process.state().unwrap().return_code, 3);
}

fn kill_myself(_: u64) {
    let status = start().process().kill();
    panic!("there is nobody left to run: {status:?}");
}

fn killing_oneself() {
    assert_eq!(part::run(kill_myself, 0), EXIT_CODE_KILLED);
}

fn the_first_exit_code_counts() {
    let part = Part::start(|_| spin(0), 0, Vec::new());
    part.process.kill().unwrap();
    part.process.kill().unwrap();
    assert_eq!(part.join(), EXIT_CODE_KILLED);
}

fn fault_beside_others(_: u64) {
    for function in [spin, wait_for_ever] {
        core::mem::forget(rt::thread::spawn(function, 0).unwrap());
    }
    // SAFETY: to die of it is what this process is for.
    unsafe { rt::memory::store(0, 1_u8) };
}

fn an_exception_ends_all_threads() {
    part::dies(fault_beside_others, 0);
}

fn handles_of_the_dead_are_closed() {
    let (one, other) = Channel::create().unwrap();
    part::passes(|_| core::mem::forget(part::given()), 0, [one.into_handle()].into());
    assert_eq!(other.write(&[1], Vec::new()), Err(Status::PEER_CLOSED));
}

/// Returns a process that has ended.
fn dead() -> Process {
    let part = Part::start(exit_with, 0, Vec::new());
    let process = part.process.duplicate(Rights::SAME_RIGHTS).unwrap();
    assert_eq!(part.join(), 0);
    process
}

fn the_dead_take_no_threads() {
    assert_eq!(Thread::create(&dead(), "late").err(), Some(Status::BAD_STATE));
}

fn regions_of_the_dead_are_dead() {
    let (process, theirs) = new();
    let thread = Thread::create(&process, "dies").unwrap();
    let child = region_in(&theirs, CAN_ALL, 0, 4);
    process.start(&thread, PAGE, 0, None, 0).unwrap();
    assert_eq!(process.join(), Ok(EXIT_CODE_EXCEPTION));
    assert_eq!(theirs.map(R, 0, &vmo(1), 0, PAGE), Err(Status::BAD_STATE));
    assert_eq!(child.destroy(), Err(Status::BAD_STATE));
    assert_eq!(child.region().unwrap().base, child.base);
}

fn a_panic_is_an_exit_code() {
    rt::println!("the next line is a panic that a case provokes");
    assert_eq!(part::run(|_| panic!("on purpose"), 0), rt::EXIT_CODE_PANIC);
}

fn a_hundred_processes_one_after_another() {
    for code in 0..100 {
        assert_eq!(part::run(exit_with, code), code.cast_signed());
    }
}

fn many_processes_at_once() {
    let parts: Vec<Part> = (0..20).map(|code| Part::start(exit_with, code, Vec::new())).collect();
    for (part, code) in parts.into_iter().zip(0..) {
        assert_eq!(part.join(), code);
    }
}

fn making_processes_leaks_nothing() {
    assert_leaks_nothing(|| {
        let (process, theirs) = new();
        let _thread = Thread::create(&process, "thread").unwrap();
        let address = theirs.map(RW | VmOptions::align(16), 0, &vmo(4), 0, 4 * PAGE).unwrap();
        assert_eq!(theirs.protect(R, address, PAGE), Ok(()));
    });
}
