//! `vmar_op_range` on the pieces of a range: mapping after mapping, as far as each goes, and not too many pages at once.
//!
//! # Source
//! `vmar.md` §12 and §16; `vmo.md` §5.

use super::cases;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::{probe, zx};
use abi::info::InfoVmo;
use abi::{Topic, VmarOp, VmoOp};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use rt::thread::spawn;
use rt::{Rights, Status, VmOptions, time};

cases! { vmar_op_pieces:
    past_the_stream_size_is_out_of_range,
    what_was_done_before_a_gap_stays_done,
    several_mappings_at_once,
    the_wrapper_of_2017_overwrites_and_maps_a_range,
    others_run_while_a_range_is_committed,
    others_run_while_a_range_is_mapped,
    others_run_while_an_object_is_committed,
    a_long_commit_can_be_killed,
}

fn ask(region: &Region, op: VmarOp, address: u64, len: u64) -> Status {
    zx::vmar_op_range(&**region, op as u32, address, len, 0, 0)
}

fn past_the_stream_size_is_out_of_range() {
    let (region, object) = (region(4), vmo(4));
    assert_eq!(zx::vmo_set_stream_size(&object, PAGE + 1), Status::OK);
    let beyond = VmOptions::FAULT_BEYOND_STREAM_SIZE | VmOptions::ALLOW_FAULTS;
    region.place(0, &object, 4, RW | beyond);
    for op in VmarOp::ALL.iter().copied() {
        // The second page has the last byte of the content in it.
        assert_eq!(ask(&region, op, region.base, 2 * PAGE), Status::OK, "{op:?}");
        assert_eq!(ask(&region, op, region.base, 3 * PAGE), Status::OUT_OF_RANGE, "{op:?}");
    }
}

fn what_was_done_before_a_gap_stays_done() {
    let (region, object) = (region(4), numbered(2, 1));
    region.place(0, &object, 2, RW);
    assert_eq!(ask(&region, VmarOp::Zero, region.base, 3 * PAGE), Status::BAD_STATE);
    assert_eq!(probe::byte_of(&object, 0), 0);
}

fn several_mappings_at_once() {
    let (region, first, second) = (region(4), numbered(2, 1), numbered(2, 3));
    region.place(0, &first, 2, RW);
    region.place(2, &second, 2, R);
    assert_eq!(ask(&region, VmarOp::Zero, region.page(1), 2 * PAGE), Status::OK);
    probe::assert_pages(region.base, &[Ok(1), Ok(0), Ok(0), Ok(4)]);
}

fn the_wrapper_of_2017_overwrites_and_maps_a_range() {
    let (region, object) = (region(4), numbered(2, 5));
    region.place(0, &numbered(4, 1), 4, RW);
    let flags = (R | OVERWRITE | VmOptions::MAP_RANGE).bits();
    let (vmar, vmo) = (region.raw(), object.raw());
    let mut address = 0;
    // SAFETY: nothing but this case uses what is overwritten; `address` is a local variable.
    let status = unsafe { rt::mx::vmar_map(vmar, PAGE, vmo, 0, 2 * PAGE, flags, &raw mut address) };
    assert_eq!((status, address), (Status::OK, region.page(1)));
    probe::assert_pages(region.base, &[Ok(1), Ok(5), Ok(6), Ok(4)]);
    let refused = zx::vmar_map(&*region, flags, PAGE, &object, 0, 2 * PAGE, &mut address);
    assert_eq!(refused, Status::INVALID_ARGS);
}

/// Pages of a range that takes a while.
const MANY: u64 = 30_000;
/// There are 58 large pages in it, and as many pieces. A turn that begins with a tick of the timer ends at once, and on a busy host
/// many do.
const TURNS_AT_LEAST: u64 = 5;

/// How often another thread has run.
static TURNS: AtomicU64 = AtomicU64::new(0);
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// Counts its turns until it is over.
extern "C" fn take_turns(_: u64) {
    while !IS_OVER.load(Ordering::Relaxed) {
        TURNS.fetch_add(1, Ordering::Relaxed);
        time::yield_now();
    }
}

/// Returns how many turns another thread has while `call` is made, which the timer does not interrupt.
#[track_caller]
fn turns_during(call: impl FnOnce() -> Status) -> u64 {
    let other = spawn(take_turns, 0).unwrap();
    while TURNS.load(Ordering::Relaxed) == 0 {
        time::yield_now();
    }
    let before = TURNS.load(Ordering::Relaxed);
    assert_eq!(call(), Status::OK);
    let turns = TURNS.load(Ordering::Relaxed) - before;
    IS_OVER.store(true, Ordering::Relaxed);
    other.join().unwrap();
    turns
}

fn others_run_while_a_range_is_committed() {
    let object = vmo(MANY);
    let address = map(&object, MANY, RW);
    let op = VmarOp::Commit as u32;
    let turns = turns_during(|| zx::vmar_op_range(root(), op, address, MANY * PAGE, 0, 0));
    assert!(turns >= TURNS_AT_LEAST, "{turns} turns");
}

fn others_run_while_a_range_is_mapped() {
    let object = vmo(MANY);
    object.operate(VmoOp::Commit, 0, MANY * PAGE).unwrap();
    let address = map(&object, MANY, RW);
    let op = VmarOp::MapRange as u32;
    let turns = turns_during(|| zx::vmar_op_range(root(), op, address, MANY * PAGE, 0, 0));
    assert!(turns >= TURNS_AT_LEAST, "{turns} turns");
}

fn others_run_while_an_object_is_committed() {
    let object = vmo(MANY);
    let turns = turns_during(|| object.operate(VmoOp::Commit, 0, MANY * PAGE).into());
    assert!(turns >= TURNS_AT_LEAST, "{turns} turns");
}

/// Commits all of the object it was given, through a mapping.
fn commit_given(pages: u64) {
    let object = part::given().remove(0).into();
    let address = map(&object, pages, RW);
    let op = VmarOp::Commit as u32;
    assert_eq!(zx::vmar_op_range(root(), op, address, pages * PAGE, 0, 0), Status::OK);
}

fn a_long_commit_can_be_killed() {
    let object = vmo(MANY);
    let handle = object.duplicate(Rights::SAME_RIGHTS).unwrap().into_handle();
    let part = Part::start(commit_given, MANY, [handle].into());
    let committed = || object.info::<InfoVmo>(Topic::VMO).unwrap().committed_bytes;
    while committed() == 0 {
        time::yield_now();
    }
    part::kill(part);
    let at_the_end = committed();
    assert!((1..MANY * PAGE).contains(&at_the_end), "{at_the_end} bytes");
}
