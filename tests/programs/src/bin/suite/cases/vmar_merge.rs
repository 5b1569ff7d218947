//! Mappings that continue each other: how many there are is what VMAR_MAPS tells.
//!
//! # Source
//! `vmar.md` §8.1, §10 and §15.

use super::cases;
use crate::fixture::*;
use crate::usage::assert_leaks_nothing;
use crate::{probe, zx};
use abi::Topic;
use abi::info::{InfoMaps, MAPS_MAPPING};
use alloc::vec::Vec;
use rt::{Rights, Status, VmOptions, Vmo};

cases! { vmar_merge:
    a_continuation_is_joined,
    a_gap_that_is_filled_joins_both_sides,
    another_object_is_not_joined,
    another_offset_is_not_joined,
    other_permissions_are_not_joined,
    other_maximums_are_not_joined,
    another_region_is_not_joined,
    protecting_splits_and_joins_again,
    protecting_all_joins_all,
    unmapping_splits_and_mapping_joins_again,
    overwriting_with_the_same_changes_nothing,
    a_joined_mapping_can_be_split_anywhere,
    contents_and_permissions_do_not_change,
    an_address_that_cannot_be_told_leaves_the_neighbour,
    joining_leaks_nothing,
}

/// Returns the mappings in a region: first page, pages, and which page of the object is first.
fn mappings(region: &Region) -> Vec<(u64, u64, u64)> {
    let all: Vec<InfoMaps> = region.info_list(Topic::VMAR_MAPS).unwrap();
    let mappings = all.iter().filter(|record| record.node_type == MAPS_MAPPING);
    mappings
        .map(|record| {
            let first = (record.base - region.base) / PAGE;
            (first, record.size / PAGE, record.mapping.vmo_offset / PAGE)
        })
        .collect()
}

/// Maps `pages` pages of an object from `first` on at page `at`.
#[track_caller]
fn place(region: &Region, at: u64, (object, first): (&Vmo, u64), pages: u64, options: VmOptions) {
    let offset = at * PAGE;
    region.map(options | SPECIFIC, offset, object, first * PAGE, pages * PAGE).unwrap();
}

fn a_continuation_is_joined() {
    let (region, object) = (region(8), vmo(8));
    place(&region, 2, (&object, 1), 2, RW);
    place(&region, 4, (&object, 3), 2, RW);
    assert_eq!(mappings(&region), [(2, 4, 1)]);
    place(&region, 1, (&object, 0), 1, RW);
    assert_eq!(mappings(&region), [(1, 5, 0)]);
}

fn a_gap_that_is_filled_joins_both_sides() {
    let (region, object) = (region(8), vmo(8));
    place(&region, 0, (&object, 0), 2, R);
    place(&region, 4, (&object, 4), 2, R);
    assert_eq!(mappings(&region), [(0, 2, 0), (4, 2, 4)]);
    place(&region, 2, (&object, 2), 2, R);
    assert_eq!(mappings(&region), [(0, 6, 0)]);
}

fn another_object_is_not_joined() {
    let (region, object) = (region(4), vmo(4));
    place(&region, 0, (&object, 0), 2, RW);
    place(&region, 2, (&vmo(4), 2), 2, RW);
    assert_eq!(mappings(&region), [(0, 2, 0), (2, 2, 2)]);
    // Another handle to the same object is no other object.
    region.unmap(region.page(2), 2 * PAGE).unwrap();
    let again = object.duplicate(Rights::SAME_RIGHTS).unwrap();
    place(&region, 2, (&again, 2), 2, RW);
    assert_eq!(mappings(&region), [(0, 4, 0)]);
}

fn another_offset_is_not_joined() {
    let (region, object) = (region(6), vmo(8));
    place(&region, 2, (&object, 2), 2, RW);
    place(&region, 4, (&object, 5), 2, RW);
    place(&region, 0, (&object, 2), 2, RW);
    assert_eq!(mappings(&region).len(), 3);
}

fn other_permissions_are_not_joined() {
    let (region, object) = (region(4), vmo(4));
    place(&region, 0, (&object, 0), 2, RW);
    place(&region, 2, (&object, 2), 2, R);
    assert_eq!(mappings(&region).len(), 2);
    region.protect(R, region.base, 2 * PAGE).unwrap();
    assert_eq!(mappings(&region), [(0, 4, 0)]);
}

