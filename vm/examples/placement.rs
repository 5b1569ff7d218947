//! Draws places for new regions, with the crate's own code, for whoever examines how they are distributed: `placement KIND COUNT SEED`.
//!
//! Each region goes away again before the next is drawn, so that all draws have the same choice. What is written are 64-bit numbers,
//! little-endian: how many places there are, then for each draw the number of its place, counted from the lowest address.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    reason = "a program that is wrong about a number panics, as it should"
)]

use std::env;
use std::io::{self, BufWriter, Write};

use abi::{Rights, VmOptions, VmoOptions};
use vm::sim::SimMachine;
use vm::{Aspace, MapRequest, PAGE_SIZE, Ref, Vmar, Vmo};

const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

/// Everything that the regions of these draws may need.
const ANYTHING: VmOptions = VmOptions::CAN_MAP_PERMS.union(VmOptions::CAN_MAP_SPECIFIC);
const RIGHTS: Rights =
    Rights::IO.union(Rights::EXECUTE).union(Rights::MAP).union(Rights::OP_CHILDREN);

/// What is asked for.
enum Request {
    /// A mapping, with these options beside the permissions.
    Mapping { options: VmOptions, limit: u64 },
    /// A VMAR.
    Vmar,
}

/// Every place that a request may get.
enum Places {
    /// So many, `step` bytes apart.
    Evenly { first: u64, step: u64, count: u64 },
    /// These, in order.
    At(Vec<u64>),
}

/// Something to draw from again and again.
struct Urn {
    vmar: Vmar,
    vmo: Ref<Vmo>,
    request: Request,
    len: u64,
    places: Places,
}

impl Places {
    /// Returns all places for `len` bytes in `room` bytes from `base` on that are multiples of `step`.
    fn all(base: u64, room: u64, len: u64, step: u64) -> Self {
        let first = base.next_multiple_of(step);
        Self::Evenly { first, step, count: (base + room - len - first) / step + 1 }
    }

    fn count(&self) -> u64 {
        match self {
            Self::Evenly { count, .. } => *count,
            Self::At(places) => places.len() as u64,
        }
    }

    /// Returns the number of a place.
    ///
    /// # Panics
    /// It is none.
    fn number(&self, address: u64) -> u64 {
        match self {
            Self::Evenly { first, step, count } => {
                let offset = address.checked_sub(*first).expect("below all places");
                assert!(offset.is_multiple_of(*step) && offset / step < *count, "{address:#x}");
                offset / step
            }
            Self::At(places) => places.binary_search(&address).expect("a place") as u64,
        }
    }
}

impl Urn {
    /// Makes the urn for requests of `kind` in a new address space; `None` if there is no such kind.
    fn new(kind: &str, seed: u64) -> Option<Self> {
        let machine = SimMachine::new(1, 4096);
        let root = Aspace::root(&machine.aspace(seed));
        let vmo = Vmo::create(machine.memory(), 16 * MIB, VmoOptions::empty()).expect("memory");
        let mapping = |options| Request::Mapping { options, limit: 0 };
        let (base, room) = (root.base(), root.len());
        let within = |len, step| Places::all(base, room, len, step);
        let (vmar, request, len, places) = match kind {
            "page" => (root, mapping(NONE), PAGE_SIZE, within(PAGE_SIZE, PAGE_SIZE)),
            "mapping" => (root, mapping(NONE), 16 * MIB, within(16 * MIB, PAGE_SIZE)),
            "vmar" => (root, Request::Vmar, MIB, within(MIB, PAGE_SIZE)),
            "large-vmar" => (root, Request::Vmar, 1 << 46, within(1 << 46, PAGE_SIZE)),
            "aligned" => {
                (root, mapping(VmOptions::align(21)), PAGE_SIZE, within(PAGE_SIZE, 2 * MIB))
            }
            "well-aligned" => {
                (root, mapping(VmOptions::align(30)), PAGE_SIZE, within(PAGE_SIZE, GIB))
            }
            "limited" => {
                let options = VmOptions::OFFSET_IS_UPPER_LIMIT;
                let places = Places::all(base, 4 * GIB, PAGE_SIZE, PAGE_SIZE);
                (root, Request::Mapping { options, limit: 4 * GIB }, PAGE_SIZE, places)
            }
            "small" => {
                let vmar = room_in(&root, VmOptions::empty(), MIB);
                let places = Places::all(vmar.base(), MIB, PAGE_SIZE, PAGE_SIZE);
                (vmar, mapping(NONE), PAGE_SIZE, places)
            }
            "crowded" => {
                let vmar = room_in(&root, VmOptions::empty(), 16 * MIB);
                let places = crowd(&vmar, &vmo);
                (vmar, mapping(NONE), PAGE_SIZE, places)
            }
            "compact-first" => {
                let vmar = room_in(&root, VmOptions::COMPACT, GIB);
                let places = Places::all(vmar.base(), GIB, PAGE_SIZE, PAGE_SIZE);
                (vmar, mapping(NONE), PAGE_SIZE, places)
            }
            "compact" => {
                let vmar = room_in(&root, VmOptions::COMPACT, GIB);
                let places = beside(&vmar, &vmo);
                (vmar, mapping(NONE), PAGE_SIZE, places)
            }
            _ => return None,
        };
        Some(Self { vmar, vmo, request, len, places })
    }

