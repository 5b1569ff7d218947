//! Jobs: groups of processes that are ended together.

use super::{Name, Process, SignalState, new_koid, try_push};
use abi::{Koid, Result, Signals};
use alloc::vec::Vec;
use spin::Mutex;
use vm::Ref;

/// A group of processes. There is one, the root job.
pub(crate) struct Job {
    koid: Koid,
    name: Name,
    signals: SignalState,
    /// Processes that have not ended.
    processes: Mutex<Vec<Ref<Process>>>,
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
            processes: Mutex::new(Vec::new()),
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

    /// Adds a new process.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    pub(crate) fn add(&self, process: Ref<Process>) -> Result<()> {
        try_push(&mut self.processes.lock(), process)
    }

    /// Forgets a process that has ended.
    pub(crate) fn remove(&self, koid: Koid) {
        let mut processes = self.processes.lock();
        let found = processes.iter().position(|process| process.koid() == koid);
        let removed = found.map(|index| processes.swap_remove(index));
        drop(processes);
        drop(removed);
    }

    /// Ends every process of the job with `code`.
    pub(crate) fn kill(&self, code: i64) {
        loop {
            let processes = self.processes.lock();
            let Some(process) = processes.iter().find(|process| process.is_alive()).cloned() else {
                return;
            };
            drop(processes);
            process.kill(code);
        }
    }
}
