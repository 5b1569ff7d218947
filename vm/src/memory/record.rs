//! The record of a frame, and the array of them.

use core::num::NonZeroU32;
use core::ops::Range;
use core::ptr::NonNull;
use core::slice;
use core::sync::atomic::Ordering;

use super::free::{BLOCK_FRAMES, Block};
use crate::sync::AtomicU32;
use crate::units::{Frame, PAGE_SIZE, round_up_to_page};
use crate::{Result, Status};

/// What is known of a frame. Who owns the frame says what `count` means.
#[repr(C)]
pub(crate) struct FrameRecord {
    /// An object's page: how many nodes of page trees hold it. A page table: its used entries.
    count: AtomicU32,
    /// While the frame is in a list of frames: the next one, as number + 1; 0 ends the list. An object's
    /// page: how often it is pinned, and above that how much its source knows of it.
    next: AtomicU32,
}

/// What the source of an object knows of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cleanness {
    /// Not what is in it now.
    Dirty,
    /// It is being told.
    Leaving,
    /// All.
    Clean,
    /// The frame was just made for it, and may be taken back.
    New,
}

/// The bits of [`FrameRecord::next`] that count pins.
const PINS: u32 = 0xFF;
/// The bits for [`Cleanness::Leaving`] and [`Cleanness::Clean`].
const LEAVING: u32 = 1 << 8;
const CLEAN: u32 = 1 << 9;

/// A page can be pinned as often as this at the same time.
const MOST_PINS: u32 = 31;

impl FrameRecord {
    pub(crate) fn count(&self) -> u32 {
        self.count.load(Ordering::Acquire)
    }

    pub(crate) fn set_count(&self, count: u32) {
        self.count.store(count, Ordering::Release);
    }

    /// Adds `entries` to the count and returns the new one. Under the lock of the frame's owner.
    pub(crate) fn add(&self, entries: u32) -> u32 {
        let count = self.count().wrapping_add(entries);
        self.set_count(count);
        count
    }

    /// Takes `entries` off the count and returns the new one. Under the lock of the frame's owner.
    pub(crate) fn subtract(&self, entries: u32) -> u32 {
        let count = self.count().wrapping_sub(entries);
        self.set_count(count);
        count
    }

