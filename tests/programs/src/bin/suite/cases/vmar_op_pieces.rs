//! `vmar_op_range` on the pieces of a range: mapping after mapping, as far as each goes.
//!
//! # Source
//! `vmar.md` §12 and §16.

use super::cases;
use crate::fixture::*;
use crate::{probe, zx};
use abi::VmarOp;
use rt::{Status, VmOptions};

cases! { vmar_op_pieces:
    past_the_stream_size_is_out_of_range,
    what_was_done_before_a_gap_stays_done,
    several_mappings_at_once,
    the_wrapper_of_2017_overwrites_and_maps_a_range,
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
