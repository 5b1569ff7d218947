//! A round: processes in a job of their own, what they share, and what is done to them.

use crate::census::Census;
use crate::random::Random;
use crate::worker::{self, COUNTERS_LEN};
use crate::{NAME, WORKER};
use abi::info::{InfoKmemStats, InfoMaps};
use abi::layout::PAGE_SIZE;
use abi::{ResourceKind, VmarOp, VmoOp};
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::ops::AddAssign;
use core::sync::atomic::Ordering;
use programs::template::Template;
use rt::loader::{Child, LoadError};
use rt::{
    Bti, Channel, EventPair, Handle, Iommu, Job, Mapping, Pager, Port, Resource, Result, Rights,
    Signals, Status, VmOptions, Vmo, VmoOptions, debug, heap, start, time,
};

/// Nanoseconds of a round.
const LEN: i64 = 800_000_000;
/// Nanoseconds in which everything that was killed has to end.
const PATIENCE: i64 = 20_000_000_000;
/// Heap that this process has frames for before memory runs out.
const HEAP: usize = 1 << 20;
/// Stack likewise.
const STACK: usize = 128 << 10;
/// Most processes at a time.
const MOST: usize = 5;

/// What was done.
#[derive(Clone, Copy, Default)]
pub(crate) struct Figures {
    /// Rounds.
    pub(crate) rounds: u64,
    calls: u64,
    started: u64,
    killed: u64,
    checks: u64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.calls += other.calls;
        self.started += other.started;
        self.killed += other.killed;
        self.checks += other.checks;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, calls, started, killed, checks } = self;
        write!(
            f,
            "{calls} calls by {started} processes, {killed} of them killed, in {rounds} rounds, {checks} checks of the whole kernel"
        )
    }
}

/// Why a round is a failure.
pub(crate) enum Failure {
    Program(LoadError),
    Call(&'static str, Status),
    Hangs,
    Lost { before: Census, after: Census },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(error) => error.fmt(f),
            Self::Call(what, status) => write!(f, "{what}: {status}"),
            Self::Hangs => write!(f, "what was killed does not end"),
            Self::Lost { before, after } => write!(f, "before: {before}; after: {after};"),
        }
    }
}

/// Gives this process all the memory that it is going to need.
pub(crate) fn prepare() {
    heap::warm_up(HEAP);
    core::hint::black_box(&[1_u8; STACK]);
    let Some(image) = start().image_vmar() else {
        return;
    };
    let maps: Vec<InfoMaps> = image.info_list(abi::Topic::VMAR_MAPS).unwrap_or_default();
    for map in maps {
        let perms = VmOptions::from_bits_retain(map.mapping.mmu_flags);
        if perms.contains(VmOptions::PERM_WRITE) {
            let _ = image.op_range(VmarOp::Commit, map.base, map.size);
        }
    }
}

/// A round that runs.
pub(crate) struct Round {
    /// Not kept from round to round: objects that are mapped now and then keep room for that.
    template: Template,
    random: Random,
    before: Census,
    job: Job,
    counters: Vmo,
    seen: Mapping,
    /// What the processes are given: others have it, too.
    shared: Vec<Handle>,
    workers: Vec<Child>,
    /// Takes memory away.
    hog: Option<Vmo>,
    figures: Figures,
}

impl Round {
    /// Counts what there is and makes what the round needs.
    ///
    /// # Errors
    /// [`Failure::Call`].
    pub(crate) fn begin(seed: u64) -> Result<Self, Failure> {
        let before = Census::take();
        let mut random = Random::new(seed);
        let template = Template::prepare(NAME).map_err(Failure::Program)?;
        let refused = |status| Failure::Call("a round cannot begin", status);
        let job = start().job().create_in().map_err(refused)?;
        let counters = Vmo::create(COUNTERS_LEN, VmoOptions::empty()).map_err(refused)?;
        let seen = Mapping::new(&counters, COUNTERS_LEN, VmOptions::PERM_WRITE).map_err(refused)?;
        let shared = share(&job).map_err(refused)?;
        let hog = random.one_in(3).then(|| Vmo::create(1 << 40, VmoOptions::empty()));
        let hog = hog.transpose().map_err(refused)?;
        let workers = Vec::with_capacity(MOST);
        let figures = Figures { rounds: 1, ..Figures::default() };
        Ok(Self { template, random, before, job, counters, seen, shared, workers, hog, figures })
    }

    /// Lets processes run and die for a while, ends them, and counts again; the counts have to be the same if `is_strict`.
    ///
    /// # Errors
    /// [`Failure::Hangs`], [`Failure::Lost`].
    pub(crate) fn run(mut self, is_strict: bool) -> Result<Figures, Failure> {
        let count = 1 + self.random.below(MOST as u64);
        (0..count).for_each(|_| self.start_worker());
        let end = time::after(LEN);
        while time::now() < end {
            let _ = time::sleep(self.random.below(10_000_000).cast_signed());
            self.act(count);
        }
        self.finish(is_strict)
    }

    /// Does something to the processes.
    fn act(&mut self, count: u64) {
        match self.random.below(8) {
            0 | 1 => self.check(),
            2 => self.kill_one(),
            3 => self.squeeze(),
            4 => self.introduce(),
            _ => {}
        }
        self.workers.retain(|child| child.process.has_exited() == Ok(false));
        while (self.workers.len() as u64) < count {
            let before = self.workers.len();
            self.start_worker();
            if self.workers.len() == before {
                // Memory is out, or the processes have ended their job.
                return;
            }
        }
    }

    /// Has the kernel check itself, which does not return if something is wrong.
    fn check(&mut self) {
        let _ = debug::check_invariants();
        self.figures.checks += 1;
    }

