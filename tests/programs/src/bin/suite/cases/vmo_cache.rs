//! `vmo_set_cache_policy`, and the operations of `vmo_op_range` on caches.
//!
//! # Source
//! `vmo.md` §5, CACHE_*, and §6.

use super::cases;
use crate::entry::{Entry, assert_permits};
use crate::fixture::*;
use crate::hardware;
use crate::paging::Paging;
use crate::{probe, zx};
use abi::{CachePolicy, VmoChildOptions, VmoOp};
use rt::{Rights, Status, Vmo, VmoOptions};

cases! { vmo_cache:
    operations_accept_these_ranges,
    operations_take_no_frames,
    physical_objects_support_no_operation,
    unknown_policies_precede_the_handle,
    setting_needs_map,
    a_fresh_object_takes_every_policy,
    written_pages_keep_their_content,
    a_mapped_object_is_in_a_bad_state,
    relatives_are_in_a_bad_state,
    a_snapshot_is_in_a_bad_state_when_its_parent_is_gone,
    what_a_pager_supplies_stays_cached,
    views_are_in_a_bad_state,
    a_pinned_object_is_in_a_bad_state,
    a_discardable_object_stays_cached,
    uncached_objects_cannot_be_copied,
    uncached_objects_cannot_be_zeroed,
    uncached_objects_have_no_children,
    cached_again_everything_works,
    what_has_frames_and_is_not_cached_stays_so,
    uncached_mappings_work,
    a_physical_object_keeps_its_policy_when_mapped,
    slices_of_physical_objects_inherit,
    contiguous_objects_can_be_uncached,
}

const UNCACHED: CachePolicy = CachePolicy::Uncached;

/// Checks how the processor caches the page at `address`, which is there.
#[track_caller]
fn assert_cached(address: u64, policy: CachePolicy) {
    // An entry cannot tell the two kinds of uncached memory apart.
    let expected = if policy == CachePolicy::UncachedDevice { UNCACHED } else { policy };
    assert_eq!(Entry::of(address).cache_policy(), expected, "{policy:?}");
}

const POLICIES: [CachePolicy; 4] = [
    CachePolicy::Cached,
    CachePolicy::Uncached,
    CachePolicy::UncachedDevice,
    CachePolicy::WriteCombining,
];
const OPERATIONS: [VmoOp; 4] =
    [VmoOp::CacheSync, VmoOp::CacheInvalidate, VmoOp::CacheClean, VmoOp::CacheCleanInvalidate];

fn operations_accept_these_ranges() {
    let object = vmo(4);
    let size = 4 * PAGE;
    for op in OPERATIONS {
        assert_eq!(object.operate(op, 0, 0), Err(Status::INVALID_ARGS), "{op:?}");
        for (offset, len) in [(0, 1), (0, PAGE), (PAGE - 1, 1), (PAGE - 1, PAGE), (0, size)] {
            assert_eq!(object.operate(op, offset, len), Ok(()), "{op:?} {offset:#x} {len:#x}");
        }
        for (offset, len) in [(size, 1), (1, size), (0, size + 1)] {
            let expected = Err(Status::OUT_OF_RANGE);
            assert_eq!(object.operate(op, offset, len), expected, "{op:?} {offset:#x} {len:#x}");
        }
    }
}

fn operations_take_no_frames() {
    let object = vmo(4);
    let before = crate::usage::Usage::now().frames();
    for op in OPERATIONS {
        object.operate(op, 0, 4 * PAGE).unwrap();
    }
    assert_eq!(crate::usage::Usage::now().frames(), before);
}

fn physical_objects_support_no_operation() {
    let physical = hardware::physical(1);
    for op in OPERATIONS {
        assert_eq!(physical.window.operate(op, 0, PAGE), Err(Status::NOT_SUPPORTED), "{op:?}");
    }
}

fn unknown_policies_precede_the_handle() {
    for policy in [4, 5, 8, 1 << 31, u32::MAX] {
        assert_eq!(zx::vmo_set_cache_policy(UNKNOWN, policy), Status::INVALID_ARGS);
        assert_eq!(zx::vmo_set_cache_policy(&vmo(1), policy), Status::INVALID_ARGS);
    }
    assert_eq!(zx::vmo_set_cache_policy(UNKNOWN, 0), Status::BAD_HANDLE);
    assert_eq!(zx::vmo_set_cache_policy(root(), 0), Status::WRONG_TYPE);
}

