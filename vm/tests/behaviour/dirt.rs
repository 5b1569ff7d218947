//! Pages that were written since their source has seen them.

use abi::{Status, VmoChildOptions, VmoOptions};
use vm::{Access, DirtyRange, Missing, Need, Ref, Vmo, Written};

use crate::backing::*;
use crate::common::*;

const RESIZABLE: VmoOptions = VmoOptions::RESIZABLE;
const TRAPPING: VmoOptions = VmoOptions::TRAP_DIRTY.union(RESIZABLE);

/// An object of which page N is full of `N + 1`, as its source knows.
fn known(world: &World, pages: u64, options: VmoOptions) -> Ref<Vmo> {
    let (vmo, _) = backed(world, pages, options);
    supply(world, &vmo, 0, pages, 1);
    vmo
}

/// Lists the dirty ranges, in pages, and whether they are zeros.
fn dirty(vmo: &Vmo) -> Vec<(u64, u64, bool)> {
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(DirtyRange { offset, len, is_zero }) = vmo.next_dirty(next, vmo.size()) {
        found.push((offset / PAGE, len / PAGE, is_zero));
        next = offset + len;
    }
    found
}

fn begin(vmo: &Vmo, first: u64, pages: u64) {
    vmo.begin_writeback(first * PAGE, pages * PAGE, Written::All).expect("inside");
}

fn end(vmo: &Vmo, first: u64, pages: u64) {
    vmo.end_writeback(first * PAGE, pages * PAGE).expect("inside");
}

fn write_back(vmo: &Vmo) {
    begin(vmo, 0, vmo.size() / PAGE);
    end(vmo, 0, vmo.size() / PAGE);
}

fn wanted(missing: Option<Missing>) -> Option<(Need, u64, u64)> {
    missing.map(|found| (found.need(), found.offset() / PAGE, found.bytes() / PAGE))
}

#[test]
fn what_is_written_is_dirty_until_it_is_written_back() {
    let world = World::new();
    let vmo = known(&world, 4, RESIZABLE);
    assert_eq!(dirty(&vmo), []);
    vmo.write(PAGE + 1, &[9]).expect("present");
    vmo.write(2 * PAGE, &[9]).expect("present");
    assert_eq!(dirty(&vmo), [(1, 2, false)]);
    begin(&vmo, 0, 4);
    vmo.write(2 * PAGE, &[8]).expect("present");
    end(&vmo, 0, 4);
    assert_eq!(dirty(&vmo), [(2, 1, false)]);
    end(&vmo, 0, 4);
    assert_eq!(dirty(&vmo), [(2, 1, false)]);
    write_back(&vmo);
    assert_eq!(dirty(&vmo), []);
}

#[test]
fn a_processor_that_remembers_a_page_notices_that_it_is_written_back() {
    let world = World::new();
    let vmo = known(&world, 3, RESIZABLE);
    let area = world.area(4);
    let base = map_at(&area, 0, (&vmo, 0), 3, READ_WRITE).expect("free");
    for at in 0..3 {
        assert_eq!(world.load(base + at * PAGE), Ok(at as u8 + 1));
    }
    world.store(base, 5).expect("writable");
    assert_eq!(dirty(&vmo), [(0, 1, false)], "neighbours were shown, and not written");
    world.store(base + PAGE, 5).expect("writable");
    begin(&vmo, 0, 3);
    // The processor has it in its TLB.
    world.store(base, 6).expect("writable");
    end(&vmo, 0, 3);
    assert_eq!(dirty(&vmo), [(0, 1, false)]);
    write_back(&vmo);
    world.store(base, 7).expect("writable");
    assert_eq!(dirty(&vmo), [(0, 1, false)]);
    world.check();
}

