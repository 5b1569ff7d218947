//! `vmar_destroy`, and regions that are destroyed.
//!
//! # Source
//! `vmar.md` §1 and §11.

use super::cases;
use crate::entry::assert_absent;
use crate::fixture::*;
use crate::{part, probe, zx};
use rt::{Process, Rights, Status, Vmar, start};

cases! { vmar_destroy:
    it_needs_op_children,
    the_right_precedes_a_dead_region,
    a_dead_region_is_bad_state,
    everything_in_it_is_unmapped,
    every_descendant_is_dead,
    every_call_on_a_dead_region_is_bad_state,
    the_range_can_be_used_again,
    the_parent_and_its_other_children_live_on,
    the_contents_of_objects_stay,
    a_dead_region_still_says_where_it_was,
    duplicates_are_dead_too,
    an_empty_region_can_be_destroyed,
    a_root_can_be_destroyed,
    a_process_without_a_root_dies,
    access_afterwards_kills,
    destroying_repeatedly_leaks_nothing,
}

fn it_needs_op_children() {
    let region = region(4);
    region.place(0, &numbered(1, 1), 1, R);
    let weak = region.without(Rights::OP_CHILDREN);
    assert_eq!(weak.destroy(), Err(Status::ACCESS_DENIED));
    assert_eq!(probe::read(region.base), Ok(1));
    let only: Vmar = region.duplicate(Rights::OP_CHILDREN).unwrap();
    assert_eq!(only.destroy(), Ok(()), "and nothing else");
}

fn the_right_precedes_a_dead_region() {
    let weak = dead_region(1).without(Rights::OP_CHILDREN);
    assert_eq!(weak.destroy(), Err(Status::ACCESS_DENIED));
}

fn a_dead_region_is_bad_state() {
    assert_eq!(dead_region(1).destroy(), Err(Status::BAD_STATE));
}

fn everything_in_it_is_unmapped() {
    let region = region(8);
    region.place(0, &numbered(2, 1), 2, RW);
    region.child(4, 4, CAN_ALL).place(1, &numbered(2, 1), 2, RW);
    assert_eq!(probe::read(region.page(6)), Ok(2));
    probe::assert_pages(region.base, &[Ok(1), Ok(2)]);
    region.destroy().unwrap();
    assert_absent(region.base, 8);
    for page in 0..8 {
        assert_eq!(probe::read(region.page(page)), Err(Status::NOT_FOUND), "page {page}");
    }
}

fn every_descendant_is_dead() {
    let top = region(16);
    let children: alloc::vec::Vec<Region> =
        (0..4).map(|page| top.child(4 * page, 3, CAN_ALL)).collect();
    let grandchildren: alloc::vec::Vec<Region> =
        children.iter().map(|child| child.child(1, 2, CAN_ALL)).collect();
    top.destroy().unwrap();
    for region in children.iter().chain(&grandchildren) {
        assert_eq!(region.destroy(), Err(Status::BAD_STATE));
        assert_eq!(region.allocate(NONE, 0, PAGE).err(), Some(Status::BAD_STATE));
    }
}

fn every_call_on_a_dead_region_is_bad_state() {
    let dead = dead_region(4);
    let (mut child, mut address) = (0_u32, 0_u64);
    let object = vmo(1);
    let statuses = [
        zx::vmar_allocate(&dead.vmar, NONE, 0, PAGE, &mut child, &mut address),
        zx::vmar_map(&dead.vmar, R, 0, &object, 0, PAGE, &mut address),
        zx::vmar_unmap(&dead.vmar, dead.base, PAGE),
        zx::vmar_protect(&dead.vmar, R, dead.base, PAGE),
        zx::vmar_destroy(&dead.vmar),
    ];
    assert_eq!(statuses, [Status::BAD_STATE; 5]);
}

fn the_range_can_be_used_again() {
    let region = region(4);
    let child = region.child(1, 2, CAN_ALL);
    child.place(0, &numbered(2, 1), 2, RW);
    child.destroy().unwrap();
    let second = region.child(1, 2, CAN_ALL);
    assert_eq!(probe::read(second.base), Err(Status::NOT_FOUND));
    second.place(0, &numbered(2, 7), 2, RW);
    probe::assert_pages(second.base, &[Ok(7), Ok(8)]);
    assert_eq!(child.destroy(), Err(Status::BAD_STATE), "the old name means nothing");
    assert_eq!(child.unmap(child.base, PAGE), Err(Status::BAD_STATE));
    probe::assert_pages(second.base, &[Ok(7), Ok(8)]);
}

fn the_parent_and_its_other_children_live_on() {
    let region = region(6);
    let (one, other) = (region.child(0, 2, CAN_ALL), region.child(2, 2, CAN_ALL));
    region.place(4, &numbered(2, 5), 2, R);
    other.place(0, &numbered(2, 3), 2, R);
    one.destroy().unwrap();
    let hole = Err(Status::NOT_FOUND);
    probe::assert_pages(region.base, &[hole, hole, Ok(3), Ok(4), Ok(5), Ok(6)]);
}

fn the_contents_of_objects_stay() {
    let region = region(1);
    let object = vmo(1);
    let address = region.place(0, &object, 1, RW);
    assert_eq!(probe::write(address, 8), Ok(()));
    region.destroy().unwrap();
    assert_eq!(probe::byte_of(&object, 0), 8);
}

fn a_dead_region_still_says_where_it_was() {
    let dead = dead_region(3);
    let info = dead.region().unwrap();
    assert_eq!((info.base, info.len), (dead.base, 3 * PAGE));
}

fn duplicates_are_dead_too() {
    let region = region(1);
    let second = region.duplicate(Rights::SAME_RIGHTS).unwrap();
    region.destroy().unwrap();
    assert_eq!(second.destroy(), Err(Status::BAD_STATE));
}

fn an_empty_region_can_be_destroyed() {
    assert_eq!(region(1).destroy(), Ok(()));
}

fn a_root_can_be_destroyed() {
    let (process, theirs) = Process::create(start().job(), "other").unwrap();
    let child = region_in(&theirs, CAN_ALL, 0, 4);
    assert_eq!(theirs.destroy(), Ok(()));
    assert_eq!(theirs.destroy(), Err(Status::BAD_STATE));
    assert_eq!(child.destroy(), Err(Status::BAD_STATE));
    assert_eq!(theirs.map(R, 0, &vmo(1), 0, PAGE), Err(Status::BAD_STATE));
    assert_eq!(process.kill(), Ok(()));
}

fn destroy_my_root(_: u64) {
    let status = root().destroy();
    panic!("there is nothing left to run: {status:?}");
}

fn a_process_without_a_root_dies() {
    part::dies(destroy_my_root, 0);
}

fn touch_what_was_destroyed(_: u64) {
    let region = region(1);
    let address = region.place(0, &vmo(1), 1, RW);
    // SAFETY: mapped at first; to die of the second store is what this process is for.
    unsafe {
        rt::memory::store(address, 1_u8);
        region.destroy().unwrap();
        rt::memory::store(address, 1_u8);
    }
}

fn access_afterwards_kills() {
    part::dies(touch_what_was_destroyed, 0);
}

fn destroying_repeatedly_leaks_nothing() {
    crate::usage::assert_leaks_nothing(|| {
        let region = region(64);
        for page in 0..8 {
            let child = region.child(8 * page, 4, CAN_ALL);
            let address = child.place(1, &vmo(2), 2, RW);
            assert_eq!(probe::write(address, 1), Ok(()));
        }
        region.destroy().unwrap();
    });
}
