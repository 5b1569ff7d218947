//! Jobs: `job_create`, and jobs in jobs.
//!
//! # Source
//! Zircon `job_create`; `handles-rights-errors.md` §4 and §9.

use super::cases;
use crate::fixture::*;
use crate::jobs::*;
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::object::EXIT_CODE_EXCEPTION;
use abi::{Koid, ObjectType};
use rt::{Handle, Job, Process, Rights, Signals, Status, Thread, start, time};

cases! { job:
    options_must_be_zero,
    it_needs_the_right,
    bad_handles_and_types,
    bad_out_pointers_make_nothing,
    a_job_has_its_rights_and_parent,
    a_job_has_a_name,
    processes_are_made_in_it,
    a_process_names_its_job,
    a_job_says_what_is_in_it,
    jobs_can_only_be_so_deep,
    an_exception_reaches_the_jobs_above,
    a_member_is_found_by_its_koid,
    a_thread_is_found_by_its_koid,
    finding_has_errors_in_order,
    jobs_leak_nothing,
}

/// Asks for what is in a task.
#[track_caller]
fn child(task: impl zx::Word, koid: Koid, rights: Rights) -> Result<Handle, Status> {
    let mut handle = 0_u32;
    let status = zx::object_get_child(task, koid, rights, &mut handle);
    assert_eq!(handle == 0, status != Status::OK, "{status:?}");
    if status == Status::OK { Ok(Handle::from_raw(handle)) } else { Err(status) }
}

fn koid(handle: &Handle) -> Koid {
    handle.basic_info().unwrap().koid
}

fn a_member_is_found_by_its_koid() {
    let job = new_job();
    let inside = job.create_in().unwrap();
    let process = process_in(&job);
    for member in [&*inside, &*process] {
        let found = child(&job, koid(member), Rights::SAME_RIGHTS).unwrap().basic_info().unwrap();
        let (told, parent) = (member.basic_info().unwrap(), job.basic_info().unwrap());
        assert_eq!((found.koid, found.object_type), (told.koid, told.object_type));
        assert_eq!(found.rights, parent.rights, "those of the job's handle");
    }
    let weak = child(&job, koid(&process), Rights::INSPECT).unwrap();
    assert_eq!(weak.basic_info().unwrap().rights, Rights::INSPECT.bits());
    let deeper = process_in(&inside);
    assert_eq!(child(&job, koid(&deeper), Rights::SAME_RIGHTS), Err(Status::NOT_FOUND));
}

fn a_thread_is_found_by_its_koid() {
    let process = start().process();
    let found = child(process, koid(start().thread()), Rights::SAME_RIGHTS).unwrap();
    assert_eq!(koid(&found), koid(start().thread()));
    let idle = Thread::create(process, "idle").unwrap();
    assert_eq!(child(process, koid(&idle), Rights::SAME_RIGHTS), Err(Status::NOT_FOUND));
}

fn finding_has_errors_in_order() {
    let same = Rights::SAME_RIGHTS;
    for bad in [0, UNKNOWN] {
        assert_eq!(child(bad, 0, Rights::all()), Err(Status::BAD_HANDLE));
    }
    let blind = without(start().job(), Rights::ENUMERATE);
    assert_eq!(child(&blind, 0, same), Err(Status::ACCESS_DENIED));
    assert_eq!(child(&vmo(1), 0, same), Err(Status::ACCESS_DENIED), "no VMO has the right");
    for asked in [Rights::EXECUTE, Rights::from_bits_retain(1 << 30)] {
        assert_eq!(child(start().job(), 0, asked), Err(Status::ACCESS_DENIED));
    }
    for absent in [0, 1, koid(start().job()), koid(&vmo(1)), u64::MAX] {
        assert_eq!(child(start().job(), absent, same), Err(Status::NOT_FOUND));
        assert_eq!(child(start().process(), absent, same), Err(Status::NOT_FOUND));
    }
    let hostile = Hostile::new();
    let job = new_job();
    let inside = job.create_in().unwrap();
    assert_leaks_nothing(|| {
        for address in hostile.addresses() {
            let status = zx::object_get_child(&job, koid(&inside), same, address);
            assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
        }
    });
}

fn options_must_be_zero() {
    let mut handle = 0_u32;
    for options in [1, 2, 1 << 31] {
        let status = zx::job_create(start().job(), options, &mut handle);
        assert_eq!(status, Status::INVALID_ARGS);
        let status = zx::job_create(UNKNOWN, options, &mut handle);
        assert_eq!(status, Status::INVALID_ARGS, "before the handle");
    }
    assert_eq!(handle, 0);
}

fn it_needs_the_right() {
    let weak: Job = without(start().job(), Rights::MANAGE_JOB).into();
    assert_eq!(weak.create_in(), Err(Status::ACCESS_DENIED));
    let able: Job = start().job().duplicate(Rights::MANAGE_JOB).unwrap();
    assert!(able.create_in().is_ok());
}

