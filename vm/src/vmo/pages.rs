//! The frames of an object: a radix tree over page numbers, which a snapshot shares.
//!
//! ```text
//!   key = origin + page     height 2:  | 6 bits: entry of the root | 6 bits: entry of the leaf |
//! ```
//!
//! Nodes have 64 entries, and the tree is as high as its highest page needs, so an object of 2^63
//! bytes with one page costs nine nodes at the most.
//!
//! A snapshot takes the root, whatever is below it, and cuts off what it does not show; that copies
//! the nodes on the two edges and no others. Its pages keep their keys, so its origin is where it
//! begins in the object it was taken of.

mod cut;
mod fill;
mod graft;
mod leaf;

use core::ops::ControlFlow;

use super::node::{self, BITS, ENTRIES, LeafFrame, Node, Run, index};
use crate::memory::Memory;
use crate::units::{Frame, PageRange};
use crate::{Ref, Result, Status};
pub(super) use leaf::Leaf;

/// Page numbers, and so keys, are below this.
const MOST_KEYS: u64 = 1 << 52;

/// The frames of an object, by page.
pub(crate) struct PageTree {
    memory: &'static Memory,
    root: Option<Ref<Node>>,
    /// Levels of nodes; 0 without a root.
    height: u32,
    /// The key of page 0.
    origin: u64,
}

/// A frame of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) frame: Frame,
    /// Other objects see it too, so it must not be written.
    pub(crate) shared: bool,
}

/// Where the frame of a page is, or goes.
pub(super) enum Place<'a> {
    /// The object has one, and nobody else; this is where it is.
    Own(Leaf<'a>),
    /// It has none, or one that it shares.
    Open(Vacancy<'a>),
}

/// A place for a frame of the object's own.
pub(super) struct Vacancy<'a> {
    place: &'a mut Option<LeafFrame>,
    /// What is seen there until it is filled.
    pub(super) old: Option<Frame>,
    pub(super) memory: &'static Memory,
}

impl Vacancy<'_> {
    /// Returns the place, with what is seen `behind` it where nothing is in it.
    pub(super) fn over(self, behind: Option<Frame>) -> Self {
        Self { old: self.old.or(behind), ..self }
    }

    /// Makes `frame` the object's own. No page table of the object's shows the old one any more: from now on it is somebody else's to
    /// change, or free.
    #[inline]
    pub(super) fn fill(self, frame: Frame) {
        self.memory.record(frame).begin_page();
        if let Some(old) = self.place.replace(LeafFrame::new(frame)) {
            node::release_frame(old, self.memory);
        }
    }
}

/// Returns the number of keys that a tree of `height` can hold.
fn capacity(height: u32) -> u64 {
    1u64.checked_shl(height * BITS).unwrap_or(u64::MAX)
}

/// Says whether a tree of `height`, nine at the most, can hold `key`.
#[inline]
fn can_hold(height: u32, key: u64) -> bool {
    key >> (height * BITS) == 0
}

impl PageTree {
    pub(crate) fn new(memory: &'static Memory) -> PageTree {
        PageTree { memory, root: None, height: 0, origin: 0 }
    }

    /// Makes an empty tree whose pages have the keys of this one's pages from `start` on.
    pub(crate) fn beside(&self, start: u64) -> PageTree {
        PageTree { memory: self.memory, root: None, height: 0, origin: self.key(start) }
    }

