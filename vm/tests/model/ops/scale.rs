//! How large everything is.

use super::ARENA_PAGES;
use crate::common::PAGE;

/// What a sequence means by a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scale {
    /// A page, of which there are few.
    Few,
    /// A page.
    Pages,
    /// A large page, or nearly.
    LargePages,
}

impl Scale {
    /// Returns how many pages stand for one.
    pub(crate) const fn unit(self) -> u64 {
        match self {
            Scale::Few | Scale::Pages => 1,
            Scale::LargePages => 512,
        }
    }

    /// Returns how many pages of a sequence an arena has, and how many of them lie below the place where page
    /// tables end.
    pub(crate) const fn arena_pages(self) -> (u64, u64) {
        match self {
            Scale::Few => (6, 2),
            Scale::Pages | Scale::LargePages => (ARENA_PAGES, 20),
        }
    }

    /// Returns the page that a page of a sequence stands for. Some are not the first of a large page.
    pub(crate) const fn page(self, page: u64) -> u64 {
        match self {
            Scale::Few | Scale::Pages => page,
            Scale::LargePages if page % 8 == 5 => page * self.unit() + 1,
            Scale::LargePages if page % 8 == 6 => page * self.unit() + 200,
            Scale::LargePages => page * self.unit(),
        }
    }

    /// Returns the bytes that a number of bytes of a sequence stands for. What is huge stays as huge as it is.
    pub(crate) const fn bytes(self, bytes: u64) -> u64 {
        if bytes >= 1 << 40 { bytes } else { self.page(bytes / PAGE) * PAGE + bytes % PAGE }
    }

    /// Makes numbers of bytes what they stand for.
    pub(super) fn apply(self, bytes: &mut [&mut u64]) {
        bytes.iter_mut().for_each(|bytes| **bytes = self.bytes(**bytes));
    }
}
