//! Runs a sequence on the crate and on the model, and compares.

mod check;
mod content;
mod create;
mod dirt;
mod keeping;
mod machines;
mod memory;
mod op_range;
mod regions;
mod starve;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use abi::{Status, VmoOptions};
use vm::sim::SimMachine;
use vm::{Aspace, Frame, Pinned, Ref, Vmo};

use crate::common::{self, ANYTHING, PAGE, heap};
use crate::flat::Space;
use crate::objects::{Objects, Page};
use crate::ops::{ARENA_PAGES, MOST_CPUS, Operation, SPACES, Scale, Sequence, Step};
pub(crate) use starve::Starved;

/// The page inside the arena of a process where an entry of the highest table ends, so that tables of
/// every level come and go.
const USER_MIDDLE: u64 = 1 << 27;

/// The same for the kernel's arena, and the tables that the kernel's root does not keep.
const KERNEL_MIDDLE: u64 = abi::layout::KERNEL_VMAR_BASE / PAGE + (1 << 18);

/// Sizes in pages of a sequence's first objects, and what they are.
const FIRST_OBJECTS: [(u64, VmoOptions); 4] = [
    (8, VmoOptions::empty()),
    (64, VmoOptions::RESIZABLE),
    (140, VmoOptions::RESIZABLE),
    (10, VmoOptions::DISCARDABLE),
];

/// The same for those with few pages.
const FIRST_OF_FEW: [(u64, VmoOptions); 1] = [(2, VmoOptions::RESIZABLE)];

/// An address space under test.
struct Arena {
    aspace: Ref<Aspace>,
    /// Its number among all there ever were.
    serial: usize,
    first_page: u64,
    model: Space,
}

/// A VMAR that the sequence can name.
struct Named {
    space: usize,
    /// Its number in the model.
    number: usize,
    vmar: vm::Vmar,
}

/// An object as the sequence knows it, by its number in the model.
#[derive(Default)]
struct Known {
    /// None if the name was dropped.
    vmo: Option<Ref<Vmo>>,
    /// What its source was told last, if it has one.
    told: Option<Arc<AtomicU64>>,
    /// What has the frames that a physical object shows.
    window: Option<Ref<Vmo>>,
}

/// Pages that are pinned.
struct Pin {
    pinned: Pinned,
    object: usize,
    offset: u64,
    frames: Vec<Frame>,
}

/// What came of a sequence.
#[derive(Clone, Copy, Default)]
pub(crate) struct Figures {
    pub(crate) operations: u64,
    /// Allocations that failed.
    pub(crate) failures: u64,
}

/// A sequence under way.
struct Run {
    machine: &'static SimMachine,
    cpus: u32,
    scale: Scale,
    arenas: Vec<Arena>,
    named: Vec<Named>,
    objects: Vec<Known>,
    model: Objects,
    pins: Vec<Pin>,
    /// The address spaces that processors have loaded, by serial number.
    loaded: [Option<usize>; MOST_CPUS as usize],
    serials: usize,
    /// What the next call shall be short of.
    starved: Option<Starved>,
    failures: u64,
    /// Frames that are free, or of page tables, or of objects.
    frames: u64,
}

/// After which steps everything is compared.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Compared {
    EachStep,
    LastStep,
}

/// Runs a sequence.
pub(crate) fn run(sequence: &Sequence, compared: Compared) -> Figures {
    let Some(machine) = machines::take(sequence.scale) else {
        // It cannot be the first one to fail, and need not be shortened any more.
        return Figures::default();
    };
    let free = machine.memory().free_frames();
    let live = heap::live();
    let mut run = Run::new(machine, sequence);
    let mut operations = 0;
    for step in &sequence.steps {
        // Of the end of memory, the model knows nothing.
        if Page::live() >= free / 2 {
            break;
        }
        run.step(step);
        operations += 1;
        if compared == Compared::EachStep || operations == sequence.steps.len() as u64 {
            run.check();
        }
    }
    let figures = Figures { operations, failures: run.failures };
    run.finish();
    machine.memory().check_invariants().expect("the free frames are in order");
    assert_eq!(Page::live(), 0, "the model has pages of no object");
    assert_eq!(machine.memory().free_frames(), free, "a frame is lost");
    assert_eq!(heap::live(), live, "a piece of the heap is lost");
    machines::give_back(sequence.scale, machine);
    figures
}

