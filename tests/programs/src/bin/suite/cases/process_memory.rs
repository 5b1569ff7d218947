//! `process_read_memory`, `process_write_memory`.
//!
//! # Source
//! `handles-rights-errors.md` §9.

use super::cases;
use crate::fixture::*;
use crate::part::Part;
use crate::usage::assert_leaks_nothing;
use crate::{probe, zx};
use alloc::vec;
use alloc::vec::Vec;
use rt::{Process, Rights, Status, VmOptions, Vmar, start};

cases! { process_memory:
    bad_buffers_are_invalid,
    reading_needs_both_rights,
    writing_needs_its_right,
    bad_handles_and_types,
    a_dead_process_is_bad_state,
    a_gap_is_not_found,
    a_region_is_a_gap,
    bytes_are_read,
    bytes_are_written,
    one_page_after_the_other,
    a_mapping_with_an_offset,
    it_stops_at_the_end_of_the_mapping,
    it_stops_before_a_mapping_that_continues_it,
    it_stops_at_the_end_of_the_object,
    past_the_end_of_the_object_is_out_of_range,
    permissions_do_not_count,
    pages_that_are_not_there_read_as_zero,
    a_write_through_a_read_only_mapping,
    a_write_to_a_snapshot_leaves_the_other_as_it_was,
    actual_may_be_null,
    actual_that_cannot_be_written_is_invalid,
    a_buffer_that_cannot_be_written_is_invalid,
    a_buffer_that_cannot_be_read_is_invalid,
    actual_stays_on_failure,
    a_process_that_was_never_started,
    a_process_reads_itself,
    another_process_is_read_and_written,
    the_kernels_half_is_not_found,
    many_pages_at_once,
    it_leaks_nothing,
}

/// Bytes of a page, as lengths of buffers are counted.
const PAGE_LEN: usize = 4096;

/// A process with a mapping, which never runs.
struct Target {
    process: Process,
    root: Vmar,
}

impl Target {
    fn new() -> Self {
        let (process, root) = Process::create(start().job(), "target").unwrap();
        Self { process, root }
    }

    #[track_caller]
    fn map(&self, vmo: &rt::Vmo, pages: u64, options: VmOptions) -> u64 {
        self.root.map(options, 0, vmo, 0, pages * PAGE).unwrap()
    }

    /// Reads `N` bytes; returns how many there were, and the bytes.
    fn read<const N: usize>(&self, address: u64) -> rt::Result<(u64, [u8; N])> {
        let mut bytes = [0xEE; N];
        let actual = self.process.read_memory(address, &mut bytes)?;
        Ok((actual, bytes))
    }
}

fn bad_buffers_are_invalid() {
    let target = Target::new();
    let there = target.map(&vmo(1), 1, RW);
    let (mut byte, mut actual) = (0_u8, 0_u64);
    let invalid = Status::INVALID_ARGS;
    for size in [0, (64 << 20) + 1, 1 << 63, u64::MAX] {
        let (process, byte, actual) = (&target.process, &mut byte, &mut actual);
        let read = zx::process_read_memory(process, there, &mut *byte, size, &mut *actual);
        let written = zx::process_write_memory(process, there, &mut *byte, size, &mut *actual);
        assert_eq!((read, written), (invalid, invalid), "{size:#x}");
        assert_eq!(zx::process_read_memory(0, 0, byte, size, 0), invalid);
    }
    let read = zx::process_read_memory(&target.process, there, 0, 1, &mut actual);
    let written = zx::process_write_memory(&target.process, there, 0, 1, &mut actual);
    assert_eq!((read, written), (invalid, invalid));
}

fn reading_needs_both_rights() {
    let target = Target::new();
    let there = target.map(&vmo(1), 1, RW);
    for rights in [Rights::READ, Rights::WRITE, Rights::IO] {
        let weak: Process = without(&target.process, rights).into();
        let read = weak.read_memory(there, &mut [0]);
        assert_eq!(read, Err(Status::ACCESS_DENIED), "without {rights:?}");
    }
}

fn writing_needs_its_right() {
    let target = Target::new();
    let there = target.map(&vmo(1), 1, RW);
    let weak: Process = without(&target.process, Rights::WRITE).into();
    assert_eq!(weak.write_memory(there, &[1]), Err(Status::ACCESS_DENIED));
    let able: Process = without(&target.process, Rights::READ).into();
    assert_eq!(able.write_memory(there, &[1]), Ok(1));
}

