//! The kernel's own image: its segments, the frames they are in, and its symbols.
//!
//! The bootloader has mapped the segments straight from the ELF file it read, except what is zero there, and has applied the
//! relocations. What the kernel needs of the file beyond that are its program headers, now, and its symbols, for panic reports.
#![expect(unsafe_code, reason = "the file is found by its physical address")]

use core::ops::Range;

use elf::ElfBytes;
use elf::abi::{PF_W, PF_X, PT_GNU_RELRO, PT_LOAD};
use elf::endian::LittleEndian;
use elf::segment::ProgramHeader;
use spin::Once;
use vm::{PAGE_SIZE, Perms};

use super::handover::{Handover, touched_pages};
use super::ranges::Ranges;
use crate::arch::{tlb, usize_of};
use crate::{memory, symbols};

/// One loaded part of the image.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Where it is mapped; whole pages.
    pub(super) pages: Range<u64>,
    pub(super) perms: Perms,
}

/// The linker makes four: constants, text, what is constant after relocation, data.
const MOST_SEGMENTS: usize = 8;

type File = ElfBytes<'static, LittleEndian>;

struct Image {
    segments: [Option<Segment>; MOST_SEGMENTS],
    /// The frames that the image is in.
    frames: Ranges,
    /// The frames of the file that stay: its symbols.
    symbols: Ranges,
}

static IMAGE: Once<Image> = Once::new();

/// Reads the file that the kernel was loaded from, while the bootloader's tables still say which frames it is in.
///
/// # Panics
/// If it is not the ELF file that the bootloader has just accepted.
pub(super) fn init(handover: &'static Handover) {
    let len = usize_of(handover.file.end.saturating_sub(handover.file.start));
    // SAFETY: the bootloader maps all physical memory at the direct map, and says that the file is there. Its frames are given to
    // nobody before `reclaim`, which leaves out the symbols; nothing else of it is used after this function.
    let bytes = unsafe { core::slice::from_raw_parts(memory::direct(handover.file.start), len) };
    let file = File::minimal_parse(bytes).expect("the kernel's file is an ELF file");
    IMAGE.call_once(|| {
        let segments = find_segments(handover, &file);
        let mut frames = Ranges::new();
        for page in segments
            .iter()
            .flatten()
            .flat_map(|segment| segment.pages.clone().step_by(usize_of(PAGE_SIZE)))
        {
            let frame = tlb::translate(page).expect("the image is mapped");
            frames.add(frame..frame.saturating_add(PAGE_SIZE));
        }
        Image { segments, frames, symbols: keep_symbols(handover, &file, bytes) }
    });
}

fn find_segments(handover: &Handover, file: &File) -> [Option<Segment>; MOST_SEGMENTS] {
    let headers = || file.segments().into_iter().flatten();
    let pages_of = |header: &ProgramHeader| {
        let start = handover.load_offset.wrapping_add(header.p_vaddr);
        touched_pages(&(start..start.wrapping_add(header.p_memsz)))
    };
    let mut segments = [const { None }; MOST_SEGMENTS];
    let loaded = headers().filter(|header| header.p_type == PT_LOAD);
    for (place, header) in segments.iter_mut().zip(loaded) {
        let pages = pages_of(&header);
        // What is writable for relocation only is not any more.
        let is_fixed = headers()
            .filter(|other| other.p_type == PT_GNU_RELRO)
            .map(|other| pages_of(&other))
            .any(|fixed| fixed.start <= pages.start && pages.end <= fixed.end);
        let mut perms = Perms::READ;
        perms.set(Perms::EXECUTE, header.p_flags & PF_X != 0);
        perms.set(Perms::WRITE, header.p_flags & PF_W != 0 && !is_fixed);
        *place = Some(Segment { pages, perms });
    }
    segments
}

/// Gives the symbols to panic reports, and returns the frames they are in.
fn keep_symbols(handover: &Handover, file: &File, bytes: &'static [u8]) -> Ranges {
    let mut kept = Ranges::new();
    let tables = file.symbol_table().ok().flatten();
    let Some((table, strings)) = tables else {
        return kept;
    };
    symbols::init(table, strings, handover.load_offset);
    let headers = file.section_headers().into_iter().flatten();
    for header in headers
        .filter(|header| matches!(header.sh_type, elf::abi::SHT_SYMTAB | elf::abi::SHT_STRTAB))
    {
        let end = header.sh_offset.saturating_add(header.sh_size).min(bytes.len() as u64);
        let place = handover.file.start.saturating_add(header.sh_offset)
            ..handover.file.start.saturating_add(end);
        kept.add(touched_pages(&place));
    }
    kept
}

fn image() -> &'static Image {
    IMAGE.get().expect("the image is read before it is used")
}

/// Returns the image's segments.
pub(super) fn segments() -> impl Iterator<Item = &'static Segment> {
    image().segments.iter().flatten()
}

/// Returns the addresses that the image lies in.
pub(super) fn pages() -> Range<u64> {
    let start = segments().map(|segment| segment.pages.start).min().unwrap_or_default();
    let end = segments().map(|segment| segment.pages.end).max().unwrap_or_default();
    start..end
}

/// Returns the frames that the image is in.
pub(super) fn frames() -> &'static Ranges {
    &image().frames
}

/// Returns the frames of the file that are still used.
pub(super) fn symbol_frames() -> &'static Ranges {
    &image().symbols
}
