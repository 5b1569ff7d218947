//! Stores that nobody shows any more.
//!
//! One that others see stays for them. When it is left with one viewer, that one takes over what it sees
//! of it: so a chain of viewers is no longer than there are objects, whatever was made and dropped.

use super::{Line, Position};
use crate::Result;
use crate::slab::Slot;
use crate::units::PageRange;
use crate::vmo::PageTree;
use crate::vmo::store::StoreState;

impl Line {
    /// Notes that no object shows the viewer `slot` any more.
    pub(in crate::vmo) fn leave(&mut self, slot: Slot) {
        self.viewers[slot].is_gone = true;
        let mut position = Position::Viewer(slot);
        while let Position::Viewer(slot) = position
            && self.viewers[slot].is_gone
        {
            position = self.viewers[slot].parent;
            match self.viewers[slot].eldest {
                None => self.remove(slot),
                Some(only) if self.viewers[only].after.is_none() => {
                    // Without memory it stays in between: slower, and nothing worse.
                    let _merged = self.merge(slot, only);
                }
                Some(_) => {}
            }
        }
    }

    /// Takes out the viewer `slot`, which has none itself.
    pub(in crate::vmo) fn remove(&mut self, slot: Slot) {
        let viewer = self.viewers.remove(slot);
        match viewer.before {
            Some(before) => self.viewers[before].after = viewer.after,
            None => *self.eldest_mut(viewer.parent) = viewer.after,
        }
        if let Some(after) = viewer.after {
            self.viewers[after].before = viewer.before;
        }
    }

    /// Lets `heir`, the only viewer of `gone`, take its place with all that it sees of it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    fn merge(&mut self, gone: Slot, heir: Slot) -> Result<()> {
        let state = &mut self.viewers[gone].state;
        let nothing = StoreState::new(0, PageTree::new(state.pages.memory()), state.cache);
        let mut theirs = core::mem::replace(state, nothing);
        let merged = self.viewers[heir].state.take_over(&mut theirs);
        if merged.is_err() {
            self.viewers[gone].state = theirs;
            return merged;
        }
        let viewer = self.viewers.remove(gone);
        match viewer.before {
            Some(before) => self.viewers[before].after = Some(heir),
            None => *self.eldest_mut(viewer.parent) = Some(heir),
        }
        if let Some(after) = viewer.after {
            self.viewers[after].before = Some(heir);
        }
        let heir = &mut self.viewers[heir];
        (heir.parent, heir.before, heir.after) = (viewer.parent, viewer.before, viewer.after);
        Ok(())
    }
}

impl StoreState {
    /// Makes what this store sees of `other`, the one behind it, its own. Nobody shares a node of this one, as a
    /// snapshot of a viewer of a viewer cannot be made. A store that has viewers has no snapshots; but the last relative of
    /// `other` may be going on another processor: it leaves its family first, and gives its nodes up when it gets this lock.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    fn take_over(&mut self, other: &mut StoreState) -> Result<()> {
        let mine = PageRange::new(0, self.backing().pages);
        let seen = other.pages.pages_of(self.pages.keys_of(mine));
        self.promise_zeros(mine, other.backing().zeros.within(seen).count())?;
        let zeros = self.backing.iter().flat_map(|backing| backing.zeros.within(mine));
        let hidden = zeros.map(|zeros| zeros.moved(0, seen.start));
        let unseen = other.pages.all_but(seen).into_iter().chain(hidden);
        unseen.clone().try_for_each(|pages| other.pages.prepare_cut(pages))?;
        self.pages.level(&mut other.pages)?;

        unseen.for_each(|pages| other.pages.free(pages));
        let nothing = PageTree::new(self.pages.memory());
        self.pages.graft(core::mem::replace(&mut other.pages, nothing));
        if let Some(backing) = &mut self.backing {
            backing.zeros.add_all(other.backing().zeros.within(seen));
        }
        self.limit(other.backing().pages.saturating_sub(seen.start));
        Ok(())
    }
}
