//! Processes: an address space, a handle table and threads.
//!
//! ```text
//!   Created ── start ──> Running ── exit, kill, last thread ──> Dying ── last thread gone ──> Dead
//!      └───────────────── kill, last handle closed ───────────────────────────────────────────^
//! ```
//!
//! A dying process takes no new threads; each thread it has leaves when it next returns to ring 3. The last one to leave
//! finishes the process: handles are closed, the address space is emptied, and TERMINATED is raised.

use super::futex::Futexes;
use super::{
    HandleCount, HandleTable, Handlers, Job, Link, Name, Ordered, SignalState, Thread,
    ThreadsOfProcess, new_koid, try_push,
};
use crate::{arch, random, task};
use abi::info::ProcessFlags;
use abi::object::Time;
use abi::{Koid, Result, Signals, Status};
use alloc::vec::Vec;
use spin::Mutex;
use vm::{Aspace, Ref};

/// A process.
pub(crate) struct Process {
    koid: Koid,
    name: Name,
    job: Ref<Job>,
    aspace: Ref<Aspace>,
    handles: HandleTable,
    signals: SignalState,
    handlers: Ref<Handlers>,
    debugger: Ref<Handlers>,
    futexes: Futexes,
    /// Handles to this process that there are.
    handle_count: HandleCount,
    life: Mutex<Life>,
    /// Belongs to the job's processes.
    pub(super) job_link: Link,
}

struct Life {
    phase: Phase,
    return_code: i64,
    /// The processor's time stamp when it was started, or 0.
    started_at: u64,
    /// The koid of the thread it was started with.
    first_thread: Koid,
    /// Threads that were started and have not ended.
    threads: Ordered<Thread, ThreadsOfProcess>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Created,
    Running,
    Dying,
    Dead,
}

/// Regions of an address space that are removed before a pause.
const TURN: usize = 1024;

/// What is known of a process at one moment.
pub(crate) struct ProcessState {
    /// The exit code, once it has ended.
    pub(crate) return_code: i64,
    /// When it was started, or 0.
    pub(crate) start_time: Time,
    /// Whether it was started, whether it has ended, and whether a debugger is attached.
    pub(crate) flags: ProcessFlags,
}

impl Process {
    /// Makes a process of `job` around an address space.
    ///
    /// # Errors
    /// 1. [`Status::NO_MEMORY`].
    /// 2. [`Status::BAD_STATE`]: the job was killed.
    pub(crate) fn create(job: &Ref<Job>, name: &[u8], aspace: Ref<Aspace>) -> Result<Ref<Self>> {
        let mut secret = [0; 4];
        random::fill(&mut secret);
        let process = Ref::try_new(Self {
            koid: new_koid(),
            name: Name::new(name),
            job: job.clone(),
            aspace,
            handles: HandleTable::new(u32::from_le_bytes(secret)),
            signals: SignalState::new(Signals::empty()),
            handle_count: HandleCount::default(),
            handlers: Handlers::create()?,
            debugger: Handlers::create()?,
            futexes: Futexes::new(),
            life: Mutex::new(Life {
                phase: Phase::Created,
                return_code: 0,
                started_at: 0,
                first_thread: 0,
                threads: Ordered::new(ThreadsOfProcess::new()),
            }),
            job_link: Link::new(),
        })?;
        job.add(process.clone())?;
        Ok(process)
    }

    /// Returns the process's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns the process's name.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the job the process is in.
    pub(crate) fn job(&self) -> &Ref<Job> {
        &self.job
    }

    /// Returns the process's address space.
    pub(crate) fn aspace(&self) -> &Ref<Aspace> {
        &self.aspace
    }

    /// Returns the process's handles.
    pub(crate) fn handles(&self) -> &HandleTable {
        &self.handles
    }

    /// Returns how many handles there are to the process.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Returns who sleeps on words of the process.
    pub(crate) fn futexes(&self) -> &Futexes {
        &self.futexes
    }

    /// Returns the process's signals, of which it has TERMINATED.
    pub(crate) fn signals(&self) -> &SignalState {
        &self.signals
    }

    /// Returns the place of the handler of exceptions of the process's threads.
    pub(crate) fn handlers(&self) -> &Ref<Handlers> {
        &self.handlers
    }

    /// Returns the place of a debugger of the process.
    pub(crate) fn debugger(&self) -> &Ref<Handlers> {
        &self.debugger
    }

    /// Says whether the process was started with `thread`.
    pub(crate) fn began_with(&self, thread: &Thread) -> bool {
        self.life.lock().first_thread == thread.koid()
    }

    /// Returns what is known of the process now.
    pub(crate) fn state(&self) -> ProcessState {
        let life = self.life.lock();
        let exited = life.phase == Phase::Dead;
        let mut flags = ProcessFlags::empty();
        flags.set(ProcessFlags::STARTED, life.started_at != 0);
        flags.set(ProcessFlags::EXITED, exited);
        flags.set(ProcessFlags::DEBUGGER_ATTACHED, self.debugger.is_bound());
        ProcessState {
            return_code: if exited { life.return_code } else { 0 },
            start_time: task::time_of(life.started_at),
            flags,
        }
    }

