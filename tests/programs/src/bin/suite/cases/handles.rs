//! Handle values, and the calls that copy, exchange and close handles.
//!
//! # Source
//! `handles-rights-errors.md` §3 and §4.

use super::cases;
use crate::fixture::*;
use crate::{part, zx};
use abi::Topic;
use abi::object::FIRST_KOID;
use alloc::vec::Vec;
use rt::{Channel, Process, Rights, Status, Thread, Vmo, start};

cases! { handles:
    closing_nothing_is_fine,
    closing_twice_is_bad,
    the_lowest_bits_are_set,
    the_lowest_bits_count,
    every_bit_counts,
    a_stale_value_never_resolves,
    a_value_of_another_process_is_bad,
    values_differ_between_processes,
    duplicate_keeps_rights_and_object,
    duplicate_with_fewer_rights,
    duplicate_without_any_right,
    duplicate_with_more_rights_is_invalid,
    duplicate_with_unknown_rights_is_invalid,
    duplicate_needs_the_right,
    a_duplicate_outlives_the_original,
    replace_keeps_the_object_and_consumes,
    replacing_the_only_handle_closes_nothing,
    replace_needs_no_duplicate_right,
    replace_with_more_rights_is_invalid_and_consumes,
    close_many_closes_all,
    close_many_skips_zeros,
    close_many_goes_on_after_an_unknown_value,
    close_many_refuses_a_value_that_comes_twice,
    close_many_needs_a_readable_array,
    close_many_of_nothing,
    close_many_of_more_than_there_can_be,
    close_many_needs_no_right,
    what_is_open_is_valid,
    koids_are_unique,
    koids_are_never_used_again,
    thousands_at_a_time,
    closing_the_last_gives_memory_back,
}

fn what_is_open_is_valid() {
    let object = vmo(1);
    let weak = without(&object, Rights::SAME_RIGHTS);
    let bare = weak.duplicate(Rights::DUPLICATE).unwrap().replace(Rights::empty()).unwrap();
    assert_eq!(zx::handle_check_valid(&bare), Status::OK);
    let raw = object.into_handle().into_raw();
    zx::close(raw);
    assert_eq!(zx::handle_check_valid(0), Status::INVALID_ARGS);
    for never in [1, 2, 4, UNKNOWN, raw - 1, raw - 2, u32::MAX - 3] {
        assert_eq!(zx::handle_check_valid(never), Status::OUT_OF_RANGE, "{never:#x}");
    }
    for gone in [raw, u32::MAX] {
        assert_eq!(zx::handle_check_valid(gone), Status::NOT_FOUND, "{gone:#x}");
    }
}

fn closing_nothing_is_fine() {
    assert_eq!(zx::handle_close(0), Status::OK);
}

/// Opens and closes a handle and returns its value.
fn closed() -> u32 {
    let raw = vmo(1).into_handle().into_raw();
    zx::close(raw);
    raw
}

fn closing_twice_is_bad() {
    assert_eq!(zx::handle_close(closed()), Status::BAD_HANDLE);
}

fn the_lowest_bits_are_set() {
    let handles: Vec<Vmo> = (0..100).map(|_| vmo(0)).collect();
    assert!(handles.iter().all(|handle| handle.raw() & 3 == 3));
}

/// Asks whether a value names something.
fn is_valid(value: u32) -> bool {
    let status = zx::object_get_info(value, Topic::HANDLE_VALID.0, 0, 0, 0, 0);
    assert!(matches!(status, Status::OK | Status::BAD_HANDLE), "{status:?}");
    status == Status::OK
}

fn the_lowest_bits_count() {
    let object = vmo(1);
    for bits in 0..3 {
        assert!(!is_valid(object.raw() & !3 | bits), "lowest bits {bits:02b}");
    }
    assert!(is_valid(object.raw()));
}

fn every_bit_counts() {
    let object = vmo(1);
    for bit in 0..32 {
        // Another handle may have such a value by chance, but not one to this object.
        let other = object.raw() ^ 1 << bit;
        let mut size = 0_u64;
        assert_ne!(zx::vmo_get_size(other, &mut size), Status::OK, "bit {bit}");
    }
}

fn a_stale_value_never_resolves() {
    let stale = closed();
    let others: Vec<u32> = (0..500).map(|_| closed()).collect();
    assert!(!others.contains(&stale), "a value came again");
    let open: Vec<Vmo> = (0..100).map(|_| vmo(0)).collect();
    assert!(open.iter().all(|handle| handle.raw() != stale));
    assert!(!is_valid(stale));
}

/// Checks that a number names nothing here.
fn check_unknown(value: u64) {
    assert!(!is_valid(u32::try_from(value).unwrap()));
}

