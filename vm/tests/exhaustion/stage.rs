//! What an operation starts from.

use abi::VmOptions;
use vm::{Ref, Vmar, Vmo};

use crate::common::*;

/// Pages of the area: its end is in another page table of every kind that a mapping can need.
pub(crate) const AREA_PAGES: u64 = 2048;

/// An area with a mapping of eight pages at its start, two of which have frames, and as many VMARs
/// at its end as were asked for.
pub(crate) struct Stage {
    pub(crate) vmo: Ref<Vmo>,
    pub(crate) area: Vmar,
    pub(crate) world: World,
}

impl Stage {
    pub(crate) fn new(regions: u64) -> Stage {
        let world = World::new();
        let options = ANYTHING | VmOptions::align(30);
        let area = world
            .root
            .allocate(ALL_RIGHTS, options, 0, AREA_PAGES * PAGE)
            .expect("room");
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
        Stage { vmo, area, world }
    }

    /// Returns all that can be seen.
    pub(crate) fn describe(&self) -> String {
        let mut bytes = vec![0; 64 * PAGE as usize];
        self.vmo.read(0, &mut bytes).expect("inside");
        let written = bytes.iter().filter(|byte| **byte != 0).count();
        let (frames, mappings) = (self.vmo.committed_frames(), self.vmo.mapping_count());
        let of_vmo = format!("{written} bytes, {frames} frames, {mappings} mappings\n");
        self.world.describe() + &of_vmo
    }

    pub(crate) fn check(&self) {
        self.world.check();
        let kernel = self.world.machine.kernel();
        check(self.world.machine, kernel);
    }
}
