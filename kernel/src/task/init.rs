//! The first program: `bin/init` of the ramdisk, the only one the kernel loads. When it ends, so does the run.

use super::cpu;
use super::image::{self, ImageError};
use super::start_message::compose;
use crate::arch::{self, UserRegisters};
use crate::boot::{self, Ramdisk};
use crate::memory::{kernel_aspace, memory};
use crate::object::{Endpoint, Handle, Job, Kin, Object, Process, Resource, Thread, VmarObject};
use abi::bootstrap::HandleKind;
use abi::layout::PAGE_SIZE;
use abi::{CachePolicy, Koid, Rights, Status, VmOptions, VmoOptions};
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use vm::{Aspace, MapRequest, Ref, Vmar, Vmo};

/// The program's name in the archive.
const PATH: &str = "bin/init";
/// Bytes of its stack, which are committed as it is used.
const STACK_SIZE: u64 = 1 << 20;
/// Bytes without a mapping on either side of it.
const GUARD_SIZE: u64 = PAGE_SIZE;
/// What is below the stack pointer of a function that was just called: the return address.
const CALL_FRAME: u64 = 8;
/// Exit code of the run if there is no first program.
const EXIT_CODE_NO_INIT: i64 = 1;
/// What the archive's handle allows: everything but changing it.
const RAMDISK_RIGHTS: Rights = Rights::VMO_DEFAULT
    .difference(Rights::WRITE)
    .difference(Rights::SET_PROPERTY)
    .union(Rights::EXECUTE);

/// The koid of the first process; 0 until there is one.
static INIT: AtomicU64 = AtomicU64::new(0);

/// Why the first program cannot be started.
enum InitError {
    NoRamdisk,
    NoProgram,
    Image(ImageError),
    Refused(Status),
}

impl From<Status> for InitError {
    fn from(status: Status) -> Self {
        Self::Refused(status)
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRamdisk => write!(f, "there is no ramdisk"),
            Self::NoProgram => write!(f, "the ramdisk is not a tar archive, or has no {PATH}"),
            Self::Image(error) => error.fmt(f),
            Self::Refused(status) => write!(f, "cannot prepare the process: {status}"),
        }
    }
}

/// Starts the first program and becomes this CPU's idle loop.
pub fn start_init() -> ! {
    if let Err(error) = launch() {
        log::error!("no first program: {error}");
        arch::exit::clean(EXIT_CODE_NO_INIT);
    }
    cpu::idle()
}

/// Hears that a thread is about to enter ring 3 for the first time: the first one of all ends the boot.
pub(super) fn thread_begins() {
    static HAS_BEGUN: AtomicBool = AtomicBool::new(false);
    if !HAS_BEGUN.swap(true, Ordering::Relaxed) {
        let ticks = arch::clock::ticks();
        log::info!("ring 3 begins after {ticks} ticks of the time-stamp counter");
    }
}

/// Hears that a process has ended: the first one ends the run.
pub(crate) fn process_ended(koid: Koid, code: i64) {
    if koid == INIT.load(Ordering::Relaxed) {
        arch::exit::clean(code);
    }
}

/// Makes the first process and starts it.
fn launch() -> Result<(), InitError> {
    let ramdisk = boot::ramdisk().ok_or(InitError::NoRamdisk)?;
    let file = ramdisk.file(PATH).ok_or(InitError::NoProgram)?;
    let aspace = Aspace::user(memory(), kernel_aspace(), boot::layout_seed())?;
    let root = Aspace::root(&aspace);
    let entry = image::load(file, &root).map_err(InitError::Image)?;
    let stack_top = map_stack(&root)?;

    let job = Job::create(b"root")?;
    let process = Process::create(&job, b"init", aspace)?;
    let thread = Thread::create(&process, b"main")?;
    INIT.store(process.koid(), Ordering::Relaxed);
    let handles = [
        (
            HandleKind::ProcessSelf,
            Handle::new(Object::Process(process.clone()), Rights::PROCESS_DEFAULT),
        ),
        (
            HandleKind::ThreadSelf,
            Handle::new(Object::Thread(thread.clone()), Rights::THREAD_DEFAULT),
        ),
        (
            HandleKind::VmarRoot,
            Handle::new(Object::Vmar(VmarObject::create(root)?), Rights::VMAR_ROOT_DEFAULT),
        ),
        (HandleKind::JobDefault, Handle::new(Object::Job(job), Rights::JOB_DEFAULT)),
        (HandleKind::VmoRamdisk, Handle::new(Object::Vmo(ramdisk_vmo(ramdisk)?), RAMDISK_RIGHTS)),
        (
            HandleKind::ResourceRoot,
            Handle::new(Object::Resource(Resource::create()?), Rights::RESOURCE_DEFAULT),
        ),
    ];
    let channel = channel_with(compose(handles, boot::words())?)?;
    let slot = process.handles().reserve()?;
    let registers = UserRegisters {
        rip: entry,
        rsp: stack_top.wrapping_sub(CALL_FRAME),
        rdi: slot.value().into(),
        rsi: 0,
    };
    slot.fill(channel);
    process.start(&thread, registers)?;
    Ok(())
}

/// Maps a stack between guards; returns its top.
fn map_stack(root: &Vmar) -> Result<u64, InitError> {
    let options = VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE | VmOptions::CAN_MAP_SPECIFIC;
    let region = root.allocate(Rights::all(), options, 0, GUARD_SIZE + STACK_SIZE + GUARD_SIZE)?;
    let vmo = Vmo::create(memory(), STACK_SIZE, VmoOptions::empty())?;
    let mapped = region.map(&MapRequest {
        vmar_rights: Rights::all(),
        options: VmOptions::SPECIFIC | VmOptions::PERM_READ | VmOptions::PERM_WRITE,
        vmar_offset: GUARD_SIZE,
        vmo: &vmo,
        vmo_rights: Rights::all(),
        vmo_offset: 0,
        len: STACK_SIZE,
    })?;
    Ok(mapped.address.wrapping_add(STACK_SIZE))
}

/// Returns the ramdisk as a VMO, where it lies.
fn ramdisk_vmo(ramdisk: &Ramdisk) -> Result<Ref<Vmo>, InitError> {
    let Ramdisk { physical, .. } = ramdisk;
    let len = physical.end.saturating_sub(physical.start);
    let vmo = Vmo::physical(memory(), physical.start, len, CachePolicy::Cached)?;
    Ok(Kin::enlist(vmo))
}

/// Returns one end of a channel, whose other end has sent `message` and is closed.
fn channel_with(message: crate::object::Message) -> Result<Handle, InitError> {
    let (near, far) = Endpoint::create_pair()?;
    let handle = |endpoint| Handle::new(Object::Channel(endpoint), Rights::CHANNEL_DEFAULT);
    let (near_handle, far) = (handle(near.clone()), handle(far));
    near.write(message)?;
    drop(near_handle);
    Ok(far)
}
