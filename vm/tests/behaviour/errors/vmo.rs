//! Making objects, their sizes, reading and writing them, and what is found at an address.

use abi::layout::MAX_VMO_SIZE;
use abi::{CachePolicy, Status, VmOptions, VmoOptions};
use vm::{Ref, Vmo};

use crate::common::*;

const UNKNOWN: VmoOptions = VmoOptions::from_bits_retain(1);

fn device(world: &World) -> Ref<Vmo> {
    let cache = CachePolicy::UncachedDevice;
    Vmo::physical(world.memory(), 1 << 40, PAGE, cache).expect("an object")
}

#[test]
fn errors_of_create_come_in_the_documented_order() {
    let world = World::new();
    let both = VmoOptions::RESIZABLE | VmoOptions::UNBOUNDED;
    for (size, options, status) in [
        (u64::MAX, both | UNKNOWN, Status::INVALID_ARGS),
        (u64::MAX, UNKNOWN, Status::OUT_OF_RANGE),
        (MAX_VMO_SIZE + 1, UNKNOWN, Status::INVALID_ARGS),
        (0, VmoOptions::TRAP_DIRTY, Status::INVALID_ARGS),
        (u64::MAX, VmoOptions::UNBOUNDED | UNKNOWN, Status::INVALID_ARGS),
        (u64::MAX, VmoOptions::UNBOUNDED, Status::OUT_OF_RANGE),
        (MAX_VMO_SIZE + 1, VmoOptions::UNBOUNDED, Status::OUT_OF_RANGE),
        (MAX_VMO_SIZE + 1, VmoOptions::empty(), Status::OUT_OF_RANGE),
        (u64::MAX, VmoOptions::empty(), Status::OUT_OF_RANGE),
    ] {
        world.refuses(status, || Vmo::create(world.memory(), size, options));
    }
}

#[test]
fn the_largest_size_can_be_had() {
    let world = World::new();
    let vmo = Vmo::create(world.memory(), MAX_VMO_SIZE, VmoOptions::RESIZABLE).expect("allowed");
    assert_eq!(vmo.size(), MAX_VMO_SIZE);
    vmo.write(MAX_VMO_SIZE - 1, &[7]).expect("the last byte");
    vmo.set_size(PAGE).expect("resizable");
    assert_eq!(vmo.committed_frames(), 0);
    vmo.set_size(MAX_VMO_SIZE).expect("resizable");
    let unbounded = Vmo::create(world.memory(), 5, VmoOptions::UNBOUNDED).expect("allowed");
    assert_eq!(unbounded.size(), MAX_VMO_SIZE);
    assert_eq!(unbounded.stream_size(), 5);
}

#[test]
fn sizes_are_rounded_up_and_stream_sizes_are_not() {
    let world = World::new();
    let options = VmoOptions::RESIZABLE;
    let vmo = Vmo::create(world.memory(), 1, options).expect("an object");
    assert_eq!((vmo.size(), vmo.stream_size()), (PAGE, 1));
    vmo.set_size(PAGE + 1).expect("resizable");
    assert_eq!((vmo.size(), vmo.stream_size()), (2 * PAGE, PAGE + 1));
    vmo.set_size(0).expect("resizable");
    assert_eq!((vmo.size(), vmo.stream_size()), (0, 0));
}

#[test]
fn a_window_to_physical_memory_is_whole_pages_inside_it() {
    let world = World::new();
    for (address, len) in [
        (0, 0),
        (1, PAGE),
        (0, u64::MAX),
        (u64::MAX - PAGE + 1, PAGE),
        ((1 << 52) - PAGE, 2 * PAGE),
    ] {
        world.refuses(Status::INVALID_ARGS, || {
            Vmo::physical(world.memory(), address, len, CachePolicy::Uncached)
        });
    }
}

#[test]
fn errors_of_set_size_come_in_the_documented_order() {
    let world = World::new();
    let (fixed, resizable, device) = (world.vmo(1), world.resizable(1), device(&world));
    for (vmo, size, status) in [
        (&device, u64::MAX, Status::UNAVAILABLE),
        (&device, PAGE, Status::UNAVAILABLE),
        (&fixed, u64::MAX, Status::OUT_OF_RANGE),
        (&fixed, MAX_VMO_SIZE + PAGE, Status::UNAVAILABLE),
        (&fixed, PAGE, Status::UNAVAILABLE),
        (&resizable, u64::MAX, Status::OUT_OF_RANGE),
        (&resizable, MAX_VMO_SIZE + 1, Status::OUT_OF_RANGE),
    ] {
        world.refuses(status, || vmo.set_size(size));
        assert_eq!(vmo.size(), PAGE);
    }
}

