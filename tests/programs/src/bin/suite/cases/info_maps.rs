//! VMAR_MAPS and PROCESS_MAPS: regions and mappings, in all three layouts.
//!
//! # Source
//! `handles-rights-errors.md` §7 and §7.1.

use super::cases;
use crate::fixture::*;
use crate::zx;
use abi::Topic;
use abi::info::{InfoMaps, InfoTaskStats, MAPS_ASPACE, MAPS_MAPPING, MAPS_VMAR};
use abi::layout::{USER_BASE, USER_LEN};
use alloc::vec::Vec;
use rt::{Process, Rights, Status, Vmar, start};

cases! { info_maps:
    a_region_comes_first,
    parents_precede_children_in_the_order_of_addresses,
    a_mapping_tells_all_about_itself,
    permissions_are_those_of_now,
    only_pages_in_the_mapping_count,
    pieces_with_other_permissions_are_records_of_their_own,
    a_dead_region_is_bad_state,
    inspect_is_needed,
    other_objects_are_of_the_wrong_type,
    a_process_begins_with_its_address_space,
    a_process_need_not_be_started,
    a_dead_process_is_bad_state,
    a_process_whose_root_is_destroyed_has_an_empty_one,
    ones_own_process_can_be_asked_about,
    the_first_layout_has_96_bytes,
    the_second_layout_has_104_bytes,
    a_large_region_is_told_whole,
    nesting_thousands_deep_is_told_whole,
}

fn maps(region: &Vmar) -> Vec<InfoMaps> {
    region.info_list(Topic::VMAR_MAPS).unwrap()
}

fn name_of(record: &InfoMaps) -> &str {
    let end = record.name.iter().position(|byte| *byte == 0).unwrap();
    core::str::from_utf8(&record.name[..end]).unwrap()
}

fn a_region_comes_first() {
    let region = region(3);
    let all = maps(&region);
    assert_eq!(all.len(), 1);
    let expected = InfoMaps {
        name: all[0].name,
        base: region.base,
        size: 3 * PAGE,
        node_type: MAPS_VMAR,
        ..InfoMaps::default()
    };
    assert_eq!(all[0], expected);
    assert_eq!(name_of(&all[0]), "useralloc");
    assert_eq!(name_of(&maps(root())[0]), "root");
}

fn parents_precede_children_in_the_order_of_addresses() {
    let outer = region(16);
    let inner = outer.child(4, 8, CAN_ALL);
    let innermost = inner.child(0, 4, CAN_ALL);
    outer.place(0, &vmo(1), 1, R);
    innermost.place(0, &vmo(1), 1, R);
    inner.place(6, &vmo(1), 1, R);
    outer.place(12, &vmo(1), 1, R);
    let all = maps(&outer);
    let seen: Vec<_> = all
        .iter()
        .map(|record| ((record.base - outer.base) / PAGE, record.depth, record.node_type))
        .collect();
    let expected = [
        (0, 0, MAPS_VMAR),
        (0, 1, MAPS_MAPPING),
        (4, 1, MAPS_VMAR),
        (4, 2, MAPS_VMAR),
        (4, 3, MAPS_MAPPING),
        (10, 2, MAPS_MAPPING),
        (12, 1, MAPS_MAPPING),
    ];
    assert_eq!(seen, expected);
}

fn a_mapping_tells_all_about_itself() {
    let (region, object) = (region(8), numbered(3, 1));
    assert_eq!(zx::object_set_property(&object, abi::object::PROP_NAME, "pages", 5), Status::OK);
    let options = RW | SPECIFIC;
    region.map(options, 2 * PAGE, &object, PAGE, 4 * PAGE).unwrap();
    let all = maps(&region);
    let record = &all[1];
    assert_eq!((record.base, record.size), (region.page(2), 4 * PAGE));
    assert_eq!((record.depth, name_of(record)), (1, "pages"));
    let mapping = &record.mapping;
    assert_eq!(mapping.mmu_flags, RW.bits());
    assert_eq!(mapping.vmo_koid, object.basic_info().unwrap().koid);
    assert_eq!(mapping.vmo_offset, PAGE);
    // Two of the object's three pages are in the mapping's four.
    for bytes in [
        mapping.committed_bytes,
        mapping.populated_bytes,
        mapping.committed_private_bytes,
        mapping.populated_private_bytes,
        mapping.committed_scaled_bytes,
        mapping.populated_scaled_bytes,
    ] {
        assert_eq!(bytes, 2 * PAGE);
    }
    assert_eq!(mapping.committed_fractional_scaled_bytes, 0);
}

