//! What mapping does.

use abi::{Rights, Status, VmOptions, VmoOptions};
use vm::{Aspace, MapRequest, Vmar, Vmo};

use crate::common::*;

/// Fills each page of `vmo` with its number plus one.
pub(crate) fn number_pages(vmo: &Vmo) {
    for number in 0..vmo.size() / PAGE {
        vmo.write(number * PAGE, &[number as u8 + 1; PAGE as usize]).expect("inside");
    }
}

/// Loads a byte of each page of `pages` pages at `address`: 0 stands for a gap.
pub(crate) fn seen(world: &World, address: u64, pages: u64) -> Vec<u8> {
    (0..pages)
        .map(|at| match world.load(address + at * PAGE) {
            Ok(byte) => byte,
            Err(status) => {
                assert_eq!(status, Status::NOT_FOUND);
                0
            }
        })
        .collect()
}

#[test]
fn a_mapping_between_guards_is_reached_and_the_guards_are_not() {
    let world = World::new();
    let vmo = world.vmo(2);
    let area = world.area(4);
    let address = map_at(&area, 1, (&vmo, 0), 2, READ_WRITE).expect("free");
    assert_eq!(address, area.base() + PAGE);
    world.store(address, 1).expect("the first byte");
    world.store(address + 2 * PAGE - 1, 2).expect("the last byte");
    assert_eq!(world.store(address - 1, 3), Err(Status::NOT_FOUND));
    assert_eq!(world.store(address + 2 * PAGE, 3), Err(Status::NOT_FOUND));
}

#[test]
fn a_length_is_rounded_up_to_pages() {
    let world = World::new();
    let vmo = world.vmo(4);
    let mapped = world.root.map(&MapRequest { len: 4 * PAGE - 1, ..request(&vmo, 4) });
    let address = mapped.expect("room").address;
    world.store(address + 4 * PAGE - 1, 1).expect("the last byte");
}

#[test]
fn untouched_pages_read_as_zero_and_take_no_frame() {
    let world = World::new();
    let vmo = world.vmo(64);
    let address = world.root.map(&request(&vmo, 64)).expect("room").address;
    world.load(address).expect("readable");
    let before = world.free_frames();
    for at in 0..64 {
        assert_eq!(world.load(address + at * PAGE), Ok(0));
    }
    // A mapping can lie across two tables.
    assert!(before - world.free_frames() <= 3);
    assert_eq!(vmo.committed_frames(), 0);
}

#[test]
fn all_mappings_of_an_object_show_the_same_bytes() {
    let world = World::new();
    let vmo = world.vmo(2);
    let first = world.root.map(&request(&vmo, 2)).expect("room").address;
    let other = world.machine.aspace(2);
    let root = Aspace::root(&other);
    let second = root.map(&request(&vmo, 2)).expect("room").address;
    let machine = world.machine;
    // Both processors see the zero page before it is replaced.
    assert_eq!(load(machine, 1, &other, second), Ok(0));
    world.store(first, 5).expect("writable");
    assert_eq!(load(machine, 1, &other, second), Ok(5));
    machine.write(1, &other, second + PAGE, &[6]).expect("writable");
    assert_eq!(world.load(first + PAGE), Ok(6));
    vmo.write(0, &[7]).expect("inside");
    assert_eq!(world.load(first), Ok(7));
    assert_eq!(load(machine, 1, &other, second), Ok(7));
    check(machine, &other);
    machine.unload_all();
}

