//! Objects whose pages somebody else provides.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use abi::{CachePolicy, Status, VmarOp, VmoChildOptions, VmoOptions};
use vm::{Access, Missing, Vmo};

use crate::backing::*;
use crate::common::*;

#[test]
fn an_access_to_a_missing_page_changes_nothing_and_names_it() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    let area = world.area(8);
    let base = map_at(&area, 2, (&vmo, 1), 3, READ_WRITE).expect("free");
    for access in [Access::Read, Access::Write] {
        world.refuses(Status::SHOULD_WAIT, || world.aspace.fault(base + PAGE + 5, access));
    }
    let missing = world.aspace.missing(base + PAGE + 5, Access::Read).expect("missing");
    assert_eq!(missing.offset(), 2 * PAGE);
    assert_eq!(missing.first_missing(), Some(2 * PAGE));
    supply(&world, &vmo, 2, 1, 7);
    assert_eq!(missing.first_missing(), None);
    assert!(world.aspace.missing(base + PAGE, Access::Read).is_none());
    assert_eq!(world.load(base + PAGE), Ok(7));
    assert!(world.aspace.missing(page(&area, 0), Access::Read).is_none());
}

#[test]
fn what_the_mapping_forbids_is_not_asked_for() {
    let world = World::new();
    let vmo = fixed(&world, 1);
    let area = world.area(2);
    let base = map_at(&area, 0, (&vmo, 0), 2, READ).expect("free");
    assert_eq!(world.store(base, 1), Err(Status::ACCESS_DENIED));
    assert_eq!(world.load(base + PAGE), Err(Status::OUT_OF_RANGE));
}

#[test]
fn calls_that_need_a_missing_page_say_so() {
    let world = World::new();
    let vmo = fixed(&world, 3);
    supply(&world, &vmo, 0, 1, 1);
    let mut bytes = [0; 2];
    let across = PAGE - 1;
    world.refuses(Status::SHOULD_WAIT, || vmo.read(across, &mut bytes));
    assert_eq!(vmo.write(across, &[9, 9]), Err(Status::SHOULD_WAIT));
    world.refuses(Status::SHOULD_WAIT, || vmo.commit(0, 3 * PAGE));
    world.refuses(Status::SHOULD_WAIT, || Vmo::pin(&vmo, Access::Write, PAGE, PAGE).map(drop));
    assert_eq!(vmo.missing(0, 3 * PAGE).expect("missing").offset(), PAGE);
    assert_eq!(vmo.missing(2 * PAGE + 1, 1).expect("missing").offset(), 2 * PAGE);
    assert!(vmo.missing(0, PAGE).is_none());
    assert!(vmo.missing(3 * PAGE, PAGE).is_none());
    assert!(vmo.missing(u64::MAX, 2).is_none());
}

#[test]
fn pages_that_are_missing_in_a_row_are_found_together() {
    let world = World::new();
    let vmo = fixed(&world, 2000);
    supply(&world, &vmo, 3, 2, 1);
    let slice = world.slice(&vmo, 1, 100);
    let area = world.area(8);
    let base = map_at(&area, 1, (&slice, 0), 7, READ).expect("free");
    let found = |missing: Option<Missing>| {
        missing.map(|found| (found.offset() / PAGE, found.bytes() / PAGE, found.at()))
    };
    assert_eq!(found(vmo.missing(PAGE, 1)), Some((1, 1, PAGE)));
    assert_eq!(found(vmo.missing(PAGE + 5, 8 * PAGE)), Some((1, 2, PAGE)));
    assert_eq!(found(vmo.missing(3 * PAGE, 8 * PAGE)), Some((5, 6, 5 * PAGE)));
    assert_eq!(found(vmo.missing(5 * PAGE, 1900 * PAGE)), Some((5, 512, 5 * PAGE)));
    assert_eq!(found(vmo.missing(1990 * PAGE, 100 * PAGE)), Some((1990, 10, 1990 * PAGE)));
    assert_eq!(found(slice.missing(2 * PAGE, 1000 * PAGE)), Some((5, 96, 4 * PAGE)));
    assert_eq!(found(area.missing(base, 7 * PAGE)), Some((1, 2, base)));
    assert_eq!(found(area.missing(base + 2 * PAGE, 5 * PAGE)), Some((5, 3, base + 4 * PAGE)));
    assert_eq!(
        found(world.aspace.missing(base + PAGE + 7, Access::Read)),
        Some((2, 1, base + PAGE))
    );
}

