//! Putting an object's pages into page tables.

use core::ops::ControlFlow;

use super::node::Run;
use super::pages::Place;
use super::store::{StoreKind, copy_or_clear};
use super::{StoreState, Vmo};
use crate::attr::{Access, Attr};
use crate::memory::BLOCK_FRAMES;
use crate::table::{ENTRIES, Editor, Entry, Translation};
use crate::units::{Frame, PageRange};
use crate::{CachePolicy, Result, Status};

/// Neighbours of a faulting page that are mapped with it, if they have frames: the aligned group.
const FAULT_AROUND: u64 = 16;

/// A mapping, as far as showing pages in it is concerned.
pub(crate) struct View<'a> {
    pub(crate) translation: &'a Translation,
    /// Its virtual pages.
    pub(crate) pages: PageRange,
    /// The store's page that is seen at its start.
    pub(crate) store_page: u64,
    /// What the mapping allows.
    pub(crate) attr: Attr,
    /// It faults past the stream size, not only past the object's end.
    pub(crate) stream_only: bool,
}

impl View<'_> {
    /// Returns what the entries of pages that are cached as `cache` says have in common.
    #[inline]
    fn pattern(&self, cache: CachePolicy) -> Entry {
        Entry::pattern(Attr { cache, ..self.attr })
    }

    fn to_virtual(&self, store_page: u64) -> u64 {
        store_page - self.store_page + self.pages.start
    }

    /// Returns the store's pages that the virtual pages `pages` show.
    fn to_store(&self, pages: PageRange) -> PageRange {
        pages.moved(self.pages.start, self.store_page)
    }
}

impl Vmo {
    /// Makes the virtual page `page` of a mapping usable for `access`, which the mapping allows:
    /// with the page's frame, one of its own for a store, or the zero page for a load.
    ///
    /// # Errors
    /// 1. [`Status::OUT_OF_RANGE`]: the object has no such page.
    /// 2. [`Status::NOT_FOUND`]: its pages were discarded, and it has not been locked since.
    /// 3. [`Status::SHOULD_WAIT`]: the page is missing.
    /// 4. [`Status::NO_MEMORY`]: no frame for the page or a table; nothing has changed.
    ///
    /// # Source
    /// `faults.md` §1, 3 to 6. Next hop: `Editor::install`.
    pub(crate) fn show(&self, view: &View<'_>, page: u64, access: Access) -> Result<()> {
        let mut state = self.lock();
        let touchable = self.touchable(&state, view.stream_only);
        let store_page = page - view.pages.start + view.store_page;
        if !touchable.contains(store_page) {
            return Err(Status::OUT_OF_RANGE);
        }
        state.check_kept()?;
        if let StoreKind::Physical { first } = self.store.kind {
            let entry = view.pattern(state.cache).with_frame(first.plus(store_page));
            return view.translation.edit().install(page, entry);
        }
        if access == Access::Write {
            state.check_provided(store_page)?;
            return state.show_own(view, page, store_page, touchable);
        }
        if state.pages.get(store_page).is_some() {
            return state.show_group(view, page, store_page, touchable);
        }
        state.check_provided(store_page)?;
        let zeros =
            view.pattern(state.cache).read_only().with_frame(self.store.memory.zero_frame());
        view.translation.edit().install(page, zeros)
    }

    /// Shows the pages of a mapping that have frames. Gives frames to none.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no frame for a table; some pages may be shown.
    pub(crate) fn show_present(&self, view: &View<'_>) -> Result<()> {
        self.show_some(view, u64::MAX).map(drop)
    }

    /// Begins to do what [`Vmo::show_present`] does, and leaves off once `most` pages are done, not 0; returns
    /// the first virtual page that is left.
    ///
    /// # Errors
    /// Those of [`Vmo::show_present`].
    pub(crate) fn show_some(&self, view: &View<'_>, most: u64) -> Result<u64> {
        if view.attr.perms.is_empty() {
            return Ok(view.pages.end);
        }
        let state = self.lock();
        let touchable = self.touchable(&state, view.stream_only);
        let pages = view.to_store(view.pages).intersect(touchable);
        let next = match self.store.kind {
            StoreKind::Physical { first } => {
                let some = pages.first(most);
                let pattern = view.pattern(state.cache);
                let mut editor = view.translation.edit();
                (some.start..some.end).try_for_each(|page| {
                    editor.install(view.to_virtual(page), pattern.with_frame(first.plus(page)))
                })?;
                some.end
            }
            StoreKind::Paged | StoreKind::Contiguous => state.show_range(view, pages, most)?,
        };
        // Behind the last page that can be touched there is nothing to show.
        Ok(if next == pages.end { view.pages.end } else { view.to_virtual(next) })
    }
}

