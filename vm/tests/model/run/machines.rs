//! Machines to run sequences on, which are used again and again: they are never freed.

use std::cell::Cell;

use vm::Aspace;
use vm::sim::SimMachine;

use crate::common;
use crate::ops::{ARENA_PAGES, MOST_CPUS, Scale};

/// The machines of one scale that this thread has.
struct Machines {
    /// That of the last sequence that passed. A failed one keeps its own.
    idle: Cell<Option<&'static SimMachine>>,
    made: Cell<u64>,
}

impl Machines {
    const fn new() -> Machines {
        Machines { idle: Cell::new(None), made: Cell::new(0) }
    }
}

thread_local! {
    static MACHINES: [Machines; 3] =
        const { [const { Machines::new() }; 3] };
}

/// Memory that failed sequences may take, in frames: what shortening one costs.
const MOST_FRAMES: u64 = 400_000;

/// Returns a machine for sequences of a scale; none if too many have failed to go on.
pub(super) fn take(scale: Scale) -> Option<&'static SimMachine> {
    let frames = match scale {
        _ if cfg!(miri) => 512,
        Scale::Few | Scale::Pages => 1536,
        Scale::LargePages => 65536,
    };
    MACHINES.with(|machines| {
        let Machines { idle, made } = &machines[scale as usize];
        idle.take().or_else(|| {
            made.set(made.get() + 1);
            (made.get() * frames <= MOST_FRAMES).then(|| make(frames))
        })
    })
}

/// Keeps a machine that is as good as new.
pub(super) fn give_back(scale: Scale, machine: &'static SimMachine) {
    MACHINES.with(|machines| machines[scale as usize].idle.set(Some(machine)));
}

/// Makes a machine whose kernel has had more regions than a sequence can make, as it keeps room for them.
fn make(frames: u64) -> &'static SimMachine {
    let machine = SimMachine::new(MOST_CPUS, frames);
    let root = Aspace::root(machine.kernel());
    let regions = 2 * ARENA_PAGES;
    let area = common::area_at(&root, 0, regions).expect("free");
    (0..regions).for_each(|page| assert!(common::area_at(&area, page, 1).is_ok()));
    assert_eq!(area.destroy(), Ok(()));
    machine
}
