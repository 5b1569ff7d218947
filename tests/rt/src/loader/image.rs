//! An ELF file taken apart and checked, before anything is made of it.
//!
//! Every number in the file is a claim: what [`Image::parse`] returns has been checked, and nothing later can fail because of
//! what the file says, except single relocations.
//!
//! # Source
//! System V ABI: "Program Header", "Dynamic Section"; its AMD64 supplement for R_X86_64_RELATIVE.

use super::LoadError;
use abi::layout::{PAGE_SIZE, USER_BASE, USER_END};
use alloc::vec::Vec;
use core::ops::Range;
use elf::ElfBytes;
use elf::abi::{
    DT_NEEDED, DT_REL, DT_RELA, DT_RELAENT, DT_RELASZ, EM_X86_64, ET_DYN, ET_EXEC, PF_R, PF_W,
    PF_X, PT_GNU_RELRO, PT_INTERP, PT_LOAD, R_X86_64_NONE, R_X86_64_RELATIVE,
};
use elf::endian::LittleEndian;
use elf::file::Class;
use elf::parse::ParsingIterator;
use elf::relocation::{Rela, RelaIterator};
use elf::segment::ProgramHeader;

/// The ELF file as its parser sees it.
type File<'a> = ElfBytes<'a, LittleEndian>;

/// A program: its segments, and how to adapt them to the address they are loaded to.
#[derive(Debug)]
pub struct Image<'a> {
    /// First instruction, in the file's numbering.
    pub entry: u64,
    /// Does the program run only where the file says?
    pub is_fixed: bool,
    /// Ascending, no two on the same page, at least one.
    pub segments: Vec<Segment<'a>>,
    /// The pages that become read-only once relocated; may be empty.
    pub relro: Range<u64>,
    relocations: &'a [u8],
}

/// Bytes of the file that go to memory, followed by zeros.
#[derive(Clone, Debug)]
pub struct Segment<'a> {
    /// Where it goes, in the file's numbering.
    pub memory: Range<u64>,
    /// What the file holds of it; at most as long as `memory`.
    pub bytes: &'a [u8],
    /// May it be written?
    pub is_writable: bool,
    /// May it be executed?
    pub is_executable: bool,
}

impl Segment<'_> {
    /// Returns the pages it lies on.
    pub fn pages(&self) -> Range<u64> {
        page_start(self.memory.start)..self.memory.end.next_multiple_of(PAGE_SIZE)
    }
}

/// A word to store when the program is loaded: `base + addend` at `base + address`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// Where, in the file's numbering.
    pub address: u64,
    /// What, less the distance the program is moved by.
    pub addend: u64,
}

impl<'a> Image<'a> {
    /// Takes a file apart.
    ///
    /// # Errors
    /// Every [`LoadError`] but those of calls, archives and single relocations.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, LoadError> {
        let file = File::minimal_parse(bytes)?;
        check_header(&file)?;
        let headers: Vec<ProgramHeader> = file.segments().ok_or(LoadError::Empty)?.iter().collect();
        check_kinds(&headers)?;
        let segments = load_segments(&headers, bytes)?;
        let entry = file.ehdr.e_entry;
        if !segments.iter().any(|segment| segment.is_executable && segment.memory.contains(&entry))
        {
            return Err(LoadError::Entry);
        }
        let relocations = relocation_table(&file, &segments)?;
        let relro = relro(&headers, &segments);
        Ok(Self { entry, is_fixed: file.ehdr.e_type == ET_EXEC, segments, relro, relocations })
    }

    /// Returns the pages from the first segment to the last.
    pub fn span(&self) -> Range<u64> {
        let first = self.segments.first().map_or(0, |segment| segment.pages().start);
        let last = self.segments.last().map_or(0, |segment| segment.pages().end);
        first..last
    }

    /// Returns the relocations.
    ///
    /// An item is [`LoadError::RelocationKind`] if the relocation is of a kind that a loader cannot apply.
    pub fn relocations(&self) -> impl Iterator<Item = Result<Relocation, LoadError>> + 'a {
        let table: RelaIterator<'a, LittleEndian> =
            ParsingIterator::new(LittleEndian, Class::ELF64, self.relocations);
        table.filter(|entry| entry.r_type != R_X86_64_NONE).map(relocation)
    }
}

/// Rounds down to a page.
fn page_start(address: u64) -> u64 {
    address & !(PAGE_SIZE - 1)
}

/// Is it a program for this machine?
fn check_header(file: &File<'_>) -> Result<(), LoadError> {
    if file.ehdr.class != Class::ELF64 || file.ehdr.e_machine != EM_X86_64 {
        return Err(LoadError::WrongMachine);
    }
    match file.ehdr.e_type {
        ET_EXEC | ET_DYN => Ok(()),
        _ => Err(LoadError::NotExecutable),
    }
}

/// Does it need something that is not offered? Variables of threads are not among that: a program's library sees to them.
fn check_kinds(headers: &[ProgramHeader]) -> Result<(), LoadError> {
    let has = |kind| headers.iter().any(|header| header.p_type == kind && header.p_memsz > 0);
    if has(PT_INTERP) { Err(LoadError::NotStatic) } else { Ok(()) }
}