#[test]
fn writes_are_refused_until_the_source_agrees() {
    let world = World::new();
    let vmo = known(&world, 4, TRAPPING);
    let area = world.area(4);
    let base = map_at(&area, 0, (&vmo, 0), 4, READ_WRITE).expect("free");
    assert_eq!(world.load(base), Ok(1));
    world.refuses(Status::SHOULD_WAIT, || world.aspace.fault(base, Access::Write));
    world.refuses(Status::SHOULD_WAIT, || vmo.write(PAGE, &[9]));
    assert_eq!(vmo.commit(0, 4 * PAGE), Ok(()));
    assert_eq!(dirty(&vmo), []);
    vmo.agree(0, 2 * PAGE).expect("present");
    assert_eq!(dirty(&vmo), [(0, 2, false)]);
    world.store(base, 9).expect("agreed to");
    vmo.write(PAGE, &[9]).expect("agreed to");
    assert_eq!(vmo.write(0, &[7; 3 * PAGE as usize]), Err(Status::SHOULD_WAIT));
    assert_eq!([0, 1, 2].map(|page| byte_of(&vmo, page)), [Ok(7), Ok(7), Ok(3)]);
    begin(&vmo, 0, 1);
    world.refuses(Status::SHOULD_WAIT, || world.aspace.fault(base, Access::Write));
    vmo.agree(0, PAGE).expect("present");
    end(&vmo, 0, 1);
    assert_eq!(dirty(&vmo), [(0, 2, false)], "it was agreed to after that began");
}

#[test]
fn what_has_to_be_agreed_to_is_found_together() {
    let world = World::new();
    let (vmo, _) = backed(&world, 8, TRAPPING);
    supply(&world, &vmo, 0, 3, 1);
    supply(&world, &vmo, 4, 1, 1);
    vmo.agree(PAGE, PAGE).expect("present");
    let to_write =
        |first, pages, all| wanted(vmo.missing_to_write(first * PAGE, pages * PAGE, all * PAGE));
    assert_eq!(to_write(0, 8, 8), Some((Need::Consent, 0, 1)));
    assert_eq!(to_write(1, 1, 7), None, "only what is to be written now has to be waited for");
    assert_eq!(to_write(2, 1, 6), Some((Need::Consent, 2, 1)));
    assert_eq!(to_write(3, 2, 5), Some((Need::Content, 3, 1)));
    assert_eq!(to_write(8, 1, 1), None);
    assert_eq!(wanted(vmo.missing(0, 8 * PAGE)), Some((Need::Content, 3, 1)));
    supply(&world, &vmo, 3, 1, 1);
    assert_eq!(to_write(2, 1, 6), Some((Need::Consent, 2, 3)));
    let area = world.area(4);
    let base = map_at(&area, 0, (&vmo, 2), 4, READ_WRITE).expect("free");
    let at = |access| wanted(world.aspace.missing(base, access));
    assert_eq!(at(Access::Write), Some((Need::Consent, 2, 1)));
    assert_eq!(at(Access::Read), None);
    let missing = vmo.missing_to_write(2 * PAGE, PAGE, 6 * PAGE).expect("not agreed to");
    assert_eq!(missing.first_missing(), Some(2 * PAGE));
    vmo.agree(2 * PAGE, 2 * PAGE).expect("present");
    assert_eq!(missing.first_missing(), Some(4 * PAGE));
    vmo.set_size(4 * PAGE).expect("smaller");
    assert_eq!(missing.first_missing(), None);
}

#[test]
fn agreeing_is_checked() {
    let world = World::new();
    let (vmo, _) = backed(&world, 4, TRAPPING);
    supply(&world, &vmo, 0, 1, 1);
    world.refuses(Status::INVALID_ARGS, || vmo.agree(1, PAGE));
    world.refuses(Status::OUT_OF_RANGE, || vmo.agree(0, 5 * PAGE));
    world.refuses(Status::NOT_FOUND, || vmo.agree(0, 2 * PAGE));
    assert_eq!(dirty(&vmo), []);
    let plain = known(&world, 1, RESIZABLE);
    world.refuses(Status::NOT_SUPPORTED, || plain.agree(0, PAGE));
    let slice_of = known(&world, 1, VmoOptions::TRAP_DIRTY);
    let slice = world.slice(&slice_of, 0, 1);
    world.refuses(Status::INVALID_ARGS, || slice.agree(0, PAGE));
    for (offset, len, status) in [
        (1, PAGE, Status::INVALID_ARGS),
        (0, 5 * PAGE, Status::OUT_OF_RANGE),
        (u64::MAX - PAGE + 1, 2 * PAGE, Status::OUT_OF_RANGE),
    ] {
        world.refuses(status, || vmo.begin_writeback(offset, len, Written::All));
        world.refuses(status, || vmo.end_writeback(offset, len));
    }
    let anonymous = world.vmo(1);
    world.refuses(Status::INVALID_ARGS, || anonymous.begin_writeback(0, PAGE, Written::All));
    world.refuses(Status::INVALID_ARGS, || anonymous.end_writeback(0, PAGE));
}

