//! Calls on jobs, and on what is in a task.
//!
//! # Source
//! Zircon `job_create` and `object_get_child`.

use super::caller::Caller;
use crate::object::{Job, Object};
use crate::user::UserPtr;
use abi::{Koid, RawHandle, Result, Rights, Status};

/// Makes a job in a job and writes a handle to it.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: `options` is not 0.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the parent's handle needs MANAGE_JOB.
/// 3. Those of [`Job::create_in`].
/// 4. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written. There is no new job then.
pub(super) fn create(
    caller: &Caller,
    parent: RawHandle,
    options: u32,
    out: UserPtr<u32>,
) -> Result<()> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let parent = caller.get::<Job>(parent, Rights::MANAGE_JOB)?;
    let job = Job::create_in(&parent)?;
    caller.give(Object::Job(job), Rights::JOB_DEFAULT, out)
}

/// Writes a handle to the thread of a process, or the process or job of a job, that `koid` names. It has the rights of `task`, or
/// `rights` of those.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`]: `task` names nothing.
/// 2. [`Status::ACCESS_DENIED`]: its handle needs ENUMERATE, and the rights that are asked for.
/// 3. [`Status::WRONG_TYPE`]: neither a job nor a process.
/// 4. [`Status::NOT_FOUND`]: there is no such task directly in it.
/// 5. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written.
pub(super) fn get_child(
    caller: &Caller,
    task: RawHandle,
    koid: Koid,
    rights: Rights,
    out: UserPtr<u32>,
) -> Result<()> {
    let (parent, rights) = caller.handles().inspect(task, |handle| {
        handle.check_rights(Rights::ENUMERATE)?;
        let fewer = handle.check_fewer_rights(rights).map_err(|_| Status::ACCESS_DENIED)?;
        Ok((handle.object().clone(), fewer))
    })?;
    let child = match parent {
        Object::Process(process) => process.thread(koid).map(Object::Thread),
        Object::Job(job) => {
            job.process(koid).map(Object::Process).or_else(|| job.job(koid).map(Object::Job))
        }
        _ => return Err(Status::WRONG_TYPE),
    };
    caller.give(child.ok_or(Status::NOT_FOUND)?, rights, out)
}
