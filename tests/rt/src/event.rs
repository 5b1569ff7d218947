//! Events, alone and in pairs.

use crate::handle::{new_handle, new_handles, object};
use crate::zx;
use abi::Result;

object! {
    /// An event.
    Event
}

impl Event {
    /// Makes an event.
    ///
    /// # Errors
    /// Those of `event_create`.
    pub fn create() -> Result<Self> {
        // SAFETY: `out` is a local variable.
        Ok(Self::from(new_handle(|out| unsafe { zx::event_create(0, out) })?))
    }
}

object! {
    /// One event of a pair.
    EventPair
}

impl EventPair {
    /// Makes both events of a pair.
    ///
    /// # Errors
    /// Those of `eventpair_create`.
    pub fn create() -> Result<(Self, Self)> {
        // SAFETY: both pointers are to local variables.
        let (one, other) =
            new_handles(|one, other| unsafe { zx::eventpair_create(0, one, other) })?;
        Ok((Self::from(one), Self::from(other)))
    }
}
