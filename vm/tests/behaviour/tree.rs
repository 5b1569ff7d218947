//! VMARs in VMARs.

use abi::{Rights, Status, VmOptions};
use vm::Vmar;

use crate::common::*;

/// Nests VMARs of `pages` pages, each as large as its parent; returns all, the outermost first.
fn nest(world: &World, pages: u64) -> Vec<Vmar> {
    let mut nested = vec![world.area(pages)];
    for _ in 1..DEEP {
        let inner = area_at(&nested[nested.len() - 1], 0, pages).expect("free");
        nested.push(inner);
    }
    nested
}

#[test]
fn thousands_of_nested_vmars_are_destroyed_without_a_deep_stack() {
    let world = World::new();
    let vmo = world.vmo(1);
    let nested = nest(&world, 1);
    let address = map_at(&nested[nested.len() - 1], 0, (&vmo, 0), 1, READ_WRITE).expect("free");
    world.store(address, 1).expect("writable");
    world.check();
    // Far too small for a frame for each level.
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(64 << 10)
            .spawn_scoped(scope, || nested[0].destroy().expect("alive"))
            .expect("a thread")
            .join()
            .expect("no overflow");
    });
    assert_eq!(world.load(address), Err(Status::NOT_FOUND));
    assert!(nested.iter().all(|vmar| !vmar.is_alive()));
    world.check();
}

#[test]
fn destroying_leaves_what_is_beside_it() {
    let world = World::new();
    let vmo = world.vmo(3);
    vmo.write(0, &[1; 3 * PAGE as usize]).expect("inside");
    let area = world.area(3);
    let parts: Vec<Vmar> = (0..3).map(|at| area_at(&area, at, 1).expect("free")).collect();
    for part in &parts {
        let address = map_at(part, 0, (&vmo, 0), 1, READ).expect("free");
        assert_eq!(world.load(address), Ok(1));
    }
    parts[1].destroy().expect("alive");
    assert_eq!(world.load(page(&area, 0)), Ok(1));
    assert_eq!(world.load(page(&area, 1)), Err(Status::NOT_FOUND));
    assert_eq!(world.load(page(&area, 2)), Ok(1));
    assert!(parts[0].is_alive() && parts[2].is_alive());
    area_at(&area, 1, 1).expect("free again");
}

#[test]
fn nothing_in_an_address_space_is_found_while_it_is_destroyed_in_steps() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(16);
    let inner = area_at(&area, 8, 8).expect("free");
    for at in 0..8 {
        let address = map_at(&inner, at, (&vmo, 0), 1, READ_WRITE).expect("free");
        world.store(address, 1).expect("writable");
    }
    let mut left = Vec::new();
    while world.aspace.destroy_some(3) {
        left.push(vmo.mapping_count());
        assert!([&world.root, &area, &inner].iter().all(|vmar| !vmar.is_alive()));
        assert_eq!(map_at(&area, 0, (&vmo, 0), 1, READ), Err(Status::BAD_STATE));
        assert_eq!(world.load(page(&inner, 0)), Err(Status::NOT_FOUND));
        world.check();
    }
    assert_eq!((left, vmo.mapping_count()), (vec![5, 2, 0], 0));
    assert!(!world.aspace.destroy_some(3));
}

#[test]
fn the_root_can_be_destroyed_and_then_is_bad_state() {
    let world = World::new();
    let vmo = world.vmo(1);
    let address = world.root.map(&request(&vmo, 1)).expect("room").address;
    world.store(address, 1).expect("writable");
    world.root.destroy().expect("alive");
    assert_eq!(world.load(address), Err(Status::NOT_FOUND));
    world.refuses(Status::BAD_STATE, || world.root.map(&request(&vmo, 1)));
    world.refuses(Status::BAD_STATE, || world.root.destroy());
    world.aspace.destroy();
    assert_eq!(vmo.mapping_count(), 0);
}

