//! From registers to typed arguments: the table of calls.
//!
//! It names nothing of the machine, so it is compiled for the host too, with handlers that only note what they are given: see
//! `tests/fuzz`.

use super::caller::Caller;
use super::channel::{Listing, Room};
use super::futex::{Expected, Target};
use super::process::Entry;
use super::{
    channel, debug, device, event, exception, futex, handle, info, job, pager, port, process,
    process_memory, property, system, thread, vmar, vmo, vmo_child, vmo_range, wait,
};
use crate::user::{UserPtr, UserSlice};
use abi::object::Time;
use abi::{Call, Result, Rights, Signals, Status, Topic, VmOptions};

/// Gives each argument its type and calls the handler.
#[expect(clippy::too_many_lines, reason = "a line for each call, all in one place")]
#[inline(always)]
pub(super) fn decode(call: Call, caller: &Caller, args: &[u64; 8]) -> Result<i64> {
    // By reference, so that only what a call has is loaded.
    let [a, b, c, d, e, f, g, h] = args;
    match call {
        Call::SyscallTest0 => Ok(()),
        Call::HandleClose => handle::close(caller, low(a)),
        Call::HandleCloseMany => handle::close_many(caller, *a, *b),
        Call::HandleDuplicate => handle::duplicate(caller, low(a), rights(b), at(c)),
        Call::HandleReplace => handle::replace(caller, low(a), rights(b), at(c)),
        Call::ObjectGetInfo => info::get(caller, low(a), Topic(low(b)), bytes(c, d), at(e), at(f)),
        Call::ObjectGetProperty => property::get(caller, low(a), low(b), bytes(c, d)),
        Call::ObjectSetProperty => property::set(caller, low(a), low(b), bytes(c, d)),
        Call::ObjectWaitOne => wait::one(caller, low(a), signals(b), time(c), at(d)),
        Call::ClockGetMonotonic => return Ok(system::clock()),
        Call::TicksGet => return Ok(system::ticks()),
        Call::TicksPerSecond => return Ok(system::ticks_per_second()),
        Call::Nanosleep => system::nanosleep(caller, time(a)),
        Call::CprngDraw => system::cprng_draw(bytes(a, b)),
        Call::DebugWrite => system::debug_write(bytes(a, b)),
        Call::ThreadLegacyYield => system::yield_now(low(a)),
        Call::VmarAllocate => vmar::allocate(caller, low(a), options(b), *c, *d, at(e), at(f)),
        Call::VmarMap => vmar::map(caller, low(a), options(b), *c, low(d), *e, *f, at(g)),
        Call::VmarUnmap => vmar::unmap(caller, low(a), *b, *c),
        Call::VmarProtect => vmar::protect(caller, low(a), options(b), *c, *d),
        Call::VmarDestroy => vmar::destroy(caller, low(a)),
        Call::VmoCreate => vmo::create(caller, *a, low(b), at(c)),
        Call::VmoRead => vmo::read(caller, low(a), bytes(b, d), *c),
        Call::VmoWrite => vmo::write(caller, low(a), bytes(b, d), *c),
        Call::VmoGetSize => vmo::get_size(caller, low(a), at(b)),
        Call::VmoSetSize => vmo::set_size(caller, low(a), *b),
        Call::ProcessCreate => process::create(caller, low(a), bytes(b, c), low(d), at(e), at(f)),
        Call::ProcessStart => process::start(caller, low(a), low(b), entry(c, d), low(e), *f),
        Call::ProcessExit => process::exit(caller, a.cast_signed()),
        Call::ThreadCreate => thread::create(caller, low(a), bytes(b, c), low(d), at(e)),
        Call::ThreadStart => thread::start(caller, low(a), entry(b, c), *d, *e),
        Call::ThreadExit => thread::exit(caller),
        Call::TaskKill => process::kill(caller, low(a)),
        Call::ChannelCreate => channel::create(caller, low(a), at(b), at(c)),
        Call::ChannelWrite => channel::write(caller, low(a), low(b), values([c, d, e, f])),
        Call::ChannelRead => {
            channel::read(caller, low(a), low(b), values([c, e, d, f]), at(g), at(h))
        }
        Call::ChannelReadEtc => {
            channel::read(caller, low(a), low(b), records([c, e, d, f]), at(g), at(h))
        }
        Call::ChannelWriteEtc => channel::write(caller, low(a), low(b), records([c, d, e, f])),
        Call::ChannelCall => {
            let args = (at(d), Listing::Values);
            channel::call(caller, (low(a), low(b)), time(c), args, at(e), at(f))
        }
        Call::ChannelCallEtc => {
            let args = (at(d), Listing::Records);
            channel::call(caller, (low(a), low(b)), time(c), args, at(e), at(f))
        }
        Call::VmoReplaceAsExecutable => vmo::replace_as_executable(caller, low(a), low(b), at(c)),
        Call::VmarOpRange => vmar::op_range(caller, low(a), low(b), *c, *d, bytes(e, f)),
        Call::VmarUnmapHandleCloseThreadExit => vmar::leave(caller, low(a), *b, *c, low(d)),
        Call::VmoGetStreamSize => vmo::get_stream_size(caller, low(a), at(b)),
        Call::VmoSetStreamSize => vmo::set_stream_size(caller, low(a), *b),
        Call::VmoOpRange => vmo_range::operate(caller, low(a), low(b), *c, *d, bytes(e, f)),
        Call::VmoSetCachePolicy => vmo::set_cache_policy(caller, low(a), low(b)),
        Call::VmoCreateChild => vmo_child::create(caller, low(a), low(b), *c, *d, at(e)),
        Call::VmoTransferData => {
            vmo_child::transfer_data(caller, low(a), low(b), *c, *d, low(e), *f)
        }
        Call::VmoCreatePhysical => device::create_physical(caller, low(a), *b, *c, at(d)),
        Call::VmoCreateContiguous => device::create_contiguous(caller, low(a), *b, low(c), at(d)),
        Call::ResourceCreate => {
            device::create_resource(caller, low(a), low(b), *c, *d, bytes(e, f), at(g))
        }
        Call::IommuCreate => device::create_iommu(caller, low(a), low(b), bytes(c, d), at(e)),
        Call::BtiCreate => device::create_bti(caller, low(a), low(b), at(d)),
        Call::BtiPin => device::pin(caller, low(a), low(b), low(c), *d, *e, bytes(f, g), at(h)),
        Call::BtiReleaseQuarantine => device::release_quarantine(caller, low(a)),
        Call::PmtUnpin => device::unpin(caller, low(a)),
        Call::TaskCreateExceptionChannel => {
            exception::create_channel(caller, low(a), low(b), at(c))
        }
        Call::PagerCreate => pager::create(caller, low(a), at(b)),
        Call::PagerCreateVmo => {
            let destination = pager::Destination { port: low(c), key: *d };
            pager::create_vmo(caller, low(a), low(b), destination, *e, at(f))
        }
        Call::PagerSupplyPages => pager::supply(caller, low(a), span(b, c, d), low(e), *f),
        Call::PagerDetachVmo => pager::detach(caller, low(a), low(b)),
        Call::PagerOpRange => pager::op_range(caller, low(a), low(b), span(c, d, e), *f),
        Call::PagerQueryDirtyRanges => {
            let list = pager::List { buffer: bytes(e, f), actual: at(g), avail: at(h) };
            pager::query_dirty_ranges(caller, low(a), span(b, c, d), list)
        }
        Call::PagerQueryVmoStats => {
            pager::query_vmo_stats(caller, low(a), low(b), low(c), bytes(d, e))
        }
        Call::ExceptionGetThread => exception::get_thread(caller, low(a), at(b)),
        Call::ExceptionGetProcess => exception::get_process(caller, low(a), at(b)),
        Call::PortCreate => port::create(caller, low(a), at(b)),
        Call::PortQueue => port::queue(caller, low(a), at(b)),
        Call::PortWait => port::wait(caller, low(a), time(b), at(c)),
        Call::PortCancel => port::cancel(caller, low(a), low(b), *c),
        Call::ObjectWaitAsync => wait::asynchronous(caller, low(a), low(b), *c, signals(d), low(e)),
        Call::ObjectWaitMany => wait::many(caller, *a, *b, time(c)),
        Call::EventCreate => event::create(caller, low(a), at(b)),
        Call::EventpairCreate => event::create_pair(caller, low(a), at(b), at(c)),
        Call::ObjectSignal => wait::signal(caller, low(a), signals(b), signals(c)),
        Call::ObjectSignalPeer => wait::signal_peer(caller, low(a), signals(b), signals(c)),
        Call::FutexWait => futex::wait(caller, &word(a, b), low(c), time(d)),
        Call::FutexWake => futex::wake(caller, *a, low(b)),
        Call::FutexWakeSingleOwner => futex::wake_single_owner(caller, *a),
        Call::FutexRequeue => futex::requeue(caller, &word(a, c), low(b), &target(d, e, f)),
        Call::FutexRequeueSingleOwner => {
            futex::requeue_single_owner(caller, &word(a, b), &target(c, d, e))
        }
        Call::FutexGetOwner => futex::get_owner(caller, *a, at(b)),
        Call::ProcessReadMemory => process_memory::read(caller, low(a), *b, bytes(c, d), at(e)),
        Call::ProcessWriteMemory => process_memory::write(caller, low(a), *b, bytes(c, d), at(e)),
        Call::JobCreate => job::create(caller, low(a), low(b), at(c)),
        Call::DebugPageEntry => debug::page_entry(caller, low(a), *b, at(c)),
        Call::DebugCheckInvariants => debug::check_invariants(at(a)),
        Call::DebugFailAllocation => debug::fail_allocation(caller, *a, at(b)),
        Call::DebugCountHandles => debug::count_handles(at(a)),
        Call::HandleCheckValid => handle::check_valid(caller, low(a)),
        Call::ObjectGetChild => job::get_child(caller, low(a), *b, rights(c), at(d)),
        Call::SystemGetNumCpus => return Ok(system::num_cpus()),
        Call::SystemGetPhysmem => return Ok(system::physmem()),
    }
    .map(|()| i64::from(Status::OK.into_raw()))
}

