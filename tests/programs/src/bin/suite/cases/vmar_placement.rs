//! Where the kernel puts what has no offset. The distributions themselves are measured on the host.
//!
//! # Source
//! `vmar.md` §4 and §6; seed "Virtual Memory Address Region".

use super::cases;
use crate::fixture::*;
use crate::part;
use crate::{probe, zx};
use abi::layout::{USER_BASE, USER_END, USER_LEN};
use alloc::vec::Vec;
use rt::{Status, VmOptions, start};

cases! { vmar_placement:
    the_root_lies_where_the_layout_says,
    the_first_page_of_the_root_can_be_mapped,
    the_page_below_two_to_the_47_cannot_be_mapped,
    spread_covers_the_address_space,
    spread_repeats_nothing,
    two_processes_have_different_layouts,
    every_alignment_is_honoured,
    alignment_holds_for_mappings,
    an_alignment_no_page_has_is_no_memory,
    a_region_can_be_filled_page_by_page,
    the_only_free_page_is_found,
    an_upper_limit_is_honoured,
    an_upper_limit_of_the_size_leaves_one_place,
    an_upper_limit_counts_from_the_base,
    compact_keeps_close_together,
    compact_leaves_a_gap_between_neighbours,
    compact_begins_at_random,
    a_compact_region_can_be_filled,
    compact_honours_an_upper_limit,
    placement_avoids_what_is_there,
}

fn the_root_lies_where_the_layout_says() {
    let info = root().region().unwrap();
    assert_eq!((info.base, info.len), (USER_BASE, USER_LEN));
    assert_eq!(info.base + info.len, USER_END);
}

fn the_first_page_of_the_root_can_be_mapped() {
    let address = root().map(SPECIFIC | R, 0, &numbered(1, 9), 0, PAGE).unwrap();
    assert_eq!(address, USER_BASE);
    assert_eq!(probe::read(USER_BASE), Ok(9));
    assert_eq!(probe::read(USER_BASE - 1), Err(Status::NOT_FOUND));
}

fn the_page_below_two_to_the_47_cannot_be_mapped() {
    let object = numbered(1, 3);
    for (offset, len) in [(USER_LEN, PAGE), (USER_LEN - PAGE, 2 * PAGE)] {
        let mut address = 0_u64;
        let status = zx::vmar_map(root(), SPECIFIC | R, offset, &object, 0, len, &mut address);
        assert_eq!(status, Status::INVALID_ARGS, "{len:#x} bytes at {offset:#x}");
    }
    let last = root().map(SPECIFIC | R, USER_LEN - PAGE, &object, 0, PAGE).unwrap();
    assert_eq!(last, USER_END - PAGE);
    assert_eq!(probe::read(last), Ok(3));
    assert_eq!(probe::read(last + PAGE - 1), Ok(0));
    assert_eq!(probe::read(USER_END), Err(Status::NOT_FOUND));
}

/// Returns the addresses of `count` one-page regions in the root VMAR.
fn spread(count: usize) -> Vec<u64> {
    (0..count).map(|_| root().allocate(NONE, 0, PAGE).unwrap().1).collect()
}

fn spread_covers_the_address_space() {
    // Of 256 uniform draws, a given sixteenth of the space gets none with a probability below 1e-7.
    let mut hits = [0; 16];
    for address in spread(256) {
        hits[usize::try_from((address - USER_BASE) / (USER_LEN / 16 + 1)).unwrap()] += 1;
    }
    assert!(!hits.contains(&0), "addresses in each sixteenth: {hits:?}");
}

fn spread_repeats_nothing() {
    let mut addresses = spread(128);
    addresses.sort_unstable();
    let steps: Vec<u64> = addresses.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(steps.iter().all(|step| *step > PAGE), "neighbours touch: {addresses:x?}");
    assert!(steps.windows(2).any(|pair| pair[0] != pair[1]), "regular steps: {addresses:x?}");
}

/// Stores where this process's first region goes.
fn report_a_place(address: u64) {
    let (_, place) = root().allocate(NONE, 0, PAGE).unwrap();
    let vmo: rt::Vmo = part::given().remove(0).into();
    vmo.write(address, &place.to_le_bytes()).unwrap();
}

fn two_processes_have_different_layouts() {
    let places = vmo(1);
    for offset in [0, 8, 16] {
        let handle = places.duplicate(rt::Rights::SAME_RIGHTS).unwrap();
        part::passes(report_a_place, offset, Vec::from([handle.into_handle()]));
    }
    let mut bytes = [0; 24];
    places.read(0, &mut bytes).unwrap();
    let (first, rest) = bytes.split_at(8);
    assert!(rest.chunks(8).all(|other| other != first), "{bytes:x?}");
    assert_ne!(rest[..8], rest[8..]);
}

fn every_alignment_is_honoured() {
    for log2 in 10..=32 {
        let options = VmOptions::align(log2);
        for _ in 0..8 {
            let (_, address) = root().allocate(options, 0, PAGE).unwrap();
            assert_eq!(address % (1 << log2.max(12)), 0, "2^{log2}: {address:#x}");
        }
    }
}

fn alignment_holds_for_mappings() {
    let object = vmo(1);
    for log2 in 10..=32 {
        let address = root().map(R | VmOptions::align(log2), 0, &object, 0, PAGE).unwrap();
        assert_eq!(address % (1 << log2.max(12)), 0, "2^{log2}: {address:#x}");
    }
}

