//! Puts an image into an address space.

use super::LoadError;
use super::image::{Image, Relocation, Segment};
use crate::{Mapping, Vmar, Vmo};
use abi::{VmOptions, VmoOptions};

/// Where an image went.
#[derive(Debug)]
pub struct Placed {
    /// The VMAR made for it.
    pub vmar: Vmar,
    /// Base address of that VMAR.
    pub base: u64,
    /// First instruction.
    pub entry: u64,
}

/// Makes a VMAR in `root` for the image and maps its segments there: at random, or where a fixed program must be.
///
/// # Errors
/// [`LoadError::SegmentRange`]: a fixed program lies below the root VMAR. [`LoadError::RelocationKind`],
/// [`LoadError::RelocationRange`]: a relocation cannot be applied. [`LoadError::Call`]: those of the calls.
pub fn place(image: &Image<'_>, root: &Vmar) -> Result<Placed, LoadError> {
    let span = image.span();
    let mut options = VmOptions::CAN_MAP_SPECIFIC | VmOptions::CAN_MAP_PERMS;
    let mut offset = 0;
    if image.is_fixed {
        options |= VmOptions::SPECIFIC;
        offset = image.fixed_offset()?;
    }
    let (vmar, base) = root.allocate(options, offset, span.end.wrapping_sub(span.start))?;
    let shift = base.wrapping_sub(span.start);
    check_relocations(image)?;
    for segment in &image.segments {
        map(segment, image, shift, &vmar)?;
    }
    if !image.relro.is_empty() {
        let len = image.relro.end.wrapping_sub(image.relro.start);
        vmar.protect(VmOptions::PERM_READ, image.relro.start.wrapping_add(shift), len)?;
    }
    Ok(Placed { vmar, base, entry: image.entry.wrapping_add(shift) })
}

/// Does every relocation lie in some segment?
fn check_relocations(image: &Image<'_>) -> Result<(), LoadError> {
    for relocation in image.relocations() {
        let relocation = relocation?;
        if !image.segments.iter().any(|segment| word_offset(segment, relocation).is_some()) {
            return Err(LoadError::RelocationRange { address: relocation.address });
        }
    }
    Ok(())
}

/// Makes a VMO of one segment, relocated, and maps it with the segment's permissions.
fn map(segment: &Segment<'_>, image: &Image<'_>, shift: u64, vmar: &Vmar) -> Result<(), LoadError> {
    let pages = segment.pages();
    let len = pages.end.wrapping_sub(pages.start);
    let mut vmo = Vmo::create(len, VmoOptions::empty())?;
    fill(&vmo, len, segment, image, shift)?;
    let mut options = VmOptions::SPECIFIC | VmOptions::PERM_READ;
    if segment.is_writable {
        options |= VmOptions::PERM_WRITE;
    }
    if segment.is_executable {
        options |= VmOptions::PERM_EXECUTE;
        vmo = vmo.into_executable()?;
    }
    let offset = pages.start.wrapping_sub(image.span().start);
    vmar.map(options, offset, &vmo, 0, len)?;
    Ok(())
}

/// Writes a segment's bytes and relocated words into its VMO, through a mapping of this process.
fn fill(
    vmo: &Vmo,
    len: u64,
    segment: &Segment<'_>,
    image: &Image<'_>,
    shift: u64,
) -> Result<(), LoadError> {
    let mut mapping = Mapping::new(vmo, len, VmOptions::PERM_WRITE)?;
    // SAFETY: mapped writable; the VMO is new and its only handle is here.
    let pages = unsafe { mapping.as_mut_slice() };
    let first = segment.memory.start.wrapping_sub(segment.pages().start);
    if let Some(place) = slice_at(pages, first, segment.bytes.len()) {
        place.copy_from_slice(segment.bytes);
    }
    for relocation in image.relocations() {
        let relocation = relocation?;
        let Some(offset) = word_offset(segment, relocation) else {
            continue;
        };
        if let Some(place) = slice_at(pages, offset, WORD) {
            place.copy_from_slice(&relocation.addend.wrapping_add(shift).to_le_bytes());
        }
    }
    Ok(())
}

/// Bytes of a relocated word.
const WORD: usize = size_of::<u64>();

/// Returns where in a segment's pages a relocation's word lies, if all of it lies in the segment.
fn word_offset(segment: &Segment<'_>, relocation: Relocation) -> Option<u64> {
    let end = relocation.address.checked_add(WORD as u64)?;
    let is_inside = segment.memory.start <= relocation.address && end <= segment.memory.end;
    is_inside.then(|| relocation.address.wrapping_sub(segment.pages().start))
}

/// Returns `len` bytes from `offset` on.
fn slice_at(bytes: &mut [u8], offset: u64, len: usize) -> Option<&mut [u8]> {
    let first = usize::try_from(offset).ok()?;
    bytes.get_mut(first..first.checked_add(len)?)
}
