//! Makes a process of an image and starts it.

use super::image::Image;
use super::place::{Placed, place};
use super::stack::Stack;
use super::{Archive, LoadError};
use crate::{Channel, Handle, Process, Rights, Thread, Vmar, message, start};
use abi::bootstrap::HandleKind;
use alloc::format;
use alloc::vec::Vec;

/// A loaded program that has not been started.
#[derive(Debug)]
pub struct Program {
    /// Its process.
    pub process: Process,
    /// Its first thread.
    pub thread: Thread,
    /// The root VMAR of its address space.
    pub root: Vmar,
    /// Where its image went.
    pub image: Placed,
    stack: Stack,
    extra: Vec<(HandleKind, Handle)>,
}

/// A started program.
#[derive(Debug)]
pub struct Child {
    /// Its process.
    pub process: Process,
    /// Our end of its start channel.
    pub channel: Channel,
}

impl Program {
    /// Loads an ELF file into a new process called `name`.
    ///
    /// # Errors
    /// Those of [`Image::parse`] and [`place`]; [`LoadError::Call`]: those of the calls. A process made until then is gone.
    pub fn load(name: &str, file: &[u8]) -> Result<Self, LoadError> {
        let parsed = Image::parse(file)?;
        let (process, root) = Process::create(start().job(), name)?;
        let thread = Thread::create(&process, name)?;
        let image = place(&parsed, &root)?;
        let stack = Stack::map(&root)?;
        Ok(Self { process, thread, root, image, stack, extra: Vec::new() })
    }

    /// Loads the program `bin/NAME` of this process's own archive, which the new program gets too.
    ///
    /// # Errors
    /// [`LoadError::NoArchive`]: there is none. Then those of [`Archive::file`] and [`load`](Self::load).
    pub fn from_archive(name: &str) -> Result<Self, LoadError> {
        let ramdisk = start().ramdisk().ok_or(LoadError::NoArchive)?;
        let archive = Archive::map(ramdisk)?;
        let mut program = Self::load(name, archive.file(&format!("bin/{name}"))?)?;
        program.give(HandleKind::VmoRamdisk, ramdisk.duplicate(Rights::SAME_RIGHTS)?.into_handle());
        Ok(program)
    }

    /// Adds a handle to the start message.
    pub fn give(&mut self, kind: HandleKind, handle: Handle) {
        self.extra.push((kind, handle));
    }

    /// Adds a handle to the resource of the whole system, if this process has one.
    ///
    /// # Errors
    /// Those of `handle_duplicate`.
    pub fn give_resource(&mut self) -> abi::Result<()> {
        if let Some(resource) = start().resource() {
            self.give(
                HandleKind::ResourceRoot,
                resource.duplicate(Rights::SAME_RIGHTS)?.into_handle(),
            );
        }
        Ok(())
    }

    /// Sends the start message and starts the program; `arguments` begin with its name.
    ///
    /// # Errors
    /// Those of `handle_duplicate`, `channel_create`, `channel_write` and `process_start`, and of [`message::encode`].
    pub fn start(self, arguments: &[&str]) -> abi::Result<Child> {
        let same = Rights::SAME_RIGHTS;
        let mut given = Vec::from([
            (HandleKind::ProcessSelf, self.process.duplicate(same)?.into_handle()),
            (HandleKind::ThreadSelf, self.thread.duplicate(same)?.into_handle()),
            (HandleKind::VmarRoot, self.root.into_handle()),
            (HandleKind::JobDefault, start().job().duplicate(same)?.into_handle()),
            (HandleKind::VmarLoaded, self.image.vmar.into_handle()),
        ]);
        given.extend(self.extra);
        let (kinds, handles): (Vec<_>, Vec<_>) = given.into_iter().unzip();
        let (channel, theirs) = Channel::create()?;
        channel.write(&message::encode(&kinds, arguments)?, handles)?;
        self.process.start(
            &self.thread,
            self.image.entry,
            self.stack.pointer,
            Some(theirs.into_handle()),
            0,
        )?;
        Ok(Child { process: self.process, channel })
    }
}

/// Loads `bin/NAME`, starts it with these arguments, waits for its end and returns its exit code.
///
/// # Errors
/// Those of [`Program::from_archive`] and [`Program::start`].
pub fn run(name: &str, arguments: &[&str]) -> Result<i64, LoadError> {
    let child = Program::from_archive(name)?.start(arguments)?;
    Ok(child.process.join()?)
}
