//! What unmapping, and overwriting, takes away.

use abi::{Status, VmOptions};

use crate::common::*;
use crate::mapping::{number_pages, seen};

#[test]
fn unmapping_the_middle_leaves_both_ends_with_their_own_pages() {
    let world = World::new();
    let vmo = world.vmo(8);
    number_pages(&vmo);
    let area = world.area(8);
    map_at(&area, 0, (&vmo, 0), 8, READ_WRITE).expect("free");
    assert_eq!(seen(&world, area.base(), 8), [1, 2, 3, 4, 5, 6, 7, 8]);
    unmap(&area, 3, 2).expect("inside");
    assert_eq!(seen(&world, area.base(), 8), [1, 2, 3, 0, 0, 6, 7, 8]);
    unmap(&area, 0, 1).expect("inside");
    unmap(&area, 7, 1).expect("inside");
    assert_eq!(seen(&world, area.base(), 8), [0, 2, 3, 0, 0, 6, 7, 0]);
    assert_eq!(vmo.mapping_count(), 2);
    unmap(&area, 0, 8).expect("inside");
    assert_eq!(vmo.mapping_count(), 0);
    assert_eq!(vmo.committed_frames(), 8);
}

#[test]
fn unmapping_spans_mappings_gaps_and_whole_vmars() {
    let world = World::new();
    let vmo = world.vmo(8);
    number_pages(&vmo);
    let area = world.area(8);
    map_at(&area, 0, (&vmo, 0), 2, READ).expect("free");
    let inner = area_at(&area, 3, 2).expect("free");
    map_at(&inner, 0, (&vmo, 3), 2, READ).expect("free");
    map_at(&area, 6, (&vmo, 6), 2, READ).expect("free");
    assert_eq!(seen(&world, area.base(), 8), [1, 2, 0, 4, 5, 0, 7, 8]);
    unmap(&area, 1, 6).expect("inside");
    assert_eq!(seen(&world, area.base(), 8), [1, 0, 0, 0, 0, 0, 0, 8]);
    assert!(!inner.is_alive());
    unmap(&area, 2, 2).expect("a gap can be unmapped");
}

#[test]
fn overwriting_replaces_what_is_there_and_keeps_the_rest() {
    let world = World::new();
    let (old, new) = (world.vmo(8), world.vmo(2));
    number_pages(&old);
    new.write(0, &[100; PAGE as usize * 2]).expect("inside");
    let area = world.area(8);
    map_at(&area, 0, (&old, 0), 8, READ).expect("free");
    seen(&world, area.base(), 8);
    let overwrite = READ | VmOptions::SPECIFIC_OVERWRITE;
    map_at(&area, 3, (&new, 0), 2, overwrite).expect("a mapping may be overwritten");
    assert_eq!(seen(&world, area.base(), 8), [1, 2, 3, 100, 100, 6, 7, 8]);
    // Across three mappings, and past the end of the last one.
    map_at(&area, 2, (&new, 0), 1, overwrite).expect("a mapping may be overwritten");
    map_at(&area, 4, (&new, 1), 2, overwrite).expect("a mapping may be overwritten");
    assert_eq!(world.load(page(&area, 5)), Err(Status::OUT_OF_RANGE));
    assert_eq!(seen(&world, page(&area, 6), 2), [7, 8]);
    world.refuses(Status::ACCESS_DENIED, || {
        protect(&area, 0, 8, READ)
            .and_then(|()| world.aspace.fault(page(&area, 0), vm::Access::Write))
    });
}

#[test]
fn overwriting_an_empty_place_is_mapping_it() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(2);
    let overwrite = READ | VmOptions::SPECIFIC_OVERWRITE | VmOptions::SPECIFIC;
    map_at(&area, 0, (&vmo, 0), 1, overwrite).expect("free");
    map_at(&area, 1, (&vmo, 0), 1, overwrite).expect("free");
    assert_eq!(vmo.mapping_count(), 2);
}

#[test]
fn overwriting_a_vmar_is_refused_however_little_of_it() {
    let world = World::new();
    let vmo = world.vmo(4);
    let area = world.area(4);
    area_at(&area, 3, 1).expect("free");
    map_at(&area, 0, (&vmo, 0), 3, READ).expect("free");
    let overwrite = READ | VmOptions::SPECIFIC_OVERWRITE;
    world.refuses(Status::INVALID_ARGS, || map_at(&area, 1, (&vmo, 0), 3, overwrite));
}

#[test]
fn unmapping_gives_page_tables_back() {
    let world = World::new();
    let vmo = world.vmo(1);
    vmo.write(0, &[1]).expect("inside");
    let before = world.free_frames();
    // In different tables of each level.
    let addresses: Vec<u64> = [0, 1, 9, 18, 27, 30, 34]
        .into_iter()
        .map(|log2: u32| {
            let at = if log2 == 0 { 0 } else { 1 << log2 };
            map_at(&world.root, at, (&vmo, 0), 1, READ).expect("free")
        })
        .collect();
    for address in &addresses {
        assert_eq!(world.load(*address), Ok(1));
    }
    assert!(world.free_frames() < before);
    for address in &addresses {
        world.root.unmap(ALL_RIGHTS, *address, PAGE).expect("inside");
        world.check();
    }
    assert_eq!(world.free_frames(), before);
}

#[test]
fn a_discarded_mapping_is_gone_and_discarding_it_again_does_nothing() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(1);
    let mapped = area.map(&request(&vmo, 1)).expect("room");
    world.store(mapped.address, 1).expect("writable");
    area.discard(mapped);
    assert_eq!(world.load(mapped.address), Err(Status::NOT_FOUND));
    map_at(&area, 0, (&vmo, 0), 1, READ).expect("free again");
    area.discard(mapped);
    assert_eq!(world.load(mapped.address), Ok(1));
}
