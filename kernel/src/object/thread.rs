//! Threads: what the processor runs in ring 3.

use super::{HandleCount, Handlers, Link, Name, Process, SignalState, new_koid};
use crate::arch;
use crate::task::Execution;
use abi::info::{
    BlockedOn, InfoExceptionReport, THREAD_STATE_DEAD, THREAD_STATE_DYING, THREAD_STATE_NEW,
    THREAD_STATE_RUNNING,
};
use abi::{ExceptionChannelType, Koid, Result, Signals, Status};
use spin::Mutex;
use vm::Ref;

/// A thread of a process.
pub(crate) struct Thread {
    koid: Koid,
    name: Name,
    process: Ref<Process>,
    signals: SignalState,
    handlers: Ref<Handlers>,
    /// The exception it waits with for an answer, and whose.
    exception: Mutex<Option<(InfoExceptionReport, ExceptionChannelType)>>,
    stage: Mutex<Stage>,
    handle_count: HandleCount,
    execution: Execution,
    /// Belongs to the process's threads.
    pub(super) process_link: Link,
    /// Belongs to the scheduler's sleepers.
    pub(super) sleep_link: Link,
}

/// How far a thread has come.
enum Stage {
    Created,
    Started(arch::UserRegisters),
    Ended,
}

impl Thread {
    /// Makes a thread of `process`, with everything it needs to run.
    ///
    /// # Errors
    /// 1. [`Status::BAD_STATE`]: the process has ended.
    /// 2. [`Status::NO_MEMORY`].
    pub(crate) fn create(process: &Ref<Process>, name: &[u8]) -> Result<Ref<Self>> {
        process.check_alive()?;
        Ref::try_new(Self {
            koid: new_koid(),
            name: Name::new(name),
            process: process.clone(),
            signals: SignalState::new(Signals::empty()),
            handlers: Handlers::create()?,
            exception: Mutex::new(None),
            stage: Mutex::new(Stage::Created),
            handle_count: HandleCount::default(),
            execution: Execution::create()?,
            process_link: Link::new(),
            sleep_link: Link::new(),
        })
    }

    /// Returns the thread's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns the thread's name.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the process the thread belongs to.
    pub(crate) fn process(&self) -> &Ref<Process> {
        &self.process
    }

    /// Returns the thread's signals, of which it has RUNNING, then TERMINATED.
    pub(crate) fn signals(&self) -> &SignalState {
        &self.signals
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Says how far the thread has come: `THREAD_STATE_*`.
    pub(crate) fn state(&self) -> u32 {
        match *self.stage.lock() {
            Stage::Created => THREAD_STATE_NEW,
            Stage::Ended => THREAD_STATE_DEAD,
            Stage::Started(_) if self.execution.is_ending() => THREAD_STATE_DYING,
            Stage::Started(_) if self.exception().is_some() => BlockedOn::Exception.state(),
            Stage::Started(_) => {
                self.execution.blocked_on().map_or(THREAD_STATE_RUNNING, BlockedOn::state)
            }
        }
    }

    /// Says whether the thread runs no more in ring 3: it is ending or has ended.
    pub(crate) fn is_ending(&self) -> bool {
        matches!(*self.stage.lock(), Stage::Ended) || self.execution.is_ending()
    }

    /// Returns the place of the handler of the thread's exceptions.
    pub(crate) fn handlers(&self) -> &Ref<Handlers> {
        &self.handlers
    }

    /// Returns the exception that the thread waits with for an answer, and whose.
    pub(crate) fn exception(&self) -> Option<(InfoExceptionReport, ExceptionChannelType)> {
        *self.exception.lock()
    }

    /// Says with which exception the thread is about to wait for an answer.
    pub(crate) fn set_exception(
        &self,
        exception: Option<(InfoExceptionReport, ExceptionChannelType)>,
    ) {
        *self.exception.lock() = exception;
    }

    /// Returns what the scheduler keeps of the thread.
    pub(crate) fn execution(&self) -> &Execution {
        &self.execution
    }

    /// Says with which registers the thread is to enter ring 3. Only [`Process`] calls this.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: it was started before.
    pub(super) fn start(&self, registers: arch::UserRegisters) -> Result<()> {
        let mut stage = self.stage.lock();
        match *stage {
            Stage::Created => *stage = Stage::Started(registers),
            Stage::Started(_) | Stage::Ended => return Err(Status::BAD_STATE),
        }
        drop(stage);
        self.signals.update(Signals::empty(), Signals::THREAD_RUNNING);
        Ok(())
    }

    /// Returns the registers the thread was started with, while it runs.
    pub(crate) fn start_registers(&self) -> Option<arch::UserRegisters> {
        match *self.stage.lock() {
            Stage::Started(registers) => Some(registers),
            Stage::Created | Stage::Ended => None,
        }
    }

    /// Records that the thread has left ring 3 for ever, and takes its process along if it was the last.
    pub(crate) fn end(&self) {
        *self.stage.lock() = Stage::Ended;
        self.handlers.close();
        self.signals.update(Signals::THREAD_RUNNING, Signals::TASK_TERMINATED);
        self.process.futexes().disown(self.koid);
        self.process.thread_left(self.koid);
    }
}

impl Drop for Thread {
    /// Ends the channel of exceptions of a thread that never ran, which its reader would keep open.
    fn drop(&mut self) {
        self.handlers.close();
    }
}
