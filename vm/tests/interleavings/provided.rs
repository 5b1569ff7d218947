//! Pages that somebody else provides, and those who see them.
//!
//! ```text
//!   area of each address space, in pages:   0  1  2  3  4  5  6  7
//!                                           F0 F1 F2 F3 V0 V1 V2 V3
//! ```
//!
//! Of `F`, whose source is this test, page 0 has a frame, 1 is zero, 2 is dirty, and 3 is missing. `V` sees `F`'s pages but for 1, which
//! it has written; `C`, if there is one, is a two-way copy of `V`. All processors remember everything that can be loaded.

use std::sync::{Arc, Mutex};

use abi::{VmoChildOptions, VmoOptions};
use rand_core::RngCore;
use vm::sim::SimMachine;
use vm::{Aspace, Ref, Vmar, Vmo, Written};

use crate::common::{self, PAGE, READ_WRITE};
use crate::program::{Answer, Stage};
use crate::supplying::Absent;

/// Pages of each object.
const PAGES: u64 = 4;
const BYTES: u64 = PAGES * PAGE;

/// What there is when processors begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    cpus: u32,
    /// Pages of `F` that are clean are written only once that was agreed to.
    traps: bool,
    /// Whether there is `C`.
    is_copied: bool,
}

pub(crate) fn settings(cpus: u32) -> [Setting; 3] {
    [(false, false), (false, true), (true, false)].map(|(traps, is_copied)| Setting {
        cpus,
        traps,
        is_copied,
    })
}

/// A step of one processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Loads a byte of a page of the area.
    Load(u64),
    /// Stores one.
    Store(u64),
    Read {
        object: usize,
        page: u64,
    },
    Write {
        object: usize,
        page: u64,
    },
    Zero {
        object: usize,
        page: u64,
    },
    /// Provides a page of `F`.
    Supply(u64),
    /// Agrees to a page of `F` being written.
    Agree(u64),
    BeginWriteback,
    EndWriteback,
    /// Asks whether anything was written since this was last asked.
    ForgetModified,
    /// Takes away what the source has seen.
    DropClean,
    /// Makes an object that sees the pages of another, or shares them.
    View(usize),
    /// Makes a copy of what an object has written.
    Copy(usize),
    /// Lets go of the name of `V` or `C`.
    Close(usize),
    Unmap {
        at: u64,
        pages: u64,
    },
    /// Sets the size of `F`, in pages.
    SetSize(u64),
}

const F: usize = 0;
const V: usize = 1;
const C: usize = 2;

/// One of each kind, as it hurts most.
pub(crate) const ALL: [Operation; 24] = {
    use Operation::*;
    [
        Load(0),
        Load(4),
        Load(5),
        Store(0),
        Store(1),
        Store(4),
        Store(5),
        Write { object: F, page: 0 },
        Write { object: F, page: 2 },
        Write { object: V, page: 0 },
        Write { object: C, page: 1 },
        Zero { object: F, page: 0 },
        Supply(3),
        Agree(0),
        BeginWriteback,
        EndWriteback,
        ForgetModified,
        DropClean,
        View(F),
        View(V),
        Copy(V),
        Close(C),
        Unmap { at: 4, pages: 4 },
        SetSize(1),
    ]
};

impl Operation {
    /// Draws what `cpus` processors do, `length` operations each.
    ///
    /// Nobody lets go of a name that somebody may be using. And nobody stores, but by call: for a store a page is made ready, by itself
    /// and dirty, which a third processor can see before anything is stored to it.
    pub(crate) fn draw_all(
        cpus: usize,
        length: usize,
        rng: &mut impl RngCore,
    ) -> Vec<Vec<Operation>> {
        let mut draw_one = || (0..length).map(|_| Operation::draw(rng)).collect();
        let mut all: Vec<Vec<Operation>> = (0..cpus).map(|_| draw_one()).collect();
        let named: Vec<usize> = all.iter().flatten().filter_map(Operation::named).collect();
        for operation in all.iter_mut().flatten() {
            if matches!(operation, Operation::Close(object) if named.contains(object)) {
                *operation = Operation::ForgetModified;
            }
        }
        all
    }

