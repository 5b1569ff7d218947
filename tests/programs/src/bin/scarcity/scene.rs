//! What a call starts from: an object of every kind, with something in it.

use abi::layout::PAGE_SIZE;
use abi::pager::page_request;
use abi::port::{Packet, WaitAsyncOptions};
use abi::{RawHandle, VmOptions, VmoChildOptions};
use alloc::vec::Vec;
use core::cell::Cell;
use programs::zx;
use rt::exception::{self, Exception};
use rt::loader::stack::Stack;
use rt::{
    Bti, Channel, Event, EventPair, Handle, Iommu, Job, Mapping, Pager, Port, Process, Resource,
    Rights, Signals, Status, Thread, Vmar, Vmo, VmoOptions, start, time,
};

/// Bytes of a page.
pub(crate) const PAGE: u64 = PAGE_SIZE;
/// Pages of the region: its end is in another page table of every kind that a mapping can need.
pub(crate) const REGION_PAGES: u64 = 2048;
/// Nanoseconds something may take to end.
const PATIENCE: i64 = 2_000_000_000;
/// Where nothing is in the other process.
const NOWHERE: u64 = 0x20_0000;

/// What only some operations need, as it takes long to make.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing more.
    Nothing,
    /// A thread that has had an exception.
    Exception,
}

/// A process whose thread waits with an exception.
struct Trouble {
    process: Process,
    exception: Option<Exception>,
    _channel: Channel,
}

/// Objects.
pub(crate) struct Scene {
    /// A resizable object with some pages, mapped at the start of the region.
    pub(crate) vmo: Vmo,
    /// A snapshot of it.
    pub(crate) copy: Vmo,
    /// A slice of the source.
    pub(crate) slice: Vmo,
    /// A discardable object.
    pub(crate) discardable: Vmo,
    /// An object of a pager's with a page.
    pub(crate) paged: Vmo,
    /// The pager.
    pub(crate) pager: Pager,
    /// An object with pages to give.
    pub(crate) source: Vmo,
    /// An object with pages to give, which is neither mapped nor has children.
    pub(crate) given: Vmo,
    /// Its base is [`Scene::base`].
    pub(crate) region: Vmar,
    /// Where the region lies.
    pub(crate) base: u64,
    /// A channel.
    pub(crate) near: Channel,
    /// Its other end, where a message with two handles waits.
    pub(crate) far: Channel,
    /// A port with a packet.
    pub(crate) port: Port,
    /// An event that the port watches.
    pub(crate) event: Event,
    /// A pair.
    pub(crate) pair: (EventPair, EventPair),
    /// A process that was not started.
    pub(crate) process: Process,
    /// Its root VMAR, with a mapping.
    pub(crate) other_root: Vmar,
    /// Where that mapping lies.
    pub(crate) other_base: u64,
    /// Its thread, which was not started.
    pub(crate) thread: Thread,
    /// A thread of this process, which was not started.
    pub(crate) own_thread: Thread,
    /// A stack for it.
    pub(crate) stack: Stack,
    /// Whether it was started.
    pub(crate) is_running: Cell<bool>,
    /// A job.
    pub(crate) job: Job,
    /// The means to name devices.
    pub(crate) iommu: Iommu,
    /// A device.
    pub(crate) bti: Bti,
    trouble: Option<Trouble>,
    results: Mapping,
    _crowd: Vec<Handle>,
}

impl Scene {
    /// Makes the objects, and so many others.
    pub(crate) fn new(crowd: u64, needs: Needs) -> Self {
        let root = start().root_vmar();
        let anything = VmOptions::CAN_MAP_PERMS | VmOptions::CAN_MAP_SPECIFIC;
        let (region, base) =
            root.allocate(anything | VmOptions::align(30), 0, REGION_PAGES * PAGE).unwrap();
        let vmo = vmo_with_pages();
        let read_write = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
        region.map(read_write | VmOptions::SPECIFIC, 0, &vmo, 0, 8 * PAGE).unwrap();
        let copy = vmo.create_child(VmoChildOptions::SNAPSHOT, 0, 64 * PAGE).unwrap();
        let source = Vmo::create(16 * PAGE, VmoOptions::empty()).unwrap();
        source.write(0, &[9; 4 * 4096]).unwrap();
        let given = Vmo::create(16 * PAGE, VmoOptions::empty()).unwrap();
        given.write(0, &[8; 4 * 4096]).unwrap();
        let (port, event) = (Port::create().unwrap(), Event::create().unwrap());
        port.queue(&Packet::default()).unwrap();
        port.watch(&event, 7, Signals::EVENT_SIGNALED, WaitAsyncOptions::empty()).unwrap();
        let pager = Pager::create().unwrap();
        let paged = pager.create_vmo(VmoOptions::empty(), &port, 1, 16 * PAGE).unwrap();
        pager.supply(&paged, 0, PAGE, &source, 15 * PAGE).unwrap();
        let (near, far) = Channel::create().unwrap();
        let sent = [event.duplicate(Rights::SAME_RIGHTS), event.duplicate(Rights::SAME_RIGHTS)];
        near.write(b"message", sent.map(|handle| handle.unwrap().into_handle()).into()).unwrap();
        let (process, other_root) = Process::create(start().job(), "other").unwrap();
        let other_base = other_root.map(read_write, 0, &source, 0, 16 * PAGE).unwrap();
        let iommu = Iommu::create(resource()).unwrap();
        let results = Vmo::create(PAGE, VmoOptions::empty()).unwrap();
        let results = Mapping::new(&results, PAGE, VmOptions::PERM_WRITE).unwrap();
        // SAFETY: mapped just now. It gives the page its entry, so that writing a result takes no memory.
        unsafe { rt::memory::store(results.address(), 0_u64) };
        Self {
            slice: source.create_child(VmoChildOptions::SLICE, 0, 16 * PAGE).unwrap(),
            discardable: Vmo::create(4 * PAGE, VmoOptions::DISCARDABLE).unwrap(),
            pair: EventPair::create().unwrap(),
            thread: Thread::create(&process, "thread").unwrap(),
            own_thread: Thread::create(start().process(), "own").unwrap(),
            stack: Stack::map(root).unwrap(),
            is_running: Cell::new(false),
            job: start().job().create_in().unwrap(),
            bti: Bti::create(&iommu, 0).unwrap(),
            trouble: (needs == Needs::Exception).then(Trouble::new),
            results,
            _crowd: (0..crowd).flat_map(|number| stand(&region, number)).collect(),
            vmo,
            copy,
            paged,
            pager,
            source,
            given,
            region,
            base,
            near,
            far,
            port,
            event,
            process,
            other_root,
            other_base,
            iommu,
        }
    }

