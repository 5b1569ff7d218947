//! The regions of one address space: a tree whose inner nodes are VMARs and whose leaves are
//! mappings.
//!
//! All regions live in one slab and refer to each other by slot, so there are no reference cycles
//! and walks are loops. A [`RegionId`] carries the serial number that a region was made with: the
//! name of a destroyed region stays a name, of nothing. The children of a VMAR never overlap and lie
//! inside it; they are in a tree ordered by address ([`tree`]), which also knows its gaps ([`gaps`]),
//! which is where new regions are placed ([`place`]).

#![expect(
    clippy::arithmetic_side_effects,
    reason = "page numbers are below 2^52, so sums of a few of them fit; differences are of ordered ones"
)]
#![expect(
    clippy::indexing_slicing,
    reason = "slots are the links of the tree itself; entries of a node are counted"
)]

mod choose;
mod dismantle;
mod gaps;
mod large_gaps;
mod node;
mod place;
mod tree;
mod walk;

use abi::VmOptions;

use crate::rng::LayoutRng;
use crate::slab::{Slab, Slot};
use crate::units::PageRange;
use crate::{Result, Status};
use dismantle::Ruin;
use gaps::Gaps;
pub(crate) use node::{Kind, MappingNode, Region, Standing, VmarNode};
pub(crate) use place::{PlaceRequest, Spot};
use tree::Nodes;
pub(crate) use tree::{Position, Sibling, Tree};

/// The name of a region: stale once the region is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RegionId {
    /// Where it is, if it is there.
    pub(crate) slot: Slot,
    serial: u64,
}

impl RegionId {
    /// Returns a number that no other region of the address space has or had.
    pub(crate) fn number(self) -> u64 {
        self.serial
    }
}

/// Regions in a chunk of the slab.
const CHUNK: usize = 32;

/// The tree of regions of an address space.
pub(crate) struct Regions {
    arena: Slab<Region, CHUNK>,
    nodes: Nodes,
    root: Option<Slot>,
    ruin: Option<Ruin>,
    next_serial: u64,
    /// The mapping that was faulted on last; programs tend to stay.
    last_hit: Option<Slot>,
    rng: LayoutRng,
}

impl Regions {
    /// Makes a tree of one VMAR.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: the heap is exhausted.
    pub(crate) fn new(pages: PageRange, flags: VmOptions, seed: u64) -> Result<Regions> {
        let mut arena = Slab::new();
        arena.promise(1)?;
        let kind = Kind::Vmar(VmarNode { children: None, flags });
        let root = arena.insert(Region { pages, parent: None, serial: 0, kind });
        Ok(Regions {
            arena,
            nodes: Nodes::new(),
            root: Some(root),
            ruin: None,
            next_serial: 1,
            last_hit: None,
            rng: LayoutRng::new(seed),
        })
    }

    /// Returns the root VMAR; none once it was destroyed.
    pub(crate) fn root(&self) -> Option<Slot> {
        self.root
    }

