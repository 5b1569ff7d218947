//! Handles: an object and what may be done with it.

use super::{HandleCount, Kind, Object, Source};
use abi::{Result, Rights, Status};
use core::sync::atomic::{AtomicBool, Ordering};
use vm::Ref;

/// What a program owns: a reference to an object, with rights.
///
/// Lives in a handle table, in a message, or for a moment in a call. Objects that care are told when a handle to them begins and ends:
/// a process that never started dies with its last handle, a channel's end closes with its only one, an exception is answered by that,
/// an event's peer hears of it.
pub(crate) struct Handle {
    object: Object,
    rights: Rights,
    /// Whether anybody has ever waited through it.
    has_waits: AtomicBool,
}

impl Handle {
    /// Makes a handle.
    pub(crate) fn new(object: Object, rights: Rights) -> Self {
        if let Some(count) = object.handles() {
            count.open();
        }
        Self { object, rights, has_waits: AtomicBool::new(false) }
    }

    /// Returns the object.
    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    /// Returns what the handle allows.
    pub(crate) fn rights(&self) -> Rights {
        self.rights
    }

    /// Returns the object if it is a `K` and the handle has all of `rights`.
    ///
    /// # Errors
    /// 1. [`Status::WRONG_TYPE`]: the object is of another type.
    /// 2. [`Status::ACCESS_DENIED`]: a right is missing.
    pub(crate) fn check<K: Kind>(&self, rights: Rights) -> Result<&Ref<K>> {
        let found = K::of(&self.object).ok_or(Status::WRONG_TYPE)?;
        self.check_rights(rights)?;
        Ok(found)
    }

    /// Checks that the handle has all of `rights`.
    ///
    /// # Errors
    /// [`Status::ACCESS_DENIED`]: a right is missing.
    pub(crate) fn check_rights(&self, rights: Rights) -> Result<()> {
        if self.rights.contains(rights) { Ok(()) } else { Err(Status::ACCESS_DENIED) }
    }

    /// Returns the handle if it may be sent to another process.
    ///
    /// # Errors
    /// [`Status::ACCESS_DENIED`]: it lacks TRANSFER, and is gone.
    pub(crate) fn transferable(self) -> Result<Self> {
        self.check_rights(Rights::TRANSFER)?;
        Ok(self)
    }

    /// Notes that somebody is about to wait through the handle.
    pub(crate) fn note_wait(&self) {
        self.has_waits.store(true, Ordering::Relaxed);
    }

    /// Ends the waits that go through the handle, which `source` names until now.
    #[inline(always)]
    pub(crate) fn cancel_waits(&self, source: Source) {
        // Looking for them takes as long as there are waits for the object, and a program may close as many handles as it has.
        if self.has_waits.load(Ordering::Relaxed)
            && let Some(signals) = self.object.signals()
        {
            signals.cancel(source);
        }
        // An end has one handle only, so every call through it goes through this one.
        if let Object::Channel(endpoint) = &self.object {
            endpoint.cancel_calls();
        }
    }

    /// Returns the handle with what was asked for with `asked` in place of its rights. It stays the same: if it is the only one of its
    /// object, that is not closed.
    ///
    /// # Errors
    /// Those of [`Handle::check_fewer_rights`]. It is gone.
    pub(crate) fn with_rights(self, asked: Rights) -> Result<Self> {
        let mut handle = self;
        handle.rights = handle.check_fewer_rights(asked)?;
        Ok(handle)
    }

    /// Returns the rights of a copy that was asked for with `asked`.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: `asked` is neither [`Rights::SAME_RIGHTS`] nor a subset of what this handle has.
    pub(crate) fn check_fewer_rights(&self, asked: Rights) -> Result<Rights> {
        if asked == Rights::SAME_RIGHTS {
            Ok(self.rights)
        } else if self.rights.contains(asked) {
            Ok(asked)
        } else {
            Err(Status::INVALID_ARGS)
        }
    }
}

impl Drop for Handle {
    #[inline]
    fn drop(&mut self) {
        match &self.object {
            Object::Process(process) => process.handle_closed(),
            Object::Job(job) => job.handle_closed(),
            Object::EventPair(event) => event.handle_closed(),
            Object::Port(port) => port.handle_closed(),
            Object::Channel(endpoint) => endpoint.close(),
            Object::Exception(exception) => exception.close(),
            Object::Pager(pager) => pager.close(),
            other => {
                other.handles().map(HandleCount::close);
            }
        }
    }
}
