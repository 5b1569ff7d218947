//! `Vmo::create_child`, and the operations on ranges and streams.

use abi::layout::MAX_VMO_SIZE;
use abi::{CachePolicy, Rights, Status, VmoChildOptions, VmoOptions};
use vm::{ChildRequest, Vmo};

use crate::children::{REFERENCE, SLICE, SNAPSHOT};
use crate::common::*;

const RESIZABLE: VmoChildOptions = VmoChildOptions::RESIZABLE;
const NO_WRITE: VmoChildOptions = VmoChildOptions::NO_WRITE;

/// Requests a child and expects `status`.
fn refuses(
    world: &World,
    parent: &Vmo,
    (options, offset, size): (VmoChildOptions, u64, u64),
    status: Status,
) {
    world.refuses(status, || parent.create_child(child_request(options, offset, size)));
}

#[test]
fn errors_of_every_child_come_in_the_documented_order() {
    let world = World::new();
    let create = |options| Vmo::create(world.memory(), PAGE, options).expect("an object");
    let discardable = create(VmoOptions::DISCARDABLE);
    let nothing = VmoChildOptions::empty();
    let request =
        |rights, options, size| ChildRequest { rights, ..child_request(options, 1, size) };
    let rights = Rights::DUPLICATE | Rights::READ;
    for (request, status) in [
        (request(Rights::READ, NO_WRITE | RESIZABLE, u64::MAX), Status::OUT_OF_RANGE),
        (request(Rights::READ, NO_WRITE | RESIZABLE, 1), Status::INVALID_ARGS),
        (request(Rights::READ, nothing, 1), Status::ACCESS_DENIED),
        (request(Rights::DUPLICATE, nothing, 1), Status::ACCESS_DENIED),
        (request(rights, nothing, 1), Status::NOT_SUPPORTED),
    ] {
        world.refuses(status, || discardable.create_child(request));
    }
}

#[test]
fn a_child_is_of_exactly_one_kind() {
    let world = World::new();
    let parent = world.vmo(1);
    let unknown = VmoChildOptions::from_bits_retain(1 << 1);
    for options in [
        VmoChildOptions::empty(),
        NO_WRITE,
        RESIZABLE,
        SNAPSHOT | VmoChildOptions::SNAPSHOT_MODIFIED,
        SNAPSHOT | SLICE,
        SLICE | RESIZABLE,
        SLICE | REFERENCE,
        SNAPSHOT | unknown,
    ] {
        refuses(&world, &parent, (options, 0, PAGE), Status::INVALID_ARGS);
    }
}

#[test]
fn errors_of_a_slice_come_in_the_documented_order() {
    let world = World::new();
    let (fixed, resizable) = (world.vmo(4), world.resizable(4));
    let big = MAX_VMO_SIZE + PAGE;
    for (parent, offset, size, status) in [
        (&resizable, 1, big, Status::INVALID_ARGS),
        (&resizable, 5 * PAGE, big, Status::OUT_OF_RANGE),
        (&resizable, 5 * PAGE, PAGE, Status::INVALID_ARGS),
        (&resizable, 0, PAGE, Status::NOT_SUPPORTED),
        (&fixed, PAGE, 4 * PAGE, Status::INVALID_ARGS),
        (&fixed, u64::MAX - PAGE + 1, PAGE, Status::INVALID_ARGS),
    ] {
        refuses(&world, parent, (SLICE, offset, size), status);
    }
    fixed.set_cache_policy(CachePolicy::Uncached).expect("unused");
    refuses(&world, &fixed, (SLICE, 0, PAGE), Status::BAD_STATE);
}

#[test]
fn errors_of_a_reference_come_in_the_documented_order() {
    let world = World::new();
    let fixed = world.vmo(4);
    let slice = child(&fixed, SLICE, 0, 2).expect("allowed");
    let invalid = Status::INVALID_ARGS;
    refuses(&world, &slice, (REFERENCE, PAGE, 0), invalid);
    refuses(&world, &slice, (REFERENCE, 0, 1), invalid);
    refuses(&world, &slice, (REFERENCE, 0, 0), Status::NOT_SUPPORTED);
    let resizable = (REFERENCE | RESIZABLE, 0, 0);
    refuses(&world, &fixed, resizable, Status::ACCESS_DENIED);
    let weak = ChildRequest {
        rights: Rights::DUPLICATE | Rights::READ,
        ..child_request(REFERENCE | RESIZABLE, 0, 0)
    };
    let object = world.resizable(1);
    world.refuses(Status::ACCESS_DENIED, || object.create_child(weak));
    let other = world.vmo(1);
    other.set_cache_policy(CachePolicy::Uncached).expect("unused");
    refuses(&world, &other, (REFERENCE, 0, 0), Status::BAD_STATE);
}

