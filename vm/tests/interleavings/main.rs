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
mod reclaiming;
mod supplying;
mod world;

use bounded::Bounded;
use operation::{ALL, Operation};
use program::{Program, explore};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use vm::sim::SimMachine;
use world::Setting;

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
    let bound = from_environment("VM_PREEMPTIONS", 1) as usize;
    let machine = SimMachine::new(2, FRAMES);
    let (mut programs, mut schedules) = (0, 0);
    for setting in settings(2) {
        for first in ALL {
            for second in ALL {
                let operations = vec![vec![first], vec![second]];
                let program = Program { setting: setting.clone(), operations };
                schedules += explore(machine, &program, Bounded::new(bound));
                programs += 1;
            }
        }
    }
    println!(
        "figure: {programs} pairs of operations, {schedules} schedules, all with at most {bound} preemptions"
    );
}

/// Random programs of two processors with three operations each.
#[test]
fn three_operations_each_are_one_after_the_other() {
    explore_random(2, 3);
}

/// Random programs of three processors with two operations each.
#[test]
fn two_operations_of_three_are_one_after_the_other() {
    explore_random(3, 2);
}

/// Tries random programs under random schedules: of all that there are, and of those with three preemptions at random points.
/// `VM_PROGRAMS=100000` tries more, `VM_SEED=7` others.
fn explore_random(cpus: usize, length: usize) {
    const SCHEDULES: usize = 5;
    const PREEMPTIONS: usize = 3;
    let programs = from_environment("VM_PROGRAMS", 500);
    let seed = from_environment("VM_SEED", 1).wrapping_shl(32);
    let machine = SimMachine::new(cpus as u32, FRAMES);
    let mut schedules = 0;
    for number in 0..programs {
        let seed = seed.wrapping_add(number);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let operations = Operation::draw_all(cpus, length, &mut rng);
        for setting in settings(cpus) {
            let program = Program { setting, operations: operations.clone() };
            let any = RandomScheduler::new_from_seed(seed, SCHEDULES);
            let few = PctScheduler::new_from_seed(seed, PREEMPTIONS, SCHEDULES);
            schedules += explore(machine, &program, any) + explore(machine, &program, few);
        }
    }
    println!("figure: {programs} programs of {cpus} x {length} operations, {schedules} schedules");
}
