//! A leaf of a page tree, seen from one of its pages.

use super::PageTree;
use super::node::{ENTRIES, LeafFrame, Node, Run, index};
use crate::Ref;
use crate::memory::Memory;
use crate::units::{Frame, PageRange};

/// The leaf that a page is in, which has a frame there.
#[derive(Clone, Copy)]
pub(in crate::vmo) struct Leaf<'a> {
    pub(in crate::vmo) memory: &'static Memory,
    frames: &'a [Option<LeafFrame>; ENTRIES],
    /// The page's.
    pub(in crate::vmo) frame: Frame,
    /// The key of the page.
    key: u64,
    /// The key of page 0.
    origin: u64,
    /// Other trees hold the leaf too, and so all its frames.
    shared: bool,
}

impl<'a> Leaf<'a> {
    /// Makes one of `frames`, which have one for the page with the key `key`.
    #[inline]
    pub(super) fn new(
        memory: &'static Memory,
        frames: &'a [Option<LeafFrame>; ENTRIES],
        (key, origin): (u64, u64),
        shared: bool,
    ) -> Option<Leaf<'a>> {
        let frame = frames[index(key, 1)]?.frame();
        Some(Leaf { memory, frames, frame, key, origin, shared })
    }

    /// Says whether the page's frame is shared.
    #[inline]
    pub(in crate::vmo) fn is_shared(&self) -> bool {
        self.shared || self.memory.record(self.frame).count() > 1
    }

    /// Says whether a page right beside it has a frame in the leaf, too.
    #[inline]
    pub(in crate::vmo) fn has_neighbour(&self) -> bool {
        let index = index(self.key, 1);
        let has = |index: usize| self.frames.get(index).is_some_and(Option::is_some);
        has(index.wrapping_sub(1)) || has(index + 1)
    }

    /// Returns what the leaf has of `pages`, of which the page is one, and the first page of that.
    #[inline]
    pub(in crate::vmo) fn part(&self, pages: PageRange) -> (u64, Run<'a>) {
        let base = self.key & !(ENTRIES as u64 - 1);
        let keys = pages.moved(0, self.origin);
        let first = keys.start.max(base);
        let end = keys.end.min(base + ENTRIES as u64);
        let frames = &self.frames[(first - base) as usize..(end - base) as usize];
        (first - self.origin, Run { key: first, frames, shared: self.shared })
    }
}

impl PageTree {
    /// Returns the leaf that `page` is in, if that has a frame.
    #[inline]
    pub(in crate::vmo) fn leaf_at(&self, page: u64) -> Option<Leaf<'_>> {
        let key = self.origin + page;
        if !super::can_hold(self.height, key) {
            return None;
        }
        let mut node = self.root.as_ref()?;
        let mut level = self.height;
        let mut shared = false;
        loop {
            shared |= Ref::count(node) > 1;
            match &**node {
                Node::Inner(nodes) => node = nodes[index(key, level)].as_ref()?,
                Node::Leaf(frames) => {
                    return Leaf::new(self.memory, frames, (key, self.origin), shared);
                }
            }
            level -= 1;
        }
    }
}
