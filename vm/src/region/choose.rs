//! Finding the place for a new region.

use abi::VmOptions;

use super::{Gaps, Position, Regions, Spot, place};
use crate::slab::Slot;
use crate::units::PageRange;
use crate::{Result, Status};

impl Regions {
    /// Returns where in `vmar` a new region goes, and moves `position` to where that belongs.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: the place is taken, or there is no room.
    #[inline(always)]
    pub(crate) fn choose(
        &mut self,
        vmar: Slot,
        spot: Spot,
        position: &mut Position,
    ) -> Result<PageRange> {
        if spot.is_given {
            let next = self.seek(vmar, spot.window.start, position);
            let is_free = next.is_none_or(|next| next.pages.start >= spot.window.end);
            return if is_free { Ok(spot.window) } else { Err(Status::NO_MEMORY) };
        }
        let flags = self.arena[vmar].as_vmar().map(|node| node.flags);
        let tree = self.children(vmar);
        let mut gaps = Gaps::new(&mut self.nodes, tree, spot.window, position);
        let start = if flags.is_some_and(|flags| flags.contains(VmOptions::COMPACT)) {
            place::compact(&mut gaps, spot, &mut self.rng)
        } else {
            place::spread(&mut gaps, spot, &mut self.rng)
        };
        Ok(PageRange::new(start.ok_or(Status::NO_MEMORY)?, spot.count))
    }

    /// Views the gaps of `vmar` inside `window`, which begins where the VMAR does. `position` is moved
    /// to where a range belongs that was found to be free.
    #[cfg(test)]
    pub(crate) fn gaps<'a>(
        &'a mut self,
        vmar: Slot,
        window: PageRange,
        position: &'a mut Position,
    ) -> Gaps<'a> {
        let tree = self.children(vmar);
        Gaps::new(&mut self.nodes, tree, window, position)
    }
}
