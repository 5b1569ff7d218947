//! Jobs: groups of processes and of jobs that are ended together.
//!
//! A job owns what is in it, and everything in it owns the job, so that either can be found from the other. These circles end by
//! themselves: a process leaves its job when it ends, and a job leaves its parent when it is *abandoned*, without a handle and with
//! nothing in it, for nobody can put anything into it then.

use super::{
    HandleCount, Handlers, JobsOfJob, Link, Name, Ordered, Process, ProcessesOfJob, SignalState,
    new_koid, try_push,
};
use crate::task;
use abi::{Koid, Result, Signals, Status};
use alloc::vec::Vec;
use spin::Mutex;
use vm::Ref;

/// How many jobs can be inside each other, as in Zircon.
const MAX_HEIGHT: u32 = 32;

/// The signals that say what is in a job.
const OF_MEMBERS: Signals = Signals::JOB_NO_JOBS
    .union(Signals::JOB_NO_PROCESSES)
    .union(Signals::JOB_NO_CHILDREN)
    .union(Signals::JOB_TERMINATED);

/// A group of processes and of jobs. All are in the root job, in however many steps.
pub(crate) struct Job {
    koid: Koid,
    name: Name,
    signals: SignalState,
    parent: Option<Ref<Job>>,
    /// How many jobs deep it may have others inside.
    height: u32,
    handle_count: HandleCount,
    handlers: Ref<Handlers>,
    debugger: Ref<Handlers>,
    members: Mutex<Members>,
    /// Belongs to the parent's jobs.
    pub(super) parent_link: Link,
}

/// What is in a job.
struct Members {
    /// The exit code of its processes, if the job was killed: nothing more comes in.
    killed_with: Option<i64>,
    /// The processes that have not ended.
    processes: Ordered<Process, ProcessesOfJob>,
    jobs: Ordered<Job, JobsOfJob>,
}

