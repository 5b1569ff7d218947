//! Calls on many pages: other threads run meanwhile, and whoever is killed in the middle of one does not finish it.
//!
//! # Source
//! `vmo.md` §5; `vmar.md` §8 and §12.

use super::cases;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::turns::others_run_during;
use crate::zx;
use abi::info::InfoVmo;
use abi::{Topic, VmarOp, VmoOp};
use rt::{Handle, Rights, Status, VmOptions, Vmo, VmoOptions, time};

cases! { long_calls:
    others_run_while_an_object_is_committed,
    others_run_while_an_object_is_decommitted,
    others_run_while_an_object_is_zeroed,
    others_run_while_a_range_is_committed,
    others_run_while_a_range_is_decommitted,
    others_run_while_a_range_is_zeroed,
    others_run_while_a_range_is_mapped,
    others_run_while_a_mapping_is_filled,
    a_long_commit_can_be_killed,
    a_long_commit_of_a_range_can_be_killed,
    a_long_decommit_can_be_killed,
    a_long_decommit_of_a_range_can_be_killed,
    a_long_zero_can_be_killed,
    a_long_zero_of_a_range_can_be_killed,
    a_mapping_that_is_being_filled_can_be_killed,
    what_others_take_away_while_a_mapping_is_filled_stays_away,
    emptiness_takes_no_time,
}

/// Pages of a call that takes a while.
const MANY: u64 = 30_000;

/// Makes an object with many pages that have frames.
#[track_caller]
fn full() -> Vmo {
    let object = vmo(MANY);
    object.operate(VmoOp::Commit, 0, MANY * PAGE).unwrap();
    object
}

fn committed(object: &Vmo) -> u64 {
    object.info::<InfoVmo>(Topic::VMO).unwrap().committed_bytes
}

/// Carries out `op` on all of `object`.
fn on_object(object: &Vmo, op: VmoOp) -> Status {
    object.operate(op, 0, MANY * PAGE).into()
}

/// Carries out `op` on all of `object` through a mapping.
fn on_range(object: &Vmo, op: VmarOp) -> Status {
    let address = map(object, MANY, RW);
    zx::vmar_op_range(root(), op as u32, address, MANY * PAGE, 0, 0)
}

fn others_run_while_an_object_is_committed() {
    // Memory that an emulated machine touches for the first time costs its host so much that every turn would begin with a tick.
    drop(full());
    let object = vmo(MANY);
    others_run_during(|| on_object(&object, VmoOp::Commit));
}

fn others_run_while_an_object_is_decommitted() {
    let object = full();
    others_run_during(|| on_object(&object, VmoOp::Decommit));
    assert_eq!(committed(&object), 0);
}

fn others_run_while_an_object_is_zeroed() {
    let object = full();
    others_run_during(|| zx::vmo_op_range(&object, VmoOp::Zero as u32, 1, MANY * PAGE - 2, 0, 0));
    assert_eq!(committed(&object), 2 * PAGE);
}

fn others_run_while_a_range_is_committed() {
    let object = vmo(MANY);
    others_run_during(|| on_range(&object, VmarOp::Commit));
}

fn others_run_while_a_range_is_decommitted() {
    let object = full();
    others_run_during(|| on_range(&object, VmarOp::Decommit));
    assert_eq!(committed(&object), 0);
}

fn others_run_while_a_range_is_zeroed() {
    let object = full();
    others_run_during(|| on_range(&object, VmarOp::Zero));
    assert_eq!(committed(&object), 0);
}

fn others_run_while_a_range_is_mapped() {
    let object = full();
    others_run_during(|| on_range(&object, VmarOp::MapRange));
}

fn others_run_while_a_mapping_is_filled() {
    let object = full();
    let mut address = 0;
    let options = (RW | VmOptions::MAP_RANGE).bits();
    others_run_during(|| zx::vmar_map(root(), options, 0, &object, 0, MANY * PAGE, &mut address));
    assert_ne!(address, 0);
}

/// Carries out an operation on all of the object that the part is given, through a mapping if it is one on a VMAR.
fn operate_on_given(op: u64) {
    let object: Vmo = part::given().remove(0).into();
    let status = match u32::try_from(op) {
        Ok(op) => on_object(&object, op.try_into().unwrap()),
        Err(_) => on_range(&object, u32::try_from(op >> 32).unwrap().try_into().unwrap()),
    };
    assert_eq!(status, Status::OK);
}