    pub(crate) fn memory(&self) -> &'static Memory {
        self.memory
    }

    /// Says whether no page has a frame.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Says whether `pages` of this tree can be the pages of another, which keep their keys. Their end is a number of bytes,
    /// so below 2^64.
    pub(crate) fn can_show(&self, pages: PageRange) -> bool {
        let end = self.origin.checked_add(pages.end);
        end.is_some_and(|end| end < MOST_KEYS && pages.start <= pages.end)
    }

    /// Makes a tree that shows `pages` of this one, which has frames for none but its first `size` pages, as they are now, from page 0 on.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    pub(crate) fn snapshot(&self, pages: PageRange, size: u64) -> Result<PageTree> {
        let mut copy = PageTree { root: self.root.clone(), ..*self };
        let start = self.origin + pages.start;
        copy.origin = 0;
        // Where nothing is cut off nothing need be copied.
        if pages.start != 0 {
            copy.cut(PageRange { start: 0, end: start })?;
        }
        if pages.end < size {
            copy.cut(PageRange { start: start + pages.count(), end: MOST_KEYS })?;
        }
        copy.origin = start;
        Ok(copy)
    }

    /// Returns the frame of `page`.
    pub(crate) fn get(&self, page: u64) -> Option<Held> {
        let leaf = self.leaf_at(page)?;
        Some(Held { frame: leaf.frame, shared: leaf.is_shared() })
    }

    /// Makes the frame of `page` the object's own. If it has none, or one that is shared, `make`
    /// returns the new one, given the old, which no page table of the object's shows any more then: from
    /// now on it is somebody else's to change, or free. Returns the frame and whether it is new.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY), also from `make`: the page is as it was.
    pub(crate) fn own_with(
        &mut self,
        page: u64,
        make: impl FnOnce(&'static Memory, Option<Frame>) -> Result<Frame>,
    ) -> Result<(Frame, bool)> {
        let memory = self.memory;
        let owned = self.place(page).and_then(|place| match place {
            Place::Own(leaf) => Ok((leaf.frame, false)),
            Place::Open(vacancy) => {
                let frame = make(memory, vacancy.old)?;
                vacancy.fill(frame);
                Ok((frame, true))
            }
        });
        owned.inspect_err(|_| self.leave(page))
    }

    /// Finds the place for a frame of the object's own for `page`, making the nodes that lead to it. The caller fills it or, if it
    /// cannot, or if this failed, [`leaves`](PageTree::leave) it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): the page is as it was.
    #[inline(always)]
    pub(super) fn place(&mut self, page: u64) -> Result<Place<'_>> {
        let (key, origin) = (self.origin + page, self.origin);
        let memory = self.memory;
        let frames = self.leaf_of(key)?;
        let old = frames[index(key, 1)].map(LeafFrame::frame);
        if old.is_none_or(|old| memory.record(old).count() != 1) {
            return Ok(Place::Open(Vacancy { place: &mut frames[index(key, 1)], old, memory }));
        }
        Leaf::new(memory, frames, (key, origin), false).map(Place::Own).ok_or(Status::INTERNAL)
    }

    /// Takes nodes away that were made for a frame of `page`, if there is none after all.
    #[cold]
    #[inline(never)]
    pub(super) fn leave(&mut self, page: u64) {
        self.prune(self.origin + page);
    }

    /// Takes nodes on the way to `key` away that were made and are empty.
    fn prune(&mut self, key: u64) {
        node::prune(&mut self.root, self.height, key);
        self.height = if self.root.is_some() { self.height } else { 0 };
    }

    /// Puts roots on top of the tree until it can hold `key`.
    #[inline]
    fn make_room(&mut self, key: u64) -> Result<()> {
        if self.root.is_some() && can_hold(self.height, key) { Ok(()) } else { self.grow(key) }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, key: u64) -> Result<()> {
        if self.root.is_none() {
            let mut height = 1;
            while !can_hold(height, key) {
                height += 1;
            }
            self.root = Some(Node::new(height)?);
            self.height = height;
        }
        while !can_hold(self.height, key) {
            let mut above = Node::new(self.height + 1)?;
            if let Some(Node::Inner(nodes)) = Ref::get_mut(&mut above) {
                nodes[0] = self.root.take();
            }
            self.root = Some(above);
            self.height += 1;
        }
        Ok(())
    }

    /// Returns the entry for `key`, making the nodes that lead to it, and making them the tree's own.
    fn place_of(&mut self, key: u64) -> Result<&mut Option<LeafFrame>> {
        self.leaf_of(key).map(|leaf| &mut leaf[index(key, 1)])
    }

    /// Returns the leaf that `key` is in, making the nodes that lead to it, and making them the tree's own.
    #[inline(always)]
    fn leaf_of(&mut self, key: u64) -> Result<&mut [Option<LeafFrame>; ENTRIES]> {
        self.make_room(key)?;
        let mut level = self.height;
        let mut place = &mut self.root;
        loop {
            let node = match place {
                Some(node) => node,
                None => place.insert(Node::new(level)?),
            };
            match Node::own(node, self.memory)? {
                Node::Leaf(frames) => return Ok(frames),
                Node::Inner(nodes) => place = &mut nodes[index(key, level)],
            }
            level -= 1;
        }
    }

    /// Makes the nodes that lead to `page`, and makes them the tree's own.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): every page is as it was.
    pub(crate) fn own_nodes(&mut self, page: u64) -> Result<()> {
        self.place_of(self.origin + page).map(drop)
    }

    /// Returns how many bytes the nodes take.
    pub(crate) fn node_bytes(&self) -> u64 {
        let nodes = self.root.as_ref().map_or(0, |root| node::count(root));
        nodes * size_of::<Node>() as u64
    }

    /// Returns the key of `page`, which it keeps in snapshots.
    pub(crate) fn key(&self, page: u64) -> u64 {
        self.origin + page
    }

    /// Returns the keys of `pages`.
    pub(crate) fn keys_of(&self, pages: PageRange) -> PageRange {
        pages.moved(0, self.origin)
    }

    /// Returns the page that has `key`, which is not before the first page.
    pub(crate) fn page(&self, key: u64) -> u64 {
        key - self.origin
    }

    /// Returns the pages that have keys of `keys`.
    pub(crate) fn pages_of(&self, keys: PageRange) -> PageRange {
        let page = |key: u64| key.saturating_sub(self.origin);
        PageRange { start: page(keys.start), end: page(keys.end) }
    }

    /// Returns the pages before and after `pages`.
    pub(crate) fn all_but(&self, pages: PageRange) -> [PageRange; 2] {
        let end = MOST_KEYS - self.origin;
        [PageRange { start: 0, end: pages.start }, PageRange { start: pages.end, end }]
    }

    /// Says whether the page with key `key` is one of the tree's and has `frame`.
    pub(crate) fn holds(&self, key: u64, frame: Frame) -> bool {
        let held = key.checked_sub(self.origin).and_then(|page| self.get(page));
        held.is_some_and(|held| held.frame == frame)
    }

    /// Visits the frames of `pages`, in order: page, frame, and whether it is shared.
    pub(crate) fn each(&self, pages: PageRange, mut visit: impl FnMut(u64, Held)) {
        self.each_until(pages, |page, held| {
            visit(page, held);
            ControlFlow::Continue(())
        });
    }

    /// Visits the frames of `pages` as [`PageTree::each`] does, until `visit` breaks off.
    pub(crate) fn each_until(
        &self,
        pages: PageRange,
        mut visit: impl FnMut(u64, Held) -> ControlFlow<()>,
    ) {
        let records = self.memory.records();
        self.each_run(pages, |first, run| {
            let pages = run.frames.iter().zip(first..);
            for (frame, page) in pages.filter_map(|(held, page)| Some(((*held)?.frame(), page))) {
                let shared = run.shared || records.of(frame).count() > 1;
                visit(page, Held { frame, shared })?;
            }
            ControlFlow::Continue(())
        });
    }

    /// Visits what the leaves have of `pages`, in order, until `visit` breaks off: a leaf's part of them at a time, with the first page
    /// of it.
    #[inline]
    pub(super) fn each_run(
        &self,
        pages: PageRange,
        mut visit: impl FnMut(u64, Run<'_>) -> ControlFlow<()>,
    ) {
        let Some(root) = &self.root else { return };
        let keys = pages.moved(0, self.origin);
        let start = (self.height, 0, false);
        let _broken_off =
            node::each_run(root, start, keys, &mut |run| visit(run.key - self.origin, run));
    }

    /// Returns the first of `pages` that has no frame.
    pub(crate) fn find_vacant(&self, pages: PageRange) -> Option<u64> {
        let mut vacant = pages.start;
        self.each_until(pages, |page, _| {
            if page != vacant {
                return ControlFlow::Break(());
            }
            vacant += 1;
            ControlFlow::Continue(())
        });
        pages.contains(vacant).then_some(vacant)
    }

    /// Returns the first of `pages` that has a frame for which `is_wanted` holds.
    pub(crate) fn find(
        &self,
        pages: PageRange,
        mut is_wanted: impl FnMut(Held) -> bool,
    ) -> Option<u64> {
        let mut found = None;
        self.each_until(pages, |page, held| {
            if !is_wanted(held) {
                return ControlFlow::Continue(());
            }
            found = Some(page);
            ControlFlow::Break(())
        });
        found
    }
}

impl Drop for PageTree {
    fn drop(&mut self) {
        if let Some(root) = self.root.take() {
            node::release(root, self.memory);
        }
    }
}
