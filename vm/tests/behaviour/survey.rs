//! What a survey sees.

use abi::Status;
use vm::{RegionInfo, Survey, Vmar};

use crate::common::*;

/// Returns everything that a survey has left to see.
fn rest(survey: &mut Survey<'_>) -> Vec<RegionInfo> {
    let mut all = Vec::new();
    loop {
        let batch = survey.next_batch().expect("alive");
        if batch.is_empty() {
            return all;
        }
        all.extend(batch);
    }
}

/// Returns address and depth of everything in `vmar`.
fn places(vmar: &Vmar) -> Vec<(u64, usize)> {
    let all = rest(&mut vmar.survey());
    all.iter().map(|region| (region.base, region.depth)).collect()
}

#[test]
fn parents_come_first_and_siblings_in_order() {
    let world = World::new();
    let vmo = world.vmo(64);
    let area = world.area(64);
    let inner = area_at(&area, 4, 8).expect("free");
    let innermost = area_at(&inner, 0, 2).expect("free");
    map_at(&area, 0, (&vmo, 3), 2, READ).expect("free");
    map_at(&innermost, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    map_at(&area, 12, (&vmo, 0), 1, READ).expect("free");
    let at = |number| page(&area, number);
    let expected = [(0, 0), (0, 1), (4, 1), (4, 2), (4, 3), (12, 1)];
    assert_eq!(places(&area), expected.map(|(number, depth)| (at(number), depth)));
    let all = rest(&mut world.root.survey());
    assert!(all[0].is_root && !all[1].is_root);
    let first = all[2].mapping.as_ref().expect("a mapping");
    assert_eq!((first.perms, first.vmo_offset), (vm::Perms::READ, 3 * PAGE));
    assert!(vm::Ref::ptr_eq(&first.vmo, &vmo));
}

#[test]
fn many_regions_are_seen_once_each() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(500);
    let (count, rounds) = if cfg!(miri) { (20, 3) } else { (100, 20) };
    for at in 0..count {
        let inner = area_at(&area, 100 + at * 4, 3).expect("free");
        map_at(&inner, at % 3, (&vmo, 0), 1, READ).expect("free");
    }
    // With every number of regions before them, so that batches end at each kind of region.
    for before in 0..rounds {
        let mut seen = places(&area);
        assert_eq!(seen.len() as u64, 1 + 2 * count + before);
        assert!(seen.is_sorted());
        seen.dedup();
        assert_eq!(seen.len() as u64, 1 + 2 * count + before);
        map_at(&area, before * 2, (&vmo, 0), 1, READ).expect("free");
    }
}

#[test]
fn however_deep_regions_are_nested() {
    let world = World::new();
    let area = world.area(2);
    let mut inner = area.clone();
    for _ in 0..DEEP {
        inner = area_at(&inner, 0, 2).expect("free");
    }
    map_at(&inner, 1, (&world.vmo(1), 0), 1, READ).expect("free");
    let seen = places(&area);
    assert_eq!(seen.len(), DEEP + 2);
    assert_eq!(seen[DEEP], (area.base(), DEEP));
    assert_eq!(seen[DEEP + 1], (page(&area, 1), DEEP + 1));
    op_range(&area, 1, 1, abi::VmarOp::AlwaysNeed).expect("mapped");
    protect(&area, 1, 1, NO_ACCESS).expect("mapped");
}

#[test]
fn what_changes_between_two_batches_does_no_harm() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(100);
    for at in 0..50 {
        map_at(&area, at * 2, (&vmo, 0), 1, READ).expect("free");
    }
    let mut survey = area.survey();
    let first = survey.next_batch().expect("alive");
    let last = first.last().expect("many").base;
    let at = (last - area.base()) / PAGE;
    // The very region that was seen last goes, and one comes right after it.
    unmap(&area, 0, at + 1).expect("inside");
    map_at(&area, at + 1, (&vmo, 0), 1, READ).expect("free");
    let next = rest(&mut survey);
    assert_eq!(next[0].base, page(&area, at + 1));
    assert_eq!(next.len() as u64, 50 - at / 2);
    area.destroy().expect("alive");
    assert_eq!(survey.next_batch().err(), Some(Status::BAD_STATE));
}
