//! Handles and names of children, and the signal that says whether there are any.
//!
//! # Source
//! `vmo.md` §8, rights, and §9.

use super::cases;
use crate::fixture::*;
use crate::{part, probe, zx};
use abi::VmoChildOptions;
use abi::object::PROP_NAME;
use alloc::vec::Vec;
use rt::{Rights, Signals, Status, Vmo, time};

cases! { vmo_family:
    a_snapshot_may_be_written_but_not_executed,
    a_slice_keeps_write_and_execute_as_they_are,
    no_write_takes_write_away,
    resize_comes_with_the_option_only,
    properties_are_always_allowed,
    the_name_is_copied_with_the_right,
    a_new_object_has_no_children,
    a_child_lowers_the_signal_until_it_is_closed,
    every_kind_counts,
    a_refused_child_leaves_the_signal,
    a_mapped_child_counts,
    grandchildren_count_when_the_child_is_gone,
    handles_of_one_child_count_once,
    waiting_ends_when_the_last_child_goes,
    a_child_that_dies_with_its_process,
    a_long_chain_of_children,
}

const SNAPSHOT: VmoChildOptions = VmoChildOptions::SNAPSHOT;
const SLICE: VmoChildOptions = VmoChildOptions::SLICE;
const REFERENCE: VmoChildOptions = VmoChildOptions::REFERENCE;
const NO_WRITE: VmoChildOptions = VmoChildOptions::NO_WRITE;
const NONE_LEFT: Signals = Signals::VMO_ZERO_CHILDREN;

#[track_caller]
fn child(parent: &Vmo, options: VmoChildOptions) -> Vmo {
    let is_reference = options.contains(REFERENCE);
    let size = if is_reference { 0 } else { parent.size().unwrap() };
    parent.create_child(options, 0, size).unwrap()
}

#[track_caller]
fn rights_of(object: &Vmo) -> Rights {
    Rights::from_bits_retain(object.basic_info().unwrap().rights)
}

/// Checks the rights of a child made through a handle with each of some sets of rights.
#[track_caller]
fn assert_rights(options: VmoChildOptions, expected: impl Fn(Rights) -> Rights) {
    let least = Rights::DUPLICATE | Rights::READ;
    let executable = vmo(1).into_executable().unwrap();
    for more in [
        Rights::empty(),
        Rights::WRITE,
        Rights::EXECUTE | Rights::MAP,
        Rights::BASIC | Rights::PROPERTY | Rights::SIGNAL,
        Rights::VMO_DEFAULT | Rights::EXECUTE,
    ] {
        let parent = executable.duplicate(least | more).unwrap();
        let rights = rights_of(&child(&parent, options));
        assert_eq!(rights, expected(least | more), "{options:?} through {more:?}");
    }
}

fn a_snapshot_may_be_written_but_not_executed() {
    for kind in
        [SNAPSHOT, VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE, VmoChildOptions::SNAPSHOT_MODIFIED]
    {
        assert_rights(kind, |parent| (parent | Rights::PROPERTY | Rights::WRITE) - Rights::EXECUTE);
    }
}

fn a_slice_keeps_write_and_execute_as_they_are() {
    for kind in [SLICE, REFERENCE] {
        assert_rights(kind, |parent| parent | Rights::PROPERTY);
    }
}

fn no_write_takes_write_away() {
    for kind in [SNAPSHOT, SLICE, REFERENCE] {
        assert_rights(kind | NO_WRITE, |parent| (parent | Rights::PROPERTY) - Rights::WRITE);
    }
}

fn resize_comes_with_the_option_only() {
    let parent = resizable(1);
    for (options, expected) in [
        (SNAPSHOT, false),
        (SNAPSHOT | VmoChildOptions::RESIZABLE, true),
        (REFERENCE, false),
        (REFERENCE | VmoChildOptions::RESIZABLE, true),
    ] {
        let has = rights_of(&child(&parent, options)).contains(Rights::RESIZE);
        assert_eq!(has, expected, "{options:?}");
    }
    let resizes = child(&vmo(1), SNAPSHOT | VmoChildOptions::RESIZABLE);
    assert_eq!(resizes.set_size(5 * PAGE), Ok(()));
}

fn properties_are_always_allowed() {
    let weak = vmo(1).duplicate(Rights::DUPLICATE | Rights::READ).unwrap();
    let rights = rights_of(&child(&weak, SNAPSHOT));
    assert!(rights.contains(Rights::PROPERTY));
}

fn the_name_is_copied_with_the_right() {
    let parent = vmo(1);
    let status = zx::object_set_property(&parent, PROP_NAME, "parent", 6_u64);
    assert_eq!(status, Status::OK);
    let nameless: Vmo = without(&parent, Rights::GET_PROPERTY).into();
    for (handle, expected) in [(&parent, "parent"), (&nameless, "")] {
        for kind in [SNAPSHOT, SLICE, REFERENCE] {
            let mut name = [0xEE; 32];
            let child = child(handle, kind);
            let status = zx::object_get_property(&child, PROP_NAME, &mut name, 32_u64);
            assert_eq!(status, Status::OK);
            assert!(name.starts_with(expected.as_bytes()), "{kind:?}");
            assert!(name[expected.len()..].iter().all(|byte| *byte == 0), "{kind:?}");
        }
    }
}