#[test]
fn the_zero_page_is_replaced_in_every_alias() {
    let world = World::new();
    let area = world.area(6);
    let machine = world.machine;
    let writes: [fn(&World, u64, &Vmo); 3] = [
        |world, address, _| world.store(address, 9).expect("writable"),
        |_, _, vmo| vmo.write(0, &[9]).expect("inside"),
        |world, address, vmo| {
            vmo.commit(0, PAGE).expect("memory");
            world.store(address, 9).expect("writable");
        },
    ];
    for write in writes {
        let vmo = world.vmo(1);
        for at in 0..6 {
            map_at(&area, at, (&vmo, 0), 1, READ_WRITE).expect("free");
        }
        for at in 0..6 {
            for cpu in 0..2 {
                assert_eq!(load(machine, cpu, &world.aspace, page(&area, at)), Ok(0));
            }
        }
        write(&world, page(&area, 3), &vmo);
        world.check();
        for at in 0..6 {
            for cpu in 0..2 {
                assert_eq!(load(machine, cpu, &world.aspace, page(&area, at)), Ok(9));
            }
        }
        unmap(&area, 0, 6).expect("inside");
    }
}

#[test]
fn a_mapping_keeps_its_object() {
    let world = World::new();
    let vmo = world.vmo(1);
    vmo.write(0, &[3]).expect("inside");
    let address = world.root.map(&request(&vmo, 1)).expect("room").address;
    drop(vmo);
    assert_eq!(world.load(address), Ok(3));
}

#[test]
fn rights_are_fixed_when_it_is_mapped() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(1);
    area.map(&MapRequest {
        options: READ,
        vmar_rights: ALL_RIGHTS - Rights::EXECUTE,
        vmo_rights: ALL_RIGHTS - Rights::WRITE,
        ..request(&vmo, 1)
    })
    .expect("room");
    world.refuses(Status::ACCESS_DENIED, || protect(&area, 0, 1, READ_WRITE));
    world.refuses(Status::ACCESS_DENIED, || protect(&area, 0, 1, READ_EXECUTE));
    protect(&area, 0, 1, NO_ACCESS).expect("less is always possible");
    protect(&area, 0, 1, READ).expect("the maximum");
}

#[test]
fn mapping_present_pages_saves_faults_and_commits_nothing() {
    let world = World::new();
    let vmo = world.vmo(8);
    vmo.write(PAGE, &[1; 2 * PAGE as usize]).expect("inside");
    vmo.write(6 * PAGE, &[2]).expect("inside");
    let address = world
        .root
        .map(&MapRequest {
            options: READ_WRITE | VmOptions::MAP_RANGE,
            vmo_offset: PAGE,
            ..request(&vmo, 9)
        })
        .expect("room")
        .address;
    assert_eq!(vmo.committed_frames(), 3);
    let faults = world.machine.faults();
    world.store(address, 3).expect("writable");
    assert_eq!(world.load(address + PAGE), Ok(1));
    assert_eq!(world.load(address + 5 * PAGE), Ok(2));
    assert_eq!(world.machine.faults(), faults);
    assert_eq!(world.load(address + 2 * PAGE), Ok(0));
    assert_eq!(world.machine.faults(), faults + 1);
    assert_eq!(vmo.committed_frames(), 3);
}

#[test]
fn mapping_present_pages_where_there_are_none_or_no_access_succeeds() {
    let world = World::new();
    let vmo = world.vmo(1);
    vmo.write(0, &[1]).expect("inside");
    for (options, vmo_offset) in [(READ, 1 << 40), (NO_ACCESS, 0)] {
        world
            .root
            .map(&MapRequest {
                options: options | VmOptions::MAP_RANGE,
                vmo_offset,
                ..request(&vmo, 4)
            })
            .expect("a hint cannot fail");
    }
}

#[test]
fn neighbours_with_frames_are_mapped_by_the_same_fault() {
    let world = World::new();
    let vmo = world.vmo(32);
    number_pages(&vmo);
    let options = ANYTHING | VmOptions::align(16);
    let area = world.root.allocate(ALL_RIGHTS, options, 0, 32 * PAGE);
    let area = area.expect("room");
    map_at(&area, 1, (&vmo, 1), 31, READ_WRITE).expect("free");
    let faults = world.machine.faults();
    assert_eq!(seen(&world, page(&area, 1), 31), (2..=32).collect::<Vec<_>>());
    assert_eq!(world.machine.faults(), faults + 2);
}

