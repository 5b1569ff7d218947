//! Calls that make events.
//!
//! # Source
//! Zircon `event_create` and `eventpair_create`.

use super::caller::Caller;
use crate::object::{Event, Handle, Object, PairedEvent};
use crate::user::UserPtr;
use abi::{Result, Rights, Status};

/// Makes an event and writes a handle to it.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: `options` is not 0.
/// 2. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written. There is no new event then.
pub(super) fn create(caller: &Caller, options: u32, out: UserPtr<u32>) -> Result<()> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    caller.give(Object::Event(Event::create()?), Rights::EVENT_DEFAULT, out)
}

/// Makes a pair of events and writes a handle to each.
///
/// # Errors
/// 1. [`Status::NOT_SUPPORTED`]: `options` is not 0.
/// 2. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: a handle cannot be written. There is no new pair then.
pub(super) fn create_pair(
    caller: &Caller,
    options: u32,
    out0: UserPtr<u32>,
    out1: UserPtr<u32>,
) -> Result<()> {
    if options != 0 {
        return Err(Status::NOT_SUPPORTED);
    }
    let (first, second) = PairedEvent::create_pair()?;
    let handle = |event| Handle::new(Object::EventPair(event), Rights::EVENTPAIR_DEFAULT);
    caller.give_two((handle(first), out0), (handle(second), out1))
}