fn setting_needs_map() {
    let weak: Vmo = without(&vmo(1), Rights::MAP).into();
    assert_eq!(weak.set_cache_policy(UNCACHED), Err(Status::ACCESS_DENIED));
}

fn a_fresh_object_takes_every_policy() {
    for policy in POLICIES {
        assert_eq!(vmo(2).set_cache_policy(policy), Ok(()), "{policy:?}");
        assert_eq!(resizable(2).set_cache_policy(policy), Ok(()), "{policy:?}");
    }
}

fn written_pages_keep_their_content() {
    for policy in POLICIES {
        let object = numbered(3, 4);
        object.set_cache_policy(policy).unwrap();
        let address = map(&object, 3, R);
        probe::assert_pages(address, &[Ok(4), Ok(5), Ok(6)]);
        assert_cached(address, policy);
    }
}

fn a_mapped_object_is_in_a_bad_state() {
    let object = vmo(1);
    let address = map(&object, 1, R);
    for policy in POLICIES {
        assert_eq!(object.set_cache_policy(policy), Err(Status::BAD_STATE), "{policy:?}");
    }
    root().unmap(address, PAGE).unwrap();
    assert_eq!(object.set_cache_policy(UNCACHED), Ok(()));
}

fn relatives_are_in_a_bad_state() {
    let parent = vmo(1);
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE).unwrap();
    for object in [&parent, &child] {
        assert_eq!(object.set_cache_policy(UNCACHED), Err(Status::BAD_STATE));
    }
    drop(child);
    assert_eq!(parent.set_cache_policy(UNCACHED), Ok(()));
}

fn a_snapshot_is_in_a_bad_state_when_its_parent_is_gone() {
    let parent = vmo(1);
    let child = parent.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE).unwrap();
    drop(parent);
    for policy in POLICIES {
        assert_eq!(child.set_cache_policy(policy), Err(Status::BAD_STATE), "{policy:?}");
    }
}

fn what_a_pager_supplies_stays_cached() {
    let paging = Paging::fixed(1);
    for policy in POLICIES {
        let expected = if policy == CachePolicy::Cached { Ok(()) } else { Err(Status::BAD_STATE) };
        assert_eq!(paging.vmo.set_cache_policy(policy), expected, "{policy:?}");
    }
}

fn views_are_in_a_bad_state() {
    for (options, size) in [(VmoChildOptions::SLICE, PAGE), (VmoChildOptions::REFERENCE, 0)] {
        let parent = vmo(1);
        let child = parent.create_child(options, 0, size).unwrap();
        for object in [&parent, &child] {
            assert_eq!(object.set_cache_policy(UNCACHED), Err(Status::BAD_STATE), "{options:?}");
        }
        drop(child);
        assert_eq!(parent.set_cache_policy(UNCACHED), Ok(()), "{options:?}");
    }
}

fn a_pinned_object_is_in_a_bad_state() {
    for object in [vmo(1), hardware::contiguous(1)] {
        let bti = hardware::bti();
        let pmt = bti.pin(hardware::READS, &object, 0, PAGE, &mut [0]).unwrap();
        assert_eq!(object.set_cache_policy(UNCACHED), Err(Status::BAD_STATE));
        pmt.unpin().unwrap();
        assert_eq!(object.set_cache_policy(UNCACHED), Ok(()));
    }
}

fn a_discardable_object_stays_cached() {
    let object = Vmo::create(PAGE, VmoOptions::DISCARDABLE).unwrap();
    assert_eq!(object.set_cache_policy(UNCACHED), Err(Status::BAD_STATE));
    assert_eq!(object.set_cache_policy(CachePolicy::Cached), Ok(()));
}

/// Makes an object that is not cached.
#[track_caller]
fn uncached(pages: u64) -> Vmo {
    let object = vmo(pages);
    object.set_cache_policy(UNCACHED).unwrap();
    object
}

fn uncached_objects_cannot_be_copied() {
    let object = uncached(1);
    let mut byte = [0];
    assert_eq!(object.read(0, &mut byte), Err(Status::BAD_STATE));
    assert_eq!(object.write(0, &byte), Err(Status::BAD_STATE));
    assert_eq!(object.read(PAGE, &mut byte), Err(Status::BAD_STATE), "before the range");
    let wraps = zx::vmo_read(&object, 0_u64, u64::MAX, 2_u64);
    assert_eq!(wraps, Status::OUT_OF_RANGE);
}

