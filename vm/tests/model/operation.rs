//! What a sequence is made of. Numbers are small and count pages, so that operations meet.

use abi::{Rights, VmOptions, VmarOp, VmoChildOptions};
use proptest::prelude::*;
use vm::Access;

/// Pages of the VMAR in which everything happens.
pub(crate) const ARENA_PAGES: u64 = 48;

/// Objects there are at the most.
pub(crate) const MOST_OBJECTS: usize = 12;

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Allocate {
        vmar: usize,
        rights: Rights,
        options: VmOptions,
        offset: u64,
        size: u64,
    },
    Map {
        vmar: usize,
        vmar_rights: Rights,
        options: VmOptions,
        vmar_offset: u64,
        vmo: usize,
        vmo_rights: Rights,
        vmo_offset: u64,
        len: u64,
    },
    Unmap {
        vmar: usize,
        rights: Rights,
        page: u64,
        len: u64,
    },
    Protect {
        vmar: usize,
        rights: Rights,
        options: VmOptions,
        page: u64,
        len: u64,
    },
    OpRange {
        vmar: usize,
        rights: Rights,
        op: VmarOp,
        page: u64,
        len: u64,
    },
    Destroy {
        vmar: usize,
    },
    /// Loads, stores or fetches on a processor.
    Touch {
        cpu: u32,
        space: usize,
        access: Access,
        offset: u64,
        len: usize,
        byte: u8,
    },
    /// Loads a byte of every page.
    Sweep {
        cpu: u32,
        space: usize,
    },
    CreateChild {
        vmo: usize,
        options: VmoChildOptions,
        offset: u64,
        size: u64,
    },
    /// Drops the object's name; mappings and children remain.
    Close {
        vmo: usize,
    },
    SetSize {
        vmo: usize,
        size: u64,
    },
    SetStreamSize {
        vmo: usize,
        size: u64,
    },
    Zero {
        vmo: usize,
        offset: u64,
        len: u64,
    },
    Decommit {
        vmo: usize,
        offset: u64,
        len: u64,
    },
    TransferData {
        vmo: usize,
        offset: u64,
        source: usize,
        source_offset: u64,
        len: u64,
    },
    Write {
        vmo: usize,
        offset: u64,
        len: usize,
        byte: u8,
    },
    Read {
        vmo: usize,
        offset: u64,
        len: usize,
    },
    Commit {
        vmo: usize,
        offset: u64,
        len: u64,
    },
}

const PAGE: u64 = crate::common::PAGE;

/// Mostly everything, sometimes without one of the rights that matter.
fn rights() -> impl Strategy<Value = Rights> {
    let all = crate::common::ALL_RIGHTS;
    let without = |missing| Just(all - missing);
    prop_oneof![
        20 => Just(all),
        1 => without(Rights::READ),
        2 => without(Rights::WRITE),
        2 => without(Rights::EXECUTE),
        1 => without(Rights::MAP),
        3 => without(Rights::OP_CHILDREN),
    ]
}

fn place() -> impl Strategy<Value = VmOptions> {
    prop_oneof![
        4 => Just(VmOptions::empty()),
        6 => Just(VmOptions::SPECIFIC),
        1 => Just(VmOptions::OFFSET_IS_UPPER_LIMIT),
    ]
}

fn map_place() -> impl Strategy<Value = VmOptions> {
    prop_oneof![
        4 => place(),
        2 => Just(VmOptions::SPECIFIC_OVERWRITE),
    ]
}

fn alignment() -> impl Strategy<Value = VmOptions> {
    prop_oneof![
        6 => Just(VmOptions::empty()),
        1 => (10u8..=15).prop_map(VmOptions::align),
    ]
}

/// An offset fits what is asked for: nothing else than 0 makes sense without a place.
fn offset(options: VmOptions, page: u64, odd: bool) -> u64 {
    let placed =
        VmOptions::SPECIFIC | VmOptions::SPECIFIC_OVERWRITE | VmOptions::OFFSET_IS_UPPER_LIMIT;
    let meant = options.intersects(placed) != odd;
    if meant { page * PAGE } else { 0 }
}