fn an_alignment_no_page_has_is_no_memory() {
    let parent = region_in(root(), CAN_ALL | VmOptions::align(20), 0, 8);
    let region = parent.child(1, 4, CAN_ALL);
    let (mut child, mut address) = (0_u32, 0_u64);
    let options = VmOptions::align(20);
    let status = zx::vmar_allocate(&region.vmar, options, 0, PAGE, &mut child, &mut address);
    assert_eq!(status, Status::NO_MEMORY);
}

/// Allocates pages in `region` until none is left, and checks that each page came once.
#[track_caller]
fn fill(region: &Region, pages: u64) {
    let mut places: Vec<u64> =
        (0..pages).map(|_| region.allocate(NONE, 0, PAGE).unwrap().1).collect();
    places.sort_unstable();
    let expected: Vec<u64> = (0..pages).map(|page| region.page(page)).collect();
    assert_eq!(places, expected);
    let (mut child, mut address) = (0_u32, 0_u64);
    let status = zx::vmar_allocate(&region.vmar, NONE, 0, PAGE, &mut child, &mut address);
    assert_eq!(status, Status::NO_MEMORY);
}

fn a_region_can_be_filled_page_by_page() {
    fill(&region(64), 64);
}

fn the_only_free_page_is_found() {
    let region = region(512);
    region.child(0, 300, NONE);
    region.child(301, 211, NONE);
    assert_eq!(region.allocate(NONE, 0, PAGE).unwrap().1, region.page(300));
}

fn an_upper_limit_is_honoured() {
    let region = region(64);
    for _ in 0..8 {
        let (child, address) = region.allocate(LIMIT, 10 * PAGE, PAGE).unwrap();
        assert!(address < region.page(10), "{address:#x} in {:#x}", region.base);
        drop(child);
    }
    let (mut child, mut address) = (0_u32, 0_u64);
    for _ in 0..2 {
        zx::vmar_allocate(&region.vmar, LIMIT, 10 * PAGE, PAGE, &mut child, &mut address)
            .check()
            .unwrap();
    }
    let status = zx::vmar_allocate(&region.vmar, LIMIT, 10 * PAGE, PAGE, &mut child, &mut address);
    assert_eq!(status, Status::NO_MEMORY, "ten pages below the limit are taken");
}

fn an_upper_limit_of_the_size_leaves_one_place() {
    let region = region(16);
    let (_, address) = region.allocate(LIMIT, 4 * PAGE, 4 * PAGE).unwrap();
    assert_eq!(address, region.base);
}

fn an_upper_limit_counts_from_the_base() {
    let region = region(16);
    let object = numbered(3, 5);
    let address = region.map(LIMIT | R, 2 * PAGE, &object, PAGE, 2 * PAGE).unwrap();
    assert_eq!(address, region.base);
    probe::assert_pages(address, &[Ok(6), Ok(7)]);
}

/// Makes a compact region of `pages` pages.
fn compact(pages: u64) -> Region {
    region_in(root(), CAN_ALL | VmOptions::COMPACT, 0, pages)
}

fn compact_keeps_close_together() {
    let region = compact(1 << 28);
    let object = vmo(1);
    let places: Vec<u64> = (0..64).map(|_| region.map(R, 0, &object, 0, PAGE).unwrap()).collect();
    let (low, high) = (places.iter().min().unwrap(), places.iter().max().unwrap());
    // Each is at most 128 pages and itself away from what was there.
    assert!(high - low <= 64 * 129 * PAGE, "from {low:#x} to {high:#x}");
}

fn compact_leaves_a_gap_between_neighbours() {
    let region = compact(1 << 20);
    let mut places: Vec<u64> = (0..64).map(|_| region.allocate(NONE, 0, PAGE).unwrap().1).collect();
    places.sort_unstable();
    assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 2 * PAGE), "{places:x?}");
}

fn compact_begins_at_random() {
    let offsets: Vec<u64> = (0..4)
        .map(|_| {
            let region = compact(1 << 28);
            region.allocate(NONE, 0, PAGE).unwrap().1 - region.base
        })
        .collect();
    assert!(offsets.windows(2).any(|pair| pair[0] != pair[1]), "{offsets:x?}");
    assert!(offsets.iter().any(|offset| *offset > (1 << 20) * PAGE), "{offsets:x?}");
}

fn a_compact_region_can_be_filled() {
    fill(&compact(64), 64);
}

fn compact_honours_an_upper_limit() {
    let region = compact(1 << 16);
    for _ in 0..8 {
        let (_, address) = region.allocate(LIMIT, 32 * PAGE, PAGE).unwrap();
        assert!(address < region.page(32), "{address:#x} in {:#x}", region.base);
    }
}

fn placement_avoids_what_is_there() {
    let region = region(32);
    let image = start().image_vmar().unwrap().region().unwrap();
    let taken: Vec<u64> = (0..16).map(|page| region.place(2 * page, &vmo(1), 1, R)).collect();
    for _ in 0..16 {
        let (_, address) = region.allocate(NONE, 0, PAGE).unwrap();
        assert!(!taken.contains(&address), "{address:#x}");
        assert!(address < image.base || address >= image.base + image.len);
    }
}
