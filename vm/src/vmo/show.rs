//! Putting an object's pages into page tables.

use core::ops::ControlFlow;

mod provided;

use super::node::Run;
use super::pages::{Leaf, Place, Vacancy};
use super::store::{StoreKind, copy_or_clear};
use super::{Mappings, StoreState, Vmo};
use crate::attr::Access;
use crate::memory::{BLOCK_FRAMES, Memory};
use crate::table::{Editor, Entry, Translation};
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
    /// What its entries have in common, if the pages are cached; nothing, if it allows nothing.
    pub(crate) pattern: Entry,
    /// It faults past the stream size, not only past the object's end.
    pub(crate) stream_only: bool,
}

impl View<'_> {
    fn to_virtual(&self, store_page: u64) -> u64 {
        store_page - self.store_page + self.pages.start
    }

    /// Returns the store's pages that the virtual pages `pages` show.
    fn to_store(&self, pages: PageRange) -> PageRange {
        pages.moved(self.pages.start, self.store_page)
    }

    /// Returns the virtual pages that are shown with `page`: aligned, so that they are in one table.
    #[inline]
    fn group_of(&self, page: u64) -> PageRange {
        PageRange::new(page & !(FAULT_AROUND - 1), FAULT_AROUND).intersect(self.pages)
    }

    /// Shows the virtual page `page`, whose frame is in `leaf`, and with it its group, as far as that has frames in the same leaf. A page
    /// without a neighbour is shown alone: where one is missing right beside it, others are not to be expected.
    #[inline(always)]
    fn show_group(
        &self,
        page: u64,
        leaf: Leaf<'_>,
        touchable: PageRange,
        pattern: Entry,
    ) -> Result<()> {
        if !leaf.has_neighbour() {
            let entry = if leaf.is_shared() { pattern.read_only() } else { pattern };
            return self.translation.edit().install(page, entry.with_frame(leaf.frame));
        }
        let (first, run) = leaf.part(self.to_store(self.group_of(page)).intersect(touchable));
        show_run(&mut self.translation.edit(), leaf.memory, self.to_virtual(first), run, pattern)
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
        let mut line = self.store.lock_line();
        let Some(state) = line.plain() else {
            return self.show_provided(self.store.guard(line), view, page, access);
        };
        let touchable = self.touchable(state, view.stream_only);
        let store_page = page - view.pages.start + view.store_page;
        if !touchable.contains(store_page) {
            return Err(Status::OUT_OF_RANGE);
        }
        state.check_kept()?;
        let (memory, pattern) = (self.store.memory, view.pattern.cached_as(state.cache));
        if let StoreKind::Physical { first } = self.store.kind {
            let entry = pattern.with_frame(first.plus(store_page));
            return view.translation.edit().install(page, entry);
        }
        let leaf = if access == Access::Write {
            match state.pages.place(store_page) {
                // Whoever shared it is gone.
                Ok(Place::Own(leaf)) => leaf,
                Ok(Place::Open(vacancy)) => {
                    let entry = (pattern, state.cache);
                    let shown = vacancy.show(&state.mappings, view, (page, store_page), entry);
                    return shown.inspect_err(|_| state.pages.leave(store_page));
                }
                Err(status) => {
                    state.pages.leave(store_page);
                    return Err(status);
                }
            }
        } else if let Some(leaf) = state.pages.leaf_at(store_page) {
            leaf
        } else {
            let zeros = pattern.read_only().with_frame(memory.zero_frame());
            return view.translation.edit().install(page, zeros);
        };
        view.show_group(page, leaf, touchable, pattern)
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
        if view.pattern == Entry::ABSENT {
            return Ok(view.pages.end);
        }
        let state = self.lock();
        let touchable = self.touchable(&state, view.stream_only);
        let pages = view.to_store(view.pages).intersect(touchable);
        let next = match self.store.kind {
            StoreKind::Physical { first } => {
                let some = pages.first(most);
                let pattern = view.pattern.cached_as(state.cache);
                let mut editor = view.translation.edit();
                (some.start..some.end).try_for_each(|page| {
                    editor.install(view.to_virtual(page), pattern.with_frame(first.plus(page)))
                })?;
                some.end
            }
            StoreKind::Paged | StoreKind::Contiguous => {
                let next = state.show_held(view, pages, most)?;
                state.show_range_behind(view, PageRange { start: pages.start, end: next }, most)?
            }
        };
        // Behind the last page that can be touched there is nothing to show.
        Ok(if next == pages.end { view.pages.end } else { view.to_virtual(next) })
    }
}

