//! The kernel's own page tables.
//!
//! ```text
//!   0xffff_8000_0000_0000   direct map: all memory, readable and writable, without the image    largest leaves that fit
//!   0xffff_ff80_0000_0000   the kernel's VMAR tree, the image reserved in it                    4 KiB
//!     0xffff_ffff_8000_0000   image: text R-X, constants R--, data RW-                          4 KiB
//! ```
//!
//! Nothing is writable and executable, and nothing is mapped in the lower half. The image's frames are not in the direct map, so text
//! cannot be changed through another address.
#![expect(unsafe_code, reason = "page tables decide what every address means")]

use vm::{Attr, Frame, LeafSize, PAGE_SIZE, Perms, Tables};

use super::handover::Handover;
use super::image::{self, Segment};
use crate::arch::{features, tlb};
use crate::memory;

/// Builds the tables; nothing uses them yet.
///
/// # Panics
/// If memory is out.
pub(super) fn build(handover: &Handover) -> Tables {
    let mut tables = Tables::new(memory::memory()).expect("memory for the first page table");
    map_memory(&mut tables, handover);
    image::segments().for_each(|segment| map_segment(&mut tables, segment));
    tables
}

fn map_memory(tables: &mut Tables, handover: &Handover) {
    let mut all = handover.free.clone();
    handover.bootloader.iter().for_each(|range| all.add(range.clone()));
    all.remove_all(image::frames());
    // The symbols may begin in the last page of the image's data.
    image::symbol_frames().iter().for_each(|range| all.add(range.clone()));
    let attr = Attr::kernel(Perms::READ | Perms::WRITE);
    for range in all.iter() {
        let base = memory::DIRECT_MAP.wrapping_add(range.start);
        let pages = range.end.saturating_sub(range.start) / PAGE_SIZE;
        // SAFETY: the tables are not in use; and only the owner of a frame uses its place in the direct map.
        unsafe {
            tables.map_run(
                base,
                Frame::containing(range.start),
                pages,
                attr,
                features::largest_leaf(),
            )
        }
        .expect("memory for the direct map");
    }
}

fn map_segment(tables: &mut Tables, segment: &Segment) {
    let mut page = segment.pages.start;
    while page < segment.pages.end {
        let frame = Frame::containing(tlb::translate(page).expect("the image is mapped"));
        // SAFETY: the tables are not in use; the page is mapped as the image's file says.
        unsafe { tables.map_run(page, frame, 1, Attr::kernel(segment.perms), LeafSize::Small) }
            .expect("memory for the image's tables");
        page = page.wrapping_add(PAGE_SIZE);
    }
}
