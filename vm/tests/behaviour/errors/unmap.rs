//! `Vmar::unmap` and `Vmar::destroy`.

use abi::{Rights, Status};

use super::{Flaw, fail_in_order};
use crate::common::*;

/// A range of a VMAR of eight pages that has a VMAR in pages 4 and 5.
struct Request {
    is_dead: bool,
    rights: Rights,
    offset: u64,
    len: u64,
}

fn valid() -> Request {
    Request { is_dead: false, rights: ALL_RIGHTS, offset: 0, len: 2 * PAGE }
}

const FLAWS: &[Flaw<Request>] = &[
    Flaw { name: "an unaligned address", status: Status::INVALID_ARGS, apply: |r| r.offset = 1 },
    Flaw { name: "length 0", status: Status::INVALID_ARGS, apply: |r| r.len = 0 },
    Flaw {
        name: "a length that cannot be rounded up",
        status: Status::INVALID_ARGS,
        apply: |r| r.len = u64::MAX - PAGE + 2,
    },
    Flaw { name: "a destroyed VMAR", status: Status::BAD_STATE, apply: |r| r.is_dead = true },
    Flaw {
        name: "a range past the end",
        status: Status::INVALID_ARGS,
        apply: |r| r.len = 9 * PAGE,
    },
    Flaw {
        name: "a range before the base",
        status: Status::INVALID_ARGS,
        apply: |r| r.offset = PAGE.wrapping_neg(),
    },
    Flaw {
        name: "half of a VMAR",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.offset = 0;
            r.len = 5 * PAGE;
        },
    },
    Flaw {
        name: "a VMAR, without OP_CHILDREN",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.rights.remove(Rights::OP_CHILDREN);
            r.offset = 0;
            r.len = 8 * PAGE;
        },
    },
];

fn send(world: &World, request: Request, status: Status, name: &str) {
    println!("{name}: {status}");
    let area = world.area(8);
    let vmo = world.vmo(4);
    map_at(&area, 0, (&vmo, 0), 4, READ_WRITE).expect("free");
    area_at(&area, 4, 2).expect("free");
    if request.is_dead {
        area.destroy().expect("alive until now");
    }
    let address = area.base().wrapping_add(request.offset);
    world.refuses(status, || area.unmap(request.rights, address, request.len));
    let _ = area.destroy();
}

#[test]
fn errors_of_unmap_come_in_the_documented_order() {
    let world = World::new();
    fail_in_order(&world, FLAWS, valid, send);
}

#[test]
fn lengths_that_pass_the_end_of_the_address_space_are_invalid_arguments() {
    let world = World::new();
    let area = world.area(4);
    for len in [u64::MAX, u64::MAX - PAGE + 1, u64::MAX - 2 * PAGE + 1, 1 << 63, 5 * PAGE] {
        world.refuses(Status::INVALID_ARGS, || area.unmap(ALL_RIGHTS, area.base(), len));
    }
}

#[test]
fn destroying_twice_is_bad_state() {
    let world = World::new();
    let area = world.area(1);
    area.destroy().expect("alive until now");
    world.refuses(Status::BAD_STATE, || area.destroy());
}

#[test]
fn everything_about_a_destroyed_vmar_is_bad_state() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(4);
    let inner = area_at(&area, 0, 2).expect("free");
    area.destroy().expect("alive until now");
    for dead in [&area, &inner] {
        assert!(!dead.is_alive());
        world.refuses(Status::BAD_STATE, || dead.allocate(ALL_RIGHTS, ANYTHING, 0, PAGE));
        world.refuses(Status::BAD_STATE, || dead.map(&request(&vmo, 1)));
        world.refuses(Status::BAD_STATE, || unmap(dead, 0, 1));
        world.refuses(Status::BAD_STATE, || protect(dead, 0, 1, READ));
        world.refuses(Status::BAD_STATE, || dead.destroy());
    }
}
