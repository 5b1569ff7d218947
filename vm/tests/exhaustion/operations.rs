//! What is done. Nothing here may allocate by itself: the heap is failing.

use abi::{CachePolicy, VmOptions, VmarOp, VmoChildOptions, VmoOptions};
use vm::{Access, Aspace, MapRequest, Result, Vmo, Written};

use crate::common::*;
use crate::stage::{FAR, Stage};

pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) takes_frames: bool,
    pub(crate) takes_heap: bool,
    pub(crate) run: fn(&Stage) -> Result<()>,
}

const fn of_frames(name: &'static str, run: fn(&Stage) -> Result<()>) -> Operation {
    Operation { name, takes_frames: true, takes_heap: false, run }
}

const fn of_heap(name: &'static str, run: fn(&Stage) -> Result<()>) -> Operation {
    Operation { name, takes_frames: false, takes_heap: true, run }
}

const fn of_both(name: &'static str, run: fn(&Stage) -> Result<()>) -> Operation {
    Operation { name, takes_frames: true, takes_heap: true, run }
}

const OVERWRITE: VmOptions = READ.union(VmOptions::SPECIFIC_OVERWRITE);
const MAP_RANGE: VmOptions = READ.union(VmOptions::MAP_RANGE);

pub(crate) const NEED_MEMORY: &[Operation] = &[
    of_both("make an address space", |stage| {
        let machine = stage.world.machine;
        Aspace::user(machine.memory(), machine.kernel(), Some(1)).map(drop)
    }),
    of_heap("make an object", |stage| {
        Vmo::create(stage.world.memory(), PAGE, VmoOptions::empty()).map(drop)
    }),
    of_heap("make a window", |stage| {
        let memory = stage.world.memory();
        Vmo::physical(memory, 0, PAGE, CachePolicy::Uncached).map(drop)
    }),
    of_heap("allocate anywhere", |stage| {
        stage.area.allocate(ALL_RIGHTS, ANYTHING, 0, PAGE).map(drop)
    }),
    of_heap("allocate here", |stage| area_at(&stage.area, 50, 2).map(drop)),
    of_heap("map anywhere", |stage| stage.area.map(&request(&stage.vmo, 8)).map(drop)),
    of_heap("overwrite the middle", |stage| {
        map_at(&stage.area, 2, (&stage.vmo, 9), 3, OVERWRITE).map(drop)
    }),
    of_heap("overwrite the end", |stage| {
        map_at(&stage.area, 6, (&stage.vmo, 9), 3, OVERWRITE).map(drop)
    }),
    of_both("map present pages in new tables", |stage| {
        let at = 512 * 3 - 1;
        map_at(&stage.area, at, (&stage.vmo, 0), 2, MAP_RANGE).map(drop)
    }),
    of_both("map present pages far away", |stage| {
        map_at(&stage.world.root, 1, (&stage.vmo, 0), 2, MAP_RANGE).map(drop)
    }),
    of_frames("commit what a range shows", |stage| op_range(&stage.area, 6, 1, VmarOp::Commit)),
    of_heap("unmap the middle", |stage| unmap(&stage.area, 2, 3)),
    of_heap("protect the start", |stage| protect(&stage.area, 0, 3, READ)),
    of_heap("protect the middle", |stage| protect(&stage.area, 1, 3, READ)),
    of_both("load and store in new tables", |stage| {
        let mapped = stage.world.root.map(&MapRequest {
            options: READ_WRITE | VmOptions::SPECIFIC,
            vmar_offset: PAGE,
            vmo_offset: 1 << 34,
            ..request(&stage.vmo, 2)
        })?;
        let touched = [(0, Access::Read), (PAGE, Access::Write)].into_iter().try_for_each(
            |(offset, access)| stage.world.aspace.fault(mapped.address + offset, access),
        );
        // A failure in the middle is a failure of the one that comes last: undo the others.
        touched.inspect_err(|_| stage.world.root.discard(mapped))
    }),
    of_frames("store to a new page", |stage| {
        let address = page(&stage.area, 2);
        stage.world.aspace.fault(address, Access::Write)
    }),
    of_frames("write a new page of the object", |stage| stage.vmo.write(30 * PAGE, &[7])),
    of_both("write a page far away in the object", |stage| stage.vmo.write(1 << 35, &[7])),
    of_frames("commit a page of the object", |stage| stage.vmo.commit(40 * PAGE, PAGE)),
    of_heap("take a snapshot", |stage| {
        child(&stage.vmo, VmoChildOptions::SNAPSHOT, 1, 100).map(drop)
    }),
    of_heap("make a slice", |stage| {
        child(&stage.copies[0], VmoChildOptions::SLICE, 1, 1).map(drop)
    }),
    of_heap("make a reference", |stage| {
        child(&stage.vmo, VmoChildOptions::REFERENCE, 0, 0).map(drop)
    }),
    of_both("make a contiguous object", |stage| {
        Vmo::contiguous(stage.world.memory(), 3 * PAGE, 0).map(drop)
    }),
    of_frames("store to a shared page", |stage| {
        let address = page(&stage.area, 1);
        stage.world.aspace.fault(address, Access::Write)
    }),
    of_frames("write a shared page", |stage| stage.copies[0].write(PAGE, &[9])),
    of_both("write a page in a shared node", |stage| stage.copies[1].write(64 * PAGE, &[9])),
    of_both("zero a part of a shared page", |stage| stage.copies[1].zero(64 * PAGE, 1)),
    of_heap("zero pages in a shared node", |stage| stage.copies[1].zero(64 * PAGE, PAGE)),
    of_frames("cut a shared page", |stage| stage.vmo.set_size(PAGE + 1)),
    of_both("cut the stream in a shared page", |stage| {
        stage.copies[1].set_stream_size(64 * PAGE + 8)
    }),
    of_heap("make a discardable object", |stage| {
        Vmo::create(stage.world.memory(), PAGE, VmoOptions::DISCARDABLE).map(drop)
    }),
    of_both("pin a page of the object", |stage| {
        Vmo::pin(&stage.vmo, Access::Write, 1000 * PAGE, PAGE).map(drop)
    }),
    of_heap("move a page within the object", |stage| {
        let vmo = &stage.vmo;
        vmo.transfer_data(5000 * PAGE, PAGE, vmo, 5 * PAGE)
    }),
    of_heap("copy a provided object", |stage| {
        child(&stage.provided, VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE, 1, 100).map(drop)
    }),
    of_heap("copy what a copy has written", |stage| {
        child(&stage.twins[0], VmoChildOptions::SNAPSHOT_MODIFIED, 0, 100).map(drop)
    }),
    of_frames("write a page that a copy sees", |stage| stage.views[1].write(3 * PAGE, &[9])),
    of_both("write a page that a copy sees, far away", |stage| {
        stage.views[0].write(66 * PAGE, &[9])
    }),
    of_frames("store to a page that a copy sees", |stage| stage.views[0].commit(0, PAGE)),
    of_both("write a page that two copies share", |stage| stage.twins[1].write(PAGE, &[9])),
    of_heap("zero pages that a copy sees", |stage| stage.views[0].zero(64 * PAGE, 3 * PAGE)),
    of_both("zero a part of what a copy sees", |stage| stage.twins[0].zero(3 * PAGE, 1)),
    of_heap("zero pages that are provided", |stage| stage.provided.zero(70 * PAGE, PAGE)),
    of_heap("supply a page", |stage| stage.provided.supply(130 * PAGE, PAGE, &stage.aux, 0)),
    of_heap("supply a page without a frame", |stage| {
        stage.provided.supply(131 * PAGE, PAGE, &stage.aux, 9 * PAGE)
    }),
    of_heap("grow an object whose source knows of zeros", |stage| {
        stage.trapping.set_size(stage.trapping.size() + PAGE)
    }),
    of_heap("zero pages beside zeros that a source knows", |stage| {
        stage.trapping.zero(PAGE, 12 * PAGE)
    }),
    of_frames("agree to the writing of zeros", |stage| stage.trapping.agree(8 * PAGE, PAGE)),
    of_both("agree to the writing of zeros, far away", |stage| {
        stage.trapping.agree(FAR * PAGE, PAGE)
    }),
    of_heap("begin to write zeros back", |stage| {
        stage.trapping.begin_writeback(0, stage.trapping.size(), Written::Zeros)
    }),
    of_heap("end to write zeros back", |stage| stage.trapping.end_writeback(0, 11 * PAGE)),
    of_heap("move a page out of a copy", |stage| {
        stage.aux.transfer_data(20 * PAGE, PAGE, &stage.views[0], PAGE)
    }),
    of_both("wire memory of the kernel", |stage| {
        let root = Aspace::root(stage.world.machine.kernel());
        root.wire(VmOptions::empty(), 0, 4 * PAGE)?.commit(0, 3 * PAGE)
    }),
];

