//! System calls: from numbers in registers to operations on objects.
//!
//! [`dispatch`] finds the call and gives every argument its type; the handlers, one file a family, check and act:
//!
//! 1. look handles up: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED;
//! 2. check the other arguments in the order the specification lists them;
//! 3. reserve what may fail, act, copy results out; what was made is undone if that copy fails; 4. fill reserved handles, which cannot fail.
//!
//! Handlers hold no lock while ring 3's memory is copied, allocate only through calls that may fail, and let other threads run in
//! loops whose length the program chooses.
//!
//! # Source
//! `handles-rights-errors.md` §8; the order of arguments is Zircon's.

mod caller;
mod channel;
mod handle;
mod info;
mod process;
mod property;
mod system;
mod thread;
mod vmar;
mod vmo;

use crate::user::{UserPtr, UserSlice};
use abi::{Call, Result, Rights, Signals, Status, Topic, VmOptions};
use caller::Caller;

/// Carries out call `number`, all 64 bits of which count, and returns what goes into RAX: a status, or the value of a call that cannot fail.
///
/// Next on the way from ring 3: the handler, for example [`vmar::map`].
pub fn dispatch(number: u64, args: &[u64; 8]) -> i64 {
    let outcome = match (Call::try_from(number), Caller::current()) {
        (Ok(call), Some(caller)) => decode(call, &caller, args),
        (Err(status), _) => Err(status),
        (_, None) => Err(Status::BAD_STATE),
    };
    outcome.unwrap_or_else(|status| i64::from(status.into_raw()))
}

/// Gives each argument its type and calls the handler.
fn decode(call: Call, caller: &Caller, args: &[u64; 8]) -> Result<i64> {
    let &[a, b, c, d, e, f, g, h] = args;
    match call {
        Call::SyscallTest0 => Ok(()),
        Call::HandleClose => handle::close(caller, low(a)),
        Call::HandleCloseMany => handle::close_many(caller, a, b),
        Call::HandleDuplicate => handle::duplicate(caller, low(a), rights(b), UserPtr::new(c)),
        Call::HandleReplace => handle::replace(caller, low(a), rights(b), UserPtr::new(c)),
        Call::ObjectGetInfo => info::get(
            caller,
            low(a),
            Topic(low(b)),
            UserSlice::new(c, d),
            UserPtr::new(e),
            UserPtr::new(f),
        ),
        Call::ObjectGetProperty => property::get(caller, low(a), low(b), UserSlice::new(c, d)),
        Call::ObjectSetProperty => property::set(caller, low(a), low(b), UserSlice::new(c, d)),
        Call::ObjectWaitOne => {
            handle::wait_one(caller, low(a), signals(b), c.cast_signed(), UserPtr::new(d))
        }
        Call::ClockGetMonotonic => return Ok(system::clock()),
        Call::TicksGet => return Ok(system::ticks()),
        Call::TicksPerSecond => return Ok(system::ticks_per_second()),
        Call::Nanosleep => system::nanosleep(caller, a.cast_signed()),
        Call::CprngDraw => system::cprng_draw(UserSlice::new(a, b)),
        Call::DebugWrite => system::debug_write(UserSlice::new(a, b)),
        Call::ThreadLegacyYield => system::yield_now(low(a)),
        Call::VmarAllocate => vmar::allocate(
            caller,
            low(a),
            options(b),
            c,
            d,
            UserPtr::new(e),
            UserPtr::new(f),
        ),
        Call::VmarMap => vmar::map(caller, low(a), options(b), c, low(d), e, f, UserPtr::new(g)),
        Call::VmarUnmap => vmar::unmap(caller, low(a), b, c),
        Call::VmarProtect => vmar::protect(caller, low(a), options(b), c, d),
        Call::VmarDestroy => vmar::destroy(caller, low(a)),
        Call::VmoCreate => vmo::create(caller, a, low(b), UserPtr::new(c)),
        Call::VmoRead => vmo::read(caller, low(a), UserSlice::new(b, d), c),
        Call::VmoWrite => vmo::write(caller, low(a), UserSlice::new(b, d), c),
        Call::VmoGetSize => vmo::get_size(caller, low(a), UserPtr::new(b)),
        Call::VmoSetSize => vmo::set_size(caller, low(a), b),
        Call::ProcessCreate => process::create(
            caller,
            low(a),
            UserSlice::new(b, c),
            low(d),
            UserPtr::new(e),
            UserPtr::new(f),
        ),
        Call::ProcessStart => process::start(
            caller,
            low(a),
            low(b),
            process::Entry { entry: c, stack: d },
            low(e),
            f,
        ),
        Call::ProcessExit => process::exit(caller, a.cast_signed()),
        Call::ThreadCreate => thread::create(
            caller,
            low(a),
            UserSlice::new(b, c),
            low(d),
            UserPtr::new(e),
        ),
        Call::ThreadStart => {
            thread::start(caller, low(a), process::Entry { entry: b, stack: c }, d, e)
        }
        Call::ThreadExit => thread::exit(caller),
        Call::TaskKill => process::kill(caller, low(a)),
        Call::ChannelCreate => channel::create(caller, low(a), UserPtr::new(b), UserPtr::new(c)),
        Call::ChannelWrite => channel::write(
            caller,
            low(a),
            low(b),
            UserSlice::new(c, u64::from(low(d))),
            e,
            low(f),
        ),
        Call::ChannelRead => channel::read(
            caller,
            low(a),
            low(b),
            channel::Room::new([c, d, e, f]),
            [g, h].map(UserPtr::new),
        ),
        Call::VmoReplaceAsExecutable => {
            vmo::replace_as_executable(caller, low(a), low(b), UserPtr::new(c))
        }
    }
    .map(|()| i64::from(Status::OK.into_raw()))
}

/// Takes a 32-bit argument: the upper half of its register does not count.
const fn low(register: u64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "ignoring the upper half is what the register convention says"
    )]
    let argument = register as u32;
    argument
}

/// Takes rights, unknown bits included.
const fn rights(register: u64) -> Rights {
    Rights::from_bits_retain(low(register))
}

/// Takes VMAR options, unknown bits included.
const fn options(register: u64) -> VmOptions {
    VmOptions::from_bits_retain(low(register))
}

/// Takes signals, unknown bits included.
const fn signals(register: u64) -> Signals {
    Signals::from_bits_retain(low(register))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn unknown_numbers_are_refused_in_all_64_bits() {
        let calls = Call::ALL.len() as u64;
        for number in [calls, 0x8000_0000, 1 << 32, 0xFF00_FF00_0000_0010, u64::MAX] {
            assert_eq!(
                dispatch(number, &[0; 8]),
                i64::from(Status::BAD_SYSCALL.into_raw())
            );
        }
    }

    #[test_case]
    fn narrow_arguments_ignore_the_upper_half() {
        assert_eq!(low(0xFFFF_FFFF_0000_0003), 3);
        assert_eq!(rights(0x1_8000_0000), Rights::SAME_RIGHTS);
    }
}
