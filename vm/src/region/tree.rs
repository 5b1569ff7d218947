//! A balanced tree of siblings, ordered by address, in which every node knows about its subtree
//! what the search for a gap needs.
//!
//! It is an AVL tree with links upwards: no walk needs a stack, and the path from a changed node to
//! the root is where heights and summaries are put right. Nodes are regions in the slab; functions
//! take the root and return the new one.

use super::Arena;
use crate::slab::Slot;

/// A node's neighbours in the tree of siblings.
#[derive(Clone, Copy, Default)]
pub(crate) struct Links {
    pub(super) left: Option<Slot>,
    pub(super) right: Option<Slot>,
    pub(super) up: Option<Slot>,
    /// The number of nodes on the longest way down, this one among them.
    height: u8,
}

impl Links {
    /// Puts `new` where `old` hangs below this node.
    pub(super) fn replace(&mut self, old: Slot, new: Option<Slot>) {
        if self.left == Some(old) {
            self.left = new;
        } else {
            self.right = new;
        }
    }
}

/// What a node knows about the subtree below it, itself among it. In pages.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Summary {
    /// Where the first region starts.
    pub(super) first: u64,
    /// Where the last region ends.
    pub(super) last: u64,
    /// The largest gap between two regions of the subtree.
    pub(super) largest_gap: u64,
    /// The sum of the regions.
    pub(super) used: u64,
}

impl Summary {
    /// Returns the free pages between the first region and the last.
    pub(super) fn free(&self) -> u64 {
        self.last - self.first - self.used
    }
}

/// Adds `node`, which overlaps none, and returns the root.
pub(super) fn insert(arena: &mut Arena, root: Option<Slot>, node: Slot) -> Slot {
    let start = arena[node].pages.start;
    let mut next = root;
    let mut up = None;
    let mut goes_left = false;
    while let Some(slot) = next {
        let region = &arena[slot];
        goes_left = start < region.pages.start;
        up = next;
        next = if goes_left { region.links.left } else { region.links.right };
    }
    arena[node].links = Links { left: None, right: None, up, height: 1 };
    if let Some(up) = up {
        let links = &mut arena[up].links;
        *(if goes_left { &mut links.left } else { &mut links.right }) = Some(node);
    }
    retrace(arena, node)
}

/// Takes `node` out and returns the root.
pub(super) fn remove(arena: &mut Arena, root: Option<Slot>, node: Slot) -> Option<Slot> {
    let Links { left, right, up, .. } = arena[node].links;
    let (replacement, lowest_changed) = match (left, right) {
        (Some(left), Some(right)) => {
            let heir = leftmost(arena, right);
            let changed = if heir == right {
                heir
            } else {
                let below = arena[heir].links.right;
                let above = arena[heir].links.up.expect("the heir is below `right`");
                hang(arena, Some(above), heir, below);
                arena[heir].links.right = Some(right);
                arena[right].links.up = Some(heir);
                above
            };
            arena[heir].links.left = Some(left);
            arena[left].links.up = Some(heir);
            (Some(heir), Some(changed))
        }
        (one, other) => {
            let child = one.or(other);
            (child, up.or(child))
        }
    };
    hang(arena, up, node, replacement);
    match lowest_changed {
        Some(lowest) => Some(retrace(arena, lowest)),
        None => {
            debug_assert!(root == Some(node));
            None
        }
    }
}

/// Hangs `new` below `up` where `old` was.
fn hang(arena: &mut Arena, up: Option<Slot>, old: Slot, new: Option<Slot>) {
    if let Some(up) = up {
        arena[up].links.replace(old, new);
    }
    if let Some(new) = new {
        arena[new].links.up = up;
    }
}

/// Puts the summaries right after `node` changed its range.
pub(super) fn refresh(arena: &mut Arena, node: Slot) {
    let mut next = Some(node);
    while let Some(slot) = next {
        summarise(arena, slot);
        next = arena[slot].links.up;
    }
}

/// Puts heights, balance and summaries right from `node` to the root, which it returns.
fn retrace(arena: &mut Arena, node: Slot) -> Slot {
    let mut slot = node;
    loop {
        summarise(arena, slot);
        slot = balance(arena, slot);
        match arena[slot].links.up {
            Some(up) => slot = up,
            None => return slot,
        }
    }
}

/// Computes the height and the summary of `slot` from those of the nodes below.
fn summarise(arena: &mut Arena, slot: Slot) {
    let region = &arena[slot];
    let pages = region.pages;
    let links = region.links;
    let mut height = 0;
    let mut summary =
        Summary { first: pages.start, last: pages.end, largest_gap: 0, used: pages.count() };
    if let Some(left) = links.left {
        let left = &arena[left];
        height = left.links.height;
        summary.first = left.summary.first;
        let gap = pages.start - left.summary.last;
        summary.largest_gap = left.summary.largest_gap.max(gap);
        summary.used += left.summary.used;
    }
    if let Some(right) = links.right {
        let right = &arena[right];
        height = height.max(right.links.height);
        summary.last = right.summary.last;
        let gap = right.summary.first - pages.end;
        summary.largest_gap = summary.largest_gap.max(right.summary.largest_gap).max(gap);
        summary.used += right.summary.used;
    }
    let region = &mut arena[slot];
    region.links.height = height + 1;
    region.summary = summary;
}

