//! Where the heap grows: a wired mapping in the kernel's VMAR tree, given out in units.
//!
//! ```text
//!   |  span   |  span   |          |      span of three units      |   ...      64 KiB a unit
//!   |    1    |    1    |    0     |    1    |    2    |    3      |   what is noted: 0 is free, n the n-th unit of a span
//! ```

use core::ptr::NonNull;

use abi::VmOptions;
use spin::{Mutex, Once};
use vm::{Aspace, Result, Wired};

use crate::arch::usize_of;
use crate::memory;

const UNIT: usize = 64 * 1024;
const UNIT_COUNT: usize = 16 * 1024;

/// Units whose pages one lowest page table maps.
const UNITS_PER_TABLE: usize = (2 << 20) / UNIT;

/// log2 of the size of the window, to which it is aligned: so its page tables map nothing else.
const WINDOW_LOG2: u8 = 30;

const _: () = assert!(UNIT * UNIT_COUNT == 1 << WINDOW_LOG2);

/// The mapping that the heap grows in.
pub(super) struct Window {
    wired: Wired,
}

struct Units {
    notes: [u16; UNIT_COUNT],
    used: usize,
}

static WINDOW: Once<Window> = Once::new();

static UNITS: Mutex<Units> = Mutex::new(Units { notes: [0; UNIT_COUNT], used: 0 });

/// Lets the heap grow, to as much as 1 GiB.
///
/// # Panics
/// If memory is out.
pub fn init() {
    let wire = || -> Result<Wired> {
        let root = Aspace::root(memory::kernel_aspace());
        root.wire(VmOptions::align(WINDOW_LOG2), 0, UNIT.saturating_mul(UNIT_COUNT) as u64)
    };
    let wired = wire().expect("memory for the heap's mapping");
    WINDOW.call_once(|| Window { wired });
}

/// Returns the window, once the heap may grow.
pub(super) fn window() -> Option<&'static Window> {
    WINDOW.get()
}

impl Window {
    /// Commits a span of at least `size` bytes; returns its start and its size.
    pub(super) fn commit(&self, size: usize) -> Option<(NonNull<u8>, usize)> {
        let count = size.div_ceil(UNIT);
        let first = UNITS.lock().take(count)?;
        let (offset, size) = (first.saturating_mul(UNIT) as u64, count.saturating_mul(UNIT));
        if self.wired.commit(offset, size as u64).is_err() {
            self.wired.decommit(offset, size as u64);
            UNITS.lock().put(first);
            return None;
        }
        let address = usize_of(self.wired.base().wrapping_add(offset));
        Some((NonNull::new(core::ptr::with_exposed_provenance_mut(address))?, size))
    }

    /// Gives back the memory of the span that starts at `span`.
    pub(super) fn decommit(&self, span: NonNull<u8>) {
        let Some(first) = self.unit_of(span) else {
            return;
        };
        // The addresses are given out again only when the old pages are gone from the page tables.
        let count = UNITS.lock().count(first);
        self.wired.decommit(first.saturating_mul(UNIT) as u64, count.saturating_mul(UNIT) as u64);
        UNITS.lock().put(first);
    }

    /// Returns the start of the span that `block` is in, if it is in the window.
    pub(super) fn span_of(&self, block: NonNull<u8>) -> Option<NonNull<u8>> {
        let unit = self.unit_of(block)?;
        let note = usize::from(*UNITS.lock().notes.get(unit)?);
        let first = unit.checked_sub(note.checked_sub(1)?)?;
        let address = usize_of(self.wired.base()).wrapping_add(first.saturating_mul(UNIT));
        NonNull::new(core::ptr::with_exposed_provenance_mut(address))
    }

    /// Returns how many bytes are committed.
    pub(super) fn committed(&self) -> usize {
        UNITS.lock().used.saturating_mul(UNIT)
    }

    /// Returns how many page tables that takes: the lowest, and the one above them, which is the
    /// window's own too and is there as long as any of them is.
    pub(super) fn tables(&self) -> usize {
        let units = UNITS.lock();
        let is_used = |units: &&[u16]| units.iter().any(|note| *note != 0);
        let lowest = units.notes.chunks(UNITS_PER_TABLE).filter(is_used).count();
        lowest.saturating_add(usize::from(lowest > 0))
    }

    fn unit_of(&self, block: NonNull<u8>) -> Option<usize> {
        let offset = block.addr().get().checked_sub(usize_of(self.wired.base()))?;
        Some(offset / UNIT).filter(|unit| *unit < UNIT_COUNT)
    }
}

impl Units {
    /// Takes the first `count` free units in a row.
    fn take(&mut self, count: usize) -> Option<usize> {
        let mut free = 0usize;
        let end = self.notes.iter().position(|note| {
            free = if *note == 0 { free.saturating_add(1) } else { 0 };
            free == count
        })?;
        let first = end.saturating_add(1).checked_sub(count)?;
        // A span of more units than a note can number is more than the heap is meant for.
        let numbers = 1..=u16::try_from(count).ok()?;
        self.notes.iter_mut().skip(first).zip(numbers).for_each(|(note, number)| *note = number);
        self.used = self.used.saturating_add(count);
        Some(first)
    }

    /// Returns how many units the span has whose first one is `first`.
    fn count(&self, first: usize) -> usize {
        self.notes
            .iter()
            .skip(first)
            .zip(1..=u16::MAX)
            .take_while(|(note, number)| *note == number)
            .count()
    }

    fn put(&mut self, first: usize) {
        let count = self.count(first);
        self.notes.iter_mut().skip(first).take(count).for_each(|note| *note = 0);
        self.used = self.used.saturating_sub(count);
    }
}
