//! What processors do, and what they do it to.
//!
//! ```text
//!   area of each address space, in pages:   0  1  2  3  4  5  6  7  8  9
//!                                           A0 A1 A2    A0 A1 B0 B1 D0
//! ```
//!
//! `A` has frames for pages 0 and 2; `B`, if there is one, is a snapshot of it; `D` is discardable and idle. All processors remember
//! everything that is mapped.

use std::sync::{Arc, Mutex};

use abi::{VmOptions, VmarOp, VmoChildOptions, VmoOptions};
use rand_core::RngCore;
use vm::sim::SimMachine;
use vm::{Aspace, MapRequest, Ref, Status, Vmar, Vmo};

use crate::common::{self, PAGE, READ, READ_WRITE};

/// Pages of the area in each address space.
const AREA_PAGES: u64 = 10;

/// Pages of `A`.
const A_PAGES: u64 = 4;

/// A step of one processor, small enough that it happens at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Loads a byte of a page of the area.
    Load(u64),
    /// Stores one.
    Store(u64),
    /// Maps pages of `A`, from page `first` on, at page `at`, in place of what is there.
    Map {
        first: u64,
        at: u64,
        pages: u64,
        options: VmOptions,
    },
    Unmap {
        at: u64,
        pages: u64,
    },
    Protect {
        at: u64,
        pages: u64,
        options: VmOptions,
    },
    /// Does something to what a page of the area shows.
    OpRange {
        at: u64,
        op: VmarOp,
    },
    /// Makes a snapshot of `A`, which is read in the end.
    Snapshot,
    /// Lets go of the name of `B`.
    Close,
    /// Takes the frames of pages of `A`.
    Decommit {
        first: u64,
        pages: u64,
    },
    /// Makes pages of `A` zero.
    Zero {
        first: u64,
        pages: u64,
    },
    /// Writes to a page of `A` or `B` by call.
    Write {
        object: usize,
        page: u64,
    },
    Read {
        object: usize,
        page: u64,
    },
    SetSize(u64),
    /// Moves a page of `A` or `B` to the beginning of the other.
    Move {
        from: usize,
        page: u64,
    },
    /// Takes frames back from what is idle.
    Reclaim,
    /// Goes on in the other address space.
    Switch,
}

pub(crate) const A: usize = 0;
const B: usize = 1;
const D: usize = 2;

/// One of each kind, as it hurts most.
pub(crate) const ALL: [Operation; 30] = {
    use Operation::*;
    [
        Load(0),
        Load(1),
        Load(6),
        Load(8),
        Store(0),
        Store(1),
        Store(4),
        Store(5),
        Store(6),
        Store(8),
        Map { first: 3, at: 3, pages: 1, options: READ_WRITE },
        Map { first: 1, at: 4, pages: 2, options: READ },
        Map { first: 0, at: 9, pages: 1, options: READ_WRITE.union(VmOptions::MAP_RANGE) },
        Unmap { at: 0, pages: 4 },
        Unmap { at: 1, pages: 1 },
        Unmap { at: 4, pages: 4 },
        Protect { at: 0, pages: 1, options: READ },
        Protect { at: 1, pages: 1, options: VmOptions::empty() },
        OpRange { at: 0, op: VmarOp::Commit },
        Snapshot,
        Close,
        Decommit { first: 0, pages: 3 },
        Zero { first: 0, pages: 1 },
        Write { object: A, page: 0 },
        Write { object: B, page: 0 },
        Read { object: A, page: 0 },
        SetSize(1),
        Move { from: A, page: 0 },
        Move { from: B, page: 0 },
        Reclaim,
    ]
};

impl Operation {
    /// Draws what `cpus` processors do, `length` operations each.
    ///
    /// Finding an object by its name and working on it are two moments, so nobody lets go of a name that somebody may be using.
    pub(crate) fn draw_all(
        cpus: usize,
        length: usize,
        rng: &mut impl RngCore,
    ) -> Vec<Vec<Operation>> {
        let mut draw_one = || (0..length).map(|_| Operation::draw(rng)).collect();
        let mut all: Vec<Vec<Operation>> = (0..cpus).map(|_| draw_one()).collect();
        if all.iter().flatten().any(Operation::names_b) {
            let closing =
                all.iter_mut().flatten().filter(|operation| **operation == Operation::Close);
            closing.for_each(|operation| *operation = Operation::Reclaim);
        }
        all
    }

    fn names_b(&self) -> bool {
        matches!(
            self,
            Operation::Write { object: B, .. }
                | Operation::Read { object: B, .. }
                | Operation::Move { .. }
        )
    }

