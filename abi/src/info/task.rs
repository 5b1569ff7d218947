//! Records about processes and threads.

use super::Record;
use crate::object::Time;
use bitflags::bitflags;

bitflags! {
    /// State of a process, in [`InfoProcess`].
    #[repr(transparent)]
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct ProcessFlags: u32 {
        /// It was started.
        const STARTED = 1 << 0;
        /// It has ended.
        const EXITED = 1 << 1;
        /// A debugger is attached.
        const DEBUGGER_ATTACHED = 1 << 2;
    }
}

/// State of a process. Topic [`PROCESS`](crate::Topic::PROCESS)(crate::Topic::PROCESS).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoProcess {
    /// The exit code, once it has ended.
    pub return_code: i64,
    /// When it was started.
    pub start_time: Time,
    /// [`ProcessFlags`].
    pub flags: u32,
    /// 0.
    pub padding: u32,
}
record!(InfoProcess, 24);

/// State of a process as until 2018. Topic [`PROCESS_V1`](crate::Topic::PROCESS_V1)(crate::Topic::PROCESS_V1).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoProcessV1 {
    /// The exit code, once it has ended.
    pub return_code: i64,
    /// 1 if it was started.
    pub started: u8,
    /// 1 if it has ended.
    pub exited: u8,
    /// 1 if a debugger is attached.
    pub debugger_attached: u8,
    /// 0.
    pub padding: [u8; 5],
}
record!(InfoProcessV1, 16);

/// State of [`InfoThread`]: not started.
pub const THREAD_STATE_NEW: u32 = 0;
/// State of [`InfoThread`]: runs, or is ready to.
pub const THREAD_STATE_RUNNING: u32 = 1;
/// State of [`InfoThread`]: is suspended.
pub const THREAD_STATE_SUSPENDED: u32 = 2;
/// State of [`InfoThread`]: waits; the bits above the lowest eight are a [`BlockedOn`].
pub const THREAD_STATE_BLOCKED: u32 = 3;
/// State of [`InfoThread`]: is about to end.
pub const THREAD_STATE_DYING: u32 = 4;
/// State of [`InfoThread`]: has ended.
pub const THREAD_STATE_DEAD: u32 = 5;

/// What a thread waits for.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockedOn {
    /// The answer to its exception.
    Exception = 1,
    /// A point in time.
    Sleeping = 2,
    /// A word to be woken at.
    Futex = 3,
    /// A packet of a port.
    Port = 4,
    /// The answer to a message.
    Channel = 5,
    /// A signal.
    WaitOne = 6,
    /// One of several signals.
    WaitMany = 7,
    /// An interrupt.
    Interrupt = 8,
    /// A page of a pager's.
    Pager = 9,
}

impl BlockedOn {
    /// Everything a thread can wait for.
    pub const ALL: [Self; 9] = [
        Self::Exception,
        Self::Sleeping,
        Self::Futex,
        Self::Port,
        Self::Channel,
        Self::WaitOne,
        Self::WaitMany,
        Self::Interrupt,
        Self::Pager,
    ];

    /// Returns the state of a thread that waits for this.
    pub const fn state(self) -> u32 {
        (self as u32) << 8 | THREAD_STATE_BLOCKED
    }
}

/// State of a job. Topic [`JOB`](crate::Topic::JOB).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoJob {
    /// Why it was killed, once it has ended.
    pub return_code: i64,
    /// 1 if it was killed and nothing is left in it.
    pub exited: u8,
    /// 1 if it is killed when memory runs out.
    pub kill_on_oom: u8,
    /// 1 if a debugger is attached.
    pub debugger_attached: u8,
    /// 0.
    pub padding: [u8; 5],
}
record!(InfoJob, 16);

/// State of a thread. Topic [`THREAD`](crate::Topic::THREAD).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InfoThread {
    /// `THREAD_STATE_*`.
    pub state: u32,
    /// The kind of exception channel whose answer it waits for, or 0.
    pub wait_exception_channel_type: u32,
    /// A bit for each CPU it may run on.
    pub cpu_affinity_mask: [u64; 8],
}
record!(InfoThread, 72);