fn other_maximums_are_not_joined() {
    let (region, object) = (region(4), vmo(4));
    let read_only: Vmo = without(&object, Rights::WRITE).into();
    place(&region, 0, (&object, 0), 2, R);
    place(&region, 2, (&read_only, 2), 2, R);
    assert_eq!(mappings(&region).len(), 2);
    region.protect(RW, region.base, 2 * PAGE).unwrap();
    assert_eq!(region.protect(RW, region.page(2), PAGE), Err(Status::ACCESS_DENIED));
}

fn another_region_is_not_joined() {
    let (outer, object) = (region(4), vmo(4));
    let inner = outer.child(2, 2, CAN_ALL);
    place(&outer, 0, (&object, 0), 2, RW);
    place(&inner, 0, (&object, 2), 2, RW);
    assert_eq!(mappings(&outer).len(), 2);
}

fn protecting_splits_and_joins_again() {
    let (region, object) = (region(8), vmo(8));
    place(&region, 0, (&object, 0), 8, RW);
    region.protect(R, region.page(3), 2 * PAGE).unwrap();
    assert_eq!(mappings(&region), [(0, 3, 0), (3, 2, 3), (5, 3, 5)]);
    region.protect(RW, region.page(3), 2 * PAGE).unwrap();
    assert_eq!(mappings(&region), [(0, 8, 0)]);
}

fn protecting_all_joins_all() {
    let (region, object) = (region(8), vmo(8));
    place(&region, 0, (&object, 0), 8, RW);
    for page in [1, 3, 5, 7] {
        region.protect(R, region.page(page), PAGE).unwrap();
    }
    assert_eq!(mappings(&region).len(), 8);
    region.protect(R, region.page(1), 5 * PAGE).unwrap();
    assert_eq!(mappings(&region), [(0, 1, 0), (1, 5, 1), (6, 1, 6), (7, 1, 7)]);
    region.protect(NONE, region.base, 8 * PAGE).unwrap();
    assert_eq!(mappings(&region), [(0, 8, 0)]);
}

fn unmapping_splits_and_mapping_joins_again() {
    let (region, object) = (region(8), vmo(8));
    place(&region, 0, (&object, 0), 8, RW);
    region.unmap(region.page(2), PAGE).unwrap();
    assert_eq!(mappings(&region), [(0, 2, 0), (3, 5, 3)]);
    place(&region, 2, (&object, 2), 1, RW);
    assert_eq!(mappings(&region), [(0, 8, 0)]);
}

fn overwriting_with_the_same_changes_nothing() {
    let (region, object) = (region(8), vmo(8));
    place(&region, 0, (&object, 0), 8, RW);
    place(&region, 2, (&object, 2), 3, RW | OVERWRITE);
    assert_eq!(mappings(&region), [(0, 8, 0)]);
}

fn a_joined_mapping_can_be_split_anywhere() {
    let (region, object) = (region(8), numbered(8, 1));
    place(&region, 0, (&object, 0), 4, RW);
    place(&region, 4, (&object, 4), 4, RW);
    region.unmap(region.page(3), 2 * PAGE).unwrap();
    assert_eq!(mappings(&region), [(0, 3, 0), (5, 3, 5)]);
    assert_eq!(probe::read(region.page(5)), Ok(6));
    assert_eq!(probe::read(region.page(4)), Err(Status::NOT_FOUND));
}

fn contents_and_permissions_do_not_change() {
    let (region, object) = (region(4), numbered(4, 1));
    place(&region, 0, (&object, 0), 2, R);
    assert_eq!(probe::read(region.page(1)), Ok(2));
    place(&region, 2, (&object, 2), 2, R);
    probe::assert_pages(region.base, &[Ok(1), Ok(2), Ok(3), Ok(4)]);
    assert_eq!(probe::write(region.page(1), 9), Err(Status::ACCESS_DENIED));
    assert_eq!(probe::write(region.page(2), 9), Err(Status::ACCESS_DENIED));
}

fn an_address_that_cannot_be_told_leaves_the_neighbour() {
    let (region, object) = (region(4), vmo(4));
    place(&region, 0, (&object, 0), 2, RW);
    let offset = 2 * PAGE;
    let status = zx::vmar_map(&*region, RW | SPECIFIC, offset, &object, offset, offset, 0);
    assert_eq!(status, Status::INVALID_ARGS);
    assert_eq!(mappings(&region), [(0, 2, 0)]);
}

fn joining_leaks_nothing() {
    let (region, object) = (region(16), vmo(16));
    assert_leaks_nothing(|| {
        for page in [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15] {
            place(&region, page, (&object, page), 1, RW);
        }
        assert_eq!(mappings(&region), [(0, 16, 0)]);
        region.unmap(region.base, 16 * PAGE).unwrap();
    });
}
