//! Values for arguments: mostly good ones, as a call that fails at its first check tests no more than that.

use crate::places::{HOSTILE, Places};
use crate::pool::Pool;
use crate::random::Random;
use crate::table::Kind;
use abi::layout::PAGE_SIZE;
use abi::object::{TIME_INFINITE, TIME_INFINITE_PAST};
use abi::{Rights, Topic, VmOptions};
use rt::time;

/// Numbers at the edges of what numbers can be.
const EDGES: [u64; 16] = [
    0,
    1,
    PAGE_SIZE - 1,
    PAGE_SIZE,
    PAGE_SIZE + 1,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    1 << 32,
    (1 << 47) - PAGE_SIZE,
    1 << 47,
    1 << 52,
    1 << 63,
    0xFFFF_FFFF_FFFF_F000,
    u64::MAX - 1,
    u64::MAX,
];

/// What asks about objects.
const TOPICS: [Topic; 16] = [
    Topic::HANDLE_VALID,
    Topic::HANDLE_BASIC,
    Topic::HANDLE_COUNT,
    Topic::HANDLE_TABLE,
    Topic::PROCESS,
    Topic::PROCESS_MAPS,
    Topic::PROCESS_VMOS,
    Topic::PROCESS_THREADS,
    Topic::TASK_STATS,
    Topic::THREAD,
    Topic::VMAR,
    Topic::VMAR_MAPS,
    Topic::VMO,
    Topic::JOB_PROCESSES,
    Topic::KMEM_STATS,
    Topic::BTI,
];

/// Options of regions and mappings that go together.
const REGION_OPTIONS: [VmOptions; 12] = [
    VmOptions::PERM_READ,
    VmOptions::PERM_READ.union(VmOptions::PERM_WRITE),
    VmOptions::PERM_READ.union(VmOptions::PERM_EXECUTE),
    VmOptions::PERM_READ.union(VmOptions::PERM_WRITE).union(VmOptions::MAP_RANGE),
    VmOptions::PERM_READ.union(VmOptions::PERM_WRITE).union(VmOptions::SPECIFIC),
    VmOptions::PERM_READ.union(VmOptions::PERM_WRITE).union(VmOptions::SPECIFIC_OVERWRITE),
    VmOptions::PERM_READ.union(VmOptions::COMPACT),
    VmOptions::PERM_READ.union(VmOptions::OFFSET_IS_UPPER_LIMIT),
    VmOptions::CAN_MAP_PERMS.union(VmOptions::CAN_MAP_SPECIFIC),
    VmOptions::CAN_MAP_READ.union(VmOptions::CAN_MAP_WRITE).union(VmOptions::CAN_MAP_SPECIFIC),
    VmOptions::CAN_MAP_PERMS.union(VmOptions::CAN_MAP_SPECIFIC).union(VmOptions::COMPACT),
    VmOptions::empty(),
];

/// Nanoseconds from now that a call may wait, as a rule.
const PATIENCE: u64 = 300_000;

/// Returns a value for an argument.
pub(crate) fn value(kind: Kind, pool: &Pool, places: &Places, random: &mut Random) -> u64 {
    if random.one_in(64) {
        return if random.one_in(2) { random.next() } else { random.pick(&EDGES) };
    }
    match kind {
        Kind::Handle(wanted) => pool.draw(wanted, random).into(),
        Kind::Rights => rights(random).into(),
        Kind::Options => options(random).into(),
        Kind::Number => random.below(24),
        Kind::Topic if random.one_in(4) => random.below(40) | random.below(4) << 28,
        Kind::Topic => random.pick(&TOPICS).0.into(),
        Kind::Signals => random.pick(&[0, 1 << 24, 0xFF << 24, 0xC << 24, 1 << 3, 1, 2, 0xFF]),
        Kind::Count if random.one_in(8) => random.below(300),
        Kind::Count => random.below(9),
        Kind::Deadline => deadline(random).cast_unsigned(),
        Kind::Address if random.one_in(16) => random.pick(&HOSTILE),
        Kind::Address => places.near(random),
        Kind::Bytes => bytes(random),
        Kind::Out | Kind::In => places.buffer(random),
        Kind::Text => random.pick(&HOSTILE),
        Kind::Any => random.next() >> random.below(64),
    }
}

/// Returns rights for a handle.
fn rights(random: &mut Random) -> u32 {
    match random.below(8) {
        0 => random.half(),
        1 => 0,
        2 => (Rights::all() - Rights::from_bits_retain(1 << random.below(25))).bits(),
        3 => (Rights::BASIC | Rights::IO | Rights::MAP).bits(),
        _ => Rights::SAME_RIGHTS.bits(),
    }
}

/// Returns options: none, one bit, or what goes together for regions, with an alignment at times.
fn options(random: &mut Random) -> u32 {
    let options = match random.below(8) {
        0 | 1 => 0,
        2 => 1 << random.below(17),
        3 => random.half() & random.half() & 0xFFFF,
        _ => random.pick(&REGION_OPTIONS).bits(),
    };
    let align = if random.one_in(12) { u32::try_from(random.below(40)).unwrap() } else { 0 };
    options | align << VmOptions::ALIGN_SHIFT
}

/// Returns a deadline: soon, as a rule.
fn deadline(random: &mut Random) -> i64 {
    match random.below(400) {
        0 => TIME_INFINITE,
        1..50 => TIME_INFINITE_PAST,
        50..100 => 0,
        _ => time::after(random.below(PATIENCE).cast_signed()),
    }
}

/// Returns a number of bytes.
fn bytes(random: &mut Random) -> u64 {
    match random.below(64) {
        0 => random.pick(&EDGES),
        1 => 1 << random.below(64),
        2 | 3 => random.below(256) * PAGE_SIZE,
        4..10 => random.below(64),
        10..14 => random.below(20 * PAGE_SIZE),
        14..18 => 0,
        _ => random.below(16) * PAGE_SIZE,
    }
}