fn uncached_objects_cannot_be_zeroed() {
    assert_eq!(uncached(1).operate(VmoOp::Zero, 0, PAGE), Err(Status::BAD_STATE));
}

fn uncached_objects_have_no_children() {
    let object = uncached(1);
    for options in [
        VmoChildOptions::SNAPSHOT,
        VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE,
        VmoChildOptions::SNAPSHOT_MODIFIED,
        VmoChildOptions::SLICE,
    ] {
        let child = object.create_child(options, 0, PAGE);
        assert_eq!(child, Err(Status::BAD_STATE), "{options:?}");
    }
    let reference = object.create_child(VmoChildOptions::REFERENCE, 0, 0);
    assert_eq!(reference, Err(Status::BAD_STATE));
}

fn cached_again_everything_works() {
    let object = uncached(1);
    object.set_cache_policy(CachePolicy::Cached).unwrap();
    object.write(0, &[1]).unwrap();
    assert_eq!(probe::byte_of(&object, 0), 1);
}

fn what_has_frames_and_is_not_cached_stays_so() {
    let object = vmo(2);
    object.write(PAGE, &[1]).unwrap();
    object.set_cache_policy(UNCACHED).unwrap();
    let contiguous = hardware::contiguous(1);
    contiguous.set_cache_policy(UNCACHED).unwrap();
    for policy in POLICIES {
        assert_eq!(object.set_cache_policy(policy), Err(Status::BAD_STATE), "{policy:?}");
        assert_eq!(contiguous.set_cache_policy(policy), Err(Status::BAD_STATE), "{policy:?}");
    }
    object.operate(VmoOp::Decommit, 0, 2 * PAGE).unwrap();
    assert_eq!(object.set_cache_policy(CachePolicy::Cached), Ok(()));
    assert_eq!(probe::byte_of(&object, PAGE), 0);
}

fn uncached_mappings_work() {
    for policy in POLICIES {
        let object = vmo(2);
        object.set_cache_policy(policy).unwrap();
        let (one, other) = (map(&object, 2, RW), map(&object, 2, R));
        assert_eq!(probe::read(one), Ok(0), "{policy:?}");
        assert_eq!(probe::write(one + PAGE, 3), Ok(()), "{policy:?}");
        probe::assert_pages(other, &[Ok(0), Ok(3)]);
        for (address, options) in [(one + PAGE, RW), (other + PAGE, R), (one, R), (other, R)] {
            assert_cached(address, policy);
            assert_permits(address, options);
        }
    }
}

fn a_physical_object_keeps_its_policy_when_mapped() {
    let physical = hardware::physical(1);
    let window = &physical.window;
    window.set_cache_policy(CachePolicy::WriteCombining).unwrap();
    let address = map(window, 1, R);
    assert_eq!(probe::read(address), Ok(0));
    assert_cached(address, CachePolicy::WriteCombining);
    assert_eq!(Entry::of(address).frame(), physical.address);
    assert_eq!(window.set_cache_policy(CachePolicy::WriteCombining), Ok(()));
    assert_eq!(window.set_cache_policy(UNCACHED), Err(Status::BAD_STATE));
    root().unmap(address, PAGE).unwrap();
    assert_eq!(window.set_cache_policy(UNCACHED), Ok(()));
}

fn slices_of_physical_objects_inherit() {
    let physical = hardware::physical(2);
    let window = &physical.window;
    window.set_cache_policy(CachePolicy::WriteCombining).unwrap();
    let slice = window.create_child(VmoChildOptions::SLICE, PAGE, PAGE).unwrap();
    assert_eq!(slice.set_cache_policy(CachePolicy::WriteCombining), Ok(()));
    assert_eq!(slice.set_cache_policy(CachePolicy::Cached), Err(Status::BAD_STATE));
    let address = map(&slice, 1, R);
    assert_eq!(probe::read(address), Ok(0));
    assert_cached(address, CachePolicy::WriteCombining);
    assert_eq!(Entry::of(address).frame(), physical.address + PAGE);
}

fn contiguous_objects_can_be_uncached() {
    let object = hardware::contiguous(2);
    object.write(PAGE, &[6]).unwrap();
    object.set_cache_policy(UNCACHED).unwrap();
    assert_eq!(object.read(0, &mut [0]), Err(Status::BAD_STATE));
    let slice = object.create_child(VmoChildOptions::SLICE, PAGE, PAGE).unwrap();
    let address = map(&slice, 1, R);
    assert_eq!(probe::read(address), Ok(6));
    assert_cached(address, UNCACHED);
}