fn a_value_of_another_process_is_bad() {
    let handles: Vec<Vmo> = (0..8).map(|_| vmo(0)).collect();
    for handle in &handles {
        part::passes(check_unknown, handle.raw().into(), Vec::new());
    }
}

/// Stores the value that a handle to the VMO has here.
fn report_value(offset: u64) {
    let object: Vmo = part::given().remove(0).into();
    object.write(offset, &object.raw().to_le_bytes()).unwrap();
}

fn values_differ_between_processes() {
    let object = vmo(1);
    for offset in [0, 4] {
        let handle = object.duplicate(Rights::SAME_RIGHTS).unwrap().into_handle();
        part::passes(report_value, offset, [handle].into());
    }
    let mut values = [0; 8];
    object.read(0, &mut values).unwrap();
    assert_ne!(values[..4], values[4..], "the same secret in two processes");
}

fn duplicate_keeps_rights_and_object() {
    let object = vmo(1);
    let second = object.duplicate(Rights::SAME_RIGHTS).unwrap();
    assert_ne!(object.raw(), second.raw());
    assert_eq!(object.basic_info(), second.basic_info());
}

fn duplicate_with_fewer_rights() {
    let object = vmo(1);
    for right in Rights::VMO_DEFAULT.iter() {
        let weak = object.duplicate(Rights::VMO_DEFAULT - right).unwrap();
        let rights = weak.basic_info().unwrap().rights;
        assert_eq!(rights, (Rights::VMO_DEFAULT - right).bits(), "without {right:?}");
        let only = object.duplicate(right).unwrap();
        assert_eq!(only.basic_info().unwrap().rights, right.bits(), "only {right:?}");
    }
}

fn duplicate_without_any_right() {
    let bare = vmo(1).duplicate(Rights::empty()).unwrap();
    assert_eq!(bare.basic_info().unwrap().rights, 0);
    assert_eq!(bare.size(), Ok(PAGE));
}

fn duplicate_with_more_rights_is_invalid() {
    let object: Vmo = vmo(1).duplicate(Rights::DUPLICATE | Rights::READ).unwrap();
    let has = Rights::DUPLICATE | Rights::READ;
    for right in Rights::all().difference(has | Rights::SAME_RIGHTS).iter() {
        assert_eq!(object.duplicate(has | right).err(), Some(Status::INVALID_ARGS), "{right:?}");
    }
}

fn duplicate_with_unknown_rights_is_invalid() {
    let object = vmo(1);
    for bits in [1 << 25, 1 << 30, u32::MAX, 0x8000_0001, 0x8000_0000 | Rights::VMO_DEFAULT.bits()]
    {
        let rights = Rights::from_bits_retain(bits);
        assert_eq!(object.duplicate(rights).err(), Some(Status::INVALID_ARGS), "{bits:#x}");
    }
}

fn duplicate_needs_the_right() {
    let weak = without(&vmo(1), Rights::DUPLICATE);
    for rights in [Rights::SAME_RIGHTS, Rights::READ, Rights::empty(), Rights::MANAGE_JOB] {
        assert_eq!(weak.duplicate(rights).err(), Some(Status::ACCESS_DENIED), "{rights:?}");
    }
}

fn a_duplicate_outlives_the_original() {
    let object = numbered(1, 6);
    let second = object.duplicate(Rights::SAME_RIGHTS).unwrap();
    drop(object);
    assert_eq!(crate::probe::byte_of(&second, 0), 6);
}

fn replace_keeps_the_object_and_consumes() {
    let object = vmo(1).into_handle();
    let before = object.basic_info().unwrap();
    let raw = object.raw();
    let after = object.replace(Rights::READ | Rights::WRITE).unwrap();
    let info = after.basic_info().unwrap();
    assert_eq!((info.koid, info.rights), (before.koid, Rights::IO.bits()));
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
}

fn replacing_the_only_handle_closes_nothing() {
    let (here, there) = Channel::create().unwrap();
    let here: Channel = here.into_handle().replace(Rights::READ).unwrap().into();
    there.write(&[7], Vec::new()).unwrap();
    let mut bytes = [0];
    here.read(&mut bytes).unwrap();
    assert_eq!(bytes, [7]);
    drop(here);
    assert_eq!(there.write(&[8], Vec::new()), Err(Status::PEER_CLOSED));
}

fn replace_needs_no_duplicate_right() {
    let weak = without(&vmo(1), Rights::DUPLICATE);
    let rights = weak.basic_info().unwrap().rights;
    let same = weak.replace(Rights::SAME_RIGHTS).unwrap();
    assert_eq!(same.basic_info().unwrap().rights, rights);
}

