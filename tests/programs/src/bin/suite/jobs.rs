//! Jobs that end with the case, and what is in them.

use alloc::vec::Vec;
use rt::{Job, Process, Signals, Status, start};

pub(crate) const NO_JOBS: Signals = Signals::JOB_NO_JOBS;
pub(crate) const NO_PROCESSES: Signals = Signals::JOB_NO_PROCESSES;
pub(crate) const NO_CHILDREN: Signals = Signals::JOB_NO_CHILDREN;

/// Makes a job.
pub(crate) fn new_job() -> Job {
    start().job().create_in().unwrap()
}

/// Makes a process in a job; it never runs.
#[track_caller]
pub(crate) fn process_in(job: &Job) -> Process {
    Process::create(job, "in a job").unwrap().0
}

/// Makes jobs in each other until that is refused; returns them and why.
pub(crate) fn nest(first: Job) -> (Vec<Job>, Status) {
    let mut jobs = Vec::from([first]);
    loop {
        match jobs[jobs.len() - 1].create_in() {
            Ok(job) => jobs.push(job),
            Err(status) => return (jobs, status),
        }
        assert!(jobs.len() < 100, "there must be an end");
    }
}
