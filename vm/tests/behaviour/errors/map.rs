//! `Vmar::map`.

use abi::{CachePolicy, Rights, Status, VmOptions, VmoOptions};
use vm::{MapRequest, Ref, Vmo};

use super::{Flaw, fail_in_order};
use crate::common::*;

struct Request {
    vmar_flags: VmOptions,
    vmar_is_dead: bool,
    vmar_has: Content,
    vmar_rights: Rights,
    options: VmOptions,
    vmar_offset: u64,
    vmo: Kind,
    vmo_rights: Rights,
    vmo_offset: u64,
    len: u64,
}

enum Content {
    Nothing,
    AMapping,
    AVmar,
}

enum Kind {
    Fixed,
    Resizable,
    Discardable,
    Physical,
}

const VMAR_PAGES: u64 = 8;

fn valid() -> Request {
    Request {
        vmar_flags: ANYTHING,
        vmar_is_dead: false,
        vmar_has: Content::Nothing,
        vmar_rights: ALL_RIGHTS,
        options: READ | VmOptions::ALLOW_FAULTS,
        vmar_offset: 0,
        vmo: Kind::Fixed,
        vmo_rights: ALL_RIGHTS,
        vmo_offset: 0,
        len: 2 * PAGE,
    }
}

const OPTION_FLAWS: [Flaw<Request>; 17] = [
    Flaw {
        name: "the stream size of a physical object",
        status: Status::NOT_SUPPORTED,
        apply: |r| {
            r.vmo = Kind::Physical;
            r.options |= VmOptions::FAULT_BEYOND_STREAM_SIZE;
        },
    },
    Flaw {
        name: "the object may not be mapped",
        status: Status::ACCESS_DENIED,
        apply: |r| r.vmo_rights.remove(Rights::MAP),
    },
    Flaw {
        name: "writable but not readable",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options.remove(VmOptions::PERM_READ);
            r.options |= VmOptions::PERM_WRITE;
        },
    },
    Flaw {
        name: "MAP_RANGE with SPECIFIC_OVERWRITE",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::MAP_RANGE | VmOptions::SPECIFIC_OVERWRITE,
    },
    Flaw {
        name: "a permission of a VMAR",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::CAN_MAP_WRITE,
    },
    Flaw {
        name: "a permission that the VMAR's handle lacks",
        status: Status::ACCESS_DENIED,
        apply: |r| r.vmar_rights.remove(Rights::READ),
    },
    Flaw {
        name: "a permission that the object's handle lacks",
        status: Status::ACCESS_DENIED,
        apply: |r| {
            r.options |= READ_WRITE;
            r.vmo_rights.remove(Rights::WRITE);
        },
    },
    Flaw {
        name: "FAULT_BEYOND_STREAM_SIZE without ALLOW_FAULTS",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options.remove(VmOptions::ALLOW_FAULTS);
            r.options |= VmOptions::FAULT_BEYOND_STREAM_SIZE;
        },
    },
    Flaw {
        name: "an unknown option",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::from_bits_retain(1 << 23),
    },
    Flaw {
        name: "an alignment of 2^33",
        status: Status::INVALID_ARGS,
        apply: |r| r.options = (r.options - VmOptions::ALIGN_MASK) | VmOptions::align(33),
    },
    Flaw {
        name: "a resizable object where it must not be",
        status: Status::NOT_SUPPORTED,
        apply: |r| {
            r.options |= VmOptions::REQUIRE_NON_RESIZABLE;
            r.vmo = Kind::Resizable;
        },
    },
    Flaw {
        name: "a discardable object without ALLOW_FAULTS",
        status: Status::NOT_SUPPORTED,
        apply: |r| {
            r.options.remove(VmOptions::ALLOW_FAULTS);
            r.vmo = Kind::Discardable;
        },
    },
    Flaw {
        name: "COMPACT",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::COMPACT,
    },
    Flaw {
        name: "CAN_MAP_SPECIFIC",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::CAN_MAP_SPECIFIC,
    },
    Flaw {
        name: "a permission that the VMAR lacks",
        status: Status::ACCESS_DENIED,
        apply: |r| {
            r.options |= READ_EXECUTE;
            r.vmar_flags.remove(VmOptions::CAN_MAP_EXECUTE);
        },
    },
    Flaw {
        name: "an unaligned offset in the object",
        status: Status::INVALID_ARGS,
        apply: |r| r.vmo_offset = 1,
    },
    Flaw {
        name: "an end in the object that overflows",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.vmo_offset = u64::MAX - PAGE + 1;
            r.len = PAGE;
        },
    },
];