fn bad_handles_and_types() {
    let mut handle = 0_u32;
    for bad in [0, UNKNOWN] {
        assert_eq!(zx::job_create(bad, 0, &mut handle), Status::BAD_HANDLE);
    }
    let status = zx::job_create(start().process(), 0, &mut handle);
    assert_eq!(status, Status::WRONG_TYPE);
}

fn bad_out_pointers_make_nothing() {
    let hostile = Hostile::new();
    let job = new_job();
    assert_leaks_nothing(|| {
        for address in hostile.addresses() {
            let status = zx::job_create(&job, 0, address);
            assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
        }
    });
    assert!(raised(&job).contains(NO_CHILDREN));
}

fn a_job_has_its_rights_and_parent() {
    let job = new_job();
    let inside = job.create_in().unwrap();
    let (job, inside) = (job.basic_info().unwrap(), inside.basic_info().unwrap());
    let rights = Rights::BASIC
        | Rights::IO
        | Rights::PROPERTY
        | Rights::POLICY
        | Rights::ENUMERATE
        | Rights::DESTROY
        | Rights::SIGNAL
        | Rights::MANAGE_JOB
        | Rights::MANAGE_PROCESS
        | Rights::MANAGE_THREAD;
    for info in [job, inside] {
        assert_eq!((info.rights, info.object_type), (rights.bits(), ObjectType::Job as u32));
    }
    assert_eq!(inside.related_koid, job.koid);
    let parent = start().job().basic_info().unwrap();
    assert_eq!(job.related_koid, parent.koid);
}

fn a_job_has_a_name() {
    let job = new_job();
    let mut name = [0xEE_u8; 32];
    let status = zx::object_get_property(&job, abi::object::PROP_NAME, &mut name, 32);
    assert_eq!((status, name), (Status::OK, [0; 32]));
    let status = zx::object_set_property(&job, abi::object::PROP_NAME, "group", 5);
    assert_eq!(status, Status::OK);
    let status = zx::object_get_property(&job, abi::object::PROP_NAME, &mut name, 32);
    assert_eq!((status, &name[..6]), (Status::OK, &b"group\0"[..]));
}

fn processes_are_made_in_it() {
    let job = new_job();
    let weak: Job = without(&job, Rights::MANAGE_PROCESS).into();
    assert_eq!(Process::create(&weak, "x").err(), Some(Status::ACCESS_DENIED));
    assert!(Process::create(&job, "x").is_ok());
}

fn a_process_names_its_job() {
    let job = new_job();
    let info = process_in(&job).basic_info().unwrap();
    assert_eq!(info.related_koid, job.basic_info().unwrap().koid);
}

fn a_job_says_what_is_in_it() {
    let job = new_job();
    let empty = NO_JOBS | NO_PROCESSES | NO_CHILDREN;
    assert_eq!(raised(&job), empty);
    let inside = job.create_in().unwrap();
    assert_eq!(raised(&job), NO_PROCESSES);
    let process = process_in(&job);
    assert_eq!(raised(&job), Signals::empty());
    drop(inside);
    assert_eq!(raised(&job), NO_JOBS);
    drop(process);
    assert_eq!(raised(&job), empty);
}

fn jobs_can_only_be_so_deep() {
    let (jobs, status) = nest(new_job());
    assert_eq!(status, Status::OUT_OF_RANGE);
    // The root job is the first of 33; this case's own may not be the root.
    assert!((2..=32).contains(&jobs.len()), "{} jobs", jobs.len());
    assert!(Process::create(&jobs[jobs.len() - 1], "deep").is_ok());
}

fn an_exception_reaches_the_jobs_above() {
    let job = new_job();
    let inside = job.create_in().unwrap();
    let mut raw = 0_u32;
    let status = zx::task_create_exception_channel(&job, 0, &mut raw);
    assert_eq!(status, Status::OK);
    let exceptions = Handle::from_raw(raw);
    let process = process_in(&inside);
    let thread = Thread::create(&process, "faults").unwrap();
    process.start(&thread, PAGE, 0, None, 0).unwrap();
    let readable = Signals::CHANNEL_READABLE;
    let offered = exceptions.wait(readable, time::after(2_000_000_000));
    assert!(offered.unwrap().contains(readable));
    assert_eq!(process.has_exited(), Ok(false), "it waits for the answer");
    drop(exceptions);
    assert_eq!(process.join(), Ok(EXIT_CODE_EXCEPTION));
}

fn jobs_leak_nothing() {
    assert_leaks_nothing(|| {
        let (jobs, _) = nest(new_job());
        let _process = process_in(&jobs[3]);
    });
    assert_leaks_nothing(|| {
        let (mut jobs, _) = nest(new_job());
        // From the first on, so that every one is kept by those inside it.
        while !jobs.is_empty() {
            drop(jobs.remove(0));
        }
    });
}
