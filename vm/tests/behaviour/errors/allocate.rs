//! `Vmar::allocate`.

use abi::{Rights, Status, VmOptions};

use super::{Flaw, fail_in_order};
use crate::common::*;

struct Request {
    rights: Rights,
    options: VmOptions,
    offset: u64,
    size: u64,
    parent_flags: VmOptions,
    parent_is_dead: bool,
    parent_is_full: bool,
}

const PARENT_PAGES: u64 = 8;

fn valid() -> Request {
    Request {
        rights: ALL_RIGHTS,
        options: VmOptions::CAN_MAP_READ,
        offset: 0,
        size: 2 * PAGE,
        parent_flags: ANYTHING,
        parent_is_dead: false,
        parent_is_full: false,
    }
}

const FLAWS: &[Flaw<Request>] = &[
    Flaw {
        name: "the handle may not give a permission",
        status: Status::ACCESS_DENIED,
        apply: |r| {
            r.options |= VmOptions::CAN_MAP_WRITE;
            r.rights.remove(Rights::WRITE);
        },
    },
    Flaw {
        name: "an unknown option",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::from_bits_retain(1 << 16),
    },
    Flaw {
        name: "MAP_RANGE",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::MAP_RANGE,
    },
    Flaw {
        name: "an alignment of 2^9",
        status: Status::INVALID_ARGS,
        apply: |r| r.options = (r.options - VmOptions::ALIGN_MASK) | VmOptions::align(9),
    },
    Flaw {
        name: "a permission of a mapping",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::PERM_EXECUTE,
    },
    Flaw {
        name: "a size that is not whole pages",
        status: Status::INVALID_ARGS,
        apply: |r| r.size = PAGE + 1,
    },
    Flaw {
        name: "an option that is not for VMARs",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::ALLOW_FAULTS,
    },
    Flaw {
        name: "a destroyed parent",
        status: Status::BAD_STATE,
        apply: |r| r.parent_is_dead = true,
    },
    Flaw { name: "size 0", status: Status::INVALID_ARGS, apply: |r| r.size = 0 },
    Flaw {
        name: "a permission that the parent lacks",
        status: Status::ACCESS_DENIED,
        apply: |r| {
            r.options |= VmOptions::CAN_MAP_EXECUTE;
            r.parent_flags.remove(VmOptions::CAN_MAP_EXECUTE);
        },
    },
    Flaw {
        name: "a place and a limit",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::SPECIFIC | VmOptions::OFFSET_IS_UPPER_LIMIT,
    },
    Flaw {
        name: "an offset that means nothing",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options -= VmOptions::SPECIFIC | VmOptions::OFFSET_IS_UPPER_LIMIT;
            r.offset = PAGE;
        },
    },
    Flaw {
        name: "an unaligned offset",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options |= VmOptions::SPECIFIC;
            r.offset = PAGE / 2;
        },
    },
    Flaw {
        name: "a place in a parent without CAN_MAP_SPECIFIC",
        status: Status::ACCESS_DENIED,
        apply: |r| {
            r.options |= VmOptions::SPECIFIC;
            r.parent_flags.remove(VmOptions::CAN_MAP_SPECIFIC);
        },
    },
    Flaw {
        name: "a place past the parent's end",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options |= VmOptions::SPECIFIC;
            r.offset = (PARENT_PAGES - 1) * PAGE;
            r.size = 2 * PAGE;
        },
    },
    Flaw {
        name: "a place that is not aligned as asked",
        status: Status::INVALID_ARGS,
        apply: |r| {
            // Whatever the parent's base, one of two neighbours is not a multiple of 8 KiB; the
            // parent is aligned to 4 GiB.
            r.options |= VmOptions::SPECIFIC | VmOptions::align(13);
            r.offset = PAGE;
        },
    },
    Flaw { name: "no room", status: Status::NO_MEMORY, apply: |r| r.parent_is_full = true },
];

