//! Processors that run the crate's code at the same time, interleaved in many ways.
//!
//! The feature `interleave` puts a point before each step that another processor could notice: a lock taken, a count changed, an entry
//! of a page table stored, a load of the simulated processor. At each, `shuttle` chooses who goes on. A processor keeps what it remembers
//! until it has been told to forget, so all that time its loads and stores go where they went before.
//!
//! Whatever the schedule: nobody waits for ever; no frame is free that a processor remembers; the invariants hold in the end and every
//! frame comes back; and what operations returned and left behind is what they come to one after the other, in an order in which none
//! comes before one that had ended when it began.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that is wrong about a number panics, as it should"
)]

#[path = "../common/mod.rs"]
mod common;

mod bounded;
mod found;
mod leaving;
mod operation;
mod program;
mod provided;
mod reclaiming;
mod supplying;
mod world;

use bounded::Bounded;
use operation::{ALL, Operation};
use program::{Experiment, Program, Stage};
use provided::Provided;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use vm::sim::SimMachine;
use world::{Setting, World};

/// Frames of the machines: enough that memory is never out.
const FRAMES: u64 = 128;

fn from_environment(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(value) => value.parse().expect("a number"),
        Err(_) => default,
    }
}

fn settings(cpus: usize) -> impl Iterator<Item = Setting> {
    [vec![0; cpus], (0..cpus).map(|cpu| cpu % 2).collect()].into_iter().flat_map(
        |spaces: Vec<usize>| {
            [false, true].map(|is_shared| Setting { spaces: spaces.clone(), is_shared })
        },
    )
}

/// Every pair of operations, under every schedule with few preemptions.
#[test]
fn any_two_operations_at_once_are_one_after_the_other() {
    let pairs = settings(2).flat_map(|setting| {
        // In one address space it makes no difference which processor does which.
        let is_even = setting.spaces[0] == setting.spaces[1];
        let pairs = if is_even { pairs(&ALL) } else { ordered_pairs(&ALL) };
        pairs.into_iter().map(move |pair| (setting.clone(), pair))
    });
    explore_pairs::<World>("operations", pairs);
}

/// The same of operations on pages that somebody else provides.
#[test]
fn any_two_operations_on_provided_pages_are_one_after_the_other() {
    let pairs = provided::settings(2)
        .into_iter()
        .flat_map(|setting| pairs(&provided::ALL).into_iter().map(move |pair| (setting, pair)));
    explore_pairs::<Provided>("operations on provided pages", pairs);
}

/// Returns all pairs, each once.
fn pairs<T: Copy>(all: &[T]) -> Vec<[T; 2]> {
    let from = |index: usize| all[index..].iter().map(move |second| [all[index], *second]);
    (0..all.len()).flat_map(from).collect()
}

/// Returns all pairs in both orders.
fn ordered_pairs<T: Copy>(all: &[T]) -> Vec<[T; 2]> {
    all.iter().flat_map(|first| all.iter().map(|second| [*first, *second])).collect()
}

/// Tries pairs of operations under every schedule with few preemptions: one, or as many as `VM_PREEMPTIONS` says.
fn explore_pairs<S: Stage>(
    what: &str,
    pairs: impl Iterator<Item = (S::Setting, [S::Operation; 2])>,
) {
    let bound = from_environment("VM_PREEMPTIONS", 1) as usize;
    let machine = SimMachine::new(2, FRAMES);
    let (mut programs, mut schedules) = (0, 0);
    for (setting, pair) in pairs {
        let operations = pair.map(|operation| vec![operation]).to_vec();
        let program = Program::<S> { setting, operations };
        schedules += Experiment::new(machine, program).explore(Bounded::new(bound));
        programs += 1;
    }
    println!(
        "figure: {programs} pairs of {what}, {schedules} schedules, all with at most {bound} preemptions"
    );
}

/// Random programs of two processors with three operations each.
#[test]
fn three_operations_each_are_one_after_the_other() {
    let settings: Vec<Setting> = settings(2).collect();
    explore_random::<World>("operations", (2, 3), &settings, |rng| Operation::draw_all(2, 3, rng));
}

/// Random programs of three processors with two operations each.
#[test]
fn two_operations_of_three_are_one_after_the_other() {
    let settings: Vec<Setting> = settings(3).collect();
    explore_random::<World>("operations", (3, 2), &settings, |rng| Operation::draw_all(3, 2, rng));
}

/// The same on pages that somebody else provides.
#[test]
fn two_operations_of_three_on_provided_pages_are_one_after_the_other() {
    let draw = |rng: &mut Xoshiro256PlusPlus| provided::Operation::draw_all(3, 2, rng);
    explore_random::<Provided>(
        "operations on provided pages",
        (3, 2),
        &provided::settings(3),
        draw,
    );
}

/// Tries random programs under random schedules: of all that there are, and of those with three preemptions at random points.
/// `VM_PROGRAMS=100000` tries more, `VM_SEED=7` others.
fn explore_random<S: Stage>(
    what: &str,
    (cpus, length): (u32, usize),
    settings: &[S::Setting],
    draw: impl Fn(&mut Xoshiro256PlusPlus) -> Vec<Vec<S::Operation>>,
) {
    const SCHEDULES: usize = 5;
    const PREEMPTIONS: usize = 3;
    let programs = from_environment("VM_PROGRAMS", 500);
    let seed = from_environment("VM_SEED", 1).wrapping_shl(32);
    let machine = SimMachine::new(cpus, FRAMES);
    let mut schedules = 0;
    for number in 0..programs {
        let seed = seed.wrapping_add(number);
        let operations = draw(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
        for setting in settings {
            let program = Program::<S> { setting: setting.clone(), operations: operations.clone() };
            let experiment = Experiment::new(machine, program);
            let any = RandomScheduler::new_from_seed(seed, SCHEDULES);
            let few = PctScheduler::new_from_seed(seed, PREEMPTIONS, SCHEDULES);
            schedules += experiment.explore(any) + experiment.explore(few);
        }
    }
    println!("figure: {programs} programs of {cpus} x {length} {what}, {schedules} schedules");
}