impl Job {
    /// Makes a root job, with nothing in it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create(name: &[u8]) -> Result<Ref<Self>> {
        Self::new(name, None, MAX_HEIGHT)
    }

    /// Makes a job in `parent`. It expects a handle to be made for it.
    ///
    /// # Errors
    /// 1. [`Status::OUT_OF_RANGE`]: the parent is as deep as can be.
    /// 2. [`Status::NO_MEMORY`].
    /// 3. [`Status::BAD_STATE`]: the parent was killed.
    pub(crate) fn create_in(parent: &Ref<Self>) -> Result<Ref<Self>> {
        let height = parent.height.checked_sub(1).ok_or(Status::OUT_OF_RANGE)?;
        let job = Self::new(b"", Some(parent.clone()), height)?;
        let mut members = parent.members.lock();
        if members.killed_with.is_some() {
            return Err(Status::BAD_STATE);
        }
        members.jobs.insert(job.clone());
        parent.say(&members);
        Ok(job)
    }

    fn new(name: &[u8], parent: Option<Ref<Self>>, height: u32) -> Result<Ref<Self>> {
        let members = Members {
            killed_with: None,
            processes: Ordered::new(ProcessesOfJob::new()),
            jobs: Ordered::new(JobsOfJob::new()),
        };
        Ref::try_new(Self {
            koid: new_koid(),
            name: Name::new(name),
            signals: SignalState::new(members.signals()),
            parent,
            height,
            handle_count: HandleCount::default(),
            handlers: Handlers::create()?,
            debugger: Handlers::create()?,
            members: Mutex::new(members),
            parent_link: Link::new(),
        })
    }

    /// Returns the job's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns the koid of the job it is in, 0 for the root job.
    pub(crate) fn parent_koid(&self) -> Koid {
        self.parent.as_ref().map_or(0, |parent| parent.koid)
    }

    /// Returns the job it is in, none for the root job.
    pub(crate) fn parent(&self) -> Option<&Ref<Self>> {
        self.parent.as_ref()
    }

    /// Returns the job's name.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the job's signals.
    pub(crate) fn signals(&self) -> &SignalState {
        &self.signals
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Returns the place of the handler of exceptions in the job's processes.
    pub(crate) fn handlers(&self) -> &Ref<Handlers> {
        &self.handlers
    }

    /// Returns the place of a debugger, which hears of new processes in the job.
    pub(crate) fn debugger(&self) -> &Ref<Handlers> {
        &self.debugger
    }

    /// Returns the koids of the processes that have not ended.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn process_koids(&self) -> Result<Vec<Koid>> {
        let members = self.members.lock();
        let mut koids = Vec::new();
        members.processes.iter().try_for_each(|process| try_push(&mut koids, process.koid()))?;
        Ok(koids)
    }

    /// Returns the koids of the jobs in the job.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn job_koids(&self) -> Result<Vec<Koid>> {
        let members = self.members.lock();
        let mut koids = Vec::new();
        members.jobs.iter().try_for_each(|job| try_push(&mut koids, job.koid))?;
        Ok(koids)
    }

    /// Returns the process of that koid, if it is in the job and has not ended.
    pub(crate) fn process(&self, koid: Koid) -> Option<Ref<Process>> {
        self.members.lock().processes.get(&koid)
    }

    /// Returns the job of that koid, if it is directly in this one.
    pub(crate) fn job(&self, koid: Koid) -> Option<Ref<Self>> {
        self.members.lock().jobs.get(&koid)
    }

    /// Returns the code that the job was killed with, once nothing is left in it.
    pub(crate) fn exit_code(&self) -> Option<i64> {
        let members = self.members.lock();
        members.killed_with.filter(|_| members.is_empty())
    }

    /// Returns the process with the least koid above `after`, of those in the job and in all jobs inside that have not ended.
    pub(crate) fn next_process(&self, after: Koid) -> Option<Ref<Process>> {
        let members = self.members.lock();
        // As deep as jobs are.
        let inside = members.jobs.iter().filter_map(|job| job.next_process(after));
        inside.chain(members.processes.after(&after)).min_by_key(|found| found.koid())
    }

    /// Adds a new process.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: the job was killed.
    pub(super) fn add(&self, process: Ref<Process>) -> Result<()> {
        let mut members = self.members.lock();
        if members.killed_with.is_some() {
            return Err(Status::BAD_STATE);
        }
        members.processes.insert(process);
        self.say(&members);
        Ok(())
    }

    /// Forgets a process that has ended.
    pub(super) fn remove(&self, koid: Koid) {
        let mut members = self.members.lock();
        let removed = members.processes.remove(&koid);
        self.say(&members);
        drop(members);
        drop(removed);
        self.close_if_over();
        self.leave_if_abandoned();
    }

    /// Ends every process of the job and of the jobs in it with `code`, for good: nothing new can be made in them. Others run meanwhile.
    pub(crate) fn kill(this: &Ref<Self>, code: i64) {
        this.kill_processes(code);
        let (mut job, mut done) = (this.clone(), 0);
        loop {
            // Down to the next job inside, or up again: each is killed once, so this ends, however the jobs are nested.
            let inside = job.members.lock().jobs.after(&done);
            (job, done) = match (inside, &job.parent) {
                (Some(inside), _) => {
                    inside.kill_processes(code);
                    (inside, 0)
                }
                (None, Some(parent)) if !Ref::ptr_eq(&job, this) => (parent.clone(), job.koid),
                (None, _) => return,
            };
        }
    }

    /// Forgets a handle.
    pub(super) fn handle_closed(&self) {
        if self.handle_count.close() {
            self.leave_if_abandoned();
        }
    }

    /// Lets nothing in any more and ends the processes, with a pause after each: there may be many, and one that never ran ends at once.
    fn kill_processes(&self, code: i64) {
        let mut members = self.members.lock();
        members.killed_with.get_or_insert(code);
        self.say(&members);
        drop(members);
        // No process comes in any more, and one that is killed may be gone before the next is looked for.
        let mut done = 0;
        while let Some(process) = self.process_after(done) {
            done = process.koid();
            process.kill(code);
            task::let_others_run();
        }
        self.close_if_over();
    }

    /// Returns the process directly in the job with the least koid above `koid`.
    fn process_after(&self, koid: Koid) -> Option<Ref<Process>> {
        self.members.lock().processes.after(&koid)
    }

    /// Takes the job out of its parent if it is abandoned, which may leave that abandoned, and so on.
    fn leave_if_abandoned(&self) {
        let mut left = self.try_leave();
        while let Some(parent) = left {
            left = parent.try_leave();
        }
    }

    /// Takes the job out of its parent if it is abandoned; returns the parent then.
    fn try_leave(&self) -> Option<Ref<Self>> {
        let parent = self.parent.as_ref()?;
        if self.handle_count.get() != 0 || !self.members.lock().is_empty() {
            return None;
        }
        let mut siblings = parent.members.lock();
        let left = siblings.jobs.remove(&self.koid)?;
        parent.say(&siblings);
        drop(siblings);
        parent.close_if_over();
        // The caller has a reference too, or is in the middle of dropping the last handle's.
        drop(left);
        Some(parent.clone())
    }

    /// Ends the channels of exceptions if the job was killed and nothing of it is left.
    fn close_if_over(&self) {
        let members = self.members.lock();
        let is_over = members.killed_with.is_some() && members.is_empty();
        drop(members);
        if is_over {
            self.close_handlers();
        }
    }

    fn close_handlers(&self) {
        self.handlers.close();
        self.debugger.close();
    }

    /// Tells those who wait what is in the job.
    fn say(&self, members: &Members) {
        let raised = members.signals();
        self.signals.update(OF_MEMBERS.difference(raised), raised);
    }
}

impl Drop for Job {
    /// Ends the channels of exceptions, which their readers would keep open.
    fn drop(&mut self) {
        self.close_handlers();
    }
}

impl Members {
    fn is_empty(&self) -> bool {
        self.processes.is_empty() && self.jobs.is_empty()
    }

    /// Returns the signals that say what is in the job.
    fn signals(&self) -> Signals {
        let mut signals = Signals::empty();
        signals.set(Signals::JOB_NO_JOBS, self.jobs.is_empty());
        signals.set(Signals::JOB_NO_PROCESSES, self.processes.is_empty());
        signals.set(Signals::JOB_NO_CHILDREN, self.is_empty());
        signals.set(Signals::JOB_TERMINATED, self.killed_with.is_some() && self.is_empty());
        signals
    }
}
