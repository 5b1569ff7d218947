//! The kernel's half of the address space is closed, whichever way it is approached.
//!
//! # Source
//! `faults.md` §4; `handles-rights-errors.md` §8.

use super::cases;
use crate::fixture::*;
use crate::probe;
use crate::strike::{Outcome, assert_either, count, strike};
use crate::zx;
use abi::ResourceKind;
use abi::device::RSRC_SYSTEM_VMEX_BASE;
use abi::layout::KERNEL_VMAR_BASE;
use rt::{Rights, Status, Thread, start};

cases! { attack_kernel_half:
    loads_stores_and_jumps,
    accesses_of_every_size,
    prefetches_and_flushes_tell_nothing,
    buffers_of_calls,
    results_of_calls,
    other_processes_memory,
    mappings,
    entry_points,
    physical_memory_without_a_resource,
    physical_memory_outside_a_resource,
}

/// The direct map, its end, the kernel's VMAR, its image and what lies around them.
const PLACES: [u64; 12] = [
    0xFFFF_8000_0000_0000,
    0xFFFF_8000_0000_1000,
    0xFFFF_8000_0010_0000,
    0xFFFF_8000_0400_0008,
    0xFFFF_FF7F_FFFF_FFF0,
    KERNEL_VMAR_BASE,
    KERNEL_VMAR_BASE + (1 << 36),
    0xFFFF_FFFF_7FFF_F000,
    0xFFFF_FFFF_8000_0000,
    0xFFFF_FFFF_8000_1234,
    0xFFFF_FFFF_8010_0000,
    0xFFFF_FFFF_FFFF_F000,
];

/// Page faults of ring 3. All look as if there were a page: whether there is one is not a program's business.
const PRESENT: u64 = 1 << 0;
const USER: u64 = 1 << 2;
const STORE: u64 = 1 << 1;
const FETCH: u64 = 1 << 4;

/// Returns what an access of ring 3 to exactly `place` comes to.
const fn refused(place: u64, expected: u64) -> Outcome {
    Outcome::Stopped { vector: 14, error: PRESENT | expected, address: place }
}

/// Checks that an access of ring 3 near `place` is a page fault there.
#[track_caller]
fn assert_refused(code: &[u8], place: u64, expected: u64) {
    match strike(code, place) {
        Outcome::Stopped { vector: 14, error, address } => {
            assert_eq!(error, PRESENT | expected, "{place:#x}");
            assert_eq!(address & !63, place & !63, "{place:#x}");
        }
        other => panic!("{place:#x}: {other:?}"),
    }
}

fn loads_stores_and_jumps() {
    for place in PLACES {
        assert_refused(&[0x8A, 0x06], place, USER);
        assert_refused(&[0x88, 0x06], place, USER | STORE);
        assert_refused(&[0xFF, 0xE6], place, USER | FETCH);
    }
    count(3 * PLACES.len() as u64);
}

fn accesses_of_every_size() {
    let accesses: [(&[u8], u64); 7] = [
        // mov rax, [rsi]; movups xmm0, [rsi]; movups [rsi], xmm0
        (&[0x48, 0x8B, 0x06], USER),
        (&[0x0F, 0x10, 0x06], USER),
        (&[0x0F, 0x11, 0x06], USER | STORE),
        // mov rdi, rsi; mov ecx, 8; rep stosb
        (&[0x48, 0x89, 0xF7, 0xB9, 8, 0, 0, 0, 0xF3, 0xAA], USER | STORE),
        // mov rdi, rsp; mov ecx, 8; sub rdi, 64; rep movsb
        (&[0x48, 0x89, 0xE7, 0x48, 0x83, 0xEF, 0x40, 0xB9, 8, 0, 0, 0, 0xF3, 0xA4], USER),
        // push qword [rsi]
        (&[0xFF, 0x36], USER),
        // mov rsp, rsi; push rax, eight bytes below
        (&[0x48, 0x83, 0xC6, 0x08, 0x48, 0x89, 0xF4, 0x50], USER | STORE),
    ];
    for place in [PLACES[1], PLACES[5], PLACES[9] & !15] {
        for (code, expected) in accesses {
            assert_refused(code, place, expected);
        }
        // lock inc qword [rsi] is a store, which QEMU begins with a load.
        let outcome = strike(&[0xF0, 0x48, 0xFF, 0x06], place);
        assert_either(outcome, refused(place, USER | STORE), refused(place, USER), "lock inc");
    }
    count(3 * (accesses.len() as u64 + 1));
}

fn prefetches_and_flushes_tell_nothing() {
    for place in PLACES {
        // prefetcht0 [rsi] is a hint, and no access at all.
        assert_eq!(strike(&[0x0F, 0x18, 0x0E], place), Outcome::Exited(0), "{place:#x}");
        // clflush [rsi] is an access, which QEMU leaves out.
        match strike(&[0x0F, 0xAE, 0x3E], place) {
            Outcome::Exited(0) => {}
            outcome => assert_eq!(outcome, refused(place, USER), "{place:#x}"),
        }
    }
    count(2 * PLACES.len() as u64);
}

