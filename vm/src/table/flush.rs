//! What TLBs must forget before an operation is over.

use core::sync::atomic::{Ordering, fence};

use arrayvec::ArrayVec;

use super::{Entry, Translation};
use crate::Invalidation;
use crate::units::Frame;

/// More pages than this are cheaper to forget by forgetting everything.
const MOST_PAGES: usize = 32;

/// Collects stale pages and the tables freed with them.
///
/// It cannot be forgotten: dropping it invalidates first and gives the tables back after that.
pub(super) struct Flush<'a> {
    translation: &'a Translation,
    pages: ArrayVec<u64, MOST_PAGES>,
    all: bool,
    freed: Option<Frame>,
}

impl<'a> Flush<'a> {
    pub(super) fn new(translation: &'a Translation) -> Flush<'a> {
        Flush { translation, pages: ArrayVec::new_const(), all: false, freed: None }
    }

    /// Says whether everything will be forgotten.
    #[inline]
    pub(super) fn is_of_all(&self) -> bool {
        self.all
    }

    /// Adds everything.
    pub(super) fn all(&mut self) {
        self.all = true;
    }

    /// Says whether everything will be forgotten now that `count` more pages are stale, which are not added one by one.
    pub(super) fn takes_all_of(&mut self, count: u32) -> bool {
        self.all |= count as usize > self.pages.remaining_capacity();
        self.all
    }

    /// Adds a page whose entry was taken away or restricted. Past the limit, everything is added.
    #[inline]
    pub(super) fn page(&mut self, page: u64) {
        if self.pages.try_push(page).is_err() {
            self.all = true;
        }
    }

    /// Adds a page whose entry `old` was replaced by `new`, if TLBs must forget it.
    #[cold]
    pub(super) fn replaced(&mut self, page: u64, old: Entry, new: Entry) {
        if old.needs_flush(new) {
            self.page(page);
        }
    }

    /// Adds a table that is no longer reachable, to be freed when no CPU can be walking it. One of
    /// its pages has been added already, as the table had an entry.
    pub(super) fn table(&mut self, table: Frame) {
        let memory = self.translation.memory();
        memory.record(table).set_next(self.freed);
        self.freed = Some(table);
    }

    /// Lets TLBs forget what was collected, and gives back the tables.
    pub(super) fn now(&mut self) {
        let memory = self.translation.memory();
        if self.all || !self.pages.is_empty() {
            // Entries are stored before this looks who could have loaded the old ones; who comes later
            // says so before he loads any. One of the two sees the other.
            fence(Ordering::SeqCst);
            let cpus = self.translation.active.load(Ordering::SeqCst);
            let what = if self.all { Invalidation::All } else { Invalidation::Pages(&self.pages) };
            if cpus != 0 {
                memory.machine().invalidate(cpus, what);
            }
            self.pages.clear();
            self.all = false;
        }
        while let Some(table) = self.freed {
            self.freed = memory.record(table).next();
            memory.free(table);
        }
    }
}

impl Drop for Flush<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.all || !self.pages.is_empty() || self.freed.is_some() {
            self.now();
        }
    }
}