fn bad_handles_and_types() {
    let mut byte = 0_u8;
    for (handle, expected) in
        [(0, Status::BAD_HANDLE), (UNKNOWN, Status::BAD_HANDLE), (root().raw(), Status::WRONG_TYPE)]
    {
        let read = zx::process_read_memory(handle, 0, &mut byte, 1, 0);
        let written = zx::process_write_memory(handle, 0, &mut byte, 1, 0);
        assert_eq!((read, written), (expected, expected));
    }
}

fn a_dead_process_is_bad_state() {
    let target = Target::new();
    let there = target.map(&vmo(1), 1, RW);
    target.process.kill().unwrap();
    assert_eq!(target.read::<1>(there), Err(Status::BAD_STATE));
    assert_eq!(target.process.write_memory(there, &[1]), Err(Status::BAD_STATE));
}

fn a_gap_is_not_found() {
    let target = Target::new();
    let there = target.map(&vmo(1), 1, RW | VmOptions::align(20));
    for address in [0, 1, there - 1, there + PAGE] {
        assert_eq!(target.read::<1>(address), Err(Status::NOT_FOUND));
        let written = target.process.write_memory(address, &[1]);
        assert_eq!(written, Err(Status::NOT_FOUND));
    }
}

fn a_region_is_a_gap() {
    let target = Target::new();
    let empty = region_in(&target.root, CAN_ALL, 0, 2);
    assert_eq!(target.read::<1>(empty.base), Err(Status::NOT_FOUND));
    let inside = empty.place(1, &numbered(1, 9), 1, R);
    assert_eq!(target.read(inside), Ok((1, [9])));
}

fn bytes_are_read() {
    let target = Target::new();
    let memory = vmo(1);
    memory.write(100, b"a few bytes").unwrap();
    let there = target.map(&memory, 1, R);
    assert_eq!(target.read(there + 102), Ok((9, *b"few bytes")));
}

fn bytes_are_written() {
    let target = Target::new();
    let memory = vmo(1);
    let there = target.map(&memory, 1, RW);
    assert_eq!(target.process.write_memory(there + 7, b"some"), Ok(4));
    let mut bytes = [0; 6];
    memory.read(6, &mut bytes).unwrap();
    assert_eq!(&bytes, b"\0some\0");
}

fn one_page_after_the_other() {
    let target = Target::new();
    let memory = numbered(4, 10);
    let there = target.map(&memory, 4, RW);
    let mut bytes = vec![0; 4 * PAGE_LEN];
    assert_eq!(target.process.read_memory(there, &mut bytes), Ok(4 * PAGE));
    let firsts: Vec<u8> = bytes.iter().step_by(PAGE_LEN).copied().collect();
    assert_eq!(firsts, [10, 11, 12, 13]);
    bytes.fill(5);
    let len = bytes.len() - 2;
    let written = target.process.write_memory(there + 1, &bytes[..len]);
    assert_eq!(written, Ok(4 * PAGE - 2));
    let ends = [0, 1, 4 * PAGE - 2, 4 * PAGE - 1];
    assert_eq!(ends.map(|at| probe::byte_of(&memory, at)), [10, 5, 5, 0]);
}

fn a_mapping_with_an_offset() {
    let target = Target::new();
    let memory = numbered(4, 20);
    let there = target.root.map(RW, 0, &memory, 2 * PAGE, 2 * PAGE).unwrap();
    assert_eq!(target.read(there), Ok((1, [22])));
    assert_eq!(target.read(there + PAGE), Ok((1, [23])));
    assert_eq!(target.process.write_memory(there + PAGE, &[77]), Ok(1));
    assert_eq!(probe::byte_of(&memory, 3 * PAGE), 77);
}

fn it_stops_at_the_end_of_the_mapping() {
    let target = Target::new();
    let memory = numbered(2, 1);
    let there = target.map(&memory, 1, RW);
    let (actual, bytes) = target.read::<8>(there + PAGE - 3).unwrap();
    assert_eq!((actual, bytes), (3, [0, 0, 0, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE]));
    let written = target.process.write_memory(there + PAGE - 3, &[6; 8]);
    assert_eq!(written, Ok(3));
    assert_eq!(probe::byte_of(&memory, PAGE - 1), 6);
    assert_eq!(probe::byte_of(&memory, PAGE), 2, "behind the mapping");
}

