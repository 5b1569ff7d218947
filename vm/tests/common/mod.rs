//! What the tests share: a machine with an address space, and short names for what they do most.

#![allow(dead_code, reason = "each test program includes this and uses a part of it")]

pub(crate) mod heap;

use std::cell::Cell;

use abi::{Rights, VmOptions, VmarOp, VmoChildOptions, VmoOptions};
use vm::sim::SimMachine;
use vm::{Aspace, ChildRequest, MapRequest, Memory, Ref, Result, Status, Vmar, Vmo};

pub(crate) const PAGE: u64 = vm::PAGE_SIZE;

pub(crate) const READ: VmOptions = VmOptions::PERM_READ;
pub(crate) const READ_WRITE: VmOptions = VmOptions::PERM_READ.union(VmOptions::PERM_WRITE);
pub(crate) const READ_EXECUTE: VmOptions = VmOptions::PERM_READ.union(VmOptions::PERM_EXECUTE);
pub(crate) const NO_ACCESS: VmOptions = VmOptions::empty();

/// Flags of a VMAR that allows everything.
pub(crate) const ANYTHING: VmOptions = VmOptions::CAN_MAP_PERMS.union(VmOptions::CAN_MAP_SPECIFIC);

/// Rights that allow everything.
pub(crate) const ALL_RIGHTS: Rights =
    Rights::IO.union(Rights::EXECUTE).union(Rights::MAP).union(Rights::OP_CHILDREN);

/// How deep VMARs are nested in each other, where that must not matter.
pub(crate) const DEEP: usize = if cfg!(miri) { 40 } else { 5000 };

std::thread_local! {
    /// The machine of the last test on this thread, as good as new.
    static IDLE: Cell<Option<&'static SimMachine>> = const { Cell::new(None) };
}

/// Frames of a machine: few under Miri, which takes its time to look at each.
const FRAMES: u64 = if cfg!(miri) { 256 } else { MANY_FRAMES };

/// Frames that suffice for large pages.
const MANY_FRAMES: u64 = 4096;

/// An address space on a machine of its own.
///
/// When it goes out of scope, after everything that was made in it, every frame has to be back.
pub(crate) struct World {
    pub(crate) machine: &'static SimMachine,
    pub(crate) aspace: Ref<Aspace>,
    pub(crate) root: Vmar,
    frames_at_start: u64,
}

impl World {
    pub(crate) fn new() -> World {
        World::seeded(1)
    }

    pub(crate) fn seeded(seed: u64) -> World {
        World::on(IDLE.take().unwrap_or_else(|| SimMachine::new(2, FRAMES)), seed)
    }

    /// Makes one with frames for large pages, as all have but under Miri.
    pub(crate) fn roomy() -> World {
        if cfg!(miri) { World::on(SimMachine::new(2, MANY_FRAMES), 1) } else { World::new() }
    }

    fn on(machine: &'static SimMachine, seed: u64) -> World {
        let frames_at_start = machine.memory().free_frames();
        let aspace = machine.aspace(seed);
        let root = Aspace::root(&aspace);
        World { machine, aspace, root, frames_at_start }
    }

    pub(crate) fn memory(&self) -> &'static Memory {
        self.machine.memory()
    }

    pub(crate) fn free_frames(&self) -> u64 {
        self.memory().free_frames()
    }

    /// Makes an object of `pages` pages that cannot be resized.
    pub(crate) fn vmo(&self, pages: u64) -> Ref<Vmo> {
        Vmo::create(self.memory(), pages * PAGE, VmoOptions::empty()).expect("an object")
    }

    /// Makes an object of `pages` pages that can be resized.
    pub(crate) fn resizable(&self, pages: u64) -> Ref<Vmo> {
        Vmo::create(self.memory(), pages * PAGE, VmoOptions::RESIZABLE).expect("an object")
    }

    /// Makes a snapshot of all of `parent`.
    pub(crate) fn snapshot(&self, parent: &Vmo) -> Ref<Vmo> {
        child(parent, VmoChildOptions::SNAPSHOT, 0, parent.size() / PAGE).expect("a child")
    }

    /// Makes a window to `pages` pages of `parent` from page `first` on.
    pub(crate) fn slice(&self, parent: &Vmo, first: u64, pages: u64) -> Ref<Vmo> {
        child(parent, VmoChildOptions::SLICE, first, pages).expect("a child")
    }

    /// Makes a second name of `parent`.
    pub(crate) fn reference(&self, parent: &Vmo) -> Ref<Vmo> {
        child(parent, VmoChildOptions::REFERENCE, 0, 0).expect("a child")
    }

    /// Makes a VMAR of `pages` pages that allows everything, somewhere in the root.
    pub(crate) fn area(&self, pages: u64) -> Vmar {
        self.root.allocate(ALL_RIGHTS, ANYTHING, 0, pages * PAGE).expect("a region")
    }

    /// Loads a byte on processor 0.
    pub(crate) fn load(&self, address: u64) -> Result<u8> {
        load(self.machine, 0, &self.aspace, address)
    }

    /// Stores a byte on processor 0.
    pub(crate) fn store(&self, address: u64, byte: u8) -> Result<()> {
        self.machine.write(0, &self.aspace, address, &[byte])
    }

    /// Fetches a byte on processor 0.
    pub(crate) fn execute(&self, address: u64) -> Result<u8> {
        self.machine.execute(0, &self.aspace, address)
    }

    /// Checks everything that has to hold between two operations. Under Miri that would take most of the time, to find what is found
    /// without.
    pub(crate) fn check(&self) {
        if !cfg!(miri) {
            check(self.machine, &self.aspace);
        }
    }

    /// Returns all that can be seen of the address space and of memory; under Miri, as with [`World::check`], only what is soon told.
    pub(crate) fn describe(&self) -> String {
        let regions = if cfg!(miri) { String::new() } else { dump(&self.aspace) };
        format!("{regions}{} frames free\n", self.free_frames())
    }

    /// Calls `operation`, which has to fail with `status` and to leave everything as it was.
    #[track_caller]
    pub(crate) fn refuses<T>(&self, status: Status, operation: impl FnOnce() -> Result<T>) {
        let before = self.describe();
        let heap = heap::live();
        let result = operation().map(drop);
        assert_eq!(heap::live(), heap, "the heap changed");
        assert_eq!(result, Err(status));
        assert_eq!(self.describe(), before);
        self.check();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.check();
        self.aspace.destroy();
        self.check();
        self.machine.unload_all();
        if !cfg!(miri) {
            self.memory().check_invariants().expect("the free frames are in order");
        }
        // The tables go with the last name of the address space, which is about to.
        let tables = 1;
        assert_eq!(self.free_frames() + tables, self.frames_at_start);
        if self.machine.memory().total_frames() <= FRAMES {
            IDLE.set(Some(self.machine));
        }
    }
}