    #[inline(always)]
    pub(crate) fn get(&self, slot: Slot) -> &Region {
        &self.arena[slot]
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> &mut Region {
        &mut self.arena[slot]
    }

    pub(crate) fn id(&self, slot: Slot) -> RegionId {
        RegionId { slot, serial: self.arena[slot].serial }
    }

    /// Finds the region that `id` names.
    ///
    /// # Errors
    /// [`Status::BAD_STATE`]: it was destroyed.
    pub(crate) fn find(&self, id: RegionId) -> Result<Slot> {
        match self.arena.get(id.slot) {
            Some(region) if region.serial == id.serial => Ok(id.slot),
            _ => Err(Status::BAD_STATE),
        }
    }

    /// Moves `position` to the first child of `vmar` that ends after `page`, or behind the last one,
    /// and returns that child. If it starts after `page`, a region that ends before it belongs there.
    #[inline(always)]
    pub(crate) fn seek(
        &mut self,
        vmar: Slot,
        page: u64,
        position: &mut Position,
    ) -> Option<Sibling> {
        let tree = self.children(vmar);
        self.nodes.seek(tree, page, position)
    }

    /// Moves `position` to a region among its siblings; none if it is the root.
    #[inline(always)]
    pub(crate) fn locate(&mut self, slot: Slot, position: &mut Position) -> Option<Sibling> {
        let region = &self.arena[slot];
        let (parent, start) = (region.parent?, region.pages.start);
        let found = self.seek(parent, start, position);
        debug_assert!(found.is_some_and(|found| found.slot == slot));
        found
    }

    /// Moves `position` on to the next sibling, which it returns.
    pub(crate) fn advance(&self, position: &mut Position) -> Option<Sibling> {
        self.nodes.advance(position)
    }

    /// Says whether a region is right beside `pages`, which are free and belong at `position`.
    #[inline(always)]
    pub(crate) fn is_beside(&self, position: &Position, pages: PageRange) -> bool {
        self.nodes.is_beside(position, pages)
    }

    /// Returns the sibling at `position`.
    pub(crate) fn at(&self, position: &Position) -> Option<Sibling> {
        self.nodes.at(position)
    }

    /// Returns the sibling before `position`.
    #[inline(always)]
    pub(crate) fn before(&self, position: &Position) -> Option<Sibling> {
        self.nodes.before(position)
    }

    /// Returns the sibling behind the one at `position`.
    #[inline(always)]
    pub(crate) fn behind(&self, position: &Position) -> Option<Sibling> {
        self.nodes.behind(position)
    }

    /// Makes sure that a region can be added at `position`, one of `count` that are going to be. What
    /// turns out not to be needed is taken back by [`Regions::settle`].
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    #[inline(always)]
    pub(crate) fn promise(&mut self, position: &Position, count: usize) -> Result<()> {
        self.arena.promise(1)?;
        self.nodes.promise(position, count).inspect_err(|_| self.arena.release(1))
    }

    /// Makes sure that `count` regions can be added at `position`, one behind the other, likewise; nothing else is promised.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(crate) fn promise_all(&mut self, position: &Position, count: u32) -> Result<()> {
        self.arena.promise(count)?;
        self.nodes.promise_all(position, count).inspect_err(|_| self.settle())
    }