#[test]
fn what_is_added_is_zero_and_dirty_and_missing_once_it_was_written_back() {
    let world = World::new();
    let (vmo, _) = backed(&world, 1, RESIZABLE);
    vmo.set_size(5 * PAGE).expect("larger");
    assert_eq!(dirty(&vmo), [(1, 4, true)]);
    vmo.write(2 * PAGE, &[7]).expect("zero");
    assert_eq!(dirty(&vmo), [(1, 1, true), (2, 1, false), (3, 2, true)]);
    supply(&world, &vmo, 1, 4, 1);
    assert_eq!([1, 2, 3, 4].map(|page| byte_of(&vmo, page)), [Ok(0), Ok(7), Ok(0), Ok(0)]);
    let area = world.area(8);
    let base = map_at(&area, 0, (&vmo, 0), 5, READ_WRITE).expect("free");
    assert_eq!(world.load(base + 3 * PAGE), Ok(0));
    begin(&vmo, 1, 4);
    world.store(base + 4 * PAGE, 6).expect("writable");
    end(&vmo, 1, 4);
    assert_eq!(dirty(&vmo), [(4, 1, false)]);
    assert_eq!(byte_of(&vmo, 3), Err(Status::SHOULD_WAIT));
    supply(&world, &vmo, 3, 1, 8);
    assert_eq!(world.load(base + 3 * PAGE), Ok(8), "nobody remembers the zeros");
    vmo.set_size(3 * PAGE).expect("smaller");
    vmo.set_size(4 * PAGE).expect("larger");
    assert_eq!(dirty(&vmo), [(3, 1, true)]);
    world.check();
}

#[test]
fn zeros_alone_can_be_written_back() {
    let world = World::new();
    let vmo = known(&world, 1, RESIZABLE);
    vmo.set_size(4 * PAGE).expect("larger");
    vmo.write(2 * PAGE, &[7]).expect("zero");
    vmo.begin_writeback(PAGE, 3 * PAGE, Written::Zeros).expect("inside");
    end(&vmo, 1, 3);
    assert_eq!(dirty(&vmo), [(2, 1, false)]);
}

#[test]
fn zeroing_makes_zeros_dirty_unless_the_source_knows_them() {
    let world = World::new();
    let (vmo, _) = backed(&world, 6, TRAPPING);
    supply(&world, &vmo, 0, 1, 1);
    vmo.supply(2 * PAGE, PAGE, &world.vmo(1), 0).expect("room");
    vmo.supply(4 * PAGE, PAGE, &world.vmo(1), 0).expect("room");
    vmo.zero(2 * PAGE, PAGE).expect("zero already");
    assert!(!vmo.is_modified());
    vmo.zero(0, 6 * PAGE).expect("whole pages");
    assert!(vmo.is_modified());
    assert_eq!(dirty(&vmo), [(0, 2, true), (3, 1, true), (5, 1, true)]);
    begin(&vmo, 0, 2);
    vmo.zero(0, PAGE).expect("a whole page");
    end(&vmo, 0, 2);
    assert_eq!(dirty(&vmo), [(0, 1, true), (3, 1, true), (5, 1, true)]);
    assert_eq!(vmo.committed_frames(), 0);
}

#[test]
fn zeroing_a_part_of_a_page_needs_its_source_to_agree() {
    let world = World::new();
    let vmo = known(&world, 3, TRAPPING);
    world.refuses(Status::SHOULD_WAIT, || vmo.zero(8, PAGE));
    assert_eq!(wanted(vmo.missing_to_zero(8, PAGE)), Some((Need::Consent, 0, 1)));
    vmo.agree(0, PAGE).expect("present");
    assert_eq!(wanted(vmo.missing_to_zero(8, PAGE)), Some((Need::Consent, 1, 1)));
    vmo.agree(PAGE, PAGE).expect("present");
    vmo.zero(8, PAGE).expect("agreed to");
    world.refuses(Status::SHOULD_WAIT, || vmo.set_size(3 * PAGE - 1));
    world.refuses(Status::SHOULD_WAIT, || vmo.set_stream_size(2 * PAGE + 1));
    assert_eq!(wanted(vmo.missing_to_zero(2 * PAGE + 1, PAGE - 1)), Some((Need::Consent, 2, 1)));
    vmo.set_stream_size(2 * PAGE).expect("a whole page");
    assert_eq!(dirty(&vmo), [(0, 2, false), (2, 1, true)]);
}

