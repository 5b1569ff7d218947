//! Who makes a call, and new handles for them.

use crate::object::{Handle, HandleTable, Kind, Object, Process, Thread};
use crate::task::{self, Running};
use crate::user::UserPtr;
use abi::{RawHandle, Result, Rights};
use vm::Ref;

/// The thread that makes a call.
pub(super) struct Caller(pub(super) Running);

impl Caller {
    /// Returns the running thread.
    pub(super) fn current() -> Option<Self> {
        task::running().map(Self)
    }

    /// Returns the thread.
    pub(super) fn thread(&self) -> &Ref<Thread> {
        &self.0
    }

    /// Returns the thread's process.
    pub(super) fn process(&self) -> &Ref<Process> {
        self.0.process()
    }

    /// Returns the process's handles.
    pub(super) fn handles(&self) -> &HandleTable {
        self.process().handles()
    }

    /// Looks a handle up; see [`HandleTable::get`].
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
    pub(super) fn get<K: Kind>(&self, value: RawHandle, rights: Rights) -> Result<Ref<K>> {
        self.handles().get(value, rights)
    }

    /// Gives the program a handle and writes its value to `out`; does neither if one cannot be done.
    ///
    /// # Errors
    /// 1. [`Status::NO_RESOURCES`](abi::Status::NO_RESOURCES), [`Status::NO_MEMORY`](abi::Status::NO_MEMORY): no room for a handle.
    /// 2. [`Status::INVALID_ARGS`](abi::Status::INVALID_ARGS): `out` cannot be written.
    pub(super) fn give(&self, object: Object, rights: Rights, out: UserPtr<u32>) -> Result<()> {
        // Made first: if the rest fails, dropping it is what undoes the object.
        self.pass_on(Handle::new(object, rights), out)
    }

    /// Puts a handle among the program's and writes its value to `out`; if one cannot be done, the handle is gone.
    ///
    /// # Errors
    /// Those of [`Caller::give`].
    pub(super) fn pass_on(&self, handle: Handle, out: UserPtr<u32>) -> Result<()> {
        let slot = self.handles().reserve()?;
        out.write(slot.value())?;
        slot.fill(handle);
        Ok(())
    }

    /// Gives the program two handles, each written to its place; gives neither if one cannot be.
    ///
    /// # Errors
    /// Those of [`Caller::give`].
    pub(super) fn give_two(
        &self,
        (first, out0): (Handle, UserPtr<u32>),
        (second, out1): (Handle, UserPtr<u32>),
    ) -> Result<()> {
        let (slot0, slot1) = (self.handles().reserve()?, self.handles().reserve()?);
        out0.write(slot0.value())?;
        out1.write(slot1.value())?;
        slot0.fill(first);
        slot1.fill(second);
        Ok(())
    }
}
