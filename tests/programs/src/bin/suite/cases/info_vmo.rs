//! VMO: what is known of a memory object, in all four layouts.
//!
//! # Source
//! `handles-rights-errors.md` §7 and §7.1.

use super::cases;
use crate::fixture::*;
use crate::zx;
use abi::info::{InfoVmo, InfoVmoFlags};
use abi::{CachePolicy, Topic, VmoChildOptions};
use rt::{Handle, Process, Rights, Status, Vmo, VmoOptions, start};

cases! { info_vmo:
    no_right_is_needed,
    other_objects_are_of_the_wrong_type,
    a_plain_object,
    flags_say_what_it_is,
    the_name_is_told,
    pages_with_frames_are_counted,
    children_are_counted,
    a_child_names_its_parent,
    a_snapshot_that_cannot_be_written_is_immutable,
    mappings_are_counted,
    address_spaces_are_counted,
    the_cache_policy_is_told,
    metadata_grow_with_the_pages,
    earlier_layouts_are_prefixes,
}

/// Makes a child, with a handle that has all rights it can have.
#[track_caller]
pub(super) fn child(parent: &Handle, options: VmoChildOptions, offset: u64, size: u64) -> Vmo {
    let mut raw = 0;
    let status = zx::vmo_create_child(parent, options.bits(), offset, size, &mut raw);
    assert_eq!(status, Status::OK);
    Handle::from_raw(raw).into()
}

#[track_caller]
pub(super) fn info(vmo: &Handle) -> InfoVmo {
    vmo.info(Topic::VMO).unwrap()
}

pub(super) fn koid(handle: &Handle) -> u64 {
    handle.basic_info().unwrap().koid
}

#[track_caller]
fn assert_flags(vmo: &Vmo, expected: InfoVmoFlags) {
    let flags = InfoVmoFlags::from_bits_retain(info(vmo).flags);
    assert_eq!(flags, expected | InfoVmoFlags::VIA_HANDLE | InfoVmoFlags::TYPE_PAGED);
}

fn no_right_is_needed() {
    let bare = vmo(1).into_handle().replace(Rights::empty()).unwrap();
    assert_eq!((info(&bare).size_bytes, info(&bare).handle_rights), (PAGE, 0));
}

fn other_objects_are_of_the_wrong_type() {
    for topic in [Topic::VMO, Topic::VMO_V1, Topic::VMO_V2, Topic::VMO_V3] {
        let mut words = [0_u64; 22];
        let status = zx::object_get_info(root(), topic.0, &mut words, 176, 0, 0);
        assert_eq!(status, Status::WRONG_TYPE);
    }
}

fn a_plain_object() {
    let object = vmo(3);
    let info = info(&object);
    let expected = InfoVmo {
        koid: koid(&object),
        size_bytes: 3 * PAGE,
        flags: 9,
        handle_rights: Rights::VMO_DEFAULT.bits(),
        ..InfoVmo::default()
    };
    assert_eq!(info, expected);
}

fn flags_say_what_it_is() {
    assert_flags(&vmo(1), InfoVmoFlags::empty());
    assert_flags(&resizable(1), InfoVmoFlags::RESIZABLE);
    let discardable = Vmo::create(PAGE, VmoOptions::DISCARDABLE).unwrap();
    assert_flags(&discardable, InfoVmoFlags::DISCARDABLE);
    let parent = vmo(1);
    let snapshot = child(&parent, VmoChildOptions::SNAPSHOT, 0, PAGE);
    assert_flags(&snapshot, InfoVmoFlags::IS_COW_CLONE);
    assert_flags(&child(&parent, VmoChildOptions::SLICE, 0, PAGE), InfoVmoFlags::empty());
    assert_flags(&child(&parent, VmoChildOptions::REFERENCE, 0, 0), InfoVmoFlags::empty());
    assert_flags(&parent, InfoVmoFlags::empty());
}

fn the_name_is_told() {
    let object = vmo(1);
    assert_eq!(info(&object).name, [0; 32]);
    assert_eq!(zx::object_set_property(&object, abi::object::PROP_NAME, "pages", 5), Status::OK);
    assert_eq!(info(&object).name[..6], *b"pages\0");
}

fn pages_with_frames_are_counted() {
    let object = vmo(4);
    assert_eq!(info(&object).committed_bytes, 0);
    object.write(PAGE, &[1]).unwrap();
    let address = map(&object, 4, RW);
    root().op_range(abi::VmarOp::Commit, address + 3 * PAGE, PAGE).unwrap();
    let told = info(&object);
    for bytes in [
        told.committed_bytes,
        told.populated_bytes,
        told.committed_private_bytes,
        told.populated_private_bytes,
        told.committed_scaled_bytes,
        told.populated_scaled_bytes,
    ] {
        assert_eq!(bytes, 2 * PAGE);
    }
    root().op_range(abi::VmarOp::Decommit, address, 4 * PAGE).unwrap();
    assert_eq!(info(&object).committed_bytes, 0);
}

