//! `vmar_allocate`: what success gives.
//!
//! # Source
//! `vmar.md` §5, §7 and §14.

use super::cases;
use crate::fixture::*;
use crate::zx;
use rt::{Rights, Status, VmOptions};

cases! { vmar_allocate:
    specific_goes_to_the_offset,
    the_address_is_aligned_inside_and_not_zero,
    a_handle_has_the_rights_of_its_flags,
    can_map_specific_needs_no_parent_that_has_it,
    permissions_only_shrink,
    a_region_without_permissions_reserves,
    a_child_may_cover_its_parent,
    a_closed_handle_keeps_the_region,
    a_parent_without_duplicate_has_children_with_it,
}

/// Asks for `size` bytes in `parent` and returns the status; what is made stays.
#[track_caller]
pub(super) fn ask(parent: impl zx::Word, options: VmOptions, offset: u64, size: u64) -> Status {
    let (mut child, mut address) = (0_u32, 0_u64);
    zx::vmar_allocate(parent, options, offset, size, &mut child, &mut address)
}

fn specific_goes_to_the_offset() {
    let region = region(8);
    for page in [7, 0, 3] {
        let (_, address) = region.allocate(SPECIFIC, page * PAGE, PAGE).unwrap();
        assert_eq!(address, region.page(page));
    }
}

fn the_address_is_aligned_inside_and_not_zero() {
    let parent = root().region().unwrap();
    for _ in 0..64 {
        let (child, address) = root().allocate(NONE, 0, 3 * PAGE).unwrap();
        assert_eq!(address % PAGE, 0);
        assert!(address >= parent.base && address + 3 * PAGE <= parent.base + parent.len);
        let info = child.region().unwrap();
        assert_eq!((info.base, info.len), (address, 3 * PAGE));
    }
}

fn a_handle_has_the_rights_of_its_flags() {
    let flags = [
        (VmOptions::CAN_MAP_READ, Rights::READ),
        (VmOptions::CAN_MAP_WRITE, Rights::WRITE),
        (VmOptions::CAN_MAP_EXECUTE, Rights::EXECUTE),
        (VmOptions::CAN_MAP_SPECIFIC, Rights::empty()),
    ];
    for mask in 0..16 {
        let chosen = (0..).zip(flags).filter(|(bit, _)| mask >> bit & 1 == 1);
        let (options, rights) = chosen.fold((NONE, Rights::VMAR_DEFAULT), |so_far, (_, next)| {
            (so_far.0 | next.0, so_far.1 | next.1)
        });
        let child = region_in(root(), options, 0, 1);
        assert_eq!(child.basic_info().unwrap().rights, rights.bits(), "{options:?}");
    }
}

fn can_map_specific_needs_no_parent_that_has_it() {
    let parent = region_in(root(), VmOptions::CAN_MAP_PERMS, 0, 8);
    let child = region_in(&parent, CAN_ALL, 0, 4);
    assert_eq!(ask(&child.vmar, SPECIFIC, PAGE, PAGE), Status::OK);
}

fn permissions_only_shrink() {
    let all = VmOptions::CAN_MAP_PERMS;
    for missing in [VmOptions::CAN_MAP_READ, VmOptions::CAN_MAP_WRITE, VmOptions::CAN_MAP_EXECUTE] {
        let child = region_in(root(), all - missing, 0, 8);
        assert_eq!(ask(&child.vmar, missing, 0, PAGE), Status::ACCESS_DENIED, "{missing:?}");
        let grandchild = region_in(&child, NONE, 0, 4);
        for option in
            [VmOptions::CAN_MAP_READ, VmOptions::CAN_MAP_WRITE, VmOptions::CAN_MAP_EXECUTE]
        {
            assert_eq!(ask(&grandchild.vmar, option, 0, PAGE), Status::ACCESS_DENIED);
        }
    }
}

fn a_region_without_permissions_reserves() {
    let region = region(4);
    let reserved = region.child(1, 2, NONE);
    assert_eq!(ask(&region.vmar, SPECIFIC, PAGE, PAGE), Status::NO_MEMORY);
    let object = vmo(1);
    let mut address = 0_u64;
    let status = zx::vmar_map(&reserved.vmar, R, 0, &object, 0, PAGE, &mut address);
    assert_eq!(status, Status::ACCESS_DENIED);
    assert!(reserved.map(NONE, 0, &object, 0, PAGE).is_ok());
}

fn a_child_may_cover_its_parent() {
    let region = region(4);
    let child = region.child(0, 4, CAN_ALL);
    assert_eq!(child.base, region.base);
    assert_eq!(ask(&region.vmar, NONE, 0, PAGE), Status::NO_MEMORY);
    assert_eq!(ask(&child.vmar, NONE, 0, 4 * PAGE), Status::OK);
}

fn a_closed_handle_keeps_the_region() {
    let region = region(4);
    let child = region.child(1, 1, CAN_ALL);
    let address = child.place(0, &numbered(1, 7), 1, R);
    drop(child);
    assert_eq!(ask(&region.vmar, SPECIFIC, PAGE, PAGE), Status::NO_MEMORY);
    assert_eq!(crate::probe::read(address), Ok(7));
}

fn a_parent_without_duplicate_has_children_with_it() {
    let parent = without(root(), Rights::DUPLICATE | Rights::TRANSFER | Rights::INSPECT);
    let child = region_in(&parent.into(), NONE, 0, 1);
    assert_eq!(child.basic_info().unwrap().rights, Rights::VMAR_DEFAULT.bits());
    assert!(child.duplicate(Rights::SAME_RIGHTS).is_ok());
}
