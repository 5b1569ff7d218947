//! Faults, which the simulated processor makes.

use abi::Status;
use vm::Access;

use crate::common::*;

#[test]
fn where_nothing_is_mapped_is_not_found() {
    let world = World::new();
    let area = world.area(4);
    let inner = area_at(&area, 2, 1).expect("free");
    let kernel = world.machine.kernel().clone();
    let beyond_root = world.root.base() + world.root.len();
    for address in [
        0,
        world.root.base() - 1,
        area.base(),
        inner.base(),
        beyond_root,
        1 << 47,
        vm::Aspace::root(&kernel).base(),
        u64::MAX,
    ] {
        for access in [Access::Read, Access::Write, Access::Execute] {
            world.refuses(Status::NOT_FOUND, || world.aspace.fault(address, access));
        }
        assert_eq!(world.load(address), Err(Status::NOT_FOUND));
    }
}

#[test]
fn an_access_that_the_mapping_does_not_allow_is_denied() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(4);
    for (at, options) in [(0, NO_ACCESS), (1, READ), (2, READ_WRITE), (3, READ_EXECUTE)] {
        let address = map_at(&area, at, (&vmo, 0), 1, options).expect("free");
        let expected = |needed| {
            if options.contains(needed) { Ok(()) } else { Err(Status::ACCESS_DENIED) }
        };
        assert_eq!(world.load(address).map(drop), expected(READ));
        assert_eq!(world.store(address, 1), expected(READ_WRITE));
        assert_eq!(world.execute(address).map(drop), expected(READ_EXECUTE));
    }
}

#[test]
fn past_the_end_of_the_object_is_out_of_range() {
    let world = World::new();
    let vmo = world.vmo(1);
    let address = world.root.map(&request(&vmo, 3)).expect("room").address;
    world.store(address + PAGE - 1, 1).expect("the last byte");
    for beyond in [PAGE, 2 * PAGE] {
        world.refuses(Status::OUT_OF_RANGE, || world.aspace.fault(address + beyond, Access::Write));
        assert_eq!(world.load(address + beyond), Err(Status::OUT_OF_RANGE));
    }
    assert_eq!(world.load(address + 3 * PAGE), Err(Status::NOT_FOUND));
}

#[test]
fn a_missing_permission_counts_before_the_end_of_the_object() {
    let world = World::new();
    let vmo = world.vmo(0);
    let area = world.area(1);
    let address = map_at(&area, 0, (&vmo, 0), 1, READ).expect("free");
    assert_eq!(world.store(address, 1), Err(Status::ACCESS_DENIED));
    assert_eq!(world.execute(address), Err(Status::ACCESS_DENIED));
    assert_eq!(world.load(address), Err(Status::OUT_OF_RANGE));
}

#[test]
fn no_frame_left_is_no_memory() {
    let world = World::new();
    let vmo = world.vmo(1);
    let address = world.root.map(&request(&vmo, 1)).expect("room").address;
    world.machine.fail_after(0);
    world.refuses(Status::NO_MEMORY, || world.aspace.fault(address, Access::Write));
    world.machine.fail_after(u64::MAX);
    world.store(address, 1).expect("there is memory again");
}
