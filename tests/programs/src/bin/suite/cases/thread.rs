//! Threads: making, starting, ending them, and taking turns.
//!
//! # Source
//! `handles-rights-errors.md` §9; issue "From power-on to a ring-3 program that maps memory".

use super::cases;
use crate::fixture::*;
use crate::{part, probe, zx};
use abi::object::TIME_INFINITE;
use alloc::vec::Vec;
use core::hint::spin_loop;
use core::sync::atomic::{AtomicU64, Ordering};
use rt::thread::spawn;
use rt::{Process, Signals, Status, Thread, start, time};

cases! { thread:
    unknown_options_are_invalid,
    a_name_that_cannot_be_read_is_invalid,
    starting_twice_is_bad_state,
    starting_in_a_process_that_has_ended_is_bad_state,
    starting_the_first_thread_starts_the_process,
    starting_after_the_end_is_bad_state,
    a_thread_signals_that_it_runs,
    a_started_thread_runs_with_its_arguments,
    threads_share_the_address_space,
    a_spinning_thread_is_preempted,
    many_spinning_threads_all_get_on,
    a_thread_that_ends_raises_terminated,
    the_last_thread_takes_the_process_along,
    the_first_thread_may_end_before_others,
    a_thread_handle_cannot_be_killed,
    a_thread_never_started_goes_with_its_handle,
    registers_survive_preemption,
    sse_registers_survive_preemption,
    fs_bases_belong_to_threads,
    handles_belong_to_the_process,
    mapping_from_two_threads,
    unmapping_under_another_threads_feet,
    a_bad_entry_kills_the_process_only,
    a_hundred_threads,
    a_thread_may_unmap_its_own_stack,
    a_refused_unmap_does_not_end_the_thread,
}

/// Makes a thread of this process.
fn new() -> Thread {
    Thread::create(start().process(), "thread").unwrap()
}

fn unknown_options_are_invalid() {
    let mut handle = 0_u32;
    for options in [1, 2, 1 << 31] {
        let status = zx::thread_create(start().process(), "x", 1, options, &mut handle);
        assert_eq!(status, Status::INVALID_ARGS, "{options:#x}");
    }
}

fn a_name_that_cannot_be_read_is_invalid() {
    let mut handle = 0_u32;
    for name in [0, PAGE, 1 << 47, 0xFFFF_8000_0000_0000] {
        let status = zx::thread_create(start().process(), name, 5, 0, &mut handle);
        assert_eq!(status, Status::INVALID_ARGS, "{name:#x}");
    }
}

/// Counts what threads do.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Tells spinning threads to end.
static STOP: AtomicU64 = AtomicU64::new(0);

extern "C" fn add(number: u64) {
    COUNT.fetch_add(number, Ordering::Relaxed);
}

extern "C" fn spin_until_stopped(_: u64) {
    while STOP.load(Ordering::Relaxed) == 0 {
        spin_loop();
    }
}

fn starting_twice_is_bad_state() {
    let running = spawn(spin_until_stopped, 0).unwrap();
    assert_eq!(zx::thread_start(running.thread(), PAGE, 0, 0, 0), Status::BAD_STATE);
    STOP.store(1, Ordering::Relaxed);
    running.join().unwrap();
}

fn starting_in_a_process_that_has_ended_is_bad_state() {
    let (process, _) = Process::create(start().job(), "not started").unwrap();
    let thread = Thread::create(&process, "thread").unwrap();
    process.kill().unwrap();
    assert_eq!(zx::thread_start(&thread, PAGE, 0, 0, 0), Status::BAD_STATE);
}

fn starting_the_first_thread_starts_the_process() {
    let (process, _) = Process::create(start().job(), "started").unwrap();
    let first = Thread::create(&process, "first").unwrap();
    let second = Thread::create(&process, "second").unwrap();
    // It faults, which ends the process once nobody handles that.
    let channel = rt::exception::channel_of(&process).unwrap();
    assert_eq!(zx::thread_start(&first, PAGE, 0, 0, 0), Status::OK);
    assert_eq!(process.start(&second, PAGE, 0, None, 0), Err(Status::BAD_STATE));
    assert_eq!(zx::thread_start(&second, PAGE, 0, 0, 0), Status::OK);
    process.kill().unwrap();
    process.wait(Signals::TASK_TERMINATED, TIME_INFINITE).unwrap();
    drop(channel);
}

fn starting_after_the_end_is_bad_state() {
    let running = spawn(add, 1).unwrap();
    let thread = running.thread().duplicate(rt::Rights::SAME_RIGHTS).unwrap();
    running.join().unwrap();
    assert_eq!(zx::thread_start(&thread, PAGE, 0, 0, 0), Status::BAD_STATE);
}