fn it_stops_before_a_mapping_that_continues_it() {
    let target = Target::new();
    let both = region_in(&target.root, CAN_ALL, 0, 2);
    let first = both.place(0, &vmo(1), 1, RW);
    both.place(1, &vmo(1), 1, RW);
    let (actual, _) = target.read::<8>(first + PAGE - 4).unwrap();
    assert_eq!(actual, 4);
}

fn it_stops_at_the_end_of_the_object() {
    let target = Target::new();
    let memory = resizable(4);
    let there = target.map(&memory, 4, RW);
    memory.set_size(PAGE).unwrap();
    assert_eq!(target.read::<8>(there + PAGE - 2).unwrap().0, 2);
    let written = target.process.write_memory(there + PAGE - 2, &[1; 8]);
    assert_eq!(written, Ok(2));
}

fn past_the_end_of_the_object_is_out_of_range() {
    let target = Target::new();
    let memory = resizable(4);
    let there = target.map(&memory, 4, RW);
    memory.set_size(PAGE).unwrap();
    for address in [there + PAGE, there + 4 * PAGE - 1] {
        assert_eq!(target.read::<1>(address), Err(Status::OUT_OF_RANGE));
        let written = target.process.write_memory(address, &[1]);
        assert_eq!(written, Err(Status::OUT_OF_RANGE));
    }
    assert_eq!(target.read::<1>(there + 4 * PAGE), Err(Status::NOT_FOUND));
}

fn permissions_do_not_count() {
    let target = Target::new();
    let there = target.map(&numbered(1, 8), 1, NONE);
    assert_eq!(target.read(there), Ok((1, [8])));
    assert_eq!(target.process.write_memory(there, &[9]), Ok(1));
    assert_eq!(target.read(there), Ok((1, [9])));
}

fn pages_that_are_not_there_read_as_zero() {
    let target = Target::new();
    let there = target.map(&vmo(2), 2, R);
    assert_eq!(target.read(there + PAGE - 2), Ok((4, [0; 4])));
}

fn a_write_through_a_read_only_mapping() {
    let memory = numbered(1, 1);
    let weak: rt::Vmo = without(&memory, Rights::WRITE).into();
    let target = Target::new();
    let there = target.map(&weak, 1, R);
    assert_eq!(target.process.write_memory(there, &[0xCC]), Ok(1));
    assert_eq!(target.read(there), Ok((1, [0xCC])));
    assert_eq!(probe::byte_of(&memory, 0), 0xCC);
}

/// `ZX_VMO_CHILD_SNAPSHOT`.
const SNAPSHOT: u32 = 1;

fn a_write_to_a_snapshot_leaves_the_other_as_it_was() {
    let memory = numbered(1, 1);
    let mut raw = 0_u32;
    let status = zx::vmo_create_child(&memory, SNAPSHOT, 0_u64, PAGE, &mut raw);
    assert_eq!(status, Status::OK);
    let snapshot: rt::Vmo = rt::Handle::from_raw(raw).into();
    let target = Target::new();
    let there = target.map(&snapshot, 1, R);
    assert_eq!(target.read(there), Ok((1, [1])));
    assert_eq!(target.process.write_memory(there, &[0xCC]), Ok(1));
    assert_eq!(target.read(there), Ok((1, [0xCC])));
    assert_eq!(probe::byte_of(&memory, 0), 1);
}

fn actual_may_be_null() {
    let target = Target::new();
    let there = target.map(&vmo(1), 1, RW);
    let mut byte = 9_u8;
    let written = zx::process_write_memory(&target.process, there, &mut byte, 1, 0);
    byte = 0;
    let read = zx::process_read_memory(&target.process, there, &mut byte, 1, 0);
    assert_eq!((written, read, byte), (Status::OK, Status::OK, 9));
}

