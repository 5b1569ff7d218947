//! Physical memory: a record for every frame, the free ones, and the window they are reached through.
//!
//! A frame is either free or has an owner: an object's page, a page table, or the kernel. The owner
//! uses the frame's record: an object's page counts its sharers there, a table its used entries.

mod free;
mod gate;
mod reclaim;
mod record;

use core::fmt;
use core::ops::Range;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};

use spin::Once;

use crate::lock::{self, Lock};
use crate::table::Table;
use crate::units::{Frame, PAGE_SIZE};
use crate::{Machine, Result, Status, Violation};
pub(crate) use free::BLOCK_FRAMES;
use free::FreeFrames;
pub use gate::Gate;
use reclaim::Register;
pub(crate) use reclaim::{Idle, Reclaim, Registration};
pub(crate) use record::Records;
pub(crate) use record::{Cleanness, FrameRecord};

/// All physical memory of the machine that the kernel may give out.
pub struct Memory {
    window: *mut u8,
    machine: &'static dyn Machine,
    records: Records,
    free: Lock<FreeFrames, { lock::FRAMES }>,
    reclaim: Register,
    zero: Frame,
    total: AtomicU64,
    gate: Once<&'static dyn Gate>,
}

// SAFETY: `window` is only an address; what lies behind it is handed out frame by frame, each to one
// owner, under the lock of `free`.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// Takes charge of the free memory in `free`, ranges of physical bytes; partial pages at their
    /// ends are left out. `window` plus a physical address is where that byte can be reached.
    ///
    /// The frame records are placed in the memory itself: 8 bytes a frame, and 16 for each 512, up to the end of the
    /// highest range, so memory given later to [`Memory::add`] must lie below that end.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no range is large enough for the records.
    ///
    /// # Safety
    /// * Through `window`, every byte of every range is readable and writable, cached, for as long as
    ///   the `Memory` exists.
    /// * The ranges do not overlap, and nobody else uses them.
    pub unsafe fn new(
        window: *mut u8,
        free: &[Range<u64>],
        machine: &'static dyn Machine,
    ) -> Result<Memory> {
        // SAFETY: this function's contract is that of `Records::carve`.
        let (records, blocks, taken) = unsafe { Records::carve(window, free)? };
        let mut memory = Memory {
            window,
            machine,
            records,
            free: Lock::new(FreeFrames::new(blocks)),
            reclaim: Register::new(),
            zero: Frame::from_number(0),
            total: AtomicU64::new(0),
            gate: Once::new(),
        };
        for range in free {
            // What the records take of a range, they take from its start.
            let start = if taken.start == range.start { taken.end } else { range.start };
            // SAFETY: the caller gave the range away; the records are left out.
            unsafe { memory.add(start..range.end) };
        }
        memory.zero = memory.allocate_zeroed()?;
        Ok(memory)
    }

    /// Adds the free frames in `range`, physical bytes: memory that was in use when
    /// [`Memory::new`] was called. What has no record is left out.
    ///
    /// # Safety
    /// As for the ranges of [`Memory::new`]; and `range` was never added before.
    pub unsafe fn add(&self, range: Range<u64>) {
        let first = range.start.div_ceil(PAGE_SIZE);
        let end = (range.end / PAGE_SIZE).min(self.records.len());
        let mut free = self.free.lock();
        for number in first..end {
            free.put(self.records, Frame::from_number(number));
        }
        self.total.fetch_add(end.saturating_sub(first), Ordering::Relaxed);
    }

    /// Returns how many frames are free.
    pub fn free_frames(&self) -> u64 {
        self.free.lock().count()
    }

    /// Returns how many frames there are, free or not; those of the records are not counted.
    pub fn total_frames(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Checks that the list of free frames has as many as are counted, each once, and none that
    /// somebody owns: object pages and page tables are counted in their records, a free frame is not.
    ///
    /// # Errors
    /// A [`Violation`] with a physical address.
    pub fn check_invariants(&self) -> Result<(), Violation> {
        let rule = "free frames are counted, listed once, and nobody's";
        self.free
            .lock()
            .check(self.records)
            .map_err(|frame| Violation { rule, address: frame.map_or(0, Frame::address) })
    }

    /// Takes a free frame, with whatever was last in it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: none is free.
    #[inline]
    pub fn allocate(&self) -> Result<Frame> {
        self.pass_gate()?;
        let taken = self.free.lock().take(self.records);
        self.or_short(taken)
    }

    /// Takes [`BLOCK_FRAMES`] free frames in a row, the first of which has a number that is a multiple of as many, with whatever was
    /// last in them; returns the first. They are given back one by one.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: there are none. Single frames may be free.
    pub(crate) fn allocate_block(&self) -> Result<Frame> {
        self.pass_gate()?;
        self.free.lock().take_block().ok_or(Status::NO_MEMORY)
    }

    /// Clears the frames of a block that [`Memory::allocate_block`] returned.
    pub(crate) fn clear_block(&self, first: Frame) {
        // SAFETY: the frames are in the window, in a row, and the caller's alone.
        unsafe { self.window(first).write_bytes(0, (BLOCK_FRAMES * PAGE_SIZE) as usize) };
    }

    fn or_short(&self, taken: Option<Frame>) -> Result<Frame> {
        if taken.is_none() {
            self.note_shortage();
        }
        taken.ok_or(Status::NO_MEMORY)
    }

    /// Takes a free frame and clears it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: none is free.
    pub fn allocate_zeroed(&self) -> Result<Frame> {
        let frame = self.allocate()?;
        // SAFETY: the frame was free until now, so it is in the window and nobody else uses it.
        unsafe { self.window(frame).write_bytes(0, PAGE_SIZE as usize) };
        Ok(frame)
    }

    /// Takes `count` free frames in a row, the first of which has a number that is a multiple of
    /// `align`, with whatever was last in them. It looks at all of memory, so it is for few.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: there are none. If there could not be so many, it is in vain to take some back from others.
    pub fn allocate_run(&self, count: u64, align: u64) -> Result<Frame> {
        self.pass_gate()?;
        if count > self.total_frames() {
            return Err(Status::NO_MEMORY);
        }
        let taken = self.free.lock().take_run(self.records, count, align);
        self.or_short(taken)
    }

    /// Gives back `frame`, which [`Memory::allocate`] returned.
    ///
    /// The caller has made sure that nobody uses it any more, TLBs included: a frame freed while in
    /// use becomes somebody else's.
    pub fn free(&self, frame: Frame) {
        self.note_freed(frame);
        self.free.lock().put(self.records, frame);
    }

    /// Gives back all of `frames`, as [`Memory::free`] does each.
    pub(crate) fn free_all(&self, frames: impl Iterator<Item = Frame>) {
        let mut free = self.free.lock();
        frames.for_each(|frame| {
            self.note_freed(frame);
            free.put(self.records, frame);
        });
    }

    /// Tells a simulated machine, whose processors must have forgotten the frame.
    #[cfg(any(test, feature = "sim"))]
    fn note_freed(&self, frame: Frame) {
        self.machine.freed(frame);
    }

    #[cfg(not(any(test, feature = "sim")))]
    #[expect(clippy::unused_self, reason = "the other half of the pair uses it")]
    fn note_freed(&self, _frame: Frame) {}

    /// Returns where `frame` can be reached.
    pub fn window(&self, frame: Frame) -> *mut u8 {
        self.window.wrapping_add(frame.address() as usize)
    }

    /// Returns the frame that is all zeros and that nobody may write.
    pub(crate) fn zero_frame(&self) -> Frame {
        self.zero
    }

    pub(crate) fn machine(&self) -> &'static dyn Machine {
        self.machine
    }

    /// Returns the records of all frames.
    pub(crate) fn records(&self) -> Records {
        self.records
    }

    /// Returns the record of `frame`, which has one.
    pub(crate) fn record(&self, frame: Frame) -> &FrameRecord {
        self.records.of(frame)
    }

    /// Views `frame` as a page table.
    ///
    /// # Safety
    /// `frame` holds a page table and keeps doing so while the view is used.
    pub(crate) unsafe fn table(&self, frame: Frame) -> Table<'_> {
        // SAFETY: the window is no null pointer, readable and writable; a frame is aligned for entries
        // and as large as a table, and the entries are atomic, so that the processor may look on.
        unsafe { Table::at(NonNull::new_unchecked(self.window(frame)).cast()) }
    }

    /// Copies all of `from` into `to`, another frame; conditions as for [`Memory::write_frame`].
    pub(crate) fn copy_frame(&self, from: Frame, to: Frame) {
        debug_assert!(from != to);
        // SAFETY: both are whole frames in the window, and different ones.
        unsafe { self.window(to).copy_from_nonoverlapping(self.window(from), PAGE_SIZE as usize) };
    }

    /// Copies `data` into `frame`, from byte `offset` of it. The frame belongs to an object whose
    /// lock the caller holds, and the bytes lie inside the frame.
    pub(crate) fn write_frame(&self, frame: Frame, offset: usize, data: &[u8]) {
        debug_assert!(offset.saturating_add(data.len()) <= PAGE_SIZE as usize);
        // SAFETY: inside the frame's window; `data` is the kernel's, which no frame of an object is.
        unsafe {
            let to = self.window(frame).add(offset);
            to.copy_from_nonoverlapping(data.as_ptr(), data.len());
        }
    }

    /// Copies bytes out of `frame`, from byte `offset` of it; conditions as for
    /// [`Memory::write_frame`].
    pub(crate) fn read_frame(&self, frame: Frame, offset: usize, out: &mut [u8]) {
        debug_assert!(offset.saturating_add(out.len()) <= PAGE_SIZE as usize);
        // SAFETY: as in `write_frame`.
        unsafe {
            let from = self.window(frame).add(offset);
            out.as_mut_ptr().copy_from_nonoverlapping(from, out.len());
        }
    }

    /// Clears `len` bytes of `frame` from byte `offset`; conditions as for [`Memory::write_frame`].
    pub(crate) fn clear_frame(&self, frame: Frame, offset: usize, len: usize) {
        debug_assert!(offset.saturating_add(len) <= PAGE_SIZE as usize);
        // SAFETY: as in `write_frame`.
        unsafe { self.window(frame).add(offset).write_bytes(0, len) };
    }

    /// Writes back and drops the processor's cached lines of `frame`: before it is seen uncached.
    pub(crate) fn flush_frame(&self, frame: Frame) {
        const LINE: usize = 64;
        for offset in (0..PAGE_SIZE as usize).step_by(LINE) {
            let line = self.window(frame).wrapping_add(offset);
            // SAFETY: flushing a line changes nothing that can be seen; the address is in the window.
            #[cfg(not(miri))]
            unsafe {
                core::arch::asm!("clflush [{}]", in(reg) line, options(nostack, preserves_flags))
            };
            #[cfg(miri)]
            let _ = line;
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} of {} frames free)", self.free_frames(), self.total_frames())
    }
}