    /// Notes one more owner of an object's page.
    pub(crate) fn share(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes one owner less, and returns how many are left. What the owners did to the frame happens
    /// before it is freed.
    pub(crate) fn unshare(&self) -> u32 {
        // Only an owner can make another: the last one is alone.
        if self.count() == 1 {
            self.set_count(0);
            return 0;
        }
        self.count.fetch_sub(1, Ordering::AcqRel).wrapping_sub(1)
    }

    /// Returns what the source of an object knows of its page. Under the lock of the object.
    pub(crate) fn cleanness(&self) -> Cleanness {
        match self.next.load(Ordering::Relaxed) & (LEAVING | CLEAN) {
            0 => Cleanness::Dirty,
            LEAVING => Cleanness::Leaving,
            CLEAN => Cleanness::Clean,
            _ => Cleanness::New,
        }
    }

    /// Notes what the source of an object knows of its page. Under the lock of the object.
    pub(crate) fn set_cleanness(&self, cleanness: Cleanness) {
        let bits = match cleanness {
            Cleanness::Dirty => 0,
            Cleanness::Leaving => LEAVING,
            Cleanness::Clean => CLEAN,
            Cleanness::New => LEAVING | CLEAN,
        };
        let pins = self.next.load(Ordering::Relaxed) & PINS;
        self.next.store(pins | bits, Ordering::Relaxed);
    }

    /// Notes the only owner of an object's new page, which nobody has pinned and no source knows.
    pub(crate) fn begin_page(&self) {
        self.next.store(0, Ordering::Relaxed);
        self.set_count(1);
    }

    /// Says whether an object's page is pinned. Under the lock of the object, as all that is done
    /// to pins.
    pub(crate) fn is_pinned(&self) -> bool {
        self.next.load(Ordering::Relaxed) & PINS != 0
    }

    /// Says whether an object's page may be pinned once more.
    pub(crate) fn can_pin(&self) -> bool {
        self.next.load(Ordering::Relaxed) & PINS < MOST_PINS
    }

    /// Pins an object's page once more.
    pub(crate) fn pin(&self) {
        self.next.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one pin off an object's page.
    pub(crate) fn unpin(&self) {
        self.next.fetch_sub(1, Ordering::Relaxed);
    }

    /// Returns the next frame of the list that the frame is in.
    pub(crate) fn next(&self) -> Option<Frame> {
        self.link().map(FrameLink::frame)
    }

    pub(crate) fn set_next(&self, next: Option<Frame>) {
        self.set_link(next.map(FrameLink::to));
    }

    #[inline]
    pub(super) fn link(&self) -> Option<FrameLink> {
        NonZeroU32::new(self.next.load(Ordering::Relaxed)).map(FrameLink)
    }

    fn set_link(&self, next: Option<FrameLink>) {
        self.next.store(next.map_or(0, |link| link.0.get()), Ordering::Relaxed);
    }

    /// Notes that the frame is nobody's, and comes before `next` in a list of free ones.
    #[inline]
    pub(super) fn begin_free(&self, next: Option<FrameLink>) {
        self.set_count(0);
        self.set_link(next);
    }
}

/// The number of a frame that has a record, plus one, so that none takes no more room.
#[derive(Clone, Copy)]
pub(super) struct FrameLink(NonZeroU32);

impl FrameLink {
    #[inline]
    pub(super) fn to(frame: Frame) -> FrameLink {
        // A frame with a record has a number below 2^32: `Records::carve` sees to it.
        FrameLink(NonZeroU32::MIN.saturating_add(frame.number() as u32))
    }

    #[inline]
    pub(super) fn frame(self) -> Frame {
        Frame::from_number(u64::from(self.0.get().wrapping_sub(1)))
    }
}

/// The records of all frames, by frame number: valid for good.
///
/// Not a reference, which would claim all of them anew with every copy; Miri looks at each one then.
#[derive(Clone, Copy)]
pub(crate) struct Records(NonNull<[FrameRecord]>);

// SAFETY: only shared references are made of it, and records are atomics.
unsafe impl Send for Records {}
// SAFETY: as above.
unsafe impl Sync for Records {}

impl Records {
    /// Places records for all frames below the end of the highest range, and blocks for all of them, at the start of one of the
    /// ranges; returns them and the bytes taken.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no range is large enough, or there are 2^32 frames or more.
    ///
    /// # Safety
    /// As for [`Memory::new`](super::Memory::new).
    pub(super) unsafe fn carve(
        window: *mut u8,
        free: &[Range<u64>],
    ) -> Result<(Records, &'static mut [Block], Range<u64>)> {
        let frames = free.iter().map(|range| range.end / PAGE_SIZE).max().unwrap_or(0);
        let frames = u32::try_from(frames).map_err(|_| Status::NO_MEMORY)?;
        let blocks = u64::from(frames).div_ceil(BLOCK_FRAMES);
        // The records come first: all of this is aligned to a page, and whole blocks of records to more than a block is.
        let blocks_at =
            blocks.wrapping_mul(BLOCK_FRAMES).wrapping_mul(size_of::<FrameRecord>() as u64);
        let bytes = blocks_at.wrapping_add(blocks.wrapping_mul(size_of::<Block>() as u64));
        let bytes = round_up_to_page(bytes).ok_or(Status::NO_MEMORY)?;
        let place = free
            .iter()
            .find(|range| {
                range.start.is_multiple_of(PAGE_SIZE)
                    && range.end.saturating_sub(range.start) >= bytes
            })
            .map(|range| range.start)
            .ok_or(Status::NO_MEMORY)?;
        let first = window.wrapping_add(place as usize);
        // SAFETY: the range is ours, in the window, page-aligned and large enough; all bytes zero
        // are valid records, and blocks are written before they are referred to.
        let (records, blocks) = unsafe {
            first.write_bytes(0, bytes as usize);
            let first_block = first.wrapping_add(blocks_at as usize).cast::<Block>();
            (0..blocks as usize).for_each(|index| first_block.add(index).write(Block::default()));
            (
                NonNull::new_unchecked(first.cast::<FrameRecord>()),
                slice::from_raw_parts_mut(first_block, blocks as usize),
            )
        };
        let records = NonNull::slice_from_raw_parts(records, frames as usize);
        Ok((Records(records), blocks, place..place.wrapping_add(bytes)))
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Returns the records of `count` frames from `first` on, as far as there are any.
    #[inline]
    pub(crate) fn run(self, first: Frame, count: usize) -> &'static [FrameRecord] {
        let from = self.0.len().min(first.number() as usize);
        let count = count.min(self.0.len().wrapping_sub(from));
        // SAFETY: inside the records, which are valid for good and only ever shared.
        unsafe { slice::from_raw_parts(self.0.cast::<FrameRecord>().as_ptr().add(from), count) }
    }

    #[inline]
    pub(crate) fn of(self, frame: Frame) -> &'static FrameRecord {
        let number = frame.number() as usize;
        assert!(number < self.0.len(), "a frame has a record");
        // SAFETY: inside the records, which are valid for good and only ever shared.
        unsafe { self.0.cast::<FrameRecord>().add(number).as_ref() }
    }
}