    fn draw(rng: &mut impl RngCore) -> Operation {
        let mut below = |end: u32| u64::from(rng.next_u32() % end);
        let options = [VmOptions::empty(), READ, READ_WRITE, READ_WRITE][below(4) as usize];
        let range = VmOptions::MAP_RANGE;
        let (at, first, pages) = (below(9), below(4), 1 + below(2));
        let object = below(2) as usize;
        match below(20) {
            0 | 1 => Operation::Load(at),
            2 | 3 => Operation::Load(first),
            4 | 5 => Operation::Store(at),
            6 | 7 => Operation::Store(first),
            8 => Operation::Map { first, at, pages, options },
            // At a place that is free, as overwriting and showing at once exclude each other.
            9 => Operation::Map { first, at: 9, pages: 1, options: options | range },
            10 => Operation::Unmap { at, pages },
            11 => Operation::Protect { at, pages, options },
            12 => {
                let ops = [VmarOp::Commit, VmarOp::MapRange, VmarOp::Zero, VmarOp::Decommit];
                Operation::OpRange { at, op: ops[first as usize] }
            }
            13 => Operation::Snapshot,
            14 => Operation::Decommit { first, pages: pages.min(A_PAGES - first) },
            15 => Operation::Zero { first, pages: pages.min(A_PAGES - first) },
            16 => Operation::Write { object, page: first },
            17 => Operation::Read { object, page: first },
            18 => match first {
                0 => Operation::Close,
                1 => Operation::SetSize(at % 5),
                2 => Operation::Move { from: object, page: pages - 1 },
                _ => Operation::Reclaim,
            },
            _ => Operation::Switch,
        }
    }
}

/// What an operation returns: a byte if it reads one.
pub(crate) type Answer = Result<u8, Status>;

/// What there is when processors begin.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// The address space of each processor, the first or the second.
    pub(crate) spaces: Vec<usize>,
    /// Whether `A` has a snapshot, `B`.
    pub(crate) is_shared: bool,
}

/// A name of an object. While it is locked nobody may go on, so what is counted by the crate is not touched.
type Name = Mutex<Option<Arc<Ref<Vmo>>>>;

fn name(vmo: Option<Ref<Vmo>>) -> Name {
    Mutex::new(vmo.map(Arc::new))
}

/// The address spaces and objects of one run.
pub(crate) struct World {
    machine: &'static SimMachine,
    aspaces: [Ref<Aspace>; 2],
    areas: [Vmar; 2],
    /// `A`, `B`, `D`; none without a name.
    objects: [Name; 3],
    /// What each processor has made.
    snapshots: Vec<Name>,
    /// Where each processor is.
    spaces: Vec<Mutex<usize>>,
    frames_before: u64,
}

impl World {
    pub(crate) fn new(machine: &'static SimMachine, setting: &Setting) -> World {
        let frames_before = machine.memory().free_frames();
        let aspaces = [1, 2].map(|seed| machine.aspace(seed));
        let areas = [0, 1].map(|space| {
            let root = Aspace::root(&aspaces[space]);
            common::area_at(&root, 0, AREA_PAGES).expect("free")
        });
        let create = |pages: u64, options| {
            Vmo::create(machine.memory(), pages * PAGE, options).expect("an object")
        };
        let a = create(A_PAGES, VmoOptions::RESIZABLE);
        let d = create(1, VmoOptions::DISCARDABLE);
        for page in [0, 2] {
            a.write(page * PAGE, &[0xa0]).expect("inside");
        }
        d.write(0, &[0xd0]).expect("inside");
        d.lock_pages(0, PAGE).expect("discardable");
        d.unlock_pages(0, PAGE).expect("locked");
        let b = setting.is_shared.then(|| snapshot(&a).expect("a snapshot"));
        let world = World {
            machine,
            aspaces,
            areas,
            objects: [Some(a), b, Some(d)].map(name),
            snapshots: setting.spaces.iter().map(|_| name(None)).collect(),
            spaces: setting.spaces.iter().map(|space| Mutex::new(*space)).collect(),
            frames_before,
        };
        world.map_all();
        world
    }

    fn map_all(&self) {
        // Where nobody is, mappings would only keep everything alive.
        let used =
            (0..2).filter(|space| (0..self.spaces.len()).any(|cpu| self.space(cpu) == *space));
        used.for_each(|space| self.map_into(&self.areas[space]));
        for cpu in 0..self.spaces.len() {
            for at in 0..AREA_PAGES {
                // Where there is nothing, nothing is remembered.
                let _answer = self.load(cpu, self.space(cpu), at);
            }
        }
    }

    fn map_into(&self, area: &Vmar) {
        let discardable = READ_WRITE | VmOptions::ALLOW_FAULTS;
        let mappings = [
            (A, 0, 3, READ_WRITE),
            (A, 4, 2, READ_WRITE),
            (B, 6, 2, READ_WRITE),
            (D, 8, 1, discardable),
        ];
        for (object, at, pages, options) in mappings {
            if let Some(object) = self.object(object) {
                common::map_at(area, at, (&object, 0), pages, options).expect("free");
            }
        }
    }

    fn object(&self, number: usize) -> Option<Arc<Ref<Vmo>>> {
        self.objects[number].lock().expect("nobody panicked").clone()
    }

    fn space(&self, cpu: usize) -> usize {
        *self.spaces[cpu].lock().expect("nobody panicked")
    }

