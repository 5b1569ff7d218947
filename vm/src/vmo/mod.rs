//! Memory objects: arrays of pages, zero until written, that mappings and calls look at.
//!
//! A [`Vmo`] gives a page a frame when it is first written or committed. Its state, behind one lock,
//! is its size, the frames it has ([`PageTree`]) and who maps it ([`MappingRecord`]); the latter
//! because taking a frame away, or putting one where the zero page was seen, must change the page
//! tables of every address space that shows the page.

#![expect(
    clippy::indexing_slicing,
    reason = "entries of a node are masked; slots are the regions'"
)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "page numbers are below 2^52; byte ranges were checked against the size of the object"
)]

mod create;
mod pages;
mod resize;
mod show;
mod transfer;

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use abi::layout::MAX_NAME_LEN;
use abi::{CachePolicy, VmoOptions};

use crate::lock::{self, Guard, Lock};
use crate::memory::Memory;
use crate::slab::{Slab, Slot};
use crate::table::Translation;
use crate::units::{Frame, PageRange, page_base};
use crate::{Ref, Result};
pub(crate) use pages::PageTree;
pub(crate) use show::View;

/// A memory object.
pub struct Vmo {
    memory: &'static Memory,
    options: VmoOptions,
    kind: VmoKind,
    label: AtomicU64,
    state: Lock<VmoState, { lock::VMO }>,
}

/// Where the pages of an object come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum VmoKind {
    /// From free frames, as they are needed.
    Paged,
    /// They are these, in a row; not ours to give back.
    Physical { first: Frame, cache: CachePolicy },
}

/// What changes about an object.
pub(crate) struct VmoState {
    /// Pages there are, with a frame or without.
    size: u64,
    /// Bytes that count as content; see `vmo.md` §4.
    stream_size: u64,
    pages: PageTree,
    mappings: Slab<MappingRecord, 4>,
    name: [u8; MAX_NAME_LEN],
}

/// A mapping, as the object knows it.
#[derive(Clone)]
pub(crate) struct MappingRecord {
    pub(crate) translation: Ref<Translation>,
    /// Where it is.
    pub(crate) pages: PageRange,
    /// The object's page that is seen at its start.
    pub(crate) vmo_page: u64,
}

impl MappingRecord {
    /// Returns the virtual pages that show `pages` of the object.
    fn shown(&self, pages: PageRange) -> PageRange {
        let all = self.pages.moved(self.pages.start, self.vmo_page);
        all.intersect(pages).moved(self.vmo_page, self.pages.start)
    }
}

impl Vmo {
    /// Returns the size in bytes, a whole number of pages.
    pub fn size(&self) -> u64 {
        page_base(self.lock().size)
    }

    /// Returns the stream size in bytes.
    pub fn stream_size(&self) -> u64 {
        self.lock().stream_size
    }

    /// Says whether the size can change.
    pub fn is_resizable(&self) -> bool {
        self.options.contains(VmoOptions::RESIZABLE)
    }

    /// Says whether pages may be taken away under memory pressure.
    pub fn is_discardable(&self) -> bool {
        self.options.contains(VmoOptions::DISCARDABLE)
    }

    /// Says whether the object is a window to given frames, such as a device's registers.
    pub fn is_physical(&self) -> bool {
        self.kind != VmoKind::Paged
    }

    /// Returns how its pages are cached.
    pub fn cache_policy(&self) -> CachePolicy {
        match self.kind {
            VmoKind::Paged => CachePolicy::Cached,
            VmoKind::Physical { cache, .. } => cache,
        }
    }

    /// Returns how many frames the object holds.
    pub fn committed_frames(&self) -> u64 {
        self.lock().pages.frames()
    }

    /// Returns how many mappings show the object.
    pub fn mapping_count(&self) -> usize {
        self.lock().mappings.iter().count()
    }

    /// Returns the number its owner gave it; 0 until then.
    pub fn label(&self) -> u64 {
        self.label.load(Ordering::Relaxed)
    }

    /// Gives the object a number, which fault reports and dumps show.
    pub fn set_label(&self, label: u64) {
        self.label.store(label, Ordering::Relaxed);
    }

    /// Returns the name: up to the first zero byte.
    pub fn name(&self) -> [u8; MAX_NAME_LEN] {
        self.lock().name
    }

    /// Names the object. The last byte is made zero.
    pub fn set_name(&self, name: [u8; MAX_NAME_LEN]) {
        let [text @ .., _] = name;
        let mut cut = [0; MAX_NAME_LEN];
        cut.iter_mut().zip(text).for_each(|(to, from)| *to = from);
        self.lock().name = cut;
    }

    /// Returns the frame that `page` has, in a paged object or a physical one; `state` is the
    /// object's own.
    pub(crate) fn frame_of(&self, state: &VmoState, page: u64) -> Option<Frame> {
        match self.kind {
            VmoKind::Paged => state.pages.get(page),
            VmoKind::Physical { first, .. } => Some(first.plus(page)),
        }
    }

    pub(crate) fn is_zero_frame(&self, frame: Frame) -> bool {
        self.memory.zero_frame() == frame
    }

    pub(crate) fn lock(&self) -> Guard<'_, VmoState, { lock::VMO }> {
        self.state.lock()
    }
}

impl VmoState {
    /// Says whether `page` is before the end.
    pub(crate) fn has_page(&self, page: u64) -> bool {
        page < self.size
    }

    /// Makes sure that `count` mappings can be noted.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(crate) fn promise_mappings(&mut self, count: u32) -> Result<()> {
        self.mappings.promise(count)
    }

    /// Takes back `count` promises.
    pub(crate) fn release_mappings(&mut self, count: u32) {
        self.mappings.release(count);
    }

    /// Notes a mapping. It was promised.
    pub(crate) fn add_mapping(&mut self, record: MappingRecord) -> Slot {
        self.mappings.insert(record)
    }

    pub(crate) fn mapping(&self, slot: Slot) -> &MappingRecord {
        &self.mappings[slot]
    }

    pub(crate) fn mapping_mut(&mut self, slot: Slot) -> &mut MappingRecord {
        &mut self.mappings[slot]
    }

    pub(crate) fn remove_mapping(&mut self, slot: Slot) {
        self.mappings.remove(slot);
    }

    /// Takes the entries for `pages` out of every page table that shows them.
    fn hide(&self, pages: PageRange) {
        for record in self.mappings.iter() {
            let shown = record.shown(pages);
            if !shown.is_empty() {
                record.translation.edit().unmap(shown);
            }
        }
    }
}

impl fmt::Debug for Vmo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        write!(
            f,
            "Vmo({} pages, {} frames)",
            state.size,
            state.pages.frames()
        )
    }
}
