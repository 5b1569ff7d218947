//! What protecting does.

use abi::{Rights, Status};
use vm::{PageRange, Perms};

use crate::common::*;

#[test]
fn without_access_everything_is_denied_and_nothing_is_lost() {
    let world = World::new();
    let vmo = world.vmo(2);
    let area = world.area(2);
    let address = map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    world.store(address, 1).expect("writable");
    protect(&area, 0, 2, NO_ACCESS).expect("mapped");
    for at in [address, address + PAGE] {
        assert_eq!(world.load(at), Err(Status::ACCESS_DENIED));
        assert_eq!(world.store(at, 2), Err(Status::ACCESS_DENIED));
        assert_eq!(world.execute(at), Err(Status::ACCESS_DENIED));
    }
    protect(&area, 0, 2, READ).expect("mapped");
    assert_eq!(world.load(address), Ok(1));
    assert_eq!(world.store(address, 2), Err(Status::ACCESS_DENIED));
}

#[test]
fn a_permission_that_is_taken_away_is_gone_on_every_processor_at_once() {
    let world = World::new();
    let vmo = world.vmo(64);
    let area = world.area(64);
    map_at(&area, 0, (&vmo, 0), 64, READ_WRITE).expect("free");
    let machine = world.machine;
    for cpu in 0..2 {
        for at in 0..64 {
            let address = page(&area, at);
            machine.write(cpu, &world.aspace, address, &[1]).expect("writable");
        }
    }
    // So few that they are forgotten one by one, and so many that everything is.
    for pages in [1, 64] {
        protect(&area, 0, pages, READ).expect("mapped");
        world.check();
        for cpu in 0..2 {
            for at in 0..pages {
                let denied = machine.write(cpu, &world.aspace, page(&area, at), &[2]);
                assert_eq!(denied, Err(Status::ACCESS_DENIED));
            }
        }
    }
    protect(&area, 0, 64, READ_EXECUTE).expect("mapped");
    assert_eq!(world.execute(page(&area, 5)), Ok(1));
    protect(&area, 0, 64, READ).expect("mapped");
    assert_eq!(world.execute(page(&area, 5)), Err(Status::ACCESS_DENIED));
}

#[test]
fn a_zero_page_that_becomes_writable_is_not_written() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(2);
    let address = map_at(&area, 0, (&vmo, 0), 1, READ).expect("free");
    let other = map_at(&area, 1, (&world.vmo(1), 0), 1, READ).expect("free");
    assert_eq!((world.load(address), world.load(other)), (Ok(0), Ok(0)));
    protect(&area, 0, 1, READ_WRITE).expect("mapped");
    world.store(address, 1).expect("writable");
    assert_eq!((world.load(address), world.load(other)), (Ok(1), Ok(0)));
    assert_eq!(vmo.committed_frames(), 1);
}

#[test]
fn protecting_the_middle_changes_nothing_beside_it() {
    let world = World::new();
    let vmo = world.vmo(6);
    let area = world.area(6);
    map_at(&area, 0, (&vmo, 0), 6, READ_WRITE).expect("free");
    for at in 0..6 {
        world.store(page(&area, at), at as u8 + 1).expect("writable");
    }
    protect(&area, 2, 2, READ).expect("mapped");
    for at in 0..6 {
        let expected = if (2..4).contains(&at) { Err(Status::ACCESS_DENIED) } else { Ok(()) };
        assert_eq!(world.store(page(&area, at), at as u8 + 1), expected);
        assert_eq!(world.load(page(&area, at)), Ok(at as u8 + 1));
    }
    assert_eq!(vmo.mapping_count(), 3);
    protect(&area, 0, 6, READ_EXECUTE).expect("mapped");
    for at in 0..6 {
        assert_eq!(world.execute(page(&area, at)), Ok(at as u8 + 1));
    }
}

#[test]
fn protecting_with_what_is_allowed_already_cuts_nothing() {
    let world = World::new();
    let vmo = world.vmo(4);
    let area = world.area(4);
    map_at(&area, 0, (&vmo, 0), 4, READ_WRITE).expect("free");
    protect(&area, 1, 2, READ_WRITE).expect("mapped");
    assert_eq!(vmo.mapping_count(), 1);
}

