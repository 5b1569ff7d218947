//! A program for each processor, run one after the other in every order, and together in any.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use abi::Status;
use shuttle::scheduler::Scheduler;
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use vm::sim::SimMachine;

/// What an operation returns: a byte if it reads one.
pub(crate) type Answer = Result<u8, Status>;

/// What processors work on, in one run.
pub(crate) trait Stage: Sized + Send + Sync + 'static {
    /// What there is when processors begin.
    type Setting: Clone + Debug + Send + Sync;
    /// A step of one processor, small enough that it happens at one moment.
    type Operation: Copy + Debug + Send + Sync;

    fn new(machine: &'static SimMachine, setting: &Self::Setting) -> Self;

    /// Does `operation` on processor `cpu`. What it stores is `byte`.
    fn perform(&self, cpu: usize, operation: Self::Operation, byte: u8) -> Answer;

    /// Checks everything that has to hold when all processors are done, returns what can be seen then, and
    /// takes all of it away.
    fn finish(self) -> Vec<Answer>;
}

/// What each processor does.
pub(crate) struct Program<S: Stage> {
    pub(crate) setting: S::Setting,
    pub(crate) operations: Vec<Vec<S::Operation>>,
}

/// What came of a program: what each operation of each processor returned, and what is seen in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    answers: Vec<Vec<Answer>>,
    seen: Vec<Answer>,
}

/// The order of operations, by the processor of each.
type Order = Vec<usize>;

/// When an operation began and ended.
#[derive(Clone, Copy, Debug)]
struct Span {
    begin: usize,
    end: usize,
}

/// Everything that a program can come to, and a machine to run it on.
pub(crate) struct Experiment<S: Stage> {
    machine: &'static SimMachine,
    program: Program<S>,
    outcomes: BTreeMap<Order, Outcome>,
}

/// Calls `run` under all the schedules of `scheduler`, and returns how many there were.
pub(crate) fn under_all(
    scheduler: impl Scheduler + 'static,
    run: impl Fn() + Send + Sync + 'static,
) -> usize {
    let mut config = Config::new();
    config.stack_size = 1 << 18;
    config.silence_warnings = true;
    config.max_steps = MaxSteps::FailAfter(100_000);
    // What was run and the bound, or the seed, say more than a list of steps.
    config.failure_persistence = FailurePersistence::None;
    Runner::new(scheduler, config).run(run)
}

impl<S: Stage> Experiment<S> {
    /// Finds out what `program` can come to.
    pub(crate) fn new(machine: &'static SimMachine, program: Program<S>) -> Arc<Experiment<S>> {
        let lengths: Vec<usize> = program.operations.iter().map(Vec::len).collect();
        let mut orders = Vec::new();
        each_order(&lengths, &mut Vec::new(), &mut orders);
        let mut experiment = Experiment { machine, program, outcomes: BTreeMap::new() };
        for order in orders {
            let outcome = experiment.run_in_order(&order);
            experiment.outcomes.insert(order, outcome);
        }
        Arc::new(experiment)
    }

    /// Runs the program under all the schedules of `scheduler`, and returns how many there were.
    ///
    /// Each must come to what it comes to if operations happen one after the other in some order, in which what had ended comes before what
    /// began later.
    pub(crate) fn explore(self: &Arc<Self>, scheduler: impl Scheduler + 'static) -> usize {
        let experiment = self.clone();
        let run = AssertUnwindSafe(|| under_all(scheduler, move || experiment.run_together()));
        catch_unwind(run).unwrap_or_else(|panic| {
            let Program { setting, operations } = &self.program;
            eprintln!("the program was {operations:#?} where {setting:#?}");
            resume_unwind(panic)
        })
    }

    fn run_in_order(&self, order: &Order) -> Outcome {
        let world = S::new(self.machine, &self.program.setting);
        let mut answers: Vec<Vec<Answer>> =
            self.program.operations.iter().map(|_| Vec::new()).collect();
        for &cpu in order {
            let number = answers[cpu].len();
            let operation = self.program.operations[cpu][number];
            answers[cpu].push(world.perform(cpu, operation, byte(cpu, number)));
        }
        Outcome { answers, seen: world.finish() }
    }

    /// Does what one processor does, noting when.
    fn run_on(&self, cpu: usize, world: &S, clock: &AtomicUsize) -> Vec<(Answer, Span)> {
        let tick = || clock.fetch_add(1, Ordering::Relaxed);
        let operations = self.program.operations[cpu].iter().enumerate();
        let perform = |(number, operation): (usize, &S::Operation)| {
            let begin = tick();
            let answer = world.perform(cpu, *operation, byte(cpu, number));
            (answer, Span { begin, end: tick() })
        };
        operations.map(perform).collect()
    }

    fn run_together(&self) {
        let world = S::new(self.machine, &self.program.setting);
        let clock = AtomicUsize::new(0);
        let results: Vec<Mutex<Vec<(Answer, Span)>>> =
            self.program.operations.iter().map(|_| Mutex::new(Vec::new())).collect();
        let run = |cpu, results: &Mutex<Vec<_>>| {
            *results.lock().expect("nobody panicked") = self.run_on(cpu, &world, &clock);
        };
        vm::sim::together(|| {
            shuttle::thread::scope(|scope| {
                let each = results.iter().enumerate();
                each.for_each(|(cpu, results)| drop(scope.spawn(move || run(cpu, results))));
            });
        });
        let results =
            results.into_iter().map(|results| results.into_inner().expect("nobody panicked"));
        let results: Vec<Vec<(Answer, Span)>> = results.collect();
        let answers =
            results.iter().map(|of_one| of_one.iter().map(|(answer, _)| *answer).collect());
        let outcome = Outcome { answers: answers.collect(), seen: world.finish() };
        let explains = |(order, possible): (&Order, &Outcome)| {
            *possible == outcome && happened_in(order, &results)
        };
        assert!(
            self.outcomes.iter().any(explains),
            "no order of the operations explains this: {outcome:#?}"
        );
    }
}

/// The byte that an operation stores.
fn byte(cpu: usize, number: usize) -> u8 {
    (16 * (cpu + 1) + number) as u8
}

/// Says whether operations can have happened in this order: none that had ended comes after one that began later.
fn happened_in(order: &Order, results: &[Vec<(Answer, Span)>]) -> bool {
    let mut numbers = vec![0; results.len()];
    let mut latest_begin = 0;
    order.iter().all(|&cpu| {
        let (_, span) = results[cpu][numbers[cpu]];
        numbers[cpu] += 1;
        latest_begin = latest_begin.max(span.begin);
        span.end > latest_begin
    })
}

/// Collects the orders in which sequences of these lengths can be merged.
fn each_order(lengths: &[usize], so_far: &mut Order, orders: &mut Vec<Order>) {
    let done = |cpu: usize, so_far: &Order| so_far.iter().filter(|other| **other == cpu).count();
    let mut is_whole = true;
    for (cpu, length) in lengths.iter().enumerate() {
        if done(cpu, so_far) < *length {
            is_whole = false;
            so_far.push(cpu);
            each_order(lengths, so_far, orders);
            so_far.pop();
        }
    }
    if is_whole {
        orders.push(so_far.clone());
    }
}
