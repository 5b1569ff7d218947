//! `vmar_unmap`: its errors in their order, and what is left.
//!
//! # Source
//! `vmar.md` §9 and §14.

use super::cases;
use crate::entry::{assert_absent, assert_permits};
use crate::fixture::*;
use crate::{part, probe, zx};
use rt::{Process, Result, Rights, Status, start};

cases! { vmar_unmap:
    no_right_is_needed,
    an_unaligned_address_is_invalid,
    an_unaligned_address_precedes_a_dead_region,
    length_zero_is_invalid,
    a_length_that_cannot_be_rounded_is_invalid,
    length_precedes_a_dead_region,
    a_dead_region_is_bad_state,
    a_dead_region_precedes_bounds,
    a_range_must_lie_inside,
    a_region_covered_in_part_is_invalid,
    a_region_needs_op_children,
    a_refused_unmap_changes_nothing,
    any_part_can_be_removed,
    the_length_is_rounded_up,
    gaps_are_fine,
    many_mappings_at_once,
    a_covered_region_is_destroyed_with_everything,
    a_covered_empty_region_is_destroyed,
    the_range_can_be_used_again,
    contents_stay_in_the_object,
    other_mappings_are_not_touched,
    pages_left_keep_their_object_offset,
    pages_left_can_be_protected,
    an_address_inside_a_mapping_is_fine,
    another_process_can_be_unmapped,
    access_afterwards_kills,
    a_page_between_two_stays_out_of_reach,
}

fn no_right_is_needed() {
    let region = region(4);
    region.place(0, &vmo(4), 4, RW);
    let bare = region.duplicate(Rights::empty()).unwrap();
    assert_eq!(bare.unmap(region.base, 4 * PAGE), Ok(()));
}

fn an_unaligned_address_is_invalid() {
    let region = region(4);
    for offset in [1, PAGE - 1, PAGE + 8] {
        let status = zx::vmar_unmap(&region.vmar, region.base + offset, PAGE);
        assert_eq!(status, Status::INVALID_ARGS, "{offset:#x}");
    }
}

fn an_unaligned_address_precedes_a_dead_region() {
    let dead = dead_region(4);
    assert_eq!(zx::vmar_unmap(&dead.vmar, dead.base + 1, PAGE), Status::INVALID_ARGS);
}

fn length_zero_is_invalid() {
    let region = region(4);
    assert_eq!(zx::vmar_unmap(&region.vmar, region.base, 0), Status::INVALID_ARGS);
}

/// Lengths that round to nothing that fits an address space.
const HUGE: [u64; 3] = [u64::MAX, u64::MAX - PAGE + 2, u64::MAX - 2 * PAGE + 2];

fn a_length_that_cannot_be_rounded_is_invalid() {
    let region = region(4);
    for len in HUGE {
        assert_eq!(
            zx::vmar_unmap(&region.vmar, region.base, len),
            Status::INVALID_ARGS,
            "{len:#x}"
        );
    }
}

fn length_precedes_a_dead_region() {
    let dead = dead_region(4);
    for len in [0, u64::MAX] {
        assert_eq!(zx::vmar_unmap(&dead.vmar, dead.base, len), Status::INVALID_ARGS, "{len:#x}");
    }
}

fn a_dead_region_is_bad_state() {
    let dead = dead_region(4);
    assert_eq!(zx::vmar_unmap(&dead.vmar, dead.base, 4 * PAGE), Status::BAD_STATE);
}

fn a_dead_region_precedes_bounds() {
    let dead = dead_region(4);
    assert_eq!(zx::vmar_unmap(&dead.vmar, dead.base, 5 * PAGE), Status::BAD_STATE);
    assert_eq!(zx::vmar_unmap(&dead.vmar, 0, PAGE), Status::BAD_STATE);
}

fn a_range_must_lie_inside() {
    let region = region(4);
    region.place(0, &numbered(4, 1), 4, RW);
    for (address, len) in [
        (0, PAGE),
        (region.base - PAGE, PAGE),
        (region.base - PAGE, 2 * PAGE),
        (region.base, 4 * PAGE + 1),
        (region.page(3), 2 * PAGE),
        (region.page(4), PAGE),
        (0xFFFF_8000_0000_0000, PAGE),
        (0_u64.wrapping_sub(PAGE), PAGE),
        (0_u64.wrapping_sub(PAGE), 2 * PAGE),
        (region.base, 1 << 63),
    ] {
        let status = zx::vmar_unmap(&region.vmar, address, len);
        assert_eq!(status, Status::INVALID_ARGS, "{len:#x} bytes at {address:#x}");
    }
    probe::assert_pages(region.base, &[Ok(1), Ok(2), Ok(3), Ok(4)]);
}

/// A region of eight pages: a mapping of pages 1 and 2, a region of four pages filled with 11 to 14, another mapping of 7 and 8.
fn nested() -> (Region, Region) {
    let region = region(8);
    region.place(0, &numbered(2, 1), 2, RW);
    let child = region.child(2, 4, CAN_ALL);
    child.place(0, &numbered(4, 11), 4, RW);
    region.place(6, &numbered(2, 7), 2, RW);
    (region, child)
}