pub(crate) const NEED_NONE: &[Operation] = &[
    of_both("unmap all of a mapping", |stage| unmap(&stage.area, 0, 8)),
    of_both("unmap the end", |stage| unmap(&stage.area, 4, 8)),
    of_both("protect all of a mapping", |stage| protect(&stage.area, 0, 8, READ)),
    of_both("protect without access", |stage| protect(&stage.area, 0, 8, NO_ACCESS)),
    of_both("destroy", |stage| stage.area.destroy()),
    of_both("shrink the object", |stage| stage.vmo.set_size(PAGE)),
    of_both("grow the object", |stage| stage.vmo.set_size(1 << 40)),
    of_both("write where there is a frame", |stage| stage.vmo.write(5 * PAGE, &[9])),
    of_both("pin and lock where there are frames", |stage| {
        Vmo::pin(&stage.vmo, Access::Write, 5 * PAGE, PAGE).map(drop)
    }),
    of_both("read where there is no frame", |stage| stage.vmo.read(20 * PAGE, &mut [0; 8])),
    of_both("cut a provided object", |stage| stage.provided.set_size(2 * PAGE)),
    of_both("write a page of a copy's own", |stage| stage.views[0].write(PAGE, &[9])),
    of_both("load where tables are", |stage| {
        stage.world.aspace.fault(page(&stage.area, 3), Access::Read)
    }),
];