impl Run {
    fn new(machine: &'static SimMachine, sequence: &Sequence) -> Run {
        let mut run = Run {
            machine,
            cpus: sequence.cpus,
            scale: sequence.scale,
            arenas: Vec::new(),
            named: Vec::new(),
            objects: Vec::new(),
            model: Objects::default(),
            pins: Vec::new(),
            loaded: [None; MOST_CPUS as usize],
            serials: 0,
            starved: None,
            failures: 0,
            frames: 0,
        };
        for space in 0..SPACES {
            let arena = run.make_arena(space);
            run.arenas.push(arena);
        }
        run.frames = run.count_frames();
        let objects: &[_] = match sequence.scale {
            Scale::Few => &FIRST_OF_FEW,
            Scale::Pages | Scale::LargePages => &FIRST_OBJECTS,
        };
        for (pages, options) in objects {
            run.create_plain(run.scale.bytes(pages * PAGE), *options);
        }
        run
    }

    /// Makes an address space with an arena, or one in the kernel's, and names the arena.
    fn make_arena(&mut self, space: usize) -> Arena {
        let (aspace, middle) = if space + 1 == SPACES {
            (self.machine.kernel().clone(), KERNEL_MIDDLE)
        } else {
            (self.machine.aspace(space as u64), USER_MIDDLE)
        };
        let (pages, lower) = self.scale.arena_pages();
        let (first_page, pages) = (middle - lower * self.scale.unit(), pages * self.scale.unit());
        let root = Aspace::root(&aspace);
        let vmar = common::area_at(&root, first_page - root.base() / PAGE, pages);
        self.named.push(Named { space, number: 0, vmar: vmar.expect("free") });
        self.serials += 1;
        let model = Space::new(first_page..first_page + pages, ANYTHING);
        Arena { aspace, serial: self.serials, first_page, model }
    }

    fn step(&mut self, step: &Step) {
        self.starved = step.starved;
        match &step.operation {
            Operation::Regions(operation) => self.on_regions(operation),
            Operation::Memory(operation) => self.on_memory(operation),
            Operation::Create(operation) => self.on_create(operation),
            Operation::Content(operation) => self.on_content(operation),
            Operation::Keeping(operation) => self.on_keeping(operation),
        }
        self.starved = None;
        self.settle();
    }

    /// Finds the object that a number in a sequence means, if any has a name.
    fn object(&self, number: usize) -> Option<(usize, Ref<Vmo>)> {
        let names = || self.objects.iter().enumerate().filter(|(_, known)| known.vmo.is_some());
        let (number, known) = names().nth(number.checked_rem(names().count())?)?;
        Some((number, known.vmo.clone()?))
    }

    /// Says whether an operation on `len` bytes of an object could need more memory than there is, of which the
    /// model knows nothing.
    fn is_unfair(&self, object: usize, len: u64) -> bool {
        len > self.scale.bytes(7 * PAGE).max(2 * ARENA_PAGES * PAGE)
            && self.model.check(object, 0, len).is_ok()
    }

    /// Says whether an object is still named, mapped or pinned.
    fn is_needed(&self, object: usize) -> bool {
        self.objects[object].vmo.is_some()
            || self.is_shown(object)
            || self.pins.iter().any(|pin| pin.object == object)
    }

    /// Says whether anybody maps the object.
    fn is_shown(&self, object: usize) -> bool {
        self.arenas.iter().any(|arena| arena.model.shows(object))
    }

    /// Says whether anybody maps the pages of the object, as this or as another one.
    fn is_store_shown(&self, object: usize) -> bool {
        let all = 0..self.objects.len();
        all.into_iter().any(|other| self.model.are_views(object, other) && self.is_shown(other))
    }

    /// Lets go of what nobody needs any more.
    fn settle(&mut self) {
        let mut model = std::mem::take(&mut self.model);
        model.keep(|number| self.is_needed(number));
        self.model = model;
        for number in 0..self.objects.len() {
            if self.model.is_gone(number) {
                self.objects[number].window = None;
            }
        }
    }

    /// Looks at everything once more, and lets go of it.
    fn finish(mut self) {
        for space in 0..SPACES {
            (0..self.cpus).for_each(|cpu| self.sweep(cpu, space));
        }
        self.check_all_bytes();
        let kernel = self.named.iter().find(|named| named.space + 1 == SPACES);
        if let Some(Named { vmar, .. }) = kernel
            && vmar.is_alive()
        {
            assert_eq!(vmar.destroy(), Ok(()));
            assert_eq!(vmar.destroy(), Err(Status::BAD_STATE));
        }
        self.machine.unload_all();
        self.pins.clear();
        self.arenas.clear();
        self.named.clear();
        self.objects.iter_mut().for_each(|known| known.vmo = None);
        self.settle();
    }
}