impl StoreState {
    /// Shows the virtual page `page`, which shows `store_page`, which has a frame, and with it neighbours in the same leaf that have.
    #[inline(never)]
    fn show_group(
        &self,
        view: &View<'_>,
        page: u64,
        store_page: u64,
        touchable: PageRange,
    ) -> Result<()> {
        // Aligned in the virtual address, so that the group is in one table.
        let group = PageRange::new(page & !(FAULT_AROUND - 1), FAULT_AROUND).intersect(view.pages);
        let group = view.to_store(group).intersect(touchable);
        let Some((first, run)) = self.pages.run_around(store_page, group) else {
            return Ok(());
        };
        let pattern = view.pattern(self.cache);
        self.show_leaf(view.to_virtual(first), run, pattern, &mut view.translation.edit())
    }

    /// Shows the pages of `range` that have frames, until `most` pages are done; returns the first page that
    /// is left.
    fn show_range(&self, view: &View<'_>, range: PageRange, most: u64) -> Result<u64> {
        let pattern = view.pattern(self.cache);
        let mut editor = view.translation.edit();
        let (mut rest, mut left) = (range, most);
        while left > 0
            && let Some(next) = self.pages.find(rest, |_| true)
        {
            // Up to where the next large page could begin.
            let first = view.to_virtual(next);
            let part = PageRange::new(next, BLOCK_FRAMES - first % BLOCK_FRAMES).intersect(range);
            match self.block_for(view, part) {
                Some(block) => {
                    editor.install_large(first, pattern.large_pattern().with_frame(block))?;
                }
                None => self.show_small(view, part, pattern, &mut editor)?,
            }
            rest.start = part.end;
            left = left.saturating_sub(part.count());
        }
        Ok(if left > 0 { range.end } else { rest.start })
    }

    /// Returns the first frame of the block that `part` can be shown with as one large page, if it can.
    fn block_for(&self, view: &View<'_>, part: PageRange) -> Option<Frame> {
        let is_fit =
            part.count() == BLOCK_FRAMES && view.attr.user && self.cache == CachePolicy::Cached;
        if is_fit { self.pages.block_at(part.start) } else { None }
    }

    /// Shows the frames of `range`, each with an entry of its own.
    fn show_small(
        &self,
        view: &View<'_>,
        range: PageRange,
        pattern: Entry,
        editor: &mut Editor<'_>,
    ) -> Result<()> {
        let mut shown = Ok(());
        self.pages.each_run(range, |store_page, run| {
            shown = self.show_leaf(view.to_virtual(store_page), run, pattern, editor);
            if shown.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        shown
    }

    /// Shows the frames of `run`, from the virtual page `first` on.
    #[inline]
    fn show_leaf(
        &self,
        first: u64,
        run: Run<'_>,
        pattern: Entry,
        editor: &mut Editor<'_>,
    ) -> Result<()> {
        let read_only = pattern.read_only();
        // Only a writable entry has to ask of each frame whether anybody else sees it.
        if run.shared || pattern == read_only {
            return show_run(editor, first, run, |frame| read_only.with_frame(frame));
        }
        let records = self.pages.memory().records();
        show_run(editor, first, run, |frame| {
            let is_shared = records.of(frame).count() > 1;
            (if is_shared { read_only } else { pattern }).with_frame(frame)
        })
    }

    /// Makes the page's frame the object's own and shows it. If that is a new frame, it takes the place of what was seen before: no
    /// processor sees the one while another sees the other.
    #[inline(never)]
    fn show_own(
        &mut self,
        view: &View<'_>,
        page: u64,
        store_page: u64,
        touchable: PageRange,
    ) -> Result<()> {
        let memory = self.pages.memory();
        let vacancy = match self.pages.place(store_page) {
            // Whoever shared it is gone.
            Ok(Place::Own(_)) => {
                return self.show_group(view, page, store_page, touchable);
            }
            Ok(Place::Open(vacancy)) => vacancy,
            Err(status) => {
                self.pages.leave(store_page);
                return Err(status);
            }
        };
        let shown = copy_or_clear(memory, vacancy.old, self.cache).and_then(|frame| {
            let entry = view.pattern(self.cache).with_frame(frame);
            let shown = self.mappings.show_alone(view, page, store_page, entry);
            shown.inspect_err(|_| memory.free(frame)).map(|()| frame)
        });
        match shown {
            Ok(frame) => vacancy.fill(frame),
            Err(_) => self.pages.leave(store_page),
        }
        shown.map(drop)
    }
}

/// Shows the frames of `run`, from the virtual page `first` on, with the entries that `entry_for` makes.
fn show_run(
    editor: &mut Editor<'_>,
    first: u64,
    run: Run<'_>,
    entry_for: impl Fn(Frame) -> Entry + Copy,
) -> Result<()> {
    let mut first = first;
    let mut rest = run.frames;
    while let Some(skipped) = rest.iter().position(Option::is_some) {
        // What is left of the lowest table that the first frame is shown in.
        first += skipped as u64;
        let in_table = (ENTRIES - first % ENTRIES) as usize;
        let (now, later) = rest[skipped..].split_at(in_table.min(rest.len() - skipped));
        editor.install_run(first, now, |frame| entry_for(frame.frame()))?;
        first += now.len() as u64;
        rest = later;
    }
    Ok(())
}
