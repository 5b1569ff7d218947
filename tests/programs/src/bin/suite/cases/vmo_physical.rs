//! `vmo_create_physical`, `vmo_create_contiguous`, and the resources that guard them.
//!
//! # Source
//! `vmo.md` §7 and §11; `handles-rights-errors.md` §4.

use super::cases;
use crate::entry::Entry;
use crate::fixture::*;
use crate::hardware::{self, resource};
use crate::usage::Usage;
use crate::{probe, zx};
use abi::device::RSRC_SYSTEM_VMEX_BASE;
use abi::info::InfoResource;
use abi::{ResourceKind, Topic, VmoChildOptions, VmoOp};
use rt::{Resource, Rights, Status, Vmo};

cases! { vmo_physical:
    physical_needs_a_resource,
    a_part_gives_its_range_only,
    physical_arguments_are_checked,
    a_window_shows_the_memory,
    a_window_has_default_rights_and_is_uncached,
    a_window_refuses_copies,
    a_window_cannot_be_snapshot,
    slices_of_windows,
    a_window_cannot_be_resized,
    a_window_gives_no_frames_back,
    contiguous_arguments_precede_the_handle,
    contiguous_needs_map,
    contiguous_memory_is_zeroed_and_in_a_row,
    contiguous_memory_is_aligned,
    contiguous_objects_cannot_be_resized_or_snapshot,
    slices_of_contiguous_objects,
    contiguous_memory_comes_back,
    more_than_there_is,
    parts_of_resources,
    a_resource_allows_execution,
    bad_out_pointers_leave_nothing,
}

#[track_caller]
fn physical(resource: impl zx::Word, address: u64, size: u64) -> Status {
    let mut handle = 0_u32;
    let status = zx::vmo_create_physical(resource, address, size, &mut handle);
    if status == Status::OK {
        zx::close(handle);
    }
    status
}

/// Makes a resource for physical memory.
#[track_caller]
fn mmio(base: u64, size: u64) -> Resource {
    resource().create_part(ResourceKind::Mmio, base, size, "mmio").unwrap()
}

fn physical_needs_a_resource() {
    let irq = resource().create_part(ResourceKind::Irq, 0, 1, "irq").unwrap();
    for (address, size) in [(PAGE, PAGE), (1, 0)] {
        assert_eq!(physical(UNKNOWN, address, size), Status::BAD_HANDLE);
        assert_eq!(physical(root(), address, size), Status::WRONG_TYPE);
        assert_eq!(physical(&irq, address, size), Status::WRONG_TYPE);
    }
}

fn a_part_gives_its_range_only() {
    let part = mmio(16 * PAGE, 4 * PAGE);
    assert_eq!(physical(&part, 16 * PAGE, 4 * PAGE), Status::OK);
    assert_eq!(physical(&part, 18 * PAGE, PAGE), Status::OK);
    for (address, size) in [(15 * PAGE, PAGE), (16 * PAGE, 5 * PAGE), (20 * PAGE, PAGE)] {
        assert_eq!(physical(&part, address, size), Status::OUT_OF_RANGE);
    }
}

fn physical_arguments_are_checked() {
    for (address, size) in [
        (PAGE, 0),
        (1, PAGE),
        (PAGE - 1, PAGE),
        (0, u64::MAX),
        (u64::MAX - PAGE + 1, 2 * PAGE),
        (1 << 52, PAGE),
        ((1 << 52) - PAGE, 2 * PAGE),
    ] {
        let status = physical(resource(), address, size);
        assert_eq!(status, Status::INVALID_ARGS, "{address:#x} {size:#x}");
    }
    let object = Vmo::create_physical(resource(), 1 << 40, PAGE + 1).unwrap();
    assert_eq!(object.size(), Ok(2 * PAGE));
}

fn a_window_shows_the_memory() {
    let hardware::Window { memory, window, address: physical } = hardware::physical(3);
    memory.write(2 * PAGE, &[9]).unwrap();
    let address = map(&window, 3, RW);
    probe::assert_pages(address, &[Ok(0), Ok(0), Ok(9)]);
    assert_eq!(probe::write(address + PAGE, 4), Ok(()));
    assert_eq!(probe::byte_of(&memory, PAGE), 4);
    for page in 0..3 {
        assert_eq!(Entry::of(address + page * PAGE).frame(), physical + page * PAGE);
    }
}

fn a_window_has_default_rights_and_is_uncached() {
    let window = hardware::physical(1).window;
    let rights = window.basic_info().unwrap().rights;
    assert_eq!(rights, Rights::VMO_DEFAULT.bits());
    // To set the policy it has succeeds even when it is mapped, and no other does.
    map(&window, 1, R);
    let statuses = [0, 1, 2, 3].map(|policy| zx::vmo_set_cache_policy(&window, policy));
    let bad = Status::BAD_STATE;
    assert_eq!(statuses, [bad, Status::OK, bad, bad]);
}

