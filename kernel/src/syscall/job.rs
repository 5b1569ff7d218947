//! Calls on jobs.
//!
//! # Source
//! Zircon `job_create`.

use super::caller::Caller;
use crate::object::{Job, Object};
use crate::user::UserPtr;
use abi::{RawHandle, Result, Rights, Status};

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
