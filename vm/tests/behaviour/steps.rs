//! Long operations on objects and mappings, a part at a time.

use vm::{Access, MapRequest, Status, Vmo};

use crate::backing::backed;
use crate::common::{PAGE, READ_WRITE, World, request, unmap};
use abi::{VmOptions, VmoOptions};

const MAP_RANGE: VmOptions = READ_WRITE.union(VmOptions::MAP_RANGE);

/// Makes an object of `pages` pages, of which `present` have frames and begin with 1.
fn object(world: &World, pages: u64, present: &[u64]) -> vm::Ref<Vmo> {
    let vmo = Vmo::create(world.memory(), pages * PAGE, VmoOptions::empty()).expect("an object");
    for page in present {
        vmo.write(page * PAGE, &[1]).expect("inside");
    }
    vmo
}

#[test]
fn pages_without_frames_are_not_counted() {
    let world = World::new();
    let huge = 1 << 40;
    for step in [Vmo::decommit_some, Vmo::zero_some] {
        let vmo = object(&world, huge, &[9, 11, 500]);
        let bytes = huge * PAGE;
        let (mut offset, mut seen) = (0, vec![]);
        while offset < bytes {
            offset += step(&vmo, offset, bytes - offset, 2).expect("inside");
            seen.push((offset / PAGE, vmo.committed_frames()));
            world.check();
        }
        assert_eq!(seen, [(11, 2), (13, 1), (502, 0), (huge, 0)]);
    }
}

#[test]
fn a_part_that_is_zeroed_ends_between_pages() {
    let world = World::new();
    let vmo = object(&world, 4, &[]);
    vmo.write(0, &[1; 4 * PAGE as usize]).expect("inside");
    let (offset, len) = (PAGE - 2, 2 * PAGE + 4);
    let first = vmo.zero_some(offset, len, 1).expect("inside");
    assert_eq!(first, 2);
    let second = vmo.zero_some(offset + first, len - first, 1).expect("inside");
    assert_eq!((second, vmo.committed_frames()), (PAGE, 3));
    let (offset, len) = (offset + first + second, len - first - second);
    assert_eq!(vmo.zero_some(offset, len, 7), Ok(len));
    let mut bytes = [0; 4 * PAGE as usize];
    vmo.read(0, &mut bytes).expect("inside");
    let expected = |index| u8::from(!(PAGE as usize - 2..3 * PAGE as usize + 2).contains(&index));
    assert!(bytes.iter().enumerate().all(|(index, byte)| *byte == expected(index)));
    assert_eq!(vmo.zero_some(4 * PAGE, 0, 1), Ok(0));
}

#[test]
fn pages_are_supplied_and_agreed_to_a_part_at_a_time() {
    let world = World::new();
    let huge = 1 << 40;
    let (vmo, _) = backed(&world, huge, VmoOptions::TRAP_DIRTY);
    let aux = object(&world, huge, &[2, 3, 7]);
    let bytes = huge * PAGE;
    let (mut offset, mut seen) = (0, vec![]);
    while offset < bytes {
        let left = bytes - offset;
        offset += vmo.supply_some(offset, left, &aux, offset, 2).expect("inside");
        seen.push((offset / PAGE, vmo.committed_frames(), aux.committed_frames()));
        world.check();
    }
    assert_eq!(seen, [(7, 2, 1), (huge, 3, 0)]);
    world.refuses(Status::OUT_OF_RANGE, || vmo.agree_some(0, bytes + PAGE, 1).map(drop));
    let (mut offset, mut seen) = (0, vec![]);
    while offset < 5 * PAGE {
        offset += vmo.agree_some(offset, 5 * PAGE - offset, 2).expect("inside");
        let dirty = vmo.next_dirty(0, bytes).expect("agreed to");
        seen.push((offset / PAGE, vmo.committed_frames(), dirty.len / PAGE));
    }
    assert_eq!(seen, [(2, 5, 2), (4, 5, 4), (5, 6, 5)]);
}

#[test]
fn all_of_a_range_is_checked_before_a_part_of_it_changes() {
    let world = World::new();
    let vmo = object(&world, 4, &[0, 1, 2, 3]);
    let _pin = Vmo::pin(&vmo, Access::Write, 3 * PAGE, PAGE).expect("memory");
    world.refuses(Status::BAD_STATE, || vmo.decommit_some(0, 4 * PAGE, 1).map(drop));
    world.refuses(Status::OUT_OF_RANGE, || vmo.decommit_some(0, 5 * PAGE, 1).map(drop));
    world.refuses(Status::OUT_OF_RANGE, || vmo.zero_some(0, 5 * PAGE, 1).map(drop));
    assert_eq!(vmo.committed_frames(), 4);
    let (provided, _) = backed(&world, 4, VmoOptions::TRAP_DIRTY);
    let supply = |len| provided.supply_some(0, len, &world.vmo(5), 0, 1);
    world.refuses(Status::OUT_OF_RANGE, || supply(5 * PAGE).map(drop));
    supply(3 * PAGE).expect("inside");
    world.refuses(Status::NOT_FOUND, || provided.agree_some(0, 4 * PAGE, 1).map(drop));
}

#[test]
fn a_long_mapping_is_filled_in_steps() {
    let world = World::roomy();
    let pages = 2000;
    let vmo = object(&world, pages, &[]);
    vmo.commit(0, pages * PAGE).expect("memory");
    let options = MAP_RANGE;
    let mut mapped = world.root.map(&MapRequest { options, ..request(&vmo, pages) }).expect("room");
    let mut steps = 1;
    while world.root.show_more(&mut mapped).expect("memory") {
        steps += 1;
        world.check();
    }
    assert!((2..=5).contains(&steps), "{steps}");
    let faults = world.machine.faults();
    for page in [0, 511, 512, pages - 1] {
        world.store(mapped.address + page * PAGE, 1).expect("writable");
    }
    assert_eq!(world.machine.faults(), faults);
    assert_eq!(world.root.show_more(&mut mapped), Ok(false), "nothing more is left");
}

#[test]
fn what_is_taken_away_between_two_steps_is_left_out() {
    let world = World::roomy();
    let pages = 2000;
    let vmo = object(&world, pages, &[]);
    vmo.commit(0, pages * PAGE).expect("memory");
    let area = world.area(pages);
    let map =
        || area.map(&MapRequest { options: MAP_RANGE, ..request(&vmo, pages) }).expect("room");
    // All; what is next; what comes later; what was there first.
    for (at, count) in [(0, pages), (500, 700), (1500, 500), (0, 512)] {
        let mut mapped = map();
        unmap(&area, at, count).expect("mapped");
        while area.show_more(&mut mapped).expect("memory") {
            world.check();
        }
        world.check();
        area.keep(mapped);
        let seen = |page: u64| world.load(area.base() + page * PAGE);
        assert_eq!(seen(at), Err(Status::NOT_FOUND));
        assert_eq!(seen(at + count - 1), Err(Status::NOT_FOUND));
        unmap(&area, 0, pages).expect("aligned");
    }
}