fn a_window_refuses_copies() {
    let window = hardware::physical(1).window;
    assert_eq!(window.read(0, &mut [0]), Err(Status::NOT_SUPPORTED));
    assert_eq!(window.write(0, &[0]), Err(Status::NOT_SUPPORTED));
    assert_eq!(window.read(2 * PAGE, &mut [0]), Err(Status::NOT_SUPPORTED));
    let wraps = zx::vmo_read(&window, 0_u64, u64::MAX, 2_u64);
    assert_eq!(wraps, Status::OUT_OF_RANGE);
}

fn a_window_cannot_be_snapshot() {
    let window = hardware::physical(1).window;
    let child = window.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE);
    assert_eq!(child, Err(Status::NOT_SUPPORTED));
}

fn slices_of_windows() {
    let hardware::Window { memory, window, .. } = hardware::physical(3);
    memory.write(PAGE, &[8]).unwrap();
    let slice = window.create_child(VmoChildOptions::SLICE, PAGE, 2 * PAGE).unwrap();
    probe::assert_pages(map(&slice, 2, R), &[Ok(8), Ok(0)]);
    assert_eq!(slice.read(0, &mut [0]), Err(Status::NOT_SUPPORTED));
}

fn a_window_cannot_be_resized() {
    let window = hardware::physical(1).window;
    for size in [0, PAGE, u64::MAX] {
        assert_eq!(window.set_size(size), Err(Status::UNAVAILABLE));
    }
}

fn a_window_gives_no_frames_back() {
    let hardware::Window { memory, window, .. } = hardware::physical(4);
    let before = Usage::now().frames();
    drop(window);
    assert_eq!(Usage::now().frames(), before);
    memory.write(0, &[1]).unwrap();
}

#[track_caller]
fn contiguous(bti: impl zx::Word, size: u64, align_log2: u32) -> Status {
    let mut handle = 0_u32;
    let status = zx::vmo_create_contiguous(bti, size, align_log2, &mut handle);
    if status == Status::OK {
        zx::close(handle);
    }
    status
}

fn contiguous_arguments_precede_the_handle() {
    for (size, align) in
        [(0, 0), (u64::MAX, 0), (PAGE, 1), (PAGE, 11), (PAGE, 64), (PAGE, u32::MAX)]
    {
        assert_eq!(contiguous(UNKNOWN, size, align), Status::INVALID_ARGS, "{size:#x} {align}");
    }
    assert_eq!(contiguous(UNKNOWN, PAGE, 0), Status::BAD_HANDLE);
    assert_eq!(contiguous(resource(), PAGE, 0), Status::WRONG_TYPE);
}

fn contiguous_needs_map() {
    let weak = without(&hardware::bti(), Rights::MAP);
    assert_eq!(contiguous(&weak, PAGE, 0), Status::ACCESS_DENIED);
}

fn contiguous_memory_is_zeroed_and_in_a_row() {
    let dirty = vmo(64);
    dirty.write(0, &[0xFF; 64 * PAGE_BYTES]).unwrap();
    drop(dirty);
    let object = Vmo::create_contiguous(&hardware::bti(), 15 * PAGE + 1, 0).unwrap();
    assert_eq!(object.size(), Ok(16 * PAGE));
    let first = hardware::address_of(&object, 0);
    let mut page = [1; PAGE_BYTES];
    for number in 0..16 {
        assert_eq!(hardware::address_of(&object, number * PAGE), first + number * PAGE);
        object.read(number * PAGE, &mut page).unwrap();
        assert!(page.iter().all(|byte| *byte == 0), "page {number}");
    }
}

fn contiguous_memory_is_aligned() {
    for align in [0, 12, 13, 16, 21] {
        let object = Vmo::create_contiguous(&hardware::bti(), 3 * PAGE, align).unwrap();
        let alignment = 1 << align.max(12);
        assert!(hardware::address_of(&object, 0).is_multiple_of(alignment), "2^{align}");
    }
}

fn contiguous_objects_cannot_be_resized_or_snapshot() {
    let object = hardware::contiguous(2);
    for size in [PAGE, 3 * PAGE, u64::MAX] {
        assert_eq!(object.set_size(size), Err(Status::UNAVAILABLE));
    }
    let child = object.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE);
    assert_eq!(child, Err(Status::INVALID_ARGS));
}