    /// Returns the address of page `page` of the region.
    pub(crate) fn page(&self, page: u64) -> u64 {
        self.base + page * PAGE
    }

    /// Returns where a call may write handles (0 and 1), or anything else (2 to 7), 64 bytes apart.
    pub(crate) fn result(&self, index: u64) -> u64 {
        self.results.address() + index * 64
    }

    /// Returns the exception, for the operations that asked for it.
    pub(crate) fn exception(&self) -> &Exception {
        let trouble = self.trouble.as_ref().and_then(|trouble| trouble.exception.as_ref());
        trouble.expect("the operation says that it needs one")
    }

    /// Closes the handles that a call which went well has written.
    pub(crate) fn take_results(&self, status: Status) {
        for place in [self.result(0), self.result(0) + 4, self.result(1)] {
            // SAFETY: in the mapping, which nobody else uses.
            let value: RawHandle = unsafe { rt::memory::load(place) };
            if status == Status::OK && value & 3 == 3 {
                zx::close(value);
            }
        }
    }

    /// Returns the memory objects, and how many pages can be looked at without asking a pager.
    pub(crate) fn vmos(&self) -> [(&'static str, &Vmo, u64); 7] {
        [
            ("the object", &self.vmo, 128),
            ("the snapshot", &self.copy, 64),
            ("the slice", &self.slice, 16),
            ("the discardable one", &self.discardable, 4),
            ("the source", &self.source, 16),
            ("the one to give", &self.given, 16),
            ("the one of the pager", &self.paged, 1),
        ]
    }

    /// Returns the handles to the others.
    pub(crate) fn handles(&self) -> [(&'static str, &Handle); 14] {
        [
            ("channel", &self.near),
            ("other end", &self.far),
            ("port", &self.port),
            ("event", &self.event),
            ("event of a pair", &self.pair.0),
            ("its peer", &self.pair.1),
            ("process", &self.process),
            ("thread", &self.thread),
            ("own thread", &self.own_thread),
            ("job", &self.job),
            ("region", &self.region),
            ("root", &self.other_root),
            ("device", &self.bti),
            ("pager", &self.pager),
        ]
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if self.is_running.get() {
            let _ = self.own_thread.wait(Signals::TASK_TERMINATED, time::after(PATIENCE));
        }
        let _ = self.process.kill();
        let _ = self.process.wait(Signals::TASK_TERMINATED, time::after(PATIENCE));
        let _ = self.region.destroy();
        let _ = self.stack.vmar.destroy();
    }
}

impl Trouble {
    fn new() -> Self {
        let (process, _) = Process::create(start().job(), "trouble").unwrap();
        let channel = exception::channel_of(&process).unwrap();
        let thread = Thread::create(&process, "trouble").unwrap();
        process.start(&thread, NOWHERE, 0, None, 0).unwrap();
        let (_, exception) = exception::next(&channel, time::after(PATIENCE)).unwrap();
        Self { process, exception: Some(exception), _channel: channel }
    }
}

impl Drop for Trouble {
    fn drop(&mut self) {
        let _ = self.process.kill();
        drop(self.exception.take());
        let _ = self.process.wait(Signals::TASK_TERMINATED, time::after(PATIENCE));
    }
}

/// Makes a resizable object of 64 pages, of which four have frames, in two leaves of its tree.
fn vmo_with_pages() -> Vmo {
    let vmo = Vmo::create(128 * PAGE, VmoOptions::RESIZABLE).unwrap();
    for page in [0, 1, 5, 65] {
        vmo.write(page * PAGE, &[7; 4096]).unwrap();
    }
    vmo
}

/// Makes one of a crowd: an event, and a region at the end of another.
fn stand(region: &Vmar, number: u64) -> [Handle; 2] {
    let offset = (REGION_PAGES - 1 - 2 * number) * PAGE;
    let (inner, _) = region.allocate(VmOptions::SPECIFIC, offset, PAGE).unwrap();
    [Event::create().unwrap().into_handle(), inner.into_handle()]
}

/// Returns the root resource.
pub(crate) fn resource() -> &'static Resource {
    start().resource().expect("init gives it")
}

/// A packet, to be queued.
pub(crate) const PACKET: Packet = page_request(0, 0, 0, 0);
