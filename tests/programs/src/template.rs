//! A program's own image, prepared once so that starting it hundreds of times copies next to nothing.
//!
//! Every process made from a template has the image at the same address, chosen at random for each run. Relocated words are the same
//! in all of them then, so all share the pages that are not written; and a function's address names it in every process.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a template is made of this program, which was loaded, so that its numbers are sound"
)]

use abi::bootstrap::HandleKind;
use abi::layout::USER_BASE;
use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;
use rt::loader::image::Segment;
use rt::loader::stack::Stack;
use rt::loader::{Archive, Child, Image, LoadError};
use rt::{
    Channel, Handle, Job, Process, Result, Rights, Status, Thread, VmOptions, Vmo, VmoOptions,
    message, start,
};

/// A program that can be started again and again.
#[derive(Debug)]
pub struct Template {
    name: &'static str,
    base: u64,
    len: u64,
    entry: u64,
    relro: Range<u64>,
    pieces: Vec<Piece>,
}

/// The pages of one segment.
#[derive(Debug)]
struct Piece {
    offset: u64,
    len: u64,
    options: VmOptions,
    /// How much every process gets its own copy of; for a piece that is not written, nothing.
    copied: u64,
    vmo: Vmo,
}

/// Bytes and handles that wait for a program that is started.
pub type Message = (Vec<u8>, Vec<Handle>);

/// Words that describe a template, before those of its pieces, and words of a piece.
const WORDS: usize = 5;
const PIECE_WORDS: usize = 4;

impl Template {
    /// Prepares this program, which the archive it came from calls `bin/NAME`.
    ///
    /// # Errors
    /// Those of the loader.
    pub fn prepare(name: &'static str) -> Result<Self, LoadError> {
        let archive = Archive::map(start().ramdisk().ok_or(LoadError::NoArchive)?)?;
        let image = Image::parse(archive.file(&format!("bin/{name}"))?)?;
        let span = image.span();
        let len = span.end - span.start;
        let (place, base) = start().root_vmar().allocate(VmOptions::empty(), 0, len)?;
        place.destroy()?;
        let shift = base.wrapping_sub(span.start);
        let pieces: Result<Vec<Piece>, LoadError> =
            image.segments.iter().map(|segment| Piece::prepare(segment, &image, shift)).collect();
        Ok(Self {
            name,
            base,
            len,
            entry: image.entry.wrapping_add(shift),
            relro: image.relro.start.wrapping_add(shift)..image.relro.end.wrapping_add(shift),
            pieces: pieces?,
        })
    }

    /// Starts the program with these arguments after its name, and with this process's job and resource; `messages` wait in its start
    /// channel behind the start message.
    ///
    /// # Errors
    /// Those of the calls.
    pub fn start(&self, arguments: &[&str], messages: Vec<Message>) -> Result<Child> {
        let resource = start().resource().map(|own| own.duplicate(Rights::SAME_RIGHTS));
        let resource = resource.transpose()?.map(|own| own.into_handle());
        self.start_in(start().job(), resource, arguments, messages)
    }

    /// Starts the program in `job`, with a resource of its own if one is given.
    ///
    /// # Errors
    /// Those of the calls.
    pub fn start_in(
        &self,
        job: &Job,
        resource: Option<Handle>,
        arguments: &[&str],
        messages: Vec<Message>,
    ) -> Result<Child> {
        let (process, root) = Process::create(job, self.name)?;
        let thread = Thread::create(&process, self.name)?;
        let options = VmOptions::SPECIFIC | VmOptions::CAN_MAP_SPECIFIC | VmOptions::CAN_MAP_PERMS;
        let (image, _) = root.allocate(options, self.base - USER_BASE, self.len)?;
        for piece in &self.pieces {
            let vmo = piece.for_a_process()?;
            image.map(VmOptions::SPECIFIC | piece.options, piece.offset, &vmo, 0, piece.len)?;
        }
        if !self.relro.is_empty() {
            let len = self.relro.end - self.relro.start;
            image.protect(VmOptions::PERM_READ, self.relro.start, len)?;
        }
        let stack = Stack::map(&root)?;
        let (channel, theirs) = Channel::create()?;
        let same = Rights::SAME_RIGHTS;
        let (kinds, handles): (Vec<_>, Vec<_>) = [
            (HandleKind::ProcessSelf, process.duplicate(same)?.into_handle()),
            (HandleKind::ThreadSelf, thread.duplicate(same)?.into_handle()),
            (HandleKind::VmarRoot, root.into_handle()),
            (HandleKind::JobDefault, job.duplicate(same)?.into_handle()),
            (HandleKind::VmarLoaded, image.into_handle()),
        ]
        .into_iter()
        .chain(resource.map(|own| (HandleKind::ResourceRoot, own)))
        .unzip();
        let arguments: Vec<&str> =
            core::iter::once(self.name).chain(arguments.iter().copied()).collect();
        channel.write(&message::encode(&kinds, &arguments)?, handles)?;
        for (bytes, handles) in messages {
            channel.write(&bytes, handles)?;
        }
        process.start(&thread, self.entry, stack.pointer, Some(theirs.into_handle()), 0)?;
        Ok(Child { process, channel })
    }