fn slices_of_contiguous_objects() {
    let object = hardware::contiguous(4);
    let slice = object.create_child(VmoChildOptions::SLICE, 2 * PAGE, PAGE).unwrap();
    assert_eq!(hardware::address_of(&slice, 0), hardware::address_of(&object, 2 * PAGE));
    assert_eq!(slice.operate(VmoOp::Decommit, 0, PAGE), Err(Status::NOT_SUPPORTED));
    slice.write(0, &[3]).unwrap();
    assert_eq!(probe::byte_of(&object, 2 * PAGE), 3);
}

fn contiguous_memory_comes_back() {
    let bti = hardware::bti();
    crate::usage::assert_leaks_nothing(|| {
        let object = Vmo::create_contiguous(&bti, 32 * PAGE, 16).unwrap();
        object.write(0, &[1; 9000]).unwrap();
    });
}

fn more_than_there_is() {
    let before = Usage::now();
    assert_eq!(contiguous(&hardware::bti(), 1 << 44, 0), Status::NO_MEMORY);
    assert_eq!(contiguous(&hardware::bti(), PAGE, 63), Status::NO_MEMORY);
    assert_eq!(Usage::now(), before);
}

fn parts_of_resources() {
    let part = mmio(PAGE, 4 * PAGE);
    assert!(part.create_part(ResourceKind::Mmio, 2 * PAGE, PAGE, "").is_ok());
    for (kind, base, size, expected) in [
        (ResourceKind::Mmio, 0, PAGE, Status::ACCESS_DENIED),
        (ResourceKind::Mmio, 4 * PAGE, 2 * PAGE, Status::ACCESS_DENIED),
        (ResourceKind::Irq, PAGE, PAGE, Status::ACCESS_DENIED),
        (ResourceKind::Root, 0, 0, Status::ACCESS_DENIED),
        (ResourceKind::Mmio, u64::MAX, 2, Status::INVALID_ARGS),
    ] {
        assert_eq!(part.create_part(kind, base, size, ""), Err(expected), "{kind:?}");
    }
    let told: InfoResource = part.info(Topic::RESOURCE).unwrap();
    let expected =
        InfoResource { kind: ResourceKind::Mmio as u32, base: PAGE, size: 4 * PAGE, ..told };
    assert_eq!((told, told.flags, &told.name[..5]), (expected, 0, &b"mmio\0"[..]));
    assert_eq!(vmo(1).info::<InfoResource>(Topic::RESOURCE), Err(Status::WRONG_TYPE));
    let blind = without(&part, Rights::INSPECT);
    assert_eq!(blind.info::<InfoResource>(Topic::RESOURCE), Err(Status::ACCESS_DENIED));
    let mut out = 0_u32;
    let unknown = zx::resource_create(resource(), 6, 0_u64, 1_u64, "", 0_u64, &mut out);
    assert_eq!(unknown, Status::INVALID_ARGS);
    let weak = without(resource(), Rights::WRITE);
    let denied = zx::resource_create(&weak, 0, 0_u64, 1_u64, "", 0_u64, &mut out);
    assert_eq!((denied, out), (Status::ACCESS_DENIED, 0));
}

fn a_resource_allows_execution() {
    let vmex =
        resource().create_part(ResourceKind::System, RSRC_SYSTEM_VMEX_BASE, 1, "vmex").unwrap();
    let other = resource()
        .create_part(ResourceKind::System, RSRC_SYSTEM_VMEX_BASE + 1, 1, "other")
        .unwrap();
    let wrong = mmio(0, PAGE);
    for (vmex, expected) in [
        (&vmex, Status::OK),
        (resource(), Status::OK),
        (&other, Status::OUT_OF_RANGE),
        (&wrong, Status::WRONG_TYPE),
    ] {
        let (handle, mut out) = (vmo(1).into_handle().into_raw(), 0_u32);
        assert_eq!(zx::vmo_replace_as_executable(handle, vmex, &mut out), expected);
        assert_eq!(zx::handle_close(handle), Status::BAD_HANDLE, "consumed");
        if expected == Status::OK {
            let rights = Vmo::from(rt::Handle::from_raw(out)).basic_info().unwrap().rights;
            assert_eq!(rights, (Rights::VMO_DEFAULT | Rights::EXECUTE).bits());
        }
    }
}

fn bad_out_pointers_leave_nothing() {
    let hostile = Hostile::new();
    let bti = hardware::bti();
    crate::usage::assert_leaks_nothing(|| {
        for address in hostile.addresses() {
            let statuses = [
                zx::vmo_create_physical(resource(), 1_u64 << 40, PAGE, address),
                zx::vmo_create_contiguous(&bti, PAGE, 0, address),
                zx::resource_create(resource(), 0, 0_u64, 1_u64, "", 0_u64, address),
                zx::iommu_create(resource(), 0, &[0_u8][..], 1_u64, address),
            ];
            assert_eq!(statuses, [Status::INVALID_ARGS; 4], "{address:#x}");
        }
    });
}