/// What [`nested`] shows.
const NESTED: [Result<u8>; 8] = [Ok(1), Ok(2), Ok(11), Ok(12), Ok(13), Ok(14), Ok(7), Ok(8)];

fn a_region_covered_in_part_is_invalid() {
    let (region, child) = nested();
    for (page, pages) in [(0, 3), (2, 3), (3, 1), (3, 5), (5, 3)] {
        let status = zx::vmar_unmap(&region.vmar, region.page(page), pages * PAGE);
        assert_eq!(status, Status::INVALID_ARGS, "{pages} pages at {page}");
    }
    probe::assert_pages(region.base, &NESTED);
    assert_eq!(child.destroy(), Ok(()));
}

fn a_region_needs_op_children() {
    let (region, _child) = nested();
    let weak = region.without(Rights::OP_CHILDREN);
    for (page, pages) in [(0, 8), (2, 4)] {
        let status = zx::vmar_unmap(&weak, region.page(page), pages * PAGE);
        assert_eq!(status, Status::INVALID_ARGS, "{pages} pages at {page}");
    }
    probe::assert_pages(region.base, &NESTED);
    assert_eq!(weak.unmap(region.base, 2 * PAGE), Ok(()), "a mapping is no child region");
}

fn a_refused_unmap_changes_nothing() {
    let (region, child) = nested();
    assert_eq!(region.unmap(region.page(1), 4 * PAGE), Err(Status::INVALID_ARGS));
    probe::assert_pages(region.base, &NESTED);
    for page in 0..8 {
        assert_eq!(probe::write(region.page(page), 1), Ok(()), "page {page}");
    }
    assert_eq!(child.protect(R, child.base, 4 * PAGE), Ok(()));
}

fn any_part_can_be_removed() {
    for (page, pages) in [(0, 6), (0, 2), (4, 2), (2, 2), (0, 1), (5, 1), (1, 4)] {
        let region = region(6);
        region.place(0, &numbered(6, 1), 6, RW);
        let mut shown: [Result<u8>; 6] =
            core::array::from_fn(|index| Ok(u8::try_from(index + 1).unwrap()));
        probe::assert_pages(region.base, &shown);
        region.unmap(region.page(page), pages * PAGE).unwrap();
        assert_absent(region.page(page), pages);
        for index in page..page + pages {
            shown[usize::try_from(index).unwrap()] = Err(Status::NOT_FOUND);
        }
        probe::assert_pages(region.base, &shown);
    }
}

fn the_length_is_rounded_up() {
    let region = region(4);
    region.place(0, &numbered(4, 1), 4, RW);
    region.unmap(region.base, PAGE + 1).unwrap();
    let hole = Err(Status::NOT_FOUND);
    probe::assert_pages(region.base, &[hole, hole, Ok(3), Ok(4)]);
}

fn gaps_are_fine() {
    let region = region(8);
    assert_eq!(region.unmap(region.base, 8 * PAGE), Ok(()), "nothing at all");
    region.place(3, &numbered(1, 1), 1, R);
    assert_eq!(region.unmap(region.base, 3 * PAGE), Ok(()), "only a gap");
    assert_eq!(probe::read(region.page(3)), Ok(1));
    assert_eq!(region.unmap(region.base, 8 * PAGE), Ok(()), "gaps on both sides");
    assert_eq!(probe::read(region.page(3)), Err(Status::NOT_FOUND));
}

fn many_mappings_at_once() {
    let region = region(512);
    let object = numbered(1, 1);
    for page in 0..256 {
        region.place(2 * page, &object, 1, RW);
    }
    for page in 0..256 {
        assert_eq!(probe::read(region.page(2 * page)), Ok(1));
    }
    region.unmap(region.page(1), 510 * PAGE).unwrap();
    assert_permits(region.base, RW);
    assert_absent(region.page(1), 511);
    assert_eq!(probe::read(region.base), Ok(1));
    for page in 1..256 {
        assert_eq!(probe::read(region.page(2 * page)), Err(Status::NOT_FOUND), "page {page}");
    }
}

fn a_covered_region_is_destroyed_with_everything() {
    let (region, child) = nested();
    probe::assert_pages(region.base, &NESTED);
    assert_eq!(region.unmap(region.page(2), 4 * PAGE), Ok(()));
    assert_absent(child.base, 4);
    assert_eq!(child.destroy(), Err(Status::BAD_STATE));
    assert_eq!(child.unmap(child.base, PAGE), Err(Status::BAD_STATE));
    let hole = Err(Status::NOT_FOUND);
    let shown = [Ok(1), Ok(2), hole, hole, hole, hole, Ok(7), Ok(8)];
    probe::assert_pages(region.base, &shown);
}

