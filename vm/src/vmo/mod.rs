//! Memory objects: arrays of pages, zero until written, that mappings and calls look at.
//!
//! A [`Vmo`] is a view of a [`Store`], which has the pages: of all of it, or, as a slice, of a range.
//! A store gives a page a frame when it is first written or committed. Its state, behind one lock, is
//! its size, the frames it has ([`PageTree`]) and who maps it ([`MappingRecord`]); the latter
//! because taking a frame away, or putting one where the zero page was seen, must change the page
//! tables of every address space that shows the page.
//!
//! ```text
//!   object ----------+
//!   reference -------+--> store --> page tree --> nodes --> frames
//!   slice: a range --+                              ^
//!                                                   | shared until one side writes
//!   snapshot -----------> store --> page tree ------+
//! ```
//!
//! What a store has no frame for is zero, unless there is something behind it: a source that provides the
//! content (`source`), or another store whose pages it sees (`line`).

#![expect(
    clippy::indexing_slicing,
    reason = "entries of a node are masked; slots are the regions'"
)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "page numbers are below 2^52; byte ranges were checked against the size of the object"
)]

mod backing;
mod cache;
mod child;
mod commit;
mod create;
mod dirt;
mod discard;
mod family;
mod guard;
mod handles;
mod line;
mod mappings;
mod node;
mod pages;
mod pin;
mod range;
mod ranges;
mod resize;
mod show;
mod snapshot;
mod source;
mod store;
mod stream;
mod transfer;
mod transfer_data;
mod usage;
mod writeback;

use core::any::Any;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use abi::layout::MAX_NAME_LEN;
use abi::{CachePolicy, VmoOptions};
use spin::{Mutex, Once};

use crate::memory::Registration;
use crate::units::{Frame, PageRange, page_base};
use crate::{Ref, Status};
pub use child::ChildRequest;
use family::Seat;
pub(crate) use guard::StoreGuard;
pub use handles::HandleCount;
pub(crate) use mappings::{MappingRecord, Mappings};
pub(crate) use pages::{Held, PageTree};
pub use pin::Pinned;
pub(crate) use show::View;
pub use source::{Missing, Need, PageSource};
pub(crate) use store::StoreState;
use store::{Store, StoreKind};
use stream::StreamSize;
pub use usage::Usage;
pub use writeback::{DirtyRange, Written};

/// What an object's owner attaches to it, for book-keeping.
pub trait Attachment: Any + Send + Sync {
    /// Hears that the object is gone. That may be with the lock of an address space held, so it must take none of this crate's locks.
    fn object_ended(&self);
}

/// A memory object.
pub struct Vmo {
    store: Ref<Store>,
    origin: Origin,
    seat: Once<Ref<Seat>>,
    label: AtomicU64,
    handles: HandleCount,
    name: Mutex<[u8; MAX_NAME_LEN]>,
    attachment: Once<Ref<dyn Attachment>>,
    /// A discardable object can be asked for its frames.
    _registration: Option<Registration>,
}

/// How an object came about.
enum Origin {
    /// By itself.
    New,
    /// As a copy of another, whose frames it shares as long as neither writes.
    Snapshot,
    /// As a window to these pages of another's store, with a stream size of its own.
    Slice(PageRange, StreamSize),
    /// As another name of another's store.
    Reference,
}

impl Vmo {
    /// Returns the size in bytes, a whole number of pages.
    pub fn size(&self) -> u64 {
        page_base(self.pages(&self.lock()).count())
    }

    /// Says whether the size can change.
    pub fn is_resizable(&self) -> bool {
        self.store.options.contains(VmoOptions::RESIZABLE)
    }

    /// Says whether pages may be taken away under memory pressure.
    pub fn is_discardable(&self) -> bool {
        self.store.options.contains(VmoOptions::DISCARDABLE)
    }

    /// Says whether the object is a window to given frames, such as a device's registers.
    pub fn is_physical(&self) -> bool {
        matches!(self.store.kind, StoreKind::Physical { .. })
    }

    /// Says whether the object's frames are in a row and stay where they are.
    pub fn is_contiguous(&self) -> bool {
        matches!(self.store.kind, StoreKind::Contiguous)
    }

    /// Says whether it is a part of another object.
    pub fn is_slice(&self) -> bool {
        self.slice_pages().is_some()
    }

    /// Says whether it was made as a snapshot of another object.
    pub fn is_clone(&self) -> bool {
        matches!(self.origin, Origin::Snapshot)
    }

    /// Returns how its pages are cached.
    pub fn cache_policy(&self) -> CachePolicy {
        self.lock().cache
    }

    /// Returns how many of its pages have frames, its own or shared.
    pub fn committed_frames(&self) -> u64 {
        self.count(|_| true)
    }

    /// Returns how many of its pages have frames that other objects see too.
    pub fn shared_frames(&self) -> u64 {
        self.count(|held| held.shared)
    }

    fn count(&self, counts: impl Fn(Held) -> bool) -> u64 {
        let state = self.lock();
        let mut count = 0;
        state.pages.each(self.pages(&state), |_, held| count += u64::from(counts(held)));
        count
    }

    /// Returns how many mappings there are of the object itself, not of its slices and references.
    pub fn mapping_count(&self) -> usize {
        let state = self.lock();
        state.mappings.of(self.identity()).count()
    }

    /// Returns how many address spaces have mappings of the object itself.
    pub fn aspace_count(&self) -> usize {
        // It is not given up.
        self.aspace_count_with(|| Ok(())).unwrap_or_default()
    }

