//! Runs a sequence on both, and compares.

use std::cell::Cell;

use abi::{Status, VmOptions, VmoChildOptions, VmoOptions};
use vm::sim::SimMachine;
use vm::{Access, Aspace, MapRequest, Ref, Vmo};

use crate::common::{self, ANYTHING, PAGE};
use crate::flat::{Mapping, Place, Space};
use crate::objects::Objects;
use crate::operation::{ARENA_PAGES, MOST_OBJECTS, Operation};

#[path = "op_range.rs"]
mod op_range;

/// The arena begins so that an entry of the highest table ends inside it: tables of every level come
/// and go.
const ARENA_START: u64 = (1 << 27) - 20;

/// Sizes in pages of the first objects, and whether they can change.
const SIZES: [(u64, bool); 3] = [(8, false), (64, true), (140, true)];

thread_local! {
    /// The machine of the last sequence that passed. A failed one keeps its own.
    static IDLE: Cell<Option<&'static SimMachine>> = const { Cell::new(None) };
}

/// A VMAR that the sequence can name.
struct Named {
    space: usize,
    /// Its number in the model.
    number: usize,
    vmar: vm::Vmar,
}

struct Run {
    machine: &'static SimMachine,
    aspaces: Vec<Ref<Aspace>>,
    spaces: Vec<Space>,
    named: Vec<Named>,
    /// None if the name was dropped.
    vmos: Vec<Option<Ref<Vmo>>>,
    objects: Objects,
}

pub(crate) fn run(operations: &[Operation]) {
    let machine =
        IDLE.take().unwrap_or_else(|| SimMachine::new(2, if cfg!(miri) { 256 } else { 1024 }));
    let before = machine.memory().free_frames();
    let mut run = Run::new(machine);
    for operation in operations {
        run.step(operation);
    }
    run.finish();
    assert_eq!(machine.memory().free_frames(), before);
    IDLE.set(Some(machine));
}

impl Run {
    fn new(machine: &'static SimMachine) -> Run {
        let arena = ARENA_START..ARENA_START + ARENA_PAGES;
        let aspaces = vec![machine.aspace(1), machine.aspace(2)];
        let named = aspaces.iter().enumerate().map(|(space, aspace)| {
            let root = Aspace::root(aspace);
            let offset = ARENA_START - root.base() / PAGE;
            let vmar = common::area_at(&root, offset, ARENA_PAGES).expect("free");
            Named { space, number: 0, vmar }
        });
        let named = named.collect();
        let mut objects = Objects::default();
        let vmos = SIZES.into_iter().map(|(size, is_resizable)| {
            objects.create(size, is_resizable);
            let options = if is_resizable { VmoOptions::RESIZABLE } else { VmoOptions::empty() };
            Vmo::create(machine.memory(), size * PAGE, options).ok()
        });
        let vmos = vmos.collect();
        Run {
            machine,
            spaces: vec![Space::new(arena.clone(), ANYTHING), Space::new(arena, ANYTHING)],
            aspaces,
            named,
            vmos,
            objects,
        }
    }

    fn step(&mut self, operation: &Operation) {
        let (vmos, spaces) = (&self.vmos, &self.spaces);
        self.objects.note_needed(|number| {
            vmos[number].is_some() || spaces.iter().any(|space| space.shows(number))
        });
        match *operation {
            Operation::Allocate { .. } => self.allocate(operation),
            Operation::Map { .. } => self.map(operation),
            Operation::Unmap { vmar, rights, page, len } => {
                let (named, space) = self.name(vmar);
                let at = ARENA_START + page;
                let expected = space.unmap(named.number, rights, at, len);
                assert_eq!(named.vmar.unmap(rights, at * PAGE, len), expected);
            }
            Operation::Protect { vmar, rights, options, page, len } => {
                let (named, space) = self.name(vmar);
                let at = ARENA_START + page;
                let expected = space.protect(named.number, rights, options, at, len);
                let result = named.vmar.protect(rights, options, at * PAGE, len);
                assert_eq!(result, expected);
            }
            Operation::OpRange { .. } => op_range::run(self, operation),
            Operation::Destroy { vmar } => {
                let (named, space) = self.name(vmar);
                let expected = space.destroy(named.number);
                assert_eq!(named.vmar.destroy(), expected);
            }
            Operation::Touch { .. } => self.touch(operation),
            Operation::Sweep { cpu, space } => self.sweep(cpu, space),
            Operation::TransferData { vmo, offset, source, source_offset, len } => {
                self.transfer_data((vmo, offset), len, (source, source_offset))
            }
            _ => self.on_object(operation),
        }
        self.check();
    }

    /// Finds what a number in a sequence means.
    fn name(&mut self, number: usize) -> (&Named, &mut Space) {
        let named = &self.named[number % self.named.len()];
        (named, &mut self.spaces[named.space])
    }