    fn load(&self, cpu: usize, space: usize, at: u64) -> Answer {
        let address = common::page(&self.areas[space], at);
        common::load(self.machine, cpu as u32, &self.aspaces[space], address)
    }

    /// Does `operation` on processor `cpu`. What it stores is `byte`.
    pub(crate) fn perform(&self, cpu: usize, operation: Operation, byte: u8) -> Answer {
        let space = self.space(cpu);
        let area = &self.areas[space];
        match operation {
            Operation::Load(at) => return self.load(cpu, space, at),
            Operation::Store(at) => {
                let address = common::page(area, at);
                self.machine.write(cpu as u32, &self.aspaces[space], address, &[byte])
            }
            Operation::Map { first, at, pages, options } => {
                self.map(area, (first, at, pages), options)
            }
            Operation::Unmap { at, pages } => common::unmap(area, at, pages),
            Operation::Protect { at, pages, options } => common::protect(area, at, pages, options),
            Operation::OpRange { at, op } => common::op_range(area, at, 1, op),
            Operation::Close => {
                let _closed = self.objects[B].lock().expect("nobody panicked").take();
                Ok(())
            }
            Operation::Reclaim => {
                self.machine.memory().reclaim();
                Ok(())
            }
            Operation::Switch => {
                let other = 1 - space;
                *self.spaces[cpu].lock().expect("nobody panicked") = other;
                self.machine.load(cpu as u32, &self.aspaces[other]);
                Ok(())
            }
            _ => return self.perform_on_object(cpu, operation, byte),
        }
        .map(|()| 0)
    }

    fn map(
        &self,
        area: &Vmar,
        (first, at, pages): (u64, u64, u64),
        options: VmOptions,
    ) -> Result<(), Status> {
        let vmo = self.object(A).expect("never closed");
        let shown_at_once = options.contains(VmOptions::MAP_RANGE);
        let place = if shown_at_once { VmOptions::SPECIFIC } else { VmOptions::SPECIFIC_OVERWRITE };
        let mapped = area.map(&MapRequest {
            options: options | place,
            vmar_offset: at * PAGE,
            vmo_offset: first * PAGE,
            ..common::request(&vmo, pages)
        })?;
        area.keep(mapped);
        Ok(())
    }

    fn perform_on_object(&self, cpu: usize, operation: Operation, byte: u8) -> Answer {
        let a = self.object(A).expect("never closed");
        let answer = match operation {
            Operation::Snapshot => snapshot(&a).map(|made| {
                let made = Some(Arc::new(made));
                let mut place = self.snapshots[cpu].lock().expect("nobody panicked");
                let before = std::mem::replace(&mut *place, made);
                drop(place);
                drop(before);
            }),
            Operation::Decommit { first, pages } => a.decommit(first * PAGE, pages * PAGE),
            Operation::Zero { first, pages } => a.zero(first * PAGE, pages * PAGE),
            Operation::SetSize(pages) => a.set_size(pages * PAGE),
            Operation::Write { object, page } => match self.object(object) {
                Some(vmo) => vmo.write(page * PAGE, &[byte]),
                None => Ok(()),
            },
            Operation::Read { object, page } => return self.read(object, page),
            Operation::Move { from, page } => match self.object(B) {
                Some(b) => {
                    let [to, from] = if from == A { [&b, &a] } else { [&a, &b] };
                    to.transfer_data(0, PAGE, from, page * PAGE)
                }
                None => Ok(()),
            },
            _ => Ok(()),
        };
        answer.map(|()| 0)
    }

    fn read(&self, object: usize, page: u64) -> Answer {
        match self.object(object) {
            Some(vmo) => read(&vmo, page),
            None => Ok(0),
        }
    }

    /// Checks everything that has to hold when all processors are done, returns what can be seen then, and
    /// takes all of it away.
    pub(crate) fn finish(self) -> Vec<Answer> {
        let mut seen = Vec::new();
        for space in 0..2 {
            common::check(self.machine, &self.aspaces[space]);
            let cpu = space % self.spaces.len();
            seen.extend((0..AREA_PAGES).map(|at| self.load(cpu, space, at)));
        }
        for object in [A, B] {
            seen.extend((0..A_PAGES).map(|page| self.read(object, page)));
        }
        for made in &self.snapshots {
            let made = made.lock().expect("nobody panicked").take();
            seen.extend(made.iter().flat_map(|vmo| (0..A_PAGES).map(|page| read(vmo, page))));
        }
        self.machine.unload_all();
        let (machine, frames_before) = (self.machine, self.frames_before);
        self.aspaces.iter().for_each(|aspace| aspace.destroy());
        drop(self);
        assert_eq!(machine.memory().free_frames(), frames_before, "every frame is back");
        seen
    }
}

fn snapshot(vmo: &Vmo) -> vm::Result<Ref<Vmo>> {
    common::child(vmo, VmoChildOptions::SNAPSHOT, 0, A_PAGES)
}

fn read(vmo: &Vmo, page: u64) -> Answer {
    let mut byte = [0];
    vmo.read(page * PAGE, &mut byte).map(|()| byte[0])
}
