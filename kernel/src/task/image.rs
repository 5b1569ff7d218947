//! Loading the first program: a static ELF file of fixed addresses, or position-independent with relative relocations.
//!
//! All segments share one VMO, laid out as in memory, and each is mapped from there with its own permissions into a child VMAR of
//! the image's size. Every other program is loaded by the first one, from ring 3.
//!
//! # Source
//! System V ABI, ELF-64; AMD64 supplement, table 4.10 (`R_X86_64_RELATIVE`).

use crate::memory::memory;
use abi::layout::PAGE_SIZE;
use abi::{Rights, Status, VmOptions, VmoOptions};
use core::fmt;
use core::ops::Range;
use elf::ElfBytes;
use elf::abi::{
    DT_RELA, DT_RELAENT, DT_RELASZ, EM_X86_64, ET_DYN, ET_EXEC, PF_R, PF_W, PF_X, PT_INTERP,
    PT_LOAD, PT_TLS, R_X86_64_RELATIVE,
};
use elf::endian::LittleEndian;
use elf::file::Class;
use elf::segment::ProgramHeader;
use vm::{MapRequest, Ref, Vmar, Vmo};

/// The largest image that is loaded, holes included.
const MAX_IMAGE: u64 = 1 << 30;
/// Bytes of a relocation: offset, kind, addend.
const RELOCATION_SIZE: usize = 24;

type File<'a> = ElfBytes<'a, LittleEndian>;

/// Why a program cannot be loaded.
#[derive(Debug)]
pub(super) enum ImageError {
    /// The file breaks the rules of ELF, or is not a program of the kind described above; what is wrong.
    Malformed(&'static str),
    /// Memory for it, or its place in the address space, cannot be had.
    Refused(Status),
}

impl From<Status> for ImageError {
    fn from(status: Status) -> Self {
        Self::Refused(status)
    }
}

impl From<elf::ParseError> for ImageError {
    fn from(_: elf::ParseError) -> Self {
        Self::Malformed("a header or table is outside the file or has an impossible value")
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "malformed program: {what}"),
            Self::Refused(status) => write!(f, "cannot load the program: {status}"),
        }
    }
}

/// Loads the program in `file` below `root`; returns the address of its first instruction.
///
/// # Errors
/// As [`ImageError`] says; a part of the program may be mapped then.
pub(super) fn load(file: &[u8], root: &Vmar) -> Result<u64, ImageError> {
    let file = File::minimal_parse(file)?;
    check_kind(&file)?;
    let span = check_segments(&file)?;
    let vmo = Vmo::create(memory(), span.end.wrapping_sub(span.start), VmoOptions::empty())?;
    for segment in loaded(&file)? {
        vmo.write(segment.p_vaddr.wrapping_sub(span.start), file.segment_data(&segment)?)?;
    }
    let region = allocate(&file, root, &span)?;
    // What to add to an address of the file for the address in memory.
    let bias = region.base().wrapping_sub(span.start);
    relocate(&file, &vmo, &span, bias)?;
    for segment in loaded(&file)? {
        map(&region, &vmo, &segment, &span)?;
    }
    Ok(file.ehdr.e_entry.wrapping_add(bias))
}

/// Checks what the header says of the file.
fn check_kind(file: &File<'_>) -> Result<(), ImageError> {
    let header = &file.ehdr;
    if header.class != Class::ELF64 || header.e_machine != EM_X86_64 {
        return Err(ImageError::Malformed("not for this processor"));
    }
    if !matches!(header.e_type, ET_EXEC | ET_DYN) {
        return Err(ImageError::Malformed("not executable"));
    }
    Ok(())
}

/// Returns the segments to load.
fn loaded<'a>(file: &File<'a>) -> Result<impl Iterator<Item = ProgramHeader> + 'a, ImageError> {
    let segments = file.segments().ok_or(ImageError::Malformed("no segments"))?;
    Ok(segments.into_iter().filter(|segment| segment.p_type == PT_LOAD && segment.p_memsz > 0))
}

/// Checks the segments; returns the range of pages they span.
fn check_segments(file: &File<'_>) -> Result<Range<u64>, ImageError> {
    let segments = file.segments().ok_or(ImageError::Malformed("no segments"))?;
    if segments.iter().any(|segment| matches!(segment.p_type, PT_INTERP | PT_TLS)) {
        return Err(ImageError::Malformed("needs a dynamic linker or thread-local storage"));
    }
    let mut span: Option<Range<u64>> = None;
    for segment in loaded(file)? {
        let pages = pages_of(&segment)
            .ok_or(ImageError::Malformed("a segment passes the end of memory"))?;
        if segment.p_filesz > segment.p_memsz {
            return Err(ImageError::Malformed(
                "a segment has more bytes in the file than in memory",
            ));
        }
        if segment.p_flags & PF_W != 0 && segment.p_flags & PF_X != 0 {
            return Err(ImageError::Malformed("a segment is writable and executable"));
        }
        if span.as_ref().is_some_and(|span| pages.start < span.end) {
            return Err(ImageError::Malformed("segments overlap or are out of order"));
        }
        let start = span.map_or(pages.start, |span| span.start);
        span = Some(start..pages.end);
    }
    let span = span.ok_or(ImageError::Malformed("nothing to load"))?;
    if span.end.wrapping_sub(span.start) > MAX_IMAGE {
        return Err(ImageError::Malformed("too large"));
    }
    Ok(span)
}