    /// Returns the object that it finds by its name, if it does so.
    fn named(&self) -> Option<usize> {
        match self {
            Operation::Read { object, .. }
            | Operation::Write { object, .. }
            | Operation::Zero { object, .. }
            | Operation::View(object)
            | Operation::Copy(object) => Some(*object),
            _ => None,
        }
    }

    fn draw(rng: &mut impl RngCore) -> Operation {
        let mut below = |end: u32| u64::from(rng.next_u32() % end);
        let (at, page, object) = (below(8), below(4), below(3) as usize);
        match below(18) {
            0..=2 => Operation::Load(at),
            3 | 4 => Operation::Write { object, page },
            5 => Operation::Read { object, page },
            6 | 7 => Operation::Zero { object, page },
            8 => Operation::Supply(page),
            9 => Operation::Agree(page),
            10 => Operation::BeginWriteback,
            11 => Operation::EndWriteback,
            12 => Operation::ForgetModified,
            13 => Operation::DropClean,
            14 => Operation::View(object),
            15 => Operation::Copy(object),
            16 => Operation::Close(object.max(V)),
            _ => match page {
                0 => Operation::SetSize(1 + at % PAGES),
                _ => Operation::Unmap { at: at & 4, pages: PAGES },
            },
        }
    }
}

/// The address spaces and objects of one run; processors are in one and the other in turn.
pub(crate) struct Provided {
    machine: &'static SimMachine,
    aspaces: [Ref<Aspace>; 2],
    areas: [Vmar; 2],
    /// `F`, `V`, `C`; none without a name.
    objects: [Mutex<Option<Arc<Ref<Vmo>>>>; 3],
    /// What was made of them, by processor.
    children: [Mutex<Vec<Ref<Vmo>>>; 3],
    frames_before: u64,
}

impl Stage for Provided {
    type Setting = Setting;
    type Operation = Operation;

    fn new(machine: &'static SimMachine, setting: &Setting) -> Provided {
        let frames_before = machine.memory().free_frames();
        let aspaces = [1, 2].map(|seed| machine.aspace(seed));
        let areas = [0, 1].map(|space| {
            let root = Aspace::root(&aspaces[space]);
            common::area_at(&root, 0, 2 * PAGES).expect("free")
        });
        let first = provided(machine, setting.traps);
        let view = view(&first).expect("a child");
        view.write(PAGE, &[0xd1]).expect("memory");
        let copied = setting.is_copied.then(|| copy(&view).expect("a child"));
        let objects = [Some(first), Some(view), copied];
        let world = Provided {
            machine,
            aspaces,
            areas,
            objects: objects.map(|object| Mutex::new(object.map(Arc::new))),
            children: [const { Mutex::new(Vec::new()) }; 3],
            frames_before,
        };
        for area in &world.areas {
            for (object, at) in [(F, 0), (V, PAGES)] {
                let vmo = world.object(object).expect("just made");
                common::map_at(area, at, (&vmo, 0), PAGES, READ_WRITE).expect("free");
            }
        }
        for cpu in 0..setting.cpus as usize {
            for at in 0..2 * PAGES {
                // What is missing is not remembered.
                let _answer = world.load(cpu, at);
            }
        }
        world
    }

    fn perform(&self, cpu: usize, operation: Operation, byte: u8) -> Answer {
        let f = || self.object(F).expect("kept");
        match operation {
            Operation::Load(at) => return self.load(cpu, at),
            Operation::Store(at) => {
                let (aspace, area) = (&self.aspaces[cpu % 2], &self.areas[cpu % 2]);
                self.machine.write(cpu as u32, aspace, common::page(area, at), &[byte])
            }
            Operation::Unmap { at, pages } => common::unmap(&self.areas[cpu % 2], at, pages),
            Operation::Supply(page) => supply(self.machine, &f(), page, byte),
            Operation::Agree(page) => f().agree(page * PAGE, PAGE),
            Operation::BeginWriteback => f().begin_writeback(0, BYTES, Written::All),
            Operation::EndWriteback => f().end_writeback(0, BYTES),
            Operation::ForgetModified => return Ok(u8::from(f().forget_modified())),
            Operation::DropClean => {
                f().drop_clean();
                Ok(())
            }
            Operation::SetSize(pages) => f().set_size(pages * PAGE),
            Operation::Close(object) => {
                let _closed = self.objects[object].lock().expect("nobody panicked").take();
                Ok(())
            }
            _ => return self.perform_on_object(cpu, operation, byte),
        }
        .map(|()| 0)
    }