#[test]
fn a_range_is_operated_on_once_its_pages_are_there() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    supply(&world, &vmo, 0, 1, 1);
    let area = world.area(4);
    map_at(&area, 0, (&vmo, 0), 4, READ_WRITE).expect("free");
    for op in [VmarOp::Commit, VmarOp::Prefetch] {
        world.refuses(Status::SHOULD_WAIT, || op_range(&area, 1, 3, op));
    }
    for op in [VmarOp::AlwaysNeed, VmarOp::DontNeed, VmarOp::MapRange] {
        op_range(&area, 0, 4, op).expect("a hint");
    }
    assert_eq!(vmo.committed_frames(), 1);
    supply(&world, &vmo, 1, 3, 2);
    for op in [VmarOp::Commit, VmarOp::Prefetch] {
        op_range(&area, 0, 4, op).expect("nothing is missing");
    }
}

#[test]
fn waiting_is_the_sources_business() {
    let world = World::new();
    let (vmo, told) = backed(&world, 3, VmoOptions::empty());
    let missing = vmo.missing(PAGE, 1).expect("missing");
    assert_eq!(missing.provide(), Err(Status::IO));
    assert_eq!(told.load(Ordering::Relaxed), PAGE);
    drop(missing);
    drop(vmo);
    assert_eq!(told.load(Ordering::Relaxed), u64::MAX, "the source is gone");
}

#[test]
fn supplying_moves_pages_and_empties_what_they_came_from() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    let aux = filled(&world, 4, 10);
    let free = world.free_frames();
    vmo.supply(PAGE, 2 * PAGE, &aux, 2 * PAGE).expect("room");
    assert_eq!(world.free_frames(), free, "frames were moved, not copied");
    assert_eq!(byte_of(&vmo, 1), Ok(12));
    assert_eq!(byte_of(&vmo, 2), Ok(13));
    assert_eq!(byte_of(&vmo, 0), Err(Status::SHOULD_WAIT));
    assert_eq!(byte_of(&vmo, 3), Err(Status::SHOULD_WAIT));
    assert_eq!((0..4).map(|page| byte_of(&aux, page).unwrap()).collect::<Vec<_>>(), [10, 11, 0, 0]);
    assert_eq!((vmo.committed_frames(), aux.committed_frames()), (2, 2));
}

#[test]
fn pages_that_are_there_stay() {
    let world = World::new();
    let vmo = fixed(&world, 3);
    supply(&world, &vmo, 1, 1, 5);
    vmo.write(PAGE + 1, &[6]).expect("present");
    let aux = filled(&world, 3, 20);
    let free = world.free_frames();
    vmo.supply(0, 3 * PAGE, &aux, 0).expect("room");
    assert_eq!([0, 1, 2].map(|page| byte_of(&vmo, page)), [Ok(20), Ok(5), Ok(22)]);
    assert_eq!(world.free_frames(), free + 1, "the page that was not needed is free");
    assert_eq!(aux.committed_frames(), 0);
}