fn perms() -> impl Strategy<Value = VmOptions> {
    prop_oneof![
        1 => Just(VmOptions::empty()),
        4 => Just(crate::common::READ),
        6 => Just(crate::common::READ_WRITE),
        2 => Just(crate::common::READ_EXECUTE),
        1 => Just(VmOptions::PERMS),
        1 => Just(VmOptions::PERM_WRITE),
    ]
}

fn can_map() -> impl Strategy<Value = VmOptions> {
    let flags = prop_oneof![
        5 => Just(crate::common::ANYTHING),
        1 => Just(VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_SPECIFIC),
        1 => Just(VmOptions::CAN_MAP_PERMS),
    ];
    (flags, prop::bool::weighted(0.2))
        .prop_map(|(flags, compact)| if compact { flags | VmOptions::COMPACT } else { flags })
}

/// A page of the arena, or one past its end.
fn page() -> impl Strategy<Value = u64> {
    0..=ARENA_PAGES
}

/// A page of an object: at its start, or where a node of a page tree ends, which has 64 entries.
fn page_of_object() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0u64..16, 2 => 58u64..70, 1 => 124u64..142]
}

/// A number of pages, the smaller the likelier.
fn pages() -> impl Strategy<Value = u64> {
    prop_oneof![1 => Just(0), 8 => 1u64..4, 6 => 1u64..16, 1 => 1..=ARENA_PAGES]
}

/// A length in bytes that is sometimes not whole pages.
fn len() -> impl Strategy<Value = u64> {
    (pages(), prop_oneof![5 => Just(0), 1 => 1..PAGE])
        .prop_map(|(pages, less)| (pages * PAGE).saturating_sub(less))
}

fn access() -> impl Strategy<Value = Access> {
    prop_oneof![
        4 => Just(Access::Read),
        4 => Just(Access::Write),
        1 => Just(Access::Execute),
    ]
}

fn bytes() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 1usize..16, 1 => 1usize..9000, 1 => Just(0)]
}

fn allocate() -> impl Strategy<Value = Operation> {
    let options = (can_map(), place(), alignment());
    let odd = prop::bool::weighted(0.02);
    (any::<usize>(), rights(), options, page(), len(), odd).prop_map(
        |(vmar, rights, (flags, place, align), at, size, odd)| {
            let options = flags | place | align;
            let offset = offset(options, at, odd);
            Operation::Allocate { vmar, rights, options, offset, size }
        },
    )
}

fn map() -> impl Strategy<Value = Operation> {
    let beyond = VmOptions::FAULT_BEYOND_STREAM_SIZE | VmOptions::ALLOW_FAULTS;
    let range = prop_oneof![
        6 => Just(VmOptions::empty()),
        2 => Just(VmOptions::MAP_RANGE),
        1 => Just(beyond),
        1 => Just(beyond | VmOptions::MAP_RANGE),
    ];
    let options = (perms(), map_place(), alignment(), range);
    let vmo = (any::<usize>(), rights(), page_of_object());
    let odd = prop::bool::weighted(0.02);
    (any::<usize>(), rights(), options, page(), vmo, len(), odd).prop_map(
        |(vmar, vmar_rights, (perms, place, align, range), at, vmo, len, odd)| {
            let options = perms | place | align | range;
            let (vmo, vmo_rights, vmo_page) = vmo;
            Operation::Map {
                vmar,
                vmar_rights,
                options,
                vmar_offset: offset(options, at, odd),
                vmo,
                vmo_rights,
                vmo_offset: vmo_page * PAGE,
                len,
            }
        },
    )
}

fn on_range() -> impl Strategy<Value = Operation> {
    let vmar = any::<usize>;
    prop_oneof![
        2 => (vmar(), rights(), page(), len()).prop_map(|(vmar, rights, page, len)| {
            Operation::Unmap { vmar, rights, page, len }
        }),
        3 => (vmar(), rights(), perms(), page(), len()).prop_map(
            |(vmar, rights, options, page, len)| Operation::Protect {
                vmar, rights, options, page, len,
            },
        ),
        3 => (vmar(), rights(), prop::sample::select(VmarOp::ALL), page(), len()).prop_map(
            |(vmar, rights, op, page, len)| Operation::OpRange { vmar, rights, op, page, len },
        ),
        1 => vmar().prop_map(|vmar| Operation::Destroy { vmar }),
    ]
}