fn buffers_of_calls() {
    let (object, handle) = (vmo(1), start().process());
    for place in PLACES {
        assert_eq!(zx::vmo_write(&object, place, 0, 8), Status::NOT_FOUND, "{place:#x}");
        assert_eq!(zx::debug_write(place, 8), Status::INVALID_ARGS, "{place:#x}");
        assert_eq!(zx::object_set_property(&object, 3, place, 8), Status::INVALID_ARGS);
        assert_eq!(zx::handle_close_many(place, 1), Status::INVALID_ARGS, "{place:#x}");
        assert_eq!(zx::futex_wait(place & !3, 0, 0, 0), Status::INVALID_ARGS, "{place:#x}");
        let (base, mut actual) = (map(&object, 1, RW), 0_u64);
        let written = zx::process_write_memory(handle, base, place, 8, &mut actual);
        assert!(written != Status::OK, "{place:#x}");
        root().unmap(base, PAGE).unwrap();
    }
    count(6 * PLACES.len() as u64);
}

fn results_of_calls() {
    let object = numbered(1, 0xCC);
    for place in PLACES {
        assert_eq!(probe::read(place), Err(Status::NOT_FOUND), "{place:#x}");
        assert_eq!(probe::write(place, 1), Err(Status::NOT_FOUND), "{place:#x}");
        assert_eq!(zx::vmo_read(&object, place, 0, 8), Status::NOT_FOUND, "{place:#x}");
        assert_eq!(zx::vmo_get_size(&object, place), Status::INVALID_ARGS, "{place:#x}");
        assert_eq!(zx::cprng_draw(place, 8), Status::INVALID_ARGS, "{place:#x}");
        assert_eq!(zx::vmo_create(PAGE, 0, place), Status::INVALID_ARGS, "{place:#x}");
        assert_eq!(zx::event_create(0, place), Status::INVALID_ARGS, "{place:#x}");
    }
    count(7 * PLACES.len() as u64);
}

fn other_processes_memory() {
    let process = start().process();
    let mut buffer = [0_u8; 8];
    for place in PLACES {
        let mut actual = 0_u64;
        let read = zx::process_read_memory(process, place, &mut buffer, 8, &mut actual);
        assert_eq!(read, Status::NOT_FOUND, "{place:#x}");
        let written = zx::process_write_memory(process, place, &buffer[..], 8, &mut actual);
        assert_eq!(written, Status::NOT_FOUND, "{place:#x}");
        assert_eq!(actual, 0);
    }
    count(2 * PLACES.len() as u64);
}

fn mappings() {
    let (object, base) = (vmo(1), root().region().unwrap().base);
    let mut address = 0_u64;
    for place in PLACES {
        let offset = (place & !(PAGE - 1)).wrapping_sub(base);
        let mapped = zx::vmar_map(root(), RW | SPECIFIC, offset, &object, 0, PAGE, &mut address);
        assert!(mapped != Status::OK, "{place:#x}");
        assert!(zx::vmar_unmap(root(), place & !(PAGE - 1), PAGE) != Status::OK, "{place:#x}");
        assert!(zx::vmar_protect(root(), R, place & !(PAGE - 1), PAGE) != Status::OK);
        let op = abi::VmarOp::Commit as u32;
        let done = zx::vmar_op_range(root(), op, place & !(PAGE - 1), PAGE, 0, 0);
        assert!(done != Status::OK, "{place:#x}");
    }
    count(4 * PLACES.len() as u64);
}

fn entry_points() {
    let thread = Thread::create(start().process(), "attack").unwrap();
    for place in PLACES {
        assert_eq!(zx::thread_start(&thread, place, 0, 0, 0), Status::INVALID_ARGS, "{place:#x}");
    }
    count(PLACES.len() as u64);
}

fn physical_memory_without_a_resource() {
    let mut handle = 0_u32;
    for handle_of_another in [0, UNKNOWN, start().job().raw(), start().process().raw()] {
        for address in [0, 0x10_0000, 0xFEE0_0000_u64] {
            let made = zx::vmo_create_physical(handle_of_another, address, PAGE, &mut handle);
            assert!(matches!(made, Status::BAD_HANDLE | Status::WRONG_TYPE), "{made}");
        }
    }
    count(12);
}

fn physical_memory_outside_a_resource() {
    let root = crate::hardware::resource();
    let mut handle = 0_u32;
    let part = root.create_part(ResourceKind::Mmio, 1 << 40, 4 * PAGE, "attack").unwrap();
    for (address, size) in [
        (0, PAGE),
        (0x10_0000, PAGE),
        ((1 << 40) - PAGE, PAGE),
        ((1 << 40) - PAGE, 2 * PAGE),
        ((1 << 40) + 3 * PAGE, 2 * PAGE),
        ((1 << 40) + 4 * PAGE, PAGE),
        (1 << 40, u64::MAX),
    ] {
        let made = zx::vmo_create_physical(&part, address, size, &mut handle);
        assert_eq!(made, Status::OUT_OF_RANGE, "{address:#x} {size:#x}");
    }
    let other_kind =
        root.create_part(ResourceKind::System, RSRC_SYSTEM_VMEX_BASE, 1, "attack").unwrap();
    let made = zx::vmo_create_physical(&other_kind, 0, PAGE, &mut handle);
    assert_eq!(made, Status::WRONG_TYPE);
    let wider = part.create_part(ResourceKind::Mmio, 0, 1 << 41, "wider");
    assert_eq!(wider.err(), Some(Status::ACCESS_DENIED));
    let weaker = part.duplicate(Rights::BASIC - Rights::WAIT).unwrap();
    let again = zx::resource_create(&weaker, 0, 1_u64 << 40, PAGE, 0, 0, &mut handle);
    assert_eq!(again, Status::ACCESS_DENIED);
    count(10);
}
