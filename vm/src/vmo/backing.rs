//! What is behind the pages of a store that have no frame.

use alloc::boxed::Box;

use super::dirt::Dirt;
use super::ranges::Ranges;
use super::store::StoreState;
use crate::units::PageRange;
use crate::{Result, try_box};

/// What a store has behind it: content that a source provides or another store has, where it has no frame.
#[derive(Default)]
pub(super) struct Backing {
    /// The pages below this number have content behind them.
    pub(super) pages: u64,
    /// Those of them that are zero all the same. A page that has a frame may be among them: what the frame
    /// holds counts.
    pub(super) zeros: Ranges,
    /// What the source has yet to learn, if it is the store's own.
    pub(super) dirt: Option<Dirt>,
}

/// Behind the pages of a store whose content nobody provides.
static NOTHING: Backing = Backing { pages: 0, zeros: Ranges::new(), dirt: None };

impl Backing {
    /// Makes one of `pages` pages.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY).
    pub(super) fn of(pages: u64, zeros: Ranges) -> Result<Box<Backing>> {
        try_box(Backing { pages, zeros, dirt: None })
    }
}

impl StoreState {
    /// Returns what is behind the store.
    pub(super) fn backing(&self) -> &Backing {
        self.backing.as_deref().unwrap_or(&NOTHING)
    }

    /// Has content behind no pages but the first `pages`.
    pub(super) fn limit(&mut self, pages: u64) {
        if let Some(backing) = &mut self.backing {
            backing.pages = backing.pages.min(pages);
            backing.zeros.cut(backing.pages);
            backing.dirt.iter_mut().for_each(|dirt| dirt.cut(pages));
        }
    }

    /// Makes sure that [`StoreState::add_zeros`] can be called `count` times, for `pages` and what is behind them.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    pub(super) fn promise_zeros(&mut self, pages: PageRange, count: usize) -> Result<()> {
        match &mut self.backing {
            Some(backing) if !pages.is_empty() && pages.start < backing.pages => {
                backing.zeros.promise(count)
            }
            _ => Ok(()),
        }
    }

    /// Notes that those of `pages` that have no frame are zero, whatever is behind them. It was promised.
    pub(super) fn add_zeros(&mut self, pages: PageRange) {
        if let Some(backing) = &mut self.backing {
            backing.zeros.add(pages.intersect(PageRange::new(0, backing.pages)));
        }
    }
}