fn on_memory() -> impl Strategy<Value = Operation> {
    let bytes = ARENA_PAGES * PAGE;
    prop_oneof![
        6 => (0u32..2, 0usize..2, access(), 0..bytes, self::bytes(), any::<u8>()).prop_map(
            |(cpu, space, access, offset, len, byte)| Operation::Touch {
                cpu, space, access, offset, len, byte,
            },
        ),
        2 => (0u32..2, 0usize..2).prop_map(|(cpu, space)| Operation::Sweep { cpu, space }),
    ]
}

fn child() -> impl Strategy<Value = Operation> {
    let kind = prop_oneof![
        6 => Just(VmoChildOptions::SNAPSHOT),
        2 => Just(VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE),
        3 => Just(VmoChildOptions::SLICE),
        2 => Just(VmoChildOptions::REFERENCE),
    ];
    let resizable = prop_oneof![
        2 => Just(VmoChildOptions::empty()),
        1 => Just(VmoChildOptions::RESIZABLE),
    ];
    let offset = prop_oneof![
        3 => Just(0),
        5 => page_of_object().prop_map(|page| page * PAGE),
        1 => 0..PAGE,
    ];
    let size = prop_oneof![4 => len(), 1 => Just(64 * PAGE), 2 => Just(140 * PAGE)];
    (any::<usize>(), kind, resizable, offset, size).prop_map(
        |(vmo, kind, resizable, offset, size)| {
            // A reference has neither, mostly.
            let is_all = kind == VmoChildOptions::REFERENCE && size % 7 != 0;
            let (offset, size) = if is_all { (0, 0) } else { (offset, size) };
            Operation::CreateChild { vmo, options: kind | resizable, offset, size }
        },
    )
}

/// A byte of an object, the start of a page half of the time.
fn offset_in_object() -> impl Strategy<Value = u64> {
    let within = prop_oneof![Just(0), 0..PAGE];
    (page_of_object(), within).prop_map(|(page, within)| page * PAGE + within)
}

fn on_content() -> impl Strategy<Value = Operation> {
    let vmo = any::<usize>;
    let offset = offset_in_object;
    let whole = || page_of_object().prop_map(|page| page * PAGE);
    prop_oneof![
        3 => (vmo(), offset(), bytes(), any::<u8>()).prop_map(|(vmo, offset, len, byte)| {
            Operation::Write { vmo, offset, len, byte }
        }),
        1 => (vmo(), offset(), bytes())
            .prop_map(|(vmo, offset, len)| Operation::Read { vmo, offset, len }),
        1 => (vmo(), offset(), len())
            .prop_map(|(vmo, offset, len)| Operation::Commit { vmo, offset, len }),
        1 => (vmo(), offset(), len())
            .prop_map(|(vmo, offset, len)| Operation::Decommit { vmo, offset, len }),
        2 => (vmo(), offset(), len())
            .prop_map(|(vmo, offset, len)| Operation::Zero { vmo, offset, len }),
        2 => ((vmo(), whole()), (vmo(), whole()), len()).prop_map(
            |((vmo, offset), (source, source_offset), len)| {
                Operation::TransferData { vmo, offset, source, source_offset, len }
            },
        ),
    ]
}

fn on_object() -> impl Strategy<Value = Operation> {
    let vmo = any::<usize>;
    prop_oneof![
        6 => on_content(),
        3 => child(),
        1 => vmo().prop_map(|vmo| Operation::Close { vmo }),
        2 => (vmo(), offset_in_object()).prop_map(|(vmo, size)| Operation::SetSize { vmo, size }),
        1 => (vmo(), offset_in_object())
            .prop_map(|(vmo, size)| Operation::SetStreamSize { vmo, size }),
    ]
}

pub(crate) fn sequence_step() -> impl Strategy<Value = Operation> {
    prop_oneof![
        2 => allocate(),
        6 => map(),
        5 => on_range(),
        9 => on_memory(),
        6 => on_object(),
    ]
}
