//! What operations on ranges do.

use abi::{CachePolicy, Status, VmarOp, VmoOptions};
use vm::{Missing, PageSource, Ref, Vmo};

use crate::common::*;

/// Calls `touch` and returns how many faults it took.
fn faults(world: &World, touch: impl FnOnce()) -> u64 {
    let before = world.machine.faults();
    touch();
    world.machine.faults() - before
}

#[test]
fn committing_gives_frames_and_entries() {
    let world = World::new();
    let vmo = world.vmo(40);
    let area = world.area(40);
    map_at(&area, 0, (&vmo, 0), 40, READ_WRITE).expect("free");
    op_range(&area, 2, 33, VmarOp::Commit).expect("mapped");
    assert_eq!(vmo.committed_frames(), 33);
    let count = faults(&world, || {
        for at in 2..35 {
            world.store(page(&area, at), 1).expect("writable");
        }
    });
    assert_eq!(count, 0);
    world.check();
}

#[test]
fn committing_through_a_mapping_that_is_read_only_now_leaves_it_read_only() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(1);
    let address = map_at(&area, 0, (&vmo, 0), 1, READ).expect("free");
    op_range(&area, 0, 1, VmarOp::Commit).expect("can be writable");
    assert_eq!(vmo.committed_frames(), 1);
    assert_eq!(faults(&world, || assert_eq!(world.load(address), Ok(0))), 0);
    assert_eq!(world.store(address, 1), Err(Status::ACCESS_DENIED));
    protect(&area, 0, 1, NO_ACCESS).expect("mapped");
    op_range(&area, 0, 1, VmarOp::Prefetch).expect("can be readable");
    assert_eq!(world.load(address), Err(Status::ACCESS_DENIED));
}

#[test]
fn committing_replaces_the_zero_page_in_other_mappings() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(2);
    let one = map_at(&area, 0, (&vmo, 0), 1, READ_WRITE).expect("free");
    let other = map_at(&area, 1, (&vmo, 0), 1, READ).expect("free");
    assert_eq!(world.load(other), Ok(0));
    op_range(&area, 0, 1, VmarOp::Commit).expect("mapped");
    world.check();
    world.store(one, 7).expect("writable");
    assert_eq!(world.load(other), Ok(7));
}

#[test]
fn committing_a_large_page_replaces_the_zero_page_in_other_mappings() {
    let world = World::roomy();
    let vmo = world.vmo(512);
    let area = world.area(3 * 512);
    let aligned = (area.base() / PAGE).next_multiple_of(512) - area.base() / PAGE;
    let one = map_at(&area, aligned, (&vmo, 0), 512, READ_WRITE).expect("free");
    let other = map_at(&area, aligned + 512, (&vmo, 3), 8, READ).expect("free");
    assert_eq!(world.load(other), Ok(0));
    op_range(&area, aligned, 512, VmarOp::Commit).expect("mapped");
    world.check();
    assert_eq!(faults(&world, || world.store(one + 3 * PAGE, 7).expect("writable")), 0);
    assert_eq!(world.load(other), Ok(7));
}

#[test]
fn a_large_page_is_not_shown_where_a_snapshot_shares_frames_of_it() {
    let world = World::roomy();
    let vmo = world.vmo(512);
    vmo.commit(0, 512 * PAGE).expect("memory");
    let child = world.snapshot(&vmo);
    // After that no node of the trees is shared any more, but most frames are.
    (0..512).step_by(16).for_each(|page| child.write(page * PAGE, &[9]).expect("memory"));
    let address = map_aligned(&world, &vmo);
    world.store(address + PAGE, 7).expect("writable");
    let mut byte = [1];
    child.read(PAGE, &mut byte).expect("inside");
    assert_eq!(byte, [0]);
}

