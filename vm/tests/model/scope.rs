//! Every sequence of a few calls, up to a length: what is wrong with any of them is wrong with a short one.
//!
//! Each alphabet is a handful of calls on few pages, around a place where page tables end. Shorter sequences have been
//! looked at when a longer one is, so only its last step is compared. `VM_LENGTH` is the length of the longest.

use std::sync::atomic::{AtomicU64, Ordering};

use abi::{Rights, VmOptions, VmarOp, VmoChildOptions};
use vm::Access;

use crate::common::{ALL_RIGHTS, ANYTHING, PAGE, READ, READ_WRITE};
use crate::ops::{
    ContentOp, CreateOp, Fate, MemoryOp, Operation, RegionOp, Scale, Sequence, Span, Step,
};
use crate::run::{self, Compared};
use crate::runner;

/// Calls that sequences are made of.
struct Alphabet {
    name: &'static str,
    calls: Vec<Operation>,
}

/// The first of the two pages that everything is about: the next one is in other page tables.
const AT: u64 = 1;

/// The object that everything is about, by its place among those with names, and its first child if there is
/// one.
const OBJECT: usize = 0;
const CHILD: usize = 1;

fn map(vmar: usize, vmo: usize, page: u64, vmo_page: u64, pages: u64) -> Operation {
    Operation::Regions(RegionOp::Map {
        vmar,
        vmar_rights: ALL_RIGHTS,
        options: READ_WRITE | VmOptions::SPECIFIC_OVERWRITE,
        vmar_offset: page * PAGE,
        vmo,
        vmo_rights: ALL_RIGHTS,
        vmo_offset: vmo_page * PAGE,
        len: pages * PAGE,
        fate: Fate::Kept,
    })
}

fn span(page: u64, pages: u64) -> Span {
    Span { page, odd: 0, len: pages * PAGE }
}

fn unmap(vmar: usize, page: u64, pages: u64) -> Operation {
    let span = span(page, pages);
    Operation::Regions(RegionOp::Unmap { vmar, rights: ALL_RIGHTS, span })
}

fn protect(vmar: usize, options: VmOptions, page: u64, pages: u64) -> Operation {
    let span = span(page, pages);
    Operation::Regions(RegionOp::Protect { vmar, rights: ALL_RIGHTS, options, span })
}

fn op_range(op: VmarOp, page: u64, pages: u64) -> Operation {
    let span = span(page, pages);
    Operation::Regions(RegionOp::OpRange { vmar: 0, rights: ALL_RIGHTS, op, span })
}

fn touch(cpu: u32, space: usize, access: Access, page: u64, bytes: u64) -> Operation {
    // Across the end of the page, if it is for more than one byte.
    let offset = (page + 1) * PAGE - bytes.div_ceil(2);
    let (len, byte) = (bytes as usize, cpu as u8 + 1);
    Operation::Memory(MemoryOp::Touch { cpu, space, access, offset, len, byte })
}

fn snapshot(vmo: usize) -> Operation {
    Operation::Create(CreateOp::Child {
        vmo,
        rights: Rights::DUPLICATE | Rights::READ,
        options: VmoChildOptions::SNAPSHOT,
        offset: 0,
        size: 2 * PAGE,
    })
}

fn zero(vmo: usize, offset: u64, len: u64) -> Operation {
    Operation::Content(ContentOp::Zero { vmo, offset, len })
}

fn write(vmo: usize, offset: u64) -> Operation {
    Operation::Content(ContentOp::Write { vmo, offset, len: 2, byte: 9 })
}

fn set_size(vmo: usize, size: u64) -> Operation {
    Operation::Content(ContentOp::SetSize { vmo, size })
}

/// One object, its snapshot, one address space, two processors.
fn sharing() -> Alphabet {
    let calls = vec![
        map(0, OBJECT, AT, 0, 2),
        map(0, CHILD, AT + 1, 0, 1),
        snapshot(OBJECT),
        touch(0, 0, Access::Write, AT, 1),
        touch(1, 0, Access::Write, AT, 2),
        touch(1, 0, Access::Read, AT, 2),
        protect(0, READ, AT, 2),
        protect(0, READ_WRITE, AT, 1),
        unmap(0, AT, 1),
        write(OBJECT, PAGE),
        zero(OBJECT, 8, PAGE),
        set_size(OBJECT, PAGE + 8),
        Operation::Create(CreateOp::Close { vmo: OBJECT }),
    ];
    Alphabet { name: "sharing", calls }
}

