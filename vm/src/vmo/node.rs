//! Nodes of a page tree: 64 entries each, shared between trees by counting.
//!
//! A node that more than one tree reaches is never changed: whoever wants to change it copies it
//! first. So a page may be written where every node on the way to it, and its frame, has one owner.

use core::num::NonZeroU64;
use core::ops::ControlFlow;

use crate::memory::Memory;
use crate::units::{Frame, PageRange};
use crate::{Ref, Result};

pub(super) const BITS: u32 = 6;
pub(super) const ENTRIES: usize = 1 << BITS;

/// Entries of a page tree: frames at level 1, nodes above it.
pub(super) enum Node {
    Inner([Option<Ref<Node>>; ENTRIES]),
    Leaf([Option<LeafFrame>; ENTRIES]),
}

/// A frame in a leaf: its number above a bit that is always set, so that an empty entry takes no more room.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeafFrame(NonZeroU64);

impl LeafFrame {
    #[inline]
    pub(super) fn new(frame: Frame) -> LeafFrame {
        LeafFrame(NonZeroU64::MIN | frame.number() << 1)
    }

    /// Says whether `entry` has `frame`.
    #[inline]
    pub(super) fn is(entry: Option<LeafFrame>, frame: Frame) -> bool {
        entry.map_or(0, |entry| entry.0.get()) == LeafFrame::new(frame).0.get()
    }

    #[inline]
    pub(super) fn frame(self) -> Frame {
        Frame::from_number(self.0.get() >> 1)
    }
}

impl Node {
    /// Makes an empty node for `level`; leaves are level 1.
    #[inline(never)]
    pub(super) fn new(level: u32) -> Result<Ref<Node>> {
        match level {
            1 => Ref::try_new_with(|| Node::Leaf([None; ENTRIES])),
            _ => Ref::try_new_with(|| Node::Inner([const { None }; ENTRIES])),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Node::Inner(nodes) => nodes.iter().all(Option::is_none),
            Node::Leaf(frames) => frames.iter().all(Option::is_none),
        }
    }

    /// Copies a node: what it holds has one more owner then.
    fn copy(&self, memory: &Memory) -> Result<Ref<Node>> {
        match self {
            Node::Inner(nodes) => Ref::try_new(Node::Inner(nodes.clone())),
            Node::Leaf(frames) => {
                let copy = Ref::try_new(Node::Leaf(*frames))?;
                frames.iter().flatten().for_each(|frame| memory.record(frame.frame()).share());
                Ok(copy)
            }
        }
    }

    /// Returns the node for changing; if other trees reach it too, a copy takes its place first.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    #[inline]
    pub(super) fn own<'a>(node: &'a mut Ref<Node>, memory: &Memory) -> Result<&'a mut Node> {
        Ref::get_mut_or_part(node, |node| Node::copy_in_place(node, memory))
    }

    #[cold]
    #[inline(never)]
    fn copy_in_place(node: &mut Ref<Node>, memory: &Memory) -> Result<()> {
        let copy = node.copy(memory)?;
        release(core::mem::replace(node, copy), memory);
        Ok(())
    }
}

/// Returns the entry for `key` in a node of `level`.
#[inline]
pub(super) fn index(key: u64, level: u32) -> usize {
    // Trees are nine levels high at the most.
    (key >> ((level - 1) * BITS)) as usize & (ENTRIES - 1)
}

/// Returns the first key of an entry of a node at `level` whose own first key is `base`.
fn entry_base(base: u64, entry: usize, level: u32) -> u64 {
    base + ((entry as u64) << ((level - 1) * BITS))
}

/// Returns which entries of a node at `level`, whose first key is `base`, have keys of `range`.
fn entries(base: u64, level: u32, range: PageRange) -> (usize, usize) {
    let shift = (level - 1) * BITS;
    let first = range.start.saturating_sub(base) >> shift;
    let last = range.end.saturating_sub(base).div_ceil(1 << shift);
    let clip = |entry: u64| entry.min(ENTRIES as u64) as usize;
    (clip(first), clip(last))
}