    fn allocate(&mut self, operation: &Operation) {
        let &Operation::Allocate { vmar, rights, options, offset, size } = operation else {
            return;
        };
        let (named, space) = self.name(vmar);
        let place = Place { options, offset, size };
        let expected = space.check_allocate(named.number, rights, &place);
        let result = named.vmar.allocate(rights, options, offset, size);
        let Some(new) = same(result, &expected, |vmar| vmar.base()) else {
            return;
        };
        let pages = new.base() / PAGE..(new.base() + new.len()) / PAGE;
        assert_eq!(pages.end - pages.start, size / PAGE);
        let kept = VmOptions::CAN_MAP_PERMS | VmOptions::CAN_MAP_SPECIFIC;
        let (parent, owner) = (named.number, named.space);
        let number = space.allocate(parent, pages, options & kept);
        self.named.push(Named { space: owner, number, vmar: new });
    }

    fn map(&mut self, operation: &Operation) {
        let &Operation::Map {
            vmar,
            vmar_rights,
            options,
            vmar_offset,
            vmo,
            vmo_rights,
            vmo_offset,
            len,
        } = operation
        else {
            return;
        };
        let vmo = vmo % self.vmos.len();
        let Some(object) = self.vmos[vmo].clone() else {
            return;
        };
        let (named, space) = self.name(vmar);
        let mut mapping = Mapping {
            place: Place { options, offset: vmar_offset, size: len },
            rights: (vmar_rights, vmo_rights),
            vmo,
            vmo_offset,
        };
        let expected = space.check_map(named.number, &mut mapping);
        let result = named.vmar.map(&MapRequest {
            vmar_rights,
            options,
            vmar_offset,
            vmo: &object,
            vmo_rights,
            vmo_offset,
            len,
        });
        if let Some(mapped) = same(result, &expected, |mapped| mapped.address) {
            named.vmar.keep(mapped);
            space.map(named.number, &mapping, mapped.address / PAGE);
        }
    }

    fn touch(&mut self, operation: &Operation) {
        let &Operation::Touch { cpu, space, access, offset, len, byte } = operation else {
            return;
        };
        let address = ARENA_START * PAGE + offset;
        let aspace = &self.aspaces[space];
        match access {
            Access::Read => {
                let mut bytes = vec![0; len];
                let result = self.machine.read(cpu, aspace, address, &mut bytes);
                let expected =
                    (address..address + len as u64).try_fold(Vec::new(), |mut all, at| {
                        all.push(self.seen(space, at, access)?);
                        Ok(all)
                    });
                assert_eq!(result.map(|()| bytes), expected);
            }
            Access::Write => {
                let result = self.machine.write(cpu, aspace, address, &vec![byte; len]);
                let mut stored = address..address + len as u64;
                let expected = stored.try_for_each(|at| {
                    self.seen(space, at, access)?;
                    let shown = self.spaces[space].access(at / PAGE, access)?;
                    let offset = shown.vmo_page * PAGE + at % PAGE;
                    self.objects.set_byte(shown.vmo, offset, byte);
                    Ok(())
                });
                assert_eq!(result, expected);
            }
            Access::Execute => {
                let result = self.machine.execute(cpu, aspace, address);
                assert_eq!(result, self.seen(space, address, access));
            }
        }
    }

    /// Says what the model has at `address`.
    fn seen(&self, space: usize, address: u64, access: Access) -> Result<u8, Status> {
        let shown = self.spaces[space].access(address / PAGE, access)?;
        let mut end = self.objects.size(shown.vmo);
        if shown.stream_only {
            end = end.min(self.objects.stream_size(shown.vmo).div_ceil(PAGE));
        }
        if shown.vmo_page >= end {
            return Err(Status::OUT_OF_RANGE);
        }
        let offset = shown.vmo_page * PAGE + address % PAGE;
        Ok(self.objects.byte(shown.vmo, offset))
    }

    fn sweep(&self, cpu: u32, space: usize) {
        for page in ARENA_START..ARENA_START + ARENA_PAGES {
            let address = page * PAGE + page % 7;
            let seen = common::load(self.machine, cpu, &self.aspaces[space], address);
            assert_eq!(seen, self.seen(space, address, Access::Read));
        }
    }

