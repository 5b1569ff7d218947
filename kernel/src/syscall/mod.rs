//! System calls: from numbers in registers to operations on objects.
//!
//! [`dispatch`] finds the call, [`decode`](mod@decode) gives every argument its type; the handlers, one file a family, check and act:
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
mod debug;
mod decode;
mod device;
mod event;
mod exception;
mod futex;
mod handle;
mod info;
mod job;
mod pager;
mod port;
mod process;
mod process_memory;
mod property;
mod system;
mod thread;
mod vmar;
mod vmo;
mod vmo_child;
mod vmo_range;
mod wait;

use crate::memory::memory;
use crate::task;
use abi::{Call, Status};
use caller::Caller;
use decode::decode;

/// Carries out call `number`, all 64 bits of which count, and returns what goes into RAX: a status, or the value of a call that cannot fail.
///
/// Next on the way from ring 3: the handler, for example [`vmar::map`].
pub fn dispatch(number: u64, args: &[u64; 8]) -> i64 {
    let Ok(call) = Call::try_from(number) else {
        return failure(Status::BAD_SYSCALL);
    };
    let Some(caller) = Caller::current() else {
        return failure(Status::BAD_STATE);
    };
    let shortages = memory().shortages();
    match decode(call, &caller, args) {
        Ok(value) => value,
        Err(Status::NO_MEMORY) if is_repeatable(call) => repeat(call, &caller, args, shortages),
        Err(status) => failure(status),
    }
}

/// Makes a call again that failed for want of memory, as long as some can be taken back from others. Apart from [`dispatch`], whose
/// every instruction counts: in a loop there, all arguments of any call would be loaded ahead of it.
#[cold]
#[inline(never)]
fn repeat(call: Call, caller: &Caller, args: &[u64; 8], shortages: u64) -> i64 {
    let mut before = shortages;
    while memory().relieve(before) {
        // There may be as many to take from as programs have made.
        if let Err(status) = task::checkpoint() {
            return failure(status);
        }
        before = memory().shortages();
        match decode(call, caller, args) {
            Err(Status::NO_MEMORY) => {}
            outcome => return outcome.unwrap_or_else(failure),
        }
    }
    failure(Status::NO_MEMORY)
}

/// Returns what goes into RAX for a call that failed.
const fn failure(status: Status) -> i64 {
    status.into_raw() as i64
}

/// Says whether a call that failed for want of memory has changed nothing, so that it can be made again once there is memory. The
/// others consume a handle even when they fail.
const fn is_repeatable(call: Call) -> bool {
    !matches!(
        call,
        Call::HandleReplace
            | Call::VmoReplaceAsExecutable
            | Call::ProcessStart
            | Call::ChannelWrite
            | Call::ChannelWriteEtc
            | Call::ChannelCall
            | Call::ChannelCallEtc
            | Call::VmarUnmapHandleCloseThreadExit
    )
}

#[cfg(test)]
mod tests;