    /// Starts a process, if there is memory for it.
    fn start_worker(&mut self) {
        let (seed, slot) = (self.random.next(), self.figures.started);
        let same = Rights::SAME_RIGHTS;
        let mut given = Vec::from_iter(self.counters.duplicate(same).map(|vmo| vmo.into_handle()));
        given.extend(self.shared.iter().filter_map(|handle| handle.duplicate(same).ok()));
        let arguments = [WORKER, &format!("{seed}"), &format!("{slot}")];
        let messages = Vec::from([(Vec::new(), given)]);
        if let Ok(child) = self.template.start_in(&self.job, None, &arguments, messages) {
            self.workers.push(child);
            self.figures.started += 1;
        } else if self.job.create_in().is_err_and(|status| status == Status::BAD_STATE) {
            self.renew_job();
        }
    }

    /// Makes another job, if the processes have ended the one that they were in.
    fn renew_job(&mut self) {
        if let Ok(job) = start().job().create_in() {
            self.job = job;
        }
    }

    /// Kills a process, or all.
    fn kill_one(&mut self) {
        if self.random.one_in(12) {
            let _ = self.job.kill();
            self.figures.killed += self.workers.len() as u64;
            self.renew_job();
        } else if !self.workers.is_empty() {
            let index = usize::try_from(self.random.below(self.workers.len() as u64)).unwrap();
            let _ = self.workers[index].process.kill();
            self.figures.killed += 1;
        }
    }

    /// Takes memory away until little is left, or gives it back.
    fn squeeze(&mut self) {
        let Some(hog) = &self.hog else {
            return;
        };
        if self.random.one_in(4) {
            let _ = hog.operate(VmoOp::Decommit, 0, 1 << 40);
            return;
        }
        let free: InfoKmemStats = start().job().info(abi::Topic::KMEM_STATS).unwrap_or_default();
        let left = self.random.below(1024);
        let take = (free.free_bytes / PAGE_SIZE).saturating_sub(left) * PAGE_SIZE;
        let offset = self.random.below(1 << 20) * PAGE_SIZE;
        let _ = hog.operate(VmoOp::Commit, offset, take);
    }

    /// Lets a process have a handle to another, or what has only one handle.
    fn introduce(&mut self) {
        if self.workers.is_empty() {
            return;
        }
        let mut any = || usize::try_from(self.random.below(self.workers.len() as u64)).unwrap();
        let (one, other) = (&self.workers[any()], &self.workers[any()]);
        let send = |to: &Child, handle| {
            let _ = to.channel.write(&[7; 8], Vec::from([handle]));
        };
        match self.random.below(3) {
            0 => {
                if let Ok(process) = other.process.duplicate(Rights::SAME_RIGHTS) {
                    send(one, process.into_handle());
                }
            }
            1 => {
                if let Ok((near, far)) = Channel::create() {
                    send(one, near.into_handle());
                    send(other, far.into_handle());
                }
            }
            _ => {
                if let Ok(pager) = Pager::create() {
                    send(one, pager.into_handle());
                }
            }
        }
    }

    /// Ends everything and counts.
    fn finish(mut self, is_strict: bool) -> Result<Figures, Failure> {
        self.check();
        drop(self.hog.take());
        let _ = self.job.kill();
        self.figures.killed += self.workers.len() as u64;
        let deadline = time::after(PATIENCE);
        for child in &self.workers {
            let ended = child.process.wait(Signals::TASK_TERMINATED, deadline);
            ended.map_err(|_| Failure::Hangs)?;
        }
        let ended = self.job.wait(Signals::JOB_TERMINATED, deadline);
        ended.map_err(|_| Failure::Hangs)?;
        for slot in 0..self.figures.started.min(COUNTERS_LEN / 8) {
            self.figures.calls += worker::counter(&self.seen, slot).load(Ordering::Relaxed);
        }
        let Self { before, figures, .. } = self;
        // Everything that was made for the round goes before it is counted.
        drop((self.template, self.workers, self.shared, self.seen, self.counters, self.job));
        match before.wait_for_return() {
            Err(after) if is_strict => Err(Failure::Lost { before, after }),
            _ => Ok(figures),
        }
    }
}

/// Makes what all processes of a round are given.
fn share(job: &Job) -> Result<Vec<Handle>> {
    let (event, peer) = EventPair::create()?;
    let memory = Vmo::create(64 * PAGE_SIZE, VmoOptions::RESIZABLE)?;
    memory.write(5 * PAGE_SIZE, &[5; 5000])?;
    let mut shared = Vec::from([
        job.duplicate(Rights::SAME_RIGHTS)?.into_handle(),
        event.into_handle(),
        peer.into_handle(),
        memory.into_handle(),
        Port::create()?.into_handle(),
    ]);
    if let Some(root) = start().resource() {
        shared.extend(devices(root)?);
    }
    Ok(shared)
}

/// Makes resources that can do no harm: the right to run code and to name devices, and physical addresses where nothing is.
fn devices(root: &Resource) -> Result<[Handle; 4]> {
    use abi::device::{RSRC_SYSTEM_IOMMU_BASE, RSRC_SYSTEM_VMEX_BASE};
    /// Above all memory that a machine for tests has.
    const NOTHING: u64 = 1 << 38;
    let iommu = Iommu::create(root)?;
    let system = |base| root.create_part(ResourceKind::System, base, 1, "fuzz");
    Ok([
        Bti::create(&iommu, 0)?.into_handle(),
        system(RSRC_SYSTEM_VMEX_BASE)?.into_handle(),
        system(RSRC_SYSTEM_IOMMU_BASE)?.into_handle(),
        root.create_part(ResourceKind::Mmio, NOTHING, 1 << 20, "fuzz")?.into_handle(),
    ])
}