fn permissions_are_those_of_now() {
    let (region, object) = (region(1), vmo(1).into_executable().unwrap());
    region.place(0, &object, 1, RWX);
    for options in [NONE, R, RW, RX, RWX] {
        region.protect(options, region.base, PAGE).unwrap();
        assert_eq!(maps(&region)[1].mapping.mmu_flags, options.bits());
    }
}

fn only_pages_in_the_mapping_count() {
    let (region, object) = (region(4), numbered(8, 1));
    region.map(R | SPECIFIC, 0, &object, 6 * PAGE, 4 * PAGE).unwrap();
    assert_eq!(maps(&region)[1].mapping.committed_bytes, 2 * PAGE);
    region.place(2, &vmo(2), 2, R | OVERWRITE);
    let committed: Vec<_> =
        maps(&region)[1..].iter().map(|record| record.mapping.committed_bytes).collect();
    assert_eq!(committed, [2 * PAGE, 0]);
}

fn pieces_with_other_permissions_are_records_of_their_own() {
    let region = region(4);
    region.place(0, &vmo(4), 4, RW);
    region.protect(R, region.page(1), PAGE).unwrap();
    let flags: Vec<_> = maps(&region)[1..].iter().map(|record| record.mapping.mmu_flags).collect();
    assert_eq!(flags, [RW.bits(), R.bits(), RW.bits()]);
}

fn a_dead_region_is_bad_state() {
    let dead = dead_region(1);
    assert_eq!(dead.info_list::<InfoMaps>(Topic::VMAR_MAPS), Err(Status::BAD_STATE));
}

fn inspect_is_needed() {
    let bare = region(1).without(Rights::INSPECT);
    assert_eq!(bare.info_list::<InfoMaps>(Topic::VMAR_MAPS), Err(Status::ACCESS_DENIED));
    let bare = without(start().process(), Rights::INSPECT);
    for topic in [Topic::PROCESS_MAPS, Topic::PROCESS_MAPS_V1, Topic::PROCESS_MAPS_V2] {
        let status = zx::object_get_info(&bare, topic.0, 0, 0, 0, 0);
        assert_eq!(status, Status::ACCESS_DENIED);
    }
}

fn other_objects_are_of_the_wrong_type() {
    let status = zx::object_get_info(&vmo(1), Topic::VMAR_MAPS.0, 0, 0, 0, 0);
    assert_eq!(status, Status::WRONG_TYPE);
    let status = zx::object_get_info(root(), Topic::PROCESS_MAPS.0, 0, 0, 0, 0);
    assert_eq!(status, Status::WRONG_TYPE);
}

fn new() -> (Process, Vmar) {
    Process::create(start().job(), "mapped").unwrap()
}

fn a_process_begins_with_its_address_space() {
    let (process, vmar) = new();
    let inner = region_in(&vmar, CAN_ALL, 0, 4);
    inner.place(1, &vmo(1), 1, R);
    let all: Vec<InfoMaps> = process.info_list(Topic::PROCESS_MAPS).unwrap();
    assert_eq!(all.len(), 4);
    let types: Vec<_> = all.iter().map(|record| (record.depth, record.node_type)).collect();
    let expected = [(0, MAPS_ASPACE), (1, MAPS_VMAR), (2, MAPS_VMAR), (3, MAPS_MAPPING)];
    assert_eq!(types, expected);
    for record in &all[..2] {
        assert_eq!((record.base, record.size), (USER_BASE, USER_LEN));
    }
    assert_eq!(name_of(&all[1]), "root");
    assert_eq!(all[2].base, inner.base);
}

