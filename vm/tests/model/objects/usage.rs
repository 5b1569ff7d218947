//! How many frames an object has, and how they are divided among those who see them.

use super::{Kind, Objects};
use crate::common::PAGE;

/// What the pages of a range of an object take.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) pages: u64,
    pub(crate) private_pages: u64,
    pub(crate) scaled: u128,
}

impl Objects {
    /// Returns how many pages have frames, and how many of these others see too.
    pub(crate) fn committed(&self, object: usize) -> (u64, u64) {
        let store = self.store(object);
        if store.kind == Kind::Physical {
            return (0, 0);
        }
        let first = self.first(object);
        let pages = store.pages.range(first..first + self.size(object));
        let (mut all, mut shared) = (0, 0);
        for (_, page) in pages {
            all += 1;
            shared += u64::from(std::rc::Rc::strong_count(page) > 1);
        }
        (all, shared)
    }

    /// Divides each frame of a range among the objects that see it.
    pub(crate) fn usage(&self, object: usize, offset: u64, len: u64) -> Usage {
        let mut usage = Usage::default();
        let own = &self.objects[object];
        let store = self.store(object);
        if store.kind == Kind::Physical || own.slice.is_some() || own.is_reference {
            return usage;
        }
        let end = offset.saturating_add(len).div_ceil(PAGE);
        for (_, page) in store.pages.range(offset / PAGE..end.max(offset / PAGE)) {
            let sharers = std::rc::Rc::strong_count(page) as u128;
            usage.pages += 1;
            usage.private_pages += u64::from(sharers == 1);
            usage.scaled += (u128::from(PAGE) << 63) / sharers;
        }
        usage
    }
}