fn a_thread_signals_that_it_runs() {
    let raised = |thread: &Thread| {
        let mut observed = 0_u32;
        assert_eq!(zx::object_wait_one(thread, 0, 0, &mut observed), Status::TIMED_OUT);
        Signals::from_bits_retain(observed)
    };
    let idle = Thread::create(start().process(), "idle").unwrap();
    assert_eq!(raised(&idle), Signals::empty());
    let running = spawn(spin_until_stopped, 0).unwrap();
    let thread = running.thread().duplicate(rt::Rights::SAME_RIGHTS).unwrap();
    assert_eq!(raised(&thread), Signals::THREAD_RUNNING);
    STOP.store(1, Ordering::Relaxed);
    running.join().unwrap();
    assert_eq!(raised(&thread), Signals::TASK_TERMINATED);
}

fn a_started_thread_runs_with_its_arguments() {
    for number in [1, 10, 100] {
        spawn(add, number).unwrap().join().unwrap();
    }
    assert_eq!(COUNT.load(Ordering::Relaxed), 111);
}

extern "C" fn write_there(address: u64) {
    assert_eq!(probe::write(address, 5), Ok(()));
}

fn threads_share_the_address_space() {
    let address = map(&vmo(1), 1, RW);
    spawn(write_there, address).unwrap().join().unwrap();
    assert_eq!(probe::read(address), Ok(5));
}

fn a_spinning_thread_is_preempted() {
    let running = spawn(spin_until_stopped, 0).unwrap();
    for _ in 0..3 {
        time::sleep(2_000_000).unwrap();
    }
    STOP.store(1, Ordering::Relaxed);
    running.join().unwrap();
}

/// How far each of several spinning threads has come.
static PROGRESS: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

extern "C" fn make_progress(which: u64) {
    let mine = &PROGRESS[usize::try_from(which).unwrap()];
    while STOP.load(Ordering::Relaxed) == 0 {
        mine.fetch_add(1, Ordering::Relaxed);
    }
}