#[test]
fn a_parent_can_take_permissions_from_nested_mappings_and_their_own_vmar_can_give_them_back() {
    let world = World::new();
    let vmo = world.vmo(6);
    let area = world.area(6);
    let inner = area_at(&area, 2, 2).expect("free");
    map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    map_at(&inner, 0, (&vmo, 2), 2, READ_WRITE).expect("free");
    map_at(&area, 4, (&vmo, 4), 2, READ_WRITE).expect("free");
    for at in 0..6 {
        world.store(page(&area, at), 1).expect("writable");
    }
    protect(&area, 1, 4, READ).expect("mapped without a gap");
    for at in 0..6 {
        let is_writable = !(1..5).contains(&at);
        assert_eq!(world.store(page(&area, at), 1).is_ok(), is_writable);
    }
    world.refuses(Status::ACCESS_DENIED, || protect(&area, 1, 4, READ_WRITE));
    protect(&inner, 0, 2, READ_WRITE).expect("the mapping's own VMAR");
    world.store(page(&inner, 0), 1).expect("writable again");
}

#[test]
fn without_op_children_a_range_beside_a_nested_mapping_can_be_protected() {
    let world = World::new();
    let vmo = world.vmo(4);
    let area = world.area(4);
    let inner = area_at(&area, 2, 2).expect("free");
    map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    map_at(&inner, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    area.protect(ALL_RIGHTS - Rights::OP_CHILDREN, READ, area.base(), 2 * PAGE)
        .expect("nothing nested in it");
}

#[test]
fn a_large_sparse_mapping_is_protected_without_a_frame() {
    let world = World::new();
    let pages = 1 << 18;
    let vmo = world.vmo(pages);
    let area = world.area(pages);
    map_at(&area, 0, (&vmo, 0), pages, READ_WRITE).expect("free");
    world.store(page(&area, pages - 1), 1).expect("writable");
    let before = world.free_frames();
    protect(&area, 0, pages, READ).expect("mapped");
    assert_eq!(world.free_frames(), before);
    assert_eq!(world.store(page(&area, pages - 1), 1), Err(Status::ACCESS_DENIED));
    assert_eq!(world.store(page(&area, 7), 1), Err(Status::ACCESS_DENIED));
}

#[test]
fn the_leaf_at_an_address_follows_the_permissions() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(2);
    let address = map_at(&area, 0, (&vmo, 0), 1, READ_EXECUTE).expect("free");
    let leaf = || world.aspace.leaf_at(address + PAGE - 1);
    assert_eq!(leaf(), None, "asking shows nothing");
    vmo.write(0, &[1]).expect("inside");
    world.load(address).expect("readable");
    let shown = leaf().expect("it was read");
    assert_eq!(shown.pages, PageRange::new(address / PAGE, 1));
    assert_eq!((shown.perms, shown.user), (Perms::READ | Perms::EXECUTE, true));
    // Present, for ring 3, not writable, executable.
    assert_eq!(shown.bits & (1 << 63 | 0b111), 0b101);
    assert_eq!(shown.bits & 0x000f_ffff_ffff_f000, shown.frame.address());
    protect(&area, 0, 1, READ).expect("mapped");
    assert_eq!(leaf().map(|leaf| leaf.bits), Some(shown.bits | 1 << 63));
    assert_eq!(world.aspace.leaf_at(address + PAGE), None);
    unmap(&area, 0, 1).expect("mapped");
    assert_eq!(leaf(), None);
}

#[test]
fn a_page_of_a_mapping_is_protected_however_many_are_beside_it() {
    let world = World::new();
    let vmo = world.vmo(5);
    // As many as fill leaves of siblings, and need more than one.
    for count in (1..40).step_by(if cfg!(miri) { 14 } else { 1 }) {
        let area = world.area(400);
        for number in 0..count {
            map_at(&area, number * 8, (&vmo, 0), 5, READ_WRITE).expect("free");
        }
        for number in 0..count {
            for (at, pieces) in [(2, 3), (0, 2), (4, 2)] {
                protect(&area, number * 8 + at, 1, READ).expect("mapped");
                world.check();
                assert_eq!(vmo.mapping_count() as u64, count - 1 + pieces);
                protect(&area, number * 8 + at, 1, READ_WRITE).expect("mapped");
                world.check();
                assert_eq!(vmo.mapping_count() as u64, count);
            }
        }
        area.destroy().expect("alive");
    }
}

#[test]
fn a_mapping_that_has_the_permissions_already_is_not_cut_for_them() {
    let world = World::new();
    let area = world.area(100);
    map_at(&area, 0, (&world.vmo(4), 0), 4, READ).expect("free");
    map_at(&area, 4, (&world.vmo(4), 0), 4, READ_WRITE).expect("free");
    // However full the storage of regions is.
    for number in 0..40 {
        area_at(&area, 20 + 2 * number, 1).expect("free");
        let (result, _) = heap::failing_after(0, || protect(&area, 2, 6, READ));
        assert_eq!(result, Ok(()), "beside {number}");
        world.check();
        protect(&area, 4, 4, READ_WRITE).expect("a whole mapping");
    }
}
