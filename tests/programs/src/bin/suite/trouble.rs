//! Parts and threads that have exceptions when told to, and channels to hear of them.

use crate::fixture::*;
use crate::part::{self, Part};
use abi::info::InfoExceptionReport;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};
use rt::exception::{self, Exception, channel_of, debugger_of};
use rt::thread::spawn;
use rt::{Channel, Handle, Job, Process, Rights, Signals, Status, Thread, Vmo, start, time};

/// Nanoseconds an exception may take to arrive.
pub(crate) const SOON: i64 = 4_000_000_000;

/// In a part: waits until the case says so.
pub(crate) fn wait_for_go() {
    // A message with handles that nobody wanted may come first.
    while start().channel().receive(&mut [0]).unwrap().0 == 0 {}
}

/// Lets a part go on.
#[track_caller]
pub(crate) fn go(part: &Part) {
    part.channel.write(&[1], Vec::new()).unwrap();
}

/// A part that does nothing until it is told to, and the channel of its exceptions.
#[track_caller]
pub(crate) fn watched(
    function: part::Function,
    argument: u64,
    handles: Vec<Handle>,
) -> (Part, Channel) {
    let part = Part::start(function, argument, handles);
    let channel = channel_of(&part.process).unwrap();
    (part, channel)
}

/// A part that does nothing until it is told to, and the channel of its debugger, which knows that its thread has started.
#[track_caller]
pub(crate) fn debugged(
    function: part::Function,
    argument: u64,
    handles: Vec<Handle>,
) -> (Part, Channel) {
    let of_job = debugger_of(start().job()).unwrap();
    let part = Part::start(function, argument, handles);
    let process_starts = next(&of_job);
    let debugger = debugger_of(&part.process).unwrap();
    drop((of_job, process_starts));
    let _thread_starts = next(&debugger);
    (part, debugger)
}

/// Takes the next exception out of a channel.
#[track_caller]
pub(crate) fn next(channel: &Channel) -> Exception {
    exception::next(channel, time::after(SOON)).unwrap().1
}

/// Checks that no exception waits in a channel.
#[track_caller]
pub(crate) fn assert_silent(channel: &Channel) {
    assert_eq!(channel.read(&mut []).err(), Some(Status::SHOULD_WAIT));
}

/// Returns what is reported of an exception.
#[track_caller]
pub(crate) fn report(exception: &Exception) -> InfoExceptionReport {
    exception.thread().unwrap().exception_report().unwrap()
}

/// Waits for the end of a part and checks its exit code.
#[track_caller]
pub(crate) fn ends_with(part: Part, code: i64) {
    assert_eq!(part.join(), code, "exit code of the part");
}

/// Stores a byte at an address, when told to.
pub(crate) fn store_at(address: u64) {
    wait_for_go();
    store(address);
}

/// Stores a byte at an address.
pub(crate) fn store(address: u64) {
    // SAFETY: the address is mapped and nobody else's, or to die of the store is what this process is for.
    unsafe { rt::memory::store(address, 1_u8) };
}

/// Executes an undefined instruction, when told to.
pub(crate) fn execute_nonsense(_: u64) {
    wait_for_go();
    // SAFETY: to have this exception is what the process is for.
    unsafe { core::arch::asm!("ud2") };
}

/// Meets a breakpoint, when told to, and goes on behind it.
pub(crate) fn meet_breakpoint(_: u64) {
    wait_for_go();
    // SAFETY: a handler lets the thread go on behind the instruction, or the process is for dying here.
    unsafe { core::arch::asm!("int3") };
}

/// Waits to be killed.
pub(crate) fn wait_for_the_end(_: u64) {
    wait_for_go();
}

/// Maps the object it was given, of which `page` is past the end, and stores to that page when told to.
pub(crate) fn store_past_the_end(page: u64) {
    let object: Vmo = part::given().remove(0).into();
    let base = map(&object, page + 1, RW);
    wait_for_go();
    store(base + page * PAGE);
}

/// Has an exception in a thread whose handle it sends beforehand.
fn execute_nonsense_in_a_thread(_: u64) {
    let thread = spawn(nonsense_after_go, 0).unwrap();
    // Nobody who knows the thread hears of its beginning any more.
    while !HAS_BEGUN.load(Ordering::Relaxed) {
        time::yield_now();
    }
    let handle = thread.thread().duplicate(Rights::SAME_RIGHTS).unwrap();
    let handles = Vec::from([handle.into_handle()]);
    start().channel().write(&[], handles).unwrap();
    thread.join().unwrap();
}

static HAS_BEGUN: AtomicBool = AtomicBool::new(false);

extern "C" fn nonsense_after_go(_: u64) {
    HAS_BEGUN.store(true, Ordering::Relaxed);
    execute_nonsense(0);
}

/// A part whose second thread has an exception when told to, and that thread.
#[track_caller]
pub(crate) fn with_thread() -> (Part, Thread) {
    let part = Part::start(execute_nonsense_in_a_thread, 0, Vec::new());
    let (_, mut handles) = part.channel.receive(&mut []).unwrap();
    (part, handles.remove(0).into())
}

/// Executes an undefined instruction.
pub(crate) extern "C" fn nonsense(_: u64) {
    // SAFETY: to have this exception is what the thread is for.
    unsafe { core::arch::asm!("ud2") };
}

/// Does nothing.
pub(crate) extern "C" fn return_at_once(_: u64) {}

/// A process whose only thread has no code: its first instruction is a page fault.
pub(crate) struct Doomed {
    /// The process, not started.
    pub(crate) process: Process,
    /// The thread.
    pub(crate) thread: Thread,
}

impl Doomed {
    /// Makes the process in a job.
    #[track_caller]
    pub(crate) fn new_in(job: &Job) -> Self {
        let (process, _root) = Process::create(job, "doomed").unwrap();
        let thread = Thread::create(&process, "doomed").unwrap();
        Self { process, thread }
    }

    /// Starts it.
    #[track_caller]
    pub(crate) fn start(&self) {
        self.process.start(&self.thread, PAGE, 0, None, 0).unwrap();
    }

    /// Waits for its end and returns its exit code.
    #[track_caller]
    pub(crate) fn join(&self) -> i64 {
        self.process.wait(Signals::TASK_TERMINATED, time::after(SOON)).unwrap();
        self.process.state().unwrap().return_code
    }
}