fn a_covered_empty_region_is_destroyed() {
    let region = region(8);
    let child = region.child(2, 4, CAN_ALL);
    let grandchild = child.child(1, 2, CAN_ALL);
    assert_eq!(region.unmap(region.base, 8 * PAGE), Ok(()));
    assert_eq!(child.allocate(NONE, 0, PAGE).err(), Some(Status::BAD_STATE));
    assert_eq!(grandchild.allocate(NONE, 0, PAGE).err(), Some(Status::BAD_STATE));
    assert_eq!(region.destroy(), Ok(()), "itself it lives");
}

fn the_range_can_be_used_again() {
    let (region, _child) = nested();
    region.unmap(region.base, 8 * PAGE).unwrap();
    region.place(0, &numbered(8, 21), 8, RW);
    probe::assert_pages(region.base, &[Ok(21), Ok(22), Ok(23)]);
}

fn contents_stay_in_the_object() {
    let object = vmo(2);
    let address = map(&object, 2, RW);
    assert_eq!(probe::write(address + PAGE, 77), Ok(()));
    root().unmap(address, 2 * PAGE).unwrap();
    assert_eq!(probe::byte_of(&object, PAGE), 77);
    assert_eq!(probe::read(map(&object, 2, R) + PAGE), Ok(77));
}

fn other_mappings_are_not_touched() {
    let object = numbered(2, 1);
    let (one, other) = (map(&object, 2, RW), map(&object, 2, RW));
    for address in [one, other] {
        probe::assert_pages(address, &[Ok(1), Ok(2)]);
    }
    root().unmap(one, 2 * PAGE).unwrap();
    assert_absent(one, 2);
    assert_permits(other, RW);
    assert_eq!(probe::read(one), Err(Status::NOT_FOUND));
    probe::assert_pages(other, &[Ok(1), Ok(2)]);
}

fn pages_left_keep_their_object_offset() {
    let object = vmo(8);
    let region = region(8);
    let address = region.map(RW | SPECIFIC, 0, &object, 0, 8 * PAGE).unwrap();
    region.unmap(region.page(3), 2 * PAGE).unwrap();
    assert_eq!(probe::write(address + 2 * PAGE, 3), Ok(()));
    assert_eq!(probe::write(address + 5 * PAGE, 6), Ok(()));
    assert_eq!(probe::byte_of(&object, 2 * PAGE), 3);
    assert_eq!(probe::byte_of(&object, 5 * PAGE), 6);
}

fn pages_left_can_be_protected() {
    let region = region(6);
    region.place(0, &vmo(6), 6, RW);
    region.unmap(region.page(2), 2 * PAGE).unwrap();
    assert_eq!(region.protect(R, region.base, 2 * PAGE), Ok(()));
    assert_eq!(region.protect(R, region.base, 3 * PAGE), Err(Status::NOT_FOUND));
    assert_eq!(probe::write(region.page(1), 1), Err(Status::ACCESS_DENIED));
    assert_eq!(probe::write(region.page(4), 1), Ok(()));
}

fn an_address_inside_a_mapping_is_fine() {
    let address = map(&numbered(4, 1), 4, R);
    root().unmap(address + PAGE, 2 * PAGE).unwrap();
    let hole = Err(Status::NOT_FOUND);
    probe::assert_pages(address, &[Ok(1), hole, hole, Ok(4)]);
}

fn another_process_can_be_unmapped() {
    let (_process, theirs) = Process::create(start().job(), "other").unwrap();
    let object = numbered(2, 1);
    let mine = map(&object, 2, R);
    let address = theirs.map(R, 0, &object, 0, 2 * PAGE).unwrap();
    assert_eq!(theirs.unmap(address, PAGE), Ok(()));
    assert_eq!(theirs.protect(NONE, address, PAGE), Err(Status::NOT_FOUND));
    assert_eq!(theirs.protect(NONE, address + PAGE, PAGE), Ok(()));
    probe::assert_pages(mine, &[Ok(1), Ok(2)]);
}

fn touch_what_was_unmapped(offset: u64) {
    let address = map(&vmo(1), 1, RW);
    // SAFETY: mapped for the first two, and to die of the third is what this process is for.
    unsafe {
        rt::memory::store(address + offset, 1_u8);
        assert_permits(address, RW);
        root().unmap(address, PAGE).unwrap();
        assert_absent(address, 1);
        rt::memory::store(address + offset, 1_u8);
    }
}

fn access_afterwards_kills() {
    part::dies(touch_what_was_unmapped, 0);
    part::dies(touch_what_was_unmapped, PAGE - 1);
}

fn a_page_between_two_stays_out_of_reach() {
    let region = region(3);
    region.place(0, &numbered(3, 1), 3, RW);
    region.unmap(region.page(1), PAGE).unwrap();
    let object = vmo(1);
    let straddling = region.page(1) - 2;
    assert_eq!(zx::vmo_write(&object, straddling, 0, 4), Status::NOT_FOUND);
    assert_eq!(zx::vmo_write(&object, straddling, 0, 2), Status::OK);
}
