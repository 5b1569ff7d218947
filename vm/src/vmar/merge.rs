//! Joining mappings: two neighbours that show one stretch of an object alike become one.
//!
//! Nothing but the number of mappings changes by it: entries in page tables, permissions and faults
//! are those of before. Only two neighbours are looked at wherever something has changed, so it costs
//! as little as finding them.

use super::change::Change;
use super::{Mapped, Vmar};
use crate::slab::Slot;

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
        if let Some(mapping) = change.regions.mapping_mut(slot) {
            mapping.is_kept = true;
        }
        if let Some(above) = change.regions.next_sibling(slot) {
            change.merge_below(above);
        }
        change.merge_below(slot);
    }
}

impl Change<'_> {
    /// Joins a mapping with the one below it, if that is continued by it. The lower one stays.
    pub(super) fn merge_below(&mut self, slot: Slot) {
        let region = self.regions.get(slot);
        let below = region.parent.zip(region.pages.start.checked_sub(1));
        let Some(below) = below.and_then(|(parent, page)| self.regions.child_from(parent, page))
        else {
            return;
        };
        let lower = self.regions.get(below);
        if !lower.is_continued_by(region) {
            return;
        }
        self.join(below, slot);
    }
}
