//! The kernel's tables, as they are built at boot.

use abi::Status;
use vm::sim::SimMachine;
use vm::{Aspace, Attr, Frame, LeafSize, Perms, Tables};

use crate::common::*;

/// Where these tests map memory: the start of an entry of every table.
const BASE: u64 = 0xffff_8000_0000_0000;

const MIB: u64 = 1 << 20;

fn page_of(address: u64) -> u64 {
    address / PAGE
}

#[test]
fn a_run_of_frames_is_mapped_with_the_largest_leaves_that_fit() {
    let machine = SimMachine::new(1, 64);
    let mut tables = Tables::new(machine.memory()).expect("memory");
    // From one page before 2 MiB to one page after 1 GiB + 4 MiB; physical memory likewise.
    let first = 2 * MIB - PAGE;
    let pages = page_of(1024 * MIB + 4 * MIB + PAGE - first);
    let attr = Attr::kernel(Perms::READ | Perms::WRITE);
    // SAFETY: no processor has these tables loaded.
    let mapped = unsafe {
        let frame = Frame::containing(first);
        tables.map_run(BASE + first, frame, pages, attr, LeafSize::Huge)
    };
    mapped.expect("memory");
    let sizes: Vec<u64> = [first, 2 * MIB, 1022 * MIB, 1024 * MIB, 1026 * MIB, 1028 * MIB]
        .into_iter()
        .map(|offset| {
            let leaf = tables.lookup(page_of(BASE + offset)).expect("mapped");
            assert_eq!(leaf.pages.start, page_of(BASE + offset));
            assert_eq!(leaf.frame, Frame::containing(offset));
            assert_eq!(leaf.perms, Perms::READ | Perms::WRITE);
            leaf.pages.count()
        })
        .collect();
    assert_eq!(sizes, [1, 512, 512, 512, 512, 1]);
    assert_eq!(tables.lookup(page_of(BASE + first) - 1), None);
    assert_eq!(tables.lookup(page_of(BASE + first) + pages), None);
}

#[test]
fn a_huge_leaf_is_used_only_if_the_processor_has_them() {
    let machine = SimMachine::new(1, 64);
    for (largest, pages) in
        [(LeafSize::Huge, 1 << 18), (LeafSize::Large, 1 << 9), (LeafSize::Small, 1)]
    {
        let mut tables = Tables::new(machine.memory()).expect("memory");
        let attr = Attr::kernel(Perms::READ);
        let run = pages.min(1 << 18);
        // SAFETY: no processor has these tables loaded.
        let mapped = unsafe { tables.map_run(BASE, Frame::containing(0), run, attr, largest) };
        mapped.expect("memory");
        let leaf = tables.lookup(page_of(BASE)).expect("mapped");
        assert_eq!(leaf.pages.count(), pages);
    }
}

#[test]
fn what_is_mapped_cannot_be_mapped_again() {
    let machine = SimMachine::new(1, 64);
    let mut tables = Tables::new(machine.memory()).expect("memory");
    let attr = Attr::kernel(Perms::READ);
    let mut map = |base, pages| {
        let frame = Frame::containing(0);
        // SAFETY: no processor has these tables loaded.
        unsafe { tables.map_run(base, frame, pages, attr, LeafSize::Large) }
    };
    map(BASE, 1).expect("free");
    assert_eq!(map(BASE, 1), Err(Status::INVALID_ARGS));
    assert_eq!(map(BASE, 512), Err(Status::INVALID_ARGS));
    map(BASE + 2 * MIB, 512).expect("free");
    assert_eq!(map(BASE + 2 * MIB, 512), Err(Status::INVALID_ARGS));
    assert_eq!(map(BASE + 3 * MIB, 1), Err(Status::INVALID_ARGS));
}

#[test]
fn large_leaves_are_translated_for_the_kernel_and_for_nobody_else() {
    let machine = SimMachine::new(1, 1024);
    let memory = machine.memory();
    let mut tables = Tables::new(memory).expect("memory");
    let attr = Attr::kernel(Perms::READ);
    // SAFETY: no processor has these tables loaded, and through them memory is only read.
    let mapped = unsafe {
        let frame = Frame::containing(4 * MIB);
        tables.map_run(BASE, frame, 512, attr, LeafSize::Large)
    };
    mapped.expect("memory");
    let kernel = Aspace::kernel(memory, tables, Some(1)).expect("memory");
    let process = Aspace::user(memory, &kernel, Some(1)).expect("memory");
    let frame = memory.allocate().expect("memory");
    let offset = frame.address() - 4 * MIB;
    assert!(offset < 2 * MIB, "frames are given out from the top");
    // SAFETY: the frame is ours.
    unsafe { memory.window(frame).write(42) };
    machine.load(0, &process);
    assert_eq!(load(machine, 0, &kernel, BASE + offset), Ok(42));
    assert_eq!(load(machine, 0, &process, BASE + offset), Err(Status::NOT_FOUND));
    machine.unload_all();
}
