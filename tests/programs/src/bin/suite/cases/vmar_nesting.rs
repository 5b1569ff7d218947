//! Trees of regions: hierarchies of permissions, and depth and width without limit.
//!
//! # Source
//! `vmar.md` §1, §7 and §11; seed "Virtual Memory Address Region".

use super::cases;
use crate::fixture::*;
use crate::{part, probe, zx};
use rt::{Rights, Status, VmOptions, Vmar};

cases! { vmar_nesting:
    thousands_of_levels,
    thousands_of_levels_in_a_process_that_dies,
    a_thousand_children,
    a_sandbox_never_becomes_executable,
    write_xor_execute_can_be_enforced,
    a_readable_region_has_no_writable_child,
    a_mapping_with_guards,
    a_handle_with_fewer_rights_maps_less,
}

/// Makes regions of `depth + 1` pages down to 1, each in the one before and one page shorter; returns the last.
fn nest(outermost: Region, depth: u64) -> Region {
    let mut inner = outermost;
    for pages in (1..=depth).rev() {
        inner = inner.child(1, pages, CAN_ALL);
    }
    inner
}

fn thousands_of_levels() {
    const DEPTH: u64 = 4000;
    let outermost = region(DEPTH + 1);
    let top = outermost.duplicate(Rights::SAME_RIGHTS).unwrap();
    let innermost = nest(outermost, DEPTH);
    let address = innermost.place(0, &numbered(1, 1), 1, RW);
    assert_eq!(probe::write(address, 2), Ok(()));
    assert_eq!(top.protect(R, address, PAGE), Ok(()), "through all levels");
    assert_eq!(probe::write(address, 3), Err(Status::ACCESS_DENIED));
    top.destroy().unwrap();
    assert_eq!(probe::read(address), Err(Status::NOT_FOUND));
    assert_eq!(innermost.destroy(), Err(Status::BAD_STATE));
}

fn leave_levels_behind(depth: u64) {
    nest(region(depth + 1), depth).place(0, &vmo(1), 1, RW);
}

fn thousands_of_levels_in_a_process_that_dies() {
    part::passes(leave_levels_behind, 2000, alloc::vec::Vec::new());
}

fn a_thousand_children() {
    let region = region(2048);
    let children: alloc::vec::Vec<Vmar> =
        (0..1000).map(|page| region.child(2 * page, 1, CAN_ALL).vmar).collect();
    region.unmap(region.page(500), 1000 * PAGE).unwrap();
    for (page, child) in (0..).map(|child| 2 * child).zip(&children) {
        let is_gone = (500..1500).contains(&page);
        let expected = if is_gone { Err(Status::BAD_STATE) } else { Ok(()) };
        assert_eq!(child.destroy(), expected, "child at page {page}");
    }
    region.child(0, 2048, NONE);
}

fn a_sandbox_never_becomes_executable() {
    let sandbox = region_in(root(), CAN_ALL - VmOptions::CAN_MAP_EXECUTE, 0, 16);
    let code = vmo(1).into_executable().unwrap();
    let rw = sandbox.place(0, &code, 1, RW);
    let mut address = 0_u64;
    let mut handle = 0_u32;
    let mut try_map =
        |options| zx::vmar_map(&sandbox.vmar, options, 0, &code, 0, PAGE, &mut address);
    assert_eq!(try_map(RX), Status::ACCESS_DENIED);
    assert_eq!(try_map(RWX), Status::ACCESS_DENIED);
    assert_eq!(zx::vmar_protect(&sandbox.vmar, RX, rw, PAGE), Status::ACCESS_DENIED);
    assert_eq!(zx::vmar_protect(root(), RX, rw, PAGE), Status::ACCESS_DENIED, "through the root");
    let child = VmOptions::CAN_MAP_EXECUTE;
    let status = zx::vmar_allocate(&sandbox.vmar, child, 0, PAGE, &mut handle, &mut address);
    assert_eq!(status, Status::ACCESS_DENIED);
    let status = zx::handle_duplicate(&sandbox.vmar, Rights::VMAR_ROOT_DEFAULT, &mut handle);
    assert_eq!(status, Status::INVALID_ARGS, "no way to gain the right");
    let offset = sandbox.base - root().region().unwrap().base;
    for options in [SPECIFIC, OVERWRITE] {
        let status = zx::vmar_map(root(), options | RX, offset, &code, 0, PAGE, &mut address);
        let expected = if options == SPECIFIC { Status::NO_MEMORY } else { Status::INVALID_ARGS };
        assert_eq!(status, expected, "from outside, {options:?}");
    }
}

