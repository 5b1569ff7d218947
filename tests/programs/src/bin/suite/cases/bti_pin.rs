//! `iommu_create`, `bti_create` and `bti_pin`: what is refused.
//!
//! # Source
//! `vmo.md` §13; `handles-rights-errors.md` §4.

use super::cases;
use crate::fixture::*;
use crate::hardware::{READS, READS_AND_WRITES, bti, contiguous, resource};
use crate::zx;
use abi::info::InfoBti;
use abi::{BtiOptions, Topic, VmoChildOptions, VmoOp};
use alloc::vec::Vec;
use rt::{Bti, Iommu, Pmt, Rights, Status, Vmo};

cases! { bti_pin:
    an_iommu_needs_a_resource,
    an_iommu_needs_a_right_description,
    a_bti_needs_an_iommu,
    new_handles_have_the_default_rights,
    ranges_are_whole_pages_and_not_empty,
    handles_are_checked_in_order,
    rights_follow_the_options,
    options_are_checked,
    the_number_of_addresses_must_be_right,
    a_range_past_the_end_is_out_of_range,
    a_range_past_a_slice_is_out_of_range,
    there_is_an_end_to_addresses,
    a_row_of_any_length_has_one_address,
    bad_pointers_pin_nothing,
}

/// Pins all of an object.
#[track_caller]
fn pin(bti: &Bti, object: &Vmo) -> Pmt {
    let size = object.size().unwrap();
    let mut addresses: Vec<u64> = (0..size / PAGE).collect();
    bti.pin(READS_AND_WRITES, object, 0, size, &mut addresses).unwrap()
}

/// Pins with any numbers; nothing may come of it.
#[track_caller]
fn refused(
    bti: impl zx::Word,
    options: u32,
    object: impl zx::Word,
    range: [u64; 2],
    count: u64,
) -> Status {
    let (mut places, mut out) = ([1_u64; 16], 0_u32);
    let [offset, size] = range;
    let status = zx::bti_pin(bti, options, object, offset, size, &mut places, count, &mut out);
    assert_ne!(status, Status::OK);
    assert_eq!((places, out), ([1; 16], 0), "nothing is written");
    status
}

/// Returns how many ranges are pinned, and how many of them are in quarantine.
#[track_caller]
fn counts(bti: &Bti) -> (u64, u64) {
    let info: InfoBti = bti.info(Topic::BTI).unwrap();
    assert_eq!(info.minimum_contiguity, PAGE);
    (info.pmo_count, info.quarantine_count)
}

fn an_iommu_needs_a_resource() {
    let (mut out, description) = (0_u32, [0_u8]);
    let mut ask = |resource: u32| zx::iommu_create(resource, 0, &description[..], 1_u64, &mut out);
    assert_eq!(ask(UNKNOWN), Status::BAD_HANDLE);
    assert_eq!(ask(root().raw()), Status::WRONG_TYPE);
}

fn an_iommu_needs_a_right_description() {
    let (mut out, description) = (0_u32, [0_u8; 2]);
    let mut ask =
        |kind: u32, len: u64| zx::iommu_create(resource(), kind, &description[..], len, &mut out);
    assert_eq!(ask(0, 0), Status::INVALID_ARGS);
    assert_eq!(ask(0, 2), Status::INVALID_ARGS);
    assert_eq!(ask(1, 1), Status::NOT_SUPPORTED);
    assert_eq!(ask(1, 4097), Status::INVALID_ARGS);
    assert_eq!(zx::iommu_create(resource(), 0, 0_u64, 1_u64, &mut out), Status::INVALID_ARGS);
}

fn a_bti_needs_an_iommu() {
    let mut out = 0_u32;
    assert_eq!(zx::bti_create(UNKNOWN, 1, 0_u64, &mut out), Status::INVALID_ARGS);
    assert_eq!(zx::bti_create(UNKNOWN, 0, 0_u64, &mut out), Status::BAD_HANDLE);
    assert_eq!(zx::bti_create(resource(), 0, 0_u64, &mut out), Status::WRONG_TYPE);
}

fn new_handles_have_the_default_rights() {
    let iommu = Iommu::create(resource()).unwrap();
    let bti = Bti::create(&iommu, 7).unwrap();
    let pmt = pin(&bti, &vmo(1));
    for (handle, expected) in [
        (&*iommu, Rights::IOMMU_DEFAULT),
        (&*bti, Rights::BTI_DEFAULT),
        (&*pmt, Rights::PMT_DEFAULT),
    ] {
        assert_eq!(handle.basic_info().unwrap().rights, expected.bits());
    }
    pmt.unpin().unwrap();
}

fn ranges_are_whole_pages_and_not_empty() {
    for range in [[0, 0], [1, PAGE], [0, PAGE - 1], [PAGE, 1]] {
        assert_eq!(refused(UNKNOWN, READS.bits(), UNKNOWN, range, 1), Status::INVALID_ARGS);
    }
}

fn handles_are_checked_in_order() {
    let (bti, all) = (bti(), [0, PAGE]);
    let weak = without(&bti, Rights::MAP);
    assert_eq!(refused(UNKNOWN, 0, root(), all, 1), Status::BAD_HANDLE);
    assert_eq!(refused(root(), 0, UNKNOWN, all, 1), Status::WRONG_TYPE);
    assert_eq!(refused(&weak, 0, UNKNOWN, all, 1), Status::ACCESS_DENIED);
    assert_eq!(refused(&bti, 0, UNKNOWN, all, 1), Status::BAD_HANDLE);
    assert_eq!(refused(&bti, 0, root(), all, 1), Status::WRONG_TYPE);
}

