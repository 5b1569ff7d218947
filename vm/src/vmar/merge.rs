//! Joining mappings: two neighbours that show one stretch of an object alike become one.
//!
//! Nothing but the number of mappings changes by it: entries in page tables, permissions and faults
//! are those of before. Only what is right beside a mapping is looked at, wherever something has
//! changed; and where a mapping is new, only if something has been right beside it.

use super::change::Change;
use super::{Mapped, Vmar};
use crate::region::{Position, Sibling, Standing};
use crate::slab::Slot;
use crate::units::PageRange;

impl Vmar {
    /// Keeps what [`Vmar::map`] has made, where [`Vmar::discard`] would take it away: from now on it
    /// may be joined with the mappings beside it, and is at once if they continue each other.
    ///
    /// # Source
    /// `vmar.md` §15.
    pub fn keep(&self, mapped: Mapped) {
        let mut change = self.aspace.change();
        let Ok(slot) = change.regions.find(mapped.id) else {
            return;
        };
        let Some(mapping) = change.regions.mapping_mut(slot) else {
            return;
        };
        let before = core::mem::replace(&mut mapping.standing, Standing::Kept);
        if before == Standing::Beside {
            change.merge(slot);
        }
    }
}

impl Change<'_> {
    /// Returns how a new mapping of `pages`, which belong at `position`, stands there, and notes for
    /// those beside it that they may have to be joined with it later.
    #[inline(always)]
    pub(super) fn stand(&mut self, position: &Position, pages: PageRange) -> Standing {
        if !self.regions.is_beside(position, pages) {
            return Standing::Alone;
        }
        self.stand_beside(position, pages);
        Standing::Beside
    }

    #[cold]
    fn stand_beside(&mut self, position: &Position, pages: PageRange) {
        let before = self.regions.before(position).filter(|before| before.pages.end == pages.start);
        let next = self.regions.at(position).filter(|next| next.pages.start == pages.end);
        for neighbour in [before, next].into_iter().flatten() {
            if let Some(mapping) = self.regions.mapping_mut(neighbour.slot)
                && mapping.standing == Standing::Alone
            {
                mapping.standing = Standing::Beside;
            }
        }
    }

    /// Joins a mapping with those beside it, as far as they continue each other.
    pub(super) fn merge(&mut self, slot: Slot) {
        let mut position = Position::new();
        if let Some(sibling) = self.regions.locate(slot, &mut position) {
            self.merge_at(&mut position, sibling);
        }
    }

    /// Joins the mapping at `position`, which is nobody's then, with those beside it, as far as they continue each other.
    #[inline]
    pub(super) fn merge_at(&mut self, position: &mut Position, sibling: Sibling) {
        let (before, behind) = (self.regions.before(position), self.regions.behind(position));
        if before.is_some_and(|before| before.pages.end == sibling.pages.start)
            || behind.is_some_and(|behind| behind.pages.start == sibling.pages.end)
        {
            self.merge_beside(position, sibling);
        }
    }

    /// Joins the mapping at `position` with those right beside it, of which there is one at least, as far as they continue each other.
    #[inline(never)]
    fn merge_beside(&mut self, position: &mut Position, sibling: Sibling) {
        let Sibling { pages, slot, .. } = sibling;
        let lower = self.regions.before(position).filter(|lower| lower.pages.end == pages.start);
        let upper = self.regions.behind(position).filter(|upper| upper.pages.start == pages.end);
        let stays = upper.is_none_or(|upper| self.merge_two(position, slot, upper.slot));
        let Some(lower) = lower else { return };
        if !stays || !position.step_back() {
            self.regions.locate(lower.slot, position);
        }
        self.merge_two(position, lower.slot, slot);
    }

    /// Joins two siblings right beside each other, if the lower, which is at `position`, is continued by the upper. The lower one stays;
    /// says whether the position is its still.
    fn merge_two(&mut self, position: &Position, lower: Slot, upper: Slot) -> bool {
        let (below, above) = (self.regions.get(lower), self.regions.get(upper));
        if !below.is_continued_by(above) {
            return true;
        }
        // What the object knows is right at every moment that it is not locked.
        let mut in_tables = false;
        if let (Some(below), Some(above)) = (below.as_mapping(), above.as_mapping()) {
            below.vmo.lock().mappings.merge(below.record, above.record);
            in_tables = above.in_tables;
        }
        let stays = self.regions.join(position, lower, upper);
        if let Some(mapping) = self.regions.mapping_mut(lower) {
            mapping.in_tables |= in_tables;
        }
        stays
    }
}
