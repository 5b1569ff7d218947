//! How many random sequences there are, from which seeds, on how many threads.
//!
//! Sequences come in batches, each from a seed of its own: `VM_SEED` is that of the first, the others follow.
//! `VM_OPERATIONS` is how many operations there are at least; `VM_THREADS` on how many threads; `VM_SHRINK` how many
//! times a failing sequence is shortened. A failure names the seed of its batch: `VM_SEED=… VM_OPERATIONS=1` repeats
//! it, whatever else there was.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestError, TestRunner};

use crate::ops;
use crate::run::{self, Compared, Figures};

/// Sequences of one seed.
const BATCH: u32 = if cfg!(miri) { 2 } else { 64 };

/// Steps of the longest sequence, plus one.
const LONGEST: usize = if cfg!(miri) { 10 } else { 100 };

/// Operations, if nobody says how many.
const OPERATIONS: u64 = if cfg!(miri) { 1 } else { 100_000 };

pub(crate) fn from_environment(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(value) => value.parse().expect("a number"),
        Err(_) => default,
    }
}

/// Runs as many sequences as were asked for.
pub(crate) fn run() {
    let first = from_environment("VM_SEED", 1);
    let wanted = from_environment("VM_OPERATIONS", OPERATIONS);
    let work = Work {
        next_seed: AtomicU64::new(first),
        wanted,
        operations: AtomicU64::new(0),
        failures: AtomicU64::new(0),
    };
    on_threads(|| work.go_on());
    println!(
        "figure: {} operations from seed {first} on, 0 divergences; {} allocations failed on the way",
        work.operations.into_inner(),
        work.failures.into_inner(),
    );
}

/// Calls `work` on as many threads as there shall be.
pub(crate) fn on_threads(work: impl Fn() + Sync) {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let threads = from_environment("VM_THREADS", if cfg!(miri) { 1 } else { cores });
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(&work))));
}

/// What threads do together.
struct Work {
    next_seed: AtomicU64,
    wanted: u64,
    operations: AtomicU64,
    failures: AtomicU64,
}

impl Work {
    /// Runs batches until there were enough operations.
    fn go_on(&self) {
        while self.operations.load(Ordering::Relaxed) < self.wanted {
            let done = run_batch(self.next_seed.fetch_add(1, Ordering::Relaxed));
            self.operations.fetch_add(done.operations, Ordering::Relaxed);
            self.failures.fetch_add(done.failures, Ordering::Relaxed);
        }
    }
}

/// Runs the sequences of one seed.
fn run_batch(seed: u64) -> Figures {
    let mut runner = TestRunner::new(Config {
        cases: BATCH,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: from_environment("VM_SHRINK", 4096) as u32,
        ..Config::default()
    });
    let sum = Cell::new(Figures::default());
    let result = runner.run(&ops::sequence(LONGEST), |sequence| {
        let done = run::run(&sequence, Compared::EachStep);
        let mut all = sum.get();
        all.operations += done.operations;
        all.failures += done.failures;
        sum.set(all);
        Ok(())
    });
    match result {
        Ok(()) => sum.get(),
        Err(TestError::Fail(reason, sequence)) => panic!(
            "{reason}, for the sequence\n{sequence}VM_SEED={seed} VM_OPERATIONS=1 repeats it"
        ),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}
