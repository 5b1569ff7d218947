//! A region: a VMAR or a mapping.

use abi::VmOptions;

use super::Tree;
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
    pub(crate) kind: Kind,
}

/// What a region is.
pub(crate) enum Kind {
    Vmar(VmarNode),
    Mapping(MappingNode),
}

/// A region that holds others.
pub(crate) struct VmarNode {
    /// None if it has none.
    pub(crate) children: Option<Tree>,
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
    pub(crate) standing: Standing,
    /// Page tables may have entries of it. If not, it need not be looked for there.
    pub(crate) in_tables: bool,
    /// Where the VMO has noted the mapping.
    pub(crate) record: Slot,
}

/// Whether a mapping may be joined with a neighbour that continues it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Not yet: whoever made it may take it away again. Nothing is right beside it.
    Alone,
    /// Not yet; but there may be something to join it with later.
    Beside,
    /// It may.
    Kept,
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
            && (lower.standing, upper.standing) == (Standing::Kept, Standing::Kept)
    }

    /// Says whether this is a VMAR that nothing is in.
    pub(crate) fn is_empty_vmar(&self) -> bool {
        self.as_vmar().is_some_and(|vmar| vmar.children.is_none())
    }

    pub(crate) fn as_mapping(&self) -> Option<&MappingNode> {
        match &self.kind {
            Kind::Mapping(mapping) => Some(mapping),
            Kind::Vmar(_) => None,
        }
    }

    pub(crate) fn as_mapping_mut(&mut self) -> Option<&mut MappingNode> {
        match &mut self.kind {
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