    /// Says whether nothing has ended the process yet.
    pub(crate) fn is_alive(&self) -> bool {
        matches!(self.life.lock().phase, Phase::Created | Phase::Running)
    }

    /// Checks that threads can be made in the process.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: it is dying or dead.
    pub(crate) fn check_alive(&self) -> Result<()> {
        if self.is_alive() { Ok(()) } else { Err(Status::BAD_STATE) }
    }

    /// Checks that the process runs.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: it was not started, or it has ended.
    pub(crate) fn check_running(&self) -> Result<()> {
        match self.life.lock().phase {
            Phase::Running => Ok(()),
            Phase::Created | Phase::Dying | Phase::Dead => Err(Status::BAD_STATE),
        }
    }

    /// Returns the koids of the threads that were started and have not ended.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn thread_koids(&self) -> Result<Vec<Koid>> {
        let life = self.life.lock();
        let mut koids = Vec::new();
        life.threads.iter().try_for_each(|thread| try_push(&mut koids, thread.koid()))?;
        Ok(koids)
    }

    /// Returns the thread of that koid, if it was started and has not ended.
    pub(crate) fn thread(&self, koid: Koid) -> Option<Ref<Thread>> {
        self.life.lock().threads.get(&koid)
    }

    /// Starts the process with its first thread.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: the process or the thread was started before, or has ended.
    pub(crate) fn start(&self, thread: &Ref<Thread>, registers: arch::UserRegisters) -> Result<()> {
        let mut life = self.life.lock();
        if life.phase != Phase::Created {
            return Err(Status::BAD_STATE);
        }
        life.start_first(thread, registers)
    }

    /// Starts a further thread, or the process with its first one.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: the process has ended or is about to, or the thread was started before.
    pub(crate) fn start_thread(
        &self,
        thread: &Ref<Thread>,
        registers: arch::UserRegisters,
    ) -> Result<()> {
        let mut life = self.life.lock();
        match life.phase {
            Phase::Created => life.start_first(thread, registers),
            Phase::Running => life.start_thread(thread, registers),
            Phase::Dying | Phase::Dead => Err(Status::BAD_STATE),
        }
    }

    /// Ends the process with `code`; of several reasons to end, the first counts.
    ///
    /// Its threads leave at their next return to ring 3, the calling one too if it is among them.
    pub(crate) fn kill(&self, code: i64) {
        let mut life = self.life.lock();
        if matches!(life.phase, Phase::Dying | Phase::Dead) {
            return;
        }
        life.phase = Phase::Dying;
        life.return_code = code;
        life.threads.iter().for_each(|thread| task::interrupt(&thread));
        let is_empty = life.threads.is_empty();
        drop(life);
        if is_empty {
            self.finish(|| ());
        }
    }

    /// Forgets a thread that leaves for ever; the last one, which must be the calling one, takes the process along, and lets others run
    /// meanwhile.
    pub(crate) fn thread_left(&self, koid: Koid) {
        let mut life = self.life.lock();
        // The scheduler holds the thread for as long as it runs, so this is not the last reference.
        let left = life.threads.remove(&koid);
        let is_empty = life.threads.is_empty();
        if is_empty {
            life.phase = Phase::Dying;
        }
        drop(life);
        drop(left);
        if is_empty {
            self.finish(task::let_others_run);
        }
    }

    /// Forgets a handle; nobody could start the process after the last one.
    pub(crate) fn handle_closed(&self) {
        if !self.handle_count.close() {
            return;
        }
        let mut life = self.life.lock();
        if life.phase != Phase::Created {
            return;
        }
        life.phase = Phase::Dying;
        drop(life);
        self.finish(|| ());
    }

    /// Gives everything back that the process had, with a `pause` now and then if that is much; nothing runs in it any more. One that never
    /// ran has nothing: ending it may be part of what must not pause.
    fn finish(&self, mut pause: impl FnMut()) {
        self.handlers.close();
        self.debugger.close();
        self.handles.close(self.koid, &mut pause);
        while self.aspace.destroy_some(TURN) {
            pause();
        }
        let mut life = self.life.lock();
        life.phase = Phase::Dead;
        let code = life.return_code;
        drop(life);
        self.signals.update(Signals::empty(), Signals::TASK_TERMINATED);
        task::process_ended(self.koid, code);
        self.job.remove(self.koid);
    }
}

impl Life {
    /// Adds the first thread and makes it run, and with it the process.
    fn start_first(&mut self, thread: &Ref<Thread>, registers: arch::UserRegisters) -> Result<()> {
        self.start_thread(thread, registers)?;
        self.first_thread = thread.koid();
        self.phase = Phase::Running;
        self.started_at = arch::clock::ticks().max(1);
        Ok(())
    }

    /// Adds a thread and makes it run.
    fn start_thread(&mut self, thread: &Ref<Thread>, registers: arch::UserRegisters) -> Result<()> {
        thread.start(registers)?;
        self.threads.insert(thread.clone());
        task::make_ready(thread.clone());
        Ok(())
    }
}
