//! The frames of an object: a radix tree over page numbers.
//!
//! ```text
//!   height 2:  5 bits of slack ... | 6 bits: entry of the root | 6 bits: entry of the leaf
//! ```
//!
//! Nodes have 64 entries, and the tree is as high as its highest page needs, so an object of 2^63
//! bytes with one page costs nine nodes at the most. An entry is a frame in a leaf, a node above it.

use crate::memory::Memory;
use crate::units::{Frame, PageRange};
use crate::{Ref, Result};

const BITS: u32 = 6;
const ENTRIES: usize = 1 << BITS;

/// The frames of an object, by page.
pub(crate) struct PageTree {
    memory: &'static Memory,
    root: Option<Ref<Node>>,
    /// Levels of nodes; 0 without a root.
    height: u32,
    frames: u64,
}

enum Node {
    Inner([Option<Ref<Node>>; ENTRIES]),
    Leaf([Option<LeafFrame>; ENTRIES]),
}

/// A frame in a leaf: its number plus one, so that an empty entry takes no more room.
#[derive(Clone, Copy)]
struct LeafFrame(core::num::NonZeroU64);

impl LeafFrame {
    fn new(frame: Frame) -> LeafFrame {
        LeafFrame(core::num::NonZeroU64::MIN.saturating_add(frame.number()))
    }

    fn frame(self) -> Frame {
        Frame::from_number(self.0.get().wrapping_sub(1))
    }
}

impl Node {
    /// Makes an empty node for `level`; leaves are level 1.
    fn new(level: u32) -> Result<Ref<Node>> {
        Ref::try_new(match level {
            1 => Node::Leaf([None; ENTRIES]),
            _ => Node::Inner([const { None }; ENTRIES]),
        })
    }

    fn is_empty(&self) -> bool {
        match self {
            Node::Inner(nodes) => nodes.iter().all(Option::is_none),
            Node::Leaf(frames) => frames.iter().all(Option::is_none),
        }
    }
}

/// Returns the entry for `page` in a node of `level`.
fn index(page: u64, level: u32) -> usize {
    page.checked_shr((level - 1) * BITS).unwrap_or(0) as usize & (ENTRIES - 1)
}

/// Returns the number of pages that a tree of `height` can hold; none if that is all of them.
fn capacity(height: u32) -> Option<u64> {
    1u64.checked_shl(height * BITS)
}

impl PageTree {
    pub(crate) fn new(memory: &'static Memory) -> PageTree {
        PageTree {
            memory,
            root: None,
            height: 0,
            frames: 0,
        }
    }

    /// Returns how many frames are in the tree.
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    fn holds(&self, page: u64) -> bool {
        capacity(self.height).is_none_or(|pages| page < pages)
    }

    /// Returns the frame of `page`.
    pub(crate) fn get(&self, page: u64) -> Option<Frame> {
        if !self.holds(page) {
            return None;
        }
        let mut node = self.root.as_ref()?;
        let mut level = self.height;
        loop {
            match &**node {
                Node::Leaf(frames) => return frames[index(page, 1)].map(LeafFrame::frame),
                Node::Inner(nodes) => node = nodes[index(page, level)].as_ref()?,
            }
            level -= 1;
        }
    }