    /// Draws a place, leaves it, and returns its number.
    fn draw(&self) -> u64 {
        let address = match self.request {
            Request::Mapping { options, limit } => {
                let address = map(&self.vmar, &self.vmo, options, limit, self.len);
                self.vmar.unmap(RIGHTS, address, self.len).expect("just mapped");
                address
            }
            Request::Vmar => {
                let vmar = room_in(&self.vmar, VmOptions::empty(), self.len);
                vmar.destroy().expect("just made");
                vmar.base()
            }
        };
        self.places.number(address)
    }
}

/// No options.
const NONE: VmOptions = VmOptions::empty();

/// Makes a VMAR.
fn room_in(root: &Vmar, options: VmOptions, len: u64) -> Vmar {
    root.allocate(RIGHTS, options | ANYTHING, 0, len).expect("room")
}

/// Makes a mapping and returns its address.
fn map(vmar: &Vmar, vmo: &Ref<Vmo>, options: VmOptions, vmar_offset: u64, len: u64) -> u64 {
    let request = MapRequest {
        vmar_rights: RIGHTS,
        options: options | VmOptions::PERM_READ,
        vmar_offset,
        vmo,
        vmo_rights: RIGHTS,
        vmo_offset: 0,
        len,
    };
    vmar.map(&request).expect("room").address
}

/// Fills a VMAR but for every tenth page, and returns those.
fn crowd(vmar: &Vmar, vmo: &Ref<Vmo>) -> Places {
    let (taken, period) = (9 * PAGE_SIZE, 10 * PAGE_SIZE);
    let mut free = Vec::new();
    let mut offset = 0;
    while offset + period <= vmar.len() {
        map(vmar, vmo, VmOptions::SPECIFIC, offset, taken);
        free.push(vmar.base() + offset + taken);
        offset += period;
    }
    if offset < vmar.len() {
        map(vmar, vmo, VmOptions::SPECIFIC, offset, vmar.len() - offset);
    }
    Places::At(free)
}

/// Puts a page into the middle of a VMAR, and returns the pages that are at a distance of 1 to 128 of it.
fn beside(vmar: &Vmar, vmo: &Ref<Vmo>) -> Places {
    let page = map(vmar, vmo, VmOptions::SPECIFIC, vmar.len() / 2, PAGE_SIZE);
    let distances = (1..=128_u64).map(|distance| (distance + 1) * PAGE_SIZE);
    let mut places: Vec<u64> =
        distances.flat_map(|distance| [page - distance, page + distance]).collect();
    places.sort_unstable();
    Places::At(places)
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|word| word.parse::<u64>().ok());
    let kind = arguments.first().map_or("", String::as_str);
    let (Some(count), Some(seed)) = (number(1), number(2)) else {
        return Err(io::Error::other("usage: placement KIND COUNT SEED"));
    };
    let Some(urn) = Urn::new(kind, seed) else {
        return Err(io::Error::other("there is no such kind of request"));
    };
    let mut output = BufWriter::new(io::stdout().lock());
    output.write_all(&urn.places.count().to_le_bytes())?;
    for _ in 0..count {
        output.write_all(&urn.draw().to_le_bytes())?;
    }
    output.flush()
}