fn rights_follow_the_options() {
    let (bti, object) = (bti(), vmo(1));
    for (options, missing) in [
        (BtiOptions::PERM_READ, Rights::MAP),
        (BtiOptions::PERM_READ, Rights::READ),
        (BtiOptions::PERM_EXECUTE, Rights::READ),
        (BtiOptions::PERM_WRITE, Rights::WRITE),
        (READS_AND_WRITES, Rights::WRITE),
    ] {
        let weak = without(&object, missing);
        let status = refused(&bti, options.bits(), &weak, [0, PAGE], 1);
        assert_eq!(status, Status::ACCESS_DENIED, "{options:?} without {missing:?}");
    }
    let readable: Vmo = without(&object, Rights::WRITE).into();
    bti.pin(READS, &readable, 0, PAGE, &mut [0]).unwrap().unpin().unwrap();
}

fn there_is_an_end_to_addresses() {
    const MOST: u64 = 32768;
    let (bti, object, mut out) = (bti(), vmo(1), 0_u32);
    for (handle, count, expected) in [
        (UNKNOWN, MOST + 1, Status::INVALID_ARGS),
        (UNKNOWN, u64::MAX, Status::INVALID_ARGS),
        (UNKNOWN, MOST, Status::BAD_HANDLE),
        (bti.raw(), MOST, Status::INVALID_ARGS),
    ] {
        let status = zx::bti_pin(handle, READS.bits(), &object, 0, PAGE, 0_u64, count, &mut out);
        assert_eq!((status, out), (expected, 0), "{count}");
    }
}

fn a_row_of_any_length_has_one_address() {
    const SIZE: u64 = (1 << 52) - PAGE;
    let object = Vmo::create_physical(resource(), PAGE, SIZE).unwrap();
    let mut addresses = [0];
    let options = READS | BtiOptions::CONTIGUOUS;
    let pmt = bti().pin(options, &object, 0, SIZE, &mut addresses).unwrap();
    assert_eq!(addresses, [PAGE]);
    pmt.unpin().unwrap();
}

fn options_are_checked() {
    let (bti, object) = (bti(), vmo(1));
    let run = BtiOptions::CONTIGUOUS;
    for options in [
        0,
        BtiOptions::COMPRESS.bits(),
        READS.bits() | 1 << 5,
        READS.bits() | 1 << 31,
        (READS | run).bits(),
    ] {
        let status = refused(&bti, options, &object, [0, PAGE], 1);
        assert_eq!(status, Status::INVALID_ARGS, "{options:#x}");
    }
    let both = (READS | run | BtiOptions::COMPRESS).bits();
    assert_eq!(refused(&bti, both, &contiguous(1), [0, PAGE], 1), Status::INVALID_ARGS);
}

fn the_number_of_addresses_must_be_right() {
    let (bti, object) = (bti(), vmo(4));
    for count in [0, 1, 3, 5, u64::MAX] {
        let status = refused(&bti, READS.bits(), &object, [0, 4 * PAGE], count);
        assert_eq!(status, Status::INVALID_ARGS, "{count}");
    }
    let run = (READS | BtiOptions::CONTIGUOUS).bits();
    assert_eq!(refused(&bti, run, &contiguous(2), [0, 2 * PAGE], 2), Status::INVALID_ARGS);
}

fn a_range_past_the_end_is_out_of_range() {
    let (bti, object) = (bti(), vmo(2));
    for (range, count) in [
        ([0, 3 * PAGE], 3),
        ([0, 3 * PAGE], 2),
        ([2 * PAGE, PAGE], 1),
        ([u64::MAX - PAGE + 1, PAGE], 1),
    ] {
        assert_eq!(refused(&bti, READS.bits(), &object, range, count), Status::OUT_OF_RANGE);
    }
}

fn a_range_past_a_slice_is_out_of_range() {
    let (bti, object) = (bti(), vmo(4));
    let slice = object.create_child(VmoChildOptions::SLICE, PAGE, PAGE).unwrap();
    let status = refused(&bti, READS.bits(), &slice, [0, 2 * PAGE], 2);
    assert_eq!(status, Status::OUT_OF_RANGE);
    let pmt = pin(&bti, &slice);
    assert_eq!(object.operate(VmoOp::Decommit, 0, PAGE), Ok(()));
    assert_eq!(object.operate(VmoOp::Decommit, PAGE, PAGE), Err(Status::BAD_STATE));
    pmt.unpin().unwrap();
}

fn bad_pointers_pin_nothing() {
    let (bti, object) = (bti(), vmo(2));
    for address in Hostile::new().addresses() {
        let (mut places, mut out) = ([0_u64; 2], 0_u32);
        let pin = |places: u64, out: u64| {
            zx::bti_pin(&bti, READS.bits(), &object, 0_u64, 2 * PAGE, places, 2_u64, out)
        };
        let good_places = zx::Word::word(&mut places);
        let good_out = zx::Word::word(&mut out);
        assert_eq!(pin(address, good_out), Status::INVALID_ARGS, "{address:#x}");
        assert_eq!(pin(good_places, address), Status::INVALID_ARGS, "{address:#x}");
    }
    assert_eq!(counts(&bti), (0, 0));
    assert_eq!(object.operate(VmoOp::Decommit, 0, 2 * PAGE), Ok(()));
}