/// Rotates where one side of `slot` is two higher than the other, and returns what is now on top.
fn balance(arena: &mut Arena, slot: Slot) -> Slot {
    let Links { left, right, .. } = arena[slot].links;
    let lean = lean(arena, slot);
    match (left, right) {
        (Some(left), _) if lean > 1 => {
            if self::lean(arena, left) < 0 {
                rotate_left(arena, left);
            }
            rotate_right(arena, slot)
        }
        (_, Some(right)) if lean < -1 => {
            if self::lean(arena, right) > 0 {
                rotate_right(arena, right);
            }
            rotate_left(arena, slot)
        }
        _ => slot,
    }
}

/// Returns how much higher the left side of `slot` is than the right.
fn lean(arena: &Arena, slot: Slot) -> i32 {
    let Links { left, right, .. } = arena[slot].links;
    let height = |side: Option<Slot>| side.map_or(0, |side| i32::from(arena[side].links.height));
    height(left) - height(right)
}

/// ```text
///     slot                top
///    /    \              /   \
///   a     top    ->    slot   c
///        /   \        /    \
///       b     c      a      b
/// ```
fn rotate_left(arena: &mut Arena, slot: Slot) -> Slot {
    let Some(top) = arena[slot].links.right else {
        return slot;
    };
    let up = arena[slot].links.up;
    let between = arena[top].links.left;
    arena[slot].links.right = between;
    if let Some(between) = between {
        arena[between].links.up = Some(slot);
    }
    arena[top].links.left = Some(slot);
    hang(arena, up, slot, Some(top));
    arena[slot].links.up = Some(top);
    summarise(arena, slot);
    summarise(arena, top);
    top
}

/// The mirror image of [`rotate_left`].
fn rotate_right(arena: &mut Arena, slot: Slot) -> Slot {
    let Some(top) = arena[slot].links.left else {
        return slot;
    };
    let up = arena[slot].links.up;
    let between = arena[top].links.right;
    arena[slot].links.left = between;
    if let Some(between) = between {
        arena[between].links.up = Some(slot);
    }
    arena[top].links.right = Some(slot);
    hang(arena, up, slot, Some(top));
    arena[slot].links.up = Some(top);
    summarise(arena, slot);
    summarise(arena, top);
    top
}

fn leftmost(arena: &Arena, slot: Slot) -> Slot {
    let mut slot = slot;
    while let Some(left) = arena[slot].links.left {
        slot = left;
    }
    slot
}

/// Returns the node after `slot`.
pub(super) fn next(arena: &Arena, slot: Slot) -> Option<Slot> {
    if let Some(right) = arena[slot].links.right {
        return Some(leftmost(arena, right));
    }
    let mut below = slot;
    let mut up = arena[slot].links.up;
    while let Some(above) = up {
        if arena[above].links.left == Some(below) {
            return up;
        }
        below = above;
        up = arena[above].links.up;
    }
    None
}

/// Returns the first node that ends after `page`: the one that contains it, or the next one.
pub(super) fn first_ending_after(arena: &Arena, root: Option<Slot>, page: u64) -> Option<Slot> {
    let mut found = None;
    let mut next = root;
    while let Some(slot) = next {
        let region = &arena[slot];
        if region.pages.end > page {
            found = next;
            if region.pages.start <= page {
                break;
            }
            next = region.links.left;
        } else {
            next = region.links.right;
        }
    }
    found
}

/// Checks order, balance, links and summaries of the whole tree.
pub(super) fn is_right(arena: &Arena, root: Option<Slot>) -> bool {
    let Some(root) = root else { return true };
    let mut end = 0;
    let mut slot = leftmost(arena, root);
    if arena[root].links.up.is_some() {
        return false;
    }
    loop {
        let region = &arena[slot];
        if region.pages.start < end || region.pages.is_empty() || !node_is_right(arena, slot) {
            return false;
        }
        end = region.pages.end;
        match next(arena, slot) {
            Some(after) => slot = after,
            None => return true,
        }
    }
}

/// Compares what `slot` knows with what the nodes below it say.
fn node_is_right(arena: &Arena, slot: Slot) -> bool {
    let region = &arena[slot];
    let below = [region.links.left, region.links.right].map(|side| side.map(|side| &arena[side]));
    let linked = below.iter().flatten().all(|side| side.links.up == Some(slot));
    let height = below.iter().flatten().map(|side| side.links.height).max().unwrap_or(0);
    let used: u64 = below.iter().flatten().map(|side| side.summary.used).sum();
    let gap_left = below[0].map_or(0, |left| region.pages.start - left.summary.last);
    let gap_right = below[1].map_or(0, |right| right.summary.first - region.pages.end);
    let gap_below = below.iter().flatten().map(|side| side.summary.largest_gap).max().unwrap_or(0);
    let expected = Summary {
        first: below[0].map_or(region.pages.start, |left| left.summary.first),
        last: below[1].map_or(region.pages.end, |right| right.summary.last),
        largest_gap: gap_left.max(gap_right).max(gap_below),
        used: used + region.pages.count(),
    };
    linked
        && lean(arena, slot).abs() <= 1
        && region.links.height == height + 1
        && region.summary == expected
}
