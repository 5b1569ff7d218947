//! What each argument of each call stands for, read out of the table of calls.

use abi::{Call, ObjectType};

/// What an argument stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A handle to an object of this type, or of any.
    Handle(Option<ObjectType>),
    /// Rights.
    Rights,
    /// Options, of which many are bits.
    Options,
    /// The number of an operation, a property, a policy or a kind.
    Number,
    /// A topic of `object_get_info`.
    Topic,
    /// Signals.
    Signals,
    /// How many there are of something.
    Count,
    /// A point in time.
    Deadline,
    /// An address of memory, not a pointer to an argument.
    Address,
    /// Bytes from the beginning of something, or how many.
    Bytes,
    /// Where a result goes.
    Out,
    /// Where an argument is.
    In,
    /// Where text to print is.
    Text,
    /// Anything.
    Any,
}

/// A call, and what its arguments stand for.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// The call.
    pub(crate) call: Call,
    /// Its arguments.
    pub(crate) kinds: &'static [Kind],
    /// How often it is made, next to others.
    pub(crate) weight: u64,
}

/// Writes the table.
macro_rules! table {
    ($($(#[$doc:meta])* $number:literal $variant:ident $name:ident($($argument:ident: $type:ty),*) -> $result:tt;)*) => {
        /// Every call.
        pub(crate) static TABLE: &[Entry] = &[$(Entry {
            call: Call::$variant,
            kinds: &[$(kind(Call::$variant, stringify!($argument), stringify!($type))),*],
            weight: weight(Call::$variant),
        }),*];
    };
}

abi::for_each_call!(table);

/// Returns how often a call is made, next to others: what ends the caller or takes long is made seldom.
const fn weight(call: Call) -> u64 {
    match call {
        Call::ProcessExit | Call::ThreadExit | Call::VmarUnmapHandleCloseThreadExit => 1,
        Call::DebugCheckInvariants | Call::DebugCountHandles => 1,
        Call::CprngDraw | Call::Nanosleep | Call::HandleCloseMany => 2,
        Call::ObjectWaitOne | Call::ObjectWaitMany | Call::PortWait | Call::FutexWait => 6,
        Call::TaskKill | Call::VmarDestroy | Call::ProcessCreate | Call::DebugFailAllocation => 8,
        Call::VmarAllocate
        | Call::VmarMap
        | Call::VmarUnmap
        | Call::VmarProtect
        | Call::VmarOpRange
        | Call::VmoCreate
        | Call::VmoOpRange
        | Call::VmoCreateChild
        | Call::VmoTransferData
        | Call::VmoRead
        | Call::VmoWrite => 64,
        _ => 24,
    }
}

/// Says whether two texts are the same.
const fn is(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// Says whether a text is one of several.
const fn is_one_of(text: &str, several: &[&str]) -> bool {
    let mut at = 0;
    while at < several.len() {
        if is(text, several[at]) {
            return true;
        }
        at += 1;
    }
    false
}

/// Returns what an argument stands for, by the call, its name and its type.
const fn kind(call: Call, name: &str, of_type: &str) -> Kind {
    let first = of_type.as_bytes()[0];
    match (call, first) {
        (Call::DebugWrite, b'*') => Kind::Text,
        (_, b'*') if of_type.as_bytes()[1] == b'm' => Kind::Out,
        (_, b'*') => Kind::In,
        (_, b'i') if is(name, "deadline") => Kind::Deadline,
        (_, b'i') => Kind::Number,
        _ if is(of_type, "u32") => narrow(call, name),
        _ => wide(name),
    }
}

/// Returns what an argument of 32 bits stands for.
const fn narrow(call: Call, name: &str) -> Kind {
    if is(name, "rights") {
        Kind::Rights
    } else if is(name, "options") {
        Kind::Options
    } else if is(name, "topic") {
        Kind::Topic
    } else if is_one_of(name, &["signals", "clear", "set"]) {
        Kind::Signals
    } else if is_one_of(name, &["op", "property", "policy", "kind", "align_log2"]) {
        Kind::Number
    } else if is_one_of(name, &["num_bytes", "num_handles", "count", "wake_count", "requeue_count"])
    {
        Kind::Count
    } else {
        Kind::Handle(type_named(call, name))
    }
}

/// Returns the type of object that a handle should name.
const fn type_named(call: Call, name: &str) -> Option<ObjectType> {
    Some(match (call, name.as_bytes()) {
        (Call::VmarAllocate, b"parent") | (_, b"vmar") => ObjectType::Vmar,
        (Call::ResourceCreate, b"parent") | (_, b"resource" | b"vmex") => ObjectType::Resource,
        (_, b"parent" | b"job") => ObjectType::Job,
        (_, b"vmo" | b"src" | b"dst" | b"pager_vmo" | b"aux_vmo") => ObjectType::Vmo,
        (_, b"process") => ObjectType::Process,
        (_, b"thread" | b"owner") => ObjectType::Thread,
        (_, b"channel") => ObjectType::Channel,
        (_, b"port") => ObjectType::Port,
        (_, b"pager") => ObjectType::Pager,
        (_, b"iommu") => ObjectType::Iommu,
        (_, b"bti") => ObjectType::Bti,
        (_, b"pmt") => ObjectType::Pmt,
        (_, b"exception") => ObjectType::Exception,
        _ => return None,
    })
}

/// Returns what an argument of 64 bits stands for.
const fn wide(name: &str) -> Kind {
    if is_one_of(name, &["address", "entry", "stack", "paddr"]) {
        Kind::Address
    } else if is_one_of(name, &["count", "num_addrs", "name_size", "desc_size", "number"]) {
        Kind::Count
    } else if is_one_of(name, &["key", "arg1", "arg2", "bti_id", "data"]) {
        Kind::Any
    } else {
        Kind::Bytes
    }
}
