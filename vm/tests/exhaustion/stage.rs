//! What an operation starts from.

use abi::{VmOptions, VmoChildOptions};
use vm::{Ref, Vmar, Vmo};

use crate::common::*;

/// Pages of the area: its end is in another page table of every kind that a mapping can need.
pub(crate) const AREA_PAGES: u64 = 2048;

/// An area with a mapping of eight pages at its start, two of which have frames, as many VMARs at its
/// end as were asked for, and snapshots of the object that is mapped.
pub(crate) struct Stage {
    /// A snapshot of the first pages of the object, and one that shares whole nodes.
    pub(crate) copies: [Ref<Vmo>; 2],
    pub(crate) vmo: Ref<Vmo>,
    pub(crate) area: Vmar,
    pub(crate) world: World,
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
        Stage { copies, vmo, area, world }
    }

    /// Returns all that can be seen.
    pub(crate) fn describe(&self) -> String {
        let mut text = self.world.describe();
        for vmo in self.copies.iter().chain([&self.vmo]) {
            let begins_written = |page: &u64| {
                let mut byte = [0];
                vmo.read(page * PAGE, &mut byte).expect("inside");
                byte != [0]
            };
            let pages = vmo.size() / PAGE;
            let written = (0..pages.min(70)).filter(begins_written).count();
            let (frames, mappings) = (vmo.committed_frames(), vmo.mapping_count());
            let (size, stream) = (vmo.size(), vmo.stream_size());
            text += &format!(
                "{written} pages of {size} bytes, stream of {stream}, {frames} frames, {mappings} mappings\n"
            );
        }
        text
    }

    pub(crate) fn check(&self) {
        self.world.check();
        let kernel = self.world.machine.kernel();
        check(self.world.machine, kernel);
    }
}
