//! A process with memory that calls can really use, and an object of every type.
#![expect(unsafe_code, reason = "the page tables of a process are loaded without a thread of it")]

use crate::arch;
use crate::memory::{kernel_aspace, memory};
use crate::object::{
    Bti, Endpoint, Event, Exception, Handle, Iommu, Job, Kin, Message, Object, Pager, PairedEvent,
    Pmt, Port, Process, Resource, Thread, VmarObject,
};
use crate::syscall::caller::Caller;
use crate::task::Running;
use abi::layout::PAGE_SIZE;
use abi::port::Packet;
use abi::{ExceptionChannelType, ExceptionStrategy, RawHandle, Rights, VmOptions, VmoOptions};
use alloc::vec::Vec;
use core::cell::RefCell;
use vm::{Access, Aspace, MapRequest, Ref, Vmar, Vmo};

/// What a handle can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// The process that makes the calls.
    Process,
    /// Another one.
    Other,
    Thread,
    Job,
    /// The root VMAR of the process.
    Vmar,
    /// An empty region in it.
    Region,
    Vmo,
    Resizable,
    /// One that can be discarded, and has been unlocked.
    Discardable,
    /// One that nothing else has to do with.
    Aux,
    Resource,
    Iommu,
    Bti,
    Pmt,
    Pager,
    /// A VMO of the last pager.
    PagerVmo,
    /// A port with a packet for each of its handles.
    Port,
    Event,
    Pair,
    /// An end with a message of a byte and a handle.
    Channel,
    Exception,
}

/// Bytes of the memory that one argument can point to.
const SLOT: usize = 256;
/// A mapping of the process that nothing else uses.
const SPARE_PAGES: u64 = 2;

/// A process whose page tables are loaded; its threads do not run.
pub(super) struct Stage {
    pub(super) caller: Caller,
    thread: Ref<Thread>,
    process: Ref<Process>,
    other: Ref<Process>,
    job: Ref<Job>,
    root: Vmar,
    region: Vmar,
    /// What the arguments point to, and where it is mapped.
    memory: Ref<Vmo>,
    base: u64,
    spare: u64,
    vmo: Ref<Vmo>,
    resizable: Ref<Vmo>,
    discardable: Ref<Vmo>,
    aux: Ref<Vmo>,
    bti: Ref<Bti>,
    port: Ref<Port>,
    pair: Ref<PairedEvent>,
    /// Handles to what ends with its last one.
    _kept: Vec<Handle>,
    pager: RefCell<Ref<Pager>>,
}

fn object(pages: u64, options: VmoOptions) -> Ref<Vmo> {
    Kin::enlist(Vmo::create(memory(), pages * PAGE_SIZE, options).unwrap())
}

/// Maps all of `vmo`, readable and writable; what has frames can be used without a fault.
fn map(root: &Vmar, vmo: &Ref<Vmo>) -> u64 {
    let options = VmOptions::PERM_READ | VmOptions::PERM_WRITE | VmOptions::MAP_RANGE;
    let mapped = root.map(&MapRequest {
        vmar_rights: Rights::all(),
        options,
        vmar_offset: 0,
        vmo,
        vmo_rights: Rights::all(),
        vmo_offset: 0,
        len: vmo.size(),
    });
    mapped.unwrap().address
}

impl Stage {
    pub(super) fn new() -> Self {
        let job = Job::create(b"test").unwrap();
        let process = |name: &[u8]| {
            let aspace = Aspace::user(memory(), kernel_aspace(), Some(1)).unwrap();
            Process::create(&job, name, aspace).unwrap()
        };
        let (process, other) = (process(b"test"), process(b"other"));
        let thread = Thread::create(&process, b"test").unwrap();
        let root = Aspace::root(process.aspace());
        let region = root.allocate(Rights::all(), VmOptions::CAN_MAP_PERMS, 0, PAGE_SIZE).unwrap();
        let memory = Vmo::create(memory(), PAGE_SIZE, VmoOptions::empty()).unwrap();
        memory.commit(0, PAGE_SIZE).unwrap();
        let (base, vmo) = (map(&root, &memory), object(2, VmoOptions::empty()));
        let spare = map(&root, &object(SPARE_PAGES, VmoOptions::empty()));
        let discardable = object(1, VmoOptions::DISCARDABLE);
        let port = Port::create().unwrap();
        let pair = PairedEvent::create_pair().unwrap();
        let kept = [
            Object::Process(process.clone()),
            Object::Process(other.clone()),
            Object::Job(job.clone()),
            Object::Port(port.clone()),
            Object::EventPair(pair.0.clone()),
            Object::EventPair(pair.1),
        ];
        let kept = kept.map(|object| Handle::new(object, Rights::empty())).into();
        process.aspace().enter(0);
        // SAFETY: every address space maps the kernel as all others do, and this one is kept until its tables are not loaded any more.
        unsafe { arch::load_table_root(process.aspace().table_root()) };
        Self {
            caller: Caller(Running::of(&thread)),
            thread,
            process,
            other,
            job,
            root,
            region,
            memory,
            base,
            spare,
            vmo,
            resizable: object(2, VmoOptions::RESIZABLE),
            discardable,
            aux: object(2, VmoOptions::empty()),
            bti: Bti::create().unwrap(),
            port,
            pair: pair.0,
            _kept: kept,
            pager: RefCell::new(Pager::create().unwrap()),
        }
    }

