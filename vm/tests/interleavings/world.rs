//! What processors work on.
//!
//! ```text
//!   area of each address space, in pages:   0  1  2  3  4  5  6  7  8  9
//!                                           A0 A1 A2    A0 A1 B0 B1 D0
//! ```
//!
//! `A` has frames for pages 0 and 2; `B`, if there is one, is a snapshot of it; `D` is discardable and idle. All processors remember
//! everything that is mapped.

use std::sync::{Arc, Mutex};

use abi::{CachePolicy, VmOptions, VmoChildOptions, VmoOptions};
use vm::sim::SimMachine;
use vm::{Access, Aspace, MapRequest, Pinned, Ref, Status, Vmar, Vmo};

use crate::common::{self, PAGE, READ_WRITE};
use crate::operation::{A, B, D, Operation};
use crate::program::{Answer, Stage};

/// Pages of the area in each address space.
pub(crate) const AREA_PAGES: u64 = 10;

/// Pages of `A`.
pub(crate) const A_PAGES: u64 = 4;

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
    /// What each processor has pinned.
    pins: Vec<Mutex<Vec<Pinned>>>,
    /// Where each processor is.
    spaces: Vec<Mutex<usize>>,
    frames_before: u64,
}

impl Stage for World {
    type Setting = Setting;
    type Operation = Operation;

    fn new(machine: &'static SimMachine, setting: &Setting) -> World {
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
            pins: setting.spaces.iter().map(|_| Mutex::new(Vec::new())).collect(),
            spaces: setting.spaces.iter().map(|space| Mutex::new(*space)).collect(),
            frames_before,
        };
        world.map_all();
        world
    }

    fn perform(&self, cpu: usize, operation: Operation, byte: u8) -> Answer {
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
            Operation::Destroy => area.destroy(),
            Operation::CloseSpace => {
                self.aspaces[space].destroy();
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
            Operation::Lock => self.discardable().try_lock_pages(0, PAGE),
            Operation::Unlock => self.discardable().unlock_pages(0, PAGE),
            _ => return self.perform_on_object(cpu, operation, byte),
        }
        .map(|()| 0)
    }

    fn finish(self) -> Vec<Answer> {
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

impl World {
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

    fn discardable(&self) -> Arc<Ref<Vmo>> {
        self.object(D).expect("never closed")
    }

    fn space(&self, cpu: usize) -> usize {
        *self.spaces[cpu].lock().expect("nobody panicked")
    }

    fn load(&self, cpu: usize, space: usize, at: u64) -> Answer {
        let address = common::page(&self.areas[space], at);
        common::load(self.machine, cpu as u32, &self.aspaces[space], address)
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
            Operation::SetStreamSize(pages) => a.set_stream_size(pages * PAGE),
            Operation::SetPolicy => a.set_cache_policy(CachePolicy::Uncached),
            Operation::Usage => {
                // For a store, a page gets a frame before anything is stored to it: the number is not to be relied on.
                let _usage = a.usage(0, A_PAGES * PAGE);
                Ok(())
            }
            Operation::Pin(page) => Vmo::pin(&a, Access::Write, page * PAGE, PAGE)
                .map(|pin| self.pins[cpu].lock().expect("nobody panicked").push(pin)),
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
}

fn snapshot(vmo: &Vmo) -> vm::Result<Ref<Vmo>> {
    common::child(vmo, VmoChildOptions::SNAPSHOT, 0, A_PAGES)
}

fn read(vmo: &Vmo, page: u64) -> Answer {
    let mut byte = [0];
    vmo.read(page * PAGE, &mut byte).map(|()| byte[0])
}
