//! `Vmar::op_range`.

use abi::{Rights, Status, VmOptions, VmarOp};
use vm::MapRequest;

use super::{Flaw, fail_in_order};
use crate::common::*;

/// An operation on four pages of a VMAR of eight.
struct Request {
    is_dead: bool,
    rights: Rights,
    op: VmarOp,
    offset: u64,
    len: u64,
    shows: Shows,
}

/// What the four pages show.
enum Shows {
    Mapping,
    ReadOnly,
    /// Only the first page is content, and the mapping faults past it.
    Stream,
    Nested,
    Gap,
}

fn valid() -> Request {
    Request {
        is_dead: false,
        rights: ALL_RIGHTS,
        op: VmarOp::Zero,
        offset: 0,
        len: 4 * PAGE,
        shows: Shows::Mapping,
    }
}

const FLAWS: &[Flaw<Request>] = &[
    Flaw { name: "an unaligned address", status: Status::INVALID_ARGS, apply: |r| r.offset = 1 },
    Flaw { name: "length 0", status: Status::INVALID_ARGS, apply: |r| r.len = 0 },
    Flaw {
        name: "a length that cannot be rounded up",
        status: Status::INVALID_ARGS,
        apply: |r| r.len = u64::MAX,
    },
    Flaw {
        name: "a range past the end",
        status: Status::OUT_OF_RANGE,
        apply: |r| r.len = 9 * PAGE,
    },
    Flaw { name: "a destroyed VMAR", status: Status::BAD_STATE, apply: |r| r.is_dead = true },
    Flaw { name: "a gap", status: Status::BAD_STATE, apply: |r| r.shows = Shows::Gap },
    Flaw {
        name: "a nested mapping, without OP_CHILDREN",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.rights.remove(Rights::OP_CHILDREN);
            r.shows = Shows::Nested;
        },
    },
    Flaw {
        name: "a range past the stream size",
        status: Status::OUT_OF_RANGE,
        apply: |r| r.shows = Shows::Stream,
    },
    Flaw {
        name: "a mapping that can never be writable",
        status: Status::ACCESS_DENIED,
        apply: |r| r.shows = Shows::ReadOnly,
    },
];

fn send(world: &World, request: Request, status: Status, name: &str) {
    println!("{name}: {status}");
    let area = world.area(8);
    let vmo = world.vmo(4);
    let plain = MapRequest { options: READ | VmOptions::SPECIFIC, ..self::request(&vmo, 4) };
    let read_only = MapRequest { vmo_rights: Rights::READ | Rights::MAP, ..plain };
    match request.shows {
        Shows::Mapping => drop(area.map(&plain).expect("free")),
        Shows::ReadOnly => drop(area.map(&read_only).expect("free")),
        Shows::Gap => {}
        Shows::Stream => {
            vmo.set_stream_size(PAGE - 1).expect("smaller");
            let options = VmOptions::FAULT_BEYOND_STREAM_SIZE | VmOptions::ALLOW_FAULTS;
            // It can never be writable either: the stream size is looked at first.
            let limited = MapRequest { options: options | read_only.options, ..read_only };
            area.map(&limited).expect("free");
        }
        Shows::Nested => {
            let inner = area_at(&area, 0, 4).expect("free");
            inner.map(&read_only).expect("free");
        }
    }
    if request.is_dead {
        area.destroy().expect("alive until now");
    }
    let address = area.base() + request.offset;
    world.refuses(status, || area.op_range(request.rights, request.op, address, request.len));
    let _ = area.destroy();
}

#[test]
fn errors_of_op_range_come_in_the_documented_order() {
    let world = World::new();
    fail_in_order(&world, FLAWS, valid, send);
}

#[test]
fn each_operation_needs_what_a_mapping_can_allow() {
    let world = World::new();
    let vmo = world.vmo(2);
    for (vmo_rights, refused) in [
        (Rights::MAP, &[VmarOp::Commit, VmarOp::Decommit, VmarOp::Zero, VmarOp::Prefetch][..]),
        (Rights::MAP | Rights::READ, &[VmarOp::Commit, VmarOp::Decommit, VmarOp::Zero]),
        (Rights::MAP | Rights::IO, &[]),
    ] {
        let area = world.area(2);
        let request =
            MapRequest { options: NO_ACCESS | VmOptions::SPECIFIC, vmo_rights, ..request(&vmo, 2) };
        area.map(&request).expect("free");
        for op in VmarOp::ALL {
            let expected = match refused.contains(op) {
                true => Err(Status::ACCESS_DENIED),
                false => Ok(()),
            };
            assert_eq!(op_range(&area, 0, 2, *op), expected, "{op:?}, {vmo_rights:?}");
        }
    }
}

#[test]
fn only_some_operations_reach_nested_mappings() {
    let world = World::new();
    let vmo = world.vmo(2);
    let area = world.area(2);
    let inner = area_at(&area, 0, 2).expect("free");
    map_at(&inner, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    for op in VmarOp::ALL {
        let reaches = ![VmarOp::Commit, VmarOp::Decommit, VmarOp::Prefetch].contains(op);
        let expected = match reaches {
            true => Ok(()),
            false => Err(Status::INVALID_ARGS),
        };
        assert_eq!(op_range(&area, 0, 2, *op), expected, "{op:?}");
        assert_eq!(op_range(&inner, 0, 2, *op), Ok(()), "{op:?}");
    }
}

#[test]
fn gaps_are_bad_at_the_start_in_the_middle_and_at_the_end() {
    let world = World::new();
    let vmo = world.vmo(8);
    let area = world.area(8);
    map_at(&area, 1, (&vmo, 0), 2, READ_WRITE).expect("free");
    map_at(&area, 4, (&vmo, 0), 3, READ_WRITE).expect("free");
    for op in VmarOp::ALL {
        for (at, pages) in [(0, 2), (1, 5), (4, 4), (0, 8), (3, 1)] {
            assert_eq!(op_range(&area, at, pages, *op), Err(Status::BAD_STATE), "{op:?}");
        }
    }
}

#[test]
fn what_passes_the_end_of_the_object_is_out_of_range_but_can_be_mapped() {
    let world = World::new();
    let vmo = world.vmo(2);
    let area = world.area(4);
    map_at(&area, 0, (&vmo, 0), 4, READ_WRITE).expect("free");
    for op in VmarOp::ALL {
        let expected = match op {
            VmarOp::MapRange => Ok(()),
            _ => Err(Status::OUT_OF_RANGE),
        };
        assert_eq!(op_range(&area, 0, 4, *op), expected, "{op:?}");
    }
    assert_eq!(vmo.committed_frames(), 0);
}