    /// Writes the template as a message, for a process that is to start the program in its turn.
    ///
    /// # Errors
    /// Those of `handle_duplicate`.
    pub fn to_message(&self) -> Result<Message> {
        let mut words =
            Vec::from([self.base, self.len, self.entry, self.relro.start, self.relro.end]);
        let mut handles = Vec::new();
        for piece in &self.pieces {
            words.extend([piece.offset, piece.len, piece.options.bits().into(), piece.copied]);
            handles.push(piece.vmo.duplicate(Rights::SAME_RIGHTS)?.into_handle());
        }
        Ok((words.iter().flat_map(|word| word.to_le_bytes()).collect(), handles))
    }

    /// Reads the template of the program `name` out of the next message of this process's start channel.
    ///
    /// # Errors
    /// Those of `channel_read`; [`Status::IO_INVALID`]: the message is no template.
    pub fn receive(name: &'static str) -> Result<Self> {
        let mut bytes = [0; 512];
        let (len, handles) = start().channel().read(&mut bytes)?;
        let words: Vec<u64> = bytes[..len]
            .chunks_exact(8)
            .filter_map(|word| word.try_into().ok().map(u64::from_le_bytes))
            .collect();
        let &[base, len, entry, relro, relro_end] =
            words.first_chunk::<WORDS>().ok_or(Status::IO_INVALID)?;
        let pieces = words[WORDS..].chunks_exact(PIECE_WORDS).zip(handles);
        Ok(Self {
            name,
            base,
            len,
            entry,
            relro: relro..relro_end,
            pieces: pieces.map(|(words, vmo)| Piece::from_words(words, vmo.into())).collect(),
        })
    }
}

impl Piece {
    /// Makes a VMO of a segment's bytes, relocated.
    fn prepare(segment: &Segment<'_>, image: &Image<'_>, shift: u64) -> Result<Self, LoadError> {
        let mut bytes = segment.bytes.to_vec();
        for relocation in image.relocations() {
            let relocation = relocation?;
            if !segment.memory.contains(&relocation.address) {
                continue;
            }
            let at = usize::try_from(relocation.address - segment.memory.start).unwrap();
            bytes[at..at + 8].copy_from_slice(&relocation.addend.wrapping_add(shift).to_le_bytes());
        }
        let pages = segment.pages();
        let mut vmo = Vmo::create(pages.end - pages.start, VmoOptions::empty())?;
        let first = segment.memory.start - pages.start;
        vmo.write(first, &bytes)?;
        let mut options = VmOptions::PERM_READ;
        if segment.is_executable {
            options |= VmOptions::PERM_EXECUTE;
            vmo = vmo.into_executable()?;
        }
        options.set(VmOptions::PERM_WRITE, segment.is_writable);
        Ok(Self {
            offset: pages.start - image.span().start,
            len: pages.end - pages.start,
            options,
            copied: if segment.is_writable { first + bytes.len() as u64 } else { 0 },
            vmo,
        })
    }

    fn from_words(words: &[u64], vmo: Vmo) -> Self {
        Self {
            offset: words[0],
            len: words[1],
            options: VmOptions::from_bits_retain(u32::try_from(words[2]).unwrap()),
            copied: words[3],
            vmo,
        }
    }

    /// Returns the VMO to map into a new process: a copy if it is written.
    fn for_a_process(&self) -> Result<Vmo> {
        if self.copied == 0 {
            return self.vmo.duplicate(Rights::SAME_RIGHTS);
        }
        let copy = Vmo::create(self.len, VmoOptions::empty())?;
        let mut bytes = alloc::vec![0; usize::try_from(self.copied).unwrap()];
        self.vmo.read(0, &mut bytes)?;
        copy.write(0, &bytes)?;
        Ok(copy)
    }
}