/// Maps 512 pages of `vmo` where one large page could show them.
fn map_aligned(world: &World, vmo: &Ref<Vmo>) -> u64 {
    let area = world.area(2 * 512);
    let aligned = (area.base() / PAGE).next_multiple_of(512) - area.base() / PAGE;
    let address = map_at(&area, aligned, (vmo, 0), 512, READ_WRITE).expect("free");
    op_range(&area, aligned, 512, VmarOp::MapRange).expect("mapped");
    world.check();
    address
}

#[test]
fn a_large_page_is_not_shown_where_frames_are_not_in_a_row() {
    let world = World::roomy();
    let (vmo, other) = (world.vmo(512), world.vmo(1));
    vmo.commit(0, 512 * PAGE).expect("memory");
    // The frame that the last page had is another's when it gets one again.
    vmo.decommit(511 * PAGE, PAGE).expect("committed");
    other.commit(0, PAGE).expect("memory");
    vmo.write(511 * PAGE, &[7]).expect("memory");
    let address = map_aligned(&world, &vmo);
    assert_eq!(world.load(address + 511 * PAGE), Ok(7));
}

#[test]
fn a_large_page_is_not_shown_of_what_is_not_cached() {
    let world = World::roomy();
    for (policy, pages) in [(CachePolicy::Cached, 512), (CachePolicy::Uncached, 1)] {
        let vmo = Vmo::contiguous(world.memory(), 512 * PAGE, 21).expect("memory");
        vmo.set_cache_policy(policy).expect("not mapped");
        let address = map_aligned(&world, &vmo);
        let leaf = world.aspace.leaf_at(address).expect("shown");
        assert_eq!(leaf.pages.count(), pages, "{policy:?}");
    }
}

#[test]
fn decommitting_and_zeroing_take_frames_back() {
    for op in [VmarOp::Decommit, VmarOp::Zero] {
        let world = World::new();
        let vmo = world.vmo(4);
        let area = world.area(4);
        map_at(&area, 0, (&vmo, 0), 4, READ_WRITE).expect("free");
        for at in 0..4 {
            world.store(page(&area, at), 9).expect("writable");
        }
        op_range(&area, 1, 2, op).expect("mapped");
        assert_eq!(vmo.committed_frames(), 2);
        world.check();
        let bytes: Vec<_> = (0..4).map(|at| world.load(page(&area, at))).collect();
        assert_eq!(bytes, [Ok(9), Ok(0), Ok(0), Ok(9)]);
    }
}

#[test]
fn mapping_a_range_makes_what_has_frames_usable_and_gives_none() {
    for op in [VmarOp::MapRange, VmarOp::AlwaysNeed, VmarOp::Prefetch] {
        let world = World::new();
        let vmo = world.vmo(64);
        vmo.commit(3 * PAGE, 2 * PAGE).expect("memory");
        vmo.commit(50 * PAGE, PAGE).expect("memory");
        let area = world.area(64);
        map_at(&area, 0, (&vmo, 0), 64, READ_WRITE).expect("free");
        op_range(&area, 0, 64, op).expect("mapped");
        assert_eq!(vmo.committed_frames(), 3);
        let count = faults(&world, || {
            for at in [3, 4, 50] {
                world.store(page(&area, at), 1).expect("writable");
            }
        });
        assert_eq!(count, 0, "{op:?}");
        assert_eq!(faults(&world, || assert!(world.load(page(&area, 5)).is_ok())), 1);
    }
}

#[test]
fn a_page_that_is_shared_with_a_snapshot_is_mapped_read_only() {
    let world = World::new();
    let vmo = world.vmo(1);
    vmo.write(0, &[5]).expect("memory");
    let child = world.snapshot(&vmo);
    let area = world.area(1);
    let address = map_at(&area, 0, (&child, 0), 1, READ_WRITE).expect("free");
    op_range(&area, 0, 1, VmarOp::MapRange).expect("mapped");
    world.check();
    world.store(address, 6).expect("writable");
    let mut byte = [0];
    vmo.read(0, &mut byte).expect("inside");
    assert_eq!((world.load(address), byte), (Ok(6), [5]));
}