const PLACE_FLAWS: [Flaw<Request>; 11] = [
    Flaw {
        name: "a length that cannot be rounded up",
        status: Status::INVALID_ARGS,
        apply: |r| r.len = u64::MAX - PAGE + 2,
    },
    Flaw { name: "a destroyed VMAR", status: Status::BAD_STATE, apply: |r| r.vmar_is_dead = true },
    Flaw { name: "length 0", status: Status::INVALID_ARGS, apply: |r| r.len = 0 },
    Flaw {
        name: "a place and a limit",
        status: Status::INVALID_ARGS,
        apply: |r| r.options |= VmOptions::SPECIFIC | VmOptions::OFFSET_IS_UPPER_LIMIT,
    },
    Flaw {
        name: "an offset that means nothing",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options -= VmOptions::SPECIFIC
                | VmOptions::SPECIFIC_OVERWRITE
                | VmOptions::OFFSET_IS_UPPER_LIMIT;
            r.vmar_offset = PAGE;
        },
    },
    Flaw {
        name: "an unaligned offset",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options |= VmOptions::SPECIFIC;
            r.vmar_offset = 1;
        },
    },
    Flaw {
        name: "a place in a VMAR without CAN_MAP_SPECIFIC",
        status: Status::ACCESS_DENIED,
        apply: |r| {
            r.options |= VmOptions::SPECIFIC;
            r.vmar_flags.remove(VmOptions::CAN_MAP_SPECIFIC);
        },
    },
    Flaw {
        name: "a place past the VMAR's end",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options |= VmOptions::SPECIFIC;
            r.vmar_offset = VMAR_PAGES * PAGE;
        },
    },
    Flaw {
        name: "a place that is not aligned as asked",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options |= VmOptions::SPECIFIC | VmOptions::align(13);
            r.vmar_offset = PAGE;
        },
    },
    Flaw {
        name: "overwriting a VMAR",
        status: Status::INVALID_ARGS,
        apply: |r| {
            r.options |= VmOptions::SPECIFIC_OVERWRITE;
            r.vmar_offset = 0;
            r.vmar_has = Content::AVmar;
        },
    },
    Flaw {
        name: "a taken place",
        status: Status::NO_MEMORY,
        apply: |r| {
            r.options |= VmOptions::SPECIFIC;
            r.vmar_has = Content::AMapping;
        },
    },
];

fn object(world: &World, kind: &Kind) -> Ref<Vmo> {
    match kind {
        Kind::Fixed => world.vmo(2),
        Kind::Resizable => world.resizable(2),
        Kind::Discardable => {
            Vmo::create(world.memory(), 2 * PAGE, VmoOptions::DISCARDABLE).expect("an object")
        }
        Kind::Physical => {
            let cache = CachePolicy::UncachedDevice;
            Vmo::physical(world.memory(), 1 << 40, 2 * PAGE, cache).expect("an object")
        }
    }
}

fn send(world: &World, request: Request, status: Status, name: &str) {
    println!("{name}: {status}");
    let options = request.vmar_flags | VmOptions::align(32);
    let vmar = world.root.allocate(ALL_RIGHTS, options, 0, VMAR_PAGES * PAGE).expect("a region");
    let there = world.vmo(VMAR_PAGES);
    match request.vmar_has {
        Content::Nothing => {}
        Content::AMapping => {
            vmar.map(&MapRequest {
                options: VmOptions::empty(),
                ..self::request(&there, VMAR_PAGES)
            })
            .expect("all of it");
        }
        Content::AVmar => {
            let whole = vmar.allocate(ALL_RIGHTS, VmOptions::empty(), 0, VMAR_PAGES * PAGE);
            whole.expect("all of it");
        }
    }
    if request.vmar_is_dead {
        vmar.destroy().expect("alive until now");
    }
    let vmo = object(world, &request.vmo);
    let request = MapRequest {
        vmar_rights: request.vmar_rights,
        options: request.options,
        vmar_offset: request.vmar_offset,
        vmo: &vmo,
        vmo_rights: request.vmo_rights,
        vmo_offset: request.vmo_offset,
        len: request.len,
    };
    world.refuses(status, || vmar.map(&request));
    let _ = vmar.destroy();
}

#[test]
fn errors_of_map_come_in_the_documented_order() {
    let world = World::new();
    let flaws: Vec<_> = OPTION_FLAWS.into_iter().chain(PLACE_FLAWS).collect();
    fail_in_order(&world, &flaws, valid, send);
}

#[test]
fn executable_but_not_readable_is_an_invalid_argument() {
    let world = World::new();
    let vmo = world.vmo(1);
    for options in [VmOptions::PERM_EXECUTE, VmOptions::PERM_EXECUTE | VmOptions::PERM_WRITE] {
        world.refuses(Status::INVALID_ARGS, || {
            world.root.map(&MapRequest { options, ..request(&vmo, 1) })
        });
    }
}

#[test]
fn an_object_may_be_mapped_up_to_the_last_page_but_one() {
    let world = World::new();
    let vmo = world.vmo(1);
    let at = |vmo_offset, len| MapRequest { vmo_offset, len, ..request(&vmo, 1) };
    let last = u64::MAX - PAGE + 1;
    world.refuses(Status::INVALID_ARGS, || world.root.map(&at(last, PAGE)));
    world.refuses(Status::INVALID_ARGS, || world.root.map(&at(last - PAGE, PAGE + 1)));
    world.root.map(&at(last - PAGE, PAGE)).expect("it fits");
}

#[test]
fn a_mapping_larger_than_its_vmar_is_an_invalid_argument() {
    let world = World::new();
    let vmo = world.vmo(1);
    let area = world.area(4);
    for options in [READ, READ | VmOptions::SPECIFIC] {
        world.refuses(Status::INVALID_ARGS, || {
            area.map(&MapRequest { options, ..request(&vmo, 5) })
        });
    }
}