fn replace_with_more_rights_is_invalid_and_consumes() {
    let raw = vmo(1).into_handle().into_raw();
    let mut out = 77_u32;
    let status = zx::handle_replace(raw, Rights::VMO_DEFAULT | Rights::EXECUTE, &mut out);
    assert_eq!((status, out), (Status::INVALID_ARGS, 77));
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
}

/// Opens `count` handles.
fn open(count: usize) -> Vec<u32> {
    (0..count).map(|_| vmo(0).into_handle().into_raw()).collect()
}

/// Closes them with one call.
#[track_caller]
fn close_many(values: &[u32]) -> Status {
    zx::handle_close_many(values, values.len())
}

fn close_many_closes_all() {
    for count in [1, 63, 64, 65, 200] {
        let values = open(count);
        assert_eq!(close_many(&values), Status::OK);
        assert!(values.iter().all(|value| !is_valid(*value)), "{count} handles");
    }
}

fn close_many_skips_zeros() {
    let values = open(2);
    assert_eq!(close_many(&[0, values[0], 0, values[1], 0]), Status::OK);
    assert!(!is_valid(values[0]) && !is_valid(values[1]));
    assert_eq!(close_many(&[0; 100]), Status::OK);
}

fn close_many_goes_on_after_an_unknown_value() {
    let values = open(2);
    assert_eq!(close_many(&[values[0], UNKNOWN, values[1]]), Status::BAD_HANDLE);
    assert!(!is_valid(values[0]) && !is_valid(values[1]));
}

fn close_many_refuses_a_value_that_comes_twice() {
    let values = open(2);
    assert_eq!(close_many(&[values[0], values[0], values[1]]), Status::BAD_HANDLE);
    assert!(!is_valid(values[0]) && !is_valid(values[1]));
}

fn close_many_needs_a_readable_array() {
    let region = region(1);
    let sealed = map(&vmo(1), 1, NONE);
    for address in [0, 4, region.base, sealed, 1 << 47, 0xFFFF_8000_0000_0000, u64::MAX - 3] {
        assert_eq!(zx::handle_close_many(address, 1), Status::INVALID_ARGS, "{address:#x}");
    }
}

fn close_many_of_nothing() {
    assert_eq!(close_many(&[]), Status::OK);
    assert_eq!(zx::handle_close_many(0, 0), Status::OK);
}

fn close_many_of_more_than_there_can_be() {
    let address = map(&vmo(1), 1, R);
    for count in [1 << 62, (1 << 62) + 1, 1 << 63, u64::MAX, 1 << 45] {
        assert_eq!(zx::handle_close_many(address, count), Status::INVALID_ARGS, "{count:#x}");
    }
}

fn close_many_needs_no_right() {
    let bare = vmo(1).into_handle().replace(Rights::empty()).unwrap().into_raw();
    assert_eq!(close_many(&[bare]), Status::OK);
    assert!(!is_valid(bare));
}

fn koids_are_unique() {
    let (process, vmar) = Process::create(start().job(), "koids").unwrap();
    let thread = Thread::create(&process, "koids").unwrap();
    let (one, other) = Channel::create().unwrap();
    let object = vmo(1);
    let region = region(1);
    let handles = [
        &*process,
        &*vmar,
        &*thread,
        &*one,
        &*other,
        &*object,
        &**region,
        &**root(),
        &**start().process(),
        &**start().thread(),
        &**start().job(),
    ];
    let mut koids: Vec<u64> =
        handles.iter().map(|handle| handle.basic_info().unwrap().koid).collect();
    koids.sort_unstable();
    assert!(koids.windows(2).all(|pair| pair[0] < pair[1]), "{koids:?}");
    assert!(koids[0] >= FIRST_KOID && koids.last().unwrap() >> 63 == 0, "{koids:?}");
}

fn koids_are_never_used_again() {
    let koids: Vec<u64> = (0..100).map(|_| vmo(0).basic_info().unwrap().koid).collect();
    assert!(koids.windows(2).all(|pair| pair[0] < pair[1]), "{koids:?}");
}

fn thousands_at_a_time() {
    let object = vmo(1);
    let mut values: Vec<u32> = (0..5000)
        .map(|_| object.duplicate(Rights::READ).unwrap().into_handle().into_raw())
        .collect();
    assert_eq!(close_many(&values), Status::OK);
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), 5000, "distinct values");
}

fn closing_the_last_gives_memory_back() {
    crate::usage::assert_leaks_nothing(|| {
        let object = vmo(8);
        for page in 0..8 {
            object.write(page * PAGE, &[1]).unwrap();
        }
        let second = object.duplicate(Rights::SAME_RIGHTS).unwrap();
        drop(object);
        assert_eq!(crate::probe::byte_of(&second, 0), 1);
    });
}
