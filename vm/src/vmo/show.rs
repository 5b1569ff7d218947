//! Putting an object's pages into page tables.

use super::{Vmo, VmoKind, VmoState};
use crate::attr::{Access, Attr};
use crate::table::{Editor, Entry, Translation};
use crate::units::PageRange;
use crate::{Result, Status};

/// Neighbours of a faulting page that are mapped with it, if they have frames: the aligned group.
const FAULT_AROUND: u64 = 16;

/// A mapping, as far as showing pages in it is concerned.
pub(crate) struct View<'a> {
    pub(crate) translation: &'a Translation,
    /// Its virtual pages.
    pub(crate) pages: PageRange,
    /// The object's page that is seen at its start.
    pub(crate) vmo_page: u64,
    /// What the mapping allows.
    pub(crate) attr: Attr,
}

impl View<'_> {
    fn to_virtual(&self, pages: PageRange) -> PageRange {
        pages.moved(self.vmo_page, self.pages.start)
    }

    /// Returns the object's pages that the mapping covers.
    fn covered(&self) -> PageRange {
        self.pages.moved(self.pages.start, self.vmo_page)
    }
}

impl Vmo {
    /// Makes the virtual page `page` of a mapping usable for `access`, which the mapping allows:
    /// with the page's frame, a new one for a store, or the zero page for a load.
    ///
    /// # Errors
    /// 1. [`Status::OUT_OF_RANGE`]: the object has no such page.
    /// 2. [`Status::NO_MEMORY`]: no frame for the page or a table; nothing has changed.
    ///
    /// # Source
    /// `faults.md` §1, 3 to 6. Next hop: [`Editor::install`].
    pub(crate) fn show(&self, view: &View<'_>, page: u64, access: Access) -> Result<()> {
        let mut state = self.lock();
        let vmo_page = page - view.pages.start + view.vmo_page;
        if vmo_page >= state.size {
            return Err(Status::OUT_OF_RANGE);
        }
        if let VmoKind::Physical { first, cache } = self.kind {
            let attr = Attr { cache, ..view.attr };
            return view
                .translation
                .edit()
                .install(page, Entry::page(first.plus(vmo_page), attr));
        }
        if state.pages.get(vmo_page).is_some() {
            return state.show_group(view, vmo_page);
        }
        if access == Access::Write {
            return state.show_new(view, page, vmo_page);
        }
        let entry = Entry::page(self.memory.zero_frame(), view.attr.read_only());
        view.translation.edit().install(page, entry)
    }

    /// Shows the pages of a mapping's `pages` that have frames. Gives frames to none.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no frame for a table; some pages may be shown.
    pub(crate) fn show_present(&self, view: &View<'_>) -> Result<()> {
        if view.attr.perms.is_empty() {
            return Ok(());
        }
        let state = self.lock();
        let covered = view.covered().intersect(PageRange {
            start: 0,
            end: state.size,
        });
        match self.kind {
            VmoKind::Paged => state.show_range(view, covered),
            VmoKind::Physical { first, cache } => {
                let attr = Attr { cache, ..view.attr };
                let mut editor = view.translation.edit();
                let pages = view.to_virtual(covered);
                (pages.start..pages.end)
                    .zip(covered.start..)
                    .try_for_each(|(page, vmo_page)| {
                        editor.install(page, Entry::page(first.plus(vmo_page), attr))
                    })
            }
        }
    }
}

impl VmoState {
    /// Shows the page, which has a frame, and neighbours that have.
    fn show_group(&self, view: &View<'_>, vmo_page: u64) -> Result<()> {
        let page = vmo_page - view.vmo_page + view.pages.start;
        // Aligned in the virtual address, so that the group is in one table.
        let group = PageRange::new(page & !(FAULT_AROUND - 1), FAULT_AROUND);
        let group = group
            .intersect(view.pages)
            .moved(view.pages.start, view.vmo_page);
        self.show_range(
            view,
            group.intersect(PageRange {
                start: 0,
                end: self.size,
            }),
        )
    }

    fn show_range(&self, view: &View<'_>, range: PageRange) -> Result<()> {
        let mut editor = view.translation.edit();
        let mut shown = Ok(());
        self.pages.each(range, |vmo_page, frame| {
            let page = vmo_page - view.vmo_page + view.pages.start;
            if shown.is_ok() {
                shown = editor.install(page, Entry::page(frame, view.attr));
            }
        });
        shown
    }

    /// Gives the page a frame and shows it. The entry is made before the frame becomes the
    /// object's, so that there is nothing to undo when memory for a table is out.
    fn show_new(&mut self, view: &View<'_>, page: u64, vmo_page: u64) -> Result<()> {
        let translation = view.translation;
        self.pages.insert_with(vmo_page, |memory| {
            let frame = memory.allocate_zeroed()?;
            let mut editor: Editor<'_> = translation.edit();
            match editor.install(page, Entry::page(frame, view.attr)) {
                Ok(()) => Ok(frame),
                Err(error) => {
                    memory.free(frame);
                    Err(error)
                }
            }
        })?;
        self.hide_elsewhere(view, vmo_page);
        Ok(())
    }

    /// Takes the zero page out of every other page table that shows it for `vmo_page`.
    fn hide_elsewhere(&self, view: &View<'_>, vmo_page: u64) {
        for record in self.mappings.iter() {
            let is_this = record.pages.start == view.pages.start
                && core::ptr::eq(&raw const *record.translation, view.translation);
            let shown = record.shown(PageRange::new(vmo_page, 1));
            if !is_this && !shown.is_empty() {
                record.translation.edit().unmap(shown);
            }
        }
    }
}
