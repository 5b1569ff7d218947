//! The model of an address space: a map from page to what is seen there, and VMARs in VMARs. What
//! it checks, and in which order, is written from the specification (`vmar.md` §5 and §7 to §12).

mod list;
mod map;
mod place;
mod range;

use std::collections::BTreeMap;
use std::ops::Range;

use abi::{Rights, Status, VmOptions};
use vm::Access;

use crate::common::{READ, READ_EXECUTE, READ_WRITE};
pub(crate) use list::{Listed, Piece};
pub(crate) use map::Mapping;
pub(crate) use place::{Place, Spots};

type Answer<T> = Result<T, Status>;

/// What a page shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shown {
    /// The VMAR whose mapping it is.
    vmar: usize,
    pub(crate) vmo: usize,
    pub(crate) vmo_page: u64,
    /// Accesses past the stream size fault.
    pub(crate) stream_only: bool,
    /// `PERM_*` bits: now, and at the most.
    pub(crate) perms: VmOptions,
    max: VmOptions,
}

/// A VMAR, alive or not.
pub(crate) struct Vmar {
    pages: Range<u64>,
    flags: VmOptions,
    parent: Option<usize>,
    is_alive: bool,
}

/// The part of an address space in which the model knows everything.
pub(crate) struct Space {
    vmars: Vec<Vmar>,
    shown: BTreeMap<u64, Shown>,
}

fn perms_of(rights: Rights) -> VmOptions {
    let mut perms = VmOptions::empty();
    perms.set(VmOptions::PERM_READ, rights.contains(Rights::READ));
    perms.set(VmOptions::PERM_WRITE, rights.contains(Rights::WRITE));
    perms.set(VmOptions::PERM_EXECUTE, rights.contains(Rights::EXECUTE));
    perms
}

fn perms_allowed(flags: VmOptions) -> VmOptions {
    let mut perms = VmOptions::empty();
    perms.set(VmOptions::PERM_READ, flags.contains(VmOptions::CAN_MAP_READ));
    perms.set(VmOptions::PERM_WRITE, flags.contains(VmOptions::CAN_MAP_WRITE));
    perms.set(VmOptions::PERM_EXECUTE, flags.contains(VmOptions::CAN_MAP_EXECUTE));
    perms
}

/// Returns the permissions that options ask for.
fn perms_asked(options: VmOptions) -> VmOptions {
    let mut perms = options & VmOptions::PERMS;
    if options.contains(VmOptions::PERM_READ_IF_XOM_UNSUPPORTED) {
        perms |= VmOptions::PERM_READ;
    }
    perms
}

fn readable_if_more(perms: VmOptions) -> Answer<()> {
    if perms.intersects(VmOptions::PERM_WRITE | VmOptions::PERM_EXECUTE)
        && !perms.contains(VmOptions::PERM_READ)
    {
        return Err(Status::INVALID_ARGS);
    }
    Ok(())
}

fn overlap(a: &Range<u64>, b: &Range<u64>) -> bool {
    a.start < b.end && b.start < a.end
}

fn covers(outer: &Range<u64>, inner: &Range<u64>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

impl Space {
    /// Makes a space of one VMAR, number 0.
    pub(crate) fn new(pages: Range<u64>, flags: VmOptions) -> Space {
        Space {
            vmars: vec![Vmar { pages, flags, parent: None, is_alive: true }],
            shown: BTreeMap::new(),
        }
    }

    fn children(&self, vmar: usize) -> impl Iterator<Item = &Vmar> {
        self.vmars.iter().filter(move |child| child.is_alive && child.parent == Some(vmar))
    }

    fn alive(&self, vmar: usize) -> Answer<&Vmar> {
        let vmar = &self.vmars[vmar];
        vmar.is_alive.then_some(vmar).ok_or(Status::BAD_STATE)
    }

    pub(crate) fn is_alive(&self, vmar: usize) -> bool {
        self.vmars[vmar].is_alive
    }

    /// Says whether `vmar` is in `above`, however deep.
    fn is_below(&self, vmar: usize, above: usize) -> bool {
        let mut next = self.vmars[vmar].parent;
        while let Some(parent) = next {
            if parent == above {
                return true;
            }
            next = self.vmars[parent].parent;
        }
        false
    }

    /// Says whether any page of the object number `vmo` is mapped.
    pub(crate) fn shows(&self, vmo: usize) -> bool {
        self.shown.values().any(|shown| shown.vmo == vmo)
    }

    /// Returns what is seen at `page`, whatever may be done with it.
    pub(crate) fn shown(&self, page: u64) -> Option<Shown> {
        self.shown.get(&page).copied()
    }

    /// Says what an access to `page` reaches.
    pub(crate) fn access(&self, page: u64, access: Access) -> Answer<Shown> {
        let shown = self.shown(page).ok_or(Status::NOT_FOUND)?;
        let needed = match access {
            Access::Read => READ,
            Access::Write => READ_WRITE,
            Access::Execute => READ_EXECUTE,
        };
        if !shown.perms.contains(needed) {
            return Err(Status::ACCESS_DENIED);
        }
        Ok(shown)
    }
}
