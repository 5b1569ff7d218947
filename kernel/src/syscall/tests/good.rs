//! For each call, arguments that are right.

use super::arguments::Arg::{
    self, At, AtHandle, AtOrNull, AtText, Is, Null, To, ToAny, ToAnyOrNone, ToOrNone, Word,
};
use super::stage::{Stage, Thing};
use abi::device::{IOMMU_STUB_DESC_LEN, IOMMU_TYPE_STUB};
use abi::layout::PAGE_SIZE;
use abi::object::{PROP_VMO_CONTENT_SIZE, TIME_INFINITE_PAST};
use abi::pager::PagerOp;
use abi::{
    BtiOptions, Call, ResourceKind, Rights, Signals, Status, Topic, VmOptions, VmarOp,
    VmoChildOptions, VmoOp,
};
use alloc::vec::Vec;

/// A call, right arguments for it, and what it answers to them and to wrong ones.
pub(super) struct Row {
    pub(super) call: Call,
    pub(super) args: Vec<Arg>,
    /// Which argument's handle is gone even if the call fails.
    pub(super) consumes: Option<usize>,
    /// What it answers.
    pub(super) outcome: Status,
    /// What it answers to an object of another type, as its first argument and as others.
    pub(super) wrong_type: [Status; 2],
    /// What it answers to an address where nothing is.
    pub(super) bad_address: Status,
}

const NO_RIGHTS: Rights = Rights::empty();
const PAGE: Arg = Is(PAGE_SIZE);
const ZERO: Arg = Is(0);
/// An address that no thread can start at.
const NOWHERE: Arg = Is(1 << 47);
/// All that a task must allow whose exceptions are handled.
const HANDLE_EXCEPTIONS: Rights = Rights::INSPECT
    .union(Rights::DUPLICATE)
    .union(Rights::TRANSFER)
    .union(Rights::MANAGE_THREAD)
    .union(Rights::ENUMERATE);