/// Says whether the signal says that there are no children.
#[track_caller]
fn has_none(object: &Vmo) -> bool {
    match object.wait(NONE_LEFT, time::now()) {
        Ok(observed) => observed.contains(NONE_LEFT),
        Err(status) => {
            assert_eq!(status, Status::TIMED_OUT);
            false
        }
    }
}

fn a_new_object_has_no_children() {
    for object in [vmo(0), vmo(1), resizable(1)] {
        assert!(has_none(&object));
    }
    let parent = vmo(1);
    assert!(has_none(&child(&parent, SNAPSHOT)));
}

fn a_child_lowers_the_signal_until_it_is_closed() {
    let parent = vmo(1);
    let (first, second) = (child(&parent, SNAPSHOT), child(&parent, SNAPSHOT));
    assert!(!has_none(&parent));
    drop(first);
    assert!(!has_none(&parent));
    drop(second);
    assert!(has_none(&parent));
}

fn every_kind_counts() {
    for kind in [SNAPSHOT, SLICE, REFERENCE] {
        let parent = vmo(1);
        let one = child(&parent, kind);
        assert!(!has_none(&parent), "{kind:?}");
        drop(one);
        assert!(has_none(&parent), "{kind:?}");
    }
}

fn a_refused_child_leaves_the_signal() {
    let parent = vmo(1);
    let refused = parent.create_child(SNAPSHOT, 1, PAGE);
    assert_eq!(refused, Err(Status::INVALID_ARGS));
    let unwritable = zx::vmo_create_child(&parent, SNAPSHOT.bits(), 0_u64, PAGE, 0_u64);
    assert_eq!(unwritable, Status::INVALID_ARGS);
    assert!(has_none(&parent));
}

fn a_mapped_child_counts() {
    for kind in [SNAPSHOT, SLICE, REFERENCE] {
        let parent = vmo(1);
        let address = map(&child(&parent, kind), 1, RW);
        assert!(!has_none(&parent), "{kind:?}");
        assert_eq!(probe::write(address, 1), Ok(()));
        root().unmap(address, PAGE).unwrap();
        assert!(has_none(&parent), "{kind:?}");
    }
}

fn grandchildren_count_when_the_child_is_gone() {
    let parent = vmo(1);
    let between = child(&parent, SNAPSHOT);
    let grandchildren = [child(&between, SNAPSHOT), child(&between, SLICE)];
    drop(between);
    assert!(!has_none(&parent));
    let [first, second] = grandchildren;
    drop(first);
    assert!(!has_none(&parent));
    drop(second);
    assert!(has_none(&parent));
}

fn handles_of_one_child_count_once() {
    let parent = vmo(1);
    let one = child(&parent, SNAPSHOT);
    let other = one.duplicate(Rights::SAME_RIGHTS).unwrap();
    drop(one);
    assert!(!has_none(&parent));
    drop(other);
    assert!(has_none(&parent));
}

fn close_soon(_: u64) {
    let given = part::given();
    time::sleep(20_000_000).unwrap();
    drop(given);
    time::sleep(1_000_000_000).unwrap();
}

fn waiting_ends_when_the_last_child_goes() {
    let parent = vmo(1);
    let handle = child(&parent, SNAPSHOT).into_handle();
    let part = part::Part::start(close_soon, 0, Vec::from([handle]));
    let observed = parent.wait(NONE_LEFT, time::after(5_000_000_000));
    assert!(observed.is_ok_and(|signals| signals.contains(NONE_LEFT)));
    part::kill(part);
}

fn map_and_wait(_: u64) {
    for handle in part::given() {
        map(&Vmo::from(handle), 1, RW);
    }
    time::sleep(5_000_000_000).unwrap();
}

fn a_child_that_dies_with_its_process() {
    let parent = vmo(1);
    let handle = child(&parent, SNAPSHOT).into_handle();
    let part = part::Part::start(map_and_wait, 0, Vec::from([handle]));
    assert!(!has_none(&parent));
    part::kill(part);
    let observed = parent.wait(NONE_LEFT, time::after(1_000_000_000));
    assert!(observed.is_ok());
}

fn a_long_chain_of_children() {
    const LENGTH: usize = 2000;
    let first = numbered(1, 7);
    let mut chain = Vec::from([child(&first, SNAPSHOT)]);
    for _ in 1..LENGTH {
        let next = child(chain.last().unwrap(), SNAPSHOT);
        chain.push(next);
    }
    let youngest = chain.pop().unwrap();
    while chain.pop().is_some() {}
    assert!(!has_none(&first));
    assert_eq!(probe::byte_of(&youngest, 0), 7);
    drop(youngest);
    assert!(has_none(&first));
}