impl Vmo {
    /// Begins to do what [`Vmo::commit`] does for the `len` bytes from `offset`: with the first pages, which `view` shows and which are no
    /// more than a large page. Shows them, too; returns the first virtual page that is left.
    ///
    /// # Errors
    /// 1. Those of [`Vmo::commit`], of the whole range.
    /// 2. Those of [`Vmo::show_present`].
    pub(crate) fn commit_shown(&self, view: &View<'_>, offset: u64, len: u64) -> Result<u64> {
        let (mut guard, pages) = self.begin_commit(offset, len)?;
        let some = pages.first(view.pages.count());
        let Some(state) = guard.plain() else {
            guard.commit(some)?;
            drop(guard);
            return self.show_some(view, u64::MAX);
        };
        let touchable = self.touchable(state, view.stream_only);
        let block = state.commit_block(some);
        if let Some(block) = block.filter(|_| state.fits_large(view, some.intersect(touchable))) {
            let pattern = view.pattern.cached_as(state.cache).large_pattern();
            view.translation.edit().install_large(view.pages.start, pattern.with_frame(block))?;
            return Ok(view.pages.end);
        }
        if block.is_none() {
            state.commit(some)?;
        }
        drop(guard);
        self.show_some(view, u64::MAX)
    }
}

impl StoreState {
    /// Shows the pages of `range` that have frames, until `most` pages are done; returns the first page that
    /// is left.
    fn show_range(&self, view: &View<'_>, range: PageRange, most: u64) -> Result<u64> {
        let pattern = view.pattern.cached_as(self.cache);
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
        if self.fits_large(view, part) { self.pages.block_at(part.start) } else { None }
    }

    /// Says whether `part` can be shown as one large page, if it has the frames for that.
    fn fits_large(&self, view: &View<'_>, part: PageRange) -> bool {
        part.count() == BLOCK_FRAMES
            && view.to_virtual(part.start).is_multiple_of(BLOCK_FRAMES)
            && view.pattern.is_user()
            && self.cache == CachePolicy::Cached
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
        let memory = self.pages.memory();
        self.pages.each_run(range, |store_page, run| {
            let present = run.frames.iter().position(Option::is_some);
            let Some(skipped) = present else { return ControlFlow::Continue(()) };
            let run = Run { frames: &run.frames[skipped..], ..run };
            let first = view.to_virtual(store_page) + skipped as u64;
            shown = show_run(editor, memory, first, run, pattern);
            if shown.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        shown
    }
}

impl Vacancy<'_> {
    /// Makes a frame of the object's own, shows it at the virtual page `page` and fills the vacancy with it. It takes the place of what was
    /// seen before: no processor sees the one while another sees the other.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no frame for the page or a table; nothing has changed.
    #[inline(never)]
    fn show(
        self,
        mappings: &Mappings,
        view: &View<'_>,
        (page, store_page): (u64, u64),
        (pattern, cache): (Entry, CachePolicy),
    ) -> Result<()> {
        let frame = copy_or_clear(self.memory, self.old, cache)?;
        let entry = pattern.with_frame(frame);
        let shown = mappings.show_alone(view, page, store_page, entry);
        shown.inspect_err(|_| self.memory.free(frame))?;
        self.fill(frame);
        Ok(())
    }
}

/// Shows the frames of `run`, all in one lowest table, from the virtual page `first` on.
///
/// # Errors
/// [`Status::NO_MEMORY`]: no frame for a table; nothing has changed.
#[inline]
fn show_run(
    editor: &mut Editor<'_>,
    memory: &'static Memory,
    first: u64,
    run: Run<'_>,
    pattern: Entry,
) -> Result<()> {
    let read_only = pattern.read_only();
    // Only a writable entry has to ask of each frame whether anybody else sees it.
    if run.shared || pattern == read_only {
        return editor.install_run(first, run.frames, |held| read_only.with_frame(held.frame()));
    }
    let records = memory.records();
    editor.install_run(first, run.frames, |held| {
        let is_shared = records.of(held.frame()).count() > 1;
        (if is_shared { read_only } else { pattern }).with_frame(held.frame())
    })
}
