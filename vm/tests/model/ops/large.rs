//! Operations that make large pages likely: objects are committed in blocks and shown at once, at addresses
//! that suit both.

use abi::{VmOptions, VmarOp};
use proptest::prelude::*;
use proptest::sample::select;

use super::draw::Span;
use super::{ContentOp, Fate, Operation, RegionOp};
use crate::common::{ALL_RIGHTS, PAGE, READ, READ_WRITE};

/// A place in an object or in an arena, in pages of a sequence.
fn place() -> impl Strategy<Value = u64> {
    0u64..10
}

fn map() -> impl Strategy<Value = Operation> {
    let how = select(&[VmOptions::SPECIFIC, VmOptions::SPECIFIC_OVERWRITE][..]);
    let perms = prop_oneof![3 => Just(READ_WRITE), 1 => Just(READ)];
    let numbers = (any::<usize>(), any::<usize>());
    (numbers, how, perms, (0u64..40, place(), 1u64..8)).prop_map(
        |((vmar, vmo), how, perms, (at, vmo_page, pages))| {
            let now = if how == VmOptions::SPECIFIC { VmOptions::MAP_RANGE } else { how };
            Operation::Regions(RegionOp::Map {
                vmar,
                vmar_rights: ALL_RIGHTS,
                options: perms | how | now | VmOptions::ALLOW_FAULTS,
                vmar_offset: at * PAGE,
                vmo,
                vmo_rights: ALL_RIGHTS,
                vmo_offset: vmo_page * PAGE,
                len: pages * PAGE,
                fate: Fate::Kept,
            })
        },
    )
}

fn op_range() -> impl Strategy<Value = Operation> {
    const OPS: &[VmarOp] = &[VmarOp::Commit, VmarOp::MapRange, VmarOp::AlwaysNeed];
    (any::<usize>(), select(OPS), 0u64..40, 1u64..8).prop_map(|(vmar, op, page, pages)| {
        let span = Span { page, odd: 0, len: pages * PAGE };
        Operation::Regions(RegionOp::OpRange { vmar, rights: ALL_RIGHTS, op, span })
    })
}

fn commit() -> impl Strategy<Value = Operation> {
    (any::<usize>(), place(), 1u64..5).prop_map(|(vmo, page, pages)| {
        Operation::Content(ContentOp::Commit { vmo, offset: page * PAGE, len: pages * PAGE })
    })
}

/// Changes from somewhere inside a large page on.
fn cut() -> impl Strategy<Value = Operation> {
    let page = (0u64..5, 5u64..7).prop_map(|(eight, within)| eight * 8 + within);
    let span = (page, 1u64..3).prop_map(|(page, pages)| Span { page, odd: 0, len: pages * PAGE });
    (any::<usize>(), span, 0..4).prop_map(|(vmar, span, what)| {
        let rights = ALL_RIGHTS;
        Operation::Regions(match what {
            0 => RegionOp::Unmap { vmar, rights, span },
            1 => RegionOp::OpRange { vmar, rights, op: VmarOp::Zero, span },
            2 => RegionOp::Protect { vmar, rights, options: READ, span },
            _ => RegionOp::Protect { vmar, rights, options: READ_WRITE, span },
        })
    })
}

pub(super) fn strategy() -> BoxedStrategy<Operation> {
    prop_oneof![
        4 => map().boxed(),
        2 => op_range().boxed(),
        4 => commit().boxed(),
        3 => cut().boxed(),
    ]
    .boxed()
}
