//! Kernel objects and the handles that name them.
//!
//! ```text
//!  handle value ──> HandleTable ──> Handle { object, rights } ──> Object::Process(Ref<Process>), …
//!  (one process)    (slots)         (closing has effects)         (shared, counted)
//! ```
//!
//! A [`Handle`] is what a program owns; an [`Object`] is what the kernel works on. Calls look a handle up, clone the
//! object's reference and let go of the table, so no call holds the table's lock while it works.
//!
//! Ownership is acyclic, so counting is enough to free everything: a process owns its handles and its running threads, a
//! thread owns its process until it has ended, a channel's queue owns the handles in it (`channel` says why no queue can own
//! itself), signals own the ports that wait for them, which own nothing, and the circles of jobs end by themselves (`job` says how).
//! Nothing here is torn down by recursion over what a program built.
//!
//! Locks, outermost first: channel transit, process life or members of a job (a parent's first) or channel queue, signals, port or
//! futexes, thread wait, scheduler. A handle table's lock is taken with none of them held and nothing is locked under it. That of
//! kinship comes before signals, and may be taken with the locks of an address space held.

mod bti;
mod channel;
mod event;
mod exception;
mod fallible;
mod futex;
mod handle;
mod job;
mod kinship;
mod message;
mod name;
mod ordered;
mod pager;
mod port;
mod process;
mod resource;
mod signals;
mod table;
mod thread;
mod vmar;
mod wait;

pub(crate) use bti::{Bti, Iommu, Pmt};
pub(crate) use channel::{Capacity, Endpoint, ReadError, TXID_SIZE, Unfit};
pub(crate) use event::{Event, PairedEvent};
pub(crate) use exception::{Answer, Exception, Handlers};
pub(crate) use fallible::{try_push, try_vec};
pub(crate) use futex::Owner;
pub(crate) use handle::Handle;
pub(crate) use job::Job;
pub(crate) use kinship::Kin;
pub(crate) use message::{Message, charged_bytes};
pub(crate) use name::Name;
pub(crate) use ordered::{JobsOfJob, Link, Ordered, ProcessesOfJob, Sleepers, ThreadsOfProcess};
use ordered::{ObserversOfSignals, RequestsOfPager};
pub(crate) use pager::Pager;
pub(crate) use port::{Port, Promise};
pub(crate) use process::{Process, ProcessState};
pub(crate) use resource::Resource;
pub(crate) use signals::{SignalState, Source};
pub(crate) use table::{HandleTable, Reservation};
pub(crate) use thread::Thread;
pub(crate) use vmar::VmarObject;
pub(crate) use wait::{Awaited, wait_for_any};

use abi::object::FIRST_KOID;
use abi::{Koid, ObjectType, Result, Signals, Status};
use core::sync::atomic::{AtomicU64, Ordering};
pub(crate) use vm::HandleCount;
use vm::{Ref, Vmo};

/// The koid the next object gets.
static NEXT_KOID: AtomicU64 = AtomicU64::new(FIRST_KOID);

/// Returns a koid that was never returned before. At one a nanosecond they last for centuries.
pub(crate) fn new_koid() -> Koid {
    NEXT_KOID.fetch_add(1, Ordering::Relaxed)
}

/// A reference to an object of any type.
#[derive(Clone)]
pub(crate) enum Object {
    /// A process.
    Process(Ref<Process>),
    /// A thread.
    Thread(Ref<Thread>),
    /// A memory object.
    Vmo(Ref<Vmo>),
    /// One end of a channel.
    Channel(Ref<Endpoint>),
    /// A resource.
    Resource(Ref<Resource>),
    /// A job.
    Job(Ref<Job>),
    /// A region of an address space.
    Vmar(Ref<VmarObject>),
    /// What translates the addresses of devices.
    Iommu(Ref<Iommu>),
    /// A device, as far as memory is concerned.
    Bti(Ref<Bti>),
    /// Pages that were pinned for a device.
    Pmt(Ref<Pmt>),
    /// A pager.
    Pager(Ref<Pager>),
    /// An exception that waits for an answer.
    Exception(Ref<Exception>),
    /// An event.
    Event(Ref<Event>),
    /// One event of a pair.
    EventPair(Ref<PairedEvent>),
    /// A port.
    Port(Ref<Port>),
}

impl Object {
    /// Returns the object's type.
    pub(crate) fn object_type(&self) -> ObjectType {
        match self {
            Self::Process(_) => ObjectType::Process,
            Self::Thread(_) => ObjectType::Thread,
            Self::Vmo(_) => ObjectType::Vmo,
            Self::Channel(_) => ObjectType::Channel,
            Self::Resource(_) => ObjectType::Resource,
            Self::Job(_) => ObjectType::Job,
            Self::Vmar(_) => ObjectType::Vmar,
            Self::Iommu(_) => ObjectType::Iommu,
            Self::Bti(_) => ObjectType::Bti,
            Self::Pmt(_) => ObjectType::Pmt,
            Self::Pager(_) => ObjectType::Pager,
            Self::Exception(_) => ObjectType::Exception,
            Self::Event(_) => ObjectType::Event,
            Self::EventPair(_) => ObjectType::EventPair,
            Self::Port(_) => ObjectType::Port,
        }
    }