fn send(world: &World, request: Request, status: Status, name: &str) {
    println!("{name}: {status}");
    let options = request.parent_flags | VmOptions::align(32);
    let parent =
        world.root.allocate(ALL_RIGHTS, options, 0, PARENT_PAGES * PAGE).expect("a parent");
    if request.parent_is_full {
        let whole = parent.allocate(ALL_RIGHTS, VmOptions::empty(), 0, PARENT_PAGES * PAGE);
        whole.expect("all of it");
    }
    if request.parent_is_dead {
        parent.destroy().expect("alive until now");
    }
    world.refuses(status, || {
        parent.allocate(request.rights, request.options, request.offset, request.size)
    });
    if !request.parent_is_dead {
        parent.destroy().expect("alive until now");
    }
}

#[test]
fn errors_of_allocate_come_in_the_documented_order() {
    let world = World::new();
    fail_in_order(&world, FLAWS, valid, send);
}

#[test]
fn a_request_without_a_flaw_succeeds() {
    let world = World::new();
    let request = valid();
    world
        .root
        .allocate(request.rights, request.options, request.offset, request.size)
        .expect("nothing is wrong with it");
}

#[test]
fn every_permission_of_a_mapping_is_refused() {
    let world = World::new();
    for option in [
        VmOptions::PERM_READ,
        VmOptions::PERM_WRITE,
        VmOptions::PERM_EXECUTE,
        VmOptions::SPECIFIC_OVERWRITE,
        VmOptions::REQUIRE_NON_RESIZABLE,
        VmOptions::FAULT_BEYOND_STREAM_SIZE,
    ] {
        world.refuses(Status::INVALID_ARGS, || world.root.allocate(ALL_RIGHTS, option, 0, PAGE));
    }
}

#[test]
fn a_region_larger_than_its_parent_is_an_invalid_argument_wherever_it_may_go() {
    let world = World::new();
    let parent = world.area(4);
    for (options, offset) in [
        (VmOptions::empty(), 0),
        (VmOptions::SPECIFIC, 0),
        (VmOptions::OFFSET_IS_UPPER_LIMIT, 4 * PAGE),
    ] {
        world.refuses(Status::INVALID_ARGS, || {
            parent.allocate(ALL_RIGHTS, options, offset, 5 * PAGE)
        });
    }
}

#[test]
fn a_limit_below_the_size_or_past_the_end_is_an_invalid_argument() {
    let world = World::new();
    let parent = world.area(4);
    for limit in [0, PAGE, 5 * PAGE, u64::MAX - PAGE + 1] {
        world.refuses(Status::INVALID_ARGS, || {
            parent.allocate(ALL_RIGHTS, VmOptions::OFFSET_IS_UPPER_LIMIT, limit, 2 * PAGE)
        });
    }
}

#[test]
fn a_taken_place_is_no_memory() {
    let world = World::new();
    let parent = world.area(4);
    area_at(&parent, 1, 2).expect("free");
    for (at, pages) in [(0, 2), (1, 1), (2, 1), (2, 2), (0, 4)] {
        world.refuses(Status::NO_MEMORY, || area_at(&parent, at, pages));
    }
    area_at(&parent, 0, 1).expect("free");
    area_at(&parent, 3, 1).expect("free");
}

#[test]
fn sizes_near_two_to_the_sixty_four_are_invalid_arguments() {
    let world = World::new();
    for size in [u64::MAX, u64::MAX - PAGE + 1, u64::MAX - PAGE + 2, 1 << 63] {
        world.refuses(Status::INVALID_ARGS, || world.root.allocate(ALL_RIGHTS, ANYTHING, 0, size));
        world.refuses(Status::INVALID_ARGS, || {
            let options = ANYTHING | VmOptions::SPECIFIC;
            world.root.allocate(ALL_RIGHTS, options, PAGE, size)
        });
    }
}
