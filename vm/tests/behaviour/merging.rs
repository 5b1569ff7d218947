//! When neighbouring mappings are one.

use abi::VmOptions;
use vm::{MapRequest, Vmar};

use crate::common::*;

/// Returns how many mappings there are.
fn mappings(world: &World) -> usize {
    let regions = dump(&world.aspace);
    regions.lines().filter(|line| line.contains("mapping")).count()
}

#[test]
fn a_mapping_is_joined_with_both_neighbours() {
    let world = World::new();
    let vmo = world.vmo(6);
    let area = world.area(6);
    map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    map_at(&area, 4, (&vmo, 4), 2, READ_WRITE).expect("free");
    world.store(page(&area, 1), 1).expect("writable");
    world.store(page(&area, 4), 4).expect("writable");
    assert_eq!(mappings(&world), 2);
    map_at(&area, 2, (&vmo, 2), 2, READ_WRITE).expect("free");
    assert_eq!(mappings(&world), 1);
    assert_eq!(vmo.mapping_count(), 1);
    world.check();
    assert_eq!(world.load(page(&area, 1)), Ok(1));
    assert_eq!(world.load(page(&area, 4)), Ok(4));
    assert_eq!(world.load(page(&area, 3)), Ok(0));
}

#[test]
fn what_differs_is_not_joined() {
    let world = World::new();
    let (vmo, other) = (world.vmo(4), world.vmo(4));
    let reference = world.reference(&vmo);
    let fewer = ALL_RIGHTS - abi::Rights::EXECUTE;
    let stream = VmOptions::FAULT_BEYOND_STREAM_SIZE | VmOptions::ALLOW_FAULTS;
    let plain = request(&vmo, 2);
    let seconds = [
        // Another page, object, name of the object, permissions, most permissions, way to fault.
        MapRequest { vmo_offset: PAGE, ..plain },
        MapRequest { vmo: &other, vmo_offset: 2 * PAGE, ..plain },
        MapRequest { vmo: &reference, vmo_offset: 2 * PAGE, ..plain },
        MapRequest { vmo_offset: 2 * PAGE, options: READ, ..plain },
        MapRequest { vmo_offset: 2 * PAGE, vmo_rights: fewer, ..plain },
        MapRequest { vmo_offset: 2 * PAGE, options: READ_WRITE | stream, ..plain },
    ];
    for second in seconds {
        let area = world.area(8);
        let before = mappings(&world);
        map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
        keep(&area, 2, &second);
        assert_eq!(mappings(&world), before + 2, "{second:?}");
        world.check();
    }
    // The same, but for a page between them.
    let area = world.area(8);
    let before = mappings(&world);
    map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    map_at(&area, 3, (&vmo, 2), 2, READ_WRITE).expect("free");
    assert_eq!(mappings(&world), before + 2);
}

fn keep(area: &Vmar, at: u64, request: &MapRequest<'_>) {
    let mapped = area.map(&MapRequest {
        options: request.options | VmOptions::SPECIFIC,
        vmar_offset: at * PAGE,
        ..*request
    });
    area.keep(mapped.expect("free"));
}

#[test]
fn a_mapping_split_by_protecting_is_one_again_when_the_permissions_are() {
    let world = World::new();
    let vmo = world.vmo(8);
    let area = world.area(8);
    map_at(&area, 0, (&vmo, 0), 8, READ_WRITE).expect("free");
    for (at, pages, pieces) in [(2, 3, 3), (0, 3, 2), (5, 3, 2), (0, 8, 1)] {
        protect(&area, at, pages, READ).expect("mapped");
        assert_eq!(mappings(&world), pieces);
        protect(&area, at, pages, READ_WRITE).expect("mapped");
        assert_eq!(mappings(&world), 1);
        assert_eq!(vmo.mapping_count(), 1);
        world.check();
    }
}

#[test]
fn one_change_joins_many_pieces() {
    let world = World::new();
    let vmo = world.vmo(9);
    let area = world.area(9);
    map_at(&area, 0, (&vmo, 0), 9, READ_WRITE).expect("free");
    for at in [1, 3, 5, 7] {
        protect(&area, at, 1, READ).expect("mapped");
    }
    assert_eq!(mappings(&world), 9);
    protect(&area, 2, 4, READ).expect("mapped");
    assert_eq!(mappings(&world), 5);
    protect(&area, 0, 9, NO_ACCESS).expect("mapped");
    assert_eq!(mappings(&world), 1);
    world.check();
}

#[test]
fn a_hole_that_is_mapped_again_leaves_no_trace() {
    let world = World::new();
    let vmo = world.vmo(8);
    let area = world.area(8);
    map_at(&area, 0, (&vmo, 0), 8, READ_WRITE).expect("free");
    unmap(&area, 3, 2).expect("inside");
    assert_eq!(mappings(&world), 2);
    map_at(&area, 3, (&vmo, 3), 2, READ_WRITE).expect("free");
    assert_eq!(mappings(&world), 1);
    let overwrite = VmOptions::SPECIFIC_OVERWRITE;
    map_at(&area, 5, (&vmo, 5), 1, READ_WRITE | overwrite).expect("mapped");
    assert_eq!(mappings(&world), 1);
    world.check();
}

#[test]
fn a_mapping_that_is_not_kept_is_taken_away_alone() {
    let world = World::new();
    let vmo = world.vmo(4);
    let area = world.area(4);
    map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    let mapped = area.map(&MapRequest {
        options: READ_WRITE | VmOptions::SPECIFIC,
        vmar_offset: 2 * PAGE,
        vmo_offset: 2 * PAGE,
        ..request(&vmo, 2)
    });
    assert_eq!(mappings(&world), 2);
    area.discard(mapped.expect("free"));
    assert_eq!(mappings(&world), 1);
    assert_eq!(world.load(page(&area, 1)), Ok(0));
    assert!(world.load(page(&area, 2)).is_err());
}

#[test]
fn mappings_in_different_vmars_are_not_joined() {
    let world = World::new();
    let vmo = world.vmo(4);
    let area = world.area(4);
    let inner = area_at(&area, 2, 2).expect("free");
    map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    map_at(&inner, 0, (&vmo, 2), 2, READ_WRITE).expect("free");
    assert_eq!(mappings(&world), 2);
    protect(&area, 0, 4, READ).expect("mapped");
    assert_eq!(mappings(&world), 2);
    world.check();
}