    fn finish(self) -> Vec<Answer> {
        let mut seen = Vec::new();
        for space in 0..2 {
            common::check(self.machine, &self.aspaces[space]);
            seen.extend((0..2 * PAGES).map(|at| self.load(space, at)));
        }
        if let Some(first) = self.object(F) {
            let dirty = |page: u64| first.next_dirty(page * PAGE, (page + 1) * PAGE).is_some();
            seen.extend((0..PAGES).map(|page| Ok(u8::from(dirty(page)))));
        }
        for object in [F, V, C] {
            let object = self.object(object);
            seen.extend(object.iter().flat_map(|vmo| (0..PAGES).map(|page| read(vmo, page))));
        }
        for children in &self.children {
            let children = std::mem::take(&mut *children.lock().expect("nobody panicked"));
            seen.extend(children.iter().flat_map(|vmo| (0..PAGES).map(|page| read(vmo, page))));
        }
        self.machine.unload_all();
        let (machine, frames_before) = (self.machine, self.frames_before);
        self.aspaces.iter().for_each(|aspace| aspace.destroy());
        drop(self);
        assert_eq!(machine.memory().free_frames(), frames_before, "every frame is back");
        seen
    }
}

impl Provided {
    fn object(&self, number: usize) -> Option<Arc<Ref<Vmo>>> {
        self.objects[number].lock().expect("nobody panicked").clone()
    }

    fn load(&self, cpu: usize, at: u64) -> Answer {
        let (aspace, area) = (&self.aspaces[cpu % 2], &self.areas[cpu % 2]);
        common::load(self.machine, cpu as u32, aspace, common::page(area, at))
    }

    fn perform_on_object(&self, cpu: usize, operation: Operation, byte: u8) -> Answer {
        let Some(vmo) = operation.named().and_then(|object| self.object(object)) else {
            return Ok(0);
        };
        let keep = |child| self.children[cpu].lock().expect("nobody panicked").push(child);
        match operation {
            Operation::Read { page, .. } => return read(&vmo, page),
            Operation::Write { page, .. } => vmo.write(page * PAGE, &[byte]),
            Operation::Zero { page, .. } => vmo.zero(page * PAGE, PAGE),
            Operation::View(_) => view(&vmo).map(keep),
            Operation::Copy(_) => copy(&vmo).map(keep),
            _ => Ok(()),
        }
        .map(|()| 0)
    }
}

/// Makes `F`.
fn provided(machine: &'static SimMachine, traps: bool) -> Ref<Vmo> {
    let mut options = VmoOptions::RESIZABLE;
    options.set(VmoOptions::TRAP_DIRTY, traps);
    let first = Vmo::with_source(machine.memory(), BYTES, options, Box::new(Absent));
    let first = first.expect("an object");
    supply(machine, &first, 0, 0xf0).expect("memory");
    first.supply(PAGE, PAGE, &auxiliary(machine), 0).expect("memory");
    supply(machine, &first, 2, 0xf2).expect("memory");
    if traps {
        first.agree(2 * PAGE, PAGE).expect("it traps");
    }
    first.write(2 * PAGE, &[0xd2]).expect("memory");
    first
}

fn auxiliary(machine: &'static SimMachine) -> Ref<Vmo> {
    Vmo::create(machine.memory(), PAGE, VmoOptions::empty()).expect("an object")
}

/// Provides a page that begins with `byte`.
fn supply(machine: &'static SimMachine, vmo: &Vmo, page: u64, byte: u8) -> vm::Result<()> {
    let aux = auxiliary(machine);
    aux.write(0, &[byte])?;
    vmo.supply(page * PAGE, PAGE, &aux, 0)
}

fn view(vmo: &Vmo) -> vm::Result<Ref<Vmo>> {
    common::child(vmo, VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE, 0, PAGES)
}

fn copy(vmo: &Vmo) -> vm::Result<Ref<Vmo>> {
    common::child(vmo, VmoChildOptions::SNAPSHOT_MODIFIED, 0, PAGES)
}

fn read(vmo: &Vmo, page: u64) -> Answer {
    let mut byte = [0];
    vmo.read(page * PAGE, &mut byte).map(|()| byte[0])
}
