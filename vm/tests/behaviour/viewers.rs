//! Copies of objects whose pages somebody else provides.

mod ends;

use abi::{CachePolicy, Status, VmarOp, VmoChildOptions, VmoOptions};
use vm::{Access, Ref, Result, Vmo};

use crate::backing::*;
use crate::common::*;

const FULL: VmoChildOptions = VmoChildOptions::SNAPSHOT;
const ON_WRITE: VmoChildOptions = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE;
const MODIFIED: VmoChildOptions = VmoChildOptions::SNAPSHOT_MODIFIED;

/// Makes a copy of all of `parent`.
fn copy(parent: &Vmo, kind: VmoChildOptions) -> Result<Ref<Vmo>> {
    child(parent, kind, 0, parent.size() / PAGE)
}

fn view(parent: &Vmo) -> Ref<Vmo> {
    copy(parent, ON_WRITE).expect("allowed")
}

fn modified(parent: &Vmo) -> Ref<Vmo> {
    copy(parent, MODIFIED).expect("allowed")
}

fn set(vmo: &Vmo, page: u64, byte: u8) {
    vmo.write(page * PAGE, &[byte]).expect("present");
}

fn bytes<const N: usize>(vmo: &Vmo) -> [Result<u8>; N] {
    core::array::from_fn(|page| byte_of(vmo, page as u64))
}

const MISSING: Result<u8> = Err(Status::SHOULD_WAIT);

#[test]
fn a_copy_sees_what_its_parent_shows_until_it_writes() {
    let world = World::new();
    for kind in [ON_WRITE, MODIFIED] {
        let vmo = fixed(&world, 4);
        supply(&world, &vmo, 0, 2, 1);
        let copy = copy(&vmo, kind).expect("allowed");
        assert_eq!(bytes(&copy), [Ok(1), Ok(2), MISSING, MISSING]);
        supply(&world, &vmo, 2, 1, 3);
        set(&vmo, 0, 10);
        assert_eq!(bytes(&copy), [Ok(10), Ok(2), Ok(3), MISSING]);
        set(&copy, 0, 20);
        set(&vmo, 0, 11);
        set(&vmo, 1, 12);
        assert_eq!(bytes(&copy), [Ok(20), Ok(12), Ok(3), MISSING]);
        assert_eq!(bytes(&vmo), [Ok(11), Ok(12), Ok(3), MISSING]);
        // The rest of the page is what the parent had at the first write.
        let mut rest = [0];
        copy.read(1, &mut rest).expect("present");
        assert_eq!(rest, [1]);
    }
}

#[test]
fn a_copy_takes_frames_only_for_what_it_writes() {
    let world = World::new();
    let vmo = fixed(&world, 64);
    supply(&world, &vmo, 0, 64, 1);
    let free = world.free_frames();
    let copy = view(&vmo);
    assert_eq!(byte_of(&copy, 63), Ok(64));
    assert_eq!((world.free_frames(), copy.committed_frames()), (free, 0));
    set(&copy, 3, 9);
    assert_eq!((world.free_frames(), copy.committed_frames()), (free - 1, 1));
    assert_eq!((copy.usage(0, u64::MAX).private_pages, vmo.usage(0, u64::MAX).pages), (1, 64));
    copy.commit(10 * PAGE, 5 * PAGE).expect("present");
    assert_eq!((world.free_frames(), copy.committed_frames()), (free - 6, 6));
    assert_eq!(byte_of(&copy, 12), Ok(13));
    drop(copy);
    assert_eq!(world.free_frames(), free);
}

#[test]
fn a_copys_missing_page_is_its_sources() {
    let world = World::new();
    let vmo = fixed(&world, 8);
    let part = child(&vmo, ON_WRITE, 2, 4).expect("allowed");
    let inner = child(&part, ON_WRITE, 1, 3).expect("allowed");
    let area = world.area(3);
    let base = map_at(&area, 0, (&inner, 0), 3, READ_WRITE).expect("free");
    assert_eq!(world.load(base + PAGE), Err(Status::SHOULD_WAIT));
    let missing = world.aspace.missing(base + PAGE, Access::Read).expect("missing");
    assert_eq!((missing.offset(), missing.bytes(), missing.at()), (4 * PAGE, PAGE, base + PAGE));
    let missing = inner.missing(0, 3 * PAGE).expect("missing");
    assert_eq!((missing.offset(), missing.bytes(), missing.at()), (3 * PAGE, 3 * PAGE, 0));
    assert_eq!(missing.first_missing(), Some(3 * PAGE));
    supply(&world, &vmo, 3, 1, 1);
    assert_eq!(missing.first_missing(), Some(4 * PAGE));
    supply(&world, &vmo, 4, 2, 2);
    assert_eq!(missing.first_missing(), None);
    assert_eq!([0, 1, 2].map(|page| world.load(base + page * PAGE)), [Ok(1), Ok(2), Ok(3)]);
    for op in [VmarOp::Commit, VmarOp::Prefetch] {
        op_range(&area, 0, 3, op).expect("nothing is missing");
    }
    world.refuses(Status::SHOULD_WAIT, || part.commit(0, PAGE));
    world.refuses(Status::SHOULD_WAIT, || part.write(0, &[1]));
    world.refuses(Status::SHOULD_WAIT, || Vmo::pin(&part, Access::Write, 0, PAGE).map(drop));
}