fn write_xor_execute_can_be_enforced() {
    let writable = region_in(root(), VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE, 0, 4);
    let executable = region_in(root(), VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_EXECUTE, 0, 4);
    let code = vmo(1).into_executable().unwrap();
    let data = writable.map(RW, 0, &code, 0, PAGE).unwrap();
    let text = executable.map(RX, 0, &code, 0, PAGE).unwrap();
    assert_eq!(writable.map(RX, 0, &code, 0, PAGE), Err(Status::ACCESS_DENIED));
    assert_eq!(executable.map(RW, 0, &code, 0, PAGE), Err(Status::ACCESS_DENIED));
    assert_eq!(writable.protect(RX, data, PAGE), Err(Status::ACCESS_DENIED));
    assert_eq!(executable.protect(RW, text, PAGE), Err(Status::ACCESS_DENIED));
    assert_eq!(executable.protect(RWX, text, PAGE), Err(Status::ACCESS_DENIED));
}

fn a_readable_region_has_no_writable_child() {
    let readable = region_in(root(), VmOptions::CAN_MAP_READ, 0, 8);
    let child = region_in(&readable, VmOptions::CAN_MAP_READ, 0, 4);
    let object = vmo(1);
    assert_eq!(child.map(RW, 0, &object, 0, PAGE), Err(Status::ACCESS_DENIED));
    assert!(child.map(R, 0, &object, 0, PAGE).is_ok());
    let refused = readable.allocate(VmOptions::CAN_MAP_WRITE, 0, PAGE).err();
    assert_eq!(refused, Some(Status::ACCESS_DENIED));
}

fn a_mapping_with_guards() {
    let (before, after, len) = (2, 3, 4);
    let options = VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE | VmOptions::CAN_MAP_SPECIFIC;
    let wrapping = region_in(root(), options, 0, before + after + len);
    let address = wrapping.place(before, &numbered(len, 1), len, RW);
    assert_eq!(address, wrapping.page(before));
    let guard = Err(Status::NOT_FOUND);
    let pages = [guard, guard, Ok(1), Ok(2), Ok(3), Ok(4), guard, guard, guard];
    probe::assert_pages(wrapping.base, &pages);
    for address in [address - 1, address + len * PAGE] {
        part::dies(touch_a_guard, address - wrapping.base);
    }
}

/// Makes the same layout in a process of its own and touches it at `offset`.
fn touch_a_guard(offset: u64) {
    let wrapping = region(9);
    wrapping.place(2, &vmo(4), 4, RW);
    // SAFETY: to die of it is what this process is for.
    let _: u8 = unsafe { rt::memory::load(wrapping.base + offset) };
}

fn a_handle_with_fewer_rights_maps_less() {
    let region = region(4);
    let readable = region.without(Rights::WRITE | Rights::EXECUTE);
    let object = vmo(1).into_executable().unwrap();
    assert_eq!(readable.map(RW, 0, &object, 0, PAGE), Err(Status::ACCESS_DENIED));
    assert_eq!(readable.map(RX, 0, &object, 0, PAGE), Err(Status::ACCESS_DENIED));
    let address = readable.map(R, 0, &object, 0, PAGE).unwrap();
    assert_eq!(region.protect(RW, address, PAGE), Err(Status::ACCESS_DENIED), "fixed when mapped");
}
