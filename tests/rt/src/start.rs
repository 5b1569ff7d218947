//! What a program was started with: its own objects, its arguments, and the channel they came through.

use crate::message::StartMessage;
use crate::{Channel, Handle, Job, Process, Resource, Thread, Vmar, Vmo};
use abi::RawHandle;
use abi::bootstrap::HandleKind;
use abi::layout::{MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES};
use spin::{Mutex, MutexGuard, Once};

/// Room for the start message, which arguments borrow from for as long as the program runs.
static MESSAGE: Mutex<[u8; MAX_MESSAGE_BYTES as usize]> =
    Mutex::new([0; MAX_MESSAGE_BYTES as usize]);

static START: Once<Start> = Once::new();

/// What a program was started with.
#[derive(Debug)]
pub struct Start {
    channel: Channel,
    message: StartMessage<'static>,
    process: Option<Process>,
    thread: Option<Thread>,
    root_vmar: Option<Vmar>,
    job: Option<Job>,
    ramdisk: Option<Vmo>,
    image: Option<Vmar>,
    resource: Option<Resource>,
}

/// Returns what the program was started with.
///
/// # Panics
/// Before the runtime has read the start message, which it does before `main`.
pub fn start() -> &'static Start {
    START.get().expect("the start message comes before everything else")
}

/// Reads the start message from its channel; a program without one can do nothing but end.
#[cfg_attr(not(target_os = "none"), expect(dead_code, reason = "only an entry point calls it"))]
pub(crate) fn receive(channel: RawHandle) {
    let channel = Channel::from(Handle::from_raw(channel));
    let buffer = MutexGuard::leak(MESSAGE.lock());
    let mut handles = [0; MAX_MESSAGE_HANDLES as usize];
    let (len, count) = channel.read_raw(buffer, &mut handles).unwrap_or((0, 0));
    let Ok(message) = StartMessage::decode(buffer.get(..len).unwrap_or_default()) else {
        return;
    };
    let mut start = Start {
        channel,
        message,
        process: None,
        thread: None,
        root_vmar: None,
        job: None,
        ramdisk: None,
        image: None,
        resource: None,
    };
    for (kind, raw) in message.kinds().zip(handles.into_iter().take(count)) {
        start.keep(kind, Handle::from_raw(raw));
    }
    START.call_once(|| start);
}

impl Start {
    /// Puts a handle in its place; one of a kind that is not known is closed.
    fn keep(&mut self, kind: Option<HandleKind>, handle: Handle) {
        match kind {
            Some(HandleKind::ProcessSelf) => self.process = Some(handle.into()),
            Some(HandleKind::ThreadSelf) => self.thread = Some(handle.into()),
            Some(HandleKind::VmarRoot) => self.root_vmar = Some(handle.into()),
            Some(HandleKind::JobDefault) => self.job = Some(handle.into()),
            Some(HandleKind::VmoRamdisk) => self.ramdisk = Some(handle.into()),
            Some(HandleKind::VmarLoaded) => self.image = Some(handle.into()),
            Some(HandleKind::ResourceRoot) => self.resource = Some(handle.into()),
            None => drop(handle),
        }
    }

    /// Returns the program's arguments, its name first.
    pub fn arguments(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.message.arguments()
    }

    /// Returns the end of the channel the start message came through; whoever started the program may send more.
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Returns the program's process.
    ///
    /// # Panics
    /// If the start message has none.
    pub fn process(&self) -> &Process {
        self.process.as_ref().expect("every start message has the process")
    }

    /// Returns the program's first thread.
    ///
    /// # Panics
    /// If the start message has none.
    pub fn thread(&self) -> &Thread {
        self.thread.as_ref().expect("every start message has the thread")
    }

    /// Returns the root VMAR of the program's address space.
    ///
    /// # Panics
    /// If the start message has none.
    pub fn root_vmar(&self) -> &Vmar {
        self.root_vmar.as_ref().expect("every start message has the root VMAR")
    }

    /// Returns the job to make processes in.
    ///
    /// # Panics
    /// If the start message has none.
    pub fn job(&self) -> &Job {
        self.job.as_ref().expect("every start message has the job")
    }

    /// Returns the archive of programs, if the program was given it.
    pub fn ramdisk(&self) -> Option<&Vmo> {
        self.ramdisk.as_ref()
    }

    /// Returns the VMAR the program's image was loaded to, if its loader said so.
    pub fn image_vmar(&self) -> Option<&Vmar> {
        self.image.as_ref()
    }

    /// Returns the permission to ask about the whole system, if the program was given it.
    pub fn resource(&self) -> Option<&Resource> {
        self.resource.as_ref()
    }
}