#[test]
fn mappings_of_a_copy_follow_its_parent_until_it_writes() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    supply(&world, &vmo, 0, 4, 1);
    let copy = view(&vmo);
    let area = world.area(12);
    let [parents, first, second] = [(0, &vmo), (4, &copy), (8, &copy)]
        .map(|(at, vmo)| map_at(&area, at, (vmo, 0), 4, READ_WRITE));
    let [parents, first, second] = [parents, first, second].map(|base| base.expect("free"));
    for base in [parents, first, second] {
        assert_eq!(world.load(base), Ok(1));
    }
    world.store(parents, 7).expect("writable");
    world.check();
    assert_eq!([first, second].map(|base| world.load(base)), [Ok(7), Ok(7)]);
    world.store(first, 8).expect("writable");
    world.check();
    assert_eq!([parents, first, second].map(|base| world.load(base)), [Ok(7), Ok(8), Ok(8)]);
    copy.write(PAGE, &[9]).expect("present");
    world.check();
    assert_eq!([parents, first, second].map(|base| world.load(base + PAGE)), [Ok(2), Ok(9), Ok(9)]);
}

#[test]
fn what_is_mapped_at_once_is_what_a_copy_sees() {
    let world = World::new();
    let vmo = fixed(&world, 40);
    supply(&world, &vmo, 0, 30, 1);
    let copy = child(&vmo, ON_WRITE, 5, 30).expect("allowed");
    set(&copy, 2, 99);
    copy.zero(3 * PAGE, PAGE).expect("memory");
    let area = world.area(30);
    let base = map_at(&area, 0, (&copy, 0), 30, READ).expect("free");
    op_range(&area, 0, 30, VmarOp::MapRange).expect("mapped");
    world.check();
    let shown = |page: u64| world.aspace.leaf_at(base + page * PAGE).is_some();
    let expected = |page: u64| page < 25 && page != 3;
    assert_eq!((0..30).map(shown).collect::<Vec<_>>(), (0..30).map(expected).collect::<Vec<_>>());
    assert_eq!(
        [1, 2, 3, 4].map(|page| world.load(base + page * PAGE)),
        [Ok(7), Ok(99), Ok(0), Ok(10)]
    );
}

#[test]
fn a_copy_that_is_zeroed_does_not_see_its_parent() {
    let world = World::new();
    let vmo = fixed(&world, 8);
    supply(&world, &vmo, 0, 4, 1);
    let copy = view(&vmo);
    let area = world.area(8);
    let base = map_at(&area, 0, (&copy, 0), 8, READ_WRITE).expect("free");
    assert_eq!(world.load(base + 2 * PAGE), Ok(3));
    set(&copy, 1, 9);
    let free = world.free_frames();
    copy.zero(PAGE, 6 * PAGE).expect("memory");
    world.check();
    assert_eq!(world.free_frames(), free + 1, "a frame is free, and none was needed");
    assert_eq!(bytes(&copy), [Ok(1), Ok(0), Ok(0), Ok(0), Ok(0), Ok(0), Ok(0), MISSING]);
    assert_eq!(world.load(base + 2 * PAGE), Ok(0));
    supply(&world, &vmo, 4, 4, 5);
    assert_eq!(bytes(&copy), [Ok(1), Ok(0), Ok(0), Ok(0), Ok(0), Ok(0), Ok(0), Ok(8)]);
    assert_eq!(byte_of(&vmo, 2), Ok(3));
    world.store(base + 2 * PAGE + 5, 6).expect("writable");
    let mut page = [9; 6];
    copy.read(2 * PAGE, &mut page).expect("present");
    assert_eq!(page, [0, 0, 0, 0, 0, 6]);
    copy.zero(0, 1).expect("memory");
    copy.read(0, &mut page).expect("present");
    assert_eq!(page, [0, 1, 1, 1, 1, 1]);
}