/// Returns the segments to load, in order.
fn load_segments<'a>(
    headers: &[ProgramHeader],
    file: &'a [u8],
) -> Result<Vec<Segment<'a>>, LoadError> {
    let mut segments: Vec<Segment<'a>> = Vec::new();
    for header in headers.iter().filter(|header| header.p_type == PT_LOAD && header.p_memsz > 0) {
        let segment = segment(header, file)?;
        let next_free = segments.last().map_or(0, |last| last.pages().end);
        if segment.pages().start < next_free {
            return Err(LoadError::SegmentOrder { address: header.p_vaddr });
        }
        segments.push(segment);
    }
    if segments.is_empty() { Err(LoadError::Empty) } else { Ok(segments) }
}

/// Checks one segment; its end stays so far below 2^64 that rounding it to pages cannot wrap.
fn segment<'a>(header: &ProgramHeader, file: &'a [u8]) -> Result<Segment<'a>, LoadError> {
    let address = header.p_vaddr;
    let range = || -> Option<(Range<u64>, &'a [u8])> {
        let end = address.checked_add(header.p_memsz).filter(|end| *end <= USER_END)?;
        let first = usize::try_from(header.p_offset).ok()?;
        let last = first.checked_add(usize::try_from(header.p_filesz).ok()?)?;
        let bytes = file.get(first..last).filter(|_| header.p_filesz <= header.p_memsz)?;
        Some((address..end, bytes))
    };
    let (memory, bytes) = range().ok_or(LoadError::SegmentRange { address })?;
    let is = |flag| header.p_flags & flag != 0;
    if is(PF_W) && is(PF_X) {
        return Err(LoadError::WriteExecute { address });
    }
    if !is(PF_R) && !is(PF_W) && !is(PF_X) {
        return Err(LoadError::SegmentRange { address });
    }
    Ok(Segment { memory, bytes, is_writable: is(PF_W), is_executable: is(PF_X) })
}

/// Finds the relocations through the dynamic section; a program without one has none.
fn relocation_table<'a>(file: &File<'a>, segments: &[Segment<'a>]) -> Result<&'a [u8], LoadError> {
    let Some(dynamic) = file.dynamic()? else {
        return Ok(&[]);
    };
    let value = |tag| dynamic.iter().find(|entry| entry.d_tag == tag).map(|entry| entry.d_val());
    if value(DT_NEEDED).is_some() {
        return Err(LoadError::NotStatic);
    }
    if value(DT_REL).is_some()
        || value(DT_RELR).is_some()
        || value(DT_RELAENT).is_some_and(|size| size != RELA_SIZE)
    {
        return Err(LoadError::RelocationTable);
    }
    match (value(DT_RELA), value(DT_RELASZ).unwrap_or(0)) {
        (_, 0) => Ok(&[]),
        (None, _) => Err(LoadError::RelocationTable),
        (Some(address), len) => contents(segments, address, len).ok_or(LoadError::RelocationTable),
    }
}

/// Tag of the packed relocation table, which this loader does not read.
const DT_RELR: i64 = 36;

/// Bytes of an entry of the relocation table.
const RELA_SIZE: u64 = 24;

/// Returns the file's bytes for `len` bytes of memory.
fn contents<'a>(segments: &[Segment<'a>], address: u64, len: u64) -> Option<&'a [u8]> {
    let segment = segments.iter().find(|segment| segment.memory.contains(&address))?;
    let first = usize::try_from(address.checked_sub(segment.memory.start)?).ok()?;
    let last = first.checked_add(usize::try_from(len).ok()?)?;
    segment.bytes.get(first..last)
}

/// Returns the whole pages of the first RELRO area that lies in a writable segment.
fn relro(headers: &[ProgramHeader], segments: &[Segment<'_>]) -> Range<u64> {
    let mut pages =
        headers.iter().filter(|header| header.p_type == PT_GNU_RELRO).filter_map(|header| {
            let end = header.p_vaddr.checked_add(header.p_memsz)?;
            let pages = page_start(header.p_vaddr)..page_start(end);
            let is_inside = |segment: &&Segment<'_>| {
                segment.is_writable
                    && segment.pages().start <= pages.start
                    && pages.end <= segment.pages().end
            };
            segments.iter().find(is_inside).is_some().then_some(pages)
        });
    pages.find(|pages| !pages.is_empty()).unwrap_or(0..0)
}

/// Translates one entry.
fn relocation(entry: Rela) -> Result<Relocation, LoadError> {
    match entry.r_type {
        R_X86_64_RELATIVE => {
            Ok(Relocation { address: entry.r_offset, addend: entry.r_addend.cast_unsigned() })
        }
        other => Err(LoadError::RelocationKind(other)),
    }
}

impl Image<'_> {
    /// Returns where a fixed program's first page lies inside a root VMAR.
    ///
    /// # Errors
    /// [`LoadError::SegmentRange`]: below the root VMAR.
    pub fn fixed_offset(&self) -> Result<u64, LoadError> {
        let address = self.span().start;
        address.checked_sub(USER_BASE).ok_or(LoadError::SegmentRange { address })
    }
}
