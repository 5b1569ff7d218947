//! What operations are drawn from. Numbers are small and count pages, so that operations meet; now and then
//! one is as hostile as it can be.

use abi::{Rights, VmOptions};
use proptest::prelude::*;
use proptest::sample::select;

use super::{ARENA_PAGES, MOST_CPUS, SPACES};
use crate::common::{ALL_RIGHTS, PAGE, READ, READ_EXECUTE, READ_WRITE};

/// A range of an arena: from a page, in bytes past its start, a number of bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) page: u64,
    pub(crate) odd: u64,
    pub(crate) len: u64,
}

/// Numbers that nothing is as large as.
const HUGE: [u64; 7] =
    [u64::MAX, u64::MAX - 1, u64::MAX - PAGE + 1, u64::MAX - PAGE, 1 << 63, 1 << 52, 1 << 48];

/// Mostly `usual`, and sometimes a huge number.
pub(super) fn or_huge(usual: impl Strategy<Value = u64>) -> impl Strategy<Value = u64> {
    prop_oneof![40 => usual, 1 => select(&HUGE[..])]
}

pub(super) fn cpu() -> impl Strategy<Value = u32> {
    0..MOST_CPUS
}

pub(super) fn space() -> impl Strategy<Value = usize> {
    // The kernel's less often than those of processes.
    prop_oneof![4 => 0..SPACES - 1, 1 => Just(SPACES - 1)]
}

/// Mostly everything, sometimes without one of the rights that matter.
pub(super) fn rights() -> impl Strategy<Value = Rights> {
    let without = |missing| Just(ALL_RIGHTS - missing);
    prop_oneof![
        20 => Just(ALL_RIGHTS),
        1 => without(Rights::READ),
        2 => without(Rights::WRITE),
        2 => without(Rights::EXECUTE),
        1 => without(Rights::MAP),
        3 => without(Rights::OP_CHILDREN),
    ]
}

pub(super) fn perms() -> impl Strategy<Value = VmOptions> {
    prop_oneof![
        2 => Just(VmOptions::empty()),
        8 => Just(READ),
        12 => Just(READ_WRITE),
        4 => Just(READ_EXECUTE),
        2 => Just(VmOptions::PERMS),
        1 => Just(VmOptions::PERM_WRITE),
        1 => Just(VmOptions::PERM_READ_IF_XOM_UNSUPPORTED | VmOptions::PERM_EXECUTE),
    ]
}

/// Options that do not go with most calls, or with none.
pub(super) fn stray() -> impl Strategy<Value = VmOptions> {
    let one = prop_oneof![
        (0u32..24).prop_map(|bit| VmOptions::from_bits_retain(1 << bit)),
        any::<u8>().prop_map(VmOptions::align),
    ];
    prop_oneof![30 => Just(VmOptions::empty()), 1 => one]
}

/// A page of the arena, or one past its end.
pub(super) fn page() -> impl Strategy<Value = u64> {
    0..=ARENA_PAGES
}

/// A page of an object: at its start, or where a node of a page tree ends, which has 64 entries.
pub(super) fn page_of_object() -> impl Strategy<Value = u64> {
    prop_oneof![5 => 0u64..14, 2 => 60u64..68, 1 => 126u64..141]
}

/// A number of pages, the smaller the likelier.
fn pages() -> impl Strategy<Value = u64> {
    prop_oneof![1 => Just(0), 12 => 1u64..4, 8 => 1u64..16, 1 => 1..=ARENA_PAGES]
}

/// A length in bytes that is sometimes not whole pages.
pub(super) fn len() -> impl Strategy<Value = u64> {
    let usual = (pages(), prop_oneof![5 => Just(0), 1 => 1..PAGE])
        .prop_map(|(pages, less)| (pages * PAGE).saturating_sub(less));
    or_huge(usual)
}

pub(super) fn span() -> impl Strategy<Value = Span> {
    let odd = prop_oneof![30 => Just(0), 1 => 1..PAGE];
    (page(), odd, len()).prop_map(|(page, odd, len)| Span { page, odd, len })
}

/// A byte of an object, the start of a page half of the time.
pub(super) fn offset_in_object() -> impl Strategy<Value = u64> {
    let within = prop_oneof![Just(0), 0..PAGE];
    or_huge((page_of_object(), within).prop_map(|(page, within)| page * PAGE + within))
}

/// The start of a page of an object, or nearly.
pub(super) fn page_offset() -> impl Strategy<Value = u64> {
    let odd = prop_oneof![30 => Just(0), 1 => 1..PAGE];
    or_huge((page_of_object(), odd).prop_map(|(page, odd)| page * PAGE + odd))
}

/// A number of bytes to load or store, mostly few.
pub(super) fn bytes() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 1usize..16, 1 => 1usize..9000, 1 => Just(0)]
}
