//! Every call that may take memory, with arguments for which it does.

use crate::scene::{Needs, PACKET, PAGE, REGION_PAGES, Scene, resource};
use abi::info::Record;
use abi::pager::PagerOp;
use abi::port::WaitItem;
use abi::{
    BtiOptions, ResourceKind, Rights, Signals, Topic, VmOptions, VmarOp, VmoChildOptions, VmoOp,
    VmoOptions,
};
use programs::zx;
use rt::{Status, start};

/// What a call does even if it fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    None,
    /// A handle that was to be given away, or exchanged, is gone.
    Consumes,
    /// Pages may have frames that they had not.
    Commits,
}

impl Effect {
    /// Returns how many handles are gone.
    pub(crate) const fn handles(self) -> i64 {
        match self {
            Self::None | Self::Commits => 0,
            Self::Consumes => 1,
        }
    }
}

/// A call.
pub(crate) struct Operation {
    /// Its name, and what is special about the arguments.
    pub(crate) name: &'static str,
    /// What it needs that others do not.
    pub(crate) needs: Needs,
    /// What it does when it fails.
    pub(crate) effect: Effect,
    /// Makes the call.
    pub(crate) run: fn(&Scene) -> Status,
}

const fn changes_nothing(name: &'static str, run: fn(&Scene) -> Status) -> Operation {
    Operation { name, needs: Needs::Nothing, effect: Effect::None, run }
}

const fn consumes(name: &'static str, run: fn(&Scene) -> Status) -> Operation {
    Operation { name, needs: Needs::Nothing, effect: Effect::Consumes, run }
}

const fn commits(name: &'static str, run: fn(&Scene) -> Status) -> Operation {
    Operation { name, needs: Needs::Nothing, effect: Effect::Commits, run }
}

const fn of_exception(name: &'static str, run: fn(&Scene) -> Status) -> Operation {
    Operation { name, needs: Needs::Exception, effect: Effect::None, run }
}

const READ: VmOptions = VmOptions::PERM_READ;
const READ_WRITE: VmOptions = READ.union(VmOptions::PERM_WRITE);
const SPECIFIC: VmOptions = READ_WRITE.union(VmOptions::SPECIFIC);
const ANYTHING: VmOptions = VmOptions::CAN_MAP_PERMS.union(VmOptions::CAN_MAP_SPECIFIC);
const SAME: Rights = Rights::SAME_RIGHTS;

/// Number of a page whose entry is in other page tables than those of the pages at the start.
const FAR: u64 = 512 * 3 - 1;
/// Number of a page of the object that is in another part of its tree.
const DEEP: u64 = 100;

/// Maps `pages` pages of the object at page `page` of the region.
fn map(scene: &Scene, options: VmOptions, page: u64, vmo_page: u64, pages: u64) -> Status {
    let (offset, vmo_offset, len) = (page * PAGE, vmo_page * PAGE, pages * PAGE);
    zx::vmar_map(&scene.region, options, offset, &scene.vmo, vmo_offset, len, scene.result(7))
}

/// Makes a region in the region.
fn allocate(scene: &Scene, options: VmOptions, page: u64) -> Status {
    let (child, address) = (scene.result(0), scene.result(7));
    zx::vmar_allocate(&scene.region, options, page * PAGE, 4 * PAGE, child, address)
}

/// Makes a child of the source.
fn slice(scene: &Scene) -> Status {
    let options = VmoChildOptions::SLICE.bits();
    zx::vmo_create_child(&scene.source, options, 0, 3 * PAGE, scene.result(0))
}

/// Makes a child of the object.
fn child(scene: &Scene, options: VmoChildOptions, pages: u64) -> Status {
    zx::vmo_create_child(&scene.vmo, options.bits(), 0, pages * PAGE, scene.result(0))
}

/// Does an operation on pages of the object.
fn operate(scene: &Scene, op: VmoOp, page: u64, pages: u64) -> Status {
    zx::vmo_op_range(&scene.vmo, op as u32, page * PAGE, pages * PAGE, 0, 0)
}

/// Does an operation on pages of the region.
fn operate_mapped(scene: &Scene, op: VmarOp, page: u64, pages: u64) -> Status {
    let (address, len) = (scene.page(page), pages * PAGE);
    zx::vmar_op_range(&scene.region, op as u32, address, len, 0, 0)
}