#[test]
fn a_page_without_a_neighbour_is_mapped_alone() {
    let world = World::new();
    let vmo = world.vmo(16);
    for page in [0, 2, 3, 8] {
        vmo.write(page * PAGE, &[page as u8 + 1]).expect("memory");
    }
    let options = ANYTHING | VmOptions::align(16);
    let area = world.root.allocate(ALL_RIGHTS, options, 0, 16 * PAGE).expect("room");
    map_at(&area, 0, (&vmo, 0), 16, READ_WRITE).expect("free");
    let is_mapped = |index| world.aspace.leaf_at(page(&area, index)).is_some();
    let mapped = || (0..16).filter(|index| is_mapped(*index)).collect::<Vec<_>>();
    assert_eq!(seen(&world, page(&area, 8), 1), [9]);
    assert_eq!(mapped(), [8]);
    assert_eq!(seen(&world, page(&area, 3), 1), [4]);
    assert_eq!(mapped(), [0, 2, 3, 8]);
}

#[test]
fn nothing_can_be_mapped_outside_the_root() {
    let world = World::new();
    let vmo = world.vmo(1);
    let base = world.root.base();
    let last = 0x7fff_ffff_e000;
    assert_eq!(base, 0x20_0000);
    let at = |address: u64| MapRequest {
        options: READ_WRITE | VmOptions::SPECIFIC,
        vmar_offset: address.wrapping_sub(base),
        ..request(&vmo, 1)
    };
    for address in [0, base - PAGE, last + PAGE, 1 << 47, u64::MAX - PAGE + 1] {
        world.refuses(Status::INVALID_ARGS, || world.root.map(&at(address)));
    }
    for address in [base, last] {
        assert_eq!(world.root.map(&at(address)).expect("free").address, address);
        world.store(address + PAGE - 1, 1).expect("writable");
    }
    assert_eq!(world.store(last + PAGE, 1), Err(Status::NOT_FOUND));
}

#[test]
fn an_object_of_half_the_address_space_is_sparse() {
    let world = World::new();
    let vmo = Vmo::create(world.memory(), 1 << 63, VmoOptions::empty()).expect("an object");
    let places = [0, PAGE, 1 << 32, (1 << 62) + PAGE, (1 << 63) - PAGE];
    for (place, byte) in places.into_iter().zip(1..) {
        let mapped = world.root.map(&MapRequest { vmo_offset: place, ..request(&vmo, 1) });
        let address = mapped.expect("room").address;
        assert_eq!(world.load(address), Ok(0));
        world.store(address, byte).expect("writable");
    }
    for (place, byte) in places.into_iter().zip(1..) {
        let mut read = [0];
        vmo.read(place, &mut read).expect("inside");
        assert_eq!(read, [byte]);
    }
    assert_eq!(vmo.committed_frames(), places.len() as u64);
}

#[test]
fn what_is_first_written_in_one_address_space_is_seen_at_the_same_address_of_another() {
    let world = World::new();
    let other = world.machine.aspace(2);
    let vmo = world.vmo(1);
    let options = READ_WRITE | VmOptions::SPECIFIC;
    let map = |root: &Vmar| {
        let mapped = root.map(&MapRequest { options, vmar_offset: PAGE, ..request(&vmo, 1) });
        mapped.expect("free").address
    };
    let address = map(&world.root);
    assert_eq!(map(&Aspace::root(&other)), address);
    // Both show that there is nothing yet.
    assert_eq!(world.load(address), Ok(0));
    assert_eq!(load(world.machine, 1, &other, address), Ok(0));
    world.store(address, 7).expect("writable");
    assert_eq!(load(world.machine, 1, &other, address), Ok(7));
    check(world.machine, &other);
    other.destroy();
}