    /// Gives `page`, which has none, the frame that `make` returns, and returns it too.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY), also from `make`: the page has no frame.
    pub(crate) fn insert_with(
        &mut self,
        page: u64,
        make: impl FnOnce(&'static Memory) -> Result<Frame>,
    ) -> Result<Frame> {
        let memory = self.memory;
        let made = self.place_for(page).and_then(|place| {
            debug_assert!(place.is_none());
            let frame = make(memory)?;
            *place = Some(LeafFrame::new(frame));
            Ok(frame)
        });
        match made {
            Ok(_) => self.frames += 1,
            // Nodes that were made for it are empty.
            Err(_) => self.free(PageRange::new(page, 1)),
        }
        made
    }

    /// Puts roots on top of the tree until it can hold `page`.
    fn make_room(&mut self, page: u64) -> Result<()> {
        if self.root.is_none() {
            let mut height = 1;
            while capacity(height).is_some_and(|pages| page >= pages) {
                height += 1;
            }
            self.root = Some(Node::new(height)?);
            self.height = height;
        }
        while !self.holds(page) {
            let mut above = Node::new(self.height + 1)?;
            if let Some(Node::Inner(nodes)) = Ref::get_mut(&mut above) {
                nodes[0] = self.root.take();
            }
            self.root = Some(above);
            self.height += 1;
        }
        Ok(())
    }

    /// Returns the entry for `page`, making the nodes that lead to it.
    fn place_for(&mut self, page: u64) -> Result<&mut Option<LeafFrame>> {
        self.make_room(page)?;
        let mut level = self.height;
        let mut place = &mut self.root;
        loop {
            let node = match place {
                Some(node) => node,
                None => place.insert(Node::new(level)?),
            };
            match Ref::get_mut(node).expect("nodes have one owner") {
                Node::Leaf(frames) => return Ok(&mut frames[index(page, 1)]),
                Node::Inner(nodes) => place = &mut nodes[index(page, level)],
            }
            level -= 1;
        }
    }

    /// Visits the frames of `range`, in order.
    pub(crate) fn each(&self, range: PageRange, mut visit: impl FnMut(u64, Frame)) {
        if let Some(root) = &self.root {
            each_below(root, self.height, 0, range, &mut visit);
        }
    }

    /// Takes every frame of `range` out of the tree and gives it back to the allocator. No page
    /// table shows any of them.
    pub(crate) fn free(&mut self, range: PageRange) {
        if let Some(root) = &mut self.root {
            let freed = free_below(self.memory, root, self.height, 0, range);
            self.frames -= freed;
            if root.is_empty() {
                self.root = None;
                self.height = 0;
            }
        }
    }
}

impl Drop for PageTree {
    fn drop(&mut self) {
        self.free(PageRange {
            start: 0,
            end: u64::MAX,
        });
    }
}

/// Visits the frames of `range` below `node`, whose first page is `base`. As deep as the tree is
/// high: nine levels at the most.
fn each_below(
    node: &Node,
    level: u32,
    base: u64,
    range: PageRange,
    visit: &mut impl FnMut(u64, Frame),
) {
    match node {
        Node::Leaf(frames) => {
            let (first, end) = entries(base, 1, range);
            for (entry, frame) in frames.iter().enumerate().take(end).skip(first) {
                if let Some(frame) = frame {
                    visit(base + entry as u64, frame.frame());
                }
            }
        }
        Node::Inner(nodes) => {
            let (first, end) = entries(base, level, range);
            for (entry, node) in nodes.iter().enumerate().take(end).skip(first) {
                if let Some(node) = node {
                    let base = base + ((entry as u64) << ((level - 1) * BITS));
                    each_below(node, level - 1, base, range, visit);
                }
            }
        }
    }
}

/// Frees the frames of `range` below `node`, and the nodes that are empty then. Returns how many.
fn free_below(
    memory: &Memory,
    node: &mut Ref<Node>,
    level: u32,
    base: u64,
    range: PageRange,
) -> u64 {
    let (first, end) = entries(base, level, range);
    let mut freed = 0;
    match Ref::get_mut(node).expect("nodes have one owner") {
        Node::Leaf(frames) => {
            for place in frames.iter_mut().take(end).skip(first) {
                if let Some(frame) = place.take() {
                    memory.free(frame.frame());
                    freed += 1;
                }
            }
        }
        Node::Inner(nodes) => {
            for (entry, place) in nodes.iter_mut().enumerate().take(end).skip(first) {
                let Some(below) = place else { continue };
                let base = base + ((entry as u64) << ((level - 1) * BITS));
                freed += free_below(memory, below, level - 1, base, range);
                if below.is_empty() {
                    *place = None;
                }
            }
        }
    }
    freed
}

/// Returns which entries of a node at `level`, whose first page is `base`, have pages of `range`.
fn entries(base: u64, level: u32, range: PageRange) -> (usize, usize) {
    let shift = (level - 1) * BITS;
    let first = range.start.saturating_sub(base) >> shift;
    let last = range.end.saturating_sub(base).div_ceil(1 << shift);
    let clip = |entry: u64| entry.min(ENTRIES as u64) as usize;
    (clip(first), clip(last))
}