#[test]
fn what_a_parent_is_cut_to_is_all_that_copies_see() {
    let world = World::new();
    let (vmo, _) = backed(&world, 8, VmoOptions::RESIZABLE);
    supply(&world, &vmo, 0, 8, 1);
    let whole = view(&vmo);
    let part = child(&vmo, ON_WRITE, 3, 4).expect("allowed");
    let inner = child(&part, ON_WRITE, 1, 3).expect("allowed");
    let area = world.area(3);
    let base = map_at(&area, 0, (&inner, 0), 3, READ).expect("free");
    assert_eq!([0, 1, 2].map(|page| world.load(base + page * PAGE)), [Ok(5), Ok(6), Ok(7)]);
    set(&part, 2, 50);
    vmo.set_size(5 * PAGE).expect("resizable");
    world.check();
    assert_eq!([0, 1, 2].map(|page| world.load(base + page * PAGE)), [Ok(5), Ok(50), Ok(0)]);
    assert_eq!(bytes(&whole), [Ok(1), Ok(2), Ok(3), Ok(4), Ok(5), Ok(0), Ok(0), Ok(0)]);
    assert_eq!(bytes(&part), [Ok(4), Ok(5), Ok(50), Ok(0)]);
    // What it grows by, no copy sees.
    vmo.set_size(8 * PAGE).expect("resizable");
    set(&vmo, 6, 60);
    assert_eq!(bytes(&part), [Ok(4), Ok(5), Ok(50), Ok(0)]);
    assert_eq!(byte_of(&whole, 6), Ok(0));
}

#[test]
fn what_is_cut_off_a_copy_does_not_come_back() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    supply(&world, &vmo, 0, 4, 1);
    let copy = child(&vmo, ON_WRITE | VmoChildOptions::RESIZABLE, 0, 4).expect("allowed");
    let inner = view(&copy);
    set(&copy, 3, 9);
    copy.set_size(PAGE + 1).expect("resizable");
    copy.set_size(6 * PAGE).expect("resizable");
    assert_eq!(bytes(&copy), [Ok(1), Ok(2), Ok(0), Ok(0), Ok(0), Ok(0)]);
    assert_eq!(bytes(&inner), [Ok(1), Ok(2), Ok(0), Ok(0)]);
    let mut rest = [9];
    copy.read(PAGE + 1, &mut rest).expect("present");
    assert_eq!(rest, [0]);
    assert_eq!(bytes(&vmo), [Ok(1), Ok(2), Ok(3), Ok(4)]);
    let missing = fixed(&world, 2);
    let copy = child(&missing, ON_WRITE | VmoChildOptions::RESIZABLE, 0, 2).expect("allowed");
    // What stays of the page is not known yet.
    world.refuses(Status::SHOULD_WAIT, || copy.set_size(PAGE + 1));
    copy.set_size(PAGE).expect("resizable");
}

#[test]
fn a_copy_may_begin_and_end_past_its_parent() {
    let world = World::new();
    let vmo = fixed(&world, 2);
    supply(&world, &vmo, 0, 2, 1);
    let across = child(&vmo, ON_WRITE, 1, 3).expect("allowed");
    let behind = child(&vmo, MODIFIED, 5, 2).expect("allowed");
    assert_eq!(bytes(&across), [Ok(2), Ok(0), Ok(0)]);
    assert_eq!(bytes(&behind), [Ok(0), Ok(0)]);
    set(&behind, 1, 7);
    assert_eq!(byte_of(&behind, 1), Ok(7));
}

#[test]
fn a_copy_of_a_copy_sees_both() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    supply(&world, &vmo, 0, 4, 1);
    let first = view(&vmo);
    set(&first, 1, 10);
    let second = view(&first);
    assert_eq!(bytes(&second), [Ok(1), Ok(10), Ok(3), Ok(4)]);
    let area = world.area(4);
    let base = map_at(&area, 0, (&second, 0), 4, READ).expect("free");
    assert_eq!([0, 1, 2].map(|page| world.load(base + page * PAGE)), [Ok(1), Ok(10), Ok(3)]);
    set(&first, 2, 20);
    set(&vmo, 0, 30);
    world.check();
    assert_eq!([0, 1, 2].map(|page| world.load(base + page * PAGE)), [Ok(30), Ok(10), Ok(20)]);
    first.zero(PAGE, PAGE).expect("memory");
    world.check();
    assert_eq!(world.load(base + PAGE), Ok(0));
    set(&second, 2, 21);
    set(&first, 2, 22);
    assert_eq!(bytes(&second), [Ok(30), Ok(0), Ok(21), Ok(4)]);
}