/// Returns the pages that a segment touches.
fn pages_of(segment: &ProgramHeader) -> Option<Range<u64>> {
    let end = segment.p_vaddr.checked_add(segment.p_memsz)?;
    let start = segment.p_vaddr & !(PAGE_SIZE - 1);
    Some(start..end.checked_next_multiple_of(PAGE_SIZE)?)
}

/// Makes the VMAR for the image: where the file says, or anywhere.
fn allocate(file: &File<'_>, root: &Vmar, span: &Range<u64>) -> Result<Vmar, ImageError> {
    let options = VmOptions::CAN_MAP_PERMS | VmOptions::CAN_MAP_SPECIFIC;
    let size = span.end.wrapping_sub(span.start);
    let region = if file.ehdr.e_type == ET_EXEC {
        let offset = span
            .start
            .checked_sub(root.base())
            .ok_or(ImageError::Malformed("too low in memory"))?;
        root.allocate(Rights::all(), options | VmOptions::SPECIFIC, offset, size)
    } else {
        root.allocate(Rights::all(), options, 0, size)
    };
    Ok(region?)
}

/// Maps one segment.
fn map(
    region: &Vmar,
    vmo: &Ref<Vmo>,
    segment: &ProgramHeader,
    span: &Range<u64>,
) -> Result<(), ImageError> {
    let pages = pages_of(segment).ok_or(Status::INTERNAL)?;
    let offset = pages.start.wrapping_sub(span.start);
    let mut options = VmOptions::SPECIFIC;
    options.set(VmOptions::PERM_READ, segment.p_flags & (PF_R | PF_W | PF_X) != 0);
    options.set(VmOptions::PERM_WRITE, segment.p_flags & PF_W != 0);
    options.set(VmOptions::PERM_EXECUTE, segment.p_flags & PF_X != 0);
    region.map(&MapRequest {
        vmar_rights: Rights::all(),
        options,
        vmar_offset: offset,
        vmo,
        vmo_rights: Rights::all(),
        vmo_offset: offset,
        len: pages.end.wrapping_sub(pages.start),
    })?;
    Ok(())
}

/// Adds `bias` to every address in the image that the file lists.
fn relocate(file: &File<'_>, vmo: &Vmo, span: &Range<u64>, bias: u64) -> Result<(), ImageError> {
    let Some(dynamic) = file.dynamic()? else {
        return Ok(());
    };
    let value =
        |tag: i64| dynamic.iter().find(|entry| entry.d_tag == tag).map(|entry| entry.d_val());
    let (Some(table), Some(size)) = (value(DT_RELA), value(DT_RELASZ)) else {
        return Ok(());
    };
    const ENTRY_SIZE: u64 = RELOCATION_SIZE as u64;
    if value(DT_RELAENT) != Some(ENTRY_SIZE) || size > span.end.wrapping_sub(span.start) {
        return Err(ImageError::Malformed("relocations of a strange size"));
    }
    let outside = |_| ImageError::Malformed("a relocation is outside the image");
    for index in 0..size / ENTRY_SIZE {
        let at = index.wrapping_mul(ENTRY_SIZE);
        let mut entry = [0; RELOCATION_SIZE];
        vmo.read(table.wrapping_sub(span.start).wrapping_add(at), &mut entry).map_err(outside)?;
        let (offset, kind, addend) = parse_relocation(&entry);
        if kind != u64::from(R_X86_64_RELATIVE) {
            return Err(ImageError::Malformed("a relocation that only a dynamic linker can apply"));
        }
        let place = offset.wrapping_sub(span.start);
        vmo.write(place, &addend.wrapping_add(bias).to_le_bytes()).map_err(outside)?;
    }
    Ok(())
}

/// Splits a relocation into offset, kind (with the symbol in its upper half) and addend.
fn parse_relocation(entry: &[u8; RELOCATION_SIZE]) -> (u64, u64, u64) {
    let mut words = entry
        .chunks_exact(size_of::<u64>())
        .filter_map(|word| word.try_into().ok())
        .map(u64::from_le_bytes);
    let mut next = || words.next().unwrap_or_default();
    (next(), next(), next())
}