fn many_spinning_threads_all_get_on() {
    let threads: Vec<_> = (0..4).map(|which| spawn(make_progress, which).unwrap()).collect();
    for _ in 0..3 {
        let before = PROGRESS.each_ref().map(|progress| progress.load(Ordering::Relaxed));
        let has_moved = |which: usize| PROGRESS[which].load(Ordering::Relaxed) > before[which];
        while !(0..4).all(has_moved) {
            spin_loop();
        }
    }
    STOP.store(1, Ordering::Relaxed);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn a_thread_that_ends_raises_terminated() {
    let running = spawn(spin_until_stopped, 0).unwrap();
    let terminated = Signals::TASK_TERMINATED;
    assert_eq!(running.thread().wait(terminated, 0), Err(Status::TIMED_OUT));
    STOP.store(1, Ordering::Relaxed);
    assert_eq!(running.thread().wait(terminated, time::after(1_000_000_000)), Ok(terminated));
    running.join().unwrap();
}

fn end_this_thread(_: u64) {
    // SAFETY: the process has no other thread that could need this one's stack.
    unsafe { rt::zx::thread_exit() };
}

fn the_last_thread_takes_the_process_along() {
    assert_eq!(part::run(end_this_thread, 0), 0);
}

extern "C" fn exit_later(code: u64) {
    time::sleep(5_000_000).unwrap();
    rt::exit(code.cast_signed());
}

fn leave_it_to_another(code: u64) {
    core::mem::forget(spawn(exit_later, code).unwrap());
    // SAFETY: the other thread needs nothing of this one's stack.
    unsafe { rt::zx::thread_exit() };
}

fn the_first_thread_may_end_before_others() {
    assert_eq!(part::run(leave_it_to_another, 23), 23);
}

fn a_thread_handle_cannot_be_killed() {
    assert_eq!(new().kill(), Err(Status::WRONG_TYPE));
}

fn a_thread_never_started_goes_with_its_handle() {
    crate::usage::assert_leaks_nothing(|| drop(new()));
}

/// Counts in a register for a while, so that a lost or mixed up register shows.
extern "C" fn count_in_registers(seed: u64) {
    let mut words: [u64; 8] = core::array::from_fn(|index| seed * 0x9E37_79B9 + index as u64);
    let expected = words.map(|word| word.wrapping_add(300_000));
    for _ in 0..300_000 {
        words.iter_mut().for_each(|word| *word = core::hint::black_box(word.wrapping_add(1)));
    }
    assert_eq!(words, expected);
}

fn registers_survive_preemption() {
    let threads: Vec<_> = (1..5).map(|seed| spawn(count_in_registers, seed).unwrap()).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// Puts a number in XMM7 and looks whether it stays there.
extern "C" fn keep_in_xmm(number: u64) {
    for _ in 0..2000 {
        let after: u64;
        // SAFETY: code of this program does not use SSE registers; spins so that other threads get their turn meanwhile.
        unsafe {
            core::arch::asm!(
                "movq xmm7, {number}",
                "2: dec {turns}",
                "jnz 2b",
                "movq {after}, xmm7",
                number = in(reg) number,
                turns = inout(reg) 1000_u64 => _,
                after = out(reg) after,
            );
        }
        assert_eq!(after, number);
    }
}

fn sse_registers_survive_preemption() {
    let threads: Vec<_> = (1..5).map(|number| spawn(keep_in_xmm, number << 40).unwrap()).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

extern "C" fn keep_fs_base(base: u64) {
    // SAFETY: code of this program does not use FS.
    unsafe { core::arch::asm!("wrfsbase {}", in(reg) base) };
    for _ in 0..50 {
        time::yield_now();
        let after: u64;
        // SAFETY: reads a register.
        unsafe { core::arch::asm!("rdfsbase {}", out(reg) after) };
        assert_eq!(after, base);
    }
}

fn fs_bases_belong_to_threads() {
    let threads: Vec<_> =
        (1..4).map(|number| spawn(keep_fs_base, number * PAGE).unwrap()).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

extern "C" fn close_it(handle: u64) {
    zx::close(u32::try_from(handle).unwrap());
}

fn handles_belong_to_the_process() {
    let raw = vmo(1).into_handle().into_raw();
    spawn(close_it, raw.into()).unwrap().join().unwrap();
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
}

/// Maps and unmaps a page many times.
extern "C" fn map_and_unmap(byte: u64) {
    let byte = u8::try_from(byte).unwrap();
    let object = numbered(1, byte);
    for _ in 0..100 {
        let address = map(&object, 1, RW);
        // SAFETY: just mapped.
        assert_eq!(unsafe { rt::memory::load::<u8>(address) }, byte);
        root().unmap(address, PAGE).unwrap();
    }
}

fn mapping_from_two_threads() {
    let other = spawn(map_and_unmap, 7).unwrap();
    map_and_unmap(9);
    other.join().unwrap();
}

/// Touches an address until it is gone.
extern "C" fn touch_for_ever(address: u64) {
    loop {
        // SAFETY: to die of it, once the page is gone, is what this process is for.
        unsafe { rt::memory::store(address, 1_u8) };
    }
}

fn unmap_beside_a_thread(_: u64) {
    let address = map(&vmo(1), 1, RW);
    core::mem::forget(spawn(touch_for_ever, address).unwrap());
    time::sleep(3_000_000).unwrap();
    root().unmap(address, PAGE).unwrap();
    time::sleep(i64::MAX).unwrap();
}

fn unmapping_under_another_threads_feet() {
    part::dies(unmap_beside_a_thread, 0);
}

fn start_nowhere(entry: u64) {
    assert_eq!(zx::thread_start(&new(), entry, 0, 0, 0), Status::OK);
    time::sleep(i64::MAX).unwrap();
}

fn a_bad_entry_kills_the_process_only() {
    for entry in [0, PAGE, (1 << 47) - 1, (1 << 47) - PAGE] {
        part::dies(start_nowhere, entry);
    }
}

fn a_hundred_threads() {
    let threads: Vec<_> = (0..100).map(|_| spawn(add, 1).unwrap()).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(COUNT.load(Ordering::Relaxed), 100);
}

/// Leaves through the call that needs no stack to return to: unmaps the page the stack is on and closes `handle`.
extern "C" fn leave_without_a_stack(stack: u64, handle: u64) -> ! {
    let status = zx::vmar_unmap_handle_close_thread_exit(root(), stack, 16 * PAGE, handle);
    panic!("nothing is left to return to: {status:?}");
}

fn a_thread_may_unmap_its_own_stack() {
    let stack = map(&vmo(16), 16, RW);
    let raw = vmo(1).into_handle().into_raw();
    let thread = new();
    let entry = leave_without_a_stack as *const () as u64;
    // SAFETY: the function takes these two words and nobody else uses the stack.
    unsafe { thread.start(entry, stack + 16 * PAGE - 8, stack, raw.into()) }.unwrap();
    let terminated = Signals::TASK_TERMINATED;
    let deadline = time::after(2_000_000_000);
    assert_eq!(thread.wait(terminated, deadline), Ok(terminated));
    assert_eq!(probe::read(stack + 15 * PAGE), Err(Status::NOT_FOUND));
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
}

fn a_refused_unmap_does_not_end_the_thread() {
    let object = vmo(1);
    let status = zx::vmar_unmap_handle_close_thread_exit(root(), 1, PAGE, object.raw());
    assert_eq!(status, Status::INVALID_ARGS);
    assert_eq!(object.size(), Ok(PAGE), "and closes nothing");
}
