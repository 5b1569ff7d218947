//! The regions of one address space: a tree whose inner nodes are VMARs and whose leaves are
//! mappings.
//!
//! All regions live in one slab and refer to each other by slot, so there are no reference cycles
//! and walks are loops. A [`RegionId`] carries the serial number that a region was made with: the
//! name of a destroyed region stays a name, of nothing. The children of a VMAR never overlap and lie
//! inside it; they form a balanced tree ordered by address ([`tree`]), which also knows its gaps
//! ([`gaps`]), which is where new regions are placed ([`place`]).

#![expect(
    clippy::arithmetic_side_effects,
    reason = "page numbers are below 2^52, so sums of a few of them fit; differences are of ordered ones"
)]
#![expect(clippy::indexing_slicing, reason = "slots are the links of the tree itself")]

mod dismantle;
mod gaps;
mod node;
mod place;
mod tree;
mod walk;

use abi::VmOptions;

use crate::rng::LayoutRng;
use crate::slab::{Slab, Slot};
use crate::units::PageRange;
use crate::{Result, Status};
pub(crate) use gaps::Gaps;
pub(crate) use node::{Kind, MappingNode, Region, VmarNode};
pub(crate) use place::{PlaceRequest, Placement, Spot};
pub(crate) use tree::{Links, Summary};

/// The name of a region: stale once the region is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RegionId {
    slot: Slot,
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

type Arena = Slab<Region, CHUNK>;

/// The tree of regions of an address space.
pub(crate) struct Regions {
    arena: Arena,
    root: Option<Slot>,
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
        let mut regions = Regions {
            arena: Slab::new(),
            root: None,
            next_serial: 0,
            last_hit: None,
            rng: LayoutRng::new(seed),
        };
        regions.arena.promise(1)?;
        let kind = Kind::Vmar(VmarNode { children: None, flags });
        let root = regions.arena.insert(regions.region(pages, None, kind));
        regions.next_serial = 1;
        regions.root = Some(root);
        Ok(regions)
    }

    fn region(&self, pages: PageRange, parent: Option<Slot>, kind: Kind) -> Region {
        Region {
            pages,
            parent,
            serial: self.next_serial,
            links: Links::default(),
            summary: Summary::default(),
            kind,
        }
    }

    /// Returns the root VMAR; none once it was destroyed.
    pub(crate) fn root(&self) -> Option<Slot> {
        self.root
    }

    pub(crate) fn get(&self, slot: Slot) -> &Region {
        &self.arena[slot]
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

    /// Makes sure that `count` regions can be added.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nothing has changed.
    pub(crate) fn promise(&mut self, count: u32) -> Result<()> {
        self.arena.promise(count)
    }

    /// Takes back `count` promises.
    pub(crate) fn release(&mut self, count: u32) {
        self.arena.release(count);
    }

    /// Adds a region to the free pages `pages` of `parent`. It was promised.
    pub(crate) fn add(&mut self, parent: Slot, pages: PageRange, kind: Kind) -> Slot {
        let region = self.region(pages, Some(parent), kind);
        self.next_serial = self.next_serial.wrapping_add(1);
        let slot = self.arena.insert(region);
        let children = self.children(parent);
        let children = tree::insert(&mut self.arena, children, slot);
        self.set_children(parent, Some(children));
        slot
    }

    /// Takes a region that has no children out of the tree.
    pub(crate) fn remove(&mut self, slot: Slot) -> Region {
        self.forget_hit(slot);
        match self.arena[slot].parent {
            Some(parent) => {
                let children = self.children(parent);
                let children = tree::remove(&mut self.arena, children, slot);
                self.set_children(parent, children);
            }
            None => self.root = None,
        }
        self.arena.remove(slot)
    }

    /// Changes the range of a mapping inside the gap around it.
    pub(crate) fn resize(&mut self, slot: Slot, pages: PageRange) {
        let region = &mut self.arena[slot];
        if let Kind::Mapping(mapping) = &mut region.kind {
            mapping.store_page =
                mapping.store_page.wrapping_add(pages.start.wrapping_sub(region.pages.start));
        }
        region.pages = pages;
        tree::refresh(&mut self.arena, slot);
    }

    /// Gives access to a mapping, to change what is not its range.
    pub(crate) fn mapping_mut(&mut self, slot: Slot) -> Option<&mut MappingNode> {
        match &mut self.arena[slot].kind {
            Kind::Mapping(mapping) => Some(mapping),
            Kind::Vmar(_) => None,
        }
    }

    /// Returns the root of the tree of a VMAR's children.
    pub(crate) fn children(&self, vmar: Slot) -> Option<Slot> {
        self.arena[vmar].as_vmar().and_then(|vmar| vmar.children)
    }

    fn set_children(&mut self, vmar: Slot, children: Option<Slot>) {
        if let Kind::Vmar(node) = &mut self.arena[vmar].kind {
            node.children = children;
        }
    }

    fn forget_hit(&mut self, slot: Slot) {
        if self.last_hit == Some(slot) {
            self.last_hit = None;
        }
    }

    /// Views the gaps of `vmar` inside `window`.
    pub(crate) fn gaps(&self, vmar: Slot, window: PageRange) -> Gaps<'_> {
        Gaps::new(&self.arena, self.children(vmar), window)
    }

    /// Chooses where in `vmar` a request goes.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: nowhere.
    pub(crate) fn choose(&mut self, vmar: Slot, spot: Spot) -> Result<u64> {
        let compact =
            self.arena[vmar].as_vmar().is_some_and(|node| node.flags.contains(VmOptions::COMPACT));
        let root = self.children(vmar);
        let gaps = Gaps::new(&self.arena, root, spot.window);
        let place = if compact {
            place::compact(&gaps, &spot, &mut self.rng)
        } else {
            place::spread(&gaps, &spot, &mut self.rng)
        };
        place.ok_or(Status::NO_MEMORY)
    }

    /// Checks that the tree of `vmar`'s children is balanced, ordered and knows its gaps.
    pub(crate) fn tree_is_right(&self, vmar: Slot) -> bool {
        tree::is_right(&self.arena, self.children(vmar))
    }
}