#[test]
fn operations_need_not_be_wanted_by_one_mapping() {
    let world = World::new();
    let (one, other) = (world.vmo(3), world.vmo(3));
    let area = world.area(6);
    map_at(&area, 0, (&one, 0), 3, READ_WRITE).expect("free");
    map_at(&area, 3, (&other, 0), 3, READ).expect("free");
    op_range(&area, 1, 4, VmarOp::Commit).expect("mapped");
    assert_eq!((one.committed_frames(), other.committed_frames()), (2, 2));
}

#[test]
fn what_was_done_before_a_gap_stays_done() {
    let world = World::new();
    let vmo = world.vmo(2);
    let area = world.area(4);
    map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    assert_eq!(op_range(&area, 0, 3, VmarOp::Commit), Err(Status::BAD_STATE));
    assert_eq!(vmo.committed_frames(), 2);
}

#[test]
fn a_slice_is_operated_on_where_it_is() {
    let world = World::new();
    let vmo = world.vmo(8);
    let slice = world.slice(&vmo, 2, 4);
    let area = world.area(3);
    map_at(&area, 0, (&slice, 1), 3, READ_WRITE).expect("free");
    op_range(&area, 1, 1, VmarOp::Commit).expect("mapped");
    assert_eq!((vmo.committed_frames(), slice.committed_frames()), (1, 1));
    world.store(page(&area, 1), 3).expect("writable");
    let mut byte = [0];
    vmo.read(4 * PAGE, &mut byte).expect("inside");
    assert_eq!(byte, [3]);
}

/// A source that leaves it to the test.
struct Absent;

impl PageSource for Absent {
    fn provide(&self, _: &Missing) -> vm::Result<()> {
        Err(Status::IO)
    }

    fn zeroed(&self, _: std::ops::Range<u64>) {}

    fn cut(&self, _: u64) {}
}

#[test]
fn what_needs_missing_pages_names_the_first_and_can_be_repeated() {
    let world = World::new();
    for op in VmarOp::ALL {
        let options = VmoOptions::empty();
        let backed = Vmo::with_source(world.memory(), 4 * PAGE, options, Box::new(Absent));
        let backed = backed.expect("an object");
        let (plain, aux) = (world.vmo(1), world.vmo(4));
        let area = world.area(8);
        map_at(&area, 0, (&plain, 0), 1, READ_WRITE).expect("free");
        map_at(&area, 1, (&backed, 1), 3, READ_WRITE).expect("free");
        let (address, len) = (area.base(), 4 * PAGE);
        let waits = [VmarOp::Commit, VmarOp::Prefetch].contains(op);
        for given in 1..4 {
            let mut operation = area.begin_op_range(ALL_RIGHTS, *op, address, len).expect("inside");
            // Zeroing whole pages needs none of them.
            let expected = (*op != VmarOp::Zero).then_some(given * PAGE);
            assert_eq!(operation.missing().map(|found| found.offset()), expected, "{op:?}");
            if waits {
                assert_eq!(operation.step(), Ok(true), "the first mapping");
                assert_eq!(operation.missing().expect("missing").offset(), given * PAGE);
                let twice = [operation.step(), operation.step()];
                assert_eq!(twice, [Err(Status::SHOULD_WAIT); 2], "{op:?}");
                let refused = op_range(&area, 0, 4, *op);
                assert_eq!(refused, Err(Status::SHOULD_WAIT), "{op:?}");
            }
            let (offset, aux) = (given * PAGE, &aux);
            backed.supply(offset, PAGE, aux, offset).expect("memory");
        }
        assert!(area.missing(address, len).is_none());
        let expected = match op {
            VmarOp::Decommit => Err(Status::NOT_SUPPORTED),
            _ => Ok(()),
        };
        assert_eq!(op_range(&area, 0, 4, *op), expected, "{op:?}");
    }
}

