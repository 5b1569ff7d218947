//! SPECIFIC_OVERWRITE: a mapping that replaces what is in its way.
//!
//! # Source
//! `vmar.md` §8.1; seed "vmar_map".

use super::cases;
use crate::fixture::*;
use crate::{probe, zx};
use rt::{Result, Rights, Status, VmOptions};

cases! { vmar_overwrite:
    pieces_that_are_left_keep_their_contents,
    pieces_that_are_left_keep_their_permissions,
    pieces_that_are_left_keep_their_maximum,
    an_empty_range_is_as_specific,
    specific_together_with_overwrite_is_fine,
    several_mappings_and_gaps_are_replaced,
    a_region_in_the_way_is_invalid,
    a_region_in_the_way_leaves_mappings_alone,
    mappings_inside_a_region_are_not_reached,
    replacing_needs_no_right_to_write,
    replacing_by_nothing_makes_a_guard,
    the_same_place_a_thousand_times,
    the_replaced_object_lives_on,
    stale_contents_never_show,
}

/// A region of eight pages with a mapping of pages 1 to 8 in it, and what shows.
fn eight() -> Region {
    let region = region(8);
    region.place(0, &numbered(8, 1), 8, RW);
    region
}

/// Overwrites `pages` pages from `page` on with pages 101, 102, …, readable.
fn overwrite(region: &Region, page: u64, pages: u64) {
    let object = numbered(pages, 101);
    let address = region.map(R | OVERWRITE, page * PAGE, &object, 0, pages * PAGE).unwrap();
    assert_eq!(address, region.page(page));
}

/// Returns what eight pages show after pages `page` to `page + pages` were overwritten.
fn shown(page: u64, pages: u64) -> [Result<u8>; 8] {
    core::array::from_fn(|index| {
        let number = u8::try_from(index).unwrap();
        let from = u8::try_from(page).unwrap();
        let is_new = (page..page + pages).contains(&(index as u64));
        Ok(if is_new { 101 + number - from } else { 1 + number })
    })
}

fn pieces_that_are_left_keep_their_contents() {
    for (page, pages) in [(0, 8), (0, 3), (5, 3), (2, 4), (0, 1), (7, 1), (4, 1)] {
        let region = eight();
        probe::assert_pages(region.base, &shown(0, 0));
        overwrite(&region, page, pages);
        probe::assert_pages(region.base, &shown(page, pages));
    }
}

fn pieces_that_are_left_keep_their_permissions() {
    let region = eight();
    overwrite(&region, 3, 2);
    for page in 0..8 {
        let expected = if matches!(page, 3 | 4) { Err(Status::ACCESS_DENIED) } else { Ok(()) };
        assert_eq!(probe::write(region.page(page), 0), expected, "page {page}");
    }
}

fn pieces_that_are_left_keep_their_maximum() {
    let region = region(8);
    let weak = without(&vmo(8), Rights::WRITE).into();
    region.place(0, &weak, 8, R);
    overwrite(&region, 3, 2);
    assert_eq!(region.protect(RW, region.page(0), PAGE), Err(Status::ACCESS_DENIED));
    assert_eq!(region.protect(RW, region.page(3), 2 * PAGE), Ok(()));
    assert_eq!(region.protect(RW, region.page(7), PAGE), Err(Status::ACCESS_DENIED));
}

fn an_empty_range_is_as_specific() {
    let region = region(4);
    overwrite(&region, 1, 2);
    let hole = Err(Status::NOT_FOUND);
    probe::assert_pages(region.base, &[hole, Ok(101), Ok(102), hole]);
}

fn specific_together_with_overwrite_is_fine() {
    let region = eight();
    let options = R | SPECIFIC | OVERWRITE;
    assert_eq!(region.map(options, 0, &vmo(1), 0, PAGE), Ok(region.base));
}

