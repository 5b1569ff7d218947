//! A region: a VMAR or a mapping.

use abi::VmOptions;

use super::{Links, Summary};
use crate::attr::Perms;
use crate::slab::Slot;
use crate::units::{PageRange, page_base};
use crate::{Ref, Vmo};

/// A VMAR or a mapping.
pub(crate) struct Region {
    /// Where it is, in virtual pages.
    pub(crate) pages: PageRange,
    /// The VMAR it is in; none for the root.
    pub(crate) parent: Option<Slot>,
    pub(super) serial: u64,
    pub(super) links: Links,
    pub(super) summary: Summary,
    pub(crate) kind: Kind,
}

/// What a region is.
pub(crate) enum Kind {
    Vmar(VmarNode),
    Mapping(MappingNode),
}

/// A region that holds others.
pub(crate) struct VmarNode {
    /// The root of the tree of children.
    pub(crate) children: Option<Slot>,
    /// `CAN_MAP_*` and `COMPACT`.
    pub(crate) flags: VmOptions,
}

/// A region through which a VMO is seen.
pub(crate) struct MappingNode {
    pub(crate) vmo: Ref<Vmo>,
    /// The page of the VMO's store that the first page shows.
    pub(crate) store_page: u64,
    /// Accesses past the stream size fault.
    pub(crate) stream_only: bool,
    /// What is allowed now.
    pub(crate) perms: Perms,
    /// What can ever be allowed: fixed when it was mapped.
    pub(crate) max: Perms,
    /// It may be joined with a neighbour that continues it.
    pub(crate) is_kept: bool,
    /// Where the VMO has noted the mapping.
    pub(crate) record: Slot,
}

impl MappingNode {
    /// Returns the byte of the VMO that the first byte shows.
    pub(crate) fn vmo_offset(&self) -> u64 {
        page_base(self.store_page - self.vmo.first_page())
    }
}

impl Region {
    /// Says whether this and `next`, a sibling, are two mappings that could be one.
    pub(crate) fn is_continued_by(&self, next: &Region) -> bool {
        let (Some(lower), Some(upper)) = (self.as_mapping(), next.as_mapping()) else {
            return false;
        };
        self.pages.end == next.pages.start
            && lower.store_page + self.pages.count() == upper.store_page
            && Ref::ptr_eq(&lower.vmo, &upper.vmo)
            && (lower.perms, lower.max) == (upper.perms, upper.max)
            && lower.stream_only == upper.stream_only
            && lower.is_kept
            && upper.is_kept
    }

    pub(crate) fn as_mapping(&self) -> Option<&MappingNode> {
        match &self.kind {
            Kind::Mapping(mapping) => Some(mapping),
            Kind::Vmar(_) => None,
        }
    }

    pub(crate) fn as_vmar(&self) -> Option<&VmarNode> {
        match &self.kind {
            Kind::Vmar(vmar) => Some(vmar),
            Kind::Mapping(_) => None,
        }
    }
}