    /// Returns the address of a mapping that nothing else uses.
    pub(super) fn spare(&self) -> u64 {
        self.spare
    }

    /// Returns the koid of a process in the job.
    pub(super) fn other_koid(&self) -> u64 {
        self.other.koid()
    }

    /// Fills the memory that argument number `index` can point to, and returns its address.
    pub(super) fn place(&self, index: u64, bytes: &[u8]) -> u64 {
        let offset = index * SLOT as u64;
        self.memory.write(offset, &[0; SLOT]).unwrap();
        self.memory.write(offset, bytes).unwrap();
        self.base + offset
    }

    /// Gives the process a handle.
    pub(super) fn give(&self, thing: Thing, rights: Rights) -> RawHandle {
        let slot = self.caller.handles().reserve().unwrap();
        let value = slot.value();
        slot.fill(Handle::new(self.object(thing), rights));
        value
    }

    /// Takes a handle back; says whether it was still there.
    pub(super) fn take_back(&self, value: RawHandle) -> bool {
        self.caller.handles().remove(value).is_ok()
    }

    /// Returns an object of the kind: always the same, but of those that can have only one handle.
    fn object(&self, thing: Thing) -> Object {
        let region = |vmar: &Vmar| Object::Vmar(VmarObject::create(vmar.clone()).unwrap());
        match thing {
            Thing::Process => Object::Process(self.process.clone()),
            Thing::Other => Object::Process(self.other.clone()),
            Thing::Thread => Object::Thread(self.thread.clone()),
            Thing::Job => Object::Job(self.job.clone()),
            Thing::Vmar => region(&self.root),
            Thing::Region => region(&self.region),
            Thing::Vmo => Object::Vmo(self.vmo.clone()),
            Thing::Resizable => Object::Vmo(self.resizable.clone()),
            Thing::Discardable => Object::Vmo(self.discardable.clone()),
            Thing::Aux => Object::Vmo(self.aux.clone()),
            Thing::Resource => Object::Resource(Resource::create().unwrap()),
            Thing::Iommu => Object::Iommu(Iommu::create().unwrap()),
            Thing::Bti => Object::Bti(self.bti.clone()),
            Thing::Port => {
                self.port.queue(Packet::default()).unwrap();
                Object::Port(self.port.clone())
            }
            Thing::Event => Object::Event(Event::create().unwrap()),
            Thing::Pair => Object::EventPair(self.pair.clone()),
            Thing::Pmt | Thing::Pager | Thing::PagerVmo | Thing::Channel | Thing::Exception => {
                self.new_object(thing)
            }
        }
    }

    fn new_object(&self, thing: Thing) -> Object {
        match thing {
            Thing::Pmt => {
                let pinned = Vmo::pin(&self.vmo, Access::Read, 0, PAGE_SIZE).unwrap();
                Object::Pmt(Pmt::create(&self.bti, pinned).unwrap())
            }
            Thing::Pager => {
                self.pager.replace(Pager::create().unwrap());
                Object::Pager(self.pager.borrow().clone())
            }
            Thing::PagerVmo => {
                let size = (PAGE_SIZE, VmoOptions::empty());
                let made = || {
                    let to = (self.port.clone(), 0);
                    Pager::create_vmo(&self.pager.borrow(), memory(), size, to)
                };
                // The pager is gone if its handle was closed, which a call that refuses its pager has none of.
                let vmo = made().or_else(|_| {
                    self.pager.replace(Pager::create()?);
                    made()
                });
                let vmo = vmo.unwrap();
                // There is something that its pager does not know.
                vmo.zero(0, PAGE_SIZE).unwrap();
                Object::Vmo(vmo)
            }
            Thing::Channel => {
                let (near, far) = Endpoint::create_pair().unwrap();
                let mut message = Message::with_capacity(1, 1).unwrap();
                message.bytes.push(1);
                message.push(Handle::new(self.object(Thing::Event), Rights::all()), None);
                far.write(message).unwrap();
                Object::Channel(near)
            }
            _ => {
                let kind = (ExceptionChannelType::Process, Rights::all());
                let strategy = ExceptionStrategy::FirstChance;
                let exception = Exception::create(&self.thread, kind, strategy).unwrap();
                Object::Exception(exception)
            }
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // SAFETY: they map the kernel, and exist for ever.
        unsafe { arch::load_table_root(kernel_aspace().table_root()) };
        self.process.aspace().leave(0);
        self.process.kill(0);
        self.other.kill(0);
    }
}
