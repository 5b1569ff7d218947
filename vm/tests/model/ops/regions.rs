//! Operations on regions and mappings.

use abi::{Rights, VmOptions, VmarOp};
use proptest::prelude::*;
use proptest::sample::select;

use super::Scale;
use super::draw::{Span, len, or_huge, page, page_of_object, perms, rights, span, stray};
use crate::common::{ANYTHING, PAGE};

#[derive(Clone, Debug)]
pub(crate) enum RegionOp {
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
        fate: Fate,
    },
    Unmap {
        vmar: usize,
        rights: Rights,
        span: Span,
    },
    Protect {
        vmar: usize,
        rights: Rights,
        options: VmOptions,
        span: Span,
    },
    OpRange {
        vmar: usize,
        rights: Rights,
        op: VmarOp,
        span: Span,
    },
    Destroy {
        vmar: usize,
    },
}

/// What becomes of a mapping that was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    Kept,
    Discarded,
}

impl RegionOp {
    pub(super) fn scale(&mut self, scale: Scale) {
        match self {
            RegionOp::Allocate { offset, size, .. } => scale.apply(&mut [offset, size]),
            RegionOp::Map { vmar_offset, vmo_offset, len, .. } => {
                scale.apply(&mut [vmar_offset, vmo_offset, len]);
            }
            RegionOp::Unmap { span, .. }
            | RegionOp::Protect { span, .. }
            | RegionOp::OpRange { span, .. } => {
                span.page = scale.page(span.page);
                scale.apply(&mut [&mut span.len]);
            }
            RegionOp::Destroy { .. } => {}
        }
    }
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
fn offset(options: VmOptions, at: u64, odd: bool) -> u64 {
    let placed =
        VmOptions::SPECIFIC | VmOptions::SPECIFIC_OVERWRITE | VmOptions::OFFSET_IS_UPPER_LIMIT;
    let meant = options.intersects(placed) != odd;
    if meant { at } else { 0 }
}

/// Where in a VMAR, in bytes.
fn at() -> impl Strategy<Value = u64> {
    let odd = prop_oneof![40 => Just(0), 1 => 1..PAGE];
    or_huge((page(), odd).prop_map(|(page, odd)| page * PAGE + odd))
}

fn can_map() -> impl Strategy<Value = VmOptions> {
    let flags = prop_oneof![
        5 => Just(ANYTHING),
        1 => Just(VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_SPECIFIC),
        1 => Just(VmOptions::CAN_MAP_PERMS),
    ];
    (flags, prop::bool::weighted(0.2))
        .prop_map(|(flags, compact)| if compact { flags | VmOptions::COMPACT } else { flags })
}

fn allocate() -> impl Strategy<Value = RegionOp> {
    let options = (can_map(), place(), alignment(), stray());
    let odd = prop::bool::weighted(0.02);
    (any::<usize>(), rights(), options, at(), len(), odd).prop_map(
        |(vmar, rights, (flags, place, align, stray), at, size, odd)| {
            let options = flags | place | align | stray;
            let offset = offset(options, at, odd);
            RegionOp::Allocate { vmar, rights, options, offset, size }
        },
    )
}

fn faults() -> impl Strategy<Value = VmOptions> {
    let beyond = VmOptions::FAULT_BEYOND_STREAM_SIZE | VmOptions::ALLOW_FAULTS;
    prop_oneof![
        6 => Just(VmOptions::empty()),
        2 => Just(VmOptions::MAP_RANGE),
        2 => Just(VmOptions::ALLOW_FAULTS),
        1 => Just(beyond),
        1 => Just(beyond | VmOptions::MAP_RANGE),
        1 => Just(VmOptions::REQUIRE_NON_RESIZABLE),
    ]
}

fn map() -> impl Strategy<Value = RegionOp> {
    let options = (perms(), map_place(), alignment(), faults(), stray());
    let vmo = (any::<usize>(), rights(), or_huge(page_of_object().prop_map(|page| page * PAGE)));
    let fate = prop_oneof![20 => Just(Fate::Kept), 1 => Just(Fate::Discarded)];
    let odd = prop::bool::weighted(0.02);
    (any::<usize>(), rights(), options, at(), vmo, len(), (odd, fate)).prop_map(
        |(vmar, vmar_rights, options, at, vmo, len, (odd, fate))| {
            let (perms, place, align, faults, stray) = options;
            let options = perms | place | align | faults | stray;
            let (vmo, vmo_rights, vmo_offset) = vmo;
            let vmar_offset = offset(options, at, odd);
            RegionOp::Map {
                vmar,
                vmar_rights,
                options,
                vmar_offset,
                vmo,
                vmo_rights,
                vmo_offset,
                len,
                fate,
            }
        },
    )
}

pub(super) fn strategy() -> BoxedStrategy<RegionOp> {
    let vmar = any::<usize>;
    let unmap = (vmar(), rights(), span()).prop_map(|(vmar, rights, span)| RegionOp::Unmap {
        vmar,
        rights,
        span,
    });
    let options = (perms(), stray()).prop_map(|(perms, stray)| perms | stray);
    let protect = (vmar(), rights(), options, span()).prop_map(|(vmar, rights, options, span)| {
        RegionOp::Protect { vmar, rights, options, span }
    });
    let op_range = (vmar(), rights(), select(VmarOp::ALL), span())
        .prop_map(|(vmar, rights, op, span)| RegionOp::OpRange { vmar, rights, op, span });
    prop_oneof![
        3 => allocate().boxed(),
        9 => map().boxed(),
        2 => unmap.boxed(),
        4 => protect.boxed(),
        4 => op_range.boxed(),
        1 => vmar().prop_map(|vmar| RegionOp::Destroy { vmar }).boxed(),
    ]
    .boxed()
}