    /// Counts as [`Vmo::aspace_count`] does, and calls `pause` for each address space, with no lock held: there may be many, and many
    /// mappings to be looked at for each.
    ///
    /// # Errors
    /// Those of `pause`.
    pub fn aspace_count_with(
        &self,
        mut pause: impl FnMut() -> crate::Result<()>,
    ) -> crate::Result<usize> {
        let mut last = 0;
        let mut count = 0;
        while let Some(next) = self.aspace_after(last) {
            last = next;
            count += 1;
            pause()?;
        }
        Ok(count)
    }

    /// Returns the address of the tables of the next address space, in the order of these, that has a mapping of the object itself.
    fn aspace_after(&self, last: usize) -> Option<usize> {
        let state = self.lock();
        let address = |record: &MappingRecord| (&raw const *record.translation).addr();
        state.mappings.of(self.identity()).map(address).filter(|address| *address > last).min()
    }

    /// Returns a number that no other object has while this one exists.
    pub(crate) fn identity(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// Returns the number its owner gave it; 0 until then.
    pub fn label(&self) -> u64 {
        self.label.load(Ordering::Relaxed)
    }

    /// Gives the object a number, which fault reports and dumps show.
    pub fn set_label(&self, label: u64) {
        self.label.store(label, Ordering::Relaxed);
    }

    /// Returns where its owner counts handles to it.
    pub fn handle_count(&self) -> &HandleCount {
        &self.handles
    }

    /// Returns the name: up to the first zero byte.
    pub fn name(&self) -> [u8; MAX_NAME_LEN] {
        *self.name.lock()
    }

    /// Names the object. The last byte is made zero.
    pub fn set_name(&self, name: [u8; MAX_NAME_LEN]) {
        let mut name = name;
        name[MAX_NAME_LEN - 1] = 0;
        *self.name.lock() = name;
    }

    /// Attaches what shall hear when the object is gone. Only the first time counts.
    pub fn attach(&self, attachment: Ref<dyn Attachment>) {
        self.attachment.call_once(|| attachment);
    }

    /// Returns what its owner attached to it.
    pub fn attachment(&self) -> Option<&Ref<dyn Attachment>> {
        self.attachment.get()
    }

    #[inline(always)]
    pub(crate) fn lock(&self) -> StoreGuard<'_> {
        self.store.lock()
    }

    /// Returns the part of the store that a slice shows.
    fn slice_pages(&self) -> Option<PageRange> {
        match self.origin {
            Origin::Slice(pages, _) => Some(pages),
            Origin::New | Origin::Snapshot | Origin::Reference => None,
        }
    }

    /// Returns the pages of the store that this object shows.
    fn pages(&self, state: &StoreState) -> PageRange {
        self.slice_pages().unwrap_or(PageRange { start: 0, end: state.size() })
    }

    /// Returns the pages of the store that the object's bytes `offset` to `offset + len` touch.
    ///
    /// # Errors
    /// [`Status::OUT_OF_RANGE`]: the sum overflows, or the range passes the end.
    fn touched(&self, state: &StoreState, offset: u64, len: u64) -> Result<PageRange, Status> {
        let end = offset.checked_add(len).ok_or(Status::OUT_OF_RANGE)?;
        let all = self.pages(state);
        if end > page_base(all.count()) {
            return Err(Status::OUT_OF_RANGE);
        }
        // No byte touches no page, not even the one it would be in.
        let end = if len == 0 { offset / crate::PAGE_SIZE * crate::PAGE_SIZE } else { end };
        let touched =
            PageRange { start: offset / crate::PAGE_SIZE, end: end.div_ceil(crate::PAGE_SIZE) };
        Ok(touched.moved(0, all.start))
    }

    /// Returns the frame that page number `page` of the store shows, in any kind of object; none if it is
    /// zero.
    ///
    /// # Errors
    /// [`Status::SHOULD_WAIT`]: the page is missing.
    pub(crate) fn frame_shown(
        &self,
        state: &StoreGuard<'_>,
        page: u64,
    ) -> crate::Result<Option<Held>> {
        if let StoreKind::Physical { first } = self.store.kind {
            return Ok(Some(Held { frame: first.plus(page), shared: false }));
        }
        if let Some(held) = state.pages.get(page) {
            // A page that its source takes for clean must not be written unnoticed.
            return Ok(Some(Held { shared: held.shared || !state.is_open(held.frame), ..held }));
        }
        let behind = state.frame_behind(page)?;
        Ok(behind.map(|frame| Held { frame, shared: true }))
    }

    /// Says whether page number `page` of the store is one of the object's.
    pub(crate) fn shows(&self, state: &StoreState, page: u64) -> bool {
        self.pages(state).contains(page)
    }

    /// Returns the first page of the store that the object shows.
    pub(crate) fn first_page(&self) -> u64 {
        self.slice_pages().map_or(0, |slice| slice.start)
    }

    /// Says whether a frame of the object's is counted as one, as all are but those of windows to
    /// physical memory.
    pub(crate) fn owns(&self, frame: Frame) -> bool {
        self.is_physical() || self.store.memory.record(frame).count() != 0
    }

    pub(crate) fn is_zero_frame(&self, frame: Frame) -> bool {
        self.store.memory.zero_frame() == frame
    }
}

impl Drop for Vmo {
    fn drop(&mut self) {
        if let Some(attachment) = self.attachment.get() {
            attachment.object_ended();
        }
    }
}

impl fmt::Debug for Vmo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vmo({} bytes)", self.size())
    }
}