/// Gives up a tree's hold on a node. Frames that no tree holds any more are freed. As deep as trees
/// are high: nine levels at the most.
pub(super) fn release(node: Ref<Node>, memory: &Memory) {
    let Some(mut node) = Ref::into_last(node) else { return };
    match Ref::get_mut(&mut node).expect("the last pointer") {
        Node::Inner(nodes) => {
            nodes.iter_mut().filter_map(Option::take).for_each(|node| release(node, memory));
        }
        Node::Leaf(frames) => release_frames(frames.iter().copied().flatten(), memory),
    }
}

/// Gives up a leaf's hold on frames; frees those of which it was the last one.
fn release_frames(frames: impl Iterator<Item = LeafFrame>, memory: &Memory) {
    let records = memory.records();
    let held = frames.map(LeafFrame::frame);
    memory.free_all(held.filter(|frame| records.of(*frame).unshare() == 0));
}

/// Gives up a leaf's hold on a frame; frees it if it was the last one.
pub(super) fn release_frame(frame: LeafFrame, memory: &Memory) {
    if memory.record(frame.frame()).unshare() == 0 {
        memory.free(frame.frame());
    }
}

/// The entries of a leaf for a range of keys.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    /// The key of the first one.
    pub(super) key: u64,
    pub(super) frames: &'a [Option<LeafFrame>],
    /// Other trees hold the leaf too, and so all its frames.
    pub(super) shared: bool,
}

/// Visits the leaves below `node`, whose first key is `base`, as far as they are for keys of `range`, until `visit` breaks off. Nine
/// levels deep at the most.
pub(super) fn each_run(
    node: &Ref<Node>,
    (level, base, shared): (u32, u64, bool),
    range: PageRange,
    visit: &mut impl FnMut(Run<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let shared = shared || Ref::count(node) > 1;
    let (first, end) = entries(base, level, range);
    match &**node {
        Node::Leaf(frames) => {
            if let Some(frames) = frames.get(first..end).filter(|frames| !frames.is_empty()) {
                visit(Run { key: base + first as u64, frames, shared })?;
            }
        }
        Node::Inner(nodes) => {
            for (entry, below) in nodes.iter().enumerate().take(end).skip(first) {
                let Some(below) = below else { continue };
                let at = (level - 1, entry_base(base, entry, level), shared);
                each_run(below, at, range, visit)?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// Counts `node` and all nodes below it. Nine levels deep at the most.
pub(super) fn count(node: &Node) -> u64 {
    match node {
        Node::Leaf(_) => 1,
        Node::Inner(nodes) => {
            let below = nodes.iter().flatten().map(|node| count(node));
            1 + below.sum::<u64>()
        }
    }
}

/// Takes away the nodes on the way to `key` that are empty. Nine levels deep at the most.
pub(super) fn prune(place: &mut Option<Ref<Node>>, level: u32, key: u64) {
    let Some(node) = place.as_mut().and_then(Ref::get_mut) else {
        return;
    };
    if let Node::Inner(nodes) = node {
        prune(&mut nodes[index(key, level)], level - 1, key);
    }
    if node.is_empty() {
        *place = None;
    }
}

/// Takes the frames of `range` out of the nodes below `node`, whose first key is `base`. A node that
/// has keys inside and outside of `range` has one owner: see `PageTree::prepare_cut`.
pub(super) fn free(node: &mut Node, (level, base): (u32, u64), memory: &Memory, range: PageRange) {
    let (first, end) = entries(base, level, range);
    match node {
        Node::Leaf(frames) => {
            let freed = frames.iter_mut().take(end).skip(first).filter_map(Option::take);
            release_frames(freed, memory);
        }
        Node::Inner(nodes) => {
            for (entry, place) in nodes.iter_mut().enumerate().take(end).skip(first) {
                let base = entry_base(base, entry, level);
                let keys = PageRange::new(base, 1 << ((level - 1) * BITS));
                free_entry(place, (level - 1, keys), memory, range);
            }
        }
    }
}

fn free_entry(
    place: &mut Option<Ref<Node>>,
    (level, keys): (u32, PageRange),
    memory: &Memory,
    range: PageRange,
) {
    let Some(mut node) = place.take() else { return };
    if range.covers(keys) {
        return release(node, memory);
    }
    let below = Ref::get_mut(&mut node).expect("a node on the edge of a cut has one owner");
    free(below, (level, keys.start), memory, range);
    if !below.is_empty() {
        *place = Some(node);
    }
}