    /// Returns the object's koid.
    pub(crate) fn koid(&self) -> Koid {
        match self {
            Self::Process(process) => process.koid(),
            Self::Thread(thread) => thread.koid(),
            Self::Vmo(vmo) => vmo.label(),
            Self::Channel(endpoint) => endpoint.koid(),
            Self::Resource(resource) => resource.koid(),
            Self::Job(job) => job.koid(),
            Self::Vmar(vmar) => vmar.koid(),
            Self::Iommu(iommu) => iommu.koid(),
            Self::Bti(bti) => bti.koid(),
            Self::Pmt(pmt) => pmt.koid(),
            Self::Pager(pager) => pager.koid(),
            Self::Exception(exception) => exception.koid(),
            Self::Event(event) => event.koid(),
            Self::EventPair(event) => event.koid(),
            Self::Port(port) => port.koid(),
        }
    }

    /// Returns the koid of the job of a process or job, a thread's process, the other end of a pair or an exception's thread; else 0.
    pub(crate) fn related_koid(&self) -> Koid {
        match self {
            Self::Process(process) => process.job().koid(),
            Self::Thread(thread) => thread.process().koid(),
            Self::Channel(endpoint) => endpoint.peer_koid(),
            Self::Exception(exception) => exception.thread().koid(),
            Self::EventPair(event) => event.peer_koid(),
            Self::Job(job) => job.parent_koid(),
            _ => 0,
        }
    }

    /// Returns where handles to the object are counted; `None` for those that have exactly one: ends of
    /// channels, and exceptions.
    fn handles(&self) -> Option<&HandleCount> {
        match self {
            Self::Process(process) => Some(process.handle_count()),
            Self::Thread(thread) => Some(thread.handle_count()),
            Self::Vmo(vmo) => Some(vmo.handle_count()),
            Self::Channel(_) | Self::Exception(_) | Self::Pager(_) => None,
            Self::Resource(resource) => Some(resource.handle_count()),
            Self::Job(job) => Some(job.handle_count()),
            Self::Vmar(vmar) => Some(vmar.handle_count()),
            Self::Iommu(iommu) => Some(iommu.handle_count()),
            Self::Bti(bti) => Some(bti.handle_count()),
            Self::Pmt(pmt) => Some(pmt.handle_count()),
            Self::Event(event) => Some(event.handle_count()),
            Self::EventPair(event) => Some(event.handle_count()),
            Self::Port(port) => Some(port.handle_count()),
        }
    }

    /// Returns how many handles there are to the object.
    pub(crate) fn handle_count(&self) -> u32 {
        self.handles().map_or(1, HandleCount::get)
    }

    /// Returns the object's signals, from now on, to wait for them or to change them.
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: a type that has none.
    /// 2. [`Status::NO_MEMORY`].
    pub(crate) fn waitable(&self) -> Result<&SignalState> {
        if let Self::Vmo(vmo) = self {
            return Kin::ensure(vmo).map(Kin::signals);
        }
        self.signals().ok_or(Status::NOT_SUPPORTED)
    }

    /// Returns the object's signals; `None` for types nobody can wait on, and for memory that nobody has waited on.
    pub(crate) fn signals(&self) -> Option<&SignalState> {
        match self {
            Self::Process(process) => Some(process.signals()),
            Self::Thread(thread) => Some(thread.signals()),
            Self::Vmo(vmo) => Kin::of(vmo).map(Kin::signals),
            Self::Channel(endpoint) => Some(endpoint.signals()),
            Self::Job(job) => Some(job.signals()),
            Self::Event(event) => Some(event.signals()),
            Self::EventPair(event) => Some(event.signals()),
            _ => None,
        }
    }

    /// Returns the signals of the other end.
    ///
    /// # Errors
    /// 1. [`Status::NOT_SUPPORTED`]: the object is no end.
    /// 2. [`Status::PEER_CLOSED`]: the other one is closed.
    pub(crate) fn peer_signals(&self) -> Result<&SignalState> {
        match self {
            Self::Channel(endpoint) => endpoint.peer_signals(),
            Self::EventPair(event) => event.peer_signals(),
            _ => Err(Status::NOT_SUPPORTED),
        }
    }

    /// Returns the signals that programs may raise and lower, if there are any.
    pub(crate) fn user_signals(&self) -> Signals {
        match self {
            Self::Event(_) | Self::EventPair(_) => Signals::USER_ALL.union(Signals::EVENT_SIGNALED),
            _ => Signals::USER_ALL,
        }
    }
}

/// A type of object that a call can ask a handle for.
pub(crate) trait Kind: Sized {
    /// Returns the object if it is of this type.
    fn of(object: &Object) -> Option<&Ref<Self>>;
}

/// Implements [`Kind`] for the type inside a variant of [`Object`].
macro_rules! kinds {
    ($($variant:ident => $kind:ty),* $(,)?) => {
        $(impl Kind for $kind {
            fn of(object: &Object) -> Option<&Ref<Self>> {
                match object {
                    Object::$variant(found) => Some(found),
                    _ => None,
                }
            }
        })*
    };
}

kinds! {
    Process => Process,
    Thread => Thread,
    Vmo => Vmo,
    Channel => Endpoint,
    Resource => Resource,
    Job => Job,
    Vmar => VmarObject,
    Iommu => Iommu,
    Bti => Bti,
    Pmt => Pmt,
    Exception => Exception,
    Pager => Pager,
    Event => Event,
    EventPair => PairedEvent,
    Port => Port,
}