#[test]
fn pinned_pages_are_agreed_to_before_a_device_writes_and_stay_dirty() {
    let world = World::new();
    let vmo = known(&world, 3, TRAPPING);
    let read = Vmo::pin(&vmo, Access::Read, 0, 2 * PAGE).expect("present");
    assert_eq!(dirty(&vmo), []);
    world.refuses(Status::SHOULD_WAIT, || vmo.zero(0, 2 * PAGE));
    assert_eq!(wanted(vmo.missing_to_zero(0, 2 * PAGE)), Some((Need::Consent, 0, 1)));
    drop(read);
    world.refuses(Status::SHOULD_WAIT, || Vmo::pin(&vmo, Access::Write, 0, PAGE).map(drop));
    let lacking = |access| wanted(vmo.missing_to_pin(access, 0, 2 * PAGE));
    assert_eq!(lacking(Access::Read), None);
    assert_eq!(lacking(Access::Write), Some((Need::Consent, 0, 2)));
    vmo.agree(0, 2 * PAGE).expect("present");
    let pin = Vmo::pin(&vmo, Access::Write, 0, PAGE).expect("agreed to");
    write_back(&vmo);
    assert_eq!(dirty(&vmo), [(0, 1, false)]);
    drop(pin);
    write_back(&vmo);
    assert_eq!(dirty(&vmo), []);
}

#[test]
fn a_page_of_zeros_is_agreed_to_before_it_is_pinned() {
    let world = World::new();
    let (vmo, _) = backed(&world, 1, TRAPPING);
    vmo.supply(0, PAGE, &world.vmo(1), 0).expect("room");
    world.refuses(Status::SHOULD_WAIT, || Vmo::pin(&vmo, Access::Read, 0, PAGE).map(drop));
    assert_eq!(wanted(vmo.missing_to_pin(Access::Read, 0, PAGE)), Some((Need::Consent, 0, 1)));
    vmo.agree(0, PAGE).expect("present");
    assert_eq!(vmo.committed_frames(), 1);
    Vmo::pin(&vmo, Access::Read, 0, PAGE).map(drop).expect("present");
}

#[test]
fn a_change_is_noticed_once_more_after_each_question() {
    let world = World::new();
    let vmo = known(&world, 3, RESIZABLE);
    let area = world.area(4);
    let base = map_at(&area, 0, (&vmo, 0), 3, READ_WRITE).expect("free");
    assert_eq!(world.load(base), Ok(1));
    assert!(!vmo.forget_modified());
    for byte in 0..3 {
        world.store(base, byte).expect("writable");
        assert!(vmo.is_modified());
        assert!(vmo.forget_modified());
        assert!(!vmo.is_modified());
        // The page is dirty still, and may be shown again.
        assert_eq!(world.load(base + PAGE), Ok(2));
    }
    vmo.set_size(PAGE).expect("smaller");
    assert!(vmo.forget_modified());
    vmo.note_modified();
    assert!(vmo.is_modified());
    assert!(!world.vmo(1).is_modified());
}