/// Takes a 32-bit argument: the upper half of its register does not count.
pub(super) const fn low(register: &u64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "ignoring the upper half is what the register convention says"
    )]
    let argument = *register as u32;
    argument
}

/// Takes rights, unknown bits included.
pub(super) const fn rights(register: &u64) -> Rights {
    Rights::from_bits_retain(low(register))
}

/// Takes VMAR options, unknown bits included.
const fn options(register: &u64) -> VmOptions {
    VmOptions::from_bits_retain(low(register))
}

/// Takes signals, unknown bits included.
const fn signals(register: &u64) -> Signals {
    Signals::from_bits_retain(low(register))
}

/// Takes a point in time.
const fn time(register: &u64) -> Time {
    register.cast_signed()
}

/// Takes a pointer.
const fn at<T>(address: &u64) -> UserPtr<T> {
    UserPtr::new(*address)
}

/// Takes a buffer.
const fn bytes(address: &u64, len: &u64) -> UserSlice {
    UserSlice::new(*address, *len)
}

/// Takes a range of a pager's VMO.
const fn span(vmo: &u64, offset: &u64, len: &u64) -> pager::Span {
    pager::Span { vmo: low(vmo), offset: *offset, len: *len }
}

/// Takes where a thread begins.
const fn entry(entry: &u64, stack: &u64) -> Entry {
    Entry { entry: *entry, stack: *stack }
}

/// Takes a word and its expected value.
const fn word(address: &u64, value: &u64) -> Expected {
    Expected { address: *address, value: low(value) }
}

/// Takes the word that threads are to sleep on, how many, and its owner.
const fn target(address: &u64, count: &u64, owner: &u64) -> Target {
    Target { address: *address, count: low(count), owner: low(owner) }
}

/// Takes a message's buffers: the address and number of bytes, then of handles that are listed by their values.
const fn values([bytes, num_bytes, handles, num_handles]: [&u64; 4]) -> Room {
    Room::new((*bytes, low(num_bytes)), (*handles, low(num_handles)), Listing::Values)
}

/// Takes the same for handles that are listed by records.
const fn records([bytes, num_bytes, handles, num_handles]: [&u64; 4]) -> Room {
    Room::new((*bytes, low(num_bytes)), (*handles, low(num_handles)), Listing::Records)
}