#[test]
fn long_operations_are_done_in_steps() {
    let world = World::roomy();
    let pages = 1200;
    let vmo = world.vmo(500 + pages);
    let area = world.area(pages);
    map_at(&area, 0, (&vmo, 500), pages, READ_WRITE).expect("free");
    // The object's pages from 500 to 512, to 1024, to 1536, to the end. Pages that are there are shown in larger steps.
    for (op, expected) in [(VmarOp::Commit, 4..=4), (VmarOp::MapRange, 2..=4)] {
        let mut operation =
            area.begin_op_range(ALL_RIGHTS, op, area.base(), pages * PAGE).expect("inside");
        let (mut steps, mut before) = (1, vmo.committed_frames());
        while operation.step().expect("mapped") {
            world.check();
            let committed = vmo.committed_frames();
            assert!(committed - before <= 512, "{op:?}: {before}, then {committed}");
            (steps, before) = (steps + 1, committed);
        }
        assert!(expected.contains(&steps), "{op:?}: {steps} steps");
    }
    assert_eq!(vmo.committed_frames(), pages);
    let count = faults(&world, || world.store(page(&area, pages - 1), 1).expect("writable"));
    assert_eq!(count, 0);
    let mut zeroing =
        area.begin_op_range(ALL_RIGHTS, VmarOp::Zero, area.base(), pages * PAGE).expect("inside");
    for (is_more, left) in [(true, pages - 512), (true, pages - 1024), (false, 0)] {
        assert_eq!((zeroing.step(), vmo.committed_frames()), (Ok(is_more), left));
        world.check();
    }
}

#[test]
fn pages_without_frames_take_no_step() {
    let world = World::new();
    let vmo = Vmo::create(world.memory(), 1 << 40, VmoOptions::empty()).expect("an object");
    vmo.write((1 << 40) - PAGE, &[7]).expect("inside");
    let mapped = world.root.map(&request(&vmo, 1 << 28)).expect("room");
    for op in [VmarOp::MapRange, VmarOp::AlwaysNeed, VmarOp::Prefetch, VmarOp::DontNeed] {
        let mut operation =
            world.root.begin_op_range(ALL_RIGHTS, op, mapped.address, 1 << 40).expect("inside");
        assert_eq!(operation.step(), Ok(false), "{op:?}");
    }
    let last = mapped.address + (1 << 40) - PAGE;
    assert_eq!(faults(&world, || assert_eq!(world.load(last), Ok(7))), 0);
}

#[test]
fn a_step_finds_what_has_changed_since_the_last() {
    let world = World::new();
    let (vmo, other) = (world.vmo(8), world.vmo(8));
    let area = world.area(16);
    map_at(&area, 0, (&vmo, 0), 8, READ_WRITE).expect("free");
    map_at(&area, 8, (&other, 0), 8, READ_WRITE).expect("free");
    let begin = || area.begin_op_range(ALL_RIGHTS, VmarOp::Commit, area.base(), 16 * PAGE);
    let mut operation = begin().expect("inside");
    assert_eq!(operation.step(), Ok(true), "the first mapping");
    unmap(&area, 12, 1).expect("mapped");
    assert_eq!(operation.step(), Ok(true), "up to the gap");
    assert_eq!(operation.step(), Err(Status::BAD_STATE));
    assert_eq!((vmo.committed_frames(), other.committed_frames()), (8, 4));
    let mut operation = begin().expect("inside");
    area.destroy().expect("alive");
    assert_eq!(operation.step(), Err(Status::BAD_STATE));
}

#[test]
fn all_of_a_mapping_is_checked_before_any_of_it_is_committed() {
    let world = World::new();
    let vmo = world.vmo(100);
    let area = world.area(101);
    map_at(&area, 0, (&vmo, 0), 101, READ_WRITE).expect("free");
    assert_eq!(op_range(&area, 0, 101, VmarOp::Commit), Err(Status::OUT_OF_RANGE));
    assert_eq!(vmo.committed_frames(), 0);
}