#[test]
fn permissions_only_shrink_down_the_tree_and_specific_does_not_inherit() {
    let world = World::new();
    let vmo = world.vmo(1);
    let flags = VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE;
    let outer = world.root.allocate(ALL_RIGHTS, flags, 0, 4 * PAGE).expect("room");
    world.refuses(Status::ACCESS_DENIED, || {
        outer.allocate(ALL_RIGHTS, VmOptions::CAN_MAP_EXECUTE, 0, PAGE)
    });
    world.refuses(Status::ACCESS_DENIED, || area_at(&outer, 0, 1));
    let flags = VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_SPECIFIC;
    let inner =
        outer.allocate(ALL_RIGHTS, flags, 0, 2 * PAGE).expect("CAN_MAP_SPECIFIC is no permission");
    assert_eq!(inner.flags(), flags);
    map_at(&inner, 1, (&vmo, 0), 1, READ).expect("free");
    world.refuses(Status::ACCESS_DENIED, || map_at(&inner, 0, (&vmo, 0), 1, READ_WRITE));
}

#[test]
fn a_vmar_without_permissions_reserves() {
    let world = World::new();
    let vmo = world.vmo(1);
    let reserved = world
        .root
        .allocate(Rights::empty(), VmOptions::empty(), 0, 4 * PAGE)
        .expect("nothing is asked for");
    world.refuses(Status::ACCESS_DENIED, || {
        reserved.map(&vm::MapRequest { options: READ, ..request(&vmo, 1) })
    });
    reserved
        .map(&vm::MapRequest { options: NO_ACCESS, ..request(&vmo, 1) })
        .expect("a mapping without access is legal");
}

#[test]
fn a_name_of_a_destroyed_vmar_never_names_another() {
    let world = World::new();
    let area = world.area(4);
    let first = area_at(&area, 0, 1).expect("free");
    first.destroy().expect("alive");
    let second = area_at(&area, 0, 1).expect("free");
    assert!(second.is_alive());
    assert!(!first.is_alive());
    world.refuses(Status::BAD_STATE, || first.destroy());
}

#[test]
fn a_dropped_name_frees_nothing() {
    let world = World::new();
    let area = world.area(2);
    drop(area_at(&area, 0, 2).expect("free"));
    world.refuses(Status::NO_MEMORY, || area_at(&area, 0, 1));
}

#[test]
fn a_child_may_cover_its_parent() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(2);
    area_at(&area, 0, 2).expect("free");
    world.refuses(Status::NO_MEMORY, || area.map(&request(&vmo, 1)));
    unmap(&area, 0, 2).expect("it is wholly inside");
    area.map(&request(&vmo, 1)).expect("room again");
}

#[test]
fn dumps_are_well_formed() {
    let world = World::new();
    let vmo = world.vmo(1);
    let mut name = [0; 32];
    name[..4].copy_from_slice(b"a\"b\\");
    vmo.set_name(name);
    let area = world.area(4);
    map_at(&area, 0, (&vmo, 0), 1, READ).expect("free");
    let lines: Vec<String> = dump(&world.aspace).lines().map(String::from).collect();
    assert_eq!(lines.len(), 3);
    let indents: Vec<_> = lines.iter().map(|line| line.find("0x")).collect();
    assert!(indents.is_sorted_by(|outer, inner| outer < inner));
    assert!(lines[0].ends_with("VMAR root"), "{lines:?}");
    assert!(lines[1].ends_with("VMAR useralloc"), "{lines:?}");
    assert!(lines[2].contains("mapping r--"), "{lines:?}");
    let (mut json, mut dot, mut explained) = (String::new(), String::new(), String::new());
    world.aspace.dump_json(&mut json).expect("a string");
    assert_eq!(json.matches("\"kind\":\"mapping\"").count(), 1);
    assert_eq!(json.matches('{').count(), json.matches('}').count());
    world.aspace.dump_dot(&mut dot).expect("a string");
    assert_eq!(dot.matches(" -> ").count(), 2);
    assert_eq!(dot.matches('"').count() - dot.matches("\\\"").count(), 6);
    let address = page(&area, 1);
    world.aspace.explain(address, &mut explained).expect("a string");
    assert!(explained.ends_with("gap at depth 2\n"), "{explained}");
}
