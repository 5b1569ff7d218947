//! All that is in an address space, as a list. Mappings are stretches of pages that continue each other.

use abi::VmOptions;

use super::{Shown, Space};
use crate::common::PAGE;

/// A stretch of pages that one mapping shows.
pub(crate) struct Piece {
    pub(crate) first: Shown,
    pub(crate) pages: u64,
}

/// A region: where it is, how deep, and what it shows if it is a mapping.
#[derive(Debug, PartialEq)]
pub(crate) struct Listed {
    pub(crate) base: u64,
    pub(crate) len: u64,
    pub(crate) depth: usize,
    /// The object, the byte of it that is seen first, and what is allowed.
    pub(crate) mapping: Option<(usize, u64, VmOptions)>,
}

impl Shown {
    /// Says whether `next`, the page after this one, is part of the same mapping.
    fn is_continued_by(&self, next: &Shown) -> bool {
        let expected = Shown { vmo_page: self.vmo_page + 1, ..*self };
        *next == expected
    }
}

impl Space {
    /// Returns what one mapping shows from `page` on, up to `end` at the most.
    pub(crate) fn piece(&self, page: u64, end: u64) -> Option<Piece> {
        let first = self.shown(page)?;
        let mut last = first;
        let mut pages = 1;
        while let Some(next) = self.shown(page + pages)
            && page + pages < end
            && last.is_continued_by(&next)
        {
            last = next;
            pages += 1;
        }
        Some(Piece { first, pages })
    }

    fn depth(&self, vmar: usize) -> usize {
        self.vmars[vmar].parent.map_or(0, |parent| self.depth(parent) + 1)
    }

    /// Lists all regions: parents first, siblings in address order.
    pub(crate) fn list(&self) -> Vec<Listed> {
        let mut all = Vec::new();
        for (number, vmar) in self.vmars.iter().enumerate().filter(|(_, vmar)| vmar.is_alive) {
            all.push(Listed {
                base: vmar.pages.start * PAGE,
                len: (vmar.pages.end - vmar.pages.start) * PAGE,
                depth: self.depth(number),
                mapping: None,
            });
        }
        let mut next = self.shown.keys().next().copied();
        while let Some(page) = next {
            let Some(Piece { first, pages }) = self.piece(page, u64::MAX) else {
                break;
            };
            all.push(Listed {
                base: page * PAGE,
                len: pages * PAGE,
                depth: self.depth(first.vmar) + 1,
                mapping: Some((first.vmo, first.vmo_page * PAGE, first.perms)),
            });
            next = self.shown.range(page + pages..).next().map(|(page, _)| *page);
        }
        all.sort_by_key(|listed| (listed.base, listed.depth));
        all
    }
}