#[test]
fn what_the_source_knows_is_dropped() {
    let world = World::new();
    let vmo = known(&world, 4, RESIZABLE);
    vmo.supply(0, PAGE, &world.vmo(1), 0).expect("room");
    vmo.set_size(6 * PAGE).expect("larger");
    let area = world.area(8);
    let base = map_at(&area, 0, (&vmo, 0), 6, READ_WRITE).expect("free");
    world.store(base + PAGE, 9).expect("writable");
    assert_eq!(world.load(base + 2 * PAGE), Ok(3));
    let pin = Vmo::pin(&vmo, Access::Read, 3 * PAGE, PAGE).expect("present");
    vmo.drop_clean();
    assert_eq!([0, 2].map(|page| byte_of(&vmo, page)), [Err(Status::SHOULD_WAIT); 2]);
    assert_eq!([1, 3, 4, 5].map(|page| byte_of(&vmo, page)), [Ok(9), Ok(4), Ok(0), Ok(0)]);
    assert_eq!(world.load(base + 2 * PAGE), Err(Status::SHOULD_WAIT));
    assert_eq!(dirty(&vmo), [(1, 1, false), (4, 2, true)]);
    drop(pin);
    write_back(&vmo);
    vmo.drop_clean();
    assert_eq!(vmo.committed_frames(), 0);
    assert_eq!(byte_of(&vmo, 4), Err(Status::SHOULD_WAIT));
    world.vmo(1).drop_clean();
    world.check();
}

#[test]
fn zeros_that_the_source_knows_are_dropped() {
    let world = World::new();
    let (vmo, _) = backed(&world, 3, RESIZABLE);
    vmo.supply(0, 3 * PAGE, &world.vmo(3), 0).expect("room");
    vmo.write(PAGE, &[1]).expect("zero");
    vmo.drop_clean();
    let bytes = [0, 1, 2].map(|page| byte_of(&vmo, page));
    assert_eq!(bytes, [Err(Status::SHOULD_WAIT), Ok(1), Err(Status::SHOULD_WAIT)]);
}

#[test]
fn zeros_that_the_source_knows_stay_clean_beside_dirty_ones() {
    let world = World::new();
    let (vmo, _) = backed(&world, 3, RESIZABLE);
    vmo.supply(0, 3 * PAGE, &world.vmo(3), 0).expect("room");
    vmo.write(PAGE, &[1]).expect("zero");
    for (first, pages) in [(1, 1), (0, 3)] {
        vmo.zero(first * PAGE, pages * PAGE).expect("whole pages");
        assert_eq!(dirty(&vmo), [(1, 1, true)]);
    }
}

#[test]
fn zeros_that_lie_apart_are_written_back_together() {
    const COUNT: u64 = 40;
    let world = World::new();
    let (vmo, _) = backed(&world, 2 * COUNT, RESIZABLE);
    (0..COUNT).for_each(|each| vmo.zero(2 * each * PAGE, PAGE).expect("a whole page"));
    write_back(&vmo);
    assert_eq!(dirty(&vmo), []);
    assert_eq!(byte_of(&vmo, 2 * COUNT - 2), Err(Status::SHOULD_WAIT));
}

#[test]
fn what_copies_write_does_not_concern_the_source() {
    let world = World::new();
    let vmo = known(&world, 3, TRAPPING);
    let copy = child(&vmo, VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE, 0, 3).expect("a child");
    copy.write(0, &[9]).expect("provided");
    copy.zero(PAGE, PAGE).expect("provided");
    Vmo::pin(&copy, Access::Write, 2 * PAGE, PAGE).map(drop).expect("provided");
    assert_eq!(dirty(&vmo), []);
    assert!(!vmo.is_modified());
    assert_eq!(copy.next_dirty(0, 3 * PAGE), None);
    assert!(!copy.is_modified());
}

#[test]
fn mapping_all_shows_what_is_not_known_to_be_dirty_read_only() {
    let world = World::new();
    let vmo = known(&world, 3, TRAPPING);
    vmo.agree(PAGE, PAGE).expect("present");
    vmo.write(PAGE, &[9]).expect("agreed to");
    let area = world.area(4);
    let options = READ_WRITE | abi::VmOptions::MAP_RANGE;
    let base = map_at(&area, 0, (&vmo, 0), 3, options).expect("free");
    protect(&area, 0, 3, READ).expect("mapped");
    protect(&area, 0, 3, READ_WRITE).expect("mapped");
    world.store(base + PAGE, 7).expect("agreed to");
    assert_eq!(world.store(base, 7), Err(Status::SHOULD_WAIT));
    assert_eq!(world.store(base + 2 * PAGE, 7), Err(Status::SHOULD_WAIT));
    assert_eq!(dirty(&vmo), [(1, 1, false)]);
}
