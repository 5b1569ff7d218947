//! Pages of objects whose content somebody else provides, and of copies of such objects.

use core::ops::ControlFlow;

use super::super::pages::Place;
use super::super::{StoreGuard, StoreState, Vmo};
use super::{FAULT_AROUND, View};
use crate::attr::Access;
use crate::units::PageRange;
use crate::{Result, Status};

impl Vmo {
    /// Does what [`Vmo::show`] does, for an object that is not [`plain`](StoreGuard::plain).
    ///
    /// # Errors
    /// Those of [`Vmo::show`].
    #[cold]
    #[inline(never)]
    pub(super) fn show_provided(
        &self,
        mut guard: StoreGuard<'_>,
        view: &View<'_>,
        page: u64,
        access: Access,
    ) -> Result<()> {
        let touchable = self.touchable(&guard, view.stream_only);
        let store_page = page - view.pages.start + view.store_page;
        if !touchable.contains(store_page) {
            return Err(Status::OUT_OF_RANGE);
        }
        let pattern = view.pattern.cached_as(guard.cache);
        let group = view.to_store(view.group_of(page)).intersect(touchable);
        if access == Access::Write {
            let behind = guard.open(store_page)?;
            let state: &mut StoreState = &mut guard;
            match state.pages.place(store_page) {
                // Whoever shared it is gone.
                Ok(Place::Own(leaf)) => {
                    let frame = leaf.frame;
                    state.soil(frame);
                    return state.show_held(view, group, FAULT_AROUND).map(drop);
                }
                Ok(Place::Open(vacancy)) => {
                    let (vacancy, entry) = (vacancy.over(behind), (pattern, state.cache));
                    let shown = vacancy.show(&state.mappings, view, (page, store_page), entry);
                    shown.inspect_err(|_| state.pages.leave(store_page))?;
                }
                Err(status) => {
                    state.pages.leave(store_page);
                    return Err(status);
                }
            }
            if let Some(dirt) = state.dirt_mut() {
                dirt.is_modified = true;
            }
            return Ok(());
        }
        if guard.pages.get(store_page).is_some() {
            return guard.show_held(view, group, FAULT_AROUND).map(drop);
        }
        let read_only = pattern.read_only();
        let Some(frame) = guard.frame_behind(store_page)? else {
            let zeros = read_only.with_frame(self.store.memory.zero_frame());
            return view.translation.edit().install(page, zeros);
        };
        view.translation.edit().install(page, read_only.with_frame(frame))?;
        // And neighbours that are there.
        guard.show_held(view, group, FAULT_AROUND)?;
        guard.show_range_behind(view, group, FAULT_AROUND).map(drop)
    }
}

impl StoreState {
    /// Does what [`StoreState::show_range`] does, for any store: what may not be written unnoticed is shown read-only.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no frame for a table; some pages may be shown.
    pub(super) fn show_held(&self, view: &View<'_>, range: PageRange, most: u64) -> Result<u64> {
        if self.dirt().is_none() {
            return self.show_range(view, range, most);
        }
        let pattern = view.pattern.cached_as(self.cache);
        let mut editor = view.translation.edit();
        let (mut shown, mut next, mut left) = (Ok(()), range.end, most);
        self.pages.each_until(range, |page, held| {
            if left == 0 {
                next = page;
                return ControlFlow::Break(());
            }
            left -= 1;
            let entry = if self.is_open(held.frame) { pattern } else { pattern.read_only() };
            shown = editor.install(view.to_virtual(page), entry.with_frame(held.frame));
            if shown.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        shown.map(|()| next)
    }
}

impl StoreGuard<'_> {
    /// Shows those of `range` whose frames are another store's, `most` at the most; returns the first page that
    /// is left.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no frame for a table; some pages may be shown.
    pub(super) fn show_range_behind(
        &self,
        view: &View<'_>,
        range: PageRange,
        most: u64,
    ) -> Result<u64> {
        if range.start >= self.backing().pages {
            return Ok(range.end);
        }
        let pattern = view.pattern.cached_as(self.cache).read_only();
        let mut editor = view.translation.edit();
        let (line, position) = self.line();
        let mut rest = range;
        for _ in 0..most {
            let Some((page, frame)) = line.next_seen(position, rest) else {
                return Ok(range.end);
            };
            editor.install(view.to_virtual(page), pattern.with_frame(frame))?;
            rest.start = page + 1;
        }
        Ok(rest.start)
    }
}
