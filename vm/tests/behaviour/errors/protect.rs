//! `Vmar::protect`.

use abi::{Rights, Status, VmOptions};
use vm::MapRequest;

use super::{Flaw, fail_in_order};
use crate::common::*;

/// A range of a VMAR of eight pages. Pages 0 and 1 are a mapping that can have all permissions; the
/// pages after that, depending on the request.
struct Request {
    is_dead: bool,
    rights: Rights,
    options: VmOptions,
    offset: u64,
    len: u64,
    then: Then,
}

/// What lies in pages 2 and 3.
enum Then {
    Mapping,
    Gap,
    ReadOnly,
    NestedReadWrite,
    NestedRead,
}

fn valid() -> Request {
    Request {
        is_dead: false,
        rights: ALL_RIGHTS,
        options: READ,
        offset: 0,
        len: 4 * PAGE,
        then: Then::Mapping,
    }
}

const FLAWS: &[Flaw<Request>] = &[
    Flaw {
        name: "a permission that the handle lacks",
        status: Status::ACCESS_DENIED,
        apply: |r| {
            r.options |= READ_WRITE;
            r.rights.remove(Rights::WRITE);
        },
    },
    Flaw {
        name: "executable but not readable",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options |= VmOptions::PERM_EXECUTE;
            r.options.remove(VmOptions::PERM_READ);
        },
    },
    Flaw { name: "an unaligned address", status: Status::INVALID_ARGS, apply: |r| r.offset = 1 },
    Flaw {
        name: "an option that is no permission",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::SPECIFIC,
    },
    Flaw {
        name: "an alignment",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::align(12),
    },
    Flaw { name: "length 0", status: Status::INVALID_ARGS, apply: |r| r.len = 0 },
    Flaw {
        name: "a length that cannot be rounded up",
        status: Status::INVALID_ARGS,
        apply: |r| r.len = u64::MAX,
    },
    Flaw { name: "a destroyed VMAR", status: Status::BAD_STATE, apply: |r| r.is_dead = true },
    Flaw {
        name: "a range past the end",
        status: Status::INVALID_ARGS,
        apply: |r| r.len = 9 * PAGE,
    },
    Flaw { name: "a gap", status: Status::NOT_FOUND, apply: |r| r.then = Then::Gap },
    Flaw {
        name: "more than a mapping may ever allow",
        status: Status::ACCESS_DENIED,
        apply: |r| {
            r.options |= READ_WRITE;
            r.then = Then::ReadOnly;
        },
    },
    Flaw {
        name: "a nested mapping, without OP_CHILDREN",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.rights.remove(Rights::OP_CHILDREN);
            r.then = Then::NestedReadWrite;
        },
    },
    Flaw {
        name: "a permission that a nested mapping would gain",
        status: Status::ACCESS_DENIED,
        apply: |r| {
            r.options |= READ_WRITE;
            r.then = Then::NestedRead;
        },
    },
];

fn send(world: &World, request: Request, status: Status, name: &str) {
    println!("{name}: {status}");
    let area = world.area(8);
    let vmo = world.vmo(4);
    map_at(&area, 0, (&vmo, 0), 2, READ_WRITE).expect("free");
    world.store(area.base(), 1).expect("writable");
    match request.then {
        Then::Mapping => drop(map_at(&area, 2, (&vmo, 0), 2, READ_WRITE).expect("free")),
        Then::Gap => {}
        Then::ReadOnly => {
            area.map(&MapRequest {
                options: READ | VmOptions::SPECIFIC,
                vmar_offset: 2 * PAGE,
                vmo_rights: Rights::READ | Rights::MAP,
                ..self::request(&vmo, 2)
            })
            .expect("free");
        }
        Then::NestedReadWrite | Then::NestedRead => {
            let perms = match request.then {
                Then::NestedRead => READ,
                _ => READ_WRITE,
            };
            let inner = area_at(&area, 2, 2).expect("free");
            map_at(&inner, 0, (&vmo, 0), 2, perms).expect("free");
        }
    }
    if request.is_dead {
        area.destroy().expect("alive until now");
    }
    let address = area.base() + request.offset;
    world.refuses(status, || area.protect(request.rights, request.options, address, request.len));
    let _ = area.destroy();
}

#[test]
fn errors_of_protect_come_in_the_documented_order() {
    let world = World::new();
    fail_in_order(&world, FLAWS, valid, send);
}

#[test]
fn gaps_are_found_at_the_start_in_the_middle_and_at_the_end() {
    let world = World::new();
    let vmo = world.vmo(8);
    let area = world.area(8);
    map_at(&area, 1, (&vmo, 0), 2, READ_WRITE).expect("free");
    map_at(&area, 4, (&vmo, 0), 3, READ_WRITE).expect("free");
    for (at, pages) in [(0, 2), (1, 5), (4, 4), (0, 8), (3, 1)] {
        world.refuses(Status::NOT_FOUND, || protect(&area, at, pages, READ));
    }
}

#[test]
fn an_empty_vmar_is_a_gap() {
    let world = World::new();
    let area = world.area(4);
    area_at(&area, 0, 4).expect("free");
    world.refuses(Status::NOT_FOUND, || protect(&area, 0, 4, READ));
    world.refuses(Status::NOT_FOUND, || protect(&area, 1, 1, READ));
}

#[test]
fn of_two_errors_the_one_at_the_lower_address_counts() {
    let world = World::new();
    let vmo = world.vmo(8);
    let area = world.area(8);
    let read_only = MapRequest {
        options: READ | VmOptions::SPECIFIC,
        vmar_offset: 2 * PAGE,
        vmo_rights: Rights::READ | Rights::MAP,
        ..request(&vmo, 2)
    };
    area.map(&read_only).expect("free");
    world.refuses(Status::NOT_FOUND, || protect(&area, 1, 3, READ_WRITE));
    world.refuses(Status::ACCESS_DENIED, || protect(&area, 2, 3, READ_WRITE));
}