    /// Makes sure that a region can be added to a VMAR after others were taken out, likewise.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(crate) fn promise_anywhere(&mut self, vmar: Slot) -> Result<()> {
        let tree = self.children(vmar);
        self.arena.promise(1)?;
        self.nodes.promise_anywhere(tree).inspect_err(|_| self.arena.release(1))
    }

    /// Takes back all promises.
    pub(crate) fn settle(&mut self) {
        self.arena.settle();
        self.nodes.settle();
    }

    /// Adds a region to the free pages `pages` of `parent`, which belong at `position`, and returns its name. It was
    /// promised.
    #[inline(always)]
    pub(crate) fn add(
        &mut self,
        parent: Slot,
        position: &Position,
        pages: PageRange,
        kind: Kind,
    ) -> RegionId {
        let is_vmar = matches!(kind, Kind::Vmar(_));
        let serial = self.next_serial;
        self.next_serial = serial.wrapping_add(1);
        let slot = self.arena.insert(Region { pages, parent: Some(parent), serial, kind });
        let tree = self.nodes.insert(position, Sibling { pages, slot, is_vmar });
        if position.tree != Some(tree) {
            self.set_children(parent, Some(tree));
        }
        RegionId { slot, serial }
    }

    /// Removes the region at `position`, which has no children.
    #[inline]
    pub(crate) fn remove_at(&mut self, position: &Position, slot: Slot) {
        let tree = self.nodes.remove(position);
        if position.tree != tree
            && let Some(parent) = self.arena[slot].parent
        {
            self.set_children(parent, tree);
        }
        self.discard(slot);
    }

    /// Removes a region that has no children.
    #[inline(always)]
    pub(crate) fn remove(&mut self, slot: Slot) {
        let mut position = Position::new();
        if self.locate(slot, &mut position).is_some() {
            return self.remove_at(&position, slot);
        }
        self.root = None;
        self.discard(slot);
    }

    /// Ends a region that is in no tree any more.
    #[inline(always)]
    pub(crate) fn discard(&mut self, slot: Slot) {
        if self.last_hit == Some(slot) {
            self.last_hit = None;
        }
        self.arena.discard(slot);
    }

    /// Changes the range of the mapping at `position` inside the gap around it.
    pub(crate) fn resize(&mut self, position: &Position, slot: Slot, pages: PageRange) {
        let region = &mut self.arena[slot];
        if let Kind::Mapping(mapping) = &mut region.kind {
            mapping.store_page =
                mapping.store_page.wrapping_add(pages.start.wrapping_sub(region.pages.start));
        }
        region.pages = pages;
        self.nodes.resize(position, pages);
    }

    /// Cuts the mapping at `position` in two at `page`; the upper one is `upper`, for which room was promised. Returns that, and whether the
    /// position is that of the lower one still; if not, it is nobody's.
    pub(crate) fn cut(
        &mut self,
        position: &mut Position,
        slot: Slot,
        page: u64,
        upper: MappingNode,
    ) -> (Slot, bool) {
        let region = &mut self.arena[slot];
        let pages = PageRange { start: page, end: region.pages.end };
        region.pages.end = page;
        let (lower, parent, serial) = (region.pages, region.parent, self.next_serial);
        self.next_serial = serial.wrapping_add(1);
        let kind = Kind::Mapping(upper);
        let upper = self.arena.insert(Region { pages, parent, serial, kind });
        let sibling = Sibling { pages, slot: upper, is_vmar: false };
        if self.nodes.cut(position, sibling) {
            return (upper, true);
        }
        self.nodes.resize(position, lower);
        position.step_behind();
        let tree = self.nodes.insert(position, sibling);
        if let Some(parent) = parent
            && position.tree != Some(tree)
        {
            self.set_children(parent, Some(tree));
        }
        (upper, false)
    }

    /// Makes the mapping `lower`, which is at `position`, and `upper`, which is right behind it, one: the lower. Says whether the position
    /// is that of the lower one still; if not, it is nobody's.
    pub(crate) fn join(&mut self, position: &Position, lower: Slot, upper: Slot) -> bool {
        let joined = self.arena[upper].pages.end;
        if self.nodes.join(position) {
            self.arena[lower].pages.end = joined;
            self.discard(upper);
            return true;
        }
        self.remove(upper);
        let mut position = Position::new();
        self.locate(lower, &mut position);
        self.arena[lower].pages.end = joined;
        self.nodes.resize(&position, self.arena[lower].pages);
        false
    }

    /// Gives access to a mapping, to change what is not its range.
    #[inline(always)]
    pub(crate) fn mapping_mut(&mut self, slot: Slot) -> Option<&mut MappingNode> {
        self.arena[slot].as_mapping_mut()
    }

    /// Returns the tree of a VMAR's children.
    #[inline]
    pub(crate) fn children(&self, vmar: Slot) -> Option<Tree> {
        self.arena[vmar].as_vmar().and_then(|vmar| vmar.children)
    }

    fn set_children(&mut self, vmar: Slot, children: Option<Tree>) {
        if let Kind::Vmar(node) = &mut self.arena[vmar].kind {
            node.children = children;
        }
    }

    /// Checks that the tree of `vmar`'s children is ordered and filled as it should be, and knows its
    /// gaps.
    pub(crate) fn tree_is_right(&self, vmar: Slot) -> bool {
        self.nodes.is_right(self.children(vmar))
    }

    /// Says whether everything promised was needed or taken back.
    pub(crate) fn is_settled(&self) -> bool {
        self.arena.is_settled() && self.nodes.is_settled()
    }
}

#[cfg(test)]
mod tests;
