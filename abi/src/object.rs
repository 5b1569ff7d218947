//! Object types, signals and properties.
//!
//! # Source
//! `handles-rights-errors.md` §5, §6 and §10.

use bitflags::bitflags;

/// A handle as the kernel and ring 3 exchange it; 0 names nothing.
pub type RawHandle = u32;

/// The handle value that names nothing.
pub const INVALID_HANDLE: RawHandle = 0;

/// Bits that are set in every handle value that names something.
pub const HANDLE_FIXED_BITS: RawHandle = 0b11;

/// Name of a kernel object, unique since boot; 0 names nothing.
pub type Koid = u64;

/// The koid that names nothing.
pub const KOID_INVALID: Koid = 0;

/// The first koid that is given to an object; smaller ones are reserved.
pub const FIRST_KOID: Koid = 1024;

/// A point of the monotonic clock, or a duration, in nanoseconds.
pub type Time = i64;

/// The deadline that never comes.
pub const TIME_INFINITE: Time = Time::MAX;
/// The deadline that has always passed.
pub const TIME_INFINITE_PAST: Time = Time::MIN;

/// Kind of a kernel object.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectType {
    /// No object.
    None = 0,
    /// A process.
    Process = 1,
    /// A thread.
    Thread = 2,
    /// A memory object.
    Vmo = 3,
    /// One end of a channel.
    Channel = 4,
    /// An event.
    Event = 5,
    /// A port.
    Port = 6,
    /// An interrupt.
    Interrupt = 9,
    /// A PCI device.
    PciDevice = 11,
    /// The debug log.
    DebugLog = 12,
    /// One end of a socket.
    Socket = 14,
    /// A resource.
    Resource = 15,
    /// One end of an event pair.
    EventPair = 16,
    /// A job.
    Job = 17,
    /// A region of an address space.
    Vmar = 18,
    /// One end of a fifo.
    Fifo = 19,
    /// A guest.
    Guest = 20,
    /// A virtual processor.
    Vcpu = 21,
    /// A timer.
    Timer = 22,
    /// An IOMMU.
    Iommu = 23,
    /// A bus transaction initiator.
    Bti = 24,
    /// A scheduling profile.
    Profile = 25,
    /// A pinned memory token.
    Pmt = 26,
    /// A suspend token.
    SuspendToken = 27,
    /// A pager.
    Pager = 28,
    /// An exception.
    Exception = 29,
    /// A clock.
    Clock = 30,
    /// A stream.
    Stream = 31,
    /// An MSI allocation.
    Msi = 32,
    /// An IO buffer.
    Iob = 33,
    /// A counter.
    Counter = 34,
}

bitflags! {
    /// States of an object that can be waited for.
    ///
    /// Low bits mean different things for different types, so a value has several names.
    #[repr(transparent)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct Signals: u32 {
        /// The channel has a message.
        const CHANNEL_READABLE = 1 << 0;
        /// The channel takes messages.
        const CHANNEL_WRITABLE = 1 << 1;
        /// The other end of the channel is closed.
        const CHANNEL_PEER_CLOSED = 1 << 2;
        /// The event is raised.
        const EVENT_SIGNALED = 1 << 3;
        /// The end of the pair is raised.
        const EVENTPAIR_SIGNALED = 1 << 3;
        /// The other end of the pair is closed.
        const EVENTPAIR_PEER_CLOSED = 1 << 2;
        /// The job was killed and nothing of it is left.
        const JOB_TERMINATED = 1 << 3;
        /// The job has no jobs in it.
        const JOB_NO_JOBS = 1 << 4;
        /// The job has no processes in it.
        const JOB_NO_PROCESSES = 1 << 5;
        /// The job has neither.
        const JOB_NO_CHILDREN = 1 << 6;
        /// The task has ended.
        const TASK_TERMINATED = 1 << 3;
        /// The thread has been started and has not ended.
        const THREAD_RUNNING = 1 << 4;
        /// The VMO has no children.
        const VMO_ZERO_CHILDREN = 1 << 3;
        /// The handle waited on was closed.
        const HANDLE_CLOSED = 1 << 23;
        /// The signals that programs give their own meaning.
        const USER_ALL = 0xFF << 24;
    }
}

/// Property: the object's name, 32 bytes.
pub const PROP_NAME: u32 = 3;
/// Property: the FS base of the calling thread, 8 bytes.
pub const PROP_REGISTER_FS: u32 = 4;
/// Property: what becomes of an exception when its handle is closed, 4 bytes: an [`ExceptionState`](crate::ExceptionState).
pub const PROP_EXCEPTION_STATE: u32 = 16;
/// Property: the stream size of a VMO, 8 bytes.
pub const PROP_VMO_CONTENT_SIZE: u32 = 17;

/// Property: whether a debugger wants an exception once more, 4 bytes: an [`ExceptionStrategy`](crate::ExceptionStrategy).
pub const PROP_EXCEPTION_STRATEGY: u32 = 18;

/// Option of `process_create`: the address space is shared.
pub const PROCESS_SHARED: u32 = 1;

/// Exit code of a process that was killed by an unhandled exception.
pub const EXIT_CODE_EXCEPTION: i64 = -1028;
/// Exit code of a process that was killed through `task_kill`.
pub const EXIT_CODE_KILLED: i64 = -1024;