/// Checks that a part that is killed as soon as its operation has begun to change how much of `object` has frames does not finish it.
#[track_caller]
fn is_killed_half_way(object: &Vmo, op: u64) {
    let handle = object.duplicate(Rights::SAME_RIGHTS).unwrap().into_handle();
    let before = committed(object);
    let part = Part::start(operate_on_given, op, [handle].into());
    while committed(object) == before {
        time::yield_now();
    }
    part::kill(part);
    let left = committed(object);
    assert!((1..MANY * PAGE).contains(&left), "{left} bytes");
}

/// As [`is_killed_half_way`], for an operation on a range of a VMAR.
#[track_caller]
fn is_killed_half_way_in_range(object: &Vmo, op: VmarOp) {
    is_killed_half_way(object, u64::from(op as u32) << 32);
}

fn a_long_commit_can_be_killed() {
    is_killed_half_way(&vmo(MANY), VmoOp::Commit as u64);
}

fn a_long_commit_of_a_range_can_be_killed() {
    is_killed_half_way_in_range(&vmo(MANY), VmarOp::Commit);
}

fn a_long_decommit_can_be_killed() {
    is_killed_half_way(&full(), VmoOp::Decommit as u64);
}

fn a_long_decommit_of_a_range_can_be_killed() {
    is_killed_half_way_in_range(&full(), VmarOp::Decommit);
}

fn a_long_zero_can_be_killed() {
    is_killed_half_way(&full(), VmoOp::Zero as u64);
}

fn a_long_zero_of_a_range_can_be_killed() {
    is_killed_half_way_in_range(&full(), VmarOp::Zero);
}

/// Maps the object that the part is given into the region that it is given, and all that has frames at once.
fn fill_a_mapping(_: u64) {
    let mut given = part::given();
    let (object, region) = (given.remove(0), given.remove(0));
    let options = (RW | VmOptions::MAP_RANGE).bits();
    let mut address = 0;
    let status = zx::vmar_map(&region, options, 0, &object, 0, MANY * PAGE, &mut address);
    assert_eq!(status, Status::OK);
}

/// Starts a part that maps `object` into `region`, and waits until there is a mapping, which is being filled then.
#[track_caller]
fn start_to_fill(object: &Vmo, region: &Region) -> Part {
    let copy = |handle: &Handle| handle.duplicate(Rights::SAME_RIGHTS).unwrap();
    let part = Part::start(fill_a_mapping, 0, [copy(object), copy(region)].into());
    while mappings(object) == 0 {
        time::yield_now();
    }
    part
}

fn mappings(object: &Vmo) -> u64 {
    object.info::<InfoVmo>(Topic::VMO).unwrap().num_mappings
}

fn a_mapping_that_is_being_filled_can_be_killed() {
    let (object, region) = (full(), region(MANY));
    let part = start_to_fill(&object, &region);
    part::kill(part);
    assert_eq!(mappings(&object), 0, "nobody was told of it");
    region.place(0, &object, MANY, RW);
}

fn what_others_take_away_while_a_mapping_is_filled_stays_away() {
    let (object, region) = (full(), region(MANY));
    let part = start_to_fill(&object, &region);
    region.unmap(region.page(MANY / 2), MANY / 2 * PAGE).unwrap();
    assert_eq!(part.join(), 0);
    assert_eq!(mappings(&object), 1);
    let other = numbered(1, 7);
    region.place(MANY / 2, &other, 1, R);
    assert_eq!(crate::probe::read(region.page(MANY / 2)), Ok(7));
    region.unmap(region.base, MANY * PAGE).unwrap();
    assert_eq!(mappings(&object), 0);
}

fn emptiness_takes_no_time() {
    let object = Vmo::create(1 << 62, VmoOptions::empty()).unwrap();
    object.write((1 << 62) - 1, &[1]).unwrap();
    object.write(1 << 40, &[1]).unwrap();
    for op in [VmoOp::Zero, VmoOp::Decommit] {
        assert_eq!(object.operate(op, 0, 1 << 61), Ok(()));
        assert_eq!(committed(&object), PAGE, "{op:?}");
    }
    object.operate(VmoOp::Decommit, 0, 1 << 62).unwrap();
    assert_eq!(committed(&object), 0);
}
