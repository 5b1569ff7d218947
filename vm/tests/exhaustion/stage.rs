//! What an operation starts from.

use abi::{Status, VmOptions, VmoChildOptions, VmoOptions};
use vm::{Missing, PageSource, Ref, Result, Vmar, Vmo, Written};

use crate::common::*;

/// Pages of the area: its end is in another page table of every kind that a mapping can need.
pub(crate) const AREA_PAGES: u64 = 2048;

/// An area with a mapping of eight pages at its start, two of which have frames, as many VMARs at its
/// end as were asked for, and snapshots of the object that is mapped. And an object whose pages somebody
/// else provides, with copies.
pub(crate) struct Stage {
    /// A copy of the provided object, and one of that copy; each has written a page.
    pub(crate) views: [Ref<Vmo>; 2],
    /// A copy of the provided object, and what was copied of it both ways.
    pub(crate) twins: [Ref<Vmo>; 2],
    /// What supplies the first page of the provided object that is missing.
    pub(crate) aux: Ref<Vmo>,
    /// A provided object whose source wants to be asked.
    pub(crate) trapping: Ref<Vmo>,
    pub(crate) provided: Ref<Vmo>,
    /// A snapshot of the first pages of the object, and one that shares whole nodes.
    pub(crate) copies: [Ref<Vmo>; 2],
    pub(crate) vmo: Ref<Vmo>,
    pub(crate) area: Vmar,
    pub(crate) world: World,
}

/// Pages of the provided object, of which the last is missing, and the first ones begin with 1.
const PROVIDED: u64 = 200;

/// Pages that are written, or could be: under Miri, which takes long to look at others, none but these are looked at.
const WRITTEN: [u64; 9] = [0, 1, 2, 3, 5, 20, 30, 64, 66];

const ON_WRITE: VmoChildOptions = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE;
const MODIFIED: VmoChildOptions = VmoChildOptions::SNAPSHOT_MODIFIED;

/// A source that nobody waits for.
struct Absent;

impl PageSource for Absent {
    fn provide(&self, _: &Missing) -> Result<()> {
        Err(Status::IO)
    }

    fn zeroed(&self, _: std::ops::Range<u64>) {}

    fn cut(&self, _: u64) {}
}

/// Makes the provided object, and what supplies its last page.
fn provided(world: &World) -> (Ref<Vmo>, Ref<Vmo>) {
    let options = VmoOptions::RESIZABLE;
    let source = Box::new(Absent);
    let vmo = Vmo::with_source(world.memory(), PROVIDED * PAGE, options, source);
    let vmo = vmo.expect("an object");
    let aux = world.vmo(PROVIDED);
    [0, 1, 2, 3, 66].iter().for_each(|page| aux.write(page * PAGE, &[1]).expect("inside"));
    vmo.supply(0, 4 * PAGE, &aux, 0).expect("memory");
    vmo.supply(66 * PAGE, PAGE, &aux, 66 * PAGE).expect("memory");
    aux.write(0, &[1]).expect("inside");
    (vmo, aux)
}

/// The last page but one of the trapping object.
pub(crate) const FAR: u64 = 1 << 19;

/// Makes an object of which the first page has a frame, and some of the others are zero: its source knows of four, is told of one and has
/// yet to learn of three.
fn trapping(world: &World) -> Ref<Vmo> {
    let options = VmoOptions::RESIZABLE | VmoOptions::TRAP_DIRTY;
    let vmo = Vmo::with_source(world.memory(), (FAR + 2) * PAGE, options, Box::new(Absent));
    let vmo = vmo.expect("an object");
    let aux = world.vmo(1);
    aux.write(0, &[1]).expect("inside");
    for page in [0, 2, 4, 6, 12] {
        vmo.supply(page * PAGE, PAGE, &aux, 0).expect("memory");
    }
    vmo.zero(8 * PAGE, PAGE).expect("memory");
    vmo.begin_writeback(8 * PAGE, PAGE, Written::All).expect("memory");
    vmo.zero(10 * PAGE, PAGE).expect("memory");
    vmo.zero(18 * PAGE, PAGE).expect("memory");
    vmo.zero(FAR * PAGE, PAGE).expect("memory");
    vmo
}

impl Stage {
    pub(crate) fn new(regions: u64) -> Stage {
        let world = World::new();
        let options = ANYTHING | VmOptions::align(30);
        let area = world.root.allocate(ALL_RIGHTS, options, 0, AREA_PAGES * PAGE).expect("room");
        let vmo = world.resizable(1 << 24);
        map_at(&area, 0, (&vmo, 0), 8, READ_WRITE).expect("free");
        for at in 0..2 {
            world.store(page(&area, at), 7).expect("writable");
        }
        assert_eq!(world.load(page(&area, 2)), Ok(0));
        for number in 0..regions {
            area_at(&area, AREA_PAGES - 1 - number, 1).expect("free");
            // Every few regions, another mapping: the object notes its mappings too.
            if number % 4 == 0 {
                map_at(&area, 100 + number, (&vmo, 0), 1, READ).expect("free");
            }
        }
        // In another leaf than the mapped pages.
        vmo.write(64 * PAGE, &[7]).expect("inside");
        let copy = |pages| child(&vmo, VmoChildOptions::SNAPSHOT, 0, pages).expect("a child");
        let copies = [copy(2), copy(1 << 12)];
        for copy in &copies {
            let mapped = area.map(&request(copy, 2)).expect("room");
            assert_eq!(world.load(mapped.address), Ok(7));
        }
        // The object has a leaf of its own again, with a page that is shared and one that is not.
        vmo.write(5 * PAGE, &[7]).expect("inside");
        let (provided, aux) = provided(&world);
        let [views, twins] = [ON_WRITE, MODIFIED].map(|kind| {
            let first = child(&provided, kind, 0, PROVIDED).expect("a child");
            first.write(PAGE, &[8]).expect("provided");
            let second = child(&first, kind, 0, PROVIDED).expect("a child");
            [first, second]
        });
        views[1].write(2 * PAGE, &[9]).expect("provided");
        let trapping = trapping(&world);
        Stage { views, twins, aux, trapping, provided, copies, vmo, area, world }
    }

    /// Returns all that can be seen.
    pub(crate) fn describe(&self) -> String {
        let mut text = self.world.describe();
        let provided = self.views.iter().chain(&self.twins);
        let provided = provided.chain([&self.provided, &self.trapping, &self.aux]);
        for vmo in self.copies.iter().chain([&self.vmo]).chain(provided) {
            let begins_written = |page: &u64| {
                let mut byte = [0];
                vmo.read(page * PAGE, &mut byte).is_ok() && byte != [0]
            };
            let pages = vmo.size() / PAGE;
            let written = if cfg!(miri) {
                WRITTEN.iter().filter(|page| **page < pages && begins_written(page)).count()
            } else {
                (0..pages.min(70)).filter(begins_written).count()
            };
            let (frames, mappings) = (vmo.committed_frames(), vmo.mapping_count());
            let (size, stream) = (vmo.size(), vmo.stream_size());
            text += &format!(
                "{written} pages of {size} bytes, stream of {stream}, {frames} frames, {mappings} mappings\n"
            );
        }
        let mut next = 0;
        while let Some(range) = self.trapping.next_dirty(next, u64::MAX) {
            text += &format!("{range:?}\n");
            next = range.offset + range.len;
        }
        text
    }

    /// Checks everything that has to hold, unless that would take too long: see [`World::check`].
    pub(crate) fn check(&self) {
        self.world.check();
        if !cfg!(miri) {
            check(self.world.machine, self.world.machine.kernel());
        }
    }
}