#[test]
fn errors_of_a_snapshot_come_in_the_documented_order() {
    let world = World::new();
    let memory = world.memory();
    let contiguous = Vmo::contiguous(memory, PAGE, 0).expect("memory");
    let device = Vmo::physical(memory, 0, PAGE, CachePolicy::Uncached).expect("an object");
    let parent = world.vmo(1);
    let uncached = world.vmo(1);
    uncached.set_cache_policy(CachePolicy::Uncached).expect("unused");
    let last = u64::MAX - PAGE + 1;
    for (parent, offset, size, status) in [
        (&contiguous, 1, PAGE, Status::INVALID_ARGS),
        (&device, 1, PAGE, Status::NOT_SUPPORTED),
        (&uncached, 1, MAX_VMO_SIZE, Status::INVALID_ARGS),
        (&uncached, PAGE, MAX_VMO_SIZE, Status::OUT_OF_RANGE),
        (&uncached, last, PAGE, Status::OUT_OF_RANGE),
        (&uncached, 0, PAGE, Status::BAD_STATE),
        (&parent, last, PAGE, Status::OUT_OF_RANGE),
    ] {
        refuses(&world, parent, (SNAPSHOT, offset, size), status);
    }
    // The end of a snapshot of a snapshot, seen from the first object, is 2^64 at the most.
    let far = child(&parent, SNAPSHOT, 1 << 51, 1).expect("allowed");
    let too_far = (SNAPSHOT, 1 << 63, PAGE);
    refuses(&world, &far, too_far, Status::INVALID_ARGS);
}

#[test]
fn errors_of_operations_on_ranges_come_in_the_documented_order() {
    let world = World::new();
    let memory = world.memory();
    let device = Vmo::physical(memory, 0, PAGE, CachePolicy::Uncached).expect("an object");
    let contiguous = Vmo::contiguous(memory, PAGE, 0).expect("memory");
    let vmo = world.vmo(2);
    let copy = child(&vmo, SNAPSHOT, 0, 2).expect("allowed");
    let uncached = world.vmo(2);
    uncached.set_cache_policy(CachePolicy::Uncached).expect("unused");
    let range = Status::OUT_OF_RANGE;
    world.refuses(Status::NOT_SUPPORTED, || device.decommit(1, PAGE));
    world.refuses(Status::NOT_SUPPORTED, || contiguous.decommit(1, PAGE));
    world.refuses(range, || copy.decommit(1, 2 * PAGE));
    world.refuses(Status::NOT_SUPPORTED, || copy.decommit(1, PAGE));
    drop(copy);
    world.refuses(Status::INVALID_ARGS, || vmo.decommit(1, PAGE));
    world.refuses(Status::INVALID_ARGS, || vmo.decommit(0, PAGE - 1));
    world.refuses(Status::NOT_SUPPORTED, || device.zero(0, PAGE + 1));
    world.refuses(Status::BAD_STATE, || uncached.zero(0, 3 * PAGE));
    world.refuses(range, || vmo.zero(0, 2 * PAGE + 1));
    world.refuses(range, || vmo.zero(u64::MAX, 1));
    world.refuses(range, || vmo.check_range(PAGE, PAGE + 1));
    world.refuses(Status::NOT_SUPPORTED, || device.set_stream_size(u64::MAX));
    world.refuses(range, || vmo.set_stream_size(2 * PAGE + 1));
}

#[test]
fn contiguous_objects_have_a_size_and_an_alignment() {
    let world = World::new();
    for (size, align_log2) in [(0, 12), (u64::MAX, 12), (PAGE, 11), (PAGE, 64)] {
        world.refuses(Status::INVALID_ARGS, || Vmo::contiguous(world.memory(), size, align_log2));
    }
    world.refuses(Status::NO_MEMORY, || Vmo::contiguous(world.memory(), 1 << 40, 12));
}