fn children_are_counted() {
    let parent = vmo(1);
    let children = [
        child(&parent, VmoChildOptions::SNAPSHOT, 0, PAGE),
        child(&parent, VmoChildOptions::SLICE, 0, PAGE),
        child(&parent, VmoChildOptions::REFERENCE, 0, 0),
    ];
    assert_eq!(info(&parent).num_children, 3);
    drop(children);
    assert_eq!(info(&parent).num_children, 0);
}

fn a_child_names_its_parent() {
    let parent = vmo(1);
    for (options, size) in [(VmoChildOptions::SNAPSHOT, PAGE), (VmoChildOptions::REFERENCE, 0)] {
        let child = child(&parent, options, 0, size);
        assert_eq!(info(&child).parent_koid, koid(&parent));
    }
}

fn a_snapshot_that_cannot_be_written_is_immutable() {
    let parent = vmo(1);
    let options = VmoChildOptions::SNAPSHOT | VmoChildOptions::NO_WRITE;
    let expected = InfoVmoFlags::IS_COW_CLONE | InfoVmoFlags::IMMUTABLE;
    assert_flags(&child(&parent, options, 0, PAGE), expected);
}

fn mappings_are_counted() {
    let object = vmo(4);
    let region = region(8);
    region.place(0, &object, 2, RW);
    region.place(4, &object, 2, RW);
    assert_eq!(info(&object).num_mappings, 2);
    // A slice is an object of its own.
    let slice = child(&object, VmoChildOptions::SLICE, 0, PAGE);
    region.place(7, &slice, 1, RW);
    assert_eq!((info(&object).num_mappings, info(&slice).num_mappings), (2, 1));
    region.unmap(region.base, 8 * PAGE).unwrap();
    assert_eq!((info(&object).num_mappings, info(&object).share_count), (0, 0));
}

fn address_spaces_are_counted() {
    let object = vmo(1);
    let first = map(&object, 1, R);
    map(&object, 1, R);
    assert_eq!(info(&object).share_count, 1);
    let (_process, vmar) = Process::create(start().job(), "another").unwrap();
    vmar.map(R, 0, &object, 0, PAGE).unwrap();
    assert_eq!((info(&object).share_count, info(&object).num_mappings), (2, 3));
    root().unmap(first, PAGE).unwrap();
    assert_eq!((info(&object).share_count, info(&object).num_mappings), (2, 2));
}

fn the_cache_policy_is_told() {
    let object = vmo(1);
    assert_eq!(info(&object).cache_policy, CachePolicy::Cached as u32);
    let policy = CachePolicy::WriteCombining as u32;
    assert_eq!(zx::vmo_set_cache_policy(&object, policy), Status::OK);
    assert_eq!(info(&object).cache_policy, policy);
}

fn metadata_grow_with_the_pages() {
    let object = vmo(1 << 20);
    assert_eq!(info(&object).metadata_bytes, 0);
    object.write(0, &[1]).unwrap();
    let one = info(&object).metadata_bytes;
    assert!(one > 0);
    object.write(1 << 30, &[1]).unwrap();
    assert!(info(&object).metadata_bytes > one);
}

fn earlier_layouts_are_prefixes() {
    let object = numbered(2, 1);
    let whole = info(&object);
    // SAFETY: a record is made of integers without padding.
    let whole = unsafe { core::mem::transmute::<InfoVmo, [u64; 22]>(whole) };
    for (topic, bytes) in [(Topic::VMO_V1, 104), (Topic::VMO_V2, 120), (Topic::VMO_V3, 128)] {
        let mut words = [u64::MAX; 22];
        let mut actual = 0_u64;
        let status = zx::object_get_info(&object, topic.0, &mut words, bytes, &mut actual, 0);
        assert_eq!((status, actual), (Status::OK, 1));
        let len = usize::try_from(bytes).unwrap() / 8;
        assert_eq!(words[..len], whole[..len]);
        assert!(words[len..].iter().all(|word| *word == u64::MAX));
        let status = zx::object_get_info(&object, topic.0, &mut words, bytes - 1, &mut actual, 0);
        assert_eq!((status, actual), (Status::BUFFER_TOO_SMALL, 0));
    }
}