#[test]
fn pages_without_frames_supply_zeros() {
    let world = World::new();
    let vmo = fixed(&world, 2);
    let aux = world.vmo(2);
    vmo.supply(0, 2 * PAGE, &aux, 0).expect("room");
    assert_eq!([0, 1].map(|page| byte_of(&vmo, page)), [Ok(0), Ok(0)]);
    assert_eq!(vmo.committed_frames(), 0);
    vmo.write(PAGE, &[3]).expect("memory");
    vmo.supply(0, 2 * PAGE, &filled(&world, 2, 7), 0).expect("room");
    assert_eq!([0, 1].map(|page| byte_of(&vmo, page)), [Ok(0), Ok(3)]);
}

#[test]
fn supply_checks_what_it_is_given() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    let aux = filled(&world, 4, 1);
    for (offset, len, from) in [(1, PAGE, 0), (0, PAGE + 1, 0), (0, PAGE, 2)] {
        world.refuses(Status::INVALID_ARGS, || vmo.supply(offset, len, &aux, from));
    }
    world.refuses(Status::INVALID_ARGS, || aux.supply(0, PAGE, &world.vmo(1), 0));
    for (offset, len, from) in
        [(4 * PAGE, PAGE, 0), (0, PAGE, 4 * PAGE), (0, 5 * PAGE, 0), (u64::MAX - PAGE + 1, PAGE, 0)]
    {
        world.refuses(Status::OUT_OF_RANGE, || vmo.supply(offset, len, &aux, from));
    }
    let physical = Vmo::physical(world.memory(), 0, PAGE, CachePolicy::Cached).expect("a window");
    world.refuses(Status::NOT_SUPPORTED, || vmo.supply(0, PAGE, &physical, 0));
    vmo.supply(0, 0, &aux, 0).expect("nothing to do");
    assert_eq!(aux.committed_frames(), 4);
}

#[test]
fn only_plain_objects_supply() {
    let world = World::new();
    let vmo = fixed(&world, 1);
    let refuses = |aux: &Vmo| {
        world.refuses(Status::BAD_STATE, || vmo.supply(0, PAGE, aux, 0));
    };
    refuses(&vmo);
    refuses(&fixed(&world, 1));
    refuses(&Vmo::contiguous(world.memory(), PAGE, 0).expect("frames"));
    refuses(&Vmo::create(world.memory(), PAGE, VmoOptions::DISCARDABLE).expect("an object"));
    let aux = filled(&world, 1, 1);
    let child = world.slice(&aux, 0, 1);
    refuses(&aux);
    refuses(&child);
    drop(child);
    let child = world.reference(&aux);
    refuses(&aux);
    drop(child);
    let child = world.snapshot(&aux);
    refuses(&aux);
    refuses(&child);
    drop(child);
    let pin = Vmo::pin(&aux, Access::Write, 0, PAGE).expect("a frame");
    refuses(&aux);
    drop(pin);
    let area = world.area(1);
    map_at(&area, 0, (&aux, 0), 1, READ).expect("free");
    refuses(&aux);
    unmap(&area, 0, 1).expect("mapped");
    vmo.supply(0, PAGE, &aux, 0).expect("plain again");
}

#[test]
fn a_source_knows_nothing_of_what_an_object_grew_by() {
    let world = World::new();
    let (vmo, told) = backed(&world, 2, VmoOptions::RESIZABLE);
    vmo.set_size(4 * PAGE).expect("resizable");
    assert_eq!([2, 3].map(|page| byte_of(&vmo, page)), [Ok(0), Ok(0)]);
    assert_eq!(byte_of(&vmo, 1), Err(Status::SHOULD_WAIT));
    vmo.set_size(PAGE).expect("resizable");
    assert_eq!(told.load(Ordering::Relaxed), PAGE, "what was cut off");
    vmo.set_size(2 * PAGE).expect("resizable");
    assert_eq!(byte_of(&vmo, 1), Ok(0));
    assert_eq!(byte_of(&vmo, 0), Err(Status::SHOULD_WAIT));
}

