//! Calls on processes, and the end of tasks.
//!
//! # Source
//! `handles-rights-errors.md` §9.

use super::caller::Caller;
use super::handle::take;
use crate::arch::UserRegisters;
use crate::arch::user_copy::is_user_address;
use crate::boot;
use crate::memory::{kernel_aspace, memory};
use crate::object::{Handle, Job, Object, Process, Thread, VmarObject};
use crate::user::{UserPtr, UserSlice};
use abi::layout::MAX_NAME_LEN;
use abi::object::{EXIT_CODE_KILLED, INVALID_HANDLE, PROCESS_SHARED};
use abi::{RawHandle, Result, Rights, Status};
use vm::Aspace;

/// Where a thread begins in ring 3.
pub(super) struct Entry {
    /// Its first instruction.
    pub(super) entry: u64,
    /// Its stack pointer.
    pub(super) stack: u64,
}

impl Entry {
    /// Returns the registers of a thread that begins here with two arguments.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: the entry is no address of ring 3.
    pub(super) fn registers(&self, rdi: u64, rsi: u64) -> Result<UserRegisters> {
        if !is_user_address(self.entry) {
            return Err(Status::INVALID_ARGS);
        }
        Ok(UserRegisters { rip: self.entry, rsp: self.stack, rdi, rsi })
    }
}

/// Copies an object's name in, cut to what a name can hold.
///
/// # Errors
/// [`Status::INVALID_ARGS`]: it cannot be read.
pub(super) fn read_name(name: UserSlice, buffer: &mut [u8; MAX_NAME_LEN]) -> Result<&[u8]> {
    name.cut(MAX_NAME_LEN - 1).read_whole(buffer)
}

/// Makes a process; writes handles to it and to the root VMAR of its address space.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: unknown options, or the name cannot be read.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the job's handle needs MANAGE_PROCESS.
/// 3. [`Status::NO_MEMORY`]. [`Status::BAD_STATE`]: the job was killed.
/// 4. [`Status::INVALID_ARGS`]: a handle cannot be written. There is no new process then.
pub(super) fn create(
    caller: &Caller,
    job: RawHandle,
    name: UserSlice,
    options: u32,
    process_out: UserPtr<u32>,
    vmar_out: UserPtr<u32>,
) -> Result<()> {
    if options & !PROCESS_SHARED != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let mut buffer = [0; MAX_NAME_LEN];
    let name = read_name(name, &mut buffer)?;
    let job = caller.get::<Job>(job, Rights::MANAGE_PROCESS)?;

    let aspace = Aspace::user(memory(), kernel_aspace(), boot::layout_seed())?;
    let vmar = VmarObject::create(Aspace::root(&aspace))?;
    let process = Process::create(&job, name, aspace)?;
    // With its only handle, an error below also takes the process away.
    let process = Handle::new(Object::Process(process), Rights::PROCESS_DEFAULT);
    let vmar = Handle::new(Object::Vmar(vmar), Rights::VMAR_ROOT_DEFAULT);
    caller.give_two((process, process_out), (vmar, vmar_out))
}

/// Starts a process with its first thread, which gets a handle and a number. The handle is gone whatever comes of it.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the handles of process and thread need WRITE.
/// 2. [`Status::ACCESS_DENIED`]: the thread belongs to another process.
/// 3. [`Status::BAD_HANDLE`], [`Status::ACCESS_DENIED`]: the handle to pass, if not 0, needs TRANSFER.
/// 4. [`Status::INVALID_ARGS`]: the entry is no address of ring 3.
/// 5. [`Status::BAD_STATE`]: the process or the thread was started before, or has ended.
/// 6. [`Status::NO_MEMORY`].
pub(super) fn start(
    caller: &Caller,
    process: RawHandle,
    thread: RawHandle,
    entry: Entry,
    argument: RawHandle,
    number: u64,
) -> Result<()> {
    let passed =
        if argument == INVALID_HANDLE { Ok(None) } else { take(caller, argument).map(Some) };
    let process = caller.get::<Process>(process, Rights::WRITE)?;
    let thread = caller.get::<Thread>(thread, Rights::WRITE)?;
    if thread.process().koid() != process.koid() {
        return Err(Status::ACCESS_DENIED);
    }
    let Some(passed) = passed? else {
        return process.start(&thread, entry.registers(INVALID_HANDLE.into(), number)?);
    };
    let passed = passed.transferable()?;
    let registers = |value: RawHandle| entry.registers(value.into(), number);
    registers(INVALID_HANDLE)?;
    let slot = process.handles().reserve()?;
    let value = slot.value();
    let registers = registers(value)?;
    // The thread may run the moment it is started, so its handle has to be there.
    slot.fill(passed);
    process.start(&thread, registers).inspect_err(|_| {
        // If it is gone already, so is the process.
        drop(process.handles().remove(value));
    })
}

/// Ends the calling process.
pub(super) fn exit(caller: &Caller, code: i64) -> Result<()> {
    caller.process().kill(code);
    Ok(())
}

/// Ends a process, or a job with everything in it. Threads end themselves, or with their process.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`]; [`Status::WRONG_TYPE`]: neither of these.
/// 2. [`Status::ACCESS_DENIED`]: the handle needs DESTROY.
pub(super) fn kill(caller: &Caller, task: RawHandle) -> Result<()> {
    let object = caller.handles().inspect(task, |handle| {
        match handle.object() {
            Object::Process(_) | Object::Job(_) => handle.check_rights(Rights::DESTROY)?,
            _ => return Err(Status::WRONG_TYPE),
        }
        Ok(handle.object().clone())
    })?;
    match object {
        Object::Process(process) => process.kill(EXIT_CODE_KILLED),
        Object::Job(job) => Job::kill(&job, EXIT_CODE_KILLED),
        _ => {}
    }
    Ok(())
}