#[test]
fn what_was_written_is_copied_both_ways() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    supply(&world, &vmo, 0, 4, 1);
    let clone = modified(&vmo);
    set(&clone, 0, 10);
    clone.zero(PAGE, PAGE).expect("memory");
    let free = world.free_frames();
    let copy = modified(&clone);
    assert_eq!(world.free_frames(), free);
    assert_eq!((clone.shared_frames(), copy.shared_frames()), (1, 1));
    set(&clone, 0, 11);
    set(&clone, 1, 12);
    set(&clone, 2, 13);
    set(&vmo, 2, 30);
    set(&vmo, 3, 31);
    assert_eq!(bytes(&clone), [Ok(11), Ok(12), Ok(13), Ok(31)]);
    assert_eq!(bytes(&copy), [Ok(10), Ok(0), Ok(30), Ok(31)]);
    let usage = |vmo: &Vmo| vmo.usage(0, u64::MAX);
    assert_eq!((usage(&clone).pages, usage(&copy).pages), (3, 1));
    assert_eq!((usage(&clone).private_pages, usage(&copy).private_pages), (3, 1));
    drop(clone);
    assert_eq!(bytes(&copy), [Ok(10), Ok(0), Ok(30), Ok(31)]);
}

#[test]
fn the_frames_of_two_way_copies_are_divided_among_them() {
    let world = World::new();
    let vmo = fixed(&world, 2);
    supply(&world, &vmo, 0, 2, 1);
    let clone = modified(&vmo);
    set(&clone, 0, 10);
    let copies = [modified(&clone), modified(&clone)];
    let scaled = |vmo: &Vmo| vmo.usage(0, u64::MAX).scaled_bytes();
    assert_eq!(copies.each_ref().map(|copy| scaled(copy)), [PAGE / 3; 2]);
    set(&copies[0], 0, 11);
    assert_eq!(
        (scaled(&copies[0]), scaled(&copies[1]), scaled(&clone)),
        (PAGE, PAGE / 2, PAGE / 2)
    );
    assert_eq!(scaled(&vmo), 2 * PAGE);
}

#[test]
fn which_copies_can_be_copied_how() {
    let world = World::new();
    let vmo = fixed(&world, 2);
    let refuses = |vmo: &Vmo, kind| world.refuses(Status::NOT_SUPPORTED, || copy(vmo, kind));
    refuses(&vmo, FULL);
    let first = view(&vmo);
    refuses(&first, FULL);
    // A one-way copy of a copy: neither of them has a two-way one.
    let second = view(&first);
    refuses(&first, MODIFIED);
    refuses(&second, MODIFIED);
    drop(second);
    let twin = modified(&first);
    // A copy that has a two-way one has no other kind.
    let third = copy(&twin, ON_WRITE).expect("made two-way");
    set_and_compare(&world, &vmo, &twin, &third);
    let slice = world.slice(&twin, 0, 1);
    refuses(&slice, MODIFIED);
    refuses(&slice, ON_WRITE);
    drop((twin, third, slice));
    // Alone again.
    let slice = world.slice(&first, 0, 1);
    refuses(&slice, MODIFIED);
    let inner = view(&slice);
    assert_eq!(byte_of(&inner, 0), byte_of(&first, 0));
}

fn set_and_compare(world: &World, vmo: &Vmo, parent: &Vmo, copy: &Vmo) {
    supply(world, vmo, 0, 2, 1);
    set(parent, 0, 40);
    assert_eq!((byte_of(parent, 0), byte_of(copy, 0)), (Ok(40), Ok(1)));
    set(parent, 1, 41);
    assert_eq!((byte_of(parent, 1), byte_of(copy, 1)), (Ok(41), Ok(2)));
}

#[test]
fn a_slice_of_the_first_can_be_copied() {
    let world = World::new();
    let vmo = fixed(&world, 8);
    supply(&world, &vmo, 0, 8, 1);
    let slice = world.slice(&vmo, 2, 4);
    for kind in [ON_WRITE, MODIFIED] {
        let copy = child(&slice, kind, 1, 7).expect("allowed");
        // The slice ends, though what it is of goes on.
        assert_eq!(bytes(&copy), [Ok(4), Ok(5), Ok(6), Ok(0), Ok(0), Ok(0), Ok(0)]);
        set(&vmo, 3, 44);
        assert_eq!(byte_of(&copy, 0), Ok(44));
        set(&vmo, 3, 4);
        modified(&copy);
    }
    world.refuses(Status::NOT_SUPPORTED, || copy(&slice, FULL));
}

#[test]
fn slices_and_references_of_a_copy_are_the_copy() {
    let world = World::new();
    let vmo = fixed(&world, 4);
    supply(&world, &vmo, 0, 4, 1);
    let copy = view(&vmo);
    let (slice, reference) = (world.slice(&copy, 1, 2), world.reference(&copy));
    set(&slice, 0, 9);
    assert_eq!(
        (byte_of(&copy, 1), byte_of(&reference, 1), byte_of(&vmo, 1)),
        (Ok(9), Ok(9), Ok(2))
    );
    drop(copy);
    assert_eq!(byte_of(&reference, 2), Ok(3));
    drop(reference);
    assert_eq!(byte_of(&slice, 1), Ok(3));
}