#[test]
fn what_a_source_has_provided_cannot_be_decommitted() {
    let world = World::new();
    let vmo = fixed(&world, 2);
    supply(&world, &vmo, 0, 2, 1);
    let area = world.area(2);
    map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    world.refuses(Status::NOT_SUPPORTED, || op_range(&area, 0, 1, VmarOp::Decommit));
    for part in [&vmo, &world.slice(&vmo, 0, 2), &world.reference(&vmo)] {
        world.refuses(Status::OUT_OF_RANGE, || part.decommit(0, 3 * PAGE));
        part.decommit(1, 0).expect("nothing to do");
        for offset in [0, 1] {
            world.refuses(Status::NOT_SUPPORTED, || part.decommit(offset, PAGE));
        }
    }
    assert_eq!([0, 1].map(|page| byte_of(&vmo, page)), [Ok(1), Ok(2)]);
}

#[test]
fn what_a_source_provides_is_cached() {
    let world = World::new();
    let vmo = fixed(&world, 1);
    world.refuses(Status::BAD_STATE, || vmo.set_cache_policy(CachePolicy::Uncached));
    vmo.set_cache_policy(CachePolicy::Cached).expect("as it is");
}

#[test]
fn zeroing_needs_only_pages_of_which_something_stays() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    vmo.zero(PAGE, 2 * PAGE).expect("room");
    assert_eq!([1, 2].map(|page| byte_of(&vmo, page)), [Ok(0), Ok(0)]);
    for (offset, len) in [(0, 1), (1, PAGE - 1), (3 * PAGE, 5), (5, 2 * PAGE)] {
        world.refuses(Status::SHOULD_WAIT, || vmo.zero(offset, len));
    }
    supply(&world, &vmo, 0, 4, 1);
    assert_eq!(byte_of(&vmo, 1), Ok(0), "zeros are content");
    vmo.zero(5, 4 * PAGE - 10).expect("present");
    let mut end = [1; 6];
    vmo.read(4 * PAGE - 6, &mut end).expect("present");
    assert_eq!(end, [0, 4, 4, 4, 4, 4]);
    assert_eq!(byte_of(&vmo, 0), Ok(1));
}

#[test]
fn slices_and_references_miss_the_same_pages() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    let (slice, reference) = (world.slice(&vmo, 2, 2), world.reference(&vmo));
    assert_eq!(byte_of(&slice, 1), Err(Status::SHOULD_WAIT));
    assert_eq!(slice.missing(PAGE, 1).expect("missing").offset(), 3 * PAGE);
    assert_eq!(byte_of(&reference, 3), Err(Status::SHOULD_WAIT));
    supply(&world, &vmo, 3, 1, 9);
    assert_eq!((byte_of(&slice, 1), byte_of(&reference, 3)), (Ok(9), Ok(9)));
}

#[test]
fn there_are_no_full_snapshots_and_no_transfers() {
    let world = World::new();
    let vmo = fixed(&world, 1);
    world.refuses(Status::NOT_SUPPORTED, || child(&vmo, VmoChildOptions::SNAPSHOT, 0, 1));
    let plain = world.vmo(1);
    world.refuses(Status::NOT_SUPPORTED, || vmo.transfer_data(0, PAGE, &plain, 0));
    world.refuses(Status::NOT_SUPPORTED, || plain.transfer_data(0, PAGE, &vmo, 0));
}

#[test]
fn options_are_checked() {
    let world = World::new();
    for (options, status) in [
        (VmoOptions::TRAP_DIRTY | VmoOptions::DISCARDABLE, Status::INVALID_ARGS),
        (VmoOptions::DISCARDABLE, Status::INVALID_ARGS),
        (VmoOptions::from_bits_retain(1), Status::INVALID_ARGS),
    ] {
        let told = Arc::new(AtomicU64::new(0));
        let source = Box::new(Remembers(told.clone()));
        let made = Vmo::with_source(world.memory(), PAGE, options, source);
        assert_eq!(made.err(), Some(status));
        assert_eq!(told.load(Ordering::Relaxed), u64::MAX, "the source is gone");
    }
}
