//! Jobs: groups of processes that are ended together.

use super::{HandleCount, Handlers, Name, Process, SignalState, new_koid, try_push};
use abi::{Koid, Result, Signals};
use alloc::vec::Vec;
use spin::Mutex;
use vm::Ref;

/// A group of processes. There is one, the root job.
pub(crate) struct Job {
    koid: Koid,
    name: Name,
    signals: SignalState,
    handle_count: HandleCount,
    handlers: Ref<Handlers>,
    /// The first of the processes that have not ended, a list through [`Process::next_in_job`].
    first: Mutex<Option<Ref<Process>>>,
}

impl Job {
    /// Makes a job without processes.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    pub(crate) fn create(name: &[u8]) -> Result<Ref<Self>> {
        Ref::try_new(Self {
            koid: new_koid(),
            name: Name::new(name),
            signals: SignalState::new(Signals::empty()),
            handle_count: HandleCount::default(),
            handlers: Handlers::create()?,
            first: Mutex::new(None),
        })
    }

    /// Returns the job's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
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

    /// Adds a new process.
    pub(super) fn add(&self, process: Ref<Process>) {
        let mut first = self.first.lock();
        *process.next_in_job().lock() = first.take();
        *first = Some(process);
    }

    /// Forgets a process that has ended.
    pub(super) fn remove(&self, koid: Koid) {
        let mut first = self.first.lock();
        let mut before: Option<Ref<Process>> = None;
        let mut next = first.clone();
        while let Some(process) = next.take_if(|process| process.koid() != koid) {
            next = process.next_in_job().lock().clone();
            before = Some(process);
        }
        let Some(process) = next else {
            return;
        };
        let after = process.next_in_job().lock().take();
        match before {
            Some(before) => *before.next_in_job().lock() = after,
            None => *first = after,
        }
    }

    /// Returns the koids of the processes that have not ended.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    pub(crate) fn process_koids(&self) -> Result<Vec<Koid>> {
        let first = self.first.lock();
        let mut koids = Vec::new();
        let mut next = first.clone();
        while let Some(process) = next {
            try_push(&mut koids, process.koid())?;
            next = process.next_in_job().lock().clone();
        }
        Ok(koids)
    }

    /// Ends every process of the job with `code`.
    pub(crate) fn kill(&self, code: i64) {
        while let Some(process) = self.find_alive() {
            process.kill(code);
        }
    }

    /// Returns a process that nothing has ended yet.
    fn find_alive(&self) -> Option<Ref<Process>> {
        let first = self.first.lock();
        let mut next = first.clone();
        while let Some(process) = next {
            if process.is_alive() {
                return Some(process);
            }
            next = process.next_in_job().lock().clone();
        }
        None
    }
}