pub(crate) fn load(
    machine: &SimMachine,
    cpu: u32,
    aspace: &Ref<Aspace>,
    address: u64,
) -> Result<u8> {
    let mut byte = [0];
    machine.read(cpu, aspace, address, &mut byte)?;
    Ok(byte[0])
}

pub(crate) fn dump(aspace: &Aspace) -> String {
    let mut text = String::new();
    aspace.dump_text(&mut text).expect("a string takes it");
    text
}

#[track_caller]
pub(crate) fn check(machine: &SimMachine, aspace: &Aspace) {
    check_aspace(aspace);
    check_caches(machine);
}

#[track_caller]
pub(crate) fn check_aspace(aspace: &Aspace) {
    if let Err(violation) = aspace.check_invariants() {
        panic!("{violation}\n{}", dump(aspace));
    }
}

#[track_caller]
pub(crate) fn check_caches(machine: &SimMachine) {
    if let Err(stale) = machine.check_caches() {
        panic!("{stale}");
    }
}

/// A request for a child of `size` bytes from byte `offset`, with all the rights it needs.
pub(crate) fn child_request(options: VmoChildOptions, offset: u64, size: u64) -> ChildRequest {
    let rights = Rights::DUPLICATE | Rights::READ | Rights::RESIZE;
    ChildRequest { rights, options, offset, size }
}

/// Makes a child of the `pages` pages of `parent` from page `first`.
pub(crate) fn child(
    parent: &Vmo,
    options: VmoChildOptions,
    first: u64,
    pages: u64,
) -> Result<Ref<Vmo>> {
    parent.create_child(child_request(options, first * PAGE, pages * PAGE))
}

/// A request for all of `pages` pages of `vmo`, readable and writable, anywhere.
pub(crate) fn request(vmo: &Ref<Vmo>, pages: u64) -> MapRequest<'_> {
    MapRequest {
        vmar_rights: ALL_RIGHTS,
        options: READ_WRITE,
        vmar_offset: 0,
        vmo,
        vmo_rights: ALL_RIGHTS,
        vmo_offset: 0,
        len: pages * PAGE,
    }
}

/// Maps `pages` pages of `vmo` from page `vmo_page`, at page `at` of `vmar`.
pub(crate) fn map_at(
    vmar: &Vmar,
    at: u64,
    (vmo, vmo_page): (&Ref<Vmo>, u64),
    pages: u64,
    options: VmOptions,
) -> Result<u64> {
    let placed = options.intersects(VmOptions::SPECIFIC_OVERWRITE);
    let specific = if placed { VmOptions::empty() } else { VmOptions::SPECIFIC };
    let mapped = vmar.map(&MapRequest {
        options: options | specific,
        vmar_offset: at * PAGE,
        vmo_offset: vmo_page * PAGE,
        ..request(vmo, pages)
    })?;
    vmar.keep(mapped);
    Ok(mapped.address)
}

/// Makes a VMAR of `pages` pages that allows everything at page `at` of `vmar`.
pub(crate) fn area_at(vmar: &Vmar, at: u64, pages: u64) -> Result<Vmar> {
    let options = ANYTHING | VmOptions::SPECIFIC;
    vmar.allocate(ALL_RIGHTS, options, at * PAGE, pages * PAGE)
}

/// Returns the address of page `at` of `vmar`.
pub(crate) fn page(vmar: &Vmar, at: u64) -> u64 {
    vmar.base() + at * PAGE
}

pub(crate) fn unmap(vmar: &Vmar, at: u64, pages: u64) -> Result<()> {
    vmar.unmap(ALL_RIGHTS, page(vmar, at), pages * PAGE)
}

pub(crate) fn protect(vmar: &Vmar, at: u64, pages: u64, options: VmOptions) -> Result<()> {
    vmar.protect(ALL_RIGHTS, options, page(vmar, at), pages * PAGE)
}

pub(crate) fn op_range(vmar: &Vmar, at: u64, pages: u64, op: VmarOp) -> Result<()> {
    vmar.op_range(ALL_RIGHTS, op, page(vmar, at), pages * PAGE)
}