fn several_mappings_and_gaps_are_replaced() {
    let region = region(8);
    for page in [1, 3, 4, 6] {
        region.place(page, &numbered(1, 10), 1, RW);
    }
    overwrite(&region, 2, 4);
    let hole = Err(Status::NOT_FOUND);
    let pages = [hole, Ok(10), Ok(101), Ok(102), Ok(103), Ok(104), Ok(10), hole];
    probe::assert_pages(region.base, &pages);
}

#[track_caller]
fn assert_refused(region: &Region, page: u64, pages: u64) {
    let mut address = 0_u64;
    let (offset, len) = (page * PAGE, pages * PAGE);
    let status = zx::vmar_map(&region.vmar, R | OVERWRITE, offset, &vmo(1), 0, len, &mut address);
    assert_eq!(status, Status::INVALID_ARGS, "{pages} pages at {page}");
}

fn a_region_in_the_way_is_invalid() {
    let region = region(8);
    region.child(2, 3, NONE);
    for (page, pages) in [(2, 3), (0, 8), (1, 2), (4, 2), (3, 1)] {
        assert_refused(&region, page, pages);
    }
    overwrite(&region, 0, 2);
    overwrite(&region, 5, 3);
}

fn a_region_in_the_way_leaves_mappings_alone() {
    let region = region(8);
    region.place(0, &numbered(3, 1), 3, RW);
    region.child(4, 2, NONE);
    region.place(6, &numbered(2, 7), 2, RW);
    assert_refused(&region, 1, 7);
    let hole = Err(Status::NOT_FOUND);
    let pages = [Ok(1), Ok(2), Ok(3), hole, hole, hole, Ok(7), Ok(8)];
    probe::assert_pages(region.base, &pages);
}

fn mappings_inside_a_region_are_not_reached() {
    let region = region(8);
    let child = region.child(2, 4, CAN_ALL);
    child.place(0, &numbered(4, 1), 4, RW);
    assert_refused(&region, 2, 4);
    overwrite(&child, 1, 2);
    probe::assert_pages(child.base, &[Ok(1), Ok(101), Ok(102), Ok(4)]);
}

fn replacing_needs_no_right_to_write() {
    let region = eight();
    let readable = region.without(Rights::WRITE | Rights::OP_CHILDREN);
    assert!(readable.map(R | OVERWRITE, 0, &numbered(1, 50), 0, PAGE).is_ok());
    assert_eq!(probe::read(region.base), Ok(50));
}

fn replacing_by_nothing_makes_a_guard() {
    let region = eight();
    region.map(OVERWRITE, 4 * PAGE, &vmo(1), 0, PAGE).unwrap();
    assert_eq!(probe::read(region.page(4)), Err(Status::ACCESS_DENIED));
    assert_eq!(probe::read(region.page(5)), Ok(6));
}

fn the_same_place_a_thousand_times() {
    let region = eight();
    let object = numbered(8, 1);
    for turn in 0..1000 {
        let page = turn % 8;
        region.map(RW | OVERWRITE, page * PAGE, &object, page * PAGE, PAGE).unwrap();
    }
    probe::assert_pages(region.base, &shown(0, 0));
    region.unmap(region.base, 8 * PAGE).unwrap();
    region.place(0, &object, 8, R);
}

fn the_replaced_object_lives_on() {
    let region = region(2);
    let object = numbered(2, 1);
    let elsewhere = map(&object, 2, RW);
    region.place(0, &object, 2, RW);
    overwrite(&region, 0, 2);
    probe::assert_pages(elsewhere, &[Ok(1), Ok(2)]);
    assert_eq!(probe::byte_of(&object, PAGE), 2);
}

fn stale_contents_never_show() {
    let region = region(1);
    let options = RW | OVERWRITE | VmOptions::ALLOW_FAULTS;
    for byte in 1..=200 {
        let address = region.map(options, 0, &numbered(1, byte), 0, PAGE).unwrap();
        // SAFETY: just mapped.
        assert_eq!(unsafe { rt::memory::load::<u8>(address) }, byte);
    }
}