/// Regions in regions, mappings that are cut and joined.
fn regions() -> Alphabet {
    let allocate = Operation::Regions(RegionOp::Allocate {
        vmar: 0,
        rights: ALL_RIGHTS,
        options: ANYTHING | VmOptions::SPECIFIC,
        offset: AT * PAGE,
        size: 3 * PAGE,
    });
    // The arenas of three address spaces have the first names; then come VMARs in them.
    const INNER: usize = 3;
    let calls = vec![
        allocate,
        map(0, OBJECT, AT, 0, 4),
        map(0, OBJECT, AT + 1, 1, 1),
        map(0, OBJECT, AT + 2, 0, 1),
        map(INNER, OBJECT, 1, 1, 2),
        touch(0, 0, Access::Write, AT + 1, 1),
        touch(1, 0, Access::Read, AT, 2),
        unmap(0, AT, 2),
        unmap(0, AT + 1, 3),
        protect(0, READ, AT + 1, 1),
        protect(0, READ_WRITE, AT, 3),
        op_range(VmarOp::Commit, AT + 1, 1),
        Operation::Regions(RegionOp::Destroy { vmar: INNER }),
    ];
    Alphabet { name: "regions", calls }
}

/// One object in two address spaces and in the kernel's, and processors that change between them.
fn spaces() -> Alphabet {
    const KERNEL: usize = 2;
    let calls = vec![
        map(0, OBJECT, AT, 0, 2),
        map(1, OBJECT, AT, 1, 1),
        map(KERNEL, OBJECT, AT, 0, 2),
        touch(0, 0, Access::Write, AT, 1),
        touch(0, 1, Access::Write, AT, 1),
        touch(1, 0, Access::Read, AT, 2),
        touch(1, KERNEL, Access::Read, AT, 2),
        unmap(0, AT, 2),
        unmap(KERNEL, AT, 1),
        zero(OBJECT, 0, 2 * PAGE),
        snapshot(OBJECT),
        Operation::Memory(MemoryOp::Switch { cpu: 0, space: 1 }),
        Operation::Memory(MemoryOp::Renew { space: 0 }),
    ];
    Alphabet { name: "spaces", calls }
}

impl Alphabet {
    /// Returns the sequence with a number, of those of `length`.
    fn sequence(&self, number: u64, length: u32) -> Sequence {
        let calls = self.calls.len() as u64;
        let call = |place: u32| &self.calls[(number / calls.pow(place) % calls) as usize];
        let step = |place| Step { operation: call(place).clone(), starved: None };
        Sequence { cpus: 2, scale: Scale::Few, steps: (0..length).map(step).collect() }
    }

    /// Runs every sequence of `length` calls, and returns how many there are.
    fn run_all(&self, length: u32) -> u64 {
        let all = (self.calls.len() as u64).pow(length);
        let next = AtomicU64::new(0);
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < all);
        runner::on_threads(|| {
            while let Some(number) = take() {
                self.run_one(number, length);
            }
        });
        all
    }

    fn run_one(&self, number: u64, length: u32) {
        let sequence = self.sequence(number, length);
        let result = std::panic::catch_unwind(|| run::run(&sequence, Compared::LastStep));
        assert!(result.is_ok(), "for the sequence number {number} of {}\n{sequence}", self.name);
    }
}

/// Runs every sequence of every alphabet.
pub(crate) fn run_all() {
    let longest = runner::from_environment("VM_LENGTH", if cfg!(miri) { 1 } else { 3 });
    for alphabet in [sharing(), regions(), spaces()] {
        let count = (1..=longest).map(|length| alphabet.run_all(length as u32)).sum::<u64>();
        let Alphabet { name, calls } = alphabet;
        println!("figure: {count} of {name}, all of up to {longest} out of {} calls", calls.len());
    }
}
