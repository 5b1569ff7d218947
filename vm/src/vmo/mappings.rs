//! Who shows a store's pages, and how to take them from sight.
//!
//! A page that has entries in page tables is in a record here, at every moment that the store is not locked: else somebody could
//! free its frame and not know where it is shown.

use super::show::View;
use crate::slab::{Slab, Slot};
use crate::table::{Entry, Translation};
use crate::units::PageRange;
use crate::{Ref, Result};

/// A mapping, as a store knows it.
pub(crate) struct MappingRecord {
    pub(crate) translation: Ref<Translation>,
    /// Where it is.
    pub(crate) pages: PageRange,
    /// The store's page that is seen at its start.
    pub(crate) store_page: u64,
    /// Which of the objects that show the store is mapped: its [`Vmo::identity`](super::Vmo::identity).
    pub(crate) object: usize,
}

impl MappingRecord {
    /// Returns the virtual pages that show `pages` of the store.
    fn shown(&self, pages: PageRange) -> PageRange {
        let all = self.pages.moved(self.pages.start, self.store_page);
        all.intersect(pages).moved(self.store_page, self.pages.start)
    }

    /// Says whether this is the mapping that `view` is of.
    fn is_of(&self, view: &View<'_>) -> bool {
        self.pages.start == view.pages.start
            && core::ptr::eq(&raw const *self.translation, view.translation)
    }
}

/// The mappings of a store.
pub(crate) struct Mappings(Slab<MappingRecord, 4>);

impl Mappings {
    pub(super) const fn new() -> Mappings {
        Mappings(Slab::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Visits the mappings of one of the objects that show the store.
    pub(super) fn of(&self, object: usize) -> impl Iterator<Item = &MappingRecord> {
        self.0.iter().filter(move |record| record.object == object)
    }

    pub(crate) fn get(&self, slot: Slot) -> &MappingRecord {
        &self.0[slot]
    }

    /// Makes sure that `count` mappings can be noted.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    pub(crate) fn promise(&mut self, count: u32) -> Result<()> {
        self.0.promise(count)
    }

    /// Takes back `count` promises.
    pub(crate) fn release(&mut self, count: u32) {
        self.0.release(count);
    }

    /// Notes a mapping. It was promised.
    #[inline(always)]
    pub(crate) fn add(&mut self, record: MappingRecord) -> Slot {
        self.0.insert(record)
    }

    #[inline(always)]
    pub(crate) fn remove(&mut self, slot: Slot) {
        self.0.remove(slot);
    }

    /// Notes that a mapping is at `pages` only, a part of what it was. What is cut off has no entries.
    pub(crate) fn shrink(&mut self, slot: Slot, pages: PageRange) {
        let record = &mut self.0[slot];
        let store_pages = pages.moved(record.pages.start, record.store_page);
        (record.pages, record.store_page) = (pages, store_pages.start);
    }

    /// Notes that a mapping is two from now on, the upper of which begins at `page`; returns that.
    /// It was promised.
    pub(crate) fn split(&mut self, slot: Slot, page: u64) -> Slot {
        let lower = &mut self.0[slot];
        let pages = PageRange { start: page, end: lower.pages.end };
        let upper = MappingRecord {
            translation: lower.translation.clone(),
            pages,
            store_page: pages.moved(lower.pages.start, lower.store_page).start,
            object: lower.object,
        };
        lower.pages.end = page;
        self.0.insert(upper)
    }

    /// Notes that two mappings, one of which continues the other, are one from now on: the lower.
    pub(crate) fn merge(&mut self, lower: Slot, upper: Slot) {
        self.0[lower].pages.end = self.0.remove(upper).pages.end;
    }

    /// Takes the entries for `pages` out of every page table that shows them.
    pub(super) fn hide(&self, pages: PageRange) {
        self.each_showing(pages, |record, shown| record.translation.edit().unmap(shown));
    }

    /// Shows `store_page` at the virtual page `page` of the mapping that `view` is of, with `entry` in place of what was seen before, and
    /// nowhere else: no processor sees the one while another sees the other.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): no frame for a table; nothing has changed.
    #[inline]
    pub(super) fn show_alone(
        &self,
        view: &View<'_>,
        page: u64,
        store_page: u64,
        entry: Entry,
    ) -> Result<()> {
        let mut editor = view.translation.edit();
        let place = editor.reserve(page)?;
        if !self.0.has_one() {
            // One address space's tables are locked at a time.
            drop(editor);
            self.hide_elsewhere(store_page, view);
            editor = view.translation.edit();
        }
        editor.replace(place, entry);
        Ok(())
    }

    /// Takes the entry for `page` out of every page table that shows it, but in the mapping of `view`.
    fn hide_elsewhere(&self, page: u64, view: &View<'_>) {
        self.each_showing(PageRange::new(page, 1), |record, shown| {
            if !record.is_of(view) {
                record.translation.edit().unmap(shown);
            }
        });
    }

    /// Makes the entries for `pages` read-only in every page table that shows them.
    pub(super) fn write_protect(&self, pages: PageRange) {
        self.each_showing(pages, |record, shown| record.translation.edit().write_protect(shown));
    }

    fn each_showing(&self, pages: PageRange, change: impl Fn(&MappingRecord, PageRange)) {
        for record in self.0.iter() {
            let shown = record.shown(pages);
            if !shown.is_empty() {
                change(record, shown);
            }
        }
    }
}
