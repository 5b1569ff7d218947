//! Processes that are nothing but a few instructions, and what becomes of them.
//!
//! The code ends in a `process_exit` with code 0, if it gets there. RDI is a handle to the root VMAR, RSI the word it is given, RSP the
//! top of a stack.

use crate::fixture::*;
use crate::zx;
use abi::info::InfoExceptionReport;
use abi::{Call, ExceptionState};
use rt::exception::{self, channel_of};
use rt::{Process, Signals, Status, Thread, Vmar, start, time};

/// Nanoseconds an attack may take.
const SOON: i64 = 4_000_000_000;

/// What is called an attack in messages, and its instructions.
pub(crate) type Code = (&'static str, &'static [u8]);

/// What became of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ended by itself, with this code.
    Exited(i64),
    /// It was stopped by an exception.
    Stopped {
        /// The vector.
        vector: u64,
        /// What the processor pushed with it.
        error: u64,
        /// Of a page fault, the address.
        address: u64,
    },
}

impl Outcome {
    /// An exception that is no page fault.
    pub(crate) const fn stopped(vector: u64, error: u64) -> Self {
        Self::Stopped { vector, error, address: 0 }
    }
}

/// `xor edi, edi; mov eax, PROCESS_EXIT; syscall; ud2`.
const EXIT: [u8; 11] = [0x31, 0xFF, 0xB8, Call::ProcessExit as u8, 0, 0, 0, 0x0F, 0x05, 0x0F, 0x0B];

/// Runs `code` in a process of its own, with `word` in RSI.
#[track_caller]
pub(crate) fn strike(code: &[u8], word: u64) -> Outcome {
    strike_in(code, |_| word)
}

/// Runs `code` in a process of its own, in whose root VMAR `prepare` may map what it likes; what that returns is in RSI.
#[track_caller]
pub(crate) fn strike_in(code: &[u8], prepare: impl FnOnce(&Vmar) -> u64) -> Outcome {
    let (process, root) = Process::create(start().job(), "strike").unwrap();
    let thread = Thread::create(&process, "strike").unwrap();
    let channel = channel_of(&process).unwrap();
    let text = vmo(1);
    text.write(0, code).unwrap();
    text.write(code.len() as u64, &EXIT).unwrap();
    let entry = root.map(RX, 0, &text.into_executable().unwrap(), 0, PAGE).unwrap();
    let stack = root.map(RW, 0, &vmo(4), 0, 4 * PAGE).unwrap();
    let word = prepare(&root);
    process.start(&thread, entry, stack + 4 * PAGE, Some(root.into_handle()), word).unwrap();
    let signals = Signals::CHANNEL_READABLE | Signals::CHANNEL_PEER_CLOSED;
    channel.wait(signals, time::after(SOON)).expect("the end of the attack");
    match exception::next(&channel, time::after(SOON)) {
        Ok((_, exception)) => {
            let report: InfoExceptionReport =
                exception.thread().unwrap().exception_report().unwrap();
            process.kill().unwrap();
            exception.answer(ExceptionState::ThreadExit).unwrap();
            process.wait(Signals::TASK_TERMINATED, time::after(SOON)).unwrap();
            let first = report.first;
            Outcome::Stopped { vector: first.vector, error: first.err_code, address: first.cr2 }
        }
        Err(status) => {
            assert_eq!(status, Status::PEER_CLOSED);
            Outcome::Exited(process.join().unwrap())
        }
    }
}

/// Checks that attacks are stopped by this exception, or come to this end.
#[track_caller]
pub(crate) fn each_comes_to(outcome: Outcome, attacks: &[Code]) {
    for (name, code) in attacks {
        assert_eq!(strike(code, 0), outcome, "{name}");
    }
    count(attacks.len() as u64);
}

/// Checks that attacks come to the end that the processor's manual says, or to another one that QEMU's own processor, which is no
/// perfect copy, has for them.
#[track_caller]
pub(crate) fn each_comes_to_either(outcome: Outcome, of_qemu: Outcome, attacks: &[Code]) {
    for (name, code) in attacks {
        assert_either(strike(code, 0), outcome, of_qemu, name);
    }
    count(attacks.len() as u64);
}

/// Checks one outcome, as [`each_comes_to_either`] does.
#[track_caller]
pub(crate) fn assert_either(seen: Outcome, outcome: Outcome, of_qemu: Outcome, name: &str) {
    assert!(seen == outcome || seen == of_qemu, "{name}: {seen:?}");
}

/// Prints how many attacks were made, for whoever adds them up.
pub(crate) fn count(attacks: u64) {
    rt::println!("\n  {attacks} attacks");
}

/// Checks that this process still gets along with the kernel.
#[track_caller]
pub(crate) fn assert_kernel_answers() {
    assert_eq!(zx::syscall_test_0(), Status::OK);
    time::sleep(1_000_000).unwrap();
}
