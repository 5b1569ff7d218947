//! `SPECIFIC_OVERWRITE`: a mapping in the place of others.

use super::change::{Change, Shown};
use super::clear::Contents;
use crate::region::{Position, RegionId, Sibling};
use crate::slab::Slot;
use crate::units::PageRange;
use crate::{Result, Status, Vmo};

impl Change<'_> {
    /// Puts a mapping at `pages` of `vmar`, instead of the mappings that are there, if any.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: a VMAR is there.
    /// 2. [`Status::NO_MEMORY`]: nothing has changed.
    pub(super) fn overwrite(
        &mut self,
        vmar: Slot,
        pages: PageRange,
        shown: Shown<'_>,
    ) -> Result<RegionId> {
        let mut position = Position::new();
        self.regions.seek(vmar, pages.start, &mut position);
        let contents = self.contents(pages, &position, check_mapping)?;
        if let Some(contents) = &contents {
            self.promise_instead(vmar, &position, contents, shown.vmo)?;
            self.clear(vmar, contents, &mut position);
            self.regions.seek(vmar, pages.start, &mut position);
        }
        let standing = self.stand(&position, pages);
        let shown = Shown { standing, ..shown };
        if contents.is_none() {
            return self.try_add_mapping(vmar, &position, pages, shown);
        }
        let id = self.add_mapping(vmar, &position, pages, shown);
        self.regions.settle();
        Ok(id)
    }

    /// Promises room for a mapping of `vmo` instead of `contents`, which `position` is at, and for the
    /// upper piece of what is cut in two by it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    fn promise_instead(
        &mut self,
        vmar: Slot,
        position: &Position,
        contents: &Contents,
        vmo: &Vmo,
    ) -> Result<()> {
        let holed = contents.holed();
        let room = match holed {
            Some(holed) => {
                self.promise_cut(position, holed, 2)?;
                self.regions.promise(position, 2)
            }
            None => self.regions.promise_anywhere(vmar),
        };
        let promised = room.and_then(|()| vmo.lock().mappings.promise(1));
        promised.inspect_err(|_| self.release_cuts(holed))
    }
}

fn check_mapping(sibling: &Sibling) -> Result<()> {
    if sibling.is_vmar { Err(Status::INVALID_ARGS) } else { Ok(()) }
}