/// Asks about an object, for as many records as fit 48 bytes.
fn ask(scene: &Scene, handle: &rt::Handle, topic: Topic) -> Status {
    zx::object_get_info(handle, topic.0, scene.result(2), 48_u64, 0, 0)
}

/// First code of a thread of this process.
extern "C" fn leave() -> ! {
    // SAFETY: nothing of the stack is used afterwards.
    unsafe { rt::zx::thread_exit() }
}

/// The operations.
pub(crate) const OPERATIONS: &[Operation] = &[
    changes_nothing("handle_duplicate", |scene| {
        zx::handle_duplicate(&scene.event, SAME, scene.result(0))
    }),
    consumes("handle_replace", |scene| zx::handle_replace(&scene.event, SAME, scene.result(0))),
    changes_nothing("object_get_info, processes of a job", |scene| {
        ask(scene, start().job(), Topic::JOB_PROCESSES)
    }),
    changes_nothing("object_get_info, jobs of a job", |scene| {
        ask(scene, start().job(), Topic::JOB_CHILDREN)
    }),
    changes_nothing("object_get_info, threads", |scene| {
        ask(scene, start().process(), Topic::PROCESS_THREADS)
    }),
    changes_nothing("object_get_info, maps", |scene| {
        ask(scene, start().process(), Topic::PROCESS_MAPS)
    }),
    changes_nothing("object_get_info, objects", |scene| {
        ask(scene, start().process(), Topic::PROCESS_VMOS)
    }),
    changes_nothing("object_get_info, handles", |scene| {
        ask(scene, start().process(), Topic::HANDLE_TABLE)
    }),
    changes_nothing("object_set_property, name", |scene| {
        zx::object_set_property(&scene.vmo, abi::object::PROP_NAME, "name", 4_u64)
    }),
    changes_nothing("object_wait_one", |scene| {
        let signals = Signals::CHANNEL_READABLE.bits();
        zx::object_wait_one(&scene.far, signals, 0, scene.result(2))
    }),
    changes_nothing("object_wait_many", |scene| {
        let item = |handle: &rt::Handle| WaitItem { handle: handle.raw(), wait_for: 1, pending: 0 };
        let mut items = [item(&scene.near), item(&scene.far)];
        zx::object_wait_many(&mut items[..], 2_u64, 0)
    }),
    changes_nothing("futex_wait", |scene| {
        let status = zx::futex_wait(scene.result(5), 0, 0, 0);
        if status == Status::TIMED_OUT { Status::OK } else { status }
    }),
    changes_nothing("object_wait_async", |scene| {
        let signals = Signals::TASK_TERMINATED.bits();
        zx::object_wait_async(&scene.thread, &scene.port, 1_u64, signals, 0)
    }),
    changes_nothing("object_wait_async, raised already", |scene| {
        let signals = Signals::CHANNEL_READABLE.bits();
        zx::object_wait_async(&scene.far, &scene.port, 1_u64, signals, 0)
    }),
    changes_nothing("object_signal, which is waited for", |scene| {
        zx::object_signal(&scene.event, 0, Signals::EVENT_SIGNALED.bits())
    }),
    changes_nothing("event_create", |scene| zx::event_create(0, scene.result(0))),
    changes_nothing("eventpair_create", |scene| {
        zx::eventpair_create(0, scene.result(0), scene.result(1))
    }),
    changes_nothing("port_create", |scene| zx::port_create(0, scene.result(0))),
    changes_nothing("port_queue", |scene| zx::port_queue(&scene.port, PACKET.as_bytes())),
    changes_nothing("port_wait", |scene| zx::port_wait(&scene.port, 0, scene.result(2))),
    changes_nothing("channel_create", |scene| {
        zx::channel_create(0, scene.result(0), scene.result(1))
    }),
    changes_nothing("channel_write", |scene| {
        zx::channel_write(&scene.far, 0, scene.result(4), 200_u64, 0, 0)
    }),
    consumes("channel_write, a handle", |scene| {
        let handles = [scene.event.raw()];
        zx::channel_write(&scene.far, 0, scene.result(4), 9_u64, &handles[..], 1)
    }),
    changes_nothing("channel_read", |scene| {
        let (bytes, handles) = (scene.result(2), scene.result(0));
        zx::channel_read(&scene.far, 0, bytes, handles, 64, 2, 0, 0)
    }),
    changes_nothing("vmo_create", |scene| zx::vmo_create(PAGE, 0, scene.result(0))),
    changes_nothing("vmo_create, resizable", |scene| {
        zx::vmo_create(PAGE, VmoOptions::RESIZABLE.bits(), scene.result(0))
    }),
    changes_nothing("vmo_create, discardable", |scene| {
        zx::vmo_create(PAGE, VmoOptions::DISCARDABLE.bits(), scene.result(0))
    }),
    changes_nothing("vmo_create_child, snapshot", |scene| {
        child(scene, VmoChildOptions::SNAPSHOT, 64)
    }),
    changes_nothing("vmo_create_child, snapshot at least on write", |scene| {
        child(scene, VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE, 3)
    }),
    changes_nothing("vmo_create_child, slice", slice),
    changes_nothing("vmo_create_child, reference", |scene| {
        child(scene, VmoChildOptions::REFERENCE, 0)
    }),
    changes_nothing("vmo_create_contiguous", |scene| {
        zx::vmo_create_contiguous(&scene.bti, 3 * PAGE, 0, scene.result(0))
    }),
    changes_nothing("vmo_create_physical", |scene| {
        zx::vmo_create_physical(resource(), 1_u64 << 40, PAGE, scene.result(0))
    }),
    consumes("vmo_replace_as_executable", |scene| {
        zx::vmo_replace_as_executable(&scene.slice, 0, scene.result(0))
    }),
    changes_nothing("vmo_write, a new page", |scene| {
        zx::vmo_write(&scene.vmo, scene.result(4), 30 * PAGE, 8_u64)
    }),
    changes_nothing("vmo_write, another part of the tree", |scene| {
        zx::vmo_write(&scene.vmo, scene.result(4), DEEP * PAGE, 8_u64)
    }),
    changes_nothing("vmo_write, a shared page", |scene| {
        zx::vmo_write(&scene.copy, scene.result(4), PAGE, 8_u64)
    }),
    changes_nothing("vmo_write, through a slice", |scene| {
        zx::vmo_write(&scene.slice, scene.result(4), 9 * PAGE, 8_u64)
    }),
    changes_nothing("vmo_write, from memory without an entry", |scene| {
        zx::vmo_write(&scene.source, scene.page(1), 0, 8_u64)
    }),
    changes_nothing("vmo_read, to memory without frames", |scene| {
        zx::vmo_read(&scene.vmo, scene.page(3), 5 * PAGE, 8_u64)
    }),
    changes_nothing("vmo_get_size, to memory without frames", |scene| {
        let status = zx::vmo_get_size(&scene.vmo, scene.page(3));
        // Any fault at a result makes the address a bad one.
        if status == Status::INVALID_ARGS { Status::NO_MEMORY } else { status }
    }),
    changes_nothing("vmo_set_size, cuts a shared page", |scene| {
        zx::vmo_set_size(&scene.vmo, PAGE + 1)
    }),
    changes_nothing("vmo_set_size, grows", |scene| zx::vmo_set_size(&scene.vmo, 1_u64 << 40)),
    changes_nothing("vmo_set_stream_size, in a shared page", |scene| {
        zx::vmo_set_stream_size(&scene.vmo, PAGE + 8)
    }),
    commits("vmo_op_range, commit", |scene| operate(scene, VmoOp::Commit, 20, 9)),
    commits("vmo_op_range, commit shared pages", |scene| {
        let (op, len) = (VmoOp::Commit as u32, 7 * PAGE);
        zx::vmo_op_range(&scene.copy, op, 0, len, 0, 0)
    }),
    changes_nothing("vmo_op_range, zero a part of a shared page", |scene| {
        zx::vmo_op_range(&scene.copy, VmoOp::Zero as u32, 5 * PAGE + 8, 64, 0, 0)
    }),
    changes_nothing("vmo_op_range, zero shared pages", |scene| {
        zx::vmo_op_range(&scene.copy, VmoOp::Zero as u32, 0, 6 * PAGE, 0, 0)
    }),
    changes_nothing("vmo_op_range, lock", |scene| {
        let (op, len) = (VmoOp::Lock as u32, 4 * PAGE);
        zx::vmo_op_range(&scene.discardable, op, 0, len, scene.result(2), 32)
    }),
    changes_nothing("vmo_transfer_data", |scene| {
        zx::vmo_transfer_data(&scene.vmo, 0, 30 * PAGE, 3 * PAGE, &scene.source, 0)
    }),
    changes_nothing("vmar_allocate", |scene| allocate(scene, ANYTHING, 0)),
    changes_nothing("vmar_allocate, here", |scene| {
        allocate(scene, ANYTHING | VmOptions::SPECIFIC, 50)
    }),
    changes_nothing("vmar_allocate, compact", |scene| {
        allocate(scene, ANYTHING | VmOptions::COMPACT, 0)
    }),
    changes_nothing("vmar_allocate, below", |scene| {
        allocate(scene, ANYTHING | VmOptions::OFFSET_IS_UPPER_LIMIT, 99)
    }),
    changes_nothing("vmar_map", |scene| map(scene, READ_WRITE, 0, 0, 8)),
    changes_nothing("vmar_map, here", |scene| map(scene, SPECIFIC, 60, 0, 8)),
    changes_nothing("vmar_map, present pages in new tables", |scene| {
        map(scene, SPECIFIC | VmOptions::MAP_RANGE, FAR, 0, 2)
    }),
    changes_nothing("vmar_map, over the middle", |scene| {
        map(scene, READ | VmOptions::SPECIFIC_OVERWRITE, 2, 9, 3)
    }),
    changes_nothing("vmar_map, over the end", |scene| {
        map(scene, READ | VmOptions::SPECIFIC_OVERWRITE, 6, 9, 4)
    }),
    changes_nothing("vmar_map, in another process", |scene| {
        let (root, len) = (&scene.other_root, 8 * PAGE);
        zx::vmar_map(root, READ_WRITE, 0, &scene.vmo, 0, len, scene.result(7))
    }),
    changes_nothing("vmar_unmap, the middle", |scene| {
        zx::vmar_unmap(&scene.region, scene.page(2), 3 * PAGE)
    }),
    changes_nothing("vmar_protect, the middle", |scene| {
        zx::vmar_protect(&scene.region, READ, scene.page(1), 3 * PAGE)
    }),
    changes_nothing("vmar_protect, the start", |scene| {
        zx::vmar_protect(&scene.region, READ, scene.page(0), 3 * PAGE)
    }),
    commits("vmar_op_range, commit", |scene| operate_mapped(scene, VmarOp::Commit, 2, 5)),
    changes_nothing("vmar_op_range, map", |scene| operate_mapped(scene, VmarOp::MapRange, 0, 8)),
    changes_nothing("vmar_op_range, zero", |scene| operate_mapped(scene, VmarOp::Zero, 0, 2)),
    changes_nothing("vmar_op_range, always needed", |scene| {
        operate_mapped(scene, VmarOp::AlwaysNeed, 0, 8)
    }),
    changes_nothing("vmar_destroy", |scene| zx::vmar_destroy(&scene.region)),
    changes_nothing("job_create", |scene| zx::job_create(&scene.job, 0, scene.result(0))),
    changes_nothing("process_create", |scene| {
        let job = start().job();
        zx::process_create(job, "made", 4_u64, 0, scene.result(0), scene.result(1))
    }),
    changes_nothing("process_start", |scene| {
        zx::process_start(&scene.process, &scene.thread, 8_u64, 0, 0, 0)
    }),
    consumes("process_start, with a handle", |scene| {
        zx::process_start(&scene.process, &scene.thread, 8_u64, 0, &scene.event, 0)
    }),
    changes_nothing("process_read_memory", |scene| {
        let (process, address) = (&scene.process, scene.other_base);
        zx::process_read_memory(process, address, scene.result(2), 64_u64, scene.result(7))
    }),
    changes_nothing("process_write_memory", |scene| {
        let (process, address) = (&scene.process, scene.other_base + 9 * PAGE);
        zx::process_write_memory(process, address, scene.result(4), 64_u64, scene.result(7))
    }),
    changes_nothing("task_kill", |scene| zx::task_kill(&scene.process)),
    changes_nothing("thread_create", |scene| {
        zx::thread_create(&scene.process, "made", 4_u64, 0, scene.result(0))
    }),
    changes_nothing("thread_start", |scene| {
        let entry = leave as *const () as u64;
        let status = zx::thread_start(&scene.own_thread, entry, scene.stack.pointer, 0, 0);
        scene.is_running.set(status == Status::OK);
        status
    }),
    changes_nothing("task_create_exception_channel", |scene| {
        zx::task_create_exception_channel(&scene.process, 0, scene.result(0))
    }),
    of_exception("exception_get_thread", |scene| {
        zx::exception_get_thread(scene.exception().raw(), scene.result(0))
    }),
    of_exception("exception_get_process", |scene| {
        zx::exception_get_process(scene.exception().raw(), scene.result(0))
    }),
    changes_nothing("resource_create", |scene| {
        let (root, kind) = (resource(), ResourceKind::Mmio as u32);
        zx::resource_create(root, kind, 1_u64 << 40, PAGE, "part", 4_u64, scene.result(0))
    }),
    changes_nothing("iommu_create", |scene| {
        zx::iommu_create(resource(), 0, "\0", 1_u64, scene.result(0))
    }),
    changes_nothing("bti_create", |scene| zx::bti_create(&scene.iommu, 0, 1_u64, scene.result(0))),
    commits("bti_pin, pages without frames", |scene| {
        let options = BtiOptions::PERM_READ.bits();
        let (bti, vmo, offset, len) = (&scene.bti, &scene.vmo, 9 * PAGE, 4 * PAGE);
        zx::bti_pin(bti, options, vmo, offset, len, scene.result(2), 4_u64, scene.result(0))
    }),
    commits("bti_pin, shared pages", |scene| {
        let options = BtiOptions::PERM_READ.union(BtiOptions::PERM_WRITE).bits();
        let (bti, vmo, len) = (&scene.bti, &scene.copy, 2 * PAGE);
        zx::bti_pin(bti, options, vmo, 0, len, scene.result(2), 2_u64, scene.result(0))
    }),
    changes_nothing("bti_release_quarantine", |scene| zx::bti_release_quarantine(&scene.bti)),
    changes_nothing("pager_create", |scene| zx::pager_create(0, scene.result(0))),
    changes_nothing("pager_create_vmo", |scene| {
        zx::pager_create_vmo(&scene.pager, 0, &scene.port, 2_u64, PAGE, scene.result(0))
    }),
    changes_nothing("pager_supply_pages", |scene| {
        let (pager, vmo, source) = (&scene.pager, &scene.paged, &scene.given);
        zx::pager_supply_pages(pager, vmo, 4 * PAGE, 3 * PAGE, source, PAGE)
    }),
    changes_nothing("pager_detach_vmo", |scene| zx::pager_detach_vmo(&scene.pager, &scene.paged)),
    changes_nothing("pager_op_range, fail", |scene| {
        let (op, why) = (PagerOp::Fail as u32, Status::IO.into_raw());
        zx::pager_op_range(&scene.pager, op, &scene.paged, PAGE, PAGE, why)
    }),
    changes_nothing("pager_op_range, write back", |scene| {
        let op = PagerOp::WritebackBegin as u32;
        zx::pager_op_range(&scene.pager, op, &scene.paged, 0, PAGE, 0)
    }),
    changes_nothing("pager_query_dirty_ranges", |scene| {
        let (pager, vmo, room) = (&scene.pager, &scene.paged, scene.result(4));
        zx::pager_query_dirty_ranges(pager, vmo, 0, PAGE, room, 24_u64, 0, scene.result(7))
    }),
    changes_nothing("pager_query_vmo_stats", |scene| {
        zx::pager_query_vmo_stats(&scene.pager, &scene.paged, 0, scene.result(4), 4_u64)
    }),
    changes_nothing("vmar_unmap, all of the region", |scene| {
        zx::vmar_unmap(&scene.region, scene.base, REGION_PAGES * PAGE)
    }),
];