/// Returns a row for `call`. What it is about exists on the stage.
#[expect(clippy::too_many_lines, reason = "a line for each call, all in one place")]
pub(super) fn good(call: Call, stage: &Stage) -> Row {
    use Thing as T;
    let spare = Is(stage.spare());
    let past = Is(TIME_INFINITE_PAST.cast_unsigned());
    let same_rights = Is(Rights::SAME_RIGHTS.bits().into());
    let args: &[Arg] = match call {
        Call::SyscallTest0
        | Call::ClockGetMonotonic
        | Call::TicksGet
        | Call::TicksPerSecond
        | Call::SystemGetNumCpus
        | Call::SystemGetPhysmem
        | Call::ThreadExit => &[],
        Call::ProcessExit | Call::ThreadLegacyYield => &[ZERO],
        Call::Nanosleep => &[past],
        Call::HandleClose => &[ToAnyOrNone(T::Vmo, NO_RIGHTS)],
        // Whatever the value is, it is no bad handle.
        Call::HandleCheckValid => &[Is(stage.give(T::Vmo, NO_RIGHTS).into())],
        Call::HandleCloseMany => &[AtHandle(T::Vmo), Is(1)],
        Call::HandleDuplicate => &[ToAny(T::Vmo, Rights::DUPLICATE), same_rights, At],
        Call::HandleReplace => &[ToAny(T::Vmo, NO_RIGHTS), same_rights, At],
        Call::ObjectGetInfo => &[
            To(T::Vmar, Rights::INSPECT),
            Is(Topic::VMAR.0.into()),
            At,
            Is(16),
            AtOrNull,
            AtOrNull,
        ],
        Call::ObjectGetChild => {
            &[To(T::Job, Rights::ENUMERATE), Is(stage.other_koid()), same_rights, At]
        }
        Call::ObjectGetProperty => {
            &[To(T::Vmo, Rights::GET_PROPERTY), Is(PROP_VMO_CONTENT_SIZE.into()), At, Is(8)]
        }
        Call::ObjectSetProperty => &[
            To(T::Vmo, Rights::SET_PROPERTY.union(Rights::WRITE)),
            Is(PROP_VMO_CONTENT_SIZE.into()),
            At,
            Is(8),
        ],
        Call::ObjectWaitOne => {
            let signals = Is(Signals::VMO_ZERO_CHILDREN.bits().into());
            &[ToAny(T::Vmo, Rights::WAIT), signals, past, AtOrNull]
        }
        Call::ObjectWaitMany => &[AtHandle(T::Vmo), Is(1), past],
        Call::ObjectWaitAsync => &[
            ToAny(T::Vmo, Rights::WAIT),
            To(T::Port, Rights::WRITE),
            ZERO,
            Is(Signals::VMO_ZERO_CHILDREN.bits().into()),
            ZERO,
        ],
        Call::ObjectSignal => &[ToAny(T::Event, Rights::SIGNAL), ZERO, ZERO],
        Call::ObjectSignalPeer => &[ToAny(T::Pair, Rights::SIGNAL_PEER), ZERO, ZERO],
        Call::CprngDraw => &[At, Is(16)],
        Call::DebugWrite => &[AtText, Is(4)],
        Call::VmarAllocate => &[
            To(T::Vmar, Rights::READ.union(Rights::WRITE)),
            Is((VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE).bits().into()),
            ZERO,
            PAGE,
            At,
            At,
        ],
        Call::VmarMap => &[
            To(T::Vmar, Rights::READ),
            Is(VmOptions::PERM_READ.bits().into()),
            ZERO,
            To(T::Vmo, Rights::READ.union(Rights::MAP)),
            ZERO,
            PAGE,
            At,
        ],
        Call::VmarUnmap => &[To(T::Vmar, NO_RIGHTS), spare, PAGE],
        Call::VmarProtect => {
            &[To(T::Vmar, Rights::READ), Is(VmOptions::PERM_READ.bits().into()), spare, PAGE]
        }
        Call::VmarDestroy => &[To(T::Region, Rights::OP_CHILDREN)],
        Call::VmarOpRange => {
            &[To(T::Vmar, NO_RIGHTS), Is(VmarOp::Commit as u64), spare, PAGE, Null, ZERO]
        }
        Call::VmarUnmapHandleCloseThreadExit => &[To(T::Vmar, NO_RIGHTS), spare, PAGE, ZERO],
        Call::VmoCreate => &[PAGE, ZERO, At],
        Call::VmoRead => &[To(T::Vmo, Rights::READ), At, ZERO, Is(16)],
        Call::VmoWrite => &[To(T::Vmo, Rights::WRITE), At, ZERO, Is(16)],
        Call::VmoGetSize | Call::VmoGetStreamSize => &[To(T::Vmo, NO_RIGHTS), At],
        Call::VmoSetSize => &[To(T::Resizable, Rights::WRITE.union(Rights::RESIZE)), PAGE],
        Call::VmoSetStreamSize => &[To(T::Vmo, Rights::WRITE), Is(7)],
        // The one that has a buffer. That it needs one of two rights is for the tests of its own.
        Call::VmoOpRange => {
            &[To(T::Discardable, NO_RIGHTS), Is(VmoOp::Lock as u64), ZERO, PAGE, At, Is(32)]
        }
        Call::VmoSetCachePolicy => &[To(T::Vmo, Rights::MAP), ZERO],
        Call::VmoCreateChild => &[
            To(T::Vmo, Rights::READ.union(Rights::DUPLICATE)),
            Is(VmoChildOptions::SNAPSHOT.bits().into()),
            ZERO,
            PAGE,
            At,
        ],
        Call::VmoTransferData => {
            &[To(T::Vmo, Rights::WRITE), ZERO, ZERO, PAGE, To(T::Aux, Rights::IO), ZERO]
        }
        Call::VmoCreatePhysical => &[To(T::Resource, NO_RIGHTS), Is(1 << 40), PAGE, At],
        Call::VmoCreateContiguous => &[To(T::Bti, Rights::MAP), PAGE, ZERO, At],
        Call::VmoReplaceAsExecutable => &[To(T::Vmo, NO_RIGHTS), ToOrNone(T::Resource), At],
        Call::ResourceCreate => &[
            To(T::Resource, Rights::WRITE),
            Is(ResourceKind::Mmio as u64),
            Is(1 << 40),
            PAGE,
            At,
            Is(4),
            At,
        ],
        Call::IommuCreate => &[
            To(T::Resource, NO_RIGHTS),
            Is(IOMMU_TYPE_STUB.into()),
            At,
            Is(IOMMU_STUB_DESC_LEN as u64),
            At,
        ],
        Call::BtiCreate => &[To(T::Iommu, NO_RIGHTS), ZERO, ZERO, At],
        Call::BtiPin => &[
            To(T::Bti, Rights::MAP),
            Is(BtiOptions::PERM_READ.bits().into()),
            To(T::Vmo, Rights::READ.union(Rights::MAP)),
            ZERO,
            PAGE,
            At,
            Is(1),
            At,
        ],
        Call::BtiReleaseQuarantine => &[To(T::Bti, Rights::WRITE)],
        Call::PmtUnpin => &[To(T::Pmt, NO_RIGHTS)],
        Call::ProcessCreate => &[To(T::Job, Rights::MANAGE_PROCESS), At, Is(4), ZERO, At, At],
        // The thread would run.
        Call::ProcessStart => &[
            To(T::Process, Rights::WRITE),
            To(T::Thread, Rights::WRITE),
            NOWHERE,
            ZERO,
            ToAnyOrNone(T::Event, Rights::TRANSFER),
            ZERO,
        ],
        Call::ProcessReadMemory => &[To(T::Process, Rights::IO), spare, At, Is(16), AtOrNull],
        Call::ProcessWriteMemory => &[To(T::Process, Rights::WRITE), spare, At, Is(16), AtOrNull],
        Call::ThreadCreate => &[To(T::Process, Rights::MANAGE_THREAD), At, Is(4), ZERO, At],
        // It would run.
        Call::ThreadStart => &[To(T::Thread, Rights::MANAGE_THREAD), NOWHERE, ZERO, ZERO, ZERO],
        Call::TaskKill => &[To(T::Other, Rights::DESTROY)],
        Call::JobCreate => &[To(T::Job, Rights::MANAGE_JOB), ZERO, At],
        Call::TaskCreateExceptionChannel => &[To(T::Job, HANDLE_EXCEPTIONS), ZERO, At],
        Call::ExceptionGetThread | Call::ExceptionGetProcess => &[To(T::Exception, NO_RIGHTS), At],
        Call::ChannelCreate | Call::EventpairCreate => &[ZERO, At, At],
        Call::ChannelWrite => {
            &[To(T::Channel, Rights::WRITE), ZERO, At, Is(4), AtHandle(T::Vmo), Is(1)]
        }
        Call::ChannelWriteEtc => &[To(T::Channel, Rights::WRITE), ZERO, At, Is(4), At, Is(1)],
        Call::ChannelCall | Call::ChannelCallEtc => {
            &[To(T::Channel, Rights::READ.union(Rights::WRITE)), ZERO, past, At, At, At]
        }
        Call::ChannelRead | Call::ChannelReadEtc => {
            &[To(T::Channel, Rights::READ), ZERO, At, At, Is(4), Is(1), AtOrNull, AtOrNull]
        }
        Call::PortCreate | Call::EventCreate | Call::PagerCreate => &[ZERO, At],
        Call::PortQueue => &[To(T::Port, Rights::WRITE), At],
        Call::PortWait => &[To(T::Port, Rights::READ), past, At],
        Call::PortCancel => &[To(T::Port, Rights::WRITE), ToAny(T::Event, Rights::WAIT), ZERO],
        Call::FutexWait => &[At, ZERO, ToOrNone(T::Thread), past],
        Call::FutexWake => &[Word, Is(1)],
        Call::FutexWakeSingleOwner => &[Word],
        Call::FutexRequeue => &[At, ZERO, ZERO, Word, ZERO, ToOrNone(T::Thread)],
        Call::FutexRequeueSingleOwner => &[At, ZERO, Word, ZERO, ToOrNone(T::Thread)],
        Call::FutexGetOwner => &[Word, At],
        Call::PagerCreateVmo => {
            &[To(T::Pager, Rights::ATTACH_VMO), ZERO, To(T::Port, Rights::WRITE), ZERO, PAGE, At]
        }
        Call::PagerSupplyPages => &[
            To(T::Pager, Rights::MANAGE_VMO),
            To(T::PagerVmo, Rights::WRITE),
            ZERO,
            PAGE,
            To(T::Aux, Rights::IO),
            ZERO,
        ],
        Call::PagerDetachVmo => &[
            To(T::Pager, Rights::ATTACH_VMO.union(Rights::MANAGE_VMO)),
            To(T::PagerVmo, Rights::WRITE),
        ],
        Call::PagerOpRange => &[
            To(T::Pager, Rights::MANAGE_VMO),
            Is(PagerOp::Fail as u64),
            To(T::PagerVmo, Rights::WRITE),
            ZERO,
            PAGE,
            Is(i64::from(Status::IO.into_raw()).cast_unsigned()),
        ],
        Call::PagerQueryDirtyRanges => &[
            To(T::Pager, NO_RIGHTS),
            To(T::PagerVmo, Rights::READ),
            ZERO,
            PAGE,
            At,
            PAGE,
            AtOrNull,
            AtOrNull,
        ],
        Call::PagerQueryVmoStats => {
            &[To(T::Pager, NO_RIGHTS), To(T::PagerVmo, Rights::READ), ZERO, At, Is(4)]
        }
        Call::DebugPageEntry => &[To(T::Process, Rights::INSPECT), spare, At],
        Call::DebugCheckInvariants | Call::DebugCountHandles => &[AtOrNull],
        Call::DebugFailAllocation => &[ZERO, AtOrNull],
    };
    Row {
        call,
        args: args.to_vec(),
        consumes: consumed(call),
        outcome: outcome(call),
        wrong_type: match call {
            Call::VmoReplaceAsExecutable => [Status::BAD_HANDLE, Status::WRONG_TYPE],
            _ => [Status::WRONG_TYPE; 2],
        },
        bad_address: match call {
            Call::VmoRead | Call::VmoWrite => Status::NOT_FOUND,
            _ => Status::INVALID_ARGS,
        },
    }
}

/// Returns the argument whose handle is gone whatever comes of the call.
fn consumed(call: Call) -> Option<usize> {
    match call {
        Call::HandleReplace | Call::VmoReplaceAsExecutable => Some(0),
        Call::ProcessStart => Some(4),
        _ => None,
    }
}

/// Returns what the call answers to the right arguments.
fn outcome(call: Call) -> Status {
    match call {
        Call::ProcessStart | Call::ThreadStart => Status::INVALID_ARGS,
        Call::PortCancel => Status::NOT_FOUND,
        // No signal is waited for.
        Call::ObjectWaitMany => Status::TIMED_OUT,
        // The handle that is described is none.
        Call::ChannelWriteEtc => Status::BAD_HANDLE,
        // There is no room for the number of a message without bytes.
        Call::ChannelCall | Call::ChannelCallEtc => Status::INVALID_ARGS,
        // The owner was never started.
        Call::FutexWait | Call::FutexRequeue | Call::FutexRequeueSingleOwner => {
            Status::INVALID_ARGS
        }
        _ => Status::OK,
    }
}