fn a_process_need_not_be_started() {
    let (process, _vmar) = new();
    let all: Vec<InfoMaps> = process.info_list(Topic::PROCESS_MAPS).unwrap();
    assert_eq!(all.len(), 2);
}

fn a_dead_process_is_bad_state() {
    let (process, _vmar) = new();
    process.kill().unwrap();
    process.join().unwrap();
    for topic in [Topic::PROCESS_MAPS, Topic::PROCESS_MAPS_V1, Topic::PROCESS_MAPS_V2] {
        let status = zx::object_get_info(&process, topic.0, 0, 0, 0, 0);
        assert_eq!(status, Status::BAD_STATE);
    }
}

fn a_process_whose_root_is_destroyed_has_an_empty_one() {
    let (process, vmar) = new();
    region_in(&vmar, CAN_ALL, 0, 4).place(1, &numbered(1, 1), 1, R);
    vmar.destroy().unwrap();
    let all: Vec<InfoMaps> = process.info_list(Topic::PROCESS_MAPS).unwrap();
    let seen: Vec<_> = all.iter().map(|record| (record.depth, record.node_type)).collect();
    assert_eq!(seen, [(0, MAPS_ASPACE), (1, MAPS_VMAR)]);
    assert_eq!((all[1].base, all[1].size), (USER_BASE, USER_LEN));
    assert_eq!(name_of(&all[1]), "root");
    assert_eq!(process.info::<InfoTaskStats>(Topic::TASK_STATS), Ok(InfoTaskStats::default()));
}

fn ones_own_process_can_be_asked_about() {
    let address = map(&numbered(2, 1), 2, R);
    let all: Vec<InfoMaps> = start().process().info_list(Topic::PROCESS_MAPS).unwrap();
    let record = all.iter().find(|record| record.base == address && record.size == 2 * PAGE);
    assert_eq!(record.unwrap().mapping.committed_bytes, 2 * PAGE);
}

/// Asks in an earlier layout and returns the words of the record of a mapping of two pages of three.
fn words_of_a_mapping(topic: Topic, bytes: usize) -> Vec<u64> {
    let (process, vmar) = new();
    let address = vmar.map(R, 0, &numbered(3, 1), PAGE, 2 * PAGE).unwrap();
    let mut words = [u64::MAX; 64];
    let (mut actual, mut avail) = (0_u64, 0_u64);
    let status = zx::object_get_info(&process, topic.0, &mut words, 512, &mut actual, &mut avail);
    assert_eq!((status, actual, avail), (Status::OK, 3, 3));
    let record = &words[2 * bytes / 8..3 * bytes / 8];
    assert_eq!(record[4], address);
    assert_eq!(words[3 * bytes / 8], u64::MAX, "what follows the last record");
    record.to_vec()
}

fn the_first_layout_has_96_bytes() {
    let words = words_of_a_mapping(Topic::PROCESS_MAPS_V1, 96);
    assert_eq!(words[5..7], [2 * PAGE, 2]);
    assert_eq!(words[10..], [PAGE, 2], "offset, committed pages");
}

fn the_second_layout_has_104_bytes() {
    let words = words_of_a_mapping(Topic::PROCESS_MAPS_V2, 104);
    assert_eq!(words[10..], [PAGE, 2, 2], "offset, committed and populated pages");
}

fn a_large_region_is_told_whole() {
    let (region, object) = (region(400), vmo(1));
    for page in (0..400).step_by(2) {
        region.place(page, &object, 1, R);
    }
    let all = maps(&region);
    assert_eq!(all.len(), 201);
    assert!(all[1..].iter().zip(0..).all(|(record, n)| record.base == region.page(2 * n)));
}

fn nesting_thousands_deep_is_told_whole() {
    let outer = region(1);
    let mut inner = outer.child(0, 1, CAN_ALL);
    for _ in 0..2999 {
        inner = inner.child(0, 1, CAN_ALL);
    }
    inner.place(0, &vmo(1), 1, RW);
    let all = maps(&outer);
    assert_eq!(all.len(), 3002);
    assert!(all.iter().zip(0..).all(|(record, depth)| record.depth == depth));
    assert_eq!(outer.op_range(abi::VmarOp::Zero, outer.base, PAGE), Ok(()));
}
