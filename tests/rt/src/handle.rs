//! Handles, and the objects that are nothing but a handle.

use crate::{Process, zx};
use abi::info::{InfoHandleBasic, Record};
use abi::object::{INVALID_HANDLE, Time};
use abi::{Koid, RawHandle, Result, Rights, Signals, Status, Topic};
use alloc::vec::Vec;

/// A handle of this process; closed when dropped.
#[derive(Debug, PartialEq, Eq)]
pub struct Handle(RawHandle);

impl Handle {
    /// Takes over a number from the kernel, which may be 0 for none.
    pub const fn from_raw(raw: RawHandle) -> Self {
        Self(raw)
    }

    /// Returns the number.
    pub const fn raw(&self) -> RawHandle {
        self.0
    }

    /// Returns the number and leaves the handle open.
    pub fn into_raw(self) -> RawHandle {
        let raw = self.0;
        core::mem::forget(self);
        raw
    }

    /// Makes a second handle to the object.
    ///
    /// # Errors
    /// Those of `handle_duplicate`.
    pub fn duplicate(&self, rights: Rights) -> Result<Self> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe { zx::handle_duplicate(self.0, rights.bits(), out) })
    }

    /// Exchanges the handle for one with fewer rights.
    ///
    /// # Errors
    /// Those of `handle_replace`; the handle is gone then too.
    pub fn replace(self, rights: Rights) -> Result<Self> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe { zx::handle_replace(self.into_raw(), rights.bits(), out) })
    }

    /// Closes the handle.
    ///
    /// # Errors
    /// Those of `handle_close`.
    pub fn close(self) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::handle_close(self.into_raw()) }.check()
    }

    /// Waits until one of `signals` is raised and returns those that are.
    ///
    /// # Errors
    /// Those of `object_wait_one`; [`Status::TIMED_OUT`] if the deadline, in nanoseconds since boot, comes first.
    pub fn wait(&self, signals: Signals, deadline: Time) -> Result<Signals> {
        let mut observed = 0;
        // SAFETY: `observed` is a local variable.
        unsafe { zx::object_wait_one(self.0, signals.bits(), deadline, &raw mut observed) }
            .check()?;
        Ok(Signals::from_bits_retain(observed))
    }

    /// Lowers `clear`, then raises `set`, of the object's signals.
    ///
    /// # Errors
    /// Those of `object_signal`.
    pub fn signal(&self, clear: Signals, set: Signals) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::object_signal(self.0, clear.bits(), set.bits()) }.check()
    }

    /// Lowers `clear`, then raises `set`, of the other end's signals.
    ///
    /// # Errors
    /// Those of `object_signal_peer`.
    pub fn signal_peer(&self, clear: Signals, set: Signals) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::object_signal_peer(self.0, clear.bits(), set.bits()) }.check()
    }

    /// Asks about the object with a topic that answers with one record.
    ///
    /// # Errors
    /// Those of `object_get_info`.
    pub fn info<R: Record>(&self, topic: Topic) -> Result<R> {
        let mut record = R::default();
        let bytes = record.as_bytes_mut();
        let none = core::ptr::null_mut();
        // SAFETY: `bytes` is valid for writes of its length; the other pointers are null.
        unsafe {
            zx::object_get_info(self.0, topic.0, bytes.as_mut_ptr(), bytes.len() as u64, none, none)
        }
        .check()?;
        Ok(record)
    }

    /// Asks about the object with a topic that answers with any number of records: all there are.
    ///
    /// # Errors
    /// Those of `object_get_info`.
    pub fn info_list<R: Record>(&self, topic: Topic) -> Result<Vec<R>> {
        let mut records: Vec<R> = Vec::new();
        loop {
            let (mut actual, mut avail) = (0, 0);
            // SAFETY: the buffer is valid for writes of its length, and any bytes are records; the counts are local variables.
            unsafe {
                zx::object_get_info(
                    self.0,
                    topic.0,
                    records.as_mut_ptr().cast(),
                    size_of_val(records.as_slice()) as u64,
                    &raw mut actual,
                    &raw mut avail,
                )
            }
            .check()?;
            // What there is may grow between two calls.
            let there_is = usize::try_from(avail).map_err(|_| Status::OUT_OF_RANGE)?;
            if there_is <= records.len() {
                records.truncate(usize::try_from(actual).map_err(|_| Status::OUT_OF_RANGE)?);
                return Ok(records);
            }
            records.resize(there_is, R::default());
        }
    }

    /// Asks what the handle names and allows.
    ///
    /// # Errors
    /// Those of `object_get_info`.
    pub fn basic_info(&self) -> Result<InfoHandleBasic> {
        self.info(Topic::HANDLE_BASIC)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.0 != INVALID_HANDLE {
            // A handle that cannot be closed is gone already; nothing is left to do.
            // SAFETY: the call takes no address.
            let _ = unsafe { zx::handle_close(self.0) };
        }
    }
}

/// Makes a call that returns a handle through a pointer.
pub(crate) fn new_handle(call: impl FnOnce(*mut RawHandle) -> Status) -> Result<Handle> {
    let mut raw = INVALID_HANDLE;
    call(&raw mut raw).check()?;
    Ok(Handle::from_raw(raw))
}

/// Makes a call that returns two handles through pointers.
pub(crate) fn new_handles(
    call: impl FnOnce(*mut RawHandle, *mut RawHandle) -> Status,
) -> Result<(Handle, Handle)> {
    let (mut first, mut second) = (INVALID_HANDLE, INVALID_HANDLE);
    call(&raw mut first, &raw mut second).check()?;
    Ok((Handle::from_raw(first), Handle::from_raw(second)))
}

/// Declares a typed handle.
macro_rules! object {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, PartialEq, Eq)]
        pub struct $name($crate::Handle);

        impl $name {
            /// Makes a second handle to the object.
            ///
            /// # Errors
            /// Those of `handle_duplicate`.
            pub fn duplicate(&self, rights: abi::Rights) -> abi::Result<Self> {
                self.0.duplicate(rights).map(Self)
            }

            /// Returns the handle.
            pub fn into_handle(self) -> $crate::Handle {
                self.0
            }
        }

        impl From<$crate::Handle> for $name {
            fn from(handle: $crate::Handle) -> Self {
                Self(handle)
            }
        }

        impl core::ops::Deref for $name {
            type Target = $crate::Handle;

            fn deref(&self) -> &$crate::Handle {
                &self.0
            }
        }
    };
}
pub(crate) use object;

object! {
    /// A job: what new processes are made in.
    Job
}

impl Job {
    /// Makes a job in this one.
    ///
    /// # Errors
    /// Those of `job_create`.
    pub fn create_in(&self) -> Result<Self> {
        // SAFETY: `out` is a local variable.
        Ok(Self::from(new_handle(|out| unsafe { zx::job_create(self.raw(), 0, out) })?))
    }

    /// Returns a handle with `rights` to the process of that koid that is directly in the job.
    ///
    /// # Errors
    /// Those of `object_get_child`.
    pub fn process(&self, koid: Koid, rights: Rights) -> Result<Process> {
        // SAFETY: `out` is a local variable.
        new_handle(|out| unsafe { zx::object_get_child(self.raw(), koid, rights.bits(), out) })
            .map(Process::from)
    }

    /// Ends everything in the job.
    ///
    /// # Errors
    /// Those of `task_kill`.
    pub fn kill(&self) -> Result<()> {
        // SAFETY: the call takes no address.
        unsafe { zx::task_kill(self.raw()) }.check()
    }
}