fn actual_that_cannot_be_written_is_invalid() {
    let target = Target::new();
    let there = target.map(&vmo(1), 1, RW);
    let hostile = Hostile::new();
    let mut byte = 0_u8;
    for address in hostile.addresses().filter(|&address| address != 0) {
        let read = zx::process_read_memory(&target.process, there, &mut byte, 1, address);
        assert_eq!(read, Status::INVALID_ARGS, "{address:#x}");
    }
}

fn a_buffer_that_cannot_be_written_is_invalid() {
    let target = Target::new();
    let there = target.map(&vmo(1), 1, RW);
    let hostile = Hostile::new();
    for address in hostile.addresses() {
        let read = zx::process_read_memory(&target.process, there, address, 8, 0);
        assert_eq!(read, Status::INVALID_ARGS, "{address:#x}");
    }
}

fn a_buffer_that_cannot_be_read_is_invalid() {
    let target = Target::new();
    let there = target.map(&numbered(1, 4), 1, RW);
    let gap = region(1).base;
    for address in [gap, 1 << 47, 0xFFFF_8000_0000_0000, u64::MAX - 7] {
        let written = zx::process_write_memory(&target.process, there, address, 8, 0);
        assert_eq!(written, Status::INVALID_ARGS, "{address:#x}");
    }
    assert_eq!(target.read(there), Ok((1, [4])));
}

fn actual_stays_on_failure() {
    let target = Target::new();
    let (mut byte, mut actual) = (0_u8, 77_u64);
    let read = zx::process_read_memory(&target.process, PAGE, &mut byte, 1, &mut actual);
    assert_eq!((read, actual), (Status::NOT_FOUND, 77));
}

fn a_process_that_was_never_started() {
    let target = Target::new();
    let there = target.map(&numbered(1, 3), 1, RX & R);
    assert_eq!(target.read(there), Ok((1, [3])));
}

fn a_process_reads_itself() {
    let there = map(&numbered(1, 42), 1, RW);
    let mut byte = [0];
    assert_eq!(start().process().read_memory(there, &mut byte), Ok(1));
    assert_eq!(byte, [42]);
    assert_eq!(start().process().write_memory(there, &[43]), Ok(1));
    assert_eq!(probe::read(there), Ok(43));
    // Buffer and target may be the same bytes.
    let status = zx::process_read_memory(start().process(), there, there + 1, 8, 0);
    assert_eq!(status, Status::OK);
    assert_eq!(probe::read(there + 1), Ok(43));
}

/// Where a part finds its orders: the same address in every process of this program.
static ORDERS: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(1);

fn obey(_: u64) {
    use core::sync::atomic::Ordering;
    while ORDERS.load(Ordering::Relaxed) == 1 {
        rt::time::yield_now();
    }
    rt::exit(ORDERS.load(Ordering::Relaxed).cast_signed());
}

fn another_process_is_read_and_written() {
    let part = Part::start(obey, 0, Vec::new());
    let there = ORDERS.as_ptr().expose_provenance() as u64;
    let mut word = [0; 8];
    assert_eq!(part.process.read_memory(there, &mut word), Ok(8));
    assert_eq!(u64::from_le_bytes(word), 1);
    let written = part.process.write_memory(there, &23_u64.to_le_bytes());
    assert_eq!(written, Ok(8));
    assert_eq!(part.join(), 23);
}

fn the_kernels_half_is_not_found() {
    let target = Target::new();
    for address in [1 << 47, 1 << 63, 0xFFFF_8000_0000_0000, u64::MAX] {
        assert_eq!(target.read::<1>(address), Err(Status::NOT_FOUND));
    }
}

fn many_pages_at_once() {
    let pages = 600;
    let target = Target::new();
    let there = target.map(&vmo(pages), pages, RW);
    let mut bytes = vec![7; 600 * PAGE_LEN];
    let written = target.process.write_memory(there, &bytes);
    assert_eq!(written, Ok(pages * PAGE));
    bytes.fill(0);
    let read = target.process.read_memory(there, &mut bytes);
    assert_eq!(read, Ok(pages * PAGE));
    assert!(bytes.iter().all(|&byte| byte == 7));
}

fn it_leaks_nothing() {
    assert_leaks_nothing(|| {
        let target = Target::new();
        let there = target.map(&vmo(2), 2, R);
        target.process.write_memory(there, &[1; 100]).unwrap();
        target.read::<100>(there + PAGE).unwrap();
    });
}
