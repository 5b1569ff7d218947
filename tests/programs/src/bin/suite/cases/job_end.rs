//! The end of jobs, and of what is in them.
//!
//! # Source
//! Zircon `task_kill`; `handles-rights-errors.md` §4 and §9.

use super::cases;
use crate::fixture::*;
use crate::jobs::*;
use crate::usage::assert_leaks_nothing;
use abi::Topic;
use abi::info::InfoJob;
use abi::object::EXIT_CODE_KILLED;
use alloc::vec::Vec;
use rt::{Job, Process, Rights, Signals, Status, Thread, time};

cases! { job_end:
    a_kill_ends_its_processes,
    a_kill_ends_jobs_inside,
    a_kill_leaves_others_alone,
    killing_twice_is_fine,
    a_killed_job_takes_no_process,
    a_killed_job_takes_no_job,
    killing_needs_the_right,
    a_killed_job_terminates,
    a_job_without_handles_still_ends_with_its_parent,
    an_empty_job_goes_with_its_handle,
    deep_jobs_end_with_the_first,
    many_jobs_in_one,
    a_job_tells_how_it_ended,
}

fn a_kill_ends_its_processes() {
    let job = new_job();
    let processes: Vec<Process> = (0..3).map(|_| process_in(&job)).collect();
    assert_eq!(job.kill(), Ok(()));
    for process in processes {
        assert_eq!(process.join(), Ok(EXIT_CODE_KILLED));
    }
}

fn a_kill_ends_jobs_inside() {
    let job = new_job();
    let (one, two) = (job.create_in().unwrap(), job.create_in().unwrap());
    let deep = one.create_in().unwrap();
    let processes = [&job, &one, &two, &deep].map(process_in);
    assert_eq!(job.kill(), Ok(()));
    for process in processes {
        assert_eq!(process.join(), Ok(EXIT_CODE_KILLED));
    }
    for inside in [one, two, deep] {
        assert_eq!(inside.create_in(), Err(Status::BAD_STATE));
    }
}

fn a_kill_leaves_others_alone() {
    let job = new_job();
    let (one, two) = (job.create_in().unwrap(), job.create_in().unwrap());
    let [above, doomed, beside] = [&job, &one, &two].map(process_in);
    assert_eq!(one.kill(), Ok(()));
    assert_eq!(doomed.join(), Ok(EXIT_CODE_KILLED));
    for alive in [&above, &beside] {
        assert_eq!(alive.has_exited(), Ok(false));
        assert!(Thread::create(alive, "new").is_ok());
    }
    assert!(job.create_in().is_ok() && two.create_in().is_ok());
}

fn killing_twice_is_fine() {
    let job = new_job();
    let _process = process_in(&job);
    assert_eq!((job.kill(), job.kill()), (Ok(()), Ok(())));
}

fn a_killed_job_takes_no_process() {
    let job = new_job();
    job.kill().unwrap();
    assert_leaks_nothing(|| {
        let made = Process::create(&job, "late");
        assert_eq!(made.err(), Some(Status::BAD_STATE));
    });
}

fn a_killed_job_takes_no_job() {
    let job = new_job();
    job.kill().unwrap();
    assert_leaks_nothing(|| assert_eq!(job.create_in(), Err(Status::BAD_STATE)));
}

fn killing_needs_the_right() {
    let job = new_job();
    let process = process_in(&job);
    let weak: Job = without(&job, Rights::DESTROY).into();
    assert_eq!(weak.kill(), Err(Status::ACCESS_DENIED));
    assert_eq!(process.has_exited(), Ok(false));
}

fn a_killed_job_terminates() {
    let job = new_job();
    let terminated = Signals::JOB_TERMINATED;
    assert!(!raised(&job).contains(terminated));
    let inside = job.create_in().unwrap();
    let _process = process_in(&job);
    job.kill().unwrap();
    assert!(raised(&inside).contains(terminated));
    assert!(!raised(&job).contains(terminated), "a job is in it");
    drop(inside);
    assert!(job.wait(terminated, 0).unwrap().contains(NO_CHILDREN));
}

fn a_job_without_handles_still_ends_with_its_parent() {
    let job = new_job();
    let inside = job.create_in().unwrap();
    let process = process_in(&inside);
    drop(inside);
    assert!(!raised(&job).contains(NO_JOBS), "a process is in it");
    job.kill().unwrap();
    assert_eq!(process.join(), Ok(EXIT_CODE_KILLED));
    assert!(raised(&job).contains(Signals::JOB_TERMINATED));
}

fn an_empty_job_goes_with_its_handle() {
    let job = new_job();
    let deep = job.create_in().unwrap().create_in().unwrap();
    assert!(!raised(&job).contains(NO_JOBS), "a job is in it");
    drop(deep);
    assert!(raised(&job).contains(NO_JOBS));
}

fn deep_jobs_end_with_the_first() {
    let (jobs, _) = nest(new_job());
    let processes: Vec<Process> = jobs.iter().map(process_in).collect();
    jobs[0].kill().unwrap();
    for process in processes {
        assert_eq!(process.join(), Ok(EXIT_CODE_KILLED));
    }
}

fn many_jobs_in_one() {
    let job = new_job();
    let inside: Vec<Job> = (0..200).map(|_| job.create_in().unwrap()).collect();
    let processes: Vec<Process> = inside.iter().step_by(10).map(process_in).collect();
    job.kill().unwrap();
    for process in processes {
        assert_eq!(process.join(), Ok(EXIT_CODE_KILLED));
    }
    drop(inside);
    assert!(raised(&job).contains(NO_JOBS | Signals::JOB_TERMINATED));
}

fn a_job_tells_how_it_ended() {
    let job = new_job();
    let process = process_in(&job);
    assert_eq!(job.info(Topic::JOB), Ok(InfoJob::default()));
    job.kill().unwrap();
    process.wait(Signals::TASK_TERMINATED, time::after(1_000_000_000)).unwrap();
    let expected = InfoJob { return_code: EXIT_CODE_KILLED, exited: 1, ..InfoJob::default() };
    assert_eq!(job.info(Topic::JOB), Ok(expected));
    let bare = without(&job, Rights::INSPECT);
    assert_eq!(bare.info::<InfoJob>(Topic::JOB), Err(Status::ACCESS_DENIED));
    assert_eq!(process.info::<InfoJob>(Topic::JOB), Err(Status::WRONG_TYPE));
}