    fn on_object(&mut self, operation: &Operation) {
        let (Operation::CreateChild { vmo, .. }
        | Operation::Close { vmo }
        | Operation::SetSize { vmo, .. }
        | Operation::SetStreamSize { vmo, .. }
        | Operation::Zero { vmo, .. }
        | Operation::Decommit { vmo, .. }
        | Operation::Commit { vmo, .. }
        | Operation::Write { vmo, .. }
        | Operation::Read { vmo, .. }) = operation
        else {
            return;
        };
        let number = vmo % self.vmos.len();
        let Some(vmo) = self.vmos[number].clone() else {
            return;
        };
        let objects = &mut self.objects;
        match *operation {
            Operation::CreateChild { options, offset, size, .. }
                if self.vmos.len() < MOST_OBJECTS =>
            {
                self.create_child((&vmo, number), options, offset, size);
            }
            Operation::Close { .. } => self.vmos[number] = None,
            Operation::SetSize { size, .. } => {
                assert_eq!(vmo.set_size(size), objects.set_size(number, size));
            }
            Operation::SetStreamSize { size, .. } => {
                let expected = objects.set_stream_size(number, size);
                assert_eq!(vmo.set_stream_size(size), expected);
            }
            Operation::Zero { offset, len, .. } => {
                assert_eq!(vmo.zero(offset, len), objects.zero(number, offset, len));
            }
            Operation::Decommit { offset, len, .. } => {
                let expected = objects.decommit(number, offset, len);
                assert_eq!(vmo.decommit(offset, len), expected);
            }
            Operation::Commit { offset, len, .. } => {
                let expected = objects.commit(number, offset, len);
                assert_eq!(vmo.commit(offset, len), expected);
            }
            Operation::Write { offset, len, byte, .. } => {
                let expected = objects.write(number, offset, len as u64, byte);
                assert_eq!(vmo.write(offset, &vec![byte; len]), expected);
            }
            Operation::Read { offset, len, .. } => {
                let mut bytes = vec![1; len];
                let result = vmo.read(offset, &mut bytes).map(|()| bytes);
                assert_eq!(result, objects.read(number, offset, len as u64));
            }
            _ => {}
        }
    }

    fn transfer_data(&mut self, to: (usize, u64), len: u64, from: (usize, u64)) {
        let numbers = [to.0, from.0].map(|number| number % self.vmos.len());
        let [Some(target), Some(source)] = numbers.map(|number| self.vmos[number].as_ref()) else {
            return;
        };
        let result = target.transfer_data(to.1, len, source, from.1);
        let [target, source] = numbers;
        let expected = self.objects.transfer((target, to.1), len, (source, from.1));
        assert_eq!(result, expected);
    }

    fn create_child(
        &mut self,
        (vmo, number): (&Vmo, usize),
        options: VmoChildOptions,
        offset: u64,
        size: u64,
    ) {
        let result = vmo.create_child(common::child_request(options, offset, size));
        let expected = self.objects.create_child(number, options, offset, size);
        match result {
            Ok(child) => {
                assert_eq!(expected, Ok(self.vmos.len()));
                self.vmos.push(Some(child));
            }
            Err(status) => assert_eq!(expected, Err(status)),
        }
    }

    fn named_objects(&self) -> impl Iterator<Item = (usize, &Ref<Vmo>)> {
        let numbered = self.vmos.iter().enumerate();
        numbered.filter_map(|(number, vmo)| Some((number, vmo.as_ref()?)))
    }

    fn check(&self) {
        for (aspace, space) in self.aspaces.iter().zip(&self.spaces) {
            common::check(self.machine, aspace);
            let regions = common::dump(aspace);
            let mappings = regions.lines().filter(|line| line.contains("mapping"));
            assert_eq!(mappings.count(), space.mappings(), "{regions}");
        }
        for (number, vmo) in self.named_objects() {
            assert_eq!(vmo.size(), self.objects.size(number) * PAGE);
            assert_eq!(vmo.stream_size(), self.objects.stream_size(number));
            assert_eq!(vmo.committed_frames(), self.objects.committed(number));
        }
        for named in &self.named {
            let vmar = &self.spaces[named.space].vmars[named.number];
            assert_eq!(named.vmar.is_alive(), vmar.is_alive());
        }
    }

    /// Looks at everything once more, and lets go of it.
    fn finish(self) {
        for space in 0..self.aspaces.len() {
            self.sweep(0, space);
            self.sweep(1, space);
        }
        for (number, vmo) in self.named_objects() {
            let mut bytes = vec![1; PAGE as usize];
            for page in 0..self.objects.size(number) {
                vmo.read(page * PAGE, &mut bytes).expect("inside");
                assert_eq!(bytes, self.objects.page(number, page), "page {page}");
            }
        }
        self.machine.unload_all();
    }
}

/// Checks that both gave the same answer: that a place is one of the model's spots, or that both
/// refused for the same reason.
fn same<T: std::fmt::Debug>(
    result: vm::Result<T>,
    expected: &Result<Vec<u64>, Status>,
    address: impl Fn(&T) -> u64,
) -> Option<T> {
    match (result, expected) {
        (Ok(made), Ok(spots)) => {
            let page = address(&made) / PAGE;
            assert!(spots.contains(&page), "{page:#x} is none of {spots:x?}");
            Some(made)
        }
        (Err(status), Err(expected)) => {
            assert_eq!(status, *expected);
            None
        }
        (result, expected) => panic!("{result:?}, and the model says {expected:?}"),
    }
}