#[test]
fn errors_of_read_and_write_come_in_the_documented_order() {
    let world = World::new();
    let (vmo, device) = (world.vmo(1), device(&world));
    for (vmo, offset, len, status) in [
        (&device, u64::MAX, 1, Status::OUT_OF_RANGE),
        (&device, PAGE, 1, Status::NOT_SUPPORTED),
        (&device, 0, 0, Status::NOT_SUPPORTED),
        (&vmo, u64::MAX, 1, Status::OUT_OF_RANGE),
        (&vmo, PAGE, 1, Status::OUT_OF_RANGE),
        (&vmo, PAGE - 1, 2, Status::OUT_OF_RANGE),
        (&vmo, PAGE + 1, 0, Status::OUT_OF_RANGE),
    ] {
        let mut bytes = [7; 2];
        let bytes = &mut bytes[..len];
        world.refuses(status, || vmo.read(offset, bytes));
        world.refuses(status, || vmo.write(offset, bytes));
        world.refuses(status, || vmo.commit(offset, len as u64));
        world.refuses(status, || vmo.check_transfer(offset, len as u64));
        assert_eq!(bytes, &[7; 2][..len], "nothing was read");
    }
}

#[test]
fn nothing_can_be_read_and_written_up_to_the_end() {
    let world = World::new();
    let vmo = world.vmo(1);
    for offset in [0, 1, PAGE] {
        vmo.read(offset, &mut []).expect("no byte is out of range");
        vmo.write(offset, &[]).expect("no byte is out of range");
        vmo.commit(offset, 0).expect("no byte is out of range");
    }
    assert_eq!(vmo.committed_frames(), 0);
}

#[test]
fn errors_of_contiguous_come_in_the_documented_order() {
    let world = World::new();
    for (size, align_log2, status) in [
        (0, 12, Status::INVALID_ARGS),
        (u64::MAX, 12, Status::INVALID_ARGS),
        (PAGE, 1, Status::INVALID_ARGS),
        (PAGE, 11, Status::INVALID_ARGS),
        (PAGE, 64, Status::INVALID_ARGS),
        (1 << 40, 64, Status::INVALID_ARGS),
        (1 << 40, 0, Status::NO_MEMORY),
    ] {
        world.refuses(status, || Vmo::contiguous(world.memory(), size, align_log2));
        let checked = Vmo::check_contiguous(size, align_log2).map(drop);
        assert_eq!(checked.err(), Some(status).filter(|_| status != Status::NO_MEMORY));
    }
    assert_eq!(Vmo::check_contiguous(1, 0), Ok((1, 1)));
    assert_eq!(Vmo::check_contiguous(PAGE + 1, 14), Ok((2, 4)));
}

#[test]
fn errors_of_cache_operations_come_in_the_documented_order() {
    let world = World::new();
    let (vmo, device) = (world.vmo(1), device(&world));
    for (vmo, offset, len, status) in [
        (&device, u64::MAX, 0, Status::INVALID_ARGS),
        (&device, u64::MAX, 1, Status::OUT_OF_RANGE),
        (&device, 0, PAGE + 1, Status::NOT_SUPPORTED),
        (&vmo, 0, 0, Status::INVALID_ARGS),
        (&vmo, 1, u64::MAX, Status::OUT_OF_RANGE),
        (&vmo, 1, PAGE, Status::OUT_OF_RANGE),
    ] {
        world.refuses(status, || vmo.check_cache_range(offset, len));
    }
    assert_eq!(vmo.check_cache_range(PAGE - 1, 1), Ok(()));
}

#[test]
fn errors_of_stream_sizes_come_in_the_documented_order() {
    let world = World::new();
    let (vmo, device) = (world.vmo(1), device(&world));
    world.refuses(Status::NOT_SUPPORTED, || device.set_stream_size(u64::MAX));
    world.refuses(Status::NOT_SUPPORTED, || device.set_content_size(0));
    world.refuses(Status::OUT_OF_RANGE, || vmo.set_stream_size(PAGE + 1));
    assert_eq!(vmo.set_content_size(PAGE + 1), Ok(()));
    assert_eq!(vmo.set_stream_size(PAGE + 1), Ok(()), "it is that already");
}

#[test]
fn wired_memory_is_committed_in_whole_pages_inside_of_it() {
    let world = World::new();
    let root = vm::Aspace::root(world.machine.kernel());
    let wired = root.wire(VmOptions::empty(), 0, 2 * PAGE).expect("room");
    for (offset, len, status) in [
        (1, PAGE, Status::INVALID_ARGS),
        (PAGE, 2 * PAGE - 1, Status::INVALID_ARGS),
        (PAGE, 2 * PAGE, Status::OUT_OF_RANGE),
        (u64::MAX - PAGE + 1, 2 * PAGE, Status::OUT_OF_RANGE),
    ] {
        world.refuses(status, || wired.commit(offset, len));
    }
}

#[test]
fn what_is_shown_at_an_address_is_found_as_long_as_there_is_a_root() {
    let world = World::new();
    let area = world.area(2);
    let vmo = world.vmo(3);
    let base = map_at(&area, 0, (&vmo, 2), 1, NO_ACCESS).expect("free");
    let shown = world.aspace.shown_at(base + 5).expect("mapped");
    assert_eq!((shown.vmo.size(), shown.offset, shown.len), (3 * PAGE, 2 * PAGE + 5, PAGE - 5));
    world.refuses(Status::NOT_FOUND, || world.aspace.shown_at(base + PAGE).map(drop));
    world.root.destroy().expect("alive");
    world.refuses(Status::BAD_STATE, || world.aspace.shown_at(base).map(drop));
}
